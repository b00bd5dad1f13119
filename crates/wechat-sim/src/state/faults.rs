//! Scripted faults.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Call;
use crate::errcode::Errcode;

/// The longest delay, so that a typing error does not make a client wait for hours.
const MAX_DELAY_MILLIS: u64 = 10 * 60 * 1000;

/// The pending faults. A call meets the first that names it.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Faults {
    script: Vec<Fault>,
}

/// A scripted fault, as in `PUT /sim/faults` and `GET /sim/faults`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    #[serde(rename = "fault")]
    pub(crate) kind: FaultKind,
    #[serde(default)]
    times: Times,
    /// The time to wait before responding.
    #[serde(default, skip_serializing_if = "is_default")]
    delay_ms: u64,
    /// This and the next two fields belong to [`FaultKind::Errcode`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) errcode: Option<Errcode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) errmsg: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) as_string: bool,
    /// Belongs to [`FaultKind::NoField`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
}

/// The ways in which a call can go wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FaultKind {
    /// `WeChat` responds with a chosen error code.
    Errcode,
    /// The right response, late.
    Delay,
    /// The connection closes before `WeChat` receives the call.
    DropBefore,
    /// The connection closes after `WeChat` has processed the call.
    DropAfter,
    /// Status 200 with an HTML page, as from a proxy before `WeChat`.
    Html,
    /// Status 502 with an HTML page.
    BadGateway,
    /// A response without a body.
    Empty,
    /// The first half of the right response.
    Truncated,
    /// The right response with megabytes of padding.
    Huge,
    /// A success without its session key.
    NoSessionKey,
    /// A success without its openid.
    NoOpenid,
    /// A success with a session key of eight bytes.
    ShortSessionKey,
    /// A success without one of its fields.
    NoField,
    /// A success that says `"errcode": 0`.
    ZeroErrcode,
    /// A response with undocumented fields.
    ExtraFields,
    /// The right response with each `/` written as `\/`, another form of the same JSON.
    EscapedSlashes,
}

impl FaultKind {
    /// Whether `WeChat` processes the call all the same and, say, spends the code.
    pub(crate) fn reaches_wechat(self) -> bool {
        !matches!(self, Self::Errcode | Self::DropBefore | Self::Html | Self::BadGateway)
    }

    /// Whether it concerns responses with a session key only.
    fn needs_session_key(self) -> bool {
        matches!(self, Self::NoSessionKey | Self::NoOpenid | Self::ShortSessionKey)
    }
}

/// How many more calls meet a fault.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
enum Times {
    Left(u32),
    Always,
}

impl Default for Times {
    fn default() -> Self {
        Self::Left(1)
    }
}

impl TryFrom<Value> for Times {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let number = value.as_u64().and_then(|times| u32::try_from(times).ok());
        match number {
            Some(times @ 1..) => Ok(Self::Left(times)),
            None if value.is_null() || value == "always" => Ok(Self::Always),
            _ => Err("`times` must be a whole number of at least 1, `null` or \"always\""),
        }
    }
}

impl Serialize for Times {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Left(times) => serializer.serialize_u32(*times),
            Self::Always => serializer.serialize_str("always"),
        }
    }
}

impl Fault {
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    fn check(&self) -> Result<(), &'static str> {
        let is_errcode = self.kind == FaultKind::Errcode;
        if is_errcode && self.errcode.is_none() {
            return Err("the fault `errcode` requires a number `errcode`.");
        }
        if !is_errcode && (self.errcode.is_some() || self.errmsg.is_some() || self.as_string) {
            return Err(
                "`errcode`, `errmsg` and `asString` are allowed for the fault `errcode` only.",
            );
        }
        match (self.kind, &self.field) {
            (FaultKind::NoField, None) => return Err("the fault `noField` requires a `field`."),
            (FaultKind::NoField, Some(_)) | (_, None) => {}
            (_, Some(_)) => return Err("`field` is allowed for the fault `noField` only."),
        }
        if self.kind.needs_session_key() && !self.call.returns_session_key() {
            return Err(
                "the response of this call has no session key; use `noField` to remove a field.",
            );
        }
        if self.kind == FaultKind::Delay && self.delay_ms == 0 {
            return Err("the fault `delay` requires a `delayMs` above 0.");
        }
        if self.delay_ms > MAX_DELAY_MILLIS {
            return Err("`delayMs` must be at most 600000 (ten minutes).");
        }
        Ok(())
    }
}

impl Faults {
    /// Parses a script, or says what is wrong with it.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let script: Vec<Fault> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        for (index, fault) in script.iter().enumerate() {
            fault.check().map_err(|wrong| format!("Fault {}: {wrong}", index + 1))?;
        }
        Ok(Self { script })
    }

    /// Takes the fault that this call meets, if any.
    pub(crate) fn take(&mut self, call: Call) -> Option<Fault> {
        let index = self.script.iter().position(|fault| fault.call == call)?;
        let fault = self.script.get_mut(index)?;
        match &mut fault.times {
            Times::Always => Some(fault.clone()),
            Times::Left(1) => Some(self.script.remove(index)),
            Times::Left(times) => {
                *times -= 1;
                Some(fault.clone())
            }
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
