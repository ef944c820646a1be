//! `migrate`, `showmigrations`, and what the other commands do while a database is not as they know it.

use std::net::TcpListener;

use super::EXAMPLE;
use crate::support::client;
use crate::support::database::Database;
use crate::support::program::{Ran, apply, run_on, run_on_input};
use crate::support::server::Server;

/// The names of all migrations, oldest first, as the folder of this program's source has them.
fn migrations() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
    let entries = std::fs::read_dir(folder).expect("the migrations are there");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("the folder can be read")
                .file_name()
                .into_string()
                .expect("names are ASCII")
        })
        .collect();
    names.sort();
    assert!(names.len() >= 4, "{names:?}");
    names
}

/// What stands behind a migration's version: `lists`.
fn short_name(name: &str) -> &str {
    name.split_once('_').expect("a name has a version in front").1
}

/// Every name behind `word`, a line each.
fn lines<'a>(word: &str, names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| format!("{word} {name}\n")).collect()
}

/// The tables that the database has.
fn tables(database: &Database) -> Vec<String> {
    let query = if database.is_postgres() {
        "SELECT table_name AS value FROM information_schema.tables WHERE table_schema = 'public'"
    } else {
        "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'"
    };
    let mut tables = database.texts(query);
    tables.sort();
    tables
}

/// Whether nothing has been made yet.
fn is_untouched(database: &Database) -> bool {
    if database.is_postgres() {
        tables(database).is_empty()
    } else {
        !database.path().exists()
    }
}

/// Runs `serve`, which must not come up. The address is taken, so that a server that starts in spite of it ends all the same.
fn serve(database: &Database) -> Ran {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    let address = taken.local_addr().expect("it has an address").to_string();
    run_on(database, &["serve", "--bind", &address])
}

/// The same bodies on databases that nothing has been applied to.
macro_rules! on_both_unmigrated {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name(&crate::support::database::Database::unmigrated_sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $name() { super::$name(&crate::support::database::Database::unmigrated_postgres()); })+
        }
    };
}

on_both_unmigrated!(
    looking_changes_nothing,
    all_migrations_are_applied_once,
    a_version_can_be_gone_to_and_back,
    zero_leaves_no_table,
    a_target_must_name_one_migration,
    several_processes_may_migrate_at_once,
    a_newer_database_is_refused,
    pending_migrations_are_reported,
    serve_migrates_with_its_option,
);

fn looking_changes_nothing(database: &Database) {
    let all = migrations();
    assert_eq!(run_on(database, &["showmigrations"]).ok(), lines("[ ]", &all));
    assert_eq!(run_on(database, &["migrate", "--plan"]).ok(), lines("apply", &all));
    assert_eq!(
        run_on(database, &["migrate", "--plan", "--to", "zero"]).ok(),
        "nothing to do\n"
    );
    let checked = run_on(database, &["migrate", "--check"]);
    assert_eq!(checked.out, lines("apply", &all));
    let message = checked.refused();
    assert!(
        message.contains(&format!(
            "{} migrations are pending; `sla-monitor migrate` applies them",
            all.len()
        )),
        "{message}"
    );
    assert!(is_untouched(database), "looking makes nothing");
}

fn all_migrations_are_applied_once(database: &Database) {
    let all = migrations();
    assert_eq!(run_on(database, &["migrate"]).ok(), lines("applied", &all));
    assert_eq!(run_on(database, &["showmigrations"]).ok(), lines("[X]", &all));
    for arguments in [
        &["migrate"][..],
        &["migrate", "--plan"],
        &["migrate", "--check"],
        &["migrate", "--to", short_name(&all[all.len() - 1])],
    ] {
        assert_eq!(run_on(database, arguments).ok(), "nothing to do\n", "{arguments:?}");
    }
    apply(database, EXAMPLE);
}

fn a_version_can_be_gone_to_and_back(database: &Database) {
    let all = migrations();
    let (kept, undone) = all.split_at(2);
    let newest_first: Vec<String> = undone.iter().rev().cloned().collect();
    assert_eq!(
        run_on(database, &["migrate", "--to", "windows"]).ok(),
        lines("applied", kept)
    );
    let half = tables(database);
    assert_eq!(run_on(database, &["migrate"]).ok(), lines("applied", undone));
    apply(database, EXAMPLE);
    let state = run_on(database, &["export"]).ok();

    let version = kept[1]
        .split('_')
        .next()
        .expect("a name starts with its version")
        .replace('-', "");
    assert_eq!(
        run_on(database, &["migrate", "--plan", "--to", &version]).ok(),
        lines("revert", &newest_first)
    );
    assert_eq!(
        run_on(database, &["migrate", "--yes", "--to", &version]).ok(),
        lines("reverted", &newest_first)
    );
    assert_eq!(tables(database), half);
    let shown = lines("[X]", kept) + &lines("[ ]", undone);
    assert_eq!(run_on(database, &["showmigrations"]).ok(), shown);

    assert_eq!(
        run_on(database, &["migrate", "--to", all.last().expect("there are some")]).ok(),
        lines("applied", undone)
    );
    assert_eq!(run_on(database, &["export"]).ok(), state, "the rows are still there");
}

