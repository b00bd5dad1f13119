//! Generates the client.

use std::error::Error;
use std::{env, fs, path::Path};

use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::Value;

const DOCUMENT: &str = "../../../../openapi.yaml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let document = serde_json::from_value(supported(&fs::read_to_string(DOCUMENT)?)?)?;
    let mut settings = GenerationSettings::default();
    settings.with_interface(InterfaceStyle::Builder);
    let client = Generator::new(&settings).generate_tokens(&document)?;
    let client = prettyplease::unparse(&syn::parse2(client)?);
    fs::write(Path::new(&env::var("OUT_DIR")?).join("wxlogin.rs"), client)?;
    Ok(())
}

/// Removes what progenitor does not support: operations with multipart bodies, forms where JSON is taken
/// as well, and media types for JSON other than `application/json`.
fn supported(document: &str) -> Result<Value, yaml_serde::Error> {
    let document = document.replace("application/problem+json", "application/json");
    let mut document: Value = yaml_serde::from_str(&document)?;
    let paths = document["paths"].as_object_mut().into_iter();
    for operations in paths.flat_map(|paths| paths.values_mut()).filter_map(Value::as_object_mut) {
        operations.retain(|_, operation| {
            let content = operation.pointer_mut("/requestBody/content");
            let Some(content) = content.and_then(Value::as_object_mut) else { return true };
            if content.contains_key("application/json") {
                content.remove("application/x-www-form-urlencoded");
            }
            !content.contains_key("multipart/form-data")
        });
    }
    Ok(document)
}
