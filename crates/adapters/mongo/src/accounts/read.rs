use std::collections::BTreeSet;

use mongodb::bson::{Document, Uuid, doc};
use serde::Deserialize;
use wxlogin_domain::model::{AvatarName, Identity, Timestamp, User, UserId, VisibleApps};

use crate::commands::{all, in_apps};
use crate::database::Connections;
use crate::document::MERGING;
use crate::error::Failure;
use crate::users::{live_user, users};
use crate::{convert, document};

/// The avatar URL of a user, without the rest of the document.
#[derive(Debug, Deserialize)]
struct Avatar {
    avatar_url: String,
}

/// The user of an identity, without the rest of the document.
#[derive(Debug, Deserialize)]
struct Owner {
    user_id: Uuid,
}

/// Excludes the fields that a [`User`] does not need.
fn without_sessions() -> Document {
    doc! { "sessions": 0, "replay_tags": 0, "outbox": 0 }
}

impl Connections {
    pub(super) async fn find_user(&self, id: UserId) -> Result<Option<User>, Failure> {
        let id = convert::to_bson(id.as_uuid());
        if let Some(user) =
            self.users.find_one(live_user(id)).projection(without_sessions()).await?
        {
            return convert::user(&user).map(Some);
        }
        // The id of a user that was never created is unknown here.
        let has_been_user =
            [doc! { "merged_into": { "$exists": true } }, doc! { MERGING: { "$exists": true } }];
        let merged = doc! { "_id": id, "$or": has_been_user.to_vec() };
        if self.users.find_one(merged).await?.is_none() {
            return Ok(None);
        }
        let (_, user) = self.current_user(id).await?;
        user.filter(|user| user.mark.is_none()).as_ref().map(convert::user).transpose()
    }

    pub(super) async fn page_users(
        &self,
        apps: &VisibleApps,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, Failure> {
        // The server takes zero for no limit.
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.finish_merges().await?;
        let after = after.map(|after| convert::to_bson(after.as_uuid()));
        let page = match apps {
            VisibleApps::All => {
                let mut behind = users();
                behind.extend(after.map(|after| ("_id".to_owned(), doc! { "$gt": after }.into())));
                self.list_users(behind, limit).await?
            }
            VisibleApps::Only(_) => self.page_users_of(apps, after, limit).await?,
        };
        page.iter().map(convert::user).collect()
    }

    /// Users with an identity in one of the apps. Ids that are no user, such as those of logins in
    /// progress, do not shorten the page.
    async fn page_users_of(
        &self,
        apps: &VisibleApps,
        mut after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<document::User>, Failure> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let identities = self.identities.clone_with_type::<Owner>();
        let mut page = Vec::new();
        while page.len() < wanted {
            let mut behind = in_apps("_id.app_id", apps);
            behind.extend(after.map(|after| ("user_id".to_owned(), doc! { "$gt": after }.into())));
            let found = identities.find(behind).projection(doc! { "_id": 0, "user_id": 1 });
            let found = found.sort(doc! { "user_id": 1 }).limit(i64::from(limit));
            let found = all(found.await?).await?;
            let Some(last) = found.last() else { break };
            after = Some(last.user_id);
            let mut these = users();
            let ids = found.iter().map(|owner| owner.user_id).collect::<Vec<_>>();
            these.insert("_id", doc! { "$in": ids });
            page.extend(self.list_users(these, limit).await?);
        }
        page.truncate(wanted);
        Ok(page)
    }

    async fn list_users(
        &self,
        these: Document,
        limit: u32,
    ) -> Result<Vec<document::User>, Failure> {
        let page = self.users.find(these).projection(without_sessions()).sort(doc! { "_id": 1 });
        all(page.limit(i64::from(limit)).await?).await
    }

    pub(super) async fn identities(&self, id: UserId) -> Result<Vec<Identity>, Failure> {
        let id = convert::to_bson(id.as_uuid());
        if self.user(id).await?.is_none() {
            return Ok(Vec::new());
        }
        let of_user = doc! { "user_id": { "$in": self.ids_of(id).await? } };
        let found = all(self.identities.find(of_user).await?).await?;
        let mut identities = found.iter().map(convert::identity).collect::<Result<Vec<_>, _>>()?;
        identities.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(identities)
    }

    pub(super) async fn avatars_in_use(
        &self,
        names: BTreeSet<AvatarName>,
    ) -> Result<BTreeSet<AvatarName>, Failure> {
        let mut in_use = BTreeSet::new();
        // While a merge moves an avatar from one user to the other, both have it for a moment. A reader
        // that misses it at one finds it at the other when it looks again.
        for _ in 0..2 {
            let missing = names.difference(&in_use).map(AvatarName::as_str);
            let having = doc! { "avatar_url": { "$in": missing.collect::<Vec<_>>() } };
            let users = self.users.clone_with_type::<Avatar>();
            let found = all(users.find(having).projection(doc! { "avatar_url": 1 }).await?).await?;
            in_use.extend(found.iter().filter_map(|user| AvatarName::parse(&user.avatar_url).ok()));
        }
        Ok(in_use)
    }

    pub(super) async fn due_erasures(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<UserId>, Failure> {
        self.finish_interrupted_work().await?;
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut due = users();
        due.insert("erase_at", doc! { "$lte": now.as_millis() });
        let found = self.users.find(due).projection(without_sessions()).limit(i64::from(limit));
        Ok(all(found.await?).await?.iter().map(|user| convert::user_id(user.id)).collect())
    }

    pub(super) async fn find_by_identity(
        &self,
        key: &document::IdentityKey,
    ) -> Result<Option<User>, Failure> {
        let one = doc! { "_id": convert::value(key)? };
        let Some(identity) = self.identities.find_one(one).await? else { return Ok(None) };
        let (_, user) = self.current_user(identity.user_id).await?;
        user.filter(|user| user.mark.is_none()).as_ref().map(convert::user).transpose()
    }
}
