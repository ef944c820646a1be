//! The Debian package: its metadata.

use super::{read, root};

/// The lines of `[package.metadata.deb]` and its tables.
fn metadata() -> String {
    let manifest = read("Cargo.toml");
    let (_, metadata) = manifest
        .split_once("[package.metadata.deb]\n")
        .expect("there is metadata");
    metadata.split("\n[lints").next().unwrap_or_default().to_owned()
}

#[test]
fn what_the_package_installs_exists() {
    let metadata = metadata();
    let sources = metadata.lines().filter_map(|line| line.trim().strip_prefix("[\""));
    let sources: Vec<&str> = sources.filter_map(|line| line.split('"').next()).collect();
    assert!(sources.len() > 5, "{metadata}");
    for source in sources.iter().filter(|source| !source.starts_with("target/")) {
        assert!(root().join(source).is_file(), "{source}");
    }
    assert!(root().join("packaging/systemd/sla-monitor.service").is_file());
}

#[test]
fn the_changelog_begins_with_the_version() {
    let changelog = read("packaging/debian/changelog");
    let expected = format!("sla-monitor ({}-1) ", env!("CARGO_PKG_VERSION"));
    assert!(changelog.starts_with(&expected), "{expected}: {changelog}");
    let maintainer = changelog.lines().find_map(|line| line.strip_prefix(" -- "));
    let (maintainer, _) = maintainer
        .and_then(|line| line.split_once("  "))
        .expect("a version has an author");
    assert!(
        metadata().contains(&format!("maintainer = \"{maintainer}\"")),
        "{maintainer}"
    );
}

#[test]
fn scripts_of_the_package_end_at_the_first_failure() {
    for script in ["postinst", "postrm"] {
        let text = read(&format!("packaging/debian/{script}"));
        assert!(
            text.starts_with("#!/bin/sh\n") && text.contains("\nset -e\n"),
            "{script}"
        );
        assert!(
            text.ends_with("\n#DEBHELPER#\n"),
            "{script}: what starts and stops the service is put there"
        );
    }
}
