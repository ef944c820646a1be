//! The data version: what moves it, what it stamps, and what it leaves alone.

use sla_monitor::db::Conn;

use super::{FIXTURE, execute, number, texts, tried};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    changes_of_components_stamp_them,
    changes_of_windows_stamp_them,
    changes_of_calendars_stamp_them,
    changes_of_links_stamp_their_owners,
    changes_of_rules_stamp_their_owners,
    changes_of_labels_stamp_their_components,
    the_audit_log_moves_nothing,
    what_is_rolled_back_moves_nothing,
    a_key_that_changes_buries_the_old_one,
    a_key_that_is_inserted_again_has_a_row_and_a_tombstone,
);

pub(super) fn version(conn: &mut Conn) -> i64 {
    number(conn, "SELECT version AS value FROM data_version")
}

/// Returns what a reader at version `since` would read: rows stamped and tombstones set since.
fn news(conn: &mut Conn, since: i64) -> Vec<String> {
    let stamped = ["component", "sla_window", "calendar"]
        .map(|table| format!("SELECT '{table} ' || id AS value FROM {table} WHERE row_version > {since}"))
        .join(" UNION ALL ");
    let tombstones =
        format!("SELECT 'no ' || model || ' ' || object_id AS value FROM tombstone WHERE version > {since}");
    let mut news = texts(conn, &format!("{stamped} UNION ALL {tombstones}"));
    news.sort();
    news
}

/// Each statement, alone on the fixture, is news of exactly these objects, and moves the version if there is any.
#[track_caller]
fn check(database: &Database, cases: &[(&str, &[&str])]) {
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    let before = version(&mut conn);
    for (sql, expected) in cases {
        let (news, version, latest) = tried(&mut conn, sql, |conn| (news(conn, before), version(conn), latest(conn)));
        assert_eq!(news, *expected, "{sql}");
        assert!(news.is_empty() || version > before, "{sql}\ndoes not move the version");
        assert!(latest <= version, "{sql}\nstamps a version that is not reached");
        assert!(
            !database.is_postgres() || version <= before + 1,
            "{sql}\nmoves the version more than once"
        );
    }
    assert_eq!(version(&mut conn), before, "what is rolled back leaves nothing");
}

/// The largest version anywhere.
fn latest(conn: &mut Conn) -> i64 {
    number(
        conn,
        "SELECT max(v) AS value FROM (SELECT max(row_version) AS v FROM component UNION ALL SELECT max(row_version) FROM sla_window \
         UNION ALL SELECT max(row_version) FROM calendar UNION ALL SELECT max(version) FROM tombstone) AS versions",
    )
}

fn changes_of_components_stamp_them(database: &Database) {
    check(
        database,
        &[
            ("INSERT INTO component (id, name) VALUES (9, 'new')", &["component 9"]),
            (
                "INSERT INTO component (id, name) VALUES (8, 'old'), (9, 'new')",
                &["component 8", "component 9"],
            ),
            ("UPDATE component SET name = 'nova' WHERE id = 3", &["component 3"]),
            ("UPDATE component SET display_name = 'A' WHERE id = 3", &["component 3"]),
            ("UPDATE component SET description = 'A' WHERE id = 3", &["component 3"]),
            (
                "UPDATE component SET enabled = FALSE WHERE id IN (1, 3)",
                &["component 1", "component 3"],
            ),
            (
                "UPDATE component SET slo_millipercent = 1 WHERE id = 3",
                &["component 3"],
            ),
            ("UPDATE component SET name = 'x1' WHERE id = 99", &[]),
            ("DELETE FROM component WHERE id = 3", &["no component 3"]),
            ("DELETE FROM component WHERE id = 1", &["no component 1"]),
            (
                "DELETE FROM component",
                &["no component 1", "no component 2", "no component 3", "no component 4"],
            ),
            (
                "INSERT INTO component (id, name) VALUES (9, 'new'); DELETE FROM component WHERE id = 9",
                &["no component 9"],
            ),
        ],
    );
}

