//! Whether the server is ready for the metrics and for the admin, and whether the database takes changes.

use std::time::{Duration, Instant};

use super::{lock_writers, wait_for_requests};
use crate::scrape::{say, scrape, value};
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    the_admin_is_ready_while_the_database_answers,
    an_exhausted_pool_is_not_ready_for_the_admin,
);

const WRITABLE: &str = "sla_monitor_database_writable";

fn ready(server: &Server, parameters: &str) -> (u16, String) {
    let answer = get(&format!("{}/-/ready{parameters}", server.url));
    (answer.status, answer.text())
}

fn the_admin_is_ready_while_the_database_answers(database: &Database) {
    let server = Server::start(database, &[]);
    scrape(&server);
    for parameters in ["", "?for=metrics", "?for=admin"] {
        assert_eq!(ready(&server, parameters), (200, "ready\n".to_owned()), "{parameters}");
    }
    let (status, text) = ready(&server, "?for=tea");
    assert_eq!(status, 400);
    assert!(text.contains("for=admin"), "{text}");
    assert_eq!(value(&scrape(&server), WRITABLE), 1.0);
}

fn an_exhausted_pool_is_not_ready_for_the_admin(database: &Database) {
    apply(database, "components: [{name: shop-api}]");
    let server = Server::start(database, &["--pool-size", "1"]);
    let mut root = superuser(database, &server);
    let id = database.number("SELECT id AS value FROM component");
    let form = root
        .get(&format!("/admin/sla/component/{id}/change/"))
        .expect(200)
        .form("#component_form");
    let mut holder = lock_writers(database);
    std::thread::scope(|scope| {
        let saver = scope.spawn(move || root.submit(&form.set("slo", "99"), ("_save", "")).status());
        wait_for_requests(&server, 1);
        // The saver may not have its connection yet; it keeps it for five seconds.
        let started = Instant::now();
        let answers = std::iter::repeat_with(|| ready(&server, "?for=admin").0);
        let mut in_time = answers.take_while(|_| started.elapsed() < Duration::from_secs(4));
        assert!(in_time.any(|status| status == 503), "it was ready all the time");
        assert_eq!(ready(&server, "").0, 200);
        say(&mut holder, "ROLLBACK");
        assert_eq!(saver.join().expect("the saver is answered"), 302);
    });
    assert_eq!(ready(&server, "?for=admin").0, 200);
}

#[test]
fn a_metric_reports_a_server_that_takes_no_changes() {
    let database = Database::postgres();
    let server = Server::start(&database, &[]);
    let name = database.url.rsplit('/').next().expect("the URL ends with a database");
    let mut beside = database.connect();
    assert_eq!(value(&scrape(&server), WRITABLE), 1.0);
    say(
        &mut beside,
        &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"),
    );
    let disconnect = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
    say(&mut beside, disconnect);
    let during = scrape(&server);
    assert_eq!(value(&during, WRITABLE), 0.0);
    assert_eq!(value(&during, "sla_monitor_collector_up"), 1.0);
    // The sessions that began meanwhile stay read-only.
    say(
        &mut beside,
        &format!("ALTER DATABASE {name} SET default_transaction_read_only = off"),
    );
    assert_eq!(value(&scrape(&server), WRITABLE), 1.0);
    assert_eq!(value(&scrape(&server), "sla_monitor_database_pool_renewals_total"), 1.0);
}
