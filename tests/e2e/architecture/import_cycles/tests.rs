use super::import_cycles;

/// Writes a crate with these files, and returns its cyclic imports.
fn cycles(files: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    import_cycles(folder.path())
}

#[test]
fn files_that_import_each_other_are_a_cycle() {
    let found = cycles(&[
        ("lib.rs", "mod a; mod b; mod c; mod d; use a::A;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use super::c::{self, C as _}; pub struct B;"),
        ("c.rs", "pub struct C; impl C { fn f() -> crate::a::A {} }"),
        ("d.rs", "use crate::{a::A, b::B};"),
    ]);
    assert_eq!(found, ["a.rs imports b.rs", "b.rs imports c.rs", "c.rs imports a.rs"]);
}

#[test]
fn an_import_leads_to_the_defining_file() {
    let found = cycles(&[
        ("lib.rs", "mod a; mod b; pub use self::a::A; pub use b::B;"),
        ("a/mod.rs", "mod inner; pub use inner::Inner as A;"),
        ("a/inner.rs", "use crate::B; pub struct Inner;"),
        ("b.rs", "use crate::A; pub struct B;"),
    ]);
    assert_eq!(found, ["a/inner.rs imports b.rs", "b.rs imports a/inner.rs"]);
}

#[test]
fn a_parent_that_declares_and_reexports_its_children_is_no_cycle() {
    let found = cycles(&[
        ("lib.rs", "mod parent; use std::fmt::Debug; pub(crate) struct Root;"),
        ("parent.rs", "mod child; pub use self::child::Child; pub struct Shared;"),
        (
            "parent/child.rs",
            "use super::Shared; use crate::{Debug, Root}; pub(super) struct Child;",
        ),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_parent_that_uses_what_it_reexports_imports_it() {
    let found = cycles(&[
        ("lib.rs", "mod parent;"),
        ("parent/mod.rs", "mod child; pub use child::Child; pub struct Shared(Vec<Child>);"),
        ("parent/child.rs", "use super::Shared; pub struct Child;"),
    ]);
    assert_eq!(found[0], "parent/child.rs imports parent/mod.rs");
    assert_eq!(found[1], "parent/mod.rs imports parent/child.rs");
}

#[test]
fn tests_and_inner_modules_are_no_other_files() {
    let found = cycles(&[
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod tests; #[cfg(test)] use b::B; pub struct Root;"),
        (
            "a.rs",
            "use crate::b::B; pub struct A; mod inner { use super::A; use super::super::Root; }",
        ),
        ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}
