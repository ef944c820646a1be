//! The Dockerfile: what it copies is there, and its settings start the program.

use super::{read, root, toolchain};
use crate::support::program::run;

/// The instructions as keyword and rest, with continued lines put together.
fn instructions() -> Vec<(String, String)> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let split = |line: &str| {
        let (keyword, rest) = line.split_once(' ').unwrap_or_else(|| panic!("an instruction: {line}"));
        (keyword.to_owned(), rest.to_owned())
    };
    lines.map(split).collect()
}

/// What is copied from the folder of the project.
fn copied() -> Vec<String> {
    let copies = instructions()
        .into_iter()
        .filter(|(keyword, rest)| keyword == "COPY" && !rest.starts_with("--from="));
    let sources = copies.flat_map(|(_, rest)| {
        let words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
        words[..words.len() - 1].to_vec()
    });
    sources.collect()
}

/// The words of an instruction in the form of a JSON list.
#[track_caller]
fn words(keyword: &str) -> Vec<String> {
    let found = instructions().into_iter().find(|(found, _)| found == keyword);
    let (_, rest) = found.unwrap_or_else(|| panic!("there is a {keyword}"));
    let list = rest.find('[').unwrap_or_else(|| panic!("{keyword} has a list: {rest}"));
    serde_json::from_str(&rest[list..]).unwrap_or_else(|error| panic!("{error}: {rest}"))
}

#[test]
fn what_is_copied_exists_and_reaches_the_build() {
    let ignored = read(".dockerignore");
    let mut kept: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    kept.sort_unstable();
    let mut copied = copied();
    copied.sort_unstable();
    assert_eq!(copied, kept, ".dockerignore keeps what is copied");
    for source in copied {
        assert!(root().join(&source).exists(), "{source}");
    }
}

#[test]
fn the_image_runs_the_program_as_a_user_without_rights() {
    let instructions = instructions();
    let has = |keyword: &str, rest: &str| {
        instructions
            .iter()
            .any(|found| *found == (keyword.to_owned(), rest.to_owned()))
    };
    assert!(has("USER", "65532:65532"));
    assert!(has("VOLUME", "/data"));
    assert!(has("WORKDIR", "/data"));
    let toolchain = toolchain();
    assert!(
        has("FROM", &format!("rust:{toolchain}-bookworm AS build")),
        "{toolchain}"
    );
    assert_eq!(words("ENTRYPOINT"), ["/usr/bin/sla-monitor"]);
}

#[test]
fn the_options_of_the_image_are_accepted() {
    let words = words("CMD");
    let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
    arguments.extend(["--database-url", "sqlite::memory:"]);
    // Wrong usage would end with 2; here is no secret.
    let refused = run(&arguments);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("/run/secrets/metrics-token"), "{refused:?}");
}

#[test]
fn the_health_check_of_the_image_asks_the_server() {
    assert_eq!(words("HEALTHCHECK"), ["/usr/bin/sla-monitor", "healthcheck"]);
}
