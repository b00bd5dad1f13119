use std::sync::LazyLock;

use poem::http::header;
use poem::{Endpoint, Route, endpoint, get};

use super::static_text::Page;

/// Serves Swagger UI as one page that loads nothing from other servers.
pub(crate) fn swagger_ui(html: fn() -> &'static str) -> impl Endpoint {
    let page =
        LazyLock::new(move || Page::new("text/html; charset=utf-8", fit_for_phones(html()).into()));
    Route::new().at(
        "/",
        get(endpoint::make_sync(move |request| {
            let mut response = page.respond(&request);
            for (name, value) in [
                // The page has its scripts and styles inline and calls only this server.
                (
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; \
                     base-uri 'none'; form-action 'none'",
                ),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "no-referrer"),
            ] {
                response.headers_mut().insert(name, header::HeaderValue::from_static(value));
            }
            response
        })),
    )
}

/// Makes Swagger UI's tables and headings fit narrow screens.
const PHONE_STYLE: &str = "<style>@media (max-width: 640px) {\
    .swagger-ui .response-col_links { display: none }\
    .swagger-ui table.responses-table { table-layout: fixed }\
    .swagger-ui .response-col_status { width: 3.5em }\
    .swagger-ui .opblock-tag { flex-wrap: wrap }\
    .swagger-ui .opblock-tag small { flex: 1 1 100%; order: 1; padding: 0 0 8px }\
    .swagger-ui .opblock .opblock-section-header { flex-wrap: wrap; padding: 8px 12px }\
    .swagger-ui .try-out { padding: 0 }\
    .swagger-ui .try-out__btn { margin-left: 8px }\
    .swagger-ui .wrapper { padding: 0 10px }\
    .swagger-ui .responses-inner { padding: 12px }\
    }</style>\n</head>\n<body>";

fn fit_for_phones(html: &str) -> String {
    let html = html.trim_start().replacen(
        "<head>",
        "<head><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\">",
        1,
    );
    let html = html.replacen("</head>\n<body>", PHONE_STYLE, 1);
    let html = html.replacen("<title>Swagger UI</title>", "<title>wxlogin API</title>", 1);
    format!("<!doctype html>\n{html}")
}
