use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;

use crate::responses::Described;

/// Data that WeChat encrypted with the session key.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EncryptedRequest {
    /// `encryptedData` from WeChat, unchanged, in base64.
    pub(crate) encrypted_data: String,
    /// `iv` from WeChat, unchanged, in base64.
    pub(crate) iv: String,
}

impl Example for EncryptedRequest {
    fn example() -> Self {
        Self {
            encrypted_data: "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZM…".into(),
            iv: "r7BXXKkLb8qrSNn05n0qiA==".into(),
        }
    }
}

/// The decrypted data.
#[derive(Object)]
#[oai(example)]
pub(crate) struct Decrypted {
    /// The JSON text of an object with a `watermark`. It proves nothing: anyone who has WeChat's
    /// ciphertext can change what it decrypts to.
    pub(crate) data: String,
}

impl Described for Decrypted {
    const DESCRIPTION: &'static str = "The decrypted data.";
}

impl Example for Decrypted {
    fn example() -> Self {
        let data = r#"{"stepInfoList":[{"timestamp":1767225600,"step":100}],"watermark":{"appid":"wxdev0000000000001","timestamp":1767225600}}"#;
        Self { data: data.into() }
    }
}

/// Data that WeChat signed with the session key.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignedRequest {
    /// `rawData` from WeChat, unchanged.
    pub(crate) raw_data: String,
    /// `signature` from WeChat, unchanged: 40 hexadecimal digits.
    pub(crate) signature: String,
}

impl Example for SignedRequest {
    fn example() -> Self {
        Self {
            raw_data: r#"{"nickName":"小明"}"#.into(),
            signature: "75e81ceda165f4ffa64f4068af58c64b8f54b88c".into(),
        }
    }
}
