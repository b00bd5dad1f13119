use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};

use super::Malformed;

/// The fields of a push message, read from XML or JSON. WeChat's own examples have names with a leading
/// space and in different letter case, so both are ignored.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PushFields(BTreeMap<String, Vec<String>>);

/// A hash of a push message's fields. It recognises a message that WeChat repeats with another
/// signature and newly encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PushFingerprint(pub [u8; 32]);

impl PushFields {
    /// Adds a field. A name can have several values. White space around both is dropped.
    pub fn add(&mut self, name: &str, value: &str) {
        let values = self.0.entry(name.trim().to_ascii_lowercase()).or_default();
        values.push(value.trim().to_owned());
    }

    /// Returns the values of a field in their order; `name` is in lower case.
    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns the only value of a field. Empty values are ignored; two different values are an
    /// error.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Malformed> {
        let mut values = self.all(name).iter().filter(|value| !value.is_empty());
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(Malformed("a push message must not have two values for one field"));
        }
        Ok(first.map(String::as_str))
    }

    /// Hashes every name and value, each after its length in 8 bytes, so that different fields never
    /// give the same input.
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

// They can hold openids and messages of users.
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
    fn letter_case_and_spaces_of_names_are_ignored() {
        for name in ["OpenID", " OpenID", "Openid", "openid\t"] {
            assert_eq!(fields(&[(name, " oAlice ")]).one("openid"), Ok(Some("oAlice")), "{name}");
        }
        assert_eq!(fields(&[("OpenPID", "x")]).one("openid"), Ok(None));
        assert_eq!(fields(&[("OpenID", " ")]).one("openid"), Ok(None));
    }

    #[test]
    fn a_field_has_one_value() {
        assert_eq!(fields(&[("OpenID", "a"), ("openid", "a")]).one("openid"), Ok(Some("a")));
        assert!(fields(&[("OpenID", "a"), ("openid", "b")]).one("openid").is_err());
    }

    #[test]
    fn a_fingerprint_depends_on_names_and_values() {
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
