//! Between the maps' values and rows of [`TABLES`](crate::ports::TABLES).

use std::collections::BTreeSet;
use std::vec::IntoIter;

use uuid::Uuid;

use super::{StoredRevocation, Tables};
use crate::account::{
    ConflictKey, Replay, SealedSessionKey, StoredIdentity, StoredSession, StoredUser, Tombstone,
    UnionOwner,
};
use crate::model::{
    Actor, ApiClient, AppId, AuditAction, AuditEvent, AvatarUrl, ClientId, ClientSecretHash,
    Device, Generation, IdentityKey, LegacyId, Malformed, Nickname, OpenId, PreviousSecret, Reason,
    Revocation, Revoked, Salt, Scope, SealedPhone, Session, SessionId, Timestamp, UnionConflict,
    UnionId, User, UserId, UserStatus, UserType, parse_network,
};
use crate::ports::{Cell, KeyedTag, Row, Sealed, StoredSigningKey};

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn time(at: Timestamp) -> Cell {
    Cell::Integer(at.as_millis())
}

fn tag(tag: KeyedTag) -> Cell {
    Cell::Bytes(tag.0.to_vec())
}

fn or_absent(cell: Option<Cell>) -> Cell {
    cell.unwrap_or(Cell::Absent)
}

fn words(words: impl Iterator<Item = String>) -> Cell {
    Cell::Text(words.collect::<Vec<_>>().join(" "))
}

impl Tables {
    /// Every row of the table.
    pub(super) fn rows(&self, table: &str) -> Vec<Row> {
        let rows: Vec<Vec<Cell>> = match table {
            "signing_keys" => self.keys.values().map(signing_key).collect(),
            "api_clients" => self.clients.values().map(api_client).collect(),
            "users" => self.accounts.users.values().map(user).collect(),
            "identities" => self.accounts.identities.values().map(identity).collect(),
            "union_ids" => self.accounts.union_owners.values().map(union_owner).collect(),
            "identity_conflicts" => self.accounts.conflicts.values().map(conflict).collect(),
            "tombstones" => self.accounts.tombstones.values().map(tombstone).collect(),
            "sessions" => self.accounts.sessions.values().map(session).collect(),
            "revocations" => self.revocations.values().map(revocation).collect(),
            "audit_events" => {
                let order = self.audit_order.iter();
                order.map(|(number, id)| audit_event(&self.audit[id], *number)).collect()
            }
            other => panic!("there is no table {other}"),
        };
        rows.into_iter().map(Row).collect()
    }

    /// Puts a row into its place.
    pub(super) fn put(&mut self, table: &str, row: Row) {
        let mut row = Cells(row.0.into_iter());
        match table {
            "signing_keys" => {
                let key = row.signing_key();
                self.keys.insert(key.generation, key);
            }
            "api_clients" => {
                let client = row.api_client();
                self.clients.insert(client.id.clone(), client);
            }
            "users" => {
                let user = row.user();
                self.accounts.users.insert(user.user.id, user);
            }
            "identities" => {
                let identity = row.identity();
                self.accounts.identities.insert(identity.key.clone(), identity);
            }
            "union_ids" => {
                let owner = row.union_owner();
                self.accounts.union_owners.insert(owner.union_id.clone(), owner);
            }
            "identity_conflicts" => {
                let conflict = row.conflict();
                self.accounts.conflicts.insert(ConflictKey::of(&conflict), conflict);
            }
            "tombstones" => {
                let tombstone = row.tombstone();
                self.accounts.tombstones.insert(tombstone.tag, tombstone);
            }
            "sessions" => {
                let session = row.session();
                self.accounts.sessions.insert(session.session.id, session);
            }
            "revocations" => {
                let subject = Revoked::from_uuid(row.id());
                let revoked_at = row.time();
                let revocation = Revocation { subject, until: row.time() };
                self.revocations.insert(subject, StoredRevocation { revocation, revoked_at });
            }
            "audit_events" => {
                let event = row.audit_event();
                self.audit_order.insert(row.integer(), event.id);
                self.audit.insert(event.id, event);
            }
            other => panic!("there is no table {other}"),
        }
        assert!(row.0.next().is_none(), "{table} has fewer columns");
    }
}

