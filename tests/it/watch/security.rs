//! The security log and its counters.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;
use sla_monitor::apps::accounts::user::model::UserState;

use super::{lines, request_line};
use crate::support::browser::{Browser, Page};
use crate::support::client::{get, request, sample};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff, superuser, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;

const PASSWORD: &str = "correct-battery-9";
const NEW_PASSWORD: &str = "staple-horse-77-green";

#[track_caller]
fn try_login(browser: &mut Browser, username: &str, password: &str) -> Page {
    let form = browser.get("/admin/login/").expect(200).form("#login-form");
    let form = form.set("username", username).set("password", password);
    browser.submit(&form, ("", ""))
}

/// The lines of one event, oldest first.
#[track_caller]
fn events(server: &Server, event: &str, count: usize) -> Vec<Value> {
    server.wait_for_log(&format!("\"event\":\"{event}\""), count);
    let found: Vec<Value> = lines(server)
        .into_iter()
        .filter(|line| line["event"] == event)
        .collect();
    assert_eq!(found.len(), count, "{event}: {}", server.log());
    for line in &found {
        assert_eq!(line["target"], "security", "{line}");
    }
    found
}

#[track_caller]
fn counted(server: &Server, series: &str) -> f64 {
    let exposition = get(&format!("{}/metrics", server.url)).text();
    sample(&exposition, series).unwrap_or_else(|| panic!("{series} is missing"))
}

fn logins_and_failures_are_logged_and_counted(database: &Database) {
    let server = Server::start(database, &["--log-format", "json"]);
    add_user(database, &superuser_state("Ada"), Some(PASSWORD));
    add_user(database, &UserState::new("visitor"), Some(PASSWORD));
    for result in ["success", "failure", "blocked"] {
        let series = format!("sla_monitor_logins_total{{result=\"{result}\"}}");
        assert_eq!(
            counted(&server, &series).to_string(),
            "0",
            "{result} is there from the start"
        );
    }
    let mut browser = Browser::new(&server);
    try_login(&mut browser, "ada", "hunter2-typed").expect(422);
    try_login(&mut browser, "typed-a-passphrase", "x").expect(422);
    try_login(&mut browser, "visitor", PASSWORD).expect(422);
    browser.headers = vec![("x-request-id".to_owned(), "in".to_owned())];
    try_login(&mut browser, "ada", PASSWORD).expect(302);
    let failed = events(&server, "login_failed", 3);
    let users: Vec<&str> = failed.iter().filter_map(|line| line["user"].as_str()).collect();
    assert_eq!(users, ["Ada", "unknown", "visitor"]);
    for line in &failed {
        assert_eq!((&line["level"], &line["client"]), (&"WARN".into(), &"127.0.0.1".into()));
        assert!(line["request_id"].as_str().is_some_and(|id| id.len() == 32), "{line}");
    }
    let login = &events(&server, "login", 1)[0];
    assert_eq!((&login["user"], &login["request_id"]), (&"Ada".into(), &"in".into()));
    assert_eq!(login["level"], "INFO");
    let mut other = Browser::new(&server);
    for _ in 0..5 {
        try_login(&mut other, "an-unknown-name", "x").expect(422);
    }
    try_login(&mut other, "an-unknown-name", "x").expect(429);
    assert_eq!(events(&server, "login_blocked", 1)[0]["user"], "unknown");
    for (result, count) in [("success", "1"), ("failure", "8"), ("blocked", "1")] {
        let series = format!("sla_monitor_logins_total{{result=\"{result}\"}}");
        assert_eq!(counted(&server, &series).to_string(), count, "{result}");
    }
    for secret in [PASSWORD, "hunter2-typed", "typed-a-passphrase", "an-unknown-name"] {
        assert!(!server.log().contains(secret), "{secret}");
    }
}

fn what_users_do_with_sessions_and_passwords_is_logged(database: &Database) {
    let server = Server::start(database, &["--log-format", "json"]);
    let ada = add_user(database, &superuser_state("ada"), Some(PASSWORD));
    let mut browser = Browser::new(&server);
    try_login(&mut browser, "ada", PASSWORD).expect(302);
    let _other = at_admin(database, &server, ada);
    let sessions = browser.get("/admin/sessions/").expect(200);
    let other = sessions.attributes("button[name=session]", "value");
    let other = other.first().expect("another session is listed");
    browser.post("/admin/sessions/", &[("session", other)]).expect(302);
    assert_eq!(events(&server, "session_ended", 1)[0]["user"], "ada");
    let change = |browser: &mut Browser, old: &str| {
        let form = browser
            .get("/admin/password_change/")
            .expect(200)
            .form("#password-form");
        let form = form.set("old_password", old);
        let form = form
            .set("new_password1", NEW_PASSWORD)
            .set("new_password2", NEW_PASSWORD);
        browser.submit(&form, ("_save", ""))
    };
    change(&mut browser, "wrong-old-one").expect(422);
    assert_eq!(events(&server, "old_password_failed", 1)[0]["user"], "ada");
    change(&mut browser, PASSWORD).expect(302);
    assert_eq!(events(&server, "password_changed", 1)[0]["object"], "their own");
    let form = browser.get("/admin/").expect(200).form("#logout-form");
    browser.submit(&form, ("", "")).expect(200);
    assert_eq!(events(&server, "logout", 1)[0]["user"], "ada");
    for secret in [PASSWORD, NEW_PASSWORD, "wrong-old-one"] {
        assert!(!server.log().contains(secret), "{secret}");
    }
}

