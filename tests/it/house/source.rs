//! The sources of the program as `syn` reads them: paths, types and functions of each file.

use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// Every file of `src`.
pub(super) static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let files = super::files_below("src");
    let sources: Vec<Source> = files
        .iter()
        .filter(|file| file.ends_with(".rs"))
        .map(|file| Source::read(file))
        .collect();
    assert!(sources.len() > 200, "the sources were found");
    sources
});

/// What a file of `src` holds.
pub(super) struct Source {
    /// The path below `src`, such as `db/error.rs`.
    pub(super) file: String,
    /// The path of its module, such as `["db", "error"]`; empty for `lib.rs`.
    pub(super) module: Vec<String>,
    /// How many lines it has.
    pub(super) n_lines: usize,
    /// Every path in it, those of imports and in macros among them.
    pub(super) paths: Vec<UsedPath>,
    /// The types that it declares, but those of its unit tests.
    pub(super) types: Vec<String>,
    /// Its functions, but those of its unit tests.
    pub(super) functions: Vec<Function>,
    /// Every call of a method whose first argument is a variable: both names.
    pub(super) calls: Vec<(String, String)>,
}

/// A path as it is written.
#[derive(Clone)]
pub(super) struct UsedPath {
    /// The module in which it is written.
    pub(super) scope: Vec<String>,
    /// Its parts.
    pub(super) segments: Vec<String>,
    /// What kind of place it has.
    pub(super) place: Place,
    /// Whether it is written in a unit test.
    pub(super) is_in_test: bool,
}

/// Where a path is written.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In an import, which gives it this name in the module.
    Import(String),
    /// In an import with a visibility, which only hands it on under this name.
    Export(String),
    /// In code.
    Code,
}

/// A function or method.
pub(super) struct Function {
    /// Its name.
    pub(super) name: String,
    /// Whether it stands in a module and has a visibility.
    pub(super) is_public_item: bool,
    /// The first line of its doc comment, if it has one.
    pub(super) doc: Option<String>,
    /// The last parts of the paths in its arguments.
    pub(super) inputs: Vec<String>,
    /// The paths in its body, also those in macros.
    pub(super) body: Vec<Vec<String>>,
}

impl Source {
    fn read(file: &str) -> Self {
        let text = super::read(file);
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file} is not Rust: {error}"));
        let file = file.trim_start_matches("src/").to_owned();
        let module = module_of(&file);
        let mut reader = Reader {
            scope: module.clone(),
            ..Reader::default()
        };
        reader.visit_file(&syntax);
        Self {
            module,
            n_lines: text.lines().count(),
            paths: reader.paths,
            types: reader.types,
            functions: reader.functions,
            calls: reader.calls,
            file,
        }
    }

    /// Returns the top-level module.
    pub(super) fn layer(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// Returns whether a path in the file has these parts beside each other.
    pub(super) fn names(&self, path: &str) -> bool {
        let wanted: Vec<&str> = path.split("::").collect();
        self.paths.iter().any(|path| has_parts(&path.segments, &wanted))
    }
}

/// Returns whether the parts of a path have the wanted ones beside each other.
pub(super) fn has_parts(segments: &[String], wanted: &[&str]) -> bool {
    segments.windows(wanted.len()).any(|window| window == wanted)
}

/// Returns the path of a file's module: `db/pool/mod.rs` and `db/pool.rs` → `["db", "pool"]`.
fn module_of(file: &str) -> Vec<String> {
    let parts = file.trim_end_matches(".rs").split('/');
    let mut module: Vec<String> = parts.map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] {
        module.pop();
    }
    module
}

#[derive(Default)]
struct Reader {
    scope: Vec<String>,
    is_in_test: bool,
    is_in_function: bool,
    paths: Vec<UsedPath>,
    types: Vec<String>,
    functions: Vec<Function>,
    calls: Vec<(String, String)>,
}

impl Reader {
    fn path(&mut self, segments: Vec<String>, place: Place) {
        self.paths.push(UsedPath {
            scope: self.scope.clone(),
            segments,
            place,
            is_in_test: self.is_in_test,
        });
    }

