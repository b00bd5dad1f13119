use poem_openapi::Object;
use poem_openapi::types::Example;
use wxlogin_domain::usecase::wechat::access_tokens::HeldAccessToken;

use crate::responses::Described;

/// WeChat's access token of an app.
#[derive(Object)]
#[oai(rename_all = "camelCase", example)]
pub(crate) struct WechatAccessToken {
    /// What WeChat's server API takes as `access_token`. Whoever has it can do whatever WeChat lets
    /// the app do: keep it in your back ends.
    access_token: String,
    /// How many seconds it works still. Ask again when they are over, or when WeChat refuses it.
    expires_in: u64,
}

impl From<HeldAccessToken> for WechatAccessToken {
    fn from(held: HeldAccessToken) -> Self {
        Self { access_token: held.token.expose().to_owned(), expires_in: held.expires_in.as_secs() }
    }
}

impl Described for WechatAccessToken {
    const DESCRIPTION: &'static str = "The token.";
}

impl Example for WechatAccessToken {
    fn example() -> Self {
        Self { access_token: "98_yq0Zr3bHk7VnT2…".into(), expires_in: 6543 }
    }
}
