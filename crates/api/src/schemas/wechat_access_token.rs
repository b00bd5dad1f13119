use poem_openapi::Object;
use poem_openapi::types::Example;
use wxlogin_domain::usecase::wechat::access_tokens::HeldAccessToken;

use crate::responses::Described;

/// The WeChat access token of an app.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
pub(crate) struct WechatAccessToken {
    /// The `access_token` for WeChat's server API. It allows everything that WeChat lets the app do:
    /// never send it to a client.
    access_token: String,
    /// For how many seconds the token is still valid. Ask again when it has expired or WeChat
    /// refuses it.
    expires_in: u64,
}

impl From<HeldAccessToken> for WechatAccessToken {
    fn from(held: HeldAccessToken) -> Self {
        Self { access_token: held.token.expose().to_owned(), expires_in: held.expires_in.as_secs() }
    }
}

impl Described for WechatAccessToken {
    const DESCRIPTION: &'static str = "The WeChat access token.";
}

impl Example for WechatAccessToken {
    fn example() -> Self {
        Self { access_token: "98_yq0Zr3bHk7VnT2…".into(), expires_in: 6543 }
    }
}
