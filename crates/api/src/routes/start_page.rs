use poem::Endpoint;

use super::static_text::page;

/// Where the start page is. `/` means it too; the router gives all paths that it does not know, and `/`
/// itself, to the API.
pub(crate) const START_PATH: &str = "/index.html";

/// Serves a page that says what this service is, and links to its documents. `base` is the path of the
/// public URL.
pub(crate) fn start_page(base: &str) -> impl Endpoint + use<> {
    // The path of a URL has no quotes or angle brackets.
    let base = base.replace('&', "&amp;");
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>wxlogin</title>\n\
         <style>body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 36em; margin: 3em auto; padding: 0 1em }}\
         @media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark }} }}</style>\n\
         </head>\n<body>\n<h1>wxlogin</h1>\n\
         <p>The sign-in service for WeChat mini-programs.<br><span lang=\"zh-CN\">微信小程序登录服务</span></p>\n\
         <ul>\n<li><a href=\"{base}/docs\">API documentation · 接口文档</a></li>\n\
         <li><a href=\"{base}/openapi.yaml\">OpenAPI document · OpenAPI 文件</a></li>\n\
         <li><a href=\"{base}/.well-known/openid-configuration\">Issuer metadata · 签发者元数据</a></li>\n\
         </ul>\n</body>\n</html>\n"
    );
    page(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; \
          base-uri 'none'; form-action 'none'",
        move || html,
    )
}
