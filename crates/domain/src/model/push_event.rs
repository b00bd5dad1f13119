use std::fmt;

use super::word::is_word;
use super::{AppId, Malformed, OpenId, PushFields, PushFingerprint, Timestamp};

/// What was pushed.
#[derive(Clone, PartialEq, Eq)]
pub enum Push {
    /// The base64 of a push that has to be decrypted first; its signature covers this very text.
    Encrypted(String),
    /// What happened.
    Event(PushEvent),
}

/// Something WeChat tells about a person
/// (<https://developers.weixin.qq.com/miniprogram/dev/server/API/event_push/platform/authorized_user_information_changes>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushEvent {
    /// What happened.
    pub kind: PushEventKind,
    /// The mini-program it names; not read of other events.
    pub app_id: Option<AppId>,
    /// Whom it happened to; WeChat leaves it out at times. Not read of other events.
    pub open_id: Option<OpenId>,
    /// When WeChat says it was sent first, in whole seconds.
    pub created_at: Timestamp,
    /// The same for every repetition.
    pub fingerprint: PushFingerprint,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushEventKind {
    /// `user_info_modified`: WeChat has cleaned the person's nickname and avatar.
    UserInfoModified,
    /// `user_authorization_revoke`: the person takes data back.
    AuthorizationRevoked {
        /// Which, by WeChat's numbers, sorted: 6 nickname and avatar, 8 phone number, 19 nickname of
        /// the keyboard, 20 avatar of the component, and others.
        revoke_info: Vec<u32>,
    },
    /// `user_authorization_cancellation`: the person's WeChat account is closed.
    AuthorizationCancelled,
    /// Nothing that concerns an account here: the name of the event, or of the type of message.
    Other(String),
}

impl Push {
    /// Longest push taken, in bytes; WeChat's have some hundreds.
    pub const MAX_LEN: usize = 64 * 1024;

    /// Reads what the fields say. A push that has both the plain and the encrypted form is an
    /// encrypted one: no signature covers its plain form.
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
        let created_at = created_at.ok_or(Malformed("a push says when it was sent, in seconds"))?;
        let created_at = Timestamp::from_seconds(created_at);
        Ok(Self { kind, app_id, open_id, created_at, fingerprint: fields.fingerprint() })
    }
}

impl PushEventKind {
    fn read(fields: &PushFields) -> Result<Self, Malformed> {
        const RULE: Malformed = Malformed("a push names its event or its type of message");
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

/// The numbers in a field, whatever stands between them: WeChat says that it is a text and not what
/// several look like in it.
fn numbers(values: &[String]) -> Result<Vec<u32>, Malformed> {
    const RULE: Malformed = Malformed("what is taken back is a list of numbers");
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
            Push::Encrypted(_) => panic!("this is encrypted"),
        }
    }

    #[test]
    fn each_event_is_known_by_its_name() {
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
    fn an_event_says_whom_it_is_about_and_when() {
        let told = event(&[]);
        assert_eq!(told.app_id, Some(AppId::parse(APP).unwrap()));
        assert_eq!(told.open_id, Some(OpenId::parse("oAlice").unwrap()));
        assert_eq!(told.created_at, Timestamp::from_seconds(1_626_857_200));
        assert_eq!(event(&[("OpenID", "")]).open_id, None);
        assert_eq!(event(&[("AppID", "")]).app_id, None);
        let other = event(&[("Event", "debug_demo"), ("AppID", "?"), ("OpenID", "?")]);
        assert_eq!((other.app_id, other.open_id), (None, None));
    }

    #[test]
    fn several_numbers_are_read_in_any_dress() {
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
    fn a_push_that_says_too_little_or_two_things_is_refused() {
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
    fn what_comes_in_both_forms_is_encrypted() {
        let both = push(&[("Encrypt", "+qdx")]).unwrap();
        assert_eq!(both, Push::Encrypted("+qdx".into()));
        assert_eq!(format!("{both:?}"), "Encrypted(4 characters)");
    }

    #[test]
    fn a_repetition_is_recognised_and_another_event_is_not_one() {
        let one = event(&[]).fingerprint;
        assert_eq!(one, event(&[]).fingerprint);
        for change in
            [("RevokeInfo", "8"), ("CreateTime", "1626857201"), ("OpenID", "oBob"), ("X", "x")]
        {
            assert_ne!(one, event(&[change]).fingerprint, "{change:?}");
        }
    }

    #[test]
    fn nobody_is_named_in_a_log() {
        assert!(!format!("{:?}", push(&[]).unwrap()).contains("oAlice"));
    }
}
