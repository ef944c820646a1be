//! `createsuperuser`, `changepassword`, `clearsessions`, and the user of `demo`.

use sla_monitor::apps::accounts::user;
use sla_monitor::auth::password::{self, PasswordHash};
use sla_monitor::auth::session::{self, SessionClient};
use sla_monitor::auth::throttle::{self, AttemptKeys};

use super::{add_user, at, superuser};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{Ran, command, run_on, run_on_input, run_with};
use crate::support::server::Server;
use crate::support::terminal::Terminal;

on_both_databases!(
    createsuperuser_takes_what_it_is_given,
    createsuperuser_refuses_what_cannot_be,
    createsuperuser_asks,
    changepassword_asks_twice_and_three_times,
    changepassword_reads_answers_without_a_terminal,
    changepassword_refuses_what_cannot_be,
    clearsessions_deletes_what_is_over,
    demo_makes_an_admin_once,
    demo_makes_up_measurements_that_say_so,
);

const PASSWORD: &str = "correct-battery-9";

fn noinput(database: &Database, arguments: &[&str], password: Option<&str>) -> Ran {
    let arguments = [
        &["createsuperuser", "--noinput", "--database-url", &database.url],
        arguments,
    ]
    .concat();
    let variables: Vec<(&str, &str)> = password
        .map(|password| ("SLA_MONITOR_SUPERUSER_PASSWORD", password))
        .into_iter()
        .collect();
    run_with(&arguments, "", &variables)
}

#[track_caller]
fn opens(database: &Database, username: &str, password: &str) -> bool {
    let stored = database.texts(&format!(
        "SELECT password AS value FROM user_account WHERE username = '{username}'"
    ));
    assert_eq!(stored.len(), 1, "{username} is there");
    password::verify(password, &PasswordHash::stored(stored[0].clone()))
}

fn audit_log(database: &Database) -> Vec<String> {
    database.texts("SELECT actor || ': ' || action || ' ' || content_type || ' ' || object_repr AS value FROM log_entry ORDER BY id")
}

fn createsuperuser_takes_what_it_is_given(database: &Database) {
    let arguments = ["--username", "ada", "--email", "ada@example.org"];
    assert_eq!(
        noinput(database, &arguments, Some(PASSWORD)).ok(),
        "superuser ada added\n"
    );
    assert!(opens(database, "ada", PASSWORD));
    let flags = "SELECT email AS value FROM user_account WHERE is_active AND is_staff AND is_superuser";
    assert_eq!(database.texts(flags), ["ada@example.org"]);
    assert_eq!(audit_log(database), ["command createsuperuser: add auth.user ada"]);
    // A script decides on the password itself; the message says so.
    let ran = noinput(database, &["--username", "weak"], Some("admin"));
    assert!(ran.err.contains("too short"), "{ran:?}");
    assert_eq!(ran.ok(), "superuser weak added\n");
    assert!(opens(database, "weak", "admin"));
}

fn createsuperuser_refuses_what_cannot_be(database: &Database) {
    add_user(&mut database.connect(), &superuser("ada"));
    let cases: [(&[&str], Option<&str>, &str); 6] = [
        (&[], Some(PASSWORD), "--username"),
        (&["--username", "bert"], None, "SLA_MONITOR_SUPERUSER_PASSWORD"),
        (&["--username", "bert"], Some(""), "SLA_MONITOR_SUPERUSER_PASSWORD"),
        (&["--username", "ADA"], Some(PASSWORD), "already exists"),
        (&["--username", "b b"], Some(PASSWORD), "valid username"),
        (&["--username", "bert", "--email", "x"], Some(PASSWORD), "valid email"),
    ];
    for (arguments, password, expected) in cases {
        let message = noinput(database, arguments, password).refused();
        assert!(message.contains(expected), "{arguments:?}: {message}");
        assert!(!message.contains(PASSWORD), "{message}");
    }
    let message = run_on(database, &["createsuperuser", "--username", "bert"]).refused();
    assert!(
        message.contains("no terminal") && message.contains("--noinput"),
        "{message}"
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM user_account"), 1);
}

fn createsuperuser_asks(database: &Database) {
    let ran = Terminal::start(database, &["createsuperuser"])
        .answer("Username: ", "ada")
        .answer("Email address: ", "")
        .answer("Password: ", "ada")
        .answer("Password: ", PASSWORD)
        .answer("Password (again): ", "other")
        .answer("Password: ", PASSWORD)
        .answer("Password (again): ", PASSWORD)
        .end();
    for expected in ["too short", "too similar to the username", "differ"] {
        assert!(ran.err.contains(expected), "{ran:?}");
    }
    assert!(!ran.err.contains(PASSWORD), "the password shows: {ran:?}");
    assert_eq!(ran.ok(), "superuser ada added\n");
    assert!(opens(database, "ada", PASSWORD));
    // A name that is taken is reported before a password is asked for.
    let ran = Terminal::start(database, &["createsuperuser", "--email", "a@b.example"])
        .answer("Username: ", "Ada")
        .end();
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("already exists") && !ran.err.contains("Password"),
        "{ran:?}"
    );
}

