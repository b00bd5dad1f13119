use url::Url;

use super::{Loss, Mapping, WhyNot};
use crate::model::{
    AvatarUrl, LegacyId, Malformed, Nickname, OpenId, Profile, SessionKey, Timestamp, UserStatus,
    UserType,
};
use crate::ports::{LegacyUser, LegacyValue};

/// A valid row.
pub(super) struct Checked {
    pub(super) legacy_id: LegacyId,
    pub(super) open_id: OpenId,
    pub(super) user_type: UserType,
    pub(super) status: UserStatus,
    pub(super) session_key: Option<SessionKey>,
    pub(super) profile: Profile,
    pub(super) created_at: Timestamp,
    /// What of the row is invalid.
    pub(super) losses: Vec<Loss>,
}

impl Checked {
    pub(super) fn new(row: &LegacyUser, mapping: &Mapping, now: Timestamp) -> Result<Self, WhyNot> {
        let Some(LegacyValue::Text(open_id)) = &row.open_id else { return Err(WhyNot::NoOpenId) };
        let other_fields = row.other_fields.iter().cloned();
        let mut losses = other_fields.map(Loss::UnknownField).collect::<Vec<_>>();
        Ok(Self {
            legacy_id: LegacyId::parse(&row.id).map_err(WhyNot::Id)?,
            open_id: OpenId::parse(open_id).map_err(WhyNot::OpenId)?,
            user_type: mapping.user_type(row.user_type.as_ref()).ok_or(WhyNot::UnmappedUserType)?,
            status: mapping.status(row.status.as_ref()).ok_or(WhyNot::UnmappedStatus)?,
            session_key: valid(
                "sessionKey",
                row.session_key.as_ref(),
                SessionKey::parse,
                &mut losses,
            ),
            profile: Profile {
                nickname: valid("userName", row.user_name.as_ref(), Nickname::parse, &mut losses),
                avatar_url: valid("avatarUrl", row.avatar_url.as_ref(), avatar_url, &mut losses),
            },
            created_at: created_at(row.created_at, now, &mut losses),
            losses,
        })
    }
}

/// Returns the field's value if it is valid, and notes the loss of one that is not. Nothing is lost with
/// `null` or an empty string.
fn valid<T>(
    field: &'static str,
    value: Option<&LegacyValue>,
    parse: impl FnOnce(&str) -> Result<T, Malformed>,
    losses: &mut Vec<Loss>,
) -> Option<T> {
    let parsed = match value? {
        LegacyValue::Null => return None,
        LegacyValue::Text(text) if text.trim().is_empty() => return None,
        LegacyValue::Text(text) => parse(text),
        LegacyValue::Other(_) => Err(Malformed("not a string")),
    };
    parsed.map_err(|why| losses.push(Loss::Invalid(field, why))).ok()
}

/// WeChat serves the pictures of qlogo.cn over https too, and old back ends stored them with http.
fn avatar_url(text: &str) -> Result<AvatarUrl, Malformed> {
    match Url::parse(text) {
        Ok(mut url) if is_wechats_over_http(&url) => {
            let _ = url.set_scheme("https");
            AvatarUrl::parse(url.as_str())
        }
        _ => AvatarUrl::parse(text),
    }
}

fn is_wechats_over_http(url: &Url) -> bool {
    let host = url.domain().unwrap_or_default();
    url.scheme() == "http"
        && url.port().is_none()
        && (host == "qlogo.cn" || host.ends_with(".qlogo.cn"))
}

/// The old system's clock may have been ahead, and a login from now on must be later.
fn created_at(at: Option<Timestamp>, now: Timestamp, losses: &mut Vec<Loss>) -> Timestamp {
    let why = match at {
        Some(at) if at <= now => return at,
        Some(_) => Malformed("in the future, so the time of the import is stored"),
        None => Malformed("unknown, so the time of the import is stored"),
    };
    losses.push(Loss::Invalid("createdAt", why));
    now
}
