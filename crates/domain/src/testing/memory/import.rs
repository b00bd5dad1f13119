use async_trait::async_trait;

use super::{Identity, MemoryStore, Tables};
use crate::model::User;
use crate::ports::{ImportOutcome, ImportStore, ImportedUser, StoreError};

#[async_trait]
impl ImportStore for MemoryStore {
    async fn import_user(&self, user: ImportedUser) -> Result<ImportOutcome, StoreError> {
        Ok(self.tables().import_user(user))
    }
}

impl Tables {
    fn import_user(&mut self, imported: ImportedUser) -> ImportOutcome {
        let known = self.identities.get(&imported.identity).map(|identity| identity.user_id);
        let legacy_id = Some(imported.legacy_id.clone());
        let losers = self.merged.values().map(|loser| &loser.left);
        let holder = self.users.values().chain(losers).find(|user| user.legacy_id == legacy_id);
        let holder = holder.map(|user| self.resolved(user.id));
        let outcome = match (known, holder) {
            (Some(known), Some(holder)) if known == holder => return ImportOutcome::Known(known),
            (_, Some(_)) => return ImportOutcome::Taken,
            (Some(known), None) => {
                let Some(user) = self.users.get_mut(&known) else { return ImportOutcome::Taken };
                if user.legacy_id.is_some() {
                    return ImportOutcome::Second(known);
                }
                user.legacy_id = legacy_id;
                user.nickname = user.nickname.take().or(imported.profile.nickname);
                user.avatar_url = user.avatar_url.take().or(imported.profile.avatar_url);
                ImportOutcome::Joined(known)
            }
            (None, None) => {
                let id = imported.new_user_id;
                let at = imported.created_at;
                let user = User {
                    id,
                    user_type: imported.user_type,
                    status: imported.status,
                    nickname: imported.profile.nickname,
                    avatar_url: imported.profile.avatar_url,
                    legacy_id,
                    phone: None,
                    erase_at: None,
                    created_at: at,
                    updated_at: at,
                    last_login_at: at,
                };
                self.users.insert(id, user);
                let identity = Identity {
                    user_id: id,
                    tombstone: imported.tombstones.identity,
                    union_id: None,
                    session_key: imported.session_key.map(|key| (key, at)),
                    previous_key: None,
                };
                self.identities.insert(imported.identity, identity);
                ImportOutcome::Made(id)
            }
        };
        let mut event = imported.event;
        if let ImportOutcome::Made(id) | ImportOutcome::Joined(id) = outcome {
            event.user_id = id;
        }
        self.write_events([event]);
        outcome
    }
}
