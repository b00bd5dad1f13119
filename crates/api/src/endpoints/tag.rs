use poem_openapi::Tags;

/// The sections of the document.
#[derive(Tags)]
pub(super) enum Tag {
    /// Exchange a login code for tokens · 登录
    #[oai(rename = "Sign-in")]
    SignIn,
    /// The signed-in user's own account · 当前用户
    Account,
    /// Token verification and WeChat access tokens for your own back ends · 供业务后端使用
    #[oai(rename = "Back ends")]
    Backend,
    /// User management for API clients with the scope `admin` · 运营管理
    Admin,
    /// `POST /wxLogin` in the format of the original Express back end, for front ends that cannot
    /// be changed · 兼容原有前端的接口
    #[oai(rename = "Original contract")]
    Original,
}

/// The tags in the order in which readers need them.
pub(crate) const TAG_ORDER: [&str; 7] =
    ["Sign-in", "Account", "Back ends", "Admin", "Original contract", "WeChat", "Operations"];
