use std::fmt;

use uuid::Uuid;

use super::Timestamp;
use crate::ports::Randomness;

macro_rules! uuid_v7 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id (UUIDv7, RFC 9562): sorts by time of creation.
            #[must_use]
            pub fn new(now: Timestamp, randomness: &dyn Randomness) -> Self {
                Self(uuid_v7(now, randomness))
            }

            /// The id a store or a token holds.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_v7! {
    /// Our account's id; says nothing about WeChat.
    UserId
}
uuid_v7! {
    /// A signed-in device's id.
    SessionId
}

/// A UUIDv7 from our own clock and randomness.
pub(crate) fn uuid_v7(now: Timestamp, randomness: &dyn Randomness) -> Uuid {
    let mut chance = [0; 10];
    randomness.fill(&mut chance);
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid()
}