fn changepassword_asks_twice_and_three_times(database: &Database) {
    let conn = &mut database.connect();
    let id = add_user(conn, &superuser("ada"));
    let token = session::create(conn, id, &SessionClient::default(), at(0)).expect("it answers");
    let ran = Terminal::start(database, &["changepassword", "ada"])
        .answer("Password: ", "12345678")
        .answer("Password: ", "")
        .answer("Password: ", PASSWORD)
        .answer("Password (again): ", "other")
        .end();
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.contains("after 3 attempts") && ran.err.contains("entirely numeric"),
        "{ran:?}"
    );
    assert!(
        session::find(conn, token.as_str(), at(1))
            .expect("it answers")
            .is_some(),
        "nothing was changed"
    );

    let ran = Terminal::start(database, &["changepassword", "Ada"])
        .answer("Password: ", PASSWORD)
        .answer("Password (again): ", PASSWORD)
        .end();
    assert_eq!(ran.ok(), "password of ada changed\n");
    assert!(opens(database, "ada", PASSWORD));
    assert!(
        session::find(conn, token.as_str(), at(1))
            .expect("it answers")
            .is_none()
    );
    assert_eq!(
        audit_log(database)[1..],
        ["command changepassword: change auth.user ada"]
    );
    assert_eq!(user::store::get(conn, id).expect("the user is there").version, 2);
}

fn changepassword_reads_answers_without_a_terminal(database: &Database) {
    add_user(&mut database.connect(), &superuser("ada"));
    let answers = format!("{PASSWORD}\n{PASSWORD}\n");
    let ran = run_on_input(database, &["changepassword", "ada"], &answers);
    assert!(!ran.err.contains(PASSWORD), "{ran:?}");
    ran.ok();
    assert!(opens(database, "ada", PASSWORD));
}

fn changepassword_refuses_what_cannot_be(database: &Database) {
    add_user(&mut database.connect(), &superuser("ada"));
    let message = run_on(database, &["changepassword", "bert"]).refused();
    assert!(message.contains("no user “bert”"), "{message}");
    let ran = run_on_input(database, &["changepassword", "ada"], "");
    assert!(ran.code == 1 && ran.err.contains("the answer is missing"), "{ran:?}");
    let ran = run_on_input(database, &["changepassword", "ada"], &format!("{PASSWORD}\nother\n"));
    assert!(
        ran.code == 1 && ran.err.contains("The two passwords differ."),
        "{ran:?}"
    );
    assert_eq!(run_on(database, &["changepassword"]).code, 2);
}

fn clearsessions_deletes_what_is_over(database: &Database) {
    let conn = &mut database.connect();
    let id = add_user(conn, &superuser("ada"));
    let long_ago = at(-1_000_000_000);
    let far_ahead = at(1_000_000_000);
    for now in [long_ago, long_ago, far_ahead] {
        session::create(conn, id, &SessionClient::default(), now).expect("it answers");
    }
    throttle::fail(conn, &AttemptKeys::new("old", None), long_ago).expect("it answers");
    throttle::fail(conn, &AttemptKeys::new("young", None), far_ahead).expect("it answers");
    let first = run_on(database, &["clearsessions"]).ok();
    assert_eq!(first, "2 expired sessions and 2 old failures to sign in deleted\n");
    let second = run_on(database, &["clearsessions"]).ok();
    assert_eq!(second, "0 expired sessions and 0 old failures to sign in deleted\n");
    assert_eq!(database.number("SELECT count(*) AS value FROM login_session"), 1);
}

fn demo_makes_up_measurements_that_say_so(database: &Database) {
    let mut demo = command();
    demo.args(["demo", "--bind", "127.0.0.1:0", "--database-url", &database.url]);
    drop(Server::spawn(demo));
    let count =
        |narrowed: &str| database.number(&format!("SELECT count(*) AS value FROM availability WHERE {narrowed}"));
    assert!(count("definitions = 'then'") > 500);
    assert_eq!(count(r#"warnings NOT LIKE '%"made up for the demo"%'"#), 0);
    for some in ["down_ms > 0", "unknown_ms > 0", "down_ms = 0 AND unknown_ms = 0"] {
        assert!(count(some) > 0, "{some}");
    }
    // Three whole months, whatever the day.
    assert!(database.number("SELECT max(range_end) - min(range_start) AS value FROM availability") > 120 * 86_400);
    assert_eq!(database.texts("SELECT effect AS value FROM correction"), ["exclude"]);
}

fn demo_makes_an_admin_once(database: &Database) {
    let demo = || {
        let mut demo = command();
        demo.args(["demo", "--bind", "127.0.0.1:0", "--database-url", &database.url]);
        Server::spawn(demo)
    };
    let server = demo();
    let said = server.said.clone();
    let [user, admin] = said.as_slice() else {
        panic!("two lines before it listens: {said:?}");
    };
    assert_eq!(admin, &format!("admin: {}/admin/", server.url));
    let password = user
        .strip_prefix("user: admin, password: ")
        .expect("the password is printed");
    assert!(
        password.len() == 16 && password.chars().all(|letter| letter.is_ascii_alphanumeric()),
        "{password}"
    );
    assert!(opens(database, "admin", password));
    assert!(!server.log().contains(password), "a secret is in the log");
    let flags = "SELECT username AS value FROM user_account WHERE is_active AND is_staff AND is_superuser";
    assert_eq!(database.texts(flags), ["admin"]);
    let entries = database.texts("SELECT actor AS value FROM log_entry WHERE content_type = 'auth.user'");
    assert_eq!(entries, ["command demo"]);
    drop(server);
    let server = demo();
    assert_eq!(server.said, [format!("admin: {}/admin/", server.url)]);
    assert!(opens(database, "admin", password));
}
