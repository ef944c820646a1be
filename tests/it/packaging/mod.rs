//! What the program is installed from: the unit of systemd, the Debian package, the image, the manifests of Kubernetes. Here is what holds
//! without a release build; `scripts/test-packages` builds the packages and tries them.

mod manifests;
mod unit;

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

/// Returns the settings `NAME=VALUE` of a file, without comments.
fn settings(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).collect()
}
