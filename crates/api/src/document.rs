//! The OpenAPI document, finished: what poem-openapi cannot say is added to what it says.

mod plain;

use poem_openapi::{LicenseObject, OpenApiService, ServerObject};
use serde_json::{Value, json};

use crate::endpoints::{
    AccountApi, AdminApi, AppsApi, AvatarApi, BackEndsApi, MergingApi, OriginalApi, PhoneApi,
    SignInApi, TAG_ORDER, WechatDataApi, WellKnownApi,
};
use crate::problem::{
    OAuthProblem, OriginalProblem, Problem, ProblemBody, ProblemDetails, codes_in,
};

/// The endpoints of the document.
pub(crate) type Api = (
    SignInApi,
    AccountApi,
    AvatarApi,
    PhoneApi,
    WechatDataApi,
    BackEndsApi,
    WellKnownApi,
    AdminApi,
    OriginalApi,
    AppsApi,
    MergingApi,
);

/// The service that answers and describes `api`.
pub(crate) fn service(api: Api) -> OpenApiService<Api, ()> {
    OpenApiService::new(api, "wxlogin", env!("CARGO_PKG_VERSION"))
        .description(include_str!("description.md"))
        .license(
            LicenseObject::new("Apache-2.0 OR MIT").url("https://spdx.org/licenses/Apache-2.0"),
        )
        .server(ServerObject::new("/").description("This server"))
}

/// The document in its three forms.
pub(crate) struct Document {
    pub(crate) json: String,
    pub(crate) yaml: String,
    /// Swagger UI with the document inside.
    pub(crate) html: String,
}

impl Document {
    pub(crate) fn of(service: &OpenApiService<Api, ()>) -> Self {
        let plain = service.spec();
        // The framework wrote it, so it is JSON; were it not, its own form would do.
        let mut document = serde_json::from_str(&plain).unwrap_or(Value::Null);
        put_tags_in_order(&mut document);
        plain::put_plainly(&mut document);
        give_examples_to_properties(&mut document);
        give_examples_to_problems(&mut document);
        let json = document.to_string();
        let yaml = yaml_serde::to_string(&document).unwrap_or_default();
        let html = service.swagger_ui_html().replacen(&plain, &json, 1);
        Self { json, yaml, html }
    }

    /// The document of an API that calls nothing.
    pub(crate) fn alone() -> Self {
        Self::of(&service((
            SignInApi(None),
            AccountApi(None),
            AvatarApi(None),
            PhoneApi(None),
            WechatDataApi(None),
            BackEndsApi(None),
            WellKnownApi(None),
            AdminApi(None),
            OriginalApi(None),
            AppsApi(None),
            MergingApi(None),
        )))
    }
}

/// The framework sorts tags by name; people begin with signing in.
fn put_tags_in_order(document: &mut Value) {
    if let Some(tags) = document.pointer_mut("/tags").and_then(Value::as_array_mut) {
        tags.sort_by_key(|tag| TAG_ORDER.iter().position(|name| tag["name"] == *name));
    }
}

/// Moves each schema's example to its properties, where every tool finds it: Swagger UI prints an
/// example of a whole object as the object's last property.
fn give_examples_to_properties(document: &mut Value) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(serde_json::Map::values_mut) {
        let Some(example) = schema.as_object_mut().and_then(|schema| schema.remove("example"))
        else {
            continue;
        };
        let properties = schema["properties"].as_object_mut().into_iter().flatten();
        for (name, property) in properties {
            // A property that is an object has its examples in its own schema.
            if let (Some(property), Some(value)) = (property.as_object_mut(), example.get(name))
                && !value.is_object()
            {
                property.insert("example".into(), value.clone());
            }
        }
    }
}

/// Gives each answer that is a problem an example of each of its codes.
fn give_examples_to_problems(document: &mut Value) {
    let paths = document.pointer_mut("/paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(serde_json::Map::values_mut);
    let operations = operations.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
    let responses = operations.filter_map(|operation| operation["responses"].as_object_mut());
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
