use std::fmt;

use super::word::is_word;
use super::{AppId, Malformed, OpenId, PushFields, PushFingerprint, Timestamp};

/// A push message from WeChat.
#[derive(Clone, PartialEq, Eq)]
pub enum Push {
    /// An encrypted message in base64. The signature covers this text.
    Encrypted(String),
    /// A message in plain form.
    Event(PushEvent),
}

/// An event that WeChat reports about a user
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/event_push/platform/authorized_user_information_changes>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushEvent {
    /// The kind of event.
    pub kind: PushEventKind,
    /// The mini-program. Read only for the events that wxlogin handles.
    pub app_id: Option<AppId>,
    /// The user's openid, which WeChat sometimes omits. Read only for the events that wxlogin handles.
    pub open_id: Option<OpenId>,
    /// When WeChat first sent the event, in whole seconds.
    pub created_at: Timestamp,
    /// Identifies the event: the same for every repetition.
    pub fingerprint: PushFingerprint,
}

/// The kind of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushEventKind {
    /// `user_info_modified`: WeChat cleared the user's nickname and avatar.
    UserInfoModified,
    /// `user_authorization_revoke`: the user withdrew access to some data.
    AuthorizationRevoked {
        /// WeChat's numbers for the data, sorted: 6 nickname and avatar, 8 phone number, 19 nickname
        /// from the keyboard, 20 avatar from the component, and others.
        revoke_info: Vec<u32>,
    },
    /// `user_authorization_cancellation`: the user closed the WeChat account.
    AuthorizationCancelled,
    /// Anything else, with the name of the event or the type of the message.
    Other(String),
}

impl Push {
    /// Maximum length of a message, in bytes. WeChat's have a few hundred.
    pub const MAX_LEN: usize = 64 * 1024;

    /// Reads the message from its fields. If it has a plain and an encrypted form, the encrypted form
    /// counts, because no signature covers the plain one.
    pub fn read(fields: &PushFields) -> Result<Self, Malformed> {
        match fields.one("encrypt")? {
            Some(ciphertext) => Ok(Self::Encrypted(ciphertext.to_owned())),
            None => PushEvent::read(fields).map(Self::Event),
        }
    }
}

impl PushEvent {
    fn read(fields: &PushFields) -> Result<Self, Malformed> {
        let kind = PushEventKind::read(fields)?;
        let (app_id, open_id) = match &kind {
            PushEventKind::Other(_) => (None, None),
            PushEventKind::UserInfoModified
            | PushEventKind::AuthorizationRevoked { .. }
            | PushEventKind::AuthorizationCancelled => (
                fields.one("appid")?.map(AppId::parse).transpose()?,
                fields.one("openid")?.map(OpenId::parse).transpose()?,
            ),
        };
        let created_at = fields.one("createtime")?.and_then(|seconds| seconds.parse().ok());
        let created_at =
            created_at.ok_or(Malformed("a push message must have a CreateTime in seconds"))?;
        let created_at = Timestamp::from_seconds(created_at);
        Ok(Self { kind, app_id, open_id, created_at, fingerprint: fields.fingerprint() })
    }
}

impl PushEventKind {
    fn read(fields: &PushFields) -> Result<Self, Malformed> {
        const RULE: Malformed =
            Malformed("a push message must have a MsgType, and an Event if that is `event`");
        let message_type = fields.one("msgtype")?.ok_or(RULE)?;
        let name = if message_type.eq_ignore_ascii_case("event") {
            fields.one("event")?.ok_or(RULE)?
        } else {
            return Self::other(message_type, RULE);
        };
        match name.to_ascii_lowercase().as_str() {
            "user_info_modified" => Ok(Self::UserInfoModified),
            "user_authorization_revoke" => {
                Ok(Self::AuthorizationRevoked { revoke_info: numbers(fields.all("revokeinfo"))? })
            }
            "user_authorization_cancellation" => Ok(Self::AuthorizationCancelled),
            _ => Self::other(name, RULE),
        }
    }

    fn other(name: &str, rule: Malformed) -> Result<Self, Malformed> {
        is_word(name, 64).then(|| Self::Other(name.to_owned())).ok_or(rule)
    }
}