fn zero_leaves_no_table(database: &Database) {
    let newest_first: Vec<String> = migrations().into_iter().rev().collect();
    run_on(database, &["migrate"]).ok();
    apply(database, EXAMPLE);
    assert_eq!(
        run_on(database, &["migrate", "--yes", "--to", "zero"]).ok(),
        lines("reverted", &newest_first)
    );
    assert_eq!(tables(database), ["__diesel_schema_migrations"]);
    run_on(database, &["migrate"]).ok();
    assert_eq!(apply(database, EXAMPLE), "5 added, 0 changed, 0 deleted\n");
}

fn a_target_must_name_one_migration(database: &Database) {
    for (target, reason) in [
        ("2099", "`2099` is no migration; give one of zero, "),
        ("2026", "`2026` is more than one migration"),
        ("", "`` is no migration"),
    ] {
        let message = run_on(database, &["migrate", "--to", target]).refused();
        assert!(message.contains(reason), "{message}");
    }
}

fn several_processes_may_migrate_at_once(database: &Database) {
    let all = migrations();
    let outputs: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| run_on(database, &["migrate"]).ok()))
            .collect();
        running
            .into_iter()
            .map(|run| run.join().expect("the run ends well"))
            .collect()
    });
    assert_eq!(
        outputs.iter().filter(|out| **out == lines("applied", &all)).count(),
        1,
        "{outputs:?}"
    );
    assert_eq!(
        outputs.iter().filter(|out| *out == "nothing to do\n").count(),
        3,
        "{outputs:?}"
    );
}

fn a_newer_database_is_refused(database: &Database) {
    run_on(database, &["migrate"]).ok();
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    let before = tables(database);
    let outcomes = [
        serve(database),
        run_on_input(database, &["apply", "-"], EXAMPLE),
        run_on(database, &["migrate"]),
        run_on(database, &["migrate", "--to", "zero"]),
        run_on(database, &["showmigrations"]),
        run_on(database, &["export"]),
        run_on(database, &["metrics"]),
        run_on(database, &["explain", "payments-api"]),
    ];
    for ran in outcomes {
        let message = ran.refused();
        assert!(message.contains("from a newer version of sla-monitor"), "{message}");
        assert!(
            message.contains("29990101000000") && message.contains("run the newer program"),
            "{message}"
        );
    }
    assert_eq!(tables(database), before);
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 0);
}

fn pending_migrations_are_reported(database: &Database) {
    let all = migrations();
    run_on(database, &["migrate", "--to", short_name(&all[all.len() - 2])]).ok();
    let outcomes = [
        serve(database),
        run_on_input(database, &["apply", "-"], EXAMPLE),
        run_on(database, &["export"]),
        run_on(database, &["metrics"]),
        run_on(database, &["explain", "payments-api"]),
    ];
    for ran in outcomes {
        let message = ran.refused();
        let pending = format!(
            "1 of {} migrations are pending ({}); run `sla-monitor migrate`",
            all.len(),
            all[all.len() - 1]
        );
        assert!(message.contains(&pending), "{message}");
    }
    assert_eq!(
        run_on(database, &["migrate", "--plan"]).ok(),
        lines("apply", &all[all.len() - 1..]),
        "no process has applied it"
    );
}

fn serve_migrates_with_its_option(database: &Database) {
    let server = Server::start(database, &["--migrate"]);
    let scraped = client::get(&format!("{}/metrics", server.url)).text();
    assert_eq!(client::sample(&scraped, "sla_monitor_collector_up"), Some(1.0));
    assert_eq!(run_on(database, &["showmigrations"]).ok(), lines("[X]", &migrations()));
}

#[test]
fn only_migrate_makes_a_file() {
    let database = Database::unmigrated_sqlite();
    let outcomes = [
        serve(&database),
        run_on_input(&database, &["apply", "-"], EXAMPLE),
        run_on(&database, &["export"]),
        run_on(&database, &["metrics"]),
        run_on(&database, &["explain", "payments-api"]),
    ];
    for ran in outcomes {
        let message = ran.refused();
        let expected = format!(
            "the database file {} does not exist; `sla-monitor migrate` makes it",
            database.url
        );
        assert!(message.contains(&expected), "{message}");
        assert!(!database.path().exists());
    }
    run_on(&database, &["migrate"]).ok();
    assert!(database.path().exists());
}
