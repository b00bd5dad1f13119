//! A scratch database, an instance of wxlogin on it, and shorthands for calls.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use mongodb::Collection;
use mongodb::bson::{Document, Uuid, doc};
use wxlogin_domain::model::{
    AuditAction, AuditEvent, Generation, IdentityKey, LegacyId, Profile, SealedPhone, SessionId,
    Timestamp, User, UserId, UserStatus, UserType, VisibleApps,
};
use wxlogin_domain::ports::{
    EndSessions, Ending, Erasure, ErasureStep, IdentityErasure, ImportedUser, LoginRecord, Merge,
    MergeOutcome, Rotation, RotationOutcome, SealedSessionKey, StoreError, Stores, UserChange,
    UserChangeOutcome,
};
use wxlogin_domain::testing::SequenceRandomness;
use wxlogin_domain::testing::contract::Sample;
use wxlogin_mongo::Database;

use crate::support::ScratchDatabase;

pub(crate) struct Harness {
    pub(crate) scratch: ScratchDatabase,
    pub(crate) database: Database,
    pub(crate) stores: Stores,
}

impl Harness {
    pub(crate) async fn new() -> Option<Self> {
        let scratch = ScratchDatabase::new().await?;
        let database = scratch.open().await;
        let stores = database.stores();
        Some(Self { scratch, database, stores })
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.scratch.content.collection(name)
    }

    pub(crate) async fn find(&self, name: &str, filter: Document) -> Document {
        self.collection(name).find_one(filter).await.unwrap().unwrap()
    }

    pub(crate) async fn count(&self, name: &str) -> u64 {
        self.collection(name).count_documents(doc! {}).await.unwrap()
    }

    /// Returns every document of a collection, ordered by id.
    pub(crate) async fn all(&self, name: &str) -> Vec<Document> {
        let mut found = self.collection(name).find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap();
        let mut all = Vec::new();
        while found.advance().await.unwrap() {
            all.push(found.deserialize_current().unwrap());
        }
        all
    }

    /// Returns the subjects in the revocation feed, ordered.
    pub(crate) async fn revoked(&self) -> Vec<SessionId> {
        let feed = self.stores.sessions.revocations(None, 100).await.unwrap();
        let revoked =
            feed.revocations.iter().map(|one| SessionId::from_uuid(one.subject.as_uuid()));
        let mut revoked = revoked.collect::<Vec<_>>();
        revoked.sort_unstable();
        revoked
    }

    /// Returns the actions in the audit log of this user in alphabetic order, because all have the same time.
    pub(crate) async fn audit_actions(&self, user: UserId) -> Vec<AuditAction> {
        let events =
            self.stores.audit.page_audit(&VisibleApps::All, Some(user), None, 100).await.unwrap();
        let mut actions = events.iter().map(|event| event.action).collect::<Vec<_>>();
        actions.sort_by_key(|action| action.code());
        actions
    }

    /// Asserts that every user has an identity, and that every reference names an existing user. Only a
    /// unionid may be claimed for a user that was never created.
    pub(crate) async fn assert_consistent(&self) {
        let users = self.all("users").await;
        let erased = users.iter().filter(|user| user.get_document("mark").is_ok_and(is_erased));
        assert_eq!(erased.count(), 0, "an erasure mark is left");
        // Documents with a mark are not users.
        let users = users.iter().filter(|user| !user.contains_key("mark"));
        let users = users.map(|user| user.get("_id").unwrap()).collect::<Vec<_>>();
        let events = self.all("audit_events").await;
        let audited = events.iter().map(|event| event.get("user_id").unwrap()).collect::<Vec<_>>();
        for owned in self.all("union_ids").await {
            let owner = owned.get("user_id").unwrap();
            assert!(users.contains(&owner) || !audited.contains(&owner), "the owner is erased");
        }
        let identities = self.all("identities").await;
        let known = identities.iter().map(|identity| identity.get("user_id").unwrap());
        assert!(known.clone().all(|id| users.contains(&id)), "an identity names no user");
        assert!(
            users.iter().all(|id| known.clone().any(|known| known == *id)),
            "a user has no identity"
        );
        for conflict in self.all("identity_conflicts").await {
            let named = ["user_id", "owner_id"].into_iter().filter_map(|field| conflict.get(field));
            assert!(named.into_iter().all(|id| users.contains(&id)), "a conflict names no user");
        }
    }

    /// Asserts that the user's id is only in the audit log and in tombstones.
    pub(crate) async fn assert_no_trace(&self, user: UserId) {
        for name in ["users", "identities", "union_ids", "identity_conflicts"] {
            let of_user = doc! { "$or": [
                { "_id": id(user.as_uuid()) },
                { "user_id": id(user.as_uuid()) },
                { "owner_id": id(user.as_uuid()) },
                { "mark.superseded_by": id(user.as_uuid()) },
            ] };
            assert_eq!(self.collection(name).count_documents(of_user).await.unwrap(), 0, "{name}");
        }
    }

