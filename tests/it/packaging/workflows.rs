//! The workflows: they run scripts of the project, and what anyone can run.

use std::process::Command;

use super::{read, root};

/// What the steps may run beside scripts.
const PROGRAMS: [&str; 4] = ["rustup", "docker", "mv", "gh"];

#[test]
fn workflows_run_what_can_be_run_at_home() {
    let mut scripts = Vec::new();
    for workflow in ["test", "release"] {
        let text = read(&format!(".github/workflows/{workflow}.yml"));
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("- run: ")) {
            let program = line.split(' ').next().unwrap_or_default();
            match program.strip_prefix("scripts/") {
                Some(script) => scripts.push(script.to_owned()),
                None => assert!(PROGRAMS.contains(&program), "{workflow}: {line}"),
            }
        }
        let container = format!("rust:{}-bookworm", super::toolchain());
        assert!(text.contains(&container), "{workflow}: {container}");
    }
    for script in ["test", "test-packages", "release-notes"] {
        assert!(scripts.iter().any(|found| found == script), "{script} is run");
        assert!(root().join("scripts").join(script).is_file(), "{script}");
    }
}

#[test]
fn the_version_has_release_notes() {
    let notes = |version: &str| {
        let output = Command::new(root().join("scripts/release-notes")).arg(version).output();
        output.expect("the script runs")
    };
    let output = notes(env!("CARGO_PKG_VERSION"));
    let text = String::from_utf8(output.stdout).expect("notes are UTF-8");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let first = text.lines().find(|line| line.starts_with("### "));
    assert_eq!(first, Some("### Breaking changes"), "{text}");
    assert!(!notes("0.0.1").status.success());
    let (short, _) = env!("CARGO_PKG_VERSION")
        .rsplit_once('.')
        .expect("a version has three parts");
    assert!(
        read("README.md").contains(&format!("**Status**: version {short},")),
        "{short}"
    );
}
