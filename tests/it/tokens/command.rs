//! `createtoken`, and what `check` says of tokens.

use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::auth::token::TokenSecret;

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, staff_state};
use crate::support::program::{run_on, run_with};

on_both_databases!(
    a_token_is_printed_once_and_only_its_hash_is_stored,
    wrong_wishes_are_refused,
    tokens_that_end_soon_are_reported,
);

/// How long the tokens of a database are valid, in days.
fn days(database: &Database) -> Vec<String> {
    let length = match database.is_postgres() {
        true => "EXTRACT(EPOCH FROM expires_at - created_at)::bigint / 86400",
        false => "CAST(round(julianday(expires_at) - julianday(created_at)) AS INTEGER)",
    };
    database.texts(&format!(
        "SELECT name || ' ' || {length} || ' ' || scopes AS value FROM api_token ORDER BY id"
    ))
}

#[expect(clippy::too_many_lines, reason = "one token is looked for wherever it could be")]
fn a_token_is_printed_once_and_only_its_hash_is_stored(database: &Database) {
    add_user(database, &staff_state("Ada", &[]), None);
    // A program's own user need not use the admin.
    add_user(database, &UserState::new("ci"), None);
    let made = run_on(
        database,
        &[
            "createtoken",
            "ada",
            "--name",
            " deploy ",
            "--scope",
            "read",
            "--scope",
            "apply",
        ],
    );
    assert_eq!(made.code, 0, "{made:?}");
    let secret = TokenSecret::read(made.out.trim_end()).unwrap_or_else(|| panic!("{made:?}"));
    assert!(made.err.starts_with("token deploy of Ada, valid until 2"), "{made:?}");
    assert!(!made.err.contains(secret.as_str()), "{made:?}");
    run_on(
        database,
        &[
            "createtoken",
            "ci",
            "--name",
            "prometheus",
            "--scope",
            "metrics,read",
            "--expires",
            "366d",
        ],
    )
    .ok();
    assert_eq!(days(database), ["deploy 90 apply read", "prometheus 366 metrics read"]);
    let hashes = database.texts("SELECT hash AS value FROM api_token ORDER BY id");
    assert_eq!(hashes[0], secret.hash());
    let stored = database.texts("SELECT coalesce(after, '') AS value FROM log_entry");
    assert!(
        stored
            .iter()
            .all(|state| !state.contains(secret.as_str()) && !state.contains(&hashes[0]))
    );
    if !database.is_postgres() {
        let folder = database.path();
        let folder = folder.parent().expect("the file is in a folder");
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let file = std::fs::read(entry.expect("the entry can be read").path()).expect("the file can be read");
            let is_there = file
                .windows(secret.as_str().len())
                .any(|bytes| bytes == secret.as_str().as_bytes());
            assert!(!is_there, "the token is in the database");
        }
    }
    let by_variables = [
        ("SLA_MONITOR_NAME", "by variables"),
        ("SLA_MONITOR_SCOPE", "read"),
        ("SLA_MONITOR_EXPIRES", "24h"),
        ("DATABASE_URL", &database.url),
    ];
    run_with(&["createtoken", "ada"], "", &by_variables).ok();
    assert_eq!(days(database)[2], "by variables 1 read");
}

fn wrong_wishes_are_refused(database: &Database) {
    add_user(database, &staff_state("ada", &[]), None);
    let make = |arguments: &[&str]| run_on(database, &[&["createtoken"], arguments].concat());
    for (arguments, expected) in [
        (
            &["bert", "--name", "x", "--scope", "read"][..],
            "there is no user “bert”",
        ),
        (
            &["ada", "--name", " ", "--scope", "read"],
            "name: This field is required.",
        ),
        (
            &["ada", "--name", "x", "--scope", "read", "--expires", "367d"],
            "at most 366 days",
        ),
    ] {
        let refused = make(arguments).refused();
        assert!(refused.contains(expected), "{refused}");
    }
    for arguments in [
        &["ada", "--name", "x"][..],
        &["ada", "--scope", "read"],
        &["ada", "--name", "x", "--scope", "write"],
        &["ada", "--name", "x", "--scope", "read", "--expires", "never"],
        &["ada", "--name", "x", "--scope", "read", "--expires", "0d"],
    ] {
        assert_eq!(make(arguments).code, 2, "{arguments:?}");
    }
    make(&["ada", "--name", "x", "--scope", "read"]).ok();
    let twice = make(&["ada", "--name", "X", "--scope", "read"]).refused();
    assert!(twice.contains("An active token of this user has that name"), "{twice}");
    database.execute("UPDATE user_account SET is_active = FALSE");
    let inactive = make(&["ada", "--name", "y", "--scope", "read"]).refused();
    assert!(inactive.contains("“ada” is not active"), "{inactive}");
    assert_eq!(database.number("SELECT count(*) AS value FROM api_token"), 1);
}

fn tokens_that_end_soon_are_reported(database: &Database) {
    add_user(database, &staff_state("ada", &[]), None);
    for (name, expires) in [("soon", "13d"), ("later", "15d"), ("revoked", "1d")] {
        run_on(
            database,
            &[
                "createtoken",
                "ada",
                "--name",
                name,
                "--scope",
                "read",
                "--expires",
                expires,
            ],
        )
        .ok();
    }
    database.execute("UPDATE api_token SET revoked_at = created_at WHERE name = 'revoked'");
    let found = run_on(database, &["check"]).ok();
    let found: Vec<&str> = found.lines().filter(|line| line.starts_with("tokens.")).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("tokens.W001: the token soon of ada expires on 2"),
        "{found:?}"
    );
}
