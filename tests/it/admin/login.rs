//! The door: logging in, where it leads, and how it slows down who guesses.

use sla_monitor::apps::accounts::user::model::UserState;

use crate::support::browser::{Browser, Page, percent};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff_state, superuser, superuser_state};
use crate::support::server::Server;

on_both_databases!(
    every_refusal_is_the_same,
    a_login_starts_a_session_of_its_own,
    a_login_ends_the_session_before_it,
    guessing_is_slowed_down,
);

pub(super) const PASSWORD: &str = "correct-battery-9";

/// Fills in the login page and sends it.
#[track_caller]
pub(super) fn try_login(browser: &mut Browser, username: &str, password: &str) -> Page {
    let form = browser.get("/admin/login/").expect(200).form("#login-form");
    let form = form.set("username", username).set("password", password);
    browser.submit(&form, ("", ""))
}

/// Opens a browser and logs in by the form.
#[track_caller]
pub(super) fn logged_in(server: &Server, username: &str, password: &str) -> Browser {
    let mut browser = Browser::new(server);
    try_login(&mut browser, username, password).expect(302);
    browser
}

fn every_refusal_is_the_same(database: &Database) {
    let server = Server::start(database, &[]);
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    add_user(database, &UserState::new("visitor"), Some(PASSWORD));
    let gone = UserState {
        is_active: false,
        ..superuser_state("gone")
    };
    add_user(database, &gone, Some(PASSWORD));
    let cases = [
        ("ada", "wrong"),
        ("ada", ""),
        ("ada", &PASSWORD.to_uppercase()),
        ("unknown", PASSWORD),
        ("", ""),
        ("visitor", PASSWORD),
        ("gone", PASSWORD),
        ("\0", PASSWORD),
        ("<b>\"'", PASSWORD),
    ];
    let mut seen = Vec::new();
    for (username, password) in cases {
        let mut browser = Browser::new(&server);
        browser.get("/admin/login/?next=%2Fadmin%2Fsla%2F").expect(200);
        let fields = [("username", username), ("password", password), ("next", "/admin/sla/")];
        let page = browser.post("/admin/login/", &fields).expect(422);
        assert_eq!(browser.cookie("sessionid"), None, "{username}");
        assert_eq!(
            page.form("#login-form").values("username"),
            [username.replace('\0', "\u{fffd}")]
        );
        assert_eq!(page.form("#login-form").values("next"), ["/admin/sla/"]);
        assert_eq!(page.form("#login-form").values("password"), [""]);
        assert!(page.text("title").starts_with("Error: "));
        // What is left without what was typed, and without the token.
        let token = page.form("#login-form").values("csrfmiddlewaretoken")[0].to_owned();
        let typed = page.attributes("#id_username", "value")[0].clone();
        let rest = page.texts("body").join("").replace(&token, "").replace(&typed, "");
        assert!(
            rest.contains("Please enter the correct username and password"),
            "{rest}"
        );
        seen.push(rest);
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(database.number("SELECT count(*) AS value FROM login_session"), 0);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_login_starts_a_session_of_its_own(database: &Database) {
    let server = Server::start(database, &[]);
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    let mut browser = Browser::new(&server);
    let wanted = "/admin/sla/component/?q=a%20%26%20b&o=-name";
    let page = browser.get(wanted).expect(302);
    let login = page.location();
    assert_eq!(login, format!("/admin/login/?next={}", percent(wanted)));
    let form = browser.get(&login).expect(200).form("#login-form");
    let (secret, token) = (
        browser.cookie("csrftoken").expect("it is set").to_owned(),
        form.values("csrfmiddlewaretoken")[0].to_owned(),
    );
    // A session that another client chose is not taken over.
    browser.set_cookie("sessionid", &"a".repeat(64));
    let form = form.set("username", "ADA").set("password", PASSWORD);
    let page = browser.submit(&form, ("", "")).expect(302);
    assert_eq!(page.location(), wanted);
    let cookie = |name: &str| {
        let cookies = &page.answer.cookies;
        let found = cookies.iter().find(|cookie| cookie.starts_with(&format!("{name}=")));
        found.unwrap_or_else(|| panic!("{name} is set: {cookies:?}")).clone()
    };
    let session = cookie("sessionid");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"] {
        assert!(session.contains(attribute), "{session}");
    }
    assert!(!session.contains("Secure") && !session.contains("Domain"), "{session}");
    let csrf = cookie("csrftoken");
    assert!(csrf.contains("SameSite=Lax") && !csrf.contains("HttpOnly"), "{csrf}");
    assert_ne!(
        browser.cookie("csrftoken"),
        Some(secret.as_str()),
        "the secret is a new one"
    );
    assert_ne!(browser.cookie("sessionid"), Some("a".repeat(64).as_str()));
    browser.get(wanted).expect(200);
    let old = format!("csrfmiddlewaretoken={token}");
    browser.post_exactly("/admin/logout/", &old).expect(403);
    let index = browser.get("/admin/").expect(200);
    assert!(index.text("#user-tools").contains("ada"));

    // A user who is logged in is led on from the login page, to this host alone.
    let cases = [
        ("/admin/sla/label/?q=1", "/admin/sla/label/?q=1"),
        ("/admin/sla/label/?q=ü b", "/admin/sla/label/?q=%C3%BC%20b"),
        ("/metrics", "/metrics"),
        ("", "/admin/"),
        ("admin/", "/admin/"),
        (" /admin/sla/", "/admin/"),
        ("//evil.example", "/admin/"),
        ("///evil.example", "/admin/"),
        ("/\\evil.example", "/admin/"),
        ("\\\\evil.example", "/admin/"),
        ("/\t/evil.example", "/admin/"),
        ("/\n/evil.example", "/admin/"),
        ("\t//evil.example", "/admin/"),
        ("http://evil.example/", "/admin/"),
        ("http:///evil.example/", "/admin/"),
        ("https:evil.example", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        ("data:text/html,x", "/admin/"),
        ("/admin/logout/", "/admin/"),
        ("/admin/login/?next=/admin/login/", "/admin/"),
        ("/x\r\nset-cookie: evil=1", "/admin/"),
    ];
    for (next, expected) in cases {
        let page = browser
            .get(&format!("/admin/login/?next={}", percent(next)))
            .expect(302);
        assert_eq!(page.location(), expected, "{next:?}");
        assert_eq!(page.answer.cookies, Vec::<String>::new());
    }
    assert_eq!(browser.get("/admin/login/").expect(302).location(), "/admin/");
    for (in_address, in_form, expected) in [
        ("/admin/sla/", None, "/admin/sla/"),
        ("/admin/sla/", Some(""), "/admin/sla/"),
        ("/admin/sla/", Some("/admin/auth/"), "/admin/auth/"),
        ("/admin/sla/", Some("//evil.example"), "/admin/"),
    ] {
        let mut fields = vec![("username", "ada"), ("password", PASSWORD)];
        fields.extend(in_form.map(|next| ("next", next)));
        let page = browser.post(&format!("/admin/login/?next={}", percent(in_address)), &fields);
        assert_eq!(page.expect(302).location(), expected);
    }
}

fn a_login_ends_the_session_before_it(database: &Database) {
    let server = Server::start(database, &[]);
    let ada = add_user(database, &superuser_state("ada"), Some(PASSWORD));
    let bert = add_user(database, &staff_state("bert", &["sla.view_label"]), Some(PASSWORD));
    for before in [bert, ada] {
        let mut browser = at_admin(database, &server, before);
        browser.get("/admin/").expect(200);
        let token = browser.cookie("sessionid").expect("they are in").to_owned();
        // A failed login does not end the session.
        let wrong = browser.post("/admin/login/", &[("username", "ada"), ("password", "wrong")]);
        wrong.expect(422);
        browser.get("/admin/").expect(200);
        let right = browser.post("/admin/login/", &[("username", "ada"), ("password", PASSWORD)]);
        right.expect(302);
        assert!(browser.get("/admin/").expect(200).text("#user-tools").contains("ada"));
        assert_ne!(browser.cookie("sessionid"), Some(token.as_str()));
        Browser::with_session(&server, &token).get("/admin/").expect(302);
    }
    assert_eq!(database.number("SELECT count(*) AS value FROM login_session"), 2);

    // A user without the right to use the admin any more sees that, and can log in as another user.
    let mut browser = at_admin(database, &server, bert);
    database.execute("UPDATE user_account SET is_staff = FALSE WHERE username = 'bert'");
    let page = browser.visit("/admin/").expect(200);
    assert!(
        page.text("p.errornote")
            .contains("logged in as bert, who has no access to this admin")
    );
    try_login(&mut browser, "ada", PASSWORD).expect(302);
    browser.get("/admin/").expect(200);
}

fn guessing_is_slowed_down(database: &Database) {
    let behind_a_proxy = ["--trusted-proxy", "127.0.0.1"];
    let mut server = Server::start(database, &behind_a_proxy);
    let replica = Server::start(database, &[]);
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    add_user(database, &superuser_state("bert"), Some(PASSWORD));
    let from = |server: &Server, address: &str| {
        let mut browser = Browser::new(server);
        browser.headers = vec![("X-Forwarded-For".to_owned(), address.to_owned())];
        browser
    };
    #[track_caller]
    fn is_blocked(page: Page) {
        let page = page.expect(429);
        let seconds: u64 = page.answer.header("retry-after").parse().expect("seconds");
        assert!((1..=900).contains(&seconds), "{seconds}");
        assert!(page.text("p.errornote").contains("Too many failed logins"));
    }
    for name in ["ada", "unknown"] {
        for _ in 0..5 {
            try_login(&mut from(&server, "127.0.0.1"), name, "wrong").expect(422);
        }
        // Names that exist and names that do not are blocked alike; the right password too.
        is_blocked(try_login(&mut from(&server, "127.0.0.1"), name, PASSWORD));
    }
    is_blocked(try_login(&mut from(&server, "127.0.0.1"), "ADA", PASSWORD));
    // Shared by all servers; one without trusted proxies ignores the header.
    is_blocked(try_login(&mut from(&replica, "203.0.113.9"), "ada", PASSWORD));
    server.signal("TERM");
    assert!(server.wait().success());
    let server = Server::start(database, &behind_a_proxy);
    is_blocked(try_login(&mut from(&server, "127.0.0.1"), "ada", PASSWORD));
    // Others notice nothing.
    try_login(&mut from(&server, "127.0.0.1"), "bert", PASSWORD).expect(302);
    try_login(&mut from(&server, "203.0.113.9"), "ada", PASSWORD).expect(302);
    // Nor does who is in already, and waiting helps.
    superuser(database, &server).get("/admin/").expect(200);
    database.execute("UPDATE login_failure SET blocked_until = '2020-01-01 00:00:00'");
    try_login(&mut from(&server, "127.0.0.1"), "ada", PASSWORD).expect(302);
    // Success begins the count anew.
    for _ in 0..2 {
        for _ in 0..4 {
            try_login(&mut from(&server, "127.0.0.1"), "bert", "wrong").expect(422);
        }
        try_login(&mut from(&server, "127.0.0.1"), "bert", PASSWORD).expect(302);
    }
}
