use poem::http::Method;
use poem_openapi::OpenApi;

use super::allowed_methods::matches;

/// The media types that each operation reads, for answers that refuse another one.
pub(super) struct MediaTypes(Vec<(String, Method, String)>);

impl MediaTypes {
    /// Reads the media types from the API's document.
    pub(super) fn of<A: OpenApi>() -> Self {
        let mut advice = Vec::new();
        for path in A::meta().into_iter().flat_map(|api| api.paths) {
            for operation in path.operations {
                let Some(request) = operation.request else { continue };
                let names = request.content.iter().map(|body| format!("`{}`", body.content_type));
                let names = names.collect::<Vec<_>>().join(" or ");
                advice.push((
                    path.path.clone(),
                    operation.method,
                    format!("Send the body as {names}."),
                ));
            }
        }
        Self(advice)
    }

    /// Says which media type to send to this path.
    pub(super) fn advice(&self, method: &Method, path: &str) -> Option<&str> {
        let mut advice = self.0.iter();
        advice.find_map(|(template, of, advice)| {
            (of == method && matches(template, path)).then_some(advice.as_str())
        })
    }
}
