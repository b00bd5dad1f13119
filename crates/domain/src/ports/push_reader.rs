use crate::model::{Malformed, PushFields};

/// Reads what WeChat pushes, which is XML or JSON as the operator has chosen in WeChat's console.
///
/// - Fields are what is directly in the outermost element or object; a value that has parts of its own
///   is some text of all of them. XML and JSON with the same plain values have the same fields.
/// - What is longer than [`Push::MAX_LEN`](crate::model::Push::MAX_LEN), more than sixteen levels deep, not UTF-8, not
///   whole, or neither XML nor JSON is refused.
/// - XML with a document type is refused; of entities the five of XML itself and characters by number
///   are known, and nothing is ever fetched or expanded.
pub trait PushReader: Send + Sync {
    /// Reads the fields of a push.
    fn read(&self, body: &[u8]) -> Result<PushFields, Malformed>;
}
