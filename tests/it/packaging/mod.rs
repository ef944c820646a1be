//! What the program is installed from: the unit of systemd, the Debian package, the image, the manifests of Kubernetes. Here is what holds
//! without a release build; `scripts/test-packages` builds the packages and tries them.

mod debian;
mod image;
mod manifests;
mod unit;
mod workflows;

use std::path::Path;

/// Returns the folder of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the text of a file of the project.
#[track_caller]
fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file} cannot be read: {error}"))
}

/// Returns the version of the toolchain with which the program is built.
fn toolchain() -> String {
    let manifest = read("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    version.expect("Cargo.toml names it").trim_matches('"').to_owned()
}

/// Returns the settings `NAME=VALUE` of a file, without comments.
fn settings(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).collect()
}
