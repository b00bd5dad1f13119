use poem::http::{HeaderValue, Method};
use poem_openapi::OpenApi;

/// The methods that each path supports, for the `Allow` header (RFC 9110 section 15.5.6).
pub(super) struct AllowedMethods(Vec<(String, HeaderValue)>);

/// Paths outside the document can only be read, except the one for push messages.
const READ_ONLY: HeaderValue = HeaderValue::from_static("GET, HEAD");

impl AllowedMethods {
    /// Reads the methods from the API's document.
    pub(super) fn of<A: OpenApi>() -> Self {
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
            HeaderValue::from_str(&names.join(", ")).unwrap_or(READ_ONLY)
        };
        paths.push(("/v1/wechat/push/{appId}".into(), vec![Method::GET, Method::POST]));
        Self(paths.into_iter().map(|(path, methods)| (path, value(methods))).collect())
    }

    /// Returns the methods that this path supports.
    pub(super) fn at(&self, path: &str) -> HeaderValue {
        let found = self.0.iter().find(|(template, _)| matches(template, path));
        found.map_or(READ_ONLY, |(_, methods)| methods.clone())
    }
}

/// Returns whether a path matches a template such as `/v1/me/sessions/{id}`.
pub(super) fn matches(template: &str, path: &str) -> bool {
    let (mut expected, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some(expected), Some(found)) if expected == found || expected.starts_with('{') => {}
            (Some(_) | None, Some(_) | None) => return false,
        }
    }
}
