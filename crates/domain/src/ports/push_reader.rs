use crate::model::{Malformed, PushFields};

/// Reads push messages from WeChat, which are XML or JSON as the operator chose in WeChat's console.
///
/// - The fields are the direct children of the root element or object. A nested value becomes one text.
///   XML and JSON with the same plain values have the same fields.
/// - A message is rejected if it is longer than [`Push::MAX_LEN`](crate::model::Push::MAX_LEN), nested
///   deeper than 16 levels, not UTF-8, truncated, or neither XML nor JSON.
/// - XML with a document type is rejected. Only the five predefined entities and numeric character
///   references are resolved; nothing is ever fetched or expanded.
pub trait PushReader: Send + Sync {
    /// Reads the fields of a message.
    fn read(&self, body: &[u8]) -> Result<PushFields, Malformed>;
}
