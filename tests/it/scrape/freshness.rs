//! Every change by any client is in the very next scrape, and nothing is read or evaluated that did not change.

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

use super::{WORLD, assert_line, assert_nothing, say, scrape, value};

/// A change, and what the next scrape shows and hides. They build on each other.
struct Edit {
    what: &'static str,
    sql: &'static str,
    shows: &'static [&'static str],
    hides: &'static [&'static str],
}

const EDITS: &[Edit] = &[
    Edit {
        what: "a component is renamed",
        sql: "UPDATE component SET name = 'api-2' WHERE name = 'api'",
        shows: &[r#"api_2_service_window_last_start{component="api-2",team="blue"} 1577836800"#],
        hides: &["api_service_window_"],
    },
    Edit {
        what: "a component is disabled",
        sql: "UPDATE component SET enabled = FALSE WHERE name = 'api-2'",
        shows: &[r#"sla_monitor_components{state="disabled"} 2"#],
        hides: &["api_2_"],
    },
    Edit {
        what: "a component is enabled",
        sql: "UPDATE component SET enabled = TRUE WHERE name = 'api-2'",
        shows: &[r#"api_2_service_window_last_end{component="api-2",team="blue"} 1577923200"#],
        hides: &[],
    },
    Edit {
        what: "a label is renamed",
        sql: "UPDATE label SET name = 'squad' WHERE value = 'blue'",
        shows: &[
            r#"api_2_service_window_in_window{component="api-2",squad="blue"} 0"#,
            r#"web_service_window_in_window{component="web",env="prod",squad="blue"} 0"#,
        ],
        hides: &[],
    },
    Edit {
        what: "a label gets another value",
        sql: "UPDATE label SET value = 'green' WHERE value = 'blue'",
        shows: &[
            r#"api_2_service_window_in_window{component="api-2",squad="green"} 0"#,
            r#"web_service_window_in_window{component="web",env="prod",squad="green"} 0"#,
        ],
        hides: &[],
    },
    Edit {
        what: "a label is taken off a component",
        sql: "DELETE FROM component_label WHERE label_name = 'squad'
              AND component_id = (SELECT id FROM component WHERE name = 'web')",
        shows: &[r#"web_service_window_in_window{component="web",env="prod"} 0"#],
        hides: &[],
    },
    Edit {
        what: "a label is put on a component",
        sql: "INSERT INTO component_label (component_id, label_id, label_name)
              SELECT component.id, label.id, label.name FROM component, label
              WHERE component.name = 'batch' AND label.name = 'squad'",
        shows: &[r#"batch_service_window_in_window{component="batch",squad="green"} 0"#],
        hides: &[],
    },
    Edit {
        what: "a window moves to another time zone",
        sql: "UPDATE sla_window SET timezone = 'Asia/Tokyo' WHERE name = 'Past'",
        shows: &[
            r#"api_2_service_window_last_start{component="api-2",squad="green"} 1577804400"#,
            r#"web_service_window_last_start{component="web",env="prod"} 1577804400"#,
        ],
        hides: &[],
    },
    Edit {
        what: "a rule is changed",
        sql: "UPDATE rule SET end_local = '2020-01-03T00:00' WHERE window_id = (SELECT id FROM sla_window WHERE name = 'Past')",
        shows: &[r#"web_service_window_last_end{component="web",env="prod"} 1577977200"#],
        hides: &[],
    },
    Edit {
        what: "a window gets a calendar",
        sql: "INSERT INTO window_calendar (window_id, calendar_id)
              SELECT sla_window.id, calendar.id FROM sla_window, calendar WHERE sla_window.name = 'Past'",
        shows: &[r#"web_service_window_last_start{component="web",env="prod"} 1577923200"#],
        hides: &[],
    },
    Edit {
        what: "a calendar gets another rule",
        sql: "INSERT INTO rule (calendar_id, position, effect, kind, start_local, end_local)
              SELECT id, 1, 'exclude', 'once', '2020-01-02T00:00', '2020-01-02T06:00' FROM calendar",
        shows: &[r#"web_service_window_last_start{component="web",env="prod"} 1577944800"#],
        hides: &[],
    },
    Edit {
        what: "a calendar is renamed",
        sql: "UPDATE calendar SET name = 'Midday'",
        shows: &[
            r#"sla_monitor_calendar_last_date_timestamp_seconds{calendar="Midday"} 1578009600"#,
            r#"web_service_window_last_start{component="web",env="prod"} 1577944800"#,
        ],
        hides: &[r#"sla_monitor_calendar_last_date_timestamp_seconds{calendar="Noon"}"#],
    },
    Edit {
        what: "a calendar is disabled",
        sql: "UPDATE calendar SET enabled = FALSE",
        shows: &[r#"web_service_window_last_start{component="web",env="prod"} 1577804400"#],
        hides: &["sla_monitor_calendar_last_date_timestamp_seconds"],
    },
    Edit {
        what: "a calendar is enabled and floats",
        sql: "UPDATE calendar SET enabled = TRUE, timezone = NULL",
        shows: &[r#"web_service_window_last_start{component="web",env="prod"} 1577912400"#],
        hides: &[],
    },
    Edit {
        what: "a calendar is taken off a window",
        sql: "DELETE FROM window_calendar",
        shows: &[r#"web_service_window_last_start{component="web",env="prod"} 1577804400"#],
        hides: &[],
    },
    Edit {
        what: "a component gets a calendar of its own",
        sql: "INSERT INTO component_calendar (component_id, calendar_id)
              SELECT component.id, calendar.id FROM component, calendar WHERE component.name = 'api-2'",
        shows: &[
            r#"api_2_service_window_last_start{component="api-2",squad="green"} 1577912400"#,
            r#"web_service_window_last_start{component="web",env="prod"} 1577804400"#,
        ],
        hides: &[],
    },
    Edit {
        what: "a rule of a component's calendar is deleted",
        sql: "DELETE FROM rule WHERE calendar_id IS NOT NULL AND position = 1",
        shows: &[
            r#"api_2_service_window_last_start{component="api-2",squad="green"} 1577890800"#,
            r#"sla_monitor_calendar_last_date_timestamp_seconds{calendar="Midday"} 1577923200"#,
        ],
        hides: &[],
    },
    Edit {
        what: "a calendar has exceptions alone, which need no more dates",
        sql: "BEGIN; DELETE FROM rule WHERE calendar_id IS NOT NULL;
              INSERT INTO rule (calendar_id, position, effect, kind, start_local, end_local)
              SELECT id, 0, 'exclude', 'once', '2020-01-01T12:00', '2020-01-02T00:00' FROM calendar; COMMIT",
        shows: &[r#"api_2_service_window_last_start{component="api-2",squad="green"} 1577890800"#],
        hides: &["sla_monitor_calendar_last_date_timestamp_seconds"],
    },
    Edit {
        what: "a component's calendar is deleted",
        sql: "BEGIN; DELETE FROM component_calendar; DELETE FROM calendar; COMMIT",
        shows: &[r#"api_2_service_window_last_start{component="api-2",squad="green"} 1577804400"#],
        hides: &[],
    },
    Edit {
        what: "a window is bounded by dates",
        sql: "UPDATE sla_window SET valid_from = '1999-12-31', valid_until = '2000-01-01' WHERE name = 'Always'",
        shows: &[
            r#"core_service_window_last_start{component="core"} 946598400"#,
            r#"core_service_window_last_end{component="core"} 946771200"#,
            r#"core_service_window_in_window{component="core"} 0"#,
        ],
        hides: &["core_service_window_next_"],
    },
    Edit {
        what: "a window is disabled",
        sql: "UPDATE sla_window SET enabled = FALSE WHERE name = 'Always'",
        shows: &[
            r#"core_service_window_in_window{component="core"} 0"#,
            r#"sla_monitor_components{state="without_windows"} 2"#,
        ],
        hides: &["core_service_window_last_"],
    },
    Edit {
        what: "a component changes from one window to another",
        sql: "UPDATE component_window SET window_id = (SELECT id FROM sla_window WHERE name = 'Past')
              WHERE component_id = (SELECT id FROM component WHERE name = 'core')",
        shows: &[r#"core_service_window_last_start{component="core"} 1577804400"#],
        hides: &[],
    },
    Edit {
        what: "a rule is deleted",
        sql: "DELETE FROM rule WHERE window_id = (SELECT id FROM sla_window WHERE name = 'Ahead')",
        shows: &[r#"batch_service_window_in_window{component="batch",squad="green"} 0"#],
        hides: &["batch_service_window_next_"],
    },
    Edit {
        what: "a rule moves to another window",
        sql: "UPDATE rule SET window_id = (SELECT id FROM sla_window WHERE name = 'Ahead')
              WHERE window_id = (SELECT id FROM sla_window WHERE name = 'Past')",
        shows: &[r#"batch_service_window_last_start{component="batch",squad="green"} 1577836800"#],
        hides: &[
            "web_service_window_last_",
            "core_service_window_last_",
            "api_2_service_window_last_",
        ],
    },
    Edit {
        what: "a window is taken off a component",
        sql: "DELETE FROM component_window WHERE component_id = (SELECT id FROM component WHERE name = 'batch')",
        shows: &[r#"sla_monitor_components{state="without_windows"} 2"#],
        hides: &["batch_service_window_last_"],
    },
    Edit {
        what: "a window is put on a component",
        sql: "INSERT INTO component_window (component_id, window_id)
              SELECT component.id, sla_window.id FROM component, sla_window
              WHERE component.name IN ('idle', 'batch') AND sla_window.name = 'Ahead'",
        shows: &[
            r#"batch_service_window_last_start{component="batch",squad="green"} 1577836800"#,
            r#"idle_service_window_last_start{component="idle"} 1577836800"#,
        ],
        hides: &[],
    },
    Edit {
        what: "a window is deleted with its links",
        sql: "BEGIN;
              DELETE FROM component_window WHERE window_id = (SELECT id FROM sla_window WHERE name = 'Ahead');
              DELETE FROM sla_window WHERE name = 'Ahead'; COMMIT",
        shows: &[r#"idle_service_window_in_window{component="idle"} 0"#],
        hides: &["idle_service_window_last_", "batch_service_window_last_"],
    },
    Edit {
        what: "two components swap their names",
        sql: "BEGIN; UPDATE component SET name = 'between' WHERE name = 'web';
              UPDATE component SET name = 'web' WHERE name = 'batch';
              UPDATE component SET name = 'batch' WHERE name = 'between'; COMMIT",
        shows: &[
            r#"web_service_window_in_window{component="web",squad="green"} 0"#,
            r#"batch_service_window_in_window{component="batch",env="prod"} 0"#,
        ],
        hides: &["between_"],
    },
    Edit {
        what: "a component is added",
        sql: "INSERT INTO component (name) VALUES ('fresh')",
        shows: &[r#"fresh_service_window_in_window{component="fresh"} 0"#],
        hides: &[],
    },
    Edit {
        what: "a component is deleted and comes back with another key in one transaction",
        sql: "BEGIN; DELETE FROM component WHERE name = 'web'; INSERT INTO component (name) VALUES ('web'); COMMIT",
        shows: &[r#"web_service_window_in_window{component="web"} 0"#],
        hides: &[r#"web_service_window_in_window{component="web",squad"#],
    },
    Edit {
        what: "a name passes from a deleted component to another one",
        sql: "BEGIN; DELETE FROM component WHERE name = 'fresh'; UPDATE component SET name = 'fresh' WHERE name = 'web'; COMMIT",
        shows: &[r#"fresh_service_window_in_window{component="fresh"} 0"#],
        hides: &["web_"],
    },
    Edit {
        what: "every component is deleted",
        sql: "DELETE FROM component",
        shows: &[
            r#"sla_monitor_components{state="enabled"} 0"#,
            r#"sla_monitor_components{state="disabled"} 0"#,
            r#"sla_monitor_components{state="without_windows"} 0"#,
            "sla_monitor_snapshot_components 0",
        ],
        hides: &["api_2_", "fresh_", "batch_", "core_", "idle_"],
    },
];

fn every_kind_of_change_is_in_the_next_scrape(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    assert_line(
        &scrape(&server),
        r#"api_service_window_last_start{component="api",team="blue"} 1577836800"#,
    );
    for edit in EDITS {
        println!("{}", edit.what);
        database.execute(edit.sql);
        let page = scrape(&server);
        edit.shows.iter().for_each(|line| assert_line(&page, line));
        edit.hides.iter().for_each(|start| assert_nothing(&page, start));
        assert_line(&page, "sla_monitor_collector_up 1");
    }
    let page = scrape(&server);
    assert_line(&page, r#"sla_monitor_snapshot_refreshes_total{kind="full"} 1"#);
    let deltas = value(&page, r#"sla_monitor_snapshot_refreshes_total{kind="delta"}"#);
    assert_eq!(
        deltas,
        EDITS.len() as f64,
        "each change was read once, and only that change"
    );
}

fn transactions_that_commit_in_the_reverse_order_are_both_seen(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    let (mut older, mut younger) = (database.connect(), database.connect());
    say(&mut older, "BEGIN");
    if database.is_postgres() {
        // Takes the lower transaction number. SQLite would refuse the later write of a transaction that has read before.
        say(&mut older, "SELECT txid_current()");
    }
    say(&mut younger, "BEGIN");
    say(&mut younger, "UPDATE component SET name = 'younger' WHERE name = 'api'");
    say(&mut younger, "COMMIT");
    assert_line(
        &scrape(&server),
        r#"younger_service_window_in_window{component="younger",team="blue"} 0"#,
    );
    say(&mut older, "UPDATE component SET name = 'older' WHERE name = 'idle'");
    assert_nothing(&scrape(&server), "older_");
    say(&mut older, "COMMIT");
    let page = scrape(&server);
    assert_line(&page, r#"older_service_window_in_window{component="older"} 0"#);
    assert_line(
        &page,
        r#"younger_service_window_in_window{component="younger",team="blue"} 0"#,
    );
}

fn a_writer_that_waits_for_another_is_seen_after_it(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    let mut first = database.connect();
    say(&mut first, "BEGIN");
    say(&mut first, "UPDATE component SET name = 'first' WHERE name = 'api'");
    std::thread::scope(|scope| {
        let second = scope.spawn(|| database.execute("UPDATE component SET name = 'second' WHERE name = 'idle'"));
        let page = scrape(&server);
        assert_nothing(&page, "first_");
        assert_nothing(&page, "second_");
        say(&mut first, "COMMIT");
        assert_line(
            &scrape(&server),
            r#"first_service_window_in_window{component="first",team="blue"} 0"#,
        );
        second.join().expect("the second writer gets its turn");
    });
    let page = scrape(&server);
    assert_line(&page, r#"second_service_window_in_window{component="second"} 0"#);
    assert_line(
        &page,
        r#"first_service_window_in_window{component="first",team="blue"} 0"#,
    );
}

fn what_was_rolled_back_never_shows(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    let before = scrape(&server);
    let version = database.number("SELECT version AS value FROM data_version");
    let mut conn = database.connect();
    say(&mut conn, "BEGIN");
    say(&mut conn, "UPDATE component SET name = 'dream' WHERE name = 'api'");
    say(&mut conn, "DELETE FROM component WHERE name = 'idle'");
    assert_eq!(
        super::component_lines(&scrape(&server)),
        super::component_lines(&before)
    );
    say(&mut conn, "ROLLBACK");
    let after = scrape(&server);
    assert_eq!(super::component_lines(&after), super::component_lines(&before));
    assert_eq!(
        database.number("SELECT version AS value FROM data_version"),
        version,
        "a version is taken by what is committed"
    );

    // A savepoint that was rolled back must not take the version of what follows along.
    say(&mut conn, "BEGIN; SAVEPOINT attempt");
    say(&mut conn, "UPDATE component SET name = 'dream' WHERE name = 'api'");
    say(&mut conn, "ROLLBACK TO SAVEPOINT attempt");
    say(&mut conn, "UPDATE component SET name = 'awake' WHERE name = 'web'");
    say(&mut conn, "COMMIT");
    let page = scrape(&server);
    assert_line(
        &page,
        r#"awake_service_window_in_window{component="awake",env="prod",team="blue"} 0"#,
    );
    assert_nothing(&page, "dream_");
    assert_nothing(&page, "web_");
}

/// Where triggers are switched off (PostgreSQL), and by REPLACE (SQLite), rows go without a trigger; what is written with them tells on them.
fn rows_that_no_trigger_saw_go_are_missed(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    scrape(&server);
    let (replace, line) = if database.is_postgres() {
        (
            "BEGIN; SET LOCAL session_replication_role = replica; TRUNCATE component, sla_window CASCADE; SET LOCAL session_replication_role = DEFAULT; INSERT INTO component (name) VALUES ('API'); COMMIT",
            1.0,
        )
    } else {
        ("REPLACE INTO component (name) VALUES ('API')", 5.0)
    };
    database.execute(replace);
    let page = scrape(&server);
    assert_nothing(&page, "api_");
    assert_line(&page, r#"API_service_window_in_window{component="API"} 0"#);
    assert_eq!(value(&page, r#"sla_monitor_components{state="enabled"}"#), line);
    let again = Server::start(database, &[]);
    assert_eq!(super::component_lines(&scrape(&again)), super::component_lines(&page));
}

/// What a scrape has cost so far: evaluations, full loads, loads of changes.
fn costs(page: &str) -> (f64, f64, f64) {
    (
        value(page, "sla_monitor_window_evaluations_total"),
        value(page, r#"sla_monitor_snapshot_refreshes_total{kind="full"}"#),
        value(page, r#"sla_monitor_snapshot_refreshes_total{kind="delta"}"#),
    )
}

fn a_scrape_costs_what_changed(database: &Database) {
    let many: String = (0..1000)
        .map(|number| format!("  - {{name: many-{number}, windows: [Past]}}\n"))
        .collect();
    apply(database, &format!("{WORLD}{many}"));
    let server = Server::start(database, &[]);
    // Three windows and none at all: four coverages for a thousand and five components.
    let mut expected = (4.0, 1.0, 0.0);
    assert_eq!(costs(&scrape(&server)), expected);
    assert_eq!(costs(&scrape(&server)), expected, "nothing changed");
    let steps = [
        ("a label", "UPDATE label SET value = 'green' WHERE value = 'blue'", 0.0),
        (
            "a name",
            "UPDATE component SET name = 'many' WHERE name = 'many-0'",
            0.0,
        ),
        (
            "a window that 1002 components share",
            "UPDATE rule SET end_local = '2020-01-05T00:00' WHERE start_local = '2020-01-01T00:00'",
            1.0,
        ),
        (
            "one component's windows",
            "INSERT INTO component_window (component_id, window_id) SELECT component.id, sla_window.id
             FROM component, sla_window WHERE component.name = 'many-7' AND sla_window.name = 'Ahead'",
            1.0,
        ),
        (
            "what no metric shows",
            "UPDATE component SET description = 'long' WHERE name = 'many-8'",
            0.0,
        ),
        (
            "a window without components",
            "INSERT INTO sla_window (name, timezone) VALUES ('Spare', 'UTC')",
            0.0,
        ),
    ];
    for (what, sql, evaluations) in steps {
        println!("{what}");
        database.execute(sql);
        expected = (expected.0 + evaluations, expected.1, expected.2 + 1.0);
        assert_eq!(costs(&scrape(&server)), expected, "{what}");
        assert_eq!(costs(&scrape(&server)), expected, "{what}, a scrape later");
    }
}

on_both_databases!(
    every_kind_of_change_is_in_the_next_scrape,
    transactions_that_commit_in_the_reverse_order_are_both_seen,
    a_writer_that_waits_for_another_is_seen_after_it,
    what_was_rolled_back_never_shows,
    rows_that_no_trigger_saw_go_are_missed,
    a_scrape_costs_what_changed,
);
