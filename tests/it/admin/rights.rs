//! Rights at the moment of the write: a form arrives slowly, or waits for a lock, and meanwhile its user loses the right to send it.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::clock::{Clock, SystemClock};

use super::typed::{count, key};
use crate::support::browser::{Browser, encode};
use crate::support::client::{Answer, get, read_head, sample};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, at_admin, staff_state, superuser, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_form_that_arrives_slowly_needs_the_rights_at_its_end,
    a_writer_that_waited_for_the_lock_needs_the_rights_then,
    what_is_not_in_the_audit_log_needs_a_session_too,
    an_export_stops_when_its_user_may_no_longer,
);

/// How long anything may take before a test fails for it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A form of which all but the last byte was sent.
struct Held {
    stream: TcpStream,
    last: u8,
}

impl Held {
    /// Sends a form but for its last byte, and waits until the server has looked at who sends it.
    fn send(server: &Server, database: &Database, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Self {
        // The first look at a session notes the visit where the last one was some minutes ago.
        let now = SystemClock.now();
        let ago = |minutes: i64| (now - chrono::TimeDelta::minutes(minutes)).format("%Y-%m-%d %H:%M:%S");
        database.execute(&format!("UPDATE login_session SET last_seen_at = '{}'", ago(10)));
        let (head, body) = request(server, browser, path, fields);
        let (last, rest) = body.as_bytes().split_last().expect("the form has fields");
        let mut stream = connect(server);
        stream.write_all(head.as_bytes()).expect("the head is taken");
        stream.write_all(rest).expect("the form is taken");
        let seen = format!(
            "SELECT count(*) AS value FROM login_session WHERE last_seen_at > '{}'",
            ago(5)
        );
        until(|| database.number(&seen) > 0);
        Self { stream, last: *last }
    }

    /// Sends the last byte and reads the answer.
    fn finish(mut self) -> Answer {
        self.stream.write_all(&[self.last]).expect("the rest is taken");
        answer(self.stream)
    }
}

fn host(server: &Server) -> &str {
    server.url.trim_start_matches("http://")
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(host(server)).expect("the server listens");
    stream
        .set_read_timeout(Some(TIMEOUT))
        .expect("a read timeout can be set");
    stream
}

/// The head and the body of a form.
fn request(server: &Server, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> (String, String) {
    let cookie = |name: &str| browser.cookie(name).unwrap_or("").to_owned();
    let (session, token) = (cookie("sessionid"), cookie("csrftoken"));
    let mut all = vec![("csrfmiddlewaretoken", token.as_str())];
    all.extend_from_slice(fields);
    let body = encode(&all);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: sessionid={session}; csrftoken={token}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        host(server),
        body.len()
    );
    (head, body)
}

fn answer(stream: TcpStream) -> Answer {
    let mut reader = BufReader::new(stream);
    let mut answer = read_head(&mut reader);
    reader.read_to_end(&mut answer.body).expect("the body ends");
    answer
}

/// Waits until something is so.
#[track_caller]
fn until(holds: impl Fn() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !holds() {
        assert!(Instant::now() < deadline, "it did not come about in time");
        std::thread::yield_now();
    }
}

/// What happens to a user while their form is being sent.
const LOSSES: [&str; 11] = [
    "disabled",
    "no longer staff",
    "no longer superuser",
    "without the permission",
    "out of the group",
    "in a group without the permission",
    "deleted",
    "logged out",
    "session ended",
    "session expired",
    "another password",
];

/// A user with the permission to write: a superuser, by a permission, or by a group.
fn person(database: &Database, loss: &str, number: usize) -> (i64, String) {
    let name = format!("person-{number}");
    let all = ["auth.add_user", "auth.change_user", "sla.add_label", "sla.view_label"];
    let group = add_group(database, &format!("group-{number}"), &all);
    let state = match loss {
        "without the permission" => staff_state(&name, &all),
        "out of the group" | "in a group without the permission" => UserState {
            groups: [group].into(),
            ..staff_state(&name, &[])
        },
        _ => superuser_state(&name),
    };
    (add_user(database, &state, None), name)
}

/// Brings a loss about, as an administrator or the user themselves would in another window.
fn lose(
    database: &Database,
    server: &Server,
    root: &mut Browser,
    browser: &Browser,
    loss: &str,
    (id, name): (i64, &str),
) {
    let url = format!("/admin/auth/user/{id}");
    let mut change = |how: &dyn Fn(crate::support::browser::Form) -> crate::support::browser::Form| {
        let form = root.get(&format!("{url}/change/")).expect(200).form("#user_form");
        root.submit(&how(form), ("_save", "Save")).expect(302);
    };
    match loss {
        "disabled" => change(&|form| form.clear("is_active")),
        "no longer staff" => change(&|form| form.clear("is_staff")),
        "no longer superuser" => change(&|form| form.clear("is_superuser")),
        "without the permission" => change(&|form| form.clear("user_permissions")),
        "out of the group" => change(&|form| form.clear("groups")),
        "in a group without the permission" => {
            let group = database.number(&format!(
                "SELECT group_id AS value FROM user_group_member WHERE user_id = {id}"
            ));
            let form = root.get(&format!("/admin/auth/group/{group}/change/")).expect(200);
            let form = form.form("#group_form").clear("permissions");
            root.submit(&form, ("_save", "Save")).expect(302);
        }
        "deleted" => {
            let form = root.get(&format!("{url}/delete/")).expect(200).form("main form");
            root.submit(&form, ("", "")).expect(302);
        }
        "logged out" => {
            let mut window = Browser::with_session(server, browser.cookie("sessionid").expect("they are in"));
            let form = window.get("/admin/").expect(200).form("#logout-form");
            window.submit(&form, ("", "")).expect(200);
        }
        "session ended" => database.execute(&format!("DELETE FROM login_session WHERE user_id = {id}")),
        "session expired" => database.execute(&format!(
            "UPDATE login_session SET expires_at = '2020-01-02 00:00:00' WHERE user_id = {id}"
        )),
        "another password" => {
            let form = root.get(&format!("{url}/password/")).expect(200).form("main form");
            let form = form
                .set("password1", "a-long-secret-77")
                .set("password2", "a-long-secret-77");
            root.submit(&form, ("set-password", "")).expect(302);
        }
        other => panic!("{name}: no such loss: {other}"),
    }
}

/// Whether the loss leaves the session, so that the answer is 403; without a session the login page keeps the form.
fn stays_in(loss: &str) -> bool {
    ["superuser", "permission", "group"]
        .iter()
        .any(|what| loss.contains(what))
}

fn a_form_that_arrives_slowly_needs_the_rights_at_its_end(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for (number, loss) in LOSSES.into_iter().enumerate() {
        let (id, name) = person(database, loss, number);
        let target = add_user(database, &staff_state(&format!("target-{number}"), &[]), None);
        let mut browser = at_admin(database, &server, id);
        let shown = browser.get(&format!("/admin/auth/user/{target}/change/")).expect(200);
        let version = shown.form("#user_form").values("_version")[0].to_owned();
        let target_url = format!("/admin/auth/user/{target}/change/");
        let promoted = [
            ("username", "promoted"),
            ("_version", version.as_str()),
            ("is_active", "on"),
            ("is_staff", "on"),
            ("is_superuser", "on"),
            ("_save", "Save"),
        ];
        let label = [("name", "stolen"), ("value", "yes"), ("_save", "Save")];
        let forms: [(&str, &[(&str, &str)]); 2] = [(&target_url, &promoted), ("/admin/sla/label/add/", &label)];
        let held: Vec<Held> = forms
            .iter()
            .map(|(path, fields)| Held::send(&server, database, &browser, path, fields))
            .collect();
        lose(database, &server, &mut root, &browser, loss, (id, &name));
        let before = count(database, "log_entry");
        for (held, (path, _)) in held.into_iter().zip(forms) {
            let answer = held.finish();
            assert_eq!(answer.status, 403, "{loss}: {path}");
            let is_login = answer.text().contains("login-form");
            assert_eq!(is_login, !stays_in(loss), "{loss}: {path}");
            if is_login {
                let kept = answer.text();
                assert!(
                    kept.contains("stolen") || kept.contains("promoted"),
                    "{loss}: what was typed stays"
                );
            }
        }
        assert_eq!(count(database, "log_entry"), before, "{loss}");
        assert_eq!(count(database, "label"), 0, "{loss}");
        let superusers = "SELECT count(*) AS value FROM user_account WHERE username = 'promoted'";
        assert_eq!(database.number(superusers), 0, "{loss}");
    }
}

fn a_writer_that_waited_for_the_lock_needs_the_rights_then(database: &Database) {
    let server = Server::start(database, &[]);
    let cases = [
        ("disabled", "UPDATE user_account SET is_active = FALSE WHERE id = "),
        ("demoted", "DELETE FROM user_permission WHERE user_id = "),
        ("shut out", "UPDATE user_account SET is_staff = FALSE WHERE id = "),
        ("logged out", "DELETE FROM login_session WHERE user_id = "),
        (
            "another password",
            "UPDATE user_account SET password = 'another' WHERE id = ",
        ),
        ("deleted", "DELETE FROM user_account WHERE id = "),
    ];
    for (loss, statement) in cases {
        let id = add_user(
            database,
            &staff_state(&loss.replace(' ', "-"), &["sla.add_label"]),
            None,
        );
        let browser = at_admin(database, &server, id);
        let mut holder = database.connect();
        let begin = match database.is_postgres() {
            true => "BEGIN; SELECT version FROM data_version FOR UPDATE",
            false => "BEGIN IMMEDIATE",
        };
        holder.batch_execute(begin).expect("the lock is free");
        let fields = [("name", "stolen"), ("value", loss)];
        let (head, body) = request(&server, &browser, "/admin/sla/label/add/", &fields);
        let mut stream = connect(&server);
        stream.write_all((head + &body).as_bytes()).expect("the form is taken");
        if database.is_postgres() {
            // The writer is seen to wait. SQLite shows nothing of the kind; there it may as well come after the loss.
            until(|| {
                database.number(
                    "SELECT count(*) AS value FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'",
                ) > 0
            });
        } else {
            until(|| {
                let metrics = get(&format!("{}/metrics", server.url)).text();
                sample(&metrics, "http_requests_in_flight").is_some_and(|requests| requests >= 2.0)
            });
        }
        holder
            .batch_execute(&format!("{statement}{id}; COMMIT"))
            .expect("the holder of the lock may change anything");
        let answer = answer(stream);
        assert_eq!(answer.status, 403, "{loss}: {}", answer.text());
        assert_eq!(count(database, "label"), 0, "{loss}");
    }
    assert_eq!(
        database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL"),
        0
    );
}

fn what_is_not_in_the_audit_log_needs_a_session_too(database: &Database) {
    let server = Server::start(database, &[]);
    let id = add_user(
        database,
        &staff_state("ada", &["sla.view_label", "sla.add_label"]),
        Some("a-long-secret-77"),
    );
    let other = at_admin(database, &server, id);
    let other_key = database.texts("SELECT id_hash AS value FROM login_session")[0].clone();
    let forms: [(&str, Vec<(&str, &str)>); 5] = [
        (
            "/admin/password_change/",
            vec![
                ("old_password", "a-long-secret-77"),
                ("new_password1", "another-secret-77"),
                ("new_password2", "another-secret-77"),
            ],
        ),
        (
            "/admin/sla/label/views/",
            vec![("do", "save"), ("name", "mine"), ("query", "q=x")],
        ),
        ("/admin/sessions/", vec![("session", other_key.as_str())]),
        ("/admin/timezone/", vec![("timezone", "Europe/Berlin")]),
        (
            "/admin/sla/label/import/",
            vec![("text", "name,value\nteam,blue\n"), ("format", "csv")],
        ),
    ];
    for (path, fields) in &forms {
        let browser = at_admin(database, &server, id);
        let held = Held::send(&server, database, &browser, path, fields);
        let mut window = Browser::with_session(&server, browser.cookie("sessionid").expect("they are in"));
        let form = window.get("/admin/").expect(200).form("#logout-form");
        window.submit(&form, ("", "")).expect(200);
        let answer = held.finish();
        // Of a form with nothing but passwords nothing is kept.
        let is_kept = !path.ends_with("password_change/");
        assert_eq!(answer.status, if is_kept { 403 } else { 302 }, "{path}");
        assert!(
            is_kept || answer.header("location").starts_with("/admin/login/"),
            "{path}"
        );
    }
    assert_eq!(count(database, "saved_view"), 0);
    assert_eq!(count(database, "pending_import"), 0);
    assert_eq!(count(database, "log_entry"), 1, "the user was added, and no more");
    let mut other = other;
    other.get("/admin/").expect(200);
    let zones = "SELECT count(*) AS value FROM user_account WHERE timezone IS NOT NULL";
    assert_eq!(database.number(zones), 0);
}

fn an_export_stops_when_its_user_may_no_longer(database: &Database) {
    let description = "x".repeat(4000);
    let components: Vec<String> = (0..8000)
        .map(|number| format!("{{name: service-{number}, description: {description}}}"))
        .collect();
    apply(database, &format!("components: [{}]", components.join(", ")));
    let server = Server::start(database, &[]);
    let id = add_user(
        database,
        &staff_state("ada", &["sla.view_component", "sla.export_component"]),
        None,
    );
    let browser = at_admin(database, &server, id);
    let mut stream = connect(&server);
    let session = browser.cookie("sessionid").expect("they are in");
    write!(
        stream,
        "GET /admin/sla/component/export/?_format=csv HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: sessionid={session}\r\n\r\n"
    )
    .expect("the request is taken");
    let mut reader = BufReader::new(stream);
    assert_eq!(read_head(&mut reader).status, 200);
    database.execute("DELETE FROM user_permission WHERE permission = 'sla.export_component'");
    let mut sent = Vec::new();
    // The transfer breaks, which some systems say by an error.
    let whole = reader.read_to_end(&mut sent).is_ok() && sent.ends_with(b"0\r\n\r\n");
    assert!(!whole, "{} bytes came", sent.len());
    server.wait_for_log("an export broke off", 1);
    assert_eq!(key(database, "component", "service-0"), 1);
}
