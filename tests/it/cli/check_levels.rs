//! What `check` leaves out, from when on it fails, and what it says of secrets and connections.

use std::os::unix::fs::PermissionsExt;

use crate::support::database::Database;
use crate::support::program::{Ran, apply, run, run_on, run_with};

/// The ids of the findings of a run, in their order.
fn ids(ran: &Ran) -> Vec<&str> {
    let findings = ran.out.lines().filter_map(|line| line.split_once(": "));
    findings.map(|(id, _)| id).filter(|id| id.contains('.')).collect()
}

#[test]
fn findings_can_be_ignored_until_none_is_left() {
    let database = Database::sqlite();
    apply(&database, "components: [{name: idle}]");
    let all = run_on(&database, &["check", "--deploy"]);
    let found: Vec<String> = ids(&all).iter().map(|id| (*id).to_owned()).collect();
    assert!(
        found.iter().any(|id| id == "sla.W001") && found.iter().any(|id| id == "deploy.W005"),
        "{all:?}"
    );
    let first_data = found.iter().position(|id| id == "sla.W001");
    assert!(
        found.iter().position(|id| id == "deploy.W005") < first_data,
        "deployment comes first: {found:?}"
    );
    let strict = ["check", "--deploy", "--fail-level", "warning"];
    assert_eq!(run_on(&database, &strict).code, 1);
    let mut arguments: Vec<&str> = strict.to_vec();
    for id in &found {
        arguments.extend(["--ignore", id.as_str()]);
    }
    let none = run_on(&database, &arguments).ok();
    assert_eq!(none, format!("0 errors, 0 warnings, {} ignored\n", found.len()));
    for wrong in ["deploy", "W005", "deploy.X005", "deploy.W5", ""] {
        assert_eq!(run_on(&database, &["check", "--ignore", wrong]).code, 2, "{wrong}");
    }
    assert_eq!(run_on(&database, &["check", "--fail-level", "never"]).code, 2);
}

#[test]
fn files_of_secrets_must_be_readable_by_their_owner_alone() {
    let database = Database::sqlite();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("url");
    std::fs::write(&file, format!("{}\n", database.url)).expect("it can be written");
    let path = file.to_str().expect("temporary paths are UTF-8");
    for (mode, finds) in [(0o644, true), (0o600, false)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("it is ours");
        let ran = run(&["check", "--deploy", "--database-url-file", path]);
        let found = ran
            .out
            .lines()
            .any(|line| line.starts_with("deploy.E001") && line.contains(path));
        assert_eq!(found, finds, "{mode:o}: {ran:?}");
    }
}

#[test]
fn a_file_can_hold_the_url() {
    let database = Database::postgres();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("url");
    let path = file.to_str().expect("temporary paths are UTF-8");
    for end in ["", "\n", "\r\n"] {
        std::fs::write(&file, format!("{}{end}", database.url)).expect("it can be written");
        run(&["migrate", "--check", "--database-url-file", path]).ok();
        run_with(
            &["migrate", "--check"],
            "",
            &[("SLA_MONITOR_DATABASE_URL_FILE", path), ("DATABASE_URL", "x")],
        )
        .ok();
    }
    let both = run(&["export", "--database-url-file", path, "--database-url", "a.sqlite3"]);
    assert_eq!(both.code, 2, "{both:?}");
    std::fs::write(&file, "mysql://u:top-secret@h/d\n").expect("it can be written");
    let wrong = run(&["export", "--database-url-file", path]);
    assert!(
        wrong.code == 2 && wrong.err.contains("--database-url-file"),
        "{wrong:?}"
    );
    assert!(!wrong.err.contains("top-secret"), "{wrong:?}");
    let missing = run(&["export", "--database-url-file", "/nowhere/url"]).refused();
    assert!(missing.contains("/nowhere/url"), "{missing}");
}

#[test]
fn postgres_elsewhere_should_be_known_by_its_certificate() {
    let check = |url: &str| run(&["check", "--deploy", "--database-url", url]).out;
    let elsewhere = "postgres://u:secret@192.0.2.1:1/d?connect_timeout=1";
    // Nothing answers there; what the URL says is checked all the same.
    let found = check(elsewhere);
    assert!(found.contains("deploy.W011") && found.contains("192.0.2.1"), "{found}");
    assert!(!found.contains("secret"), "{found}");
    let verified = check(&format!("{elsewhere}&sslmode=verify-full"));
    assert!(!verified.contains("deploy.W011"), "{verified}");
    assert!(!check("postgres://u@127.0.0.1:1/d").contains("deploy.W011"));
}
