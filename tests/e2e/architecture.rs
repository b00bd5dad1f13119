//! The rules for dependencies: between crates, and between the files of a crate.

mod import_cycles;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// The only crates that the domain may depend on: no framework, no transport, no format.
const ALLOWED_IN_DOMAIN: [&str; 12] = [
    "async-trait",
    "base64",
    "futures-util",
    "ipnet",
    "sha2",
    "subtle",
    "thiserror",
    "tokio",
    "tracing",
    "url",
    "uuid",
    "zeroize",
];

fn packages() -> Vec<Value> {
    let cargo = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&cargo.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The dependencies of a package, without those of its tests.
fn dependencies(package: &Value) -> BTreeSet<&str> {
    let dependencies = package["dependencies"].as_array().unwrap().iter();
    dependencies
        .filter(|dependency| dependency["kind"] != "dev")
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect()
}

#[test]
fn dependencies_point_inwards() {
    let packages = packages();
    let is_adapter =
        |package: &Value| package["manifest_path"].as_str().unwrap().contains("/crates/adapters/");
    let ours = packages.iter().map(|package| package["name"].as_str().unwrap());
    let ours = ours.collect::<BTreeSet<_>>();
    assert!(ours.len() >= 9, "{ours:?}");
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let dependencies = dependencies(package);
        let of_ours = dependencies.intersection(&ours).copied().collect::<Vec<_>>();
        match name {
            "wxlogin" => {}
            "wxlogin-domain" => {
                let allowed = ALLOWED_IN_DOMAIN.into_iter().collect();
                assert!(dependencies.is_subset(&allowed), "the domain depends on {dependencies:?}");
            }
            "wechat-sim" => assert!(of_ours.is_empty(), "wechat-sim depends on {of_ours:?}"),
            "wxlogin-api" => assert_eq!(of_ours, ["wxlogin-domain"]),
            _ => {
                assert!(is_adapter(package), "{name} is in an unknown folder");
                assert_eq!(of_ours, ["wxlogin-domain"], "{name} may depend on the domain only");
            }
        }
        if !matches!(name, "wxlogin-api" | "wechat-sim") {
            let poem = dependencies.iter().find(|need| need.starts_with("poem"));
            assert_eq!(poem, None, "{name} depends on the HTTP framework");
        }
    }
}

#[test]
fn no_crate_has_an_import_cycle() {
    let mut cycles = Vec::new();
    for package in packages() {
        let source = Path::new(package["manifest_path"].as_str().unwrap()).with_file_name("src");
        let name = package["name"].as_str().unwrap();
        let lines = import_cycles::import_cycles(&source).into_iter();
        cycles.extend(lines.map(|line| format!("{name}: {line}")));
    }
    assert!(cycles.is_empty(), "these files import each other:\n{}", cycles.join("\n"));
}

/// Appends the text of every source file below a folder.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_tests_that_the_security_page_names_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let mut code = String::new();
    sources(&root.join("crates"), &mut code);
    sources(&root.join("tests/e2e"), &mut code);
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let tests = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let names = tests.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let names = names.filter(|name| !name.contains('.'));
    let names = names.filter_map(|name| name.rsplit(": ").next()).collect::<BTreeSet<_>>();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(code.contains(&format!("fn {name}(")), "docs/security.md names {name}");
    }
}
