use poem::http::{HeaderValue, Method};
use poem_openapi::OpenApi;

/// Which methods the document's paths take, for `Allow` (RFC 9110 section 15.5.6).
pub(crate) struct AllowedMethods(Vec<(String, HeaderValue)>);

/// What is answered outside the document is only to be read.
const OUTSIDE: HeaderValue = HeaderValue::from_static("GET, HEAD");

impl AllowedMethods {
    pub(crate) fn of<A: OpenApi>() -> Self {
        let mut paths: Vec<(String, Vec<Method>)> = Vec::new();
        for path in A::meta().into_iter().flat_map(|api| api.paths) {
            let methods = path.operations.iter().map(|operation| operation.method.clone());
            paths.push((path.path, methods.collect()));
        }
        let value = |methods: Vec<Method>| {
            let mut names = methods.iter().map(Method::as_str).collect::<Vec<_>>();
            if methods.contains(&Method::GET) {
                names.push("HEAD");
            }
            HeaderValue::from_str(&names.join(", ")).unwrap_or(OUTSIDE)
        };
        Self(paths.into_iter().map(|(path, methods)| (path, value(methods))).collect())
    }

    pub(super) fn at(&self, path: &str) -> HeaderValue {
        let found = self.0.iter().find(|(template, _)| matches(template, path));
        found.map_or(OUTSIDE, |(_, methods)| methods.clone())
    }
}

/// Whether a path of the document, like `/v1/me/sessions/{id}`, means this one.
fn matches(template: &str, path: &str) -> bool {
    let (mut expected, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some(expected), Some(found)) if expected == found || expected.starts_with('{') => {}
            (Some(_) | None, Some(_) | None) => return false,
        }
    }
}
