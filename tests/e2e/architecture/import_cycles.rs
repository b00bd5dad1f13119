//! Finds the import cycles between the files of a crate.
//!
//! An import leads to the file that defines the item, whatever re-exports it on the way. Declaring
//! a child module or re-exporting its items is no import, and test modules do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, UseTree, Visibility};

/// A path's segments from the crate's root. The path of another crate's item begins with the module
/// that uses it.
type Segments = Vec<String>;
/// Each file with the others that it imports.
type Imports<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The imports of a crate that are part of a cycle, one line for each file.
pub(super) fn import_cycles(source: &Path) -> Vec<String> {
    let mut files = Files::default();
    files.read(source, "lib.rs", Vec::new());
    let imports = files.imports();
    let mut lines = Vec::new();
    for (file, imported) in &imports {
        let leads_back = |other: &&&str| reachable(other, &imports).contains(file);
        let cyclic = imported.iter().filter(leads_back).copied().collect::<Vec<_>>();
        if !cyclic.is_empty() {
            lines.push(format!("{file} imports {}", cyclic.join(", ")));
        }
    }
    lines
}

/// The files that a file imports, directly or through others.
fn reachable<'a>(file: &'a str, imports: &Imports<'a>) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![file]);
    while let Some(file) = open.pop() {
        open.extend(imports[file].iter().filter(|to| found.insert(**to)));
    }
    found
}

/// The files of a crate by the paths of their modules.
#[derive(Default)]
struct Files(BTreeMap<Segments, File>);

impl Files {
    /// Reads a file and those of its child modules.
    fn read(&mut self, source: &Path, name: &str, module: Segments) {
        let text = std::fs::read_to_string(source.join(name)).unwrap();
        let mut file = File { name: name.into(), module: module.clone(), ..File::default() };
        file.visit_file(&syn::parse_file(&text).unwrap());
        for child in std::mem::take(&mut file.children) {
            let module = [&module[..], &[child]].concat();
            let names = [".rs", "/mod.rs"].map(|end| module.join("/") + end);
            let name = names.iter().find(|name| source.join(name).exists()).unwrap();
            self.read(source, name, module);
        }
        self.0.insert(module, file);
    }

    fn imports(&self) -> Imports<'_> {
        let imports = self.0.values().map(|file| {
            let used = file.used.iter().filter_map(|path| self.definer(path));
            (file.name.as_str(), used.filter(|used| *used != file.name).collect())
        });
        imports.collect()
    }

    /// The file that defines the item at a path. None for another crate's item.
    fn definer(&self, path: &[String]) -> Option<&str> {
        let owner = self.owner(path);
        let depth = owner.module.len();
        match path.get(depth).and_then(|name| owner.names.get(name)) {
            Some(target) if self.owner(target).module != owner.module => {
                self.definer(&[target, &path[depth + 1..]].concat())
            }
            // A macro's name stands for itself.
            Some(target) if *target != path[..=depth] => None,
            _ => Some(&owner.name),
        }
    }

    /// The file of the innermost module on a path.
    fn owner(&self, path: &[String]) -> &File {
        let mut modules = (0..=path.len()).rev().map(|length| &path[..length]);
        modules.find_map(|module| self.0.get(module)).unwrap()
    }
}

/// What matters of a file.
#[derive(Default)]
struct File {
    name: String,
    module: Segments,
    children: Vec<String>,
    /// The names that `use` declarations make, and what they stand for.
    names: BTreeMap<String, Segments>,
    /// The paths that are imported or written out.
    used: Vec<Segments>,
}

impl File {
    fn absolute(&self, path: &[String]) -> Segments {
        let mut absolute = self.module.clone();
        for segment in path {
            match segment.as_str() {
                "crate" => absolute.clear(),
                "self" => {}
                "super" => drop(absolute.pop()),
                _ => absolute.push(segment.clone()),
            }
        }
        absolute
    }

    fn read_use(&mut self, tree: &UseTree, mut path: Segments, is_import: bool) {
        let (item, name) = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                return self.read_use(&tree.tree, path, is_import);
            }
            UseTree::Group(group) => {
                let trees = group.items.iter();
                return trees.for_each(|tree| self.read_use(tree, path.clone(), is_import));
            }
            UseTree::Glob(_) => (None, None),
            UseTree::Name(tree) => (Some(tree.ident.to_string()), None),
            UseTree::Rename(tree) => (Some(tree.ident.to_string()), Some(tree.rename.to_string())),
        };
        path.extend(item);
        let path = self.absolute(&path);
        let name = name.or_else(|| path.last().cloned());
        self.names.extend(name.map(|name| (name, path.clone())));
        self.used.extend(is_import.then_some(path));
    }
}

impl<'ast> Visit<'ast> for File {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        match &item.content {
            _ if is_test(&item.attrs) => {}
            None => self.children.push(item.ident.to_string()),
            Some(_) => {
                self.module.push(item.ident.to_string());
                visit::visit_item_mod(self, item);
                self.module.pop();
            }
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test(&item.attrs) {
            let is_import = matches!(item.vis, Visibility::Inherited);
            self.read_use(&item.tree, Vec::new(), is_import);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string());
        let segments = segments.collect::<Segments>();
        // `super` alone is part of `pub(super)`.
        let is_written_out = segments.len() > 1 && matches!(&*segments[0], "crate" | "super");
        if is_written_out || self.names.contains_key(&segments[0]) {
            self.used.push(self.absolute(&segments));
        }
        visit::visit_path(self, path);
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let option = attribute.parse_args::<syn::Ident>();
        attribute.path().is_ident("cfg") && option.is_ok_and(|option| option == "test")
    })
}

mod tests;
