//! The OpenAPI document: what poem-openapi generates, with additions that it does not support.

mod complete;
mod simplify;

use std::sync::LazyLock;

use poem_openapi::{ContactObject, LicenseObject, OpenApiService, ServerObject};
use serde_json::{Value, json};

use self::complete::{add_routes, complete_operations, operations, without_idempotency_example};
use self::simplify::simplify_schemas;
use crate::endpoints::{AccountApi, AdminApi, BackendApi, OriginalApi, SignInApi, TAG_ORDER};
use crate::problem::{
    OAuthProblem, OriginalProblem, Problem, ProblemBody, ProblemDetails, codes_in,
};

/// The endpoints of the document.
pub(crate) type Api = (SignInApi, AccountApi, BackendApi, AdminApi, OriginalApi);

/// Returns the service that handles and describes the endpoints. Its endpoints need the use cases
/// and the settings as request data; its document needs neither.
pub(crate) fn service() -> OpenApiService<Api, ()> {
    let api = (SignInApi, AccountApi, BackendApi, AdminApi, OriginalApi);
    OpenApiService::new(api, "wxlogin", env!("CARGO_PKG_VERSION"))
        .description(include_str!("description.md"))
        .contact(ContactObject::new().name("The operator of this server"))
        .license(
            LicenseObject::new("Apache-2.0 OR MIT").url("https://spdx.org/licenses/Apache-2.0"),
        )
        .server(ServerObject::new("/").description("This server"))
}

/// The document, in three forms. Each names the URL under which clients reach the service.
pub(crate) struct Document {
    document: Value,
    /// Swagger UI with the framework's document.
    page: String,
    /// The framework's document.
    generated: String,
}

impl Document {
    /// The document, which is generated once.
    pub(crate) fn get() -> &'static Self {
        static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::new);
        &DOCUMENT
    }

    fn new() -> Self {
        let service = service();
        let generated = service.spec();
        // The framework serialized it, so it is valid JSON.
        let mut document = serde_json::from_str(&generated).unwrap_or(Value::Null);
        add_routes(&mut document);
        complete_operations(&mut document);
        sort_tags(&mut document);
        simplify_schemas(&mut document);
        move_examples_to_properties(&mut document);
        add_examples_of_problems(&mut document);
        Self { document, page: service.swagger_ui_html(), generated }
    }

    pub(crate) fn json(&self, server: &str) -> String {
        self.at(server).to_string()
    }

    pub(crate) fn yaml(&self, server: &str) -> String {
        yaml_serde::to_string(&self.at(server)).unwrap_or_default()
    }

    /// Returns Swagger UI with the document embedded.
    pub(crate) fn html(&self, server: &str) -> String {
        let shown = without_idempotency_example(self.at(server)).to_string();
        self.page.replacen(&self.generated, &shown, 1)
    }

    fn at(&self, server: &str) -> Value {
        let mut document = self.document.clone();
        document["servers"][0]["url"] = server.into();
        document
    }
}

/// Sorts the tags by importance. The framework sorts them by name.
fn sort_tags(document: &mut Value) {
    if let Some(tags) = document.pointer_mut("/tags").and_then(Value::as_array_mut) {
        tags.sort_by_key(|tag| TAG_ORDER.iter().position(|name| tag["name"] == *name));
    }
}

/// Moves each schema's example to its properties, where every tool finds it: Swagger UI shows the
/// example of an object as if it were the object's last property.
fn move_examples_to_properties(document: &mut Value) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(serde_json::Map::values_mut) {
        let Some(example) = schema.as_object_mut().and_then(|schema| schema.remove("example"))
        else {
            continue;
        };
        let properties = schema["properties"].as_object_mut().into_iter().flatten();
        for (name, property) in properties {
            // The schema of an object has its own examples.
            if let (Some(property), Some(value)) = (property.as_object_mut(), example.get(name))
                && !value.is_object()
            {
                property.insert("example".into(), value.clone());
            }
        }
    }
}

/// Adds an example for each code that a problem response can have.
fn add_examples_of_problems(document: &mut Value) {
    let responses = operations(document)
        .filter_map(|operation| operation.get_mut("responses").and_then(Value::as_object_mut));
    for response in responses.flat_map(serde_json::Map::values_mut) {
        let codes = codes_in(response["description"].as_str().unwrap_or_default());
        let content = response.pointer_mut("/content/application~1problem+json");
        let Some(content) = content.and_then(Value::as_object_mut) else { continue };
        let schema = content.get("schema").and_then(|schema| schema["$ref"].as_str());
        let body = match schema.and_then(|schema| schema.rsplit('/').next()) {
            Some("OriginalProblem") => body::<OriginalProblem>,
            Some("OAuthProblem") => body::<OAuthProblem>,
            _ => body::<ProblemDetails>,
        };
        let examples = codes
            .into_iter()
            .map(|code| (code.as_str().to_owned(), json!({ "value": body(&Problem::new(code)) })));
        content.insert("examples".into(), examples.collect::<serde_json::Map<_, _>>().into());
    }
}

fn body<B: ProblemBody>(problem: &Problem) -> Option<Value> {
    B::of(problem).to_json()
}
