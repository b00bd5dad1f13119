use serde::{Deserialize, Deserializer};

/// Reads an optional field that may be absent but not `null`: a script of an operator that sends `null`
/// has lost a value.
pub(super) fn not_null<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
