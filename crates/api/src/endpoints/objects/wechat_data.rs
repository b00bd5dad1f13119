use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;

use super::example;
use crate::answer::Described;

/// What WeChat gave to the page under the session key.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::endpoints) struct EncryptedRequest {
    /// `encryptedData` as it came, in base64.
    pub(in crate::endpoints) encrypted_data: String,
    /// `iv` as it came, in base64.
    pub(in crate::endpoints) iv: String,
}

impl Example for EncryptedRequest {
    fn example() -> Self {
        Self {
            encrypted_data: "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZM…".into(),
            iv: "r7BXXKkLb8qrSNn05n0qiA==".into(),
        }
    }
}

/// What was encrypted.
#[derive(Object)]
#[oai(example)]
pub(in crate::endpoints) struct Decrypted {
    /// The JSON text that WeChat encrypted, an object with a `watermark`. It is no proof of
    /// anything: whoever has a ciphertext of WeChat's can bend it.
    pub(in crate::endpoints) data: String,
}

impl Described for Decrypted {
    const DESCRIPTION: &'static str = "What was encrypted.";
}

impl Example for Decrypted {
    fn example() -> Self {
        let data = r#"{"stepInfoList":[{"timestamp":1767225600,"step":100}],"watermark":{"appid":"wxdev0000000000001","timestamp":1767225600}}"#;
        Self { data: data.into() }
    }
}

/// Whose session key is to be replaced, beside the user in the path.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::endpoints) struct SessionKeyResetRequest {
    /// The AppID of the mini-program in which WeChat knows the user.
    #[oai(validator(max_length = 64))]
    pub(in crate::endpoints) app_id: String,
}

impl Example for SessionKeyResetRequest {
    fn example() -> Self {
        Self { app_id: example::APP.into() }
    }
}

/// What WeChat signed with the session key.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::endpoints) struct SignedRequest {
    /// `rawData` as it came.
    pub(in crate::endpoints) raw_data: String,
    /// `signature` as it came: 40 hexadecimal digits.
    pub(in crate::endpoints) signature: String,
}

impl Example for SignedRequest {
    fn example() -> Self {
        Self {
            raw_data: r#"{"nickName":"小明"}"#.into(),
            signature: "75e81ceda165f4ffa64f4068af58c64b8f54b88c".into(),
        }
    }
}

/// Whether it holds.
#[derive(Object)]
#[oai(example)]
pub(in crate::endpoints) struct Validity {
    /// Whether it holds.
    pub(in crate::endpoints) valid: bool,
}

impl Described for Validity {
    const DESCRIPTION: &'static str = "Whether it holds.";
}

impl Example for Validity {
    fn example() -> Self {
        Self { valid: true }
    }
}
