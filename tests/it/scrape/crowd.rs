//! Many scrapers at once, and an editor who never rests.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use super::answers::unpacked;
use super::{WORLD, say};
use crate::support::client::{Answer, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(sixty_four_scrapers_beside_an_editor_get_whole_pages_of_now);

const SCRAPERS: usize = 64;
/// Scrapes of each.
const SCRAPES: usize = 20;

/// Whatever is counted in the label `edit` of two components: it grows with every commit, and is the same for both.
fn shown(page: &str) -> i64 {
    let of = |component: &str| -> i64 {
        let start = format!("{component}_service_window_in_window{{component=\"{component}\",edit=\"");
        let mut lines = page.lines().filter_map(|line| line.strip_prefix(&start));
        let rest = lines
            .next()
            .unwrap_or_else(|| panic!("{component} is missing in\n{page}"));
        assert_eq!(lines.next(), None, "{component} is there once");
        let (number, _) = rest.split_once('"').expect("a label's value ends");
        number.parse().expect("the label counts")
    };
    let number = of("api");
    assert_eq!(number, of("web"), "a transaction shows whole or not at all");
    number
}

/// The page of an answer, whose every byte is there: a client that reads to the end of the connection would not notice what is missing.
fn whole(answer: &Answer, coding: &str, is_open_metrics: bool) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    let page = if coding == "gzip" {
        unpacked(answer)
    } else {
        assert_eq!(answer.header("content-encoding"), "");
        answer.text()
    };
    assert_eq!(page.ends_with("\n# EOF\n"), is_open_metrics, "the page has its end");
    assert_eq!(page.matches("# EOF").count(), usize::from(is_open_metrics));
    let last = page.lines().rfind(|line| !line.starts_with('#')).unwrap_or_default();
    let value = last.rsplit(' ').next().map(str::parse::<f64>);
    assert!(page.ends_with('\n') && matches!(value, Some(Ok(_))), "{last}");
    page
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn sixty_four_scrapers_beside_an_editor_get_whole_pages_of_now(database: &Database) {
    apply(database, WORLD);
    database.execute(
        "INSERT INTO label (name, value) VALUES ('edit', '0');
         INSERT INTO component_label (component_id, label_id, label_name)
         SELECT component.id, label.id, label.name FROM component, label
         WHERE component.name IN ('api', 'web') AND label.name = 'edit'",
    );
    let server = Server::start(database, &["--metrics-max-in-flight", "128"]);
    let committed = AtomicI64::new(0);
    let finished = AtomicBool::new(false);
    let scraper = |number: usize| {
        let coding = ["identity", "gzip"][number % 2];
        let is_open_metrics = number % 4 < 2;
        let accept = ["text/plain", "application/openmetrics-text"][usize::from(is_open_metrics)];
        let headers = [("accept", accept), ("accept-encoding", coding)];
        let url = format!("{}/metrics", server.url);
        let mut newest = 0;
        for _ in 0..SCRAPES {
            let before = committed.load(Ordering::SeqCst);
            let number = shown(&whole(&request("GET", &url, &headers), coding, is_open_metrics));
            assert!(before <= number, "{number} is older than {before}");
            assert!(newest <= number, "{number} came after {newest}");
            newest = number;
        }
        newest
    };
    let editor = || {
        let mut conn = database.connect();
        let mut number = 0;
        loop {
            number += 1;
            say(
                &mut conn,
                &format!("UPDATE label SET value = '{number}' WHERE name = 'edit'"),
            );
            committed.store(number, Ordering::SeqCst);
            if finished.load(Ordering::SeqCst) {
                return number;
            }
        }
    };
    std::thread::scope(|scope| {
        let editor = scope.spawn(editor);
        let scrapers: Vec<_> = (0..SCRAPERS)
            .map(|number| {
                let scraper = &scraper;
                scope.spawn(move || scraper(number))
            })
            .collect();
        let newest: Vec<_> = scrapers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        // Before anything is asserted, or the editor would never end.
        finished.store(true, Ordering::SeqCst);
        let edits = editor.join().expect("every change is taken");
        let newest: Vec<i64> = newest
            .into_iter()
            .map(|newest| newest.expect("every page is in order"))
            .collect();
        assert!(newest.iter().all(|newest| *newest <= edits), "{edits}: {newest:?}");
    });
    let page = whole(
        &request("GET", &format!("{}/metrics", server.url), &[]),
        "identity",
        false,
    );
    assert_eq!(shown(&page), committed.load(Ordering::SeqCst), "the last one is seen");
}
