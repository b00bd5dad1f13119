//! What is to go wrong, and how often.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wechat::Call;
use crate::wechat::errcode::Errcode;

/// Nobody waits longer for an answer, and a typing error should not either.
const MAX_DELAY_MILLIS: u64 = 10 * 60 * 1000;

/// The faults still to come; the first that names a call takes it.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Faults {
    script: Vec<Fault>,
}

/// One scripted fault, as `PUT /sim/faults` takes it and `GET` shows it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    call: Call,
    #[serde(rename = "fault")]
    pub(crate) kind: FaultKind,
    #[serde(default)]
    times: Times,
    /// Waited before whatever the fault does to the answer.
    #[serde(default, skip_serializing_if = "is_default")]
    delay_ms: u64,
    /// The three that follow belong to [`FaultKind::Errcode`].
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
    /// `WeChat` refuses with a chosen code.
    Errcode,
    /// The right answer, late.
    Delay,
    /// The connection breaks before `WeChat` has seen the call.
    DropBefore,
    /// The connection breaks after `WeChat` has decided.
    DropAfter,
    /// A page of something that stands before `WeChat`.
    Html,
    /// The same, honest about its status.
    BadGateway,
    /// An answer without a body.
    Empty,
    /// Half of the right answer.
    Truncated,
    /// The right answer among megabytes of padding.
    Huge,
    /// A success that lacks its session key.
    NoSessionKey,
    /// A success that lacks its openid.
    NoOpenid,
    /// A success with a session key of eight bytes.
    ShortSessionKey,
    /// A success without one of its fields.
    NoField,
    /// A success that says `"errcode": 0`.
    ZeroErrcode,
    /// An answer with fields nobody has heard of.
    ExtraFields,
}

impl FaultKind {
    /// Whether the call still reaches `WeChat`, so that a good code is spent.
    pub(crate) fn reaches_wechat(self) -> bool {
        !matches!(self, Self::Errcode | Self::DropBefore | Self::Html | Self::BadGateway)
    }

    /// Whether it spoils what only some calls answer.
    fn is_of_session_keys(self) -> bool {
        matches!(self, Self::NoSessionKey | Self::NoOpenid | Self::ShortSessionKey)
    }
}

/// How many calls a fault still takes.
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
            _ => Err("`times` must be a whole number from 1, or null or \"always\""),
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
            return Err("the fault `errcode` needs a number `errcode`");
        }
        if !is_errcode && (self.errcode.is_some() || self.errmsg.is_some() || self.as_string) {
            return Err("`errcode`, `errmsg` and `asString` belong to the fault `errcode` only");
        }
        if (self.kind == FaultKind::NoField) != self.field.is_some() {
            return Err("the fault `noField` needs a `field`, and no other does");
        }
        if self.kind.is_of_session_keys() && !self.call.answers_session_key() {
            return Err("this call answers no session key; `noField` takes any field away");
        }
        if self.kind == FaultKind::Delay && self.delay_ms == 0 {
            return Err("the fault `delay` needs a `delayMs` above 0");
        }
        if self.delay_ms > MAX_DELAY_MILLIS {
            return Err("`delayMs` may be ten minutes (600000) at most");
        }
        Ok(())
    }
}

impl Faults {
    /// Takes a whole script, or says what is wrong with it.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        let script: Vec<Fault> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        for (index, fault) in script.iter().enumerate() {
            fault.check().map_err(|wrong| format!("fault {}: {wrong}", index + 1))?;
        }
        Ok(Self { script })
    }

    /// The fault that this call meets, if any.
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
