//! How people log in: cookies by scheme, ends of sessions, rules of passwords, and ceilings for those who guess.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use super::login::{PASSWORD, try_login};
use super::typed::count;
use crate::support::browser::{Browser, Page};
use crate::support::client::request;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff_state, superuser, superuser_state};
use crate::support::server::Server;
use sla_monitor::clock::{Clock, SystemClock};

on_both_databases!(
    sessions_end_without_visits_and_by_their_age,
    what_is_over_is_removed_while_serving,
    a_user_whose_password_was_set_by_another_chooses_one_first,
    guesses_are_slowed_down_by_address_and_by_user,
    a_flood_from_one_address_does_not_delay_others,
);

const NEW: &str = "staple-horse-77";

/// A browser behind a proxy of ours.
fn behind_proxy(server: &Server, address: &str, scheme: &str) -> Browser {
    let mut browser = Browser::new(server);
    let host = "sla.example.org";
    browser.headers = vec![
        ("X-Forwarded-For".to_owned(), address.to_owned()),
        ("X-Forwarded-Proto".to_owned(), scheme.to_owned()),
        ("X-Forwarded-Host".to_owned(), host.to_owned()),
        ("Origin".to_owned(), format!("{scheme}://{host}")),
    ];
    browser
}

#[track_caller]
fn is_out(page: &Page) {
    assert_eq!(page.status(), 302);
    assert!(page.location().starts_with("/admin/login/"), "{}", page.location());
}

#[test]
fn cookies_and_sessions_are_those_of_the_scheme() {
    let database = Database::sqlite();
    add_user(&database, &superuser_state("ada"), Some(PASSWORD));
    let server = Server::start(&database, &["--trusted-proxy", "127.0.0.1", "--session-max", "36h"]);
    let mut secure = behind_proxy(&server, "203.0.113.1", "https");
    let page = try_login(&mut secure, "ada", PASSWORD).expect(302);
    for name in ["__Host-sessionid", "__Host-csrftoken"] {
        let cookie = page.answer.cookies.iter().find(|cookie| cookie.starts_with(name));
        let cookie = cookie.unwrap_or_else(|| panic!("{name}: {:?}", page.answer.cookies));
        assert!(
            cookie.contains("; Secure") && cookie.contains("Path=/") && !cookie.contains("Domain"),
            "{cookie}"
        );
        let is_session = name == "__Host-sessionid";
        assert_eq!(cookie.contains("HttpOnly"), is_session, "{cookie}");
        assert_eq!(cookie.contains("Max-Age=129600"), is_session, "{cookie}");
    }
    assert_eq!(page.answer.header("strict-transport-security"), "max-age=31536000");
    assert_eq!(
        secure
            .get("/admin/")
            .expect(200)
            .answer
            .header("strict-transport-security"),
        "max-age=31536000"
    );

    let mut plain = behind_proxy(&server, "203.0.113.1", "http");
    let page = try_login(&mut plain, "ada", PASSWORD).expect(302);
    assert!(
        page.answer
            .cookies
            .iter()
            .all(|cookie| !cookie.contains("__Host-") && !cookie.contains("Secure"))
    );
    assert_eq!(page.answer.header("strict-transport-security"), "");
    plain.get("/admin/").expect(200);

    // The token of one scheme opens nothing over the other, under either name.
    let of_https = secure.cookie("__Host-sessionid").expect("they are in").to_owned();
    let of_http = plain.cookie("sessionid").expect("they are in").to_owned();
    for (scheme, token) in [("http", &of_https), ("https", &of_http)] {
        let mut other = behind_proxy(&server, "203.0.113.1", scheme);
        other.set_cookie("sessionid", token);
        other.set_cookie("__Host-sessionid", token);
        is_out(&other.get("/admin/"));
    }
    // A neighbour plants a plain cookie.
    secure.set_cookie("sessionid", &of_http);
    secure.get("/admin/").expect(200);
    let form = secure.get("/admin/").expect(200).form("#logout-form");
    secure.submit(&form, ("", "")).expect(200);
    assert_eq!(secure.cookie("__Host-sessionid"), None);
}