fn changes_of_windows_stamp_them(database: &Database) {
    check(
        database,
        &[
            (
                "INSERT INTO sla_window (id, name, timezone) VALUES (9, 'new', 'UTC')",
                &["sla_window 9"],
            ),
            ("UPDATE sla_window SET name = 'nova' WHERE id = 1", &["sla_window 1"]),
            ("UPDATE sla_window SET timezone = 'UTC' WHERE id = 1", &["sla_window 1"]),
            (
                "UPDATE sla_window SET valid_from = '2026-01-01' WHERE id = 1",
                &["sla_window 1"],
            ),
            (
                "UPDATE sla_window SET valid_until = '2026-01-01' WHERE id = 1",
                &["sla_window 1"],
            ),
            ("UPDATE sla_window SET enabled = FALSE WHERE id = 1", &["sla_window 1"]),
            ("DELETE FROM sla_window WHERE id = 3", &["no sla_window 3"]),
            (
                "DELETE FROM component_window WHERE window_id = 1; DELETE FROM sla_window WHERE id = 1",
                &["component 1", "no sla_window 1"],
            ),
        ],
    );
}

fn changes_of_calendars_stamp_them(database: &Database) {
    check(
        database,
        &[
            ("INSERT INTO calendar (id, name) VALUES (9, 'new')", &["calendar 9"]),
            ("UPDATE calendar SET name = 'nova' WHERE id = 1", &["calendar 1"]),
            ("UPDATE calendar SET timezone = 'UTC' WHERE id = 1", &["calendar 1"]),
            ("UPDATE calendar SET enabled = FALSE WHERE id = 1", &["calendar 1"]),
            ("DELETE FROM calendar WHERE id = 3", &["no calendar 3"]),
        ],
    );
}

fn changes_of_links_stamp_their_owners(database: &Database) {
    check(
        database,
        &[
            (
                "INSERT INTO component_label VALUES (3, 3, 'env'), (4, 3, 'env')",
                &["component 3", "component 4"],
            ),
            (
                "UPDATE component_label SET label_id = 2 WHERE component_id = 1 AND label_name = 'team'",
                &["component 1"],
            ),
            (
                "UPDATE component_label SET component_id = 3 WHERE component_id = 1 AND label_name = 'team'",
                &["component 1", "component 3"],
            ),
            ("DELETE FROM component_label WHERE component_id = 1", &["component 1"]),
            ("INSERT INTO component_window VALUES (3, 1)", &["component 3"]),
            (
                "UPDATE component_window SET window_id = 3 WHERE component_id = 1",
                &["component 1"],
            ),
            (
                "UPDATE component_window SET component_id = 3 WHERE component_id = 1",
                &["component 1", "component 3"],
            ),
            ("DELETE FROM component_window", &["component 1", "component 2"]),
            ("INSERT INTO component_calendar VALUES (3, 1)", &["component 3"]),
            (
                "UPDATE component_calendar SET calendar_id = 3 WHERE component_id = 1",
                &["component 1"],
            ),
            (
                "UPDATE component_calendar SET component_id = 3 WHERE component_id = 1",
                &["component 1", "component 3"],
            ),
            (
                "DELETE FROM component_calendar WHERE component_id = 1",
                &["component 1"],
            ),
            ("INSERT INTO window_calendar VALUES (2, 1)", &["sla_window 2"]),
            (
                "UPDATE window_calendar SET calendar_id = 3 WHERE window_id = 1",
                &["sla_window 1"],
            ),
            (
                "UPDATE window_calendar SET window_id = 2 WHERE window_id = 1",
                &["sla_window 1", "sla_window 2"],
            ),
            ("DELETE FROM window_calendar WHERE window_id = 1", &["sla_window 1"]),
        ],
    );
}

