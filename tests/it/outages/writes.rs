//! What every write answers while the database cannot take it: 503 with the reason, and as before once it can again.
//!
//! Triggers say what the database itself would say of a full disk and of a read-only file.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, superuser, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_full_disk_and_a_read_only_database_are_503_on_every_path,
    a_read_only_session_is_503_and_heals,
);

const PASSWORD: &str = "correct-battery-9";

const SOME: &str = "
labels: [{name: env, value: prod}]
components: [{name: shop-api}, {name: shop-web}]
";

/// The tables that a request of the admin writes first.
const TABLES: [(&str, &str); 7] = [
    ("component", "UPDATE"),
    ("component", "INSERT"),
    ("label", "DELETE"),
    ("login_session", "INSERT"),
    ("login_session", "DELETE"),
    ("user_account", "UPDATE"),
    ("saved_view", "INSERT"),
];

/// Has every write of [`TABLES`] fail with `message`.
fn break_writes(database: &Database, message: &str) {
    if database.is_postgres() {
        database.execute(&format!(
            "CREATE OR REPLACE FUNCTION broken() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
        ));
    }
    for (table, event) in TABLES {
        let body = if database.is_postgres() {
            "FOR EACH ROW EXECUTE FUNCTION broken()".to_owned()
        } else {
            format!("BEGIN SELECT RAISE(ABORT, '{message}'); END")
        };
        database.execute(&format!(
            "CREATE TRIGGER broken_{table}_{event} BEFORE {event} ON {table} {body}"
        ));
    }
}

fn mend_writes(database: &Database) {
    for (table, event) in TABLES {
        let of_table = if database.is_postgres() {
            format!(" ON {table}")
        } else {
            String::new()
        };
        database.execute(&format!("DROP TRIGGER broken_{table}_{event}{of_table}"));
    }
}

/// Sends the login form.
fn log_in(server: &Server) -> Page {
    let mut browser = Browser::new(server);
    browser.get("/admin/login/").expect(200);
    browser.post("/admin/login/", &[("username", "ada"), ("password", PASSWORD)])
}

fn a_full_disk_and_a_read_only_database_are_503_on_every_path(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    let mut root = superuser(database, &server);
    let component = database.number("SELECT id AS value FROM component WHERE name = 'shop-api'");
    let label = database.number("SELECT id AS value FROM label");
    let change = format!("/admin/sla/component/{component}/change/");
    let form = root.get(&change).expect(200).form("#component_form");
    let list = root
        .get("/admin/sla/component/?o=name")
        .expect(200)
        .form("#changelist-form");
    let full = if database.is_postgres() {
        "could not extend file \"base/1/2\": No space left on device"
    } else {
        "database or disk is full"
    };
    let read_only = if database.is_postgres() {
        "cannot execute UPDATE in a read-only transaction"
    } else {
        "attempt to write a readonly database"
    };
    for (message, reason) in [(full, "disk of the database is full"), (read_only, "is read-only")] {
        break_writes(database, message);
        let typed = form.clone().set("display_name", "typed before");
        let page = root.submit(&typed, ("_save", "")).expect(503);
        assert!(page.text("body").contains(reason), "{}", page.text("body"));
        assert_eq!(page.form("#component_form").values("display_name"), ["typed before"]);
        assert_eq!(page.answer.header("retry-after"), "5");
        let page = root.submit(&list.clone().clear("form-0-enabled"), ("_save", "Save"));
        let shown = page.form("#changelist-form");
        assert!(shown.values("form-0-enabled").is_empty(), "what was unticked stays so");
        assert_eq!(shown.values("form-1-enabled").len(), 1);
        let refused = [
            page,
            root.post("/admin/sla/component/add/", &[("name", "new"), ("slo", "")]),
            root.post(&format!("/admin/sla/label/{label}/delete/"), &[("post", "yes")]),
            root.post("/admin/timezone/", &[("timezone", "Europe/Berlin")]),
            root.post(
                "/admin/sla/component/views/",
                &[("do", "save"), ("name", "mine"), ("query", "q=shop")],
            ),
            root.post("/admin/logout/", &[]),
            log_in(&server),
        ];
        for page in refused {
            let text = page.text("body");
            assert_eq!(page.status(), 503, "{} {text}", page.path);
            assert!(text.contains(reason), "{} {text}", page.path);
        }
        root.get(&change).expect(200);
        mend_writes(database);
    }
    log_in(&server).expect(302);
    root.submit(&form, ("_save", "")).expect(302);
}

fn a_read_only_session_is_503_and_heals(database: &Database) {
    if !database.is_postgres() {
        return;
    }
    apply(database, SOME);
    let server = Server::start(database, &[]);
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    let name = database.url.rsplit('/').next().expect("the URL ends with a database");
    let disconnect = "SELECT count(pg_terminate_backend(pid)) AS value FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
    database.execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    database.number(disconnect);
    let page = log_in(&server);
    assert_eq!(page.status(), 503, "{}", page.text("body"));
    assert!(page.text("body").contains("read-only"), "{}", page.text("body"));
    assert_eq!(page.answer.header("retry-after"), "5");
    database.execute(&format!(
        "BEGIN READ WRITE; ALTER DATABASE {name} SET default_transaction_read_only = off; COMMIT"
    ));
    // Sessions that began read-only stay so; the pool has eight at most, and each refuses once.
    assert!(
        (0..=8).any(|_| log_in(&server).status() == 302),
        "logins are refused by sessions that are read-only still"
    );
}