/// Reads the numbers in a field with any separators, because WeChat documents the field as text and
/// not how it separates several numbers.
fn numbers(values: &[String]) -> Result<Vec<u32>, Malformed> {
    const RULE: Malformed = Malformed("RevokeInfo must be a list of numbers");
    let all = values.iter().flat_map(|value| value.split(|c: char| !c.is_ascii_alphanumeric()));
    let numbers = all.filter(|number| !number.is_empty()).map(str::parse);
    let mut numbers = numbers.collect::<Result<Vec<u32>, _>>().map_err(|_| RULE)?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted(text) => write!(f, "Encrypted({} characters)", text.len()),
            Self::Event(event) => event.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "wx13974bf780d3dc89";

    fn push(changes: &[(&str, &str)]) -> Result<Push, Malformed> {
        let mut all = vec![
            ("MsgType", "event"),
            ("Event", "user_authorization_revoke"),
            ("CreateTime", "1626857200"),
            ("AppID", APP),
            ("OpenID", "oAlice"),
            ("RevokeInfo", "1"),
        ];
        all.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let mut fields = PushFields::default();
        for (name, value) in all.iter().chain(changes) {
            fields.add(name, value);
        }
        Push::read(&fields)
    }

    fn event(changes: &[(&str, &str)]) -> PushEvent {
        match push(changes).unwrap() {
            Push::Event(event) => event,
            Push::Encrypted(_) => panic!("the message is encrypted"),
        }
    }

    #[test]
    fn each_event_is_recognised_by_its_name() {
        let kind = |name| event(&[("Event", name)]).kind;
        assert_eq!(kind("user_info_modified"), PushEventKind::UserInfoModified);
        assert_eq!(
            kind("user_authorization_revoke"),
            PushEventKind::AuthorizationRevoked { revoke_info: vec![1] }
        );
        assert_eq!(kind("USER_AUTHORIZATION_CANCELLATION"), PushEventKind::AuthorizationCancelled);
        assert_eq!(kind("debug_demo"), PushEventKind::Other("debug_demo".into()));
        assert_eq!(event(&[("MsgType", "text")]).kind, PushEventKind::Other("text".into()));
    }

    #[test]
    fn app_openid_and_time_are_read() {
        let read = event(&[]);
        assert_eq!(read.app_id, Some(AppId::parse(APP).unwrap()));
        assert_eq!(read.open_id, Some(OpenId::parse("oAlice").unwrap()));
        assert_eq!(read.created_at, Timestamp::from_seconds(1_626_857_200));
        assert_eq!(event(&[("OpenID", "")]).open_id, None);
        assert_eq!(event(&[("AppID", "")]).app_id, None);
        let other = event(&[("Event", "debug_demo"), ("AppID", "?"), ("OpenID", "?")]);
        assert_eq!((other.app_id, other.open_id), (None, None));
    }

    #[test]
    fn numbers_are_read_with_any_separator() {
        for (text, numbers) in [
            ("", vec![]),
            ("8", vec![8]),
            ("6,8", vec![6, 8]),
            ("20、19 6;6|8", vec![6, 8, 19, 20]),
            (r#"["8","6"]"#, vec![6, 8]),
        ] {
            let kind = event(&[("RevokeInfo", text)]).kind;
            let revoked = PushEventKind::AuthorizationRevoked { revoke_info: numbers };
            assert_eq!(kind, revoked, "{text}");
        }
        for text in ["all", "6,8x", "-1x", "4294967296"] {
            assert!(push(&[("RevokeInfo", text)]).is_err(), "{text}");
        }
    }

    #[test]
    fn incomplete_or_contradictory_messages_are_rejected() {
        for changes in [
            [("MsgType", ""), ("Event", "user_info_modified")],
            [("Event", ""), ("OpenID", "oAlice")],
            [("Event", "two words"), ("OpenID", "oAlice")],
            [("CreateTime", ""), ("OpenID", "oAlice")],
            [("CreateTime", "yesterday"), ("OpenID", "oAlice")],
            [("AppID", "wx1"), ("OpenID", "oAlice")],
            [("OpenID", "o Alice"), ("AppID", APP)],
            [("OpenID", "oAlice"), ("Openid", "oBob")],
            [("Event", "user_info_modified"), ("event", "user_authorization_cancellation")],
            [("Encrypt", "AAAA"), ("encrypt", "BBBB")],
        ] {
            assert!(push(&changes).is_err(), "{changes:?}");
        }
    }

    #[test]
    fn a_message_in_both_forms_counts_as_encrypted() {
        let both = push(&[("Encrypt", "+qdx")]).unwrap();
        assert_eq!(both, Push::Encrypted("+qdx".into()));
        assert_eq!(format!("{both:?}"), "Encrypted(4 characters)");
    }

    #[test]
    fn only_a_repetition_has_the_same_fingerprint() {
        let one = event(&[]).fingerprint;
        assert_eq!(one, event(&[]).fingerprint);
        for change in
            [("RevokeInfo", "8"), ("CreateTime", "1626857201"), ("OpenID", "oBob"), ("X", "x")]
        {
            assert_ne!(one, event(&[change]).fingerprint, "{change:?}");
        }
    }

    #[test]
    fn debug_hides_the_openid() {
        assert!(!format!("{:?}", push(&[]).unwrap()).contains("oAlice"));
    }
}
