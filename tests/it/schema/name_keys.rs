//! The keys of names: filled by the program, empty after SQL, and unique.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::accounts::{self, AccountChange, NewPassword, Refusal, user};
use sla_monitor::audit;
use sla_monitor::auth::Actor;
use sla_monitor::auth::password::PasswordHash;
use sla_monitor::clock::{Clock, SystemClock};
use sla_monitor::db::migrate::{self, MigrationTarget};
use sla_monitor::db::name_keys;
use sla_monitor::text;

use super::{execute, number, refused, texts};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{run_on, run_on_input};
use crate::support::server::Server;

on_both_databases!(
    a_database_with_twins_migrates,
    rows_of_sql_are_filled_later,
    a_name_that_sql_changes_leaves_its_key,
    wrong_keys_are_corrected_by_migrating,
    keys_are_unique,
    no_two_users_have_one_key_and_all_are_found,
);

const TABLES: [(&str, &str); 6] = [
    ("component", "name"),
    ("sla_window", "name"),
    ("calendar", "name"),
    ("indicator", "name"),
    ("user_group", "name"),
    ("user_account", "username"),
];

fn keys(conn: &mut sla_monitor::db::Conn, table: &str) -> Vec<String> {
    texts(
        conn,
        &format!("SELECT coalesce(name_key, 'none') AS value FROM {table} ORDER BY id LIMIT 1000"),
    )
}

fn a_database_with_twins_migrates(database: &Database) {
    let conn = &mut database.connect();
    migrate::migrate(conn, &MigrationTarget::To("tombstones".to_owned())).expect("the keys go");
    execute(
        conn,
        "INSERT INTO component (name) VALUES ('Prüf-1'), ('pru\u{308}f-1'), ('PRÜF-1'), ('api');
         INSERT INTO sla_window (name, timezone) VALUES ('Straße', 'UTC'), ('STRASSE', 'UTC'), ('Office', 'UTC');
         INSERT INTO calendar (name) VALUES ('\u{212a}elvin'), ('Kelvin'), (' Kelvin');
         INSERT INTO user_group (name) VALUES ('Ärzte'), ('ärzte');
         INSERT INTO user_account (username, password) VALUES ('Ünal', 'x'), ('ünal', 'x'), ('\u{fb01}ona', 'x'), ('Fiona', 'x');",
    );
    let migrated = run_on(database, &["migrate"]).ok();
    assert!(migrated.contains("applied 2026-11-28-000100_name_keys"), "{migrated}");
    assert_eq!(
        keys(conn, "component"),
        ["prüf-1", "prüf-1\u{1f}2", "prüf-1\u{1f}3", "api"]
    );
    assert_eq!(keys(conn, "sla_window"), ["strasse\u{1f}1", "strasse", "office"]);
    assert_eq!(keys(conn, "calendar"), ["kelvin\u{1f}1", "kelvin", "kelvin\u{1f}3"]);
    assert_eq!(keys(conn, "user_group"), ["ärzte", "ärzte\u{1f}2"]);
    assert_eq!(
        keys(conn, "user_account"),
        ["ünal", "ünal\u{1f}2", "fiona\u{1f}3", "fiona"]
    );

    // Nothing else changes, once more neither, and all of it goes out and in.
    let names = texts(conn, "SELECT name AS value FROM component ORDER BY id LIMIT 9");
    assert_eq!(names, ["Prüf-1", "pru\u{308}f-1", "PRÜF-1", "api"]);
    let all = TABLES.map(|(table, _)| keys(conn, table));
    assert_eq!(run_on(database, &["migrate"]).ok(), "nothing to do\n");
    assert_eq!(TABLES.map(|(table, _)| keys(conn, table)), all);
    let export = run_on(database, &["export"]).ok();
    assert_eq!(
        run_on_input(database, &["apply", "-"], &export).ok(),
        "0 added, 0 changed, 0 deleted\n"
    );
    let check = run_on(database, &["check"]).out;
    for id in ["sla.W021", "accounts.W001", "accounts.W002"] {
        assert!(check.contains(id), "{id}: {check}");
    }
    // And back.
    migrate::migrate(conn, &MigrationTarget::To("tombstones".to_owned())).expect("the keys go");
    assert_eq!(number(conn, "SELECT count(*) AS value FROM component"), 4);
}

