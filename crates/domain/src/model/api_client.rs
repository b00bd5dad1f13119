use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::secret::opaque_debug;
use super::word::word;
use super::{AppId, Malformed, Timestamp};

/// The id by which a back end authenticates (OAuth's `client_id`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

word!(ClientId, 64, "a client id");

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 hash of a client's secret. The secret is long and random, so a slow hash is not needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientSecretHash(pub [u8; 32]);

impl ClientSecretHash {
    /// Hashes a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Whether this is the hash of `secret`. The comparison takes constant time.
    #[must_use]
    pub fn matches(&self, secret: &str) -> bool {
        self.0.ct_eq(&Self::of(secret).0).into()
    }
}

opaque_debug!(ClientSecretHash);

/// A permission of an API client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Introspect tokens (RFC 7662) and revoke them (RFC 7009).
    Introspect,
    /// See openid and unionid in an introspection response.
    OpenId,
    /// Read users and change their status and type.
    Admin,
    /// See full phone numbers instead of masked ones.
    Phone,
    /// Get the access token of an app for WeChat's server API, which acts for the app.
    WechatAccessToken,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] =
        [Self::Introspect, Self::OpenId, Self::Admin, Self::Phone, Self::WechatAccessToken];

    /// Returns the scope's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Introspect => "introspect",
            Self::OpenId => "openid",
            Self::Admin => "admin",
            Self::Phone => "phone",
            Self::WechatAccessToken => "wechat-access-token",
        }
    }

    /// Returns the scope with this name.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(Malformed(
            "a scope is `introspect`, `openid`, `admin`, `phone` or `wechat-access-token`",
        ))
    }
}

/// A secret that a newer one has replaced and that is still valid for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviousSecret {
    /// The hash of the secret.
    pub hash: ClientSecretHash,
    /// When it becomes invalid.
    pub until: Timestamp,
}

/// How long the secret before stays valid after a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretOverlap(Duration);

impl SecretOverlap {
    /// The longest overlap: a rotation that takes longer leaves a secret behind that nobody ends.
    pub const MAX: Duration = Duration::from_hours(24 * 30);

    /// Accepts zero, which ends the secret before at once, to [`Self::MAX`].
    pub fn of(duration: Duration) -> Result<Self, Malformed> {
        if duration <= Self::MAX {
            Ok(Self(duration))
        } else {
            Err(Malformed("an old secret can stay valid for at most 30 days"))
        }
    }
}

/// Parses an IP address or a network like `10.0.0.0/8`. An IPv4 address that is mapped into IPv6 is the
/// IPv4 address.
pub fn parse_network(text: &str) -> Result<IpNet, Malformed> {
    const RULE: Malformed = Malformed("expected an IP address or a network like 10.0.0.0/8");
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_canonical().into());
    }
    let network = text.parse::<IpNet>().map_err(|_| RULE)?.trunc();
    match (network.addr().to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(mapped), Some(length)) if network.addr().is_ipv6() => {
            IpNet::new(mapped.into(), length).map_err(|_| RULE)
        }
        _ => Ok(network),
    }
}

/// A back end that calls wxlogin in its own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiClient {
    /// Its id.
    pub id: ClientId,
    /// The hash of its secret.
    pub secret: ClientSecretHash,
    /// The secret before, if it may still be valid.
    pub previous_secret: Option<PreviousSecret>,
    /// Its permissions.
    pub scopes: BTreeSet<Scope>,
    /// The apps it may act for; empty means every app.
    pub apps: BTreeSet<AppId>,
    /// The networks that it may call from; empty means every address.
    pub networks: BTreeSet<IpNet>,
    /// When it expires; `None` means never.
    pub expires_at: Option<Timestamp>,
    /// The id of the audit event of the last change, so that no change is written over another.
    pub revision: Uuid,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The apps whose data a caller may see and change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisibleApps {
    /// Every app.
    All,
    /// These apps.
    Only(BTreeSet<AppId>),
}

impl VisibleApps {
    /// Whether the app is one of them.
    #[must_use]
    pub fn include(&self, app_id: &AppId) -> bool {
        match self {
            Self::All => true,
            Self::Only(apps) => apps.contains(app_id),
        }
    }
}

