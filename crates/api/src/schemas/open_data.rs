use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Deserialize;

use crate::responses::Described;

/// Data that WeChat encrypted with the session key.
#[derive(Object, Deserialize)]
#[oai(rename_all = "camelCase", example)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EncryptedRequest {
    /// `encryptedData` from WeChat, unchanged: 16-byte blocks in base64.
    #[oai(validator(
        max_length = 16384,
        pattern = "^([A-Za-z0-9+/]{64})*([A-Za-z0-9+/]{64}|[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/]{21}[AQgw]==)$"
    ))]
    pub(crate) encrypted_data: String,
    /// `iv` from WeChat, unchanged: 16 bytes in base64.
    #[oai(validator(pattern = "^[A-Za-z0-9+/]{21}[AQgw]==$"))]
    pub(crate) iv: String,
}

impl Example for EncryptedRequest {
    fn example() -> Self {
        Self {
            encrypted_data: "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrA=".into(),
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
    /// `signature` from WeChat, unchanged: 40 lower-case hexadecimal digits.
    #[oai(validator(pattern = "^[0-9a-f]{40}$"))]
    pub(crate) signature: String,
}

/// WeChat's own example
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/signature.html>), with
/// the signature that its session key gives.
const WECHAT_RAW_DATA: &str = r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#;

impl Example for SignedRequest {
    fn example() -> Self {
        Self {
            raw_data: WECHAT_RAW_DATA.into(),
            signature: "75e81ceda165f4ffa64f4068af58c64b8f54b88c".into(),
        }
    }
}