fn signing_key(key: &StoredSigningKey) -> Vec<Cell> {
    vec![
        Cell::Integer(key.generation.into()),
        text(&key.kid),
        Cell::Bytes(key.private_key.0.clone()),
        time(key.created_at),
        time(key.active_from),
        or_absent(key.revoked_at.map(time)),
    ]
}

fn api_client(client: &ApiClient) -> Vec<Cell> {
    vec![
        text(client.id.as_str()),
        Cell::Bytes(client.secret.0.to_vec()),
        or_absent(client.previous_secret.map(|secret| Cell::Bytes(secret.hash.0.to_vec()))),
        or_absent(client.previous_secret.map(|secret| time(secret.until))),
        words(client.scopes.iter().map(|scope| scope.as_str().to_owned())),
        words(client.apps.iter().map(ToString::to_string)),
        words(client.networks.iter().map(ToString::to_string)),
        or_absent(client.expires_at.map(time)),
        Cell::Id(client.revision),
        time(client.created_at),
    ]
}

fn user(StoredUser { user, merged_into }: &StoredUser) -> Vec<Cell> {
    vec![
        Cell::Id(user.id.as_uuid()),
        Cell::Integer(user.user_type.0.into()),
        Cell::Integer(user.status.code().into()),
        or_absent(user.nickname.as_ref().map(|name| text(name.as_str()))),
        or_absent(user.avatar_url.as_ref().map(|url| text(url.as_str()))),
        or_absent(user.legacy_id.as_ref().map(|id| text(id.as_str()))),
        or_absent(user.phone.as_ref().map(|phone| Cell::Bytes(phone.sealed.0.clone()))),
        or_absent(user.phone.as_ref().map(|phone| tag(phone.tag))),
        or_absent(merged_into.map(|winner| Cell::Id(winner.as_uuid()))),
        or_absent(user.erase_at.map(time)),
        time(user.created_at),
        time(user.updated_at),
        time(user.last_login_at),
    ]
}

fn identity(identity: &StoredIdentity) -> Vec<Cell> {
    let key = &identity.key;
    let session_key = identity.session_key.as_ref();
    let previous = identity.previous_session_key.as_ref();
    vec![
        text(key.app_id.as_str()),
        text(key.open_id.as_str()),
        Cell::Id(identity.user_id.as_uuid()),
        tag(identity.tombstone),
        or_absent(identity.union_id.as_ref().map(|id| text(id.as_str()))),
        or_absent(session_key.map(|(key, _)| Cell::Bytes(key.sealed.0.clone()))),
        or_absent(session_key.map(|(key, _)| tag(key.tag))),
        or_absent(session_key.map(|(_, at)| time(*at))),
        or_absent(previous.map(|(key, _)| Cell::Bytes(key.0.clone()))),
        or_absent(previous.map(|(_, until)| time(*until))),
    ]
}

fn union_owner(owner: &UnionOwner) -> Vec<Cell> {
    vec![text(owner.union_id.as_str()), Cell::Id(owner.user_id.as_uuid()), tag(owner.tombstone)]
}

fn conflict(conflict: &UnionConflict) -> Vec<Cell> {
    vec![
        text(conflict.identity.app_id.as_str()),
        text(conflict.identity.open_id.as_str()),
        text(conflict.union_id.as_str()),
        Cell::Id(conflict.id),
        Cell::Id(conflict.user_id.as_uuid()),
        or_absent(conflict.owner.map(|owner| Cell::Id(owner.as_uuid()))),
        time(conflict.first_seen_at),
    ]
}

fn tombstone(tombstone: &Tombstone) -> Vec<Cell> {
    vec![
        tag(tombstone.tag),
        or_absent(tombstone.app_id.as_ref().map(|app_id| text(app_id.as_str()))),
        Cell::Id(tombstone.user_id.as_uuid()),
        time(tombstone.created_at),
    ]
}

fn session(stored: &StoredSession) -> Vec<Cell> {
    let session = &stored.session;
    vec![
        Cell::Id(session.id.as_uuid()),
        Cell::Id(session.user_id.as_uuid()),
        text(session.app_id.as_str()),
        text(session.open_id.as_str()),
        or_absent(session.device.as_ref().map(|device| text(device.as_str()))),
        Cell::Integer(session.generation.0.into()),
        Cell::Bytes(session.salt.0.to_vec()),
        or_absent(stored.replay.map(|replay| tag(replay.key))),
        or_absent(stored.replay.map(|replay| tag(replay.fingerprint))),
        time(session.created_at),
        time(session.last_used_at),
        time(session.expires_at),
        time(session.ends_at),
    ]
}

