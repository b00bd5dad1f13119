use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

use super::Malformed;

/// The fields of a push, whatever it was written in. WeChat's own examples have names with a blank in
/// front and spell one name in several ways, so neither counts here.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PushFields(BTreeMap<String, Vec<String>>);

/// Recognises a push that WeChat repeats: it sends the same fields again, under another signature and
/// encrypted anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PushFingerprint(pub [u8; 32]);

impl PushFields {
    /// Adds a field; one name may have several values. Blanks around both are dropped.
    pub fn add(&mut self, name: &str, value: &str) {
        let values = self.0.entry(name.trim().to_ascii_lowercase()).or_default();
        values.push(value.trim().to_owned());
    }

    /// The values of a field, in the order in which they came; `name` in lower case.
    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The value of a field that has one; an empty one counts as none. What says two things about
    /// one field says nothing.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Malformed> {
        let mut values = self.all(name).iter().filter(|value| !value.is_empty());
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(Malformed("a push says one thing about each field"));
        }
        Ok(first.map(String::as_str))
    }

    /// Every name and value after its length in eight bytes, so that no two sets of fields are the
    /// same bytes.
    pub(super) fn fingerprint(&self) -> PushFingerprint {
        let mut hash = Sha256::new();
        for (name, values) in &self.0 {
            for part in values.iter().flat_map(|value| [name, value]) {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        PushFingerprint(hash.finalize().into())
    }
}

// They name people, and may be what somebody wrote.
impl fmt::Debug for PushFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PushFields({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: &[(&str, &str)]) -> PushFields {
        let mut all = PushFields::default();
        for (name, value) in fields {
            all.add(name, value);
        }
        all
    }

    #[test]
    fn a_name_is_known_in_every_spelling() {
        for name in ["OpenID", " OpenID", "Openid", "openid\t"] {
            assert_eq!(fields(&[(name, " oAlice ")]).one("openid"), Ok(Some("oAlice")), "{name}");
        }
        assert_eq!(fields(&[("OpenPID", "x")]).one("openid"), Ok(None));
        assert_eq!(fields(&[("OpenID", " ")]).one("openid"), Ok(None));
    }

    #[test]
    fn a_field_says_one_thing() {
        assert_eq!(fields(&[("OpenID", "a"), ("openid", "a")]).one("openid"), Ok(Some("a")));
        assert!(fields(&[("OpenID", "a"), ("openid", "b")]).one("openid").is_err());
    }

    #[test]
    fn a_fingerprint_is_of_the_content() {
        let one = fields(&[("A", "1"), ("B", "2")]).fingerprint();
        assert_eq!(one, fields(&[("b", "2"), (" a", "1")]).fingerprint());
        for other in [
            fields(&[("A", "1")]),
            fields(&[("A", "1"), ("B", "3")]),
            fields(&[("A", "12"), ("B", "")]),
            fields(&[("A", "1"), ("A", "2")]),
            fields(&[("A", "1"), ("B", "2"), ("C", "")]),
        ] {
            assert_ne!(one, other.fingerprint());
        }
    }

    #[test]
    fn fields_do_not_print() {
        assert_eq!(format!("{:?}", fields(&[("OpenID", "oAlice")])), "PushFields(1)");
    }
}
