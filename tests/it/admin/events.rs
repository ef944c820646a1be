//! The security log in the admin: what is stored of logins and refusals, who sees it, and what it does not hold up.

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use sla_monitor::auth::event::{self, LoggedEvent, RowLimit, SecurityEvent};

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, staff, superuser, superuser_state};
use crate::support::server::Server;

on_both_databases!(
    logins_and_refusals_are_listed,
    the_log_is_read_only_and_has_its_own_permission,
    refusals_of_one_minute_are_one_row_over_replicas,
    many_addresses_are_few_rows,
    old_events_are_deleted,
    a_login_does_not_depend_on_the_log,
);

const PASSWORD: &str = "correct-battery-9";
const LIST: &str = "/admin/audit/event/";

fn at(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0)
        .expect("the tests stay in the calendar")
        .naive_utc()
}

#[track_caller]
fn log_in(browser: &mut Browser, username: &str, password: &str) -> Page {
    let form = browser.get("/admin/login/").expect(200).form("#login-form");
    let form = form.set("username", username).set("password", password);
    browser.submit(&form, ("", ""))
}

/// Returns a failed login.
fn failure(username: &str, address: &str, seconds: i64) -> LoggedEvent {
    LoggedEvent {
        time: at(seconds),
        kind: SecurityEvent::LoginFailed,
        username: username.to_owned(),
        address: address.to_owned(),
        request_id: format!("request {seconds}"),
        detail: String::new(),
        occurrences: 1,
    }
}

fn logins_and_refusals_are_listed(database: &Database) {
    let mut server = Server::start(database, &[]);
    add_user(database, &superuser_state("Ada"), Some(PASSWORD));
    let mut browser = Browser::new(&server);
    for password in ["hunter2-typed", "hunter2-again", "hunter2-more"] {
        log_in(&mut browser, "ada", password).expect(422);
    }
    log_in(&mut browser, "a-typed-passphrase", "x").expect(422);
    log_in(&mut browser, "ada", PASSWORD).expect(302);
    // A stop waits for the last events.
    server.signal("TERM");
    server.wait();
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let failed = root.get(&format!("{LIST}?kind__exact=login_failed")).expect(200);
    assert!(failed.html().contains("Ada") && failed.html().contains("unknown"));
    assert!(failed.html().contains("127.0.0.1"));
    let of_ada = "FROM security_event WHERE kind = 'login_failed' AND username = 'Ada'";
    assert_eq!(
        database.number(&format!("SELECT CAST(sum(occurrences) AS BIGINT) AS value {of_ada}")),
        3
    );
    assert!(
        database.number(&format!("SELECT count(*) AS value {of_ada}")) <= 2,
        "the minute may have changed once"
    );
    assert_eq!(
        database.number("SELECT count(*) AS value FROM security_event WHERE kind = 'login'"),
        1
    );
    let ada = database.number("SELECT id AS value FROM user_account WHERE username = 'Ada'");
    let of_user = root
        .get(&format!("{LIST}?user__id__exact={ada}&_facets=True"))
        .expect(200);
    assert!(!of_user.html().contains("unknown</td>"), "{}", of_user.html());
    root.get(&format!("{LIST}?q=127.0.0.1&o=-occurrences")).expect(200);
    root.get(&format!("{LIST}?kind__exact=nothing")).expect(400);
    let texts = database.texts(
        "SELECT kind || ' ' || username || ' ' || address || ' ' || request_id || ' ' || detail AS value FROM security_event",
    );
    for text in &texts {
        assert!(
            !text.contains("hunter2") && !text.contains("passphrase") && !text.contains(PASSWORD),
            "{text}"
        );
    }
}