fn revocation(stored: &StoredRevocation) -> Vec<Cell> {
    let revocation = stored.revocation;
    vec![Cell::Id(revocation.subject.as_uuid()), time(stored.revoked_at), time(revocation.until)]
}

fn audit_event(event: &AuditEvent, number: i64) -> Vec<Cell> {
    vec![
        Cell::Id(event.id),
        time(event.at),
        text(event.action.code()),
        or_absent(event.user_id.map(|id| Cell::Id(id.as_uuid()))),
        or_absent(event.client_id.as_ref().map(|id| text(id.as_str()))),
        or_absent(event.app_id.as_ref().map(|app_id| text(app_id.as_str()))),
        or_absent(event.session_id.map(|id| Cell::Id(id.as_uuid()))),
        or_absent(event.actor.as_ref().map(|actor| text(&actor.code()))),
        or_absent(event.reason.as_ref().map(|reason| text(reason.as_str()))),
        Cell::Integer(number),
    ]
}

/// A row that is being read from its first cell to its last.
struct Cells(IntoIter<Cell>);

impl Cells {
    fn integer(&mut self) -> i64 {
        match self.0.next() {
            Some(Cell::Integer(number)) => number,
            _ => panic!("a number is expected"),
        }
    }

    fn time(&mut self) -> Timestamp {
        Timestamp::from_millis(self.integer())
    }

    fn text(&mut self) -> String {
        match self.0.next() {
            Some(Cell::Text(text)) => text,
            _ => panic!("a text is expected"),
        }
    }

    fn parsed<T, E: std::fmt::Debug>(&mut self, parse: impl Fn(&str) -> Result<T, E>) -> T {
        parse(&self.text()).unwrap()
    }

    fn words<T: Ord>(&mut self, parse: fn(&str) -> Result<T, Malformed>) -> BTreeSet<T> {
        self.text().split_whitespace().map(|word| parse(word).unwrap()).collect()
    }

    fn bytes(&mut self) -> Vec<u8> {
        match self.0.next() {
            Some(Cell::Bytes(bytes)) => bytes,
            _ => panic!("bytes are expected"),
        }
    }

    fn tag(&mut self) -> KeyedTag {
        KeyedTag(self.bytes().try_into().unwrap())
    }

    fn id(&mut self) -> Uuid {
        match self.0.next() {
            Some(Cell::Id(id)) => id,
            _ => panic!("an id is expected"),
        }
    }

    fn optional<T>(&mut self, read: impl Fn(&mut Self) -> T) -> Option<T> {
        if self.0.as_slice().first() == Some(&Cell::Absent) {
            self.0.next();
            return None;
        }
        Some(read(self))
    }

    fn signing_key(&mut self) -> StoredSigningKey {
        StoredSigningKey {
            generation: self.integer().try_into().unwrap(),
            kid: self.text(),
            private_key: Sealed(self.bytes()),
            created_at: self.time(),
            active_from: self.time(),
            revoked_at: self.optional(Self::time),
        }
    }

    fn api_client(&mut self) -> ApiClient {
        let hash = |row: &mut Self| ClientSecretHash(row.bytes().try_into().unwrap());
        let (id, secret) = (self.parsed(ClientId::parse), hash(self));
        let previous_secret = self.optional(hash).zip(self.optional(Self::time));
        ApiClient {
            id,
            secret,
            previous_secret: previous_secret.map(|(hash, until)| PreviousSecret { hash, until }),
            scopes: self.words(Scope::parse),
            apps: self.words(AppId::parse),
            networks: self.words(parse_network),
            expires_at: self.optional(Self::time),
            revision: self.id(),
            created_at: self.time(),
        }
    }