fn sessions_end_without_visits_and_by_their_age(database: &Database) {
    let server = Server::start(database, &["--session-idle", "90m", "--session-max", "2d"]);
    let id = add_user(database, &superuser_state("ada"), None);
    let now = SystemClock.now();
    let ago = |minutes: i64| (now - chrono::TimeDelta::minutes(minutes)).format("%Y-%m-%d %H:%M:%S");
    for (column, minutes, goes_on) in [
        ("last_seen_at", 80, true),
        ("last_seen_at", 95, false),
        ("created_at", 47 * 60, true),
        ("created_at", 49 * 60, false),
    ] {
        let mut browser = at_admin(database, &server, id);
        database.execute(&format!("UPDATE login_session SET {column} = '{}'", ago(minutes)));
        let page = browser.get("/admin/");
        if goes_on {
            page.expect(200);
        } else {
            is_out(&page);
        }
        database.execute("DELETE FROM login_session");
    }
    let outcome = crate::support::program::run_on(database, &["serve", "--session-idle", "soon"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
}

fn what_is_over_is_removed_while_serving(database: &Database) {
    let id = add_user(database, &superuser_state("ada"), None);
    let rows = [
        "INSERT INTO login_session (id_hash, user_id, password_stamp, created_at, last_seen_at, expires_at) \
         VALUES ('over', ID, 'x', '2026-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-02 00:00:00')",
        "INSERT INTO login_session (id_hash, user_id, password_stamp, created_at, last_seen_at, expires_at) \
         VALUES ('idle', ID, 'x', '2026-01-01 00:00:00', '2026-01-01 00:00:00', '2099-01-02 00:00:00')",
        "INSERT INTO login_session (id_hash, user_id, password_stamp, created_at, last_seen_at, expires_at) \
         VALUES ('goes on', ID, 'x', '2026-01-01 00:00:00', '2099-01-01 00:00:00', '2099-01-02 00:00:00')",
        "INSERT INTO login_failure (key, failures, first_at, last_at) \
         VALUES ('old', 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        "INSERT INTO login_failure (key, failures, first_at, last_at) \
         VALUES ('young', 1, '2099-01-01 00:00:00', '2099-01-01 00:00:00')",
        "INSERT INTO pending_import (user_id, model, format, body, created_at, expires_at) \
         VALUES (ID, 'sla.label', 'csv', '', '2026-01-01 00:00:00', '2026-01-01 01:00:00')",
    ];
    for row in rows {
        database.execute(&row.replace("ID", &id.to_string()));
    }
    let mut server = Server::start(database, &["--log-format", "human"]);
    server.wait_for_log("what is over was removed", 3);
    assert_eq!(
        database.texts("SELECT id_hash AS value FROM login_session"),
        ["goes on"]
    );
    assert_eq!(database.texts("SELECT key AS value FROM login_failure"), ["young"]);
    assert_eq!(count(database, "pending_import"), 0);
    let stopped = Instant::now();
    server.signal("TERM");
    assert!(server.wait().success());
    assert!(
        stopped.elapsed() < Duration::from_secs(10),
        "the thread ends with the server"
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_user_whose_password_was_set_by_another_chooses_one_first(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let form = root.get("/admin/auth/user/add/").expect(200).form("#user_form");
    assert_eq!(form.values("must_change"), ["on"], "it is ticked by default");
    let form = form.set("username", "ada").set("password1", NEW).set("password2", NEW);
    root.submit(&form, ("_save", "Save")).expect(302);
    let id = database.number("SELECT id AS value FROM user_account WHERE username = 'ada'");
    database.execute("UPDATE user_account SET is_staff = TRUE, is_superuser = TRUE WHERE username = 'ada'");
    let mut ada = Browser::new(&server);
    try_login(&mut ada, "ada", NEW).expect(302);
    for path in [
        "/admin/",
        "/admin/sla/label/add/",
        "/admin/auth/user/",
        "/admin/sessions/",
        "/admin/timezone/",
    ] {
        assert_eq!(
            ada.get(path).expect(302).location(),
            "/admin/password_change/",
            "{path}"
        );
    }
    let add = [("name", "team"), ("value", "blue")];
    assert_eq!(
        ada.post("/admin/sla/label/add/", &add).expect(302).location(),
        "/admin/password_change/"
    );
    assert_eq!(count(database, "label"), 0);
    let form = ada.visit("/admin/").expect(200).form("main form");
    let same = [("old_password", NEW), ("new_password1", NEW), ("new_password2", NEW)];
    ada.post("/admin/password_change/", &same).expect(422);
    let form = form
        .set("old_password", NEW)
        .set("new_password1", PASSWORD)
        .set("new_password2", PASSWORD);
    ada.submit(&form, ("_save", "")).expect(302);
    ada.get("/admin/").expect(200);
    ada.post("/admin/sla/label/add/", &add).expect(302);
    assert_eq!(count(database, "label"), 1);

    // The page of a password has the box as well; a form that leaves it out does not ask for it.
    let url = format!("/admin/auth/user/{id}/password/");
    assert_eq!(
        root.get(&url).expect(200).form("main form").values("must_change"),
        ["on"]
    );
    for (more, expected) in [(None, 0), (Some(("must_change", "on")), 1)] {
        let fields: Vec<(&str, &str)> = [("password1", NEW), ("password2", NEW)]
            .into_iter()
            .chain(more)
            .collect();
        root.post(&url, &fields).expect(302);
        let must_change = "SELECT count(*) AS value FROM user_account WHERE must_change";
        assert_eq!(database.number(must_change), expected);
    }
    let noted = "SELECT count(*) AS value FROM log_entry WHERE after LIKE '%\"must_change\":true%'";
    assert_eq!(
        database.number(noted),
        2,
        "the entries of the new user and of the password say it"
    );

    // One's own password asks for the old one there too, and for no box.
    let own = database.number("SELECT id AS value FROM user_account WHERE username = 'root'");
    let url = format!("/admin/auth/user/{own}/password/");
    assert!(!root.get(&url).expect(200).has("#id_must_change"));
    root.post(&url, &[("password1", NEW), ("password2", NEW)]).expect(422);
    root.post(
        &url,
        &[("old_password", "wrong"), ("password1", NEW), ("password2", NEW)],
    )
    .expect(422);
    let hashes = "SELECT password AS value FROM user_account WHERE username = 'root'";
    assert_eq!(database.texts(hashes), ["a hash of root"]);
}

#[test]
fn passwords_keep_to_the_options_everywhere() {
    let database = Database::sqlite();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let denied = folder.path().join("denied.txt");
    std::fs::write(&denied, "Correct-Battery-9\r\n\nanother-one-of-them\n").expect("the file can be written");
    let denied_path = denied.to_str().expect("temporary paths are UTF-8");
    let options = ["--password-length-min", "14", "--password-deny-file", denied_path];
    let server = Server::start(&database, &options);
    let mut root = superuser(&database, &server);
    let mut add = |name: &str, password: &str| {
        let fields = [("username", name), ("password1", password), ("password2", password)];
        root.post("/admin/auth/user/add/", &fields).status()
    };
    assert_eq!(add("short", "thirteen-char"), 422);
    assert_eq!(add("denied", "CORRECT-battery-9"), 422);
    assert_eq!(add("denied", "CORRECT-battery-9 "), 422);
    assert_eq!(add("fine", "fourteen-chars"), 302);
    std::fs::write(&denied, "sixteen-and-more\n").expect("the file can be written");
    server.signal("HUP");
    server.wait_for_log("time zone data was read again", 1);
    let deadline = Instant::now() + Duration::from_secs(60);
    while add("denied", "sixteen-and-more") != 422 {
        database.execute("DELETE FROM user_account WHERE username = 'denied'");
        assert!(Instant::now() < deadline, "the file was not read again");
    }
    assert_eq!(add("denied-before", "correct-battery-9"), 302);

    let create = |name: &str, password: &str, more: &[&str]| {
        let mut command = crate::support::program::command();
        command
            .env("SLA_MONITOR_SUPERUSER_PASSWORD", password)
            .args([
                "createsuperuser",
                "--noinput",
                "--username",
                name,
                "--database-url",
                &database.url,
            ])
            .args(more);
        let output = command.output().expect("the program runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, err) = create("boss", "elevenchars", &options[..2]);
    assert!(code == Some(1) && err.contains("too short"), "{code:?} {err}");
    let (code, err) = create("boss", "elevenchars", &[]);
    assert!(
        code == Some(0) && err.contains("too short"),
        "it is reported: {code:?} {err}"
    );
    let (code, err) = create("boss", "Sixteen-And-More", &options[2..]);
    assert!(
        code == Some(1) && err.contains("list of forbidden passwords"),
        "{code:?} {err}"
    );
    assert_eq!(
        create("another", "nine-char", &["--password-length-min", "9"]).0,
        Some(0)
    );
}

fn guesses_are_slowed_down_by_address_and_by_user(database: &Database) {
    let server = Server::start(database, &["--trusted-proxy", "127.0.0.1"]);
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    let guess = |address: &str, username: &str| {
        let mut browser = behind_proxy(&server, address, "http");
        try_login(&mut browser, username, "wrong-password-1")
    };
    let mut at_home = behind_proxy(&server, "198.51.100.7", "http");
    try_login(&mut at_home, "ada", PASSWORD).expect(302);
    // Twenty wrong ones for one user from many places, neighbours of one IPv6 network among them.
    for number in 0..20 {
        guess(&format!("203.0.113.{number}"), "ada").expect(422);
    }
    let page = guess("203.0.113.99", "ada").expect(429);
    let wait: u64 = page.answer.header("retry-after").parse().expect("it says how long");
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(page.html().contains("second"), "the page says it too");
    try_login(&mut behind_proxy(&server, "198.51.100.7", "http"), "ada", PASSWORD).expect(302);
    // Fifty from one place over any users.
    for number in 0..50 {
        guess(&format!("2001:db8::{number:x}"), &format!("unknown-{number}")).expect(422);
    }
    let page = guess("2001:db8::ffff", "unknown").expect(429);
    let wait: u64 = page.answer.header("retry-after").parse().expect("it says how long");
    assert!((60..=900).contains(&wait), "{wait}");
    guess("2001:db8:0:1::1", "unknown").expect(422);
    // Old passwords are under the same ceilings.
    let change = [
        ("old_password", "wrong"),
        ("new_password1", NEW),
        ("new_password2", NEW),
    ];
    for _ in 0..5 {
        at_home.post("/admin/password_change/", &change).expect(422);
    }
    let page = at_home.post(
        "/admin/password_change/",
        &[("old_password", PASSWORD), change[1], change[2]],
    );
    page.expect(429);
    at_home.get("/admin/").expect(200);
}

fn a_flood_from_one_address_does_not_delay_others(database: &Database) {
    const GUESSERS: usize = 40;
    let server = Server::start(database, &["--trusted-proxy", "127.0.0.1"]);
    add_user(database, &staff_state("ada", &[]), Some(PASSWORD));
    let barrier = Barrier::new(GUESSERS + 1);
    let took = std::thread::scope(|scope| {
        for number in 0..GUESSERS {
            let (server, barrier) = (&server, &barrier);
            scope.spawn(move || {
                let mut browser = behind_proxy(server, "203.0.113.1", "http");
                let form = browser.get("/admin/login/").expect(200).form("#login-form");
                let form = form.set("username", &format!("user-{number}")).set("password", "wrong");
                barrier.wait();
                let status = browser.submit(&form, ("", "")).status();
                assert!([422, 429].contains(&status), "{status}");
            });
        }
        let mut browser = behind_proxy(&server, "198.51.100.7", "http");
        let form = browser.get("/admin/login/").expect(200).form("#login-form");
        let form = form.set("username", "ada").set("password", PASSWORD);
        barrier.wait();
        let began = Instant::now();
        browser.submit(&form, ("", "")).expect(302);
        began.elapsed()
    });
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn guesses_at_credentials_of_metrics_are_slowed_down() {
    let database = Database::sqlite();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "the-right-token\n").expect("the file can be written");
    let tokens = tokens.to_str().expect("temporary paths are UTF-8");
    let server = Server::start(
        &database,
        &["--metrics-token-file", tokens, "--trusted-proxy", "127.0.0.1"],
    );
    let url = format!("{}/metrics", server.url);
    let ask = |address: &str, token: &str| {
        let token = format!("Bearer {token}");
        request("GET", &url, &[("x-forwarded-for", address), ("authorization", &token)])
    };
    assert_eq!(ask("203.0.113.1", "the-right-token").status, 200);
    for address in ["203.0.113.1", "203.0.113.2"] {
        for _ in 0..50 {
            assert_eq!(ask(address, "wrong").status, 401);
        }
        let refused = ask(address, "wrong");
        assert_eq!(refused.status, 429);
        assert!(
            refused
                .header("retry-after")
                .parse::<u64>()
                .is_ok_and(|seconds| seconds <= 900)
        );
    }
    assert_eq!(
        ask("203.0.113.2", "the-right-token").status,
        429,
        "a guess that is right is none the better"
    );
    assert_eq!(
        ask("203.0.113.1", "the-right-token").status,
        200,
        "a scraper goes on beside a guesser"
    );
    assert_eq!(ask("203.0.113.3", "the-right-token").status, 200);
    // Requests without any credentials guess nothing.
    for _ in 0..60 {
        assert_eq!(request("GET", &url, &[("x-forwarded-for", "203.0.113.4")]).status, 401);
    }
    assert_eq!(ask("203.0.113.4", "the-right-token").status, 200);
}