    fn tree(&mut self, prefix: &[String], tree: &syn::UseTree, is_export: bool) {
        let mut path = prefix.to_vec();
        let name = match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                return self.tree(&path, &part.tree, is_export);
            }
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.tree(&path, item, is_export));
            }
            syn::UseTree::Glob(_) => "*".to_owned(),
            syn::UseTree::Name(name) if name.ident == "self" => path.last().cloned().unwrap_or_default(),
            syn::UseTree::Name(name) => {
                path.push(name.ident.to_string());
                name.ident.to_string()
            }
            syn::UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    path.push(rename.ident.to_string());
                }
                rename.rename.to_string()
            }
        };
        // An import inside a function names things for that function alone.
        let place = match (is_export, self.is_in_function) {
            (_, true) => Place::Code,
            (true, false) => Place::Export(name),
            (false, false) => Place::Import(name),
        };
        self.path(path, place);
    }

    fn declared(&mut self, name: &syn::Ident) {
        if !self.is_in_test {
            self.types.push(name.to_string());
        }
    }

    fn function(
        &mut self,
        signature: &syn::Signature,
        attributes: &[syn::Attribute],
        body: Option<&syn::Block>,
        is_public_item: bool,
    ) {
        if self.is_in_test {
            return;
        }
        let mut inputs = Reader::default();
        for input in &signature.inputs {
            inputs.visit_fn_arg(input);
        }
        let mut inside = Reader::default();
        if let Some(body) = body {
            inside.visit_block(body);
        }
        self.functions.push(Function {
            name: signature.ident.to_string(),
            is_public_item,
            doc: first_line_of_docs(attributes),
            inputs: inputs
                .paths
                .into_iter()
                .filter_map(|path| path.segments.last().cloned())
                .collect(),
            body: inside.paths.into_iter().map(|path| path.segments).collect(),
        });
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let was_in_test = self.is_in_test;
        self.is_in_test |= is_for_tests(&module.attrs);
        self.scope.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.scope.pop();
        self.is_in_test = was_in_test;
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        let is_export = !matches!(import.vis, syn::Visibility::Inherited);
        self.tree(&[], &import.tree, is_export);
    }

    /// `pub(super)` uses nothing of the module above.
    fn visit_visibility(&mut self, _visibility: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(segments, Place::Code);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        for path in paths_in(called.tokens.clone()) {
            self.path(path, Place::Code);
        }
        visit::visit_macro(self, called);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            for path in paths_in(list.tokens.clone()) {
                self.path(path, Place::Code);
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if let Some(syn::Expr::Path(argument)) = call.args.first()
            && let Some(name) = argument.path.get_ident()
        {
            self.calls.push((call.method.to_string(), name.to_string()));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let was_in_function = std::mem::replace(&mut self.is_in_function, true);
        visit::visit_block(self, block);
        self.is_in_function = was_in_function;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited) && !self.is_in_function;
        self.function(&item.sig, &item.attrs, Some(&item.block), is_public);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.attrs, Some(&item.block), false);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.function(&item.sig, &item.attrs, item.default.as_ref(), false);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.declared(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.declared(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.declared(&item.ident);
        visit::visit_item_union(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.declared(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.declared(&item.ident);
        visit::visit_item_type(self, item);
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

fn first_line_of_docs(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// Returns the paths among the tokens of a macro, those of one part too.
fn paths_in(tokens: TokenStream) -> Vec<Vec<String>> {
    let mut paths: Vec<Vec<String>> = Vec::new();
    // How many of the two colons before a further part were read.
    let mut n_colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(part) => {
                match paths.last_mut() {
                    Some(path) if n_colons == 2 => path.push(part.to_string()),
                    _ => paths.push(vec![part.to_string()]),
                }
                n_colons = 0;
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' => n_colons += 1,
            TokenTree::Group(group) => {
                // What follows two colons before a brace is a group of imports.
                let prefix = match paths.last() {
                    Some(path) if n_colons == 2 => path.clone(),
                    _ => Vec::new(),
                };
                let inner = paths_in(group.stream()).into_iter();
                paths.extend(inner.map(|path| [prefix.clone(), path].concat()));
                paths.push(Vec::new());
                n_colons = 0;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {
                paths.push(Vec::new());
                n_colons = 0;
            }
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}