    fn user(&mut self) -> StoredUser {
        let id = UserId::from_uuid(self.id());
        let mut user = User::new(id, Timestamp::from_millis(0));
        user.user_type = UserType(self.integer().try_into().unwrap());
        user.status = UserStatus::from_code(self.integer().try_into().unwrap()).unwrap();
        user.nickname = self.optional(|row| Nickname::from_store(&row.text()));
        user.avatar_url = self.optional(|row| row.parsed(AvatarUrl::from_store));
        user.legacy_id = self.optional(|row| row.parsed(LegacyId::parse));
        let sealed = self.optional(Self::bytes).map(Sealed);
        let tag = self.optional(Self::tag);
        user.phone = sealed.zip(tag).map(|(sealed, tag)| SealedPhone { sealed, tag });
        let merged_into = self.optional(|row| UserId::from_uuid(row.id()));
        user.erase_at = self.optional(Self::time);
        user.created_at = self.time();
        user.updated_at = self.time();
        user.last_login_at = self.time();
        StoredUser { user, merged_into }
    }

    fn union_owner(&mut self) -> UnionOwner {
        let union_id = self.parsed(UnionId::parse);
        let user_id = UserId::from_uuid(self.id());
        UnionOwner { union_id, user_id, tombstone: self.tag() }
    }

    fn tombstone(&mut self) -> Tombstone {
        let tag = self.tag();
        let app_id = self.optional(|row| row.parsed(AppId::parse));
        let user_id = UserId::from_uuid(self.id());
        Tombstone { tag, app_id, user_id, created_at: self.time() }
    }

    fn identity_key(&mut self) -> IdentityKey {
        let app_id = self.parsed(AppId::parse);
        IdentityKey { app_id, open_id: self.parsed(OpenId::parse) }
    }

    fn identity(&mut self) -> StoredIdentity {
        let key = self.identity_key();
        let user_id = UserId::from_uuid(self.id());
        let tombstone = self.tag();
        let union_id = self.optional(|row| row.parsed(UnionId::parse));
        let sealed = self.optional(Self::bytes).map(Sealed);
        let tag = self.optional(Self::tag);
        let at = self.optional(Self::time);
        let session_key = sealed.zip(tag).zip(at);
        let session_key =
            session_key.map(|((sealed, tag), at)| (SealedSessionKey { sealed, tag }, at));
        let previous = self.optional(Self::bytes).map(Sealed);
        let previous_session_key = previous.zip(self.optional(Self::time));
        StoredIdentity { key, user_id, tombstone, union_id, session_key, previous_session_key }
    }

    fn conflict(&mut self) -> UnionConflict {
        let identity = self.identity_key();
        let union_id = self.parsed(UnionId::parse);
        UnionConflict {
            id: self.id(),
            identity,
            union_id,
            user_id: UserId::from_uuid(self.id()),
            owner: self.optional(|row| UserId::from_uuid(row.id())),
            first_seen_at: self.time(),
        }
    }

    fn session(&mut self) -> StoredSession {
        let id = SessionId::from_uuid(self.id());
        let user_id = UserId::from_uuid(self.id());
        let IdentityKey { app_id, open_id } = self.identity_key();
        let device = self.optional(|row| Device::from_store(&row.text()));
        let generation = Generation(self.integer().try_into().unwrap());
        let salt = Salt(self.bytes().try_into().unwrap());
        let key = self.optional(Self::tag);
        let fingerprint = self.optional(Self::tag);
        let session = Session {
            id,
            user_id,
            app_id,
            open_id,
            device,
            generation,
            salt,
            created_at: self.time(),
            last_used_at: self.time(),
            expires_at: self.time(),
            ends_at: self.time(),
        };
        let replay = key.zip(fingerprint).map(|(key, fingerprint)| Replay { key, fingerprint });
        StoredSession { session, replay }
    }

    fn audit_event(&mut self) -> AuditEvent {
        AuditEvent {
            id: self.id(),
            at: self.time(),
            action: AuditAction::from_code(&self.text()).unwrap(),
            user_id: self.optional(|row| UserId::from_uuid(row.id())),
            client_id: self.optional(|row| row.parsed(ClientId::parse)),
            app_id: self.optional(|row| row.parsed(AppId::parse)),
            session_id: self.optional(|row| SessionId::from_uuid(row.id())),
            actor: self.optional(|row| row.parsed(Actor::from_code)),
            reason: self.optional(|row| row.parsed(Reason::parse)),
        }
    }
}
