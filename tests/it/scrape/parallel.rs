//! Scrapers beside an editor: no torn page, and none older than the last commit before it began.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::support::client::request;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

use super::answers::unpacked;
use super::{WORLD, say, value};

const SCRAPERS: usize = 6;
const EDITS: i64 = 150;

fn no_scrape_is_torn_or_older_than_the_last_commit_before_it(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    let committed = AtomicI64::new(0);
    let finished = AtomicBool::new(false);
    database.execute("UPDATE component SET slo_millipercent = 0 WHERE name IN ('api', 'web')");
    let scraper = |number: usize| {
        let coding = ["identity", "gzip"][number % 2];
        let mut scrapes = 0;
        // One more after the last commit: it must show that one.
        let mut last = false;
        while !last {
            last = finished.load(Ordering::SeqCst);
            let before = committed.load(Ordering::SeqCst);
            let url = format!("{}/metrics?layout=labels", server.url);
            let accept = "application/openmetrics-text;version=1.0.0";
            let answer = request("GET", &url, &[("accept", accept), ("accept-encoding", coding)]);
            assert_eq!(answer.status, 200);
            let page = match coding {
                "gzip" => unpacked(&answer),
                _ => answer.text(),
            };
            assert!(page.ends_with("\n# EOF\n"), "the page is whole");
            assert_eq!(page.matches("# EOF").count(), 1);
            let shown = |component: &str| {
                let labels = if component == "api" { "" } else { r#"env="prod","# };
                let series = format!(r#"service_window_slo_ratio{{component="{component}",{labels}team="blue"}}"#);
                (value(&page, &series) * 100_000.0).round() as i64
            };
            assert!(before <= shown("api"), "{} is older than {before}", shown("api"));
            assert_eq!(shown("api"), shown("web"), "a transaction shows whole or not at all");
            assert_eq!(value(&page, "sla_monitor_collector_up"), 1.0);
            scrapes += 1;
        }
        scrapes
    };
    std::thread::scope(|scope| {
        let scrapers: Vec<_> = (0..SCRAPERS)
            .map(|number| {
                let scraper = &scraper;
                scope.spawn(move || scraper(number))
            })
            .collect();
        let mut conn = database.connect();
        for edit in 1..=EDITS {
            say(&mut conn, "BEGIN");
            say(
                &mut conn,
                &format!("UPDATE component SET slo_millipercent = {edit} WHERE name = 'api'"),
            );
            say(
                &mut conn,
                &format!("UPDATE component SET slo_millipercent = {edit} WHERE name = 'web'"),
            );
            say(&mut conn, "COMMIT");
            committed.store(edit, Ordering::SeqCst);
        }
        finished.store(true, Ordering::SeqCst);
        for scraper in scrapers {
            assert!(scraper.join().expect("every page is in order") > 0);
        }
    });
}

on_both_databases!(no_scrape_is_torn_or_older_than_the_last_commit_before_it);
