use crate::model::{Malformed, PushFields};
use crate::ports::PushReader;

/// Reads messages with one line `Name=value` per field.
#[derive(Default)]
pub struct FakePushReader;

impl PushReader for FakePushReader {
    fn read(&self, body: &[u8]) -> Result<PushFields, Malformed> {
        const RULE: Malformed = Malformed("a push message must have one field per line");
        let mut fields = PushFields::default();
        for line in std::str::from_utf8(body).map_err(|_| RULE)?.lines() {
            let (name, value) = line.split_once('=').ok_or(RULE)?;
            fields.add(name, value);
        }
        Ok(fields)
    }
}