fn the_log_is_read_only_and_has_its_own_permission(database: &Database) {
    event::store(&mut database.connect(), &[failure("ada", "192.0.2.1", 0)]).expect("it can be stored");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let id = database.number("SELECT min(id) AS value FROM security_event");
    let change = format!("{LIST}{id}/change/");
    let page = root.get(&change).expect(200);
    assert!(page.html().contains("192.0.2.1") && page.html().contains("a login failed"));
    root.post(&change, &[("_version", "0")]).expect(403);
    root.get(&format!("{LIST}add/")).expect(403);
    root.post(&format!("{LIST}{id}/delete/"), &[("post", "yes")])
        .expect(403);
    let export = root.get(&format!("{LIST}export/?_format=json")).expect(200);
    assert!(String::from_utf8_lossy(&export.answer.body).contains("login_failed"));
    let mut auditor = staff(database, &server, "auditor", &["audit.view_event"]);
    auditor.get(LIST).expect(200);
    auditor.get("/admin/audit/logentry/").expect(403);
    auditor.get(&format!("{LIST}export/?_format=json")).expect(403);
    let mut other = staff(database, &server, "other", &["audit.view_logentry"]);
    other.get(LIST).expect(403);
    other.get(&change).expect(403);
}

fn refusals_of_one_minute_are_one_row_over_replicas(database: &Database) {
    let mut connections = [database.connect(), database.connect()];
    std::thread::scope(|scope| {
        for conn in &mut connections {
            scope.spawn(move || {
                for seconds in 0..10 {
                    event::store(conn, &[failure("ada", "192.0.2.1", seconds)]).expect("it can be stored");
                }
            });
        }
    });
    let conn = &mut database.connect();
    event::store(conn, &[failure("ada", "192.0.2.2", 5), failure("ada", "192.0.2.1", 60)]).expect("it can be stored");
    let rows = "SELECT address || ' ' || CAST(occurrences AS TEXT) AS value FROM security_event ORDER BY id";
    let mut rows = database.texts(rows);
    rows.sort();
    assert_eq!(rows, ["192.0.2.1 1", "192.0.2.1 20", "192.0.2.2 1"]);
}

fn many_addresses_are_few_rows(database: &Database) {
    let mut limit = RowLimit::default();
    let conn = &mut database.connect();
    for portion in 0..10 {
        let batch = (0..50).map(|number| failure("", &format!("192.0.{portion}.{number}"), portion));
        let rows = limit.rows(batch.collect());
        event::store(conn, &rows).expect("it can be stored");
    }
    assert_eq!(database.number("SELECT count(*) AS value FROM security_event"), 61);
    assert_eq!(
        database.number("SELECT CAST(sum(occurrences) AS BIGINT) AS value FROM security_event"),
        500
    );
    let mut sent = failure("a\u{7}\nb", &"9".repeat(1000), 60);
    sent.detail = "x".repeat(10_000);
    let rows = limit.rows(vec![sent]);
    assert_eq!((rows[0].username.as_str(), rows[0].detail.len()), ("a  b", 200));
    event::store(conn, &rows).expect("it can be stored");
}

fn old_events_are_deleted(database: &Database) {
    let conn = &mut database.connect();
    let events: Vec<LoggedEvent> = (0..5).map(|minute| failure("ada", "", minute * 60)).collect();
    event::store(conn, &events).expect("it can be stored");
    assert_eq!(event::clear_old(conn, at(180), 2).expect("it answers"), 2);
    assert_eq!(event::clear_old(conn, at(180), 2).expect("it answers"), 1);
    assert_eq!(database.number("SELECT count(*) AS value FROM security_event"), 2);
    let long_ago = failure("ada", "", -i64::from(i32::MAX / 20));
    event::store(conn, &[long_ago]).expect("it can be stored");
    let server = Server::start(database, &["--event-days", "30"]);
    server.wait_for_log("what is over was removed", 1);
    let old = at(0) - TimeDelta::days(365);
    assert_eq!(
        database.number(&format!(
            "SELECT count(*) AS value FROM security_event WHERE event_time < '{old}'"
        )),
        0
    );
}

fn a_login_does_not_depend_on_the_log(database: &Database) {
    add_user(database, &superuser_state("Ada"), Some(PASSWORD));
    let server = Server::start(database, &[]);
    database.execute("ALTER TABLE security_event RENAME TO away");
    let mut browser = Browser::new(&server);
    log_in(&mut browser, "ada", "x").expect(422);
    log_in(&mut browser, "ada", PASSWORD).expect(302);
    browser.get("/admin/").expect(200);
    server.wait_for_log("security events were not stored", 1);
    database.execute("ALTER TABLE away RENAME TO security_event");
}