fn changes_of_rules_stamp_their_owners(database: &Database) {
    check(
        database,
        &[
            (
                "INSERT INTO rule (window_id, position, effect, kind, start_local, end_local) \
                 VALUES (2, 0, 'include', 'once', '2026-01-01T00:00', '2026-01-02T00:00')",
                &["sla_window 2"],
            ),
            (
                "INSERT INTO rule (calendar_id, position, effect, kind, start_local, end_local) \
                 VALUES (2, 0, 'exclude', 'once', '2026-01-01T00:00', '2026-01-02T00:00')",
                &["calendar 2"],
            ),
            ("UPDATE rule SET duration_s = 60 WHERE id = 1", &["sla_window 1"]),
            ("UPDATE rule SET note = 'why' WHERE id = 2", &["calendar 1"]),
            (
                "UPDATE rule SET window_id = 2 WHERE id = 1",
                &["sla_window 1", "sla_window 2"],
            ),
            (
                "UPDATE rule SET calendar_id = 2 WHERE id = 2",
                &["calendar 1", "calendar 2"],
            ),
            (
                "UPDATE rule SET calendar_id = NULL, window_id = 2 WHERE id = 2",
                &["calendar 1", "sla_window 2"],
            ),
            ("DELETE FROM rule", &["calendar 1", "sla_window 1"]),
        ],
    );
}

fn changes_of_labels_stamp_their_components(database: &Database) {
    check(
        database,
        &[
            ("INSERT INTO label (name, value) VALUES ('a', 'b')", &[]),
            ("UPDATE label SET description = 'why' WHERE id = 1", &[]),
            (
                "UPDATE label SET value = 'green' WHERE id = 1",
                &["component 1", "component 2"],
            ),
            (
                "UPDATE label SET name = 'squad' WHERE id = 1",
                &["component 1", "component 2"],
            ),
            (
                "UPDATE label SET name = 'squad', value = 'green' WHERE id = 3",
                &["component 1"],
            ),
            ("UPDATE label SET value = 'green' WHERE id = 4", &[]),
            ("DELETE FROM label WHERE id = 4", &[]),
        ],
    );
}

fn the_audit_log_moves_nothing(database: &Database) {
    let sql = "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, \
               before, after) VALUES ('2026-01-01 00:00:00', 'a', 'add', 'sla.component', 1, 'api', 1, NULL, '{}')";
    check(database, &[(sql, &[])]);
    let mut conn = database.connect();
    let before = version(&mut conn);
    execute(&mut conn, sql);
    assert_eq!(version(&mut conn), before);
}

fn what_is_rolled_back_moves_nothing(database: &Database) {
    check(
        database,
        &[
            (
                "SAVEPOINT s; UPDATE component SET display_name = 'A' WHERE id = 3; ROLLBACK TO s; \
                 UPDATE component SET display_name = 'A' WHERE id = 4",
                &["component 4"],
            ),
            (
                "UPDATE component SET display_name = 'A' WHERE id = 4; SAVEPOINT s; DELETE FROM component WHERE id = 3; \
                 UPDATE sla_window SET description = 'A' WHERE id = 1; ROLLBACK TO s",
                &["component 4"],
            ),
            ("SAVEPOINT s; DELETE FROM component; ROLLBACK TO s", &[]),
            (
                "SAVEPOINT s; DELETE FROM component WHERE id = 3; RELEASE s; SAVEPOINT t; DELETE FROM component WHERE id = 4; \
                 ROLLBACK TO t",
                &["no component 3"],
            ),
        ],
    );
}

/// Keys change by hand alone, and only of what nothing is linked to.
fn a_key_that_changes_buries_the_old_one(database: &Database) {
    check(
        database,
        &[
            (
                "UPDATE component SET id = 9 WHERE id = 3",
                &["component 9", "no component 3"],
            ),
            (
                "UPDATE sla_window SET id = 9 WHERE id = 3",
                &["no sla_window 3", "sla_window 9"],
            ),
            (
                "UPDATE calendar SET id = 9 WHERE id = 3",
                &["calendar 9", "no calendar 3"],
            ),
        ],
    );
}

/// A reader takes tombstones first and rows then, so it finds both.
fn a_key_that_is_inserted_again_has_a_row_and_a_tombstone(database: &Database) {
    check(
        database,
        &[(
            "DELETE FROM component WHERE id = 3; INSERT INTO component (id, name) VALUES (3, 'post')",
            &["component 3", "no component 3"],
        )],
    );
}
