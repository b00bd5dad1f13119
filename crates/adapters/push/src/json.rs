use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use wxlogin_domain::model::PushFields;

use crate::MAX_DEPTH;

pub(crate) fn read(text: &str) -> Option<PushFields> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let fields = parser.deserialize_map(Fields).ok()?;
    parser.end().ok()?;
    fields
}

/// Reads every member, also duplicate names, of which a map would silently keep the last.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    /// `None` if a value is nested too deeply.
    type Value = Option<PushFields>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = PushFields::default();
        let mut is_shallow = true;
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            is_shallow &= depth(&value) < MAX_DEPTH;
            match value {
                Value::Null => fields.add(&name, ""),
                Value::String(text) => fields.add(&name, &text),
                Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    fields.add(&name, &value.to_string());
                }
            }
        }
        Ok(is_shallow.then_some(fields))
    }
}

/// Returns the depth of nesting. The parser itself rejects more than about 100 levels.
fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return 0,
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
    };
    1 + deepest.unwrap_or(0)
}
