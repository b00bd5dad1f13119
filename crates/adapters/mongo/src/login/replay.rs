//! Recognises a repeated login by its replay key.

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::ports::{Replay, Replayed};

use super::attempt::Attempt;
use crate::convert;
use crate::error::Failure;
use crate::user_sessions::Sessions;

/// The result of looking up a login's replay key.
pub(super) enum Earlier {
    /// An active session of the same user.
    Opened(Box<Replayed>),
    /// No such session. Contains the record for the new session, unless the login has no key or an
    /// active session of another user has it.
    Nothing(Option<Replay>),
}

impl Attempt<'_> {
    /// Looks up the login's replay key. The same record given again is no replay: it goes through and
    /// changes nothing.
    pub(super) async fn earlier(&self, user_id: Uuid) -> Result<Earlier, Failure> {
        let Some(replay) = self.login.replay else {
            return Ok(Earlier::Nothing(None));
        };
        let tag = convert::binary(&replay.key.0);
        let users = &self.connections.users;
        let Some(mut holder) = users.find_one(doc! { "replay_tags": &tag }).await? else {
            return Ok(Earlier::Nothing(Some(replay)));
        };
        let own = convert::to_bson(self.login.session.id.as_uuid());
        let now = self.login.now.as_millis();
        let mut sessions = Sessions::of(&holder)?;
        let held = sessions.iter().find(|session| session.replay_tag.as_ref() == Some(&tag));
        if let Some(session) = held.filter(|held| held.id != own && held.expires_at > now) {
            if holder.id != user_id {
                return Ok(Earlier::Nothing(None));
            }
            if let Some(replayed) = convert::replayed(&holder, session)? {
                return Ok(Earlier::Opened(Box::new(replayed)));
            }
        }
        if holder.id != user_id {
            // The tag is unique, and its session has expired. The user's own sessions are handled when the
            // new one is added.
            sessions.release_tag(&tag);
            sessions.store_in(&mut holder);
            self.connections.rewrite(holder, &[]).await?;
        }
        Ok(Earlier::Nothing(Some(replay)))
    }
}
