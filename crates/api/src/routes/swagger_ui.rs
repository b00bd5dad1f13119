use poem::{Endpoint, Route};

use super::static_text::page;

/// Serves Swagger UI as one page that loads nothing from other servers.
pub(crate) fn swagger_ui(html: impl FnOnce() -> String + Send + 'static) -> impl Endpoint {
    // The page has its scripts and styles inline and calls only this server.
    let policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                  img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; \
                  base-uri 'none'; form-action 'none'";
    Route::new().at("/", page(policy, move || fit_for_phones(&html())))
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