    /// Asserts that no document contains the word.
    pub(crate) async fn assert_forgotten(&self, word: &str) {
        for name in self.scratch.content.list_collection_names().await.unwrap() {
            for document in self.all(&name).await {
                assert!(!document.to_string().contains(word), "{name} still has {word}");
            }
        }
    }
}

fn is_erased(mark: &Document) -> bool {
    mark.contains_key("erased_at")
}

pub(crate) fn id(id: uuid::Uuid) -> Uuid {
    Uuid::from_bytes(id.into_bytes())
}

pub(crate) fn key(login: &LoginRecord) -> Document {
    doc! {
        "app_id": login.identity.app_id.as_str(),
        "open_id": login.identity.open_id.as_str(),
    }
}

/// Returns the time so many milliseconds after the start.
pub(crate) fn after(millis: u64) -> Timestamp {
    Sample::START.plus(Duration::from_millis(millis))
}

/// Makes an audit event one second after the start.
pub(crate) fn event(action: AuditAction, user: UserId) -> AuditEvent {
    static RANDOMNESS: LazyLock<SequenceRandomness> = LazyLock::new(SequenceRandomness::default);
    AuditEvent::new(action, user, after(1000), &*RANDOMNESS)
}

/// Returns the current session key of an identity.
pub(crate) async fn session_key(
    stores: &Stores,
    identity: &IdentityKey,
) -> Result<Option<SealedSessionKey>, StoreError> {
    let keys = stores.session_keys.find_session_keys(identity).await?;
    Ok(keys.map(|keys| keys.current))
}

/// Sets the status like an operator.
pub(crate) async fn set_status(
    stores: &Stores,
    user_id: UserId,
    status: UserStatus,
) -> Result<Option<User>, StoreError> {
    let action = match status {
        UserStatus::Active => AuditAction::UserEnabled,
        UserStatus::Disabled => AuditAction::UserDisabled,
    };
    let change = UserChange {
        apps: VisibleApps::All,
        user_id,
        status: Some(status),
        user_type: None,
        tokens_until: Sample::TOKENS_UNTIL,
        events: vec![event(action, user_id)],
        now: after(1000),
    };
    stores.accounts.change_user(change).await.map(UserChangeOutcome::user)
}

/// Erases a user like the account deletion or the purge.
pub(crate) async fn erase(
    stores: &Stores,
    user_id: UserId,
    step: ErasureStep,
) -> Result<bool, StoreError> {
    let action = match step {
        ErasureStep::Schedule(_) => AuditAction::ErasureRequested,
        ErasureStep::Complete | ErasureStep::CompleteIfDue => AuditAction::UserErased,
    };
    let tokens_until = Sample::TOKENS_UNTIL;
    let erasure = Erasure {
        apps: VisibleApps::All,
        user_id,
        step,
        tokens_until,
        event: event(action, user_id),
    };
    stores.accounts.erase(erasure).await
}

/// Ends sessions.
pub(crate) async fn end(
    stores: &Stores,
    user_id: UserId,
    ending: Ending,
) -> Result<u64, StoreError> {
    let tokens_until = Sample::TOKENS_UNTIL;
    stores.sessions.end_sessions(EndSessions { user_id, ending, tokens_until, event: None }).await
}

/// Erases an identity like WeChat's push message.
pub(crate) async fn erase_identity(
    stores: &Stores,
    identity: IdentityKey,
    user_id: UserId,
) -> Result<Option<UserId>, StoreError> {
    let event = event(AuditAction::IdentityErased, user_id);
    let tokens_until = Sample::TOKENS_UNTIL;
    stores.accounts.erase_identity(IdentityErasure { identity, tokens_until, event }).await
}

/// Returns a user of the legacy system.
pub(crate) fn imported(person: &str, legacy_id: &str) -> ImportedUser {
    let record = Sample::of(person).record();
    ImportedUser {
        legacy_id: LegacyId::parse(legacy_id).unwrap(),
        identity: record.identity,
        tombstones: record.tombstones,
        new_user_id: record.new_user_id,
        profile: Profile::default(),
        user_type: UserType::default(),
        status: UserStatus::Active,
        session_key: None,
        created_at: record.now,
        event: event(AuditAction::UserImported, record.new_user_id),
    }
}

/// Merges two users.
pub(crate) async fn merge(
    stores: &Stores,
    winner: UserId,
    loser: UserId,
    phone: Option<SealedPhone>,
) -> Result<MergeOutcome, StoreError> {
    let tokens_until = Sample::TOKENS_UNTIL;
    let event = |user| event(AuditAction::UsersMerged, user);
    let (event, loser_event) = (event(winner), event(loser));
    stores
        .accounts
        .merge(Merge {
            apps: VisibleApps::All,
            winner,
            loser,
            phone,
            tokens_until,
            event,
            loser_event,
        })
        .await
}

/// Rotates a session from this generation.
pub(crate) async fn rotate(stores: &Stores, session_id: SessionId, from: u32) -> RotationOutcome {
    let rotation = Rotation {
        session_id,
        from: Generation(from),
        is_authentic: Arc::new(|_| true),
        idle: Duration::from_hours(1),
        now: after(500),
    };
    stores.sessions.rotate(rotation).await.unwrap()
}
