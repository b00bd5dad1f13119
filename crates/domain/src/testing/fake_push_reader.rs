use crate::model::{Malformed, PushFields};
use crate::ports::PushReader;

/// Reads a line `Name=value` for each field.
#[derive(Default)]
pub struct FakePushReader;

impl PushReader for FakePushReader {
    fn read(&self, body: &[u8]) -> Result<PushFields, Malformed> {
        const RULE: Malformed = Malformed("a push has a field a line");
        let mut fields = PushFields::default();
        for line in std::str::from_utf8(body).map_err(|_| RULE)?.lines() {
            let (name, value) = line.split_once('=').ok_or(RULE)?;
            fields.add(name, value);
        }
        Ok(fields)
    }
}
