//! What a login's replay key has opened before.

use mongodb::bson::{Uuid, doc};
use wxlogin_domain::ports::{Replay, Replayed};

use super::Attempt;
use crate::convert;
use crate::error::Failure;
use crate::user_sessions::Sessions;

/// What is known of a login's replay key.
pub(super) enum Earlier {
    /// A living session of the same user.
    Opened(Box<Replayed>),
    /// Nothing that counts: this is the record for the new session. There is none when there is no
    /// key, or when a living session of another user holds it, which is as if there were none.
    Nothing(Option<Replay>),
}

impl Attempt<'_> {
    /// What the login's replay key has opened before. The same record given again is not an earlier
    /// try: it goes through and changes nothing.
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
            // Its session is over, and the tag is unique. A user's own are looked after when the new
            // session goes in among them.
            sessions.give_up_tag(&tag);
            sessions.put_into(&mut holder);
            self.connections.rewrite(holder, &[]).await?;
        }
        Ok(Earlier::Nothing(Some(replay)))
    }
}
