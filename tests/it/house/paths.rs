//! Which module a path leads to: from `crate`, `self`, `super`, a child or an import, through what other modules export.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::source::{Place, SOURCES, UsedPath};

/// How often an import may lead to another one.
const IMPORTS_MAX: usize = 20;

/// The modules of the program, and what each imports and exports.
pub(super) static MODULES: LazyLock<Modules> = LazyLock::new(Modules::read);

pub(super) struct Modules {
    /// Each module with the file that holds it, also those inside of files.
    files: BTreeMap<Vec<String>, &'static str>,
    /// What a name in a module stands for: the path of its import.
    imports: BTreeMap<(Vec<String>, String), &'static UsedPath>,
}

impl Modules {
    fn read() -> Self {
        let mut files = BTreeMap::new();
        let mut imports = BTreeMap::new();
        for source in SOURCES.iter() {
            let scopes: BTreeSet<&Vec<String>> = source.paths.iter().map(|path| &path.scope).collect();
            for scope in scopes {
                files.entry(scope.clone()).or_insert(source.file.as_str());
            }
            files.insert(source.module.clone(), source.file.as_str());
            for path in source.paths.iter().filter(|path| !path.is_in_test) {
                if let Place::Import(name) | Place::Export(name) = &path.place {
                    imports.insert((path.scope.clone(), name.clone()), path);
                }
            }
        }
        Self { files, imports }
    }

    /// Returns the path from the root of the crate; none of a path to another crate, or to what the module itself declares.
    pub(super) fn absolute(&self, path: &UsedPath) -> Option<Vec<String>> {
        let (first, rest) = path.segments.split_first()?;
        match first.as_str() {
            "crate" | "sla_monitor" => Some(rest.to_vec()),
            "self" => Some([path.scope.as_slice(), rest].concat()),
            "super" => {
                let ups = path.segments.iter().take_while(|part| *part == "super").count();
                let kept = path.scope.len().checked_sub(ups)?;
                Some([&path.scope[..kept], &path.segments[ups..]].concat())
            }
            _ => {
                let of_child = [path.scope.as_slice(), &path.segments].concat();
                self.files
                    .contains_key(&of_child[..=path.scope.len()])
                    .then_some(of_child)
            }
        }
    }

    /// Returns the file that declares what a path leads to.
    pub(super) fn file(&self, path: &UsedPath) -> Option<&'static str> {
        let mut path = self.absolute(path)?;
        for _ in 0..IMPORTS_MAX {
            let depth = (0..=path.len())
                .rev()
                .find(|depth| self.files.contains_key(&path[..*depth]))?;
            let (module, rest) = path.split_at(depth);
            let import = rest
                .first()
                .and_then(|name| self.imports.get(&(module.to_vec(), name.clone())));
            // What another crate declares is used from there.
            let Some(import) = import else {
                return self.files.get(module).copied();
            };
            path = [self.absolute(import)?.as_slice(), &rest[1..]].concat();
        }
        panic!("the imports of {path:?} lead to each other");
    }

    /// Returns the file from which a name comes that a module exports, where the module uses it itself.
    pub(super) fn file_of_export(&self, path: &UsedPath) -> Option<&'static str> {
        let import = self
            .imports
            .get(&(path.scope.clone(), path.segments.first()?.clone()))?;
        matches!(import.place, Place::Export(_)).then(|| self.file(import))?
    }
}
