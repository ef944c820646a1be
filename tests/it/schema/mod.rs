//! What the migrations promise, checked on both databases with plain SQL, as from psql or sqlite3.

mod accounts;
mod additive;
mod audit_log;
mod catalogues;
mod constraints;
mod data_version;
mod name_keys;
mod tombstones;
mod type_confusion;
mod writers;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use sla_monitor::db::{Conn, Error};

/// Objects that refer to each other in every way there is. Components 3 and 4 are plain, window 3 and calendar 3 unused.
/// Keys are left to the database, which counts from 1, so that rows may be added without a key later.
const FIXTURE: &str = "
    INSERT INTO component (name) VALUES ('api'), ('shop'), ('mail'), ('wiki');
    INSERT INTO label (name, value) VALUES ('team', 'red'), ('team', 'blue'), ('env', 'prod'), ('tier', 'gold');
    INSERT INTO sla_window (name, timezone) VALUES ('Office', 'Europe/Berlin'), ('Night', 'UTC'), ('Spare', 'UTC');
    INSERT INTO calendar (name) VALUES ('Holidays'), ('Maintenance'), ('Spare');
    INSERT INTO component_label (component_id, label_id, label_name) VALUES (1, 1, 'team'), (2, 1, 'team'), (1, 3, 'env');
    INSERT INTO component_window (component_id, window_id) VALUES (1, 1), (2, 2);
    INSERT INTO component_calendar (component_id, calendar_id) VALUES (1, 2);
    INSERT INTO window_calendar (window_id, calendar_id) VALUES (1, 1);
    INSERT INTO rule (window_id, position, effect, kind, weekdays, start_time, duration_s)
        VALUES (1, 0, 'include', 'weekly', 31, '08:00', 3600);
    INSERT INTO rule (calendar_id, position, effect, kind, dates, start_time, duration_s)
        VALUES (1, 0, 'exclude', 'dates', '[\"2026-12-25\"]', '00:00', 86400);
    INSERT INTO user_account (username) VALUES ('ada'), ('Bert');
    INSERT INTO user_group (name) VALUES ('editors');
    INSERT INTO user_group_member (user_id, group_id) VALUES (1, 1);
    INSERT INTO user_permission (user_id, permission) VALUES (1, 'sla.view_label');
    INSERT INTO user_group_permission (group_id, permission) VALUES (1, 'sla.change_label');
    INSERT INTO login_session (id_hash, user_id, password_stamp, created_at, last_seen_at, expires_at)
        VALUES ('h', 1, 's', '2026-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-15 00:00:00');
    INSERT INTO saved_view (user_id, model, name, query, is_default)
        VALUES (1, 'sla.component', 'Mine', 'o=name', TRUE), (1, 'sla.component', 'Other', '', FALSE);
    INSERT INTO security_event (event_time, kind, username, user_id, address, request_id, detail, minute)
        VALUES ('2026-01-01 00:00:05', 'login_failed', 'ada', 1, '192.0.2.1', 'r', '', '2026-01-01 00:00:00');
    INSERT INTO indicator (name, source, expression, kind, step_s, unknown_policy) VALUES ('Probe', 'main', 'up', 'mean', 60, 'separate');
    INSERT INTO correction (selector, starts_at, ends_at, effect) VALUES ('{}', 0, 3600, 'exclude');
    INSERT INTO api_token (user_id, name, hash, scopes, created_at, expires_at)
        VALUES (1, 'ci', '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'read', '2026-01-01 00:00:00', '2026-04-01 00:00:00');
    INSERT INTO api_answer (token_id, key_hash, fingerprint, answer, created_at)
        VALUES (1, '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
            'fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210', '{}', '2026-01-01 00:00:00');";

/// Runs statements that must go through.
#[track_caller]
fn execute(conn: &mut Conn, sql: &str) {
    if let Err(error) = conn.batch_execute(sql) {
        panic!("{sql}\nis refused: {error}");
    }
}

/// Runs statements in a transaction, lets `look` see what they did, and takes them back.
#[track_caller]
fn tried<T>(conn: &mut Conn, sql: &str, look: impl FnOnce(&mut Conn) -> T) -> T {
    execute(conn, "BEGIN");
    execute(conn, sql);
    let seen = look(conn);
    execute(conn, "ROLLBACK");
    seen
}

/// Statements that must go through, and are taken back.
#[track_caller]
fn accepted(conn: &mut Conn, sql: &str) {
    tried(conn, sql, |_| ());
}

/// Why statements are refused; nothing of them stays.
#[track_caller]
fn refusal(conn: &mut Conn, sql: &str) -> Error {
    execute(conn, "BEGIN");
    let outcome = conn.batch_execute(sql);
    execute(conn, "ROLLBACK");
    match outcome {
        Ok(()) => panic!("{sql}\nis accepted"),
        Err(error) => Error::from(error),
    }
}

/// Statements that a constraint must refuse: its name, or a word that the messages of both databases have.
#[track_caller]
fn refused(conn: &mut Conn, because: &str, sql: &str) {
    match refusal(conn, sql) {
        Error::Violation(message) if message.to_lowercase().contains(because) => {}
        other => panic!("{sql}\nis not refused because of `{because}`: {other:?}"),
    }
}

/// The column `value` of the rows of a query, as text.
#[track_caller]
fn texts(conn: &mut Conn, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        value: String,
    }
    let wrapped = format!("SELECT CAST(value AS TEXT) AS value FROM ({sql}) AS inner_query");
    match diesel::sql_query(wrapped).load::<Row>(conn) {
        Ok(rows) => rows.into_iter().map(|row| row.value).collect(),
        Err(error) => panic!("{sql}\nfails: {error}"),
    }
}

/// The only value of a query.
#[track_caller]
fn number(conn: &mut Conn, sql: &str) -> i64 {
    let texts = texts(conn, sql);
    assert_eq!(texts.len(), 1, "one row is expected of {sql}");
    texts[0].parse().expect("the value is a whole number")
}