fn rows_of_sql_are_filled_later(database: &Database) {
    let conn = &mut database.connect();
    execute(
        conn,
        "INSERT INTO sla_window (name, timezone) VALUES ('Küche', 'UTC'), ('Plain', 'UTC')",
    );
    assert_eq!(keys(conn, "sla_window"), ["none", "none"]);
    assert!(name_keys::is_any_empty(conn).expect("the database answers"));
    // A file finds them all the same.
    let file = "windows: [{name: KÜCHE, description: big}]";
    assert_eq!(
        run_on_input(database, &["apply", "-"], file).ok(),
        "0 added, 1 changed, 0 deleted\n"
    );
    let version = number(conn, "SELECT version AS value FROM data_version");
    assert_eq!(run_on(database, &["migrate"]).ok(), "nothing to do\n");
    assert_eq!(keys(conn, "sla_window"), ["küche", "plain"]);
    if !database.is_postgres() {
        let now = number(conn, "SELECT version AS value FROM data_version");
        assert_eq!(now, version, "keys are no change of the metrics");
    }
    execute(conn, "INSERT INTO calendar (name) VALUES ('Öde')");
    let server = Server::start(database, &[]);
    server.wait_for_log("keys of names were filled", 1);
    assert_eq!(keys(conn, "calendar"), ["öde"], "a server fills at its start");
}

fn a_name_that_sql_changes_leaves_its_key(database: &Database) {
    let conn = &mut database.connect();
    for (index, (table, column)) in TABLES.into_iter().enumerate() {
        let more = match table {
            "sla_window" => (", timezone", ", 'UTC'"),
            "user_account" => (", password", ", 'x'"),
            "indicator" => (
                ", source, expression, kind, step_s, unknown_policy",
                ", 'main', 'up', 'mean', 60, 'separate'",
            ),
            _ => ("", ""),
        };
        execute(
            conn,
            &format!("INSERT INTO {table} ({column}{}) VALUES ('Ä{index}'{})", more.0, more.1),
        );
    }
    assert_eq!(name_keys::fill_empty(conn).expect("it can be filled"), TABLES.len());
    for (index, (table, column)) in TABLES.into_iter().enumerate() {
        execute(conn, &format!("UPDATE {table} SET {column} = {column}"));
        assert_eq!(keys(conn, table), [format!("ä{index}")], "{table}");
        execute(conn, &format!("UPDATE {table} SET {column} = 'Ö{index}'"));
        assert_eq!(keys(conn, table), ["none"], "{table}");
    }
    assert_eq!(name_keys::fill_empty(conn).expect("it can be filled"), TABLES.len());
    assert_eq!(name_keys::fill_empty(conn).expect("it can be filled"), 0);
    assert_eq!(keys(conn, "component"), ["ö0"]);
}

fn wrong_keys_are_corrected_by_migrating(database: &Database) {
    let conn = &mut database.connect();
    execute(
        conn,
        "INSERT INTO calendar (name, name_key) VALUES ('Ä1', 'ö1'), ('Ö1', 'ä1'), ('Ü1', 'ü1')",
    );
    run_on(database, &["migrate"]).ok();
    assert_eq!(keys(conn, "calendar"), ["ä1", "ö1", "ü1"]);
}

fn keys_are_unique(database: &Database) {
    let conn = &mut database.connect();
    execute(conn, "INSERT INTO user_group (name, name_key) VALUES ('Ä', 'ä')");
    refused(
        conn,
        "name_key",
        "INSERT INTO user_group (name, name_key) VALUES ('ä', 'ä')",
    );
    refused(conn, "user_group", "INSERT INTO user_group (name) VALUES ('B'), ('b')");
}

fn no_two_users_have_one_key_and_all_are_found(database: &Database) {
    let part = proptest::sample::select(vec![
        "é", "e\u{301}", "É", "ß", "SS", "ss", "ﬁ", "FI", "Å", "\u{212b}", "ａ", "a", "１", "1", "ς", "Σ",
    ]);
    let name = proptest::collection::vec(part, 1..4).prop_map(|parts| parts.concat());
    let names = proptest::collection::vec(name, 1..12);
    let mut runner = TestRunner::new(Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&names, |names| {
        let conn = &mut database.connect();
        execute(conn, "DELETE FROM user_account");
        let mut accepted: Vec<(String, i64)> = Vec::new();
        for name in names {
            let state = UserState::new(&name);
            let change = AccountChange::AddUser {
                state,
                password: NewPassword::to_keep(PasswordHash::stored("x".to_owned())),
            };
            let added = audit::transaction(conn, &Actor::Command("test"), SystemClock.now(), |tx| {
                accounts::apply(tx, &change)
            });
            let key = text::user_key(&name);
            let twin = accepted.iter().find(|(other, _)| text::user_key(other) == key);
            match (added, twin) {
                (Ok(id), None) => accepted.push((name, id)),
                (Err(Refusal::Fields(_)), Some((_, id))) => {
                    let found = user::store::id_of(conn, &name).expect("the database answers");
                    prop_assert_eq!(found, Some(*id));
                }
                (outcome, twin) => prop_assert!(false, "{name}: {outcome:?}, {twin:?}"),
            }
        }
        for (name, id) in &accepted {
            let found = user::store::id_of(conn, &format!(" {name} ")).expect("the database answers");
            prop_assert_eq!(found, Some(*id));
        }
        prop_assert!(!name_keys::is_any_empty(conn).expect("the database answers"));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