fn what_is_refused_taken_out_and_taken_in_is_logged(database: &Database) {
    apply(database, "labels: [{name: team, value: blue}]");
    let server = Server::start(database, &["--log-format", "json"]);
    let mut root = superuser(database, &server);
    let mut eve = staff(database, &server, "eve", &["sla.view_label"]);
    eve.get("/admin/sla/component/").expect(403);
    let denied = &events(&server, "permission_denied", 1)[0];
    assert_eq!(
        (&denied["user"], &denied["path"]),
        (&"eve".into(), &"/admin/sla/component/".into())
    );
    root.get("/admin/sla/label/export/?_format=csv").expect(200);
    let export = &events(&server, "export", 1)[0];
    let object = export["object"].as_str().expect("it says what was taken out");
    assert!(object.starts_with("1 rows of sla.label in "), "{object}");
    let file = ("new.csv", "name,value\nteam,red\n".as_bytes());
    let page = root
        .upload("/admin/sla/label/import/", &[("format", "")], Some(file))
        .expect(200);
    root.headers = vec![("x-request-id".to_owned(), "import".to_owned())];
    root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    let import = &events(&server, "import", 1)[0];
    assert_eq!(
        (&import["object"], &import["user"]),
        (&"sla.label".into(), &"root".into())
    );
    let audit_log = "SELECT request_id || ' ' || client_address AS value FROM log_entry WHERE object_repr = 'team=red'";
    assert_eq!(database.texts(audit_log), ["import 127.0.0.1"]);
    let by_command = "SELECT count(*) AS value FROM log_entry WHERE actor LIKE 'command %' AND request_id IS NOT NULL";
    assert_eq!(database.number(by_command), 0, "commands have no request");
    let id = database.number("SELECT id AS value FROM log_entry WHERE object_repr = 'team=red'");
    let entry = root.get(&format!("/admin/audit/logentry/{id}/change/")).expect(200);
    assert!(
        entry.html().contains("127.0.0.1") && entry.html().contains("import"),
        "{}",
        entry.html()
    );
}

on_both_databases!(
    logins_and_failures_are_logged_and_counted,
    what_users_do_with_sessions_and_passwords_is_logged,
    what_is_refused_taken_out_and_taken_in_is_logged,
);

#[test]
fn refused_requests_say_why() {
    let database = Database::sqlite();
    let token = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    std::fs::write(&token, "a-token\n").expect("it can be written");
    let file = token.path().to_str().expect("temporary paths are UTF-8");
    let arguments = [
        "--log-format",
        "json",
        "--metrics-token-file",
        file,
        "--allowed-hosts",
        "sla.example.org",
    ];
    let server = Server::start(&database, &arguments);
    let url = |path: &str| format!("{}{path}", server.url);
    request("GET", &url("/metrics"), &[("x-request-id", "none")]);
    request(
        "GET",
        &url("/metrics"),
        &[("x-request-id", "wrong"), ("authorization", "Bearer guessed-one")],
    );
    assert_eq!(request_line(&server, "none")["status"], 401);
    let scrapes = events(&server, "metrics_refused", 2);
    assert_eq!(scrapes[0]["reason"], "no credentials");
    assert_eq!(scrapes[1]["reason"], "unknown credentials");
    request("GET", &url("/admin/"), &[]);
    let host = &events(&server, "host_refused", 1)[0];
    assert!(
        host["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("127.0.0.1")),
        "{host}"
    );

    let address = server.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).expect("the server listens");
    stream.write_all(b"NO SUCH\x01THING\r\n\r\n").expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the server hangs up");
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let unread = &events(&server, "bad_request", 1)[0];
    assert_eq!(unread["client"], "127.0.0.1");
    assert!(!server.log().contains("guessed-one"));
}

#[test]
fn forms_from_elsewhere_and_without_a_token_are_logged() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--log-format", "json"]);
    let mut root = superuser(&database, &server);
    root.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
    root.post("/admin/sla/label/add/", &[("name", "a")]).expect(403);
    let origin = &events(&server, "origin_refused", 1)[0];
    assert_eq!(origin["user"], "root");
    assert!(
        origin["reason"].as_str().is_some_and(|reason| !reason.is_empty()),
        "{origin}"
    );
    root.headers.clear();
    root.post_exactly("/admin/sla/label/add/", "name=a").expect(403);
    events(&server, "token_refused", 1);
}
