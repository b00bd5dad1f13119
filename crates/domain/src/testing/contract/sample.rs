use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::model::{
    AppId, AvatarUrl, Device, Generation, IdentityKey, Nickname, OpenId, Profile, Salt, Session,
    SessionId, Timestamp, UnionConflict, UnionId, User, UserId,
};
use crate::ports::{
    KeyedTag, LoginOutcome, LoginRecord, NewSession, OnErasing, OnUnknown, Place, Replay,
    SealedSessionKey, Sealer, Stores, TagPurpose, TokensUntil, Tombstones,
};
use crate::testing::FakeSealer;

/// Returns the app id with this number.
#[must_use]
pub fn app_id(number: u32) -> AppId {
    AppId::parse(&format!("wxtest{number:012}")).expect("well-formed")
}

/// Parses an openid.
#[must_use]
pub fn open_id(text: &str) -> OpenId {
    OpenId::parse(text).expect("well-formed")
}

/// Parses a unionid.
#[must_use]
pub fn union_id(text: &str) -> UnionId {
    UnionId::parse(text).expect("well-formed")
}

/// A login as the cases of the contract use it, built step by step.
#[derive(Clone)]
pub struct Sample {
    record: LoginRecord,
}

impl Sample {
    /// The time at which the cases start.
    pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_123);

    /// When the access tokens of these logins expire.
    pub const EXPIRY: Timestamp = Timestamp::from_millis(1_767_229_200_123);

    /// The same for commands that are given at the start.
    pub const TOKENS_UNTIL: TokensUntil =
        TokensUntil { now: Self::START, access: Self::EXPIRY, original: Self::EXPIRY };

    /// A login with this openid in the first app, at the start, with ids of its own.
    #[must_use]
    pub fn of(open_id: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let id = |kind: u64| {
            let mut fill = [0; 10];
            fill[..8].copy_from_slice(&(number * 2 + kind).to_be_bytes());
            uuid::Builder::from_unix_timestamp_millis(number, &fill).into_uuid()
        };
        let identity = IdentityKey { app_id: app_id(1), open_id: self::open_id(open_id) };
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&number.to_be_bytes());
        let record = LoginRecord {
            session_key: sealed_session_key(&format!("key {number}")),
            tombstones: tombstones(&identity, None),
            identity,
            union_id: None,
            new_user_id: UserId::from_uuid(id(0)),
            profile: Profile::default(),
            session: NewSession {
                id: SessionId::from_uuid(id(1)),
                generation: Generation::FIRST,
                salt: Salt(salt),
                device: None,
                expires_at: Self::START.plus(Duration::from_hours(1)),
                ends_at: Self::START.plus(Duration::from_hours(9)),
            },
            replay: None,
            on_unknown: OnUnknown::Create,
            on_erasing: OnErasing::Refuse,
            tokens_until: Self::TOKENS_UNTIL,
            previous_key_until: Self::EXPIRY,
            max_sessions: 100,
            now: Self::START,
        };
        Self { record }
    }

    /// In this app.
    #[must_use]
    pub fn in_app(mut self, number: u32) -> Self {
        self.record.identity.app_id = app_id(number);
        self.with_tombstones()
    }

    /// With this unionid.
    #[must_use]
    pub fn with_union(mut self, union: &str) -> Self {
        self.record.union_id = Some(union_id(union));
        self.with_tombstones()
    }

    fn with_tombstones(mut self) -> Self {
        let union_id = self.record.union_id.as_ref();
        self.record.tombstones = tombstones(&self.record.identity, union_id);
        self
    }

    /// With this nickname.
    #[must_use]
    pub fn named(mut self, nickname: &str) -> Self {
        self.record.profile.nickname = Some(Nickname::parse(nickname).expect("well-formed"));
        self
    }

    /// With this avatar.
    #[must_use]
    pub fn pictured(mut self, url: &str) -> Self {
        self.record.profile.avatar_url = Some(AvatarUrl::parse(url).expect("well-formed"));
        self
    }

    /// On this device.
    #[must_use]
    pub fn on_device(mut self, device: &str) -> Self {
        self.record.session.device = Some(Device::parse(device).expect("well-formed"));
        self
    }

    /// This many milliseconds after the start.
    #[must_use]
    pub fn at(mut self, millis: u64) -> Self {
        self.record.now = Self::START.plus(Duration::from_millis(millis));
        self.record.tokens_until.now = self.record.now;
        self
    }

    /// With a session that expires this many milliseconds after the start.
    #[must_use]
    pub fn until(mut self, millis: u64) -> Self {
        self.record.session.expires_at = Self::START.plus(Duration::from_millis(millis));
        self
    }

    /// With this replay key.
    #[must_use]
    pub fn replayable(mut self, key: u8) -> Self {
        self.record.replay =
            Some(Replay { key: KeyedTag([key; 32]), fingerprint: KeyedTag([key ^ 0xff; 32]) });
        self
    }

    /// Cancels a scheduled erasure.
    #[must_use]
    pub fn restoring(mut self) -> Self {
        self.record.on_erasing = OnErasing::Restore;
        self
    }

    /// With at most this many sessions.
    #[must_use]
    pub fn limited_to(mut self, sessions: u32) -> Self {
        self.record.max_sessions = sessions;
        self
    }

    /// With sign-up closed.
    #[must_use]
    pub fn sign_up_closed(mut self) -> Self {
        self.record.on_unknown = OnUnknown::Refuse;
        self
    }

    /// Returns the record.
    #[must_use]
    pub fn record(&self) -> LoginRecord {
        self.record.clone()
    }

    /// Records the login. Returns the outcome.
    pub async fn outcome(&self, stores: &Stores) -> LoginOutcome {
        stores.accounts.record_login(self.record()).await.expect("the store works")
    }

    /// Records the login. Panics unless the user is signed in.
    pub async fn sign_in(&self, stores: &Stores) -> SignedIn {
        match self.outcome(stores).await {
            LoginOutcome::SignedIn { user, is_new, session, union_conflict } => {
                SignedIn { user, is_new, session, union_conflict }
            }
            other => panic!("expected a sign-in, got {other:?}"),
        }
    }
}

/// The fields of `LoginOutcome::SignedIn`.
#[derive(Debug)]
pub struct SignedIn {
    /// The user who signed in.
    pub user: User,
    /// Whether this login created the user.
    pub is_new: bool,
    /// The new session.
    pub session: Session,
    /// A conflict for the operator to resolve.
    pub union_conflict: Option<UnionConflict>,
}

fn tombstones(identity: &IdentityKey, union_id: Option<&UnionId>) -> Tombstones {
    let tag = |text: &str| FakeSealer.tag(TagPurpose::Tombstone, text.as_bytes());
    Tombstones {
        identity: tag(&format!("{} {}", identity.app_id, identity.open_id.as_str())),
        union_id: union_id.map(|union_id| tag(union_id.as_str())),
    }
}

pub(super) fn sealed_session_key(text: &str) -> SealedSessionKey {
    let place = Place { table: "identities", column: "session_key", row: &[] };
    SealedSessionKey {
        sealed: FakeSealer.seal(place, text.as_bytes()).expect("it always seals"),
        tag: FakeSealer.tag(TagPurpose::SessionKey, text.as_bytes()),
    }
}
