use poem::Request;
use poem::http::Method;
use poem_openapi::OpenApi;
use poem_openapi::registry::MetaParamIn;

use super::allowed_methods::matches;
use crate::endpoints::ORIGINAL_PATHS;
use crate::problem::Problem;

/// The longest name to repeat in a problem. A longer one may be a token or a code.
const MAX_NAME: usize = 24;

/// The query parameters of each operation. Others are refused, because a mistyped filter would mean no
/// filter.
pub(super) struct QueryParameters(Vec<Operation>);

struct Operation {
    method: Method,
    /// The template of the path.
    path: String,
    /// The names of the parameters.
    known: Vec<String>,
}

impl QueryParameters {
    /// Reads the parameters from the API's document, except those of the original contract: Express
    /// ignored unknown parameters. The routes outside this document that others call are added; WeChat
    /// may add parameters to its pushes, and pages add some to the addresses of avatars.
    pub(super) fn of<A: OpenApi>() -> Self {
        let paths = A::meta().into_iter().flat_map(|api| api.paths);
        let strict = paths.filter(|path| !ORIGINAL_PATHS.contains(&path.path.as_str()));
        let operations = strict.flat_map(|path| {
            let operations = path.operations.into_iter();
            operations.map(move |operation| {
                let queries = operation.params.into_iter();
                let queries = queries.filter(|parameter| parameter.in_type == MetaParamIn::Query);
                Operation {
                    method: operation.method,
                    path: path.path.clone(),
                    known: queries.map(|parameter| parameter.name).collect(),
                }
            })
        });
        let health = ["/healthz", "/readyz"].into_iter().map(|path| Operation {
            method: Method::GET,
            path: path.into(),
            known: Vec::new(),
        });
        Self(operations.chain(health).collect())
    }

    /// Fails if the request has a query parameter that its operation does not have.
    pub(super) fn check(&self, request: &Request) -> Result<(), Problem> {
        let Some(query) = request.uri().query() else { return Ok(()) };
        // The response to HEAD is that of GET without its body.
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let path = request.uri().path();
        let found = self
            .0
            .iter()
            .find(|operation| operation.method == *method && matches(&operation.path, path));
        let Some(Operation { known, .. }) = found else { return Ok(()) };
        let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
        match names.find(|name| !known.iter().any(|known| known == name)) {
            None => Ok(()),
            Some(name) => Err(Problem::invalid(explain(&name, known))),
        }
    }
}

fn explain(name: &str, known: &[String]) -> String {
    let is_name = (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let unknown = if is_name {
        format!("The query parameter `{name}` is unknown")
    } else {
        "A query parameter is unknown".to_owned()
    };
    if known.is_empty() {
        return format!("{unknown}; this operation has none.");
    }
    let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    format!("{unknown}; this operation has {known}.")
}
