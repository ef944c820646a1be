//! Another transaction holds the lock that every change needs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use sla_monitor::db;
use sla_monitor::db::dialect::write_transaction;
use sla_monitor::db::limit::Limit;
use sla_monitor::db::pool::Pool;

use super::{DEADLINE, lock_writers, wait_for_requests};
use crate::scrape::say;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff, superuser, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_lock_is_waited_for_and_then_who_holds_it_is_named,
    ten_requests_that_wait_for_a_lock_do_not_block_readers,
    one_connection_serves_everything_one_after_the_other,
    a_writer_beside_one_that_never_stops_has_its_turn,
);

const PASSWORD: &str = "correct-battery-9";

#[test]
fn a_page_waits_for_a_locked_table_and_then_says_so() {
    let database = Database::postgres();
    apply(&database, &components());
    let server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    let path = change(&database, 0);
    root.get(&path).expect(200);
    let mut holder = database.connect();
    say(&mut holder, "BEGIN");
    say(&mut holder, "LOCK TABLE component IN ACCESS EXCLUSIVE MODE");
    let started = Instant::now();
    let page = root.get(&path).expect(503);
    assert!((4..9).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    assert!(
        page.text("body").contains("Another transaction holds a lock"),
        "{}",
        page.text("body")
    );
    say(&mut holder, "ROLLBACK");
    root.get(&path).expect(200);
}

#[test]
fn a_failure_that_is_forgotten_is_no_save() {
    let database = Database::postgres();
    let server = Server::start(&database, &[]);
    add_user(&database, &superuser_state("ada"), Some(PASSWORD));
    let mut ada = Browser::new(&server);
    ada.get("/admin/login/").expect(200);
    let login = [("username", "ada"), ("password", PASSWORD)];
    ada.post("/admin/login/", &login).expect(302);
    let change = |ada: &mut Browser, old: &str| {
        let new = "another-battery-9";
        let fields = [("old_password", old), ("new_password1", new), ("new_password2", new)];
        ada.post("/admin/password_change/", &fields)
    };
    change(&mut ada, "wrong").expect(422);
    let mut holder = database.connect();
    say(&mut holder, "BEGIN");
    say(&mut holder, "SELECT version FROM data_version FOR UPDATE");
    let page = change(&mut ada, PASSWORD).expect(503);
    let said = page.text("body");
    assert!(said.contains("Another transaction holds"), "{said}");
    assert!(!said.contains("was saved"), "{said}");
    say(&mut holder, "ROLLBACK");
    change(&mut ada, PASSWORD).expect(302);
}

/// So many save at once.
const SAVERS: usize = 10;

fn components() -> String {
    let names: Vec<String> = (0..SAVERS).map(|number| format!("{{name: c-{number}}}")).collect();
    format!("components: [{}]", names.join(", "))
}

fn change(database: &Database, number: usize) -> String {
    let id = database.number(&format!("SELECT id AS value FROM component WHERE name = 'c-{number}'"));
    format!("/admin/sla/component/{id}/change/")
}

fn a_lock_is_waited_for_and_then_who_holds_it_is_named(database: &Database) {
    apply(database, &components());
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let form = root.get(&change(database, 0)).expect(200).form("#component_form");
    let mut editor = staff(database, &server, "editor", &["sla.change_component"]);
    let of_editor = editor.get(&change(database, 1)).expect(200).form("#component_form");
    let mut holder = lock_writers(database);
    let page = editor.submit(&of_editor.set("display_name", "typed as well"), ("_save", ""));
    let text = page.text("body");
    assert!(text.contains("Another transaction holds a lock"), "{text}");
    assert!(
        !text.contains("application holder"),
        "only superusers see whose it is: {text}"
    );
    let started = Instant::now();
    let page = root.submit(&form.set("display_name", "typed before"), ("_save", ""));
    let waited = started.elapsed();
    assert_eq!(page.status(), 503);
    assert!((4..9).contains(&waited.as_secs()), "{waited:?}");
    let text = page.text("body");
    assert!(text.contains("Another transaction holds a lock"), "{text}");
    assert!(text.contains("nothing was saved"), "{text}");
    if database.is_postgres() {
        assert!(text.contains("application holder"), "{text}");
        assert!(text.contains("last query: SELECT version FROM data_version"), "{text}");
    }
    let form = page.form("#component_form");
    assert_eq!(form.values("display_name"), ["typed before"]);
    say(&mut holder, "ROLLBACK");
    root.submit(&form, ("_save", "")).expect(302);
}

fn ten_requests_that_wait_for_a_lock_do_not_block_readers(database: &Database) {
    apply(database, &components());
    let server = Server::start(database, &[]);
    let user = add_user(database, &superuser_state("root"), None);
    add_user(database, &superuser_state("ada"), Some(PASSWORD));
    let mut reader = at_admin(database, &server, user);
    let forms: Vec<_> = (0..SAVERS)
        .map(|number| {
            let mut browser = at_admin(database, &server, user);
            let form = browser
                .get(&change(database, number))
                .expect(200)
                .form("#component_form");
            (browser, form.set("display_name", "saved"))
        })
        .collect();
    let mut holder = lock_writers(database);
    std::thread::scope(|scope| {
        let savers: Vec<_> = forms
            .into_iter()
            .map(|(mut browser, form)| scope.spawn(move || browser.submit(&form, ("_save", "")).status()))
            .collect();
        wait_for_requests(&server, u32::try_from(SAVERS).expect("they are few"));
        let started = Instant::now();
        for path in [
            "/admin/",
            "/admin/sla/component/",
            "/admin/sla/component/?q=c-1&_facets=True",
        ] {
            reader.get(path).expect(200);
        }
        if database.is_postgres() {
            let mut browser = Browser::new(&server);
            browser.get("/admin/login/").expect(200);
            let fields = [("username", "ada"), ("password", PASSWORD)];
            browser.post("/admin/login/", &fields).expect(302);
        }
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        assert!(savers.iter().all(|saver| !saver.is_finished()), "they still wait");
        say(&mut holder, "ROLLBACK");
        for saver in savers {
            assert_eq!(saver.join().expect("a saver is answered"), 302);
        }
    });
    let saved = database.number("SELECT count(*) AS value FROM component WHERE display_name = 'saved'");
    assert_eq!(usize::try_from(saved), Ok(SAVERS));
}

fn one_connection_serves_everything_one_after_the_other(database: &Database) {
    apply(database, &components());
    let server = Server::start(database, &["--pool-size", "1"]);
    let user = add_user(database, &superuser_state("root"), None);
    std::thread::scope(|scope| {
        for number in 0..SAVERS {
            let path = change(database, number);
            let mut browser = at_admin(database, &server, user);
            scope.spawn(move || {
                let form = browser.get(&path).expect(200).form("#component_form");
                browser.submit(&form.set("slo", "99"), ("_save", "")).expect(302);
                browser.get("/admin/sla/component/?q=c&_facets=True").expect(200);
                let url = "/admin/sla/component/export/?_format=csv";
                browser.get(url).expect(200);
            });
        }
    });
}

/// A query that keeps the database busy for some hundredths of a second.
const SLOW: &str =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT count(*) FROM n";

fn a_writer_beside_one_that_never_stops_has_its_turn(database: &Database) {
    let url = database.url.parse().expect("tests give valid URLs");
    let pool = Pool::connect(&url, 3).expect("the database answers");
    let write = |conn: &mut db::Conn, sql: &str| -> db::Result<()> {
        write_transaction(conn, None, |conn| conn.batch_execute(sql).map_err(db::Error::from))
    };
    let (is_writing, is_served) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut conn = pool.pool().get().expect("there is a connection");
            let started = Instant::now();
            while !is_served.load(Ordering::Relaxed) && started.elapsed() < DEADLINE {
                write(&mut conn, SLOW).expect("the one that never stops writes");
                is_writing.store(true, Ordering::Relaxed);
            }
        });
        let mut conn = pool.pool().get().expect("there is another connection");
        while !is_writing.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        let limit = Limit::default().waiting_for_locks(Duration::from_secs(3));
        let served = limit.run(|| write(&mut conn, "SELECT 1"));
        is_served.store(true, Ordering::Relaxed);
        served.expect("the other one has its turn");
    });
}
