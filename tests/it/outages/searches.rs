//! Searches that take long: they do not block other users, and each user has a share of the threads.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::wait_for_requests;
use crate::scrape::{host, say};
use crate::support::database::Database;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

/// So many searches one user sends at once.
const SEARCHES: usize = 16;

/// A search of the log asks the database for the entries that it does not have in memory yet; components are searched in memory alone.
const SEARCH: &str = "/admin/audit/logentry/?q=nothing+has+these+words&_facets=True";

#[test]
fn searches_of_one_user_end_in_time_and_do_not_block_others() {
    let database = Database::postgres();
    apply(&database, "components: [{name: shop-api}]");
    let server = Server::start(&database, &[]);
    let mut other = superuser(&database, &server);
    let viewer = staff(&database, &server, "viewer", &["audit.view_logentry"]);
    let token = viewer.cookie("sessionid").expect("there is a session").to_owned();
    other.get("/admin/auth/group/").expect(200);
    let mut holder = database.connect();
    say(&mut holder, "BEGIN");
    say(&mut holder, "LOCK TABLE log_entry IN ACCESS EXCLUSIVE MODE");
    let started = Instant::now();
    let mut answers = std::thread::scope(|scope| {
        let searches: Vec<_> = (0..SEARCHES)
            .map(|_| {
                let mut browser = crate::support::browser::Browser::with_session(&server, &token);
                scope.spawn(move || {
                    let page = browser.get(SEARCH);
                    (
                        page.status(),
                        page.answer.header("retry-after").to_owned(),
                        page.text("body"),
                    )
                })
            })
            .collect();
        wait_for_requests(&server, u32::try_from(SEARCHES).expect("they are few"));
        let asked = Instant::now();
        for path in ["/admin/auth/group/", "/admin/auth/group/?q=none", "/admin/sessions/"] {
            other.get(path).expect(200);
        }
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
        assert!(searches.iter().all(|search| !search.is_finished()), "they are in work");
        let answers: Vec<_> = searches
            .into_iter()
            .map(|search| search.join().expect("a search is answered"))
            .collect();
        answers
    });
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    answers.sort();
    let slow: Vec<_> = answers.iter().filter(|(status, ..)| *status == 503).collect();
    let many: Vec<_> = answers.iter().filter(|(status, ..)| *status == 429).collect();
    assert_eq!(slow.len() + many.len(), SEARCHES, "{answers:?}");
    assert!(slow.len() >= 3 && many.len() >= 3, "{answers:?}");
    for (_, retry_after, text) in slow {
        assert!(text.contains("The database took too long. Narrow the search"), "{text}");
        assert_eq!(retry_after, "5");
    }
    assert!(many.iter().all(|(_, retry_after, _)| retry_after == "10"));
    say(&mut holder, "ROLLBACK");
    other.get(SEARCH).expect(200);
}

#[test]
fn large_searches_of_one_user_do_not_block_others_on_sqlite() {
    let database = Database::sqlite();
    database.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) \
         INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, after) \
         SELECT '2026-01-01 00:00:00', 'test', 'add', 'sla.component', i, printf('%.2000c', 'x'), 1, '{}' FROM n",
    );
    let server = Server::start(&database, &[]);
    let mut other = superuser(&database, &server);
    let viewer = staff(&database, &server, "viewer", &["audit.view_logentry"]);
    let token = viewer.cookie("sessionid").expect("there is a session").to_owned();
    other.get("/admin/auth/group/").expect(200);
    std::thread::scope(|scope| {
        let searches: Vec<_> = (0..SEARCHES)
            .map(|_| {
                let mut browser = crate::support::browser::Browser::with_session(&server, &token);
                scope.spawn(move || browser.get(SEARCH).status())
            })
            .collect();
        wait_for_requests(&server, 4);
        for path in ["/admin/auth/group/", "/admin/auth/group/?q=none", "/admin/sessions/"] {
            other.get(path).expect(200);
        }
        assert!(searches.iter().any(|search| !search.is_finished()), "some are in work");
        for search in searches {
            let status = search.join().expect("a search is answered");
            assert!([200, 429, 503].contains(&status), "{status}");
        }
    });
    other.get(SEARCH).expect(200);
}

#[test]
fn a_report_that_takes_the_database_long_ends_as_a_search_does() {
    let database = Database::postgres();
    apply(&database, "components: [{name: shop-api}]");
    let server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    let mut owner = database.connect();
    say(&mut owner, "ALTER TABLE packed_availability RENAME TO packed_before");
    say(
        &mut owner,
        "CREATE VIEW packed_availability AS SELECT packed_before.* FROM (SELECT pg_sleep(60) OFFSET 0) AS slow LEFT JOIN packed_before ON true",
    );
    let started = Instant::now();
    let page = root.get("/admin/sla/report/?period=month&at=2026-10");
    assert_eq!(page.status(), 503, "{}", page.text("body"));
    assert!(
        page.text("body").contains("The database took too long."),
        "{}",
        page.text("body")
    );
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_search_whose_client_is_gone_stops() {
    let database = Database::postgres();
    apply(&database, "components: [{name: shop-api}]");
    let server = Server::start(&database, &["--log-level", "info,sla_monitor=debug"]);
    let root = superuser(&database, &server);
    let token = root.cookie("sessionid").expect("there is a session");
    let mut holder = database.connect();
    say(&mut holder, "BEGIN");
    say(&mut holder, "LOCK TABLE component IN ACCESS EXCLUSIVE MODE");
    let mut stream = TcpStream::connect(host(&server)).expect("the server listens");
    let request = format!(
        "GET /admin/sla/component/?q=shop&_facets=True HTTP/1.1\r\nhost: {}\r\ncookie: sessionid={token}\r\n\r\n",
        host(&server)
    );
    stream.write_all(request.as_bytes()).expect("the request is taken");
    wait_for_requests(&server, 1);
    drop(stream);
    server.wait_for_log("a client closed its connection", 1);
    say(&mut holder, "ROLLBACK");
    server.wait_for_log("a client disconnected before its page was made", 1);
}