impl ApiClient {
    /// Creates a client for every app and address that never expires.
    #[must_use]
    pub fn new(
        id: ClientId,
        secret: ClientSecretHash,
        scopes: BTreeSet<Scope>,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            secret,
            previous_secret: None,
            scopes,
            apps: BTreeSet::new(),
            networks: BTreeSet::new(),
            expires_at: None,
            revision: Uuid::nil(),
            created_at,
        }
    }

    /// Replaces the secret. The one before stays valid during the overlap, and an older one ends.
    pub fn rotate(&mut self, secret: ClientSecretHash, overlap: SecretOverlap, now: Timestamp) {
        let hash = std::mem::replace(&mut self.secret, secret);
        let previous = PreviousSecret { hash, until: now.plus(overlap.0) };
        self.previous_secret = Some(previous).filter(|previous| now < previous.until);
    }

    /// The secret before, if it is valid now.
    #[must_use]
    pub fn valid_previous_secret(&self, now: Timestamp) -> Option<PreviousSecret> {
        self.previous_secret.filter(|previous| now < previous.until)
    }

    /// Whether `secret` is valid now.
    #[must_use]
    pub fn accepts(&self, secret: &str, now: Timestamp) -> bool {
        let previous = self.valid_previous_secret(now);
        self.secret.matches(secret)
            || previous.is_some_and(|previous| previous.hash.matches(secret))
    }

    /// Whether it has expired.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether it may call from this address.
    #[must_use]
    pub fn may_call_from(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(&address))
    }

    /// The apps that it may act for.
    #[must_use]
    pub fn visible_apps(&self) -> VisibleApps {
        if self.apps.is_empty() { VisibleApps::All } else { VisibleApps::Only(self.apps.clone()) }
    }

    /// Whether it has this scope.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Whether it may act for this app.
    #[must_use]
    pub fn may_for(&self, app_id: &AppId) -> bool {
        self.apps.is_empty() || self.apps.contains(app_id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client() -> ApiClient {
        let (id, secret) = (ClientId::parse("billing").unwrap(), ClientSecretHash::of("0"));
        ApiClient::new(id, secret, BTreeSet::new(), Timestamp::from_millis(0))
    }

    fn networks(texts: &[&str]) -> BTreeSet<IpNet> {
        texts.iter().map(|text| parse_network(text).unwrap()).collect()
    }

    proptest! {
        /// Of any sequence of rotations, exactly the last secret and, during its overlap, the one before
        /// it are accepted.
        #[test]
        fn the_last_two_secrets_are_accepted(
            rotations in proptest::collection::vec((0_u64..1000, 0_u64..1000), 1..8),
            waited in 0_u64..1000,
        ) {
            let (mut client, mut now) = (client(), Timestamp::from_millis(0));
            for (number, (passed, overlap)) in rotations.iter().enumerate() {
                now = now.plus(Duration::from_millis(*passed));
                let overlap = SecretOverlap::of(Duration::from_millis(*overlap)).unwrap();
                client.rotate(ClientSecretHash::of(&(number + 1).to_string()), overlap, now);
            }
            let later = now.plus(Duration::from_millis(waited));
            let (_, overlap) = rotations[rotations.len() - 1];
            for number in 0..=rotations.len() {
                let is_last = number == rotations.len();
                let is_before = number + 1 == rotations.len() && waited < overlap;
                let accepted = client.accepts(&number.to_string(), later);
                prop_assert_eq!(accepted, is_last || is_before, "secret {}", number);
            }
        }
    }

    #[test]
    fn an_old_secret_is_valid_for_at_most_thirty_days() {
        let day = Duration::from_hours(24);
        assert!(SecretOverlap::of(day * 30).is_ok());
        assert!(SecretOverlap::of(day * 30 + Duration::from_millis(1)).is_err());
    }

    #[test]
    fn a_client_expires_at_its_time() {
        let client = ApiClient { expires_at: Some(Timestamp::from_millis(5)), ..client() };
        assert!(!client.has_expired(Timestamp::from_millis(4)));
        assert!(client.has_expired(Timestamp::from_millis(5)));
    }

    #[test]
    fn a_client_calls_from_its_networks() {
        let may = |allowed: &[&str], address: &str| {
            let client = ApiClient { networks: networks(allowed), ..client() };
            client.may_call_from(address.parse().unwrap())
        };
        assert!(may(&[], "192.0.2.1") && may(&[], "2001:db8::1"), "no list, no limit");
        let list = ["10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48", "::ffff:198.51.100.0/120"];
        for address in
            ["10.255.0.1", "192.0.2.7", "2001:db8:1:2::3", "::ffff:10.0.0.1", "198.51.100.9"]
        {
            assert!(may(&list, address), "{address}");
        }
        for address in ["11.0.0.1", "192.0.2.8", "2001:db8:2::1", "::1", "198.51.101.1"] {
            assert!(!may(&list, address), "{address}");
        }
    }

    #[test]
    fn networks_are_stored_as_they_are_read() {
        for (text, stored) in [
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ] {
            let network = parse_network(text).unwrap();
            assert_eq!(network.to_string(), stored);
            assert_eq!(parse_network(stored), Ok(network));
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0", "example.com", "10.0.0.0/8 "] {
            assert!(parse_network(wrong).is_err(), "{wrong:?}");
        }
    }
}
