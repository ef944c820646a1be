//! The order of a list: several columns, by name or by number, and total.

use std::collections::BTreeSet;

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";

fn names(page: &Page) -> Vec<String> {
    page.texts("#result_list td.field-name")
}

#[track_caller]
fn check(browser: &mut Browser, query: &str, expected: &[&str]) {
    let page = browser.get(&format!("{LIST}{query}")).expect(200);
    assert_eq!(names(&page), expected, "{query}");
}

fn lists_sort_by_several_columns(database: &Database) {
    apply(
        database,
        "components:\n  - {name: b, display_name: Äpfel, enabled: false}\n  - {name: A, display_name: zebra}\n  - {name: c, display_name: Apfel}\n  - {name: d, display_name: apfel, enabled: false}",
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    for browser in [&mut root, &mut viewer] {
        check(browser, "", &["A", "b", "c", "d"]);
        check(browser, "?o=-name", &["d", "c", "b", "A"]);
        check(browser, "?o=enabled.-name", &["d", "b", "c", "A"]);
        check(browser, "?o=-enabled.name", &["A", "c", "b", "d"]);
        // Columns count from 1, with boxes to tick before them or without.
        check(browser, "?o=5.-1", &["d", "b", "c", "A"]);
        check(browser, "?o=-1", &["d", "c", "b", "A"]);
        // What is unknown, does not sort, or comes again has no say.
        check(
            browser,
            "?o=nonsense.enabled.99.-labels.0.-.-name.name",
            &["d", "b", "c", "A"],
        );
        check(browser, "?o=labels", &["A", "b", "c", "d"]);
        check(browser, "?o=", &["A", "b", "c", "d"]);
        check(browser, "?o=%00.-name", &["d", "c", "b", "A"]);
        // Neither letter case nor accents decide, on every database.
        check(browser, "?o=display_name.-name", &["d", "c", "b", "A"]);
    }

    let page = root.get(&format!("{LIST}?o=enabled.-name&q=a&p=1")).expect(200);
    let link = |selector: &str| page.attributes(selector, "href");
    // The first link of a head moves the column to the front, or turns it there.
    assert_eq!(link("th.column-name > a:first-child"), ["?q=a&o=name.enabled"]);
    assert_eq!(link("th.column-enabled > a:first-child"), ["?q=a&o=-enabled.-name"]);
    assert_eq!(link("th.column-updated_at > a"), ["?q=a&o=updated_at.enabled.-name"]);
    assert_eq!(link("th.column-name a.sortremove"), ["?q=a&o=enabled"]);
    assert_eq!(link("th.column-name a.toggle"), ["?q=a&o=enabled.name"]);
    assert_eq!(page.texts("th.column-name .sortpriority"), ["2"]);
    assert_eq!(page.attributes("th.column-name", "aria-sort"), ["descending"]);
    assert!(page.has("th.column-name.sortable.sorted.descending"));
    assert!(page.has("th.column-enabled.sorted.ascending"));
    assert!(!page.has("th.column-labels a"), "computed columns do not sort");
    let page = root.get(&format!("{LIST}?o=-enabled")).expect(200);
    assert!(!page.has(".sortpriority"), "one column needs no number");
    assert_eq!(page.attributes("th.column-enabled a.sortremove", "href"), ["?"]);
}

fn pages_neither_overlap_nor_skip(database: &Database) {
    let components: String = (0..250)
        .map(|number| format!("  - {{name: c-{number:03}, enabled: {}}}\n", number % 3 != 0))
        .collect();
    apply(database, &format!("components:\n{components}"));
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    for order in [
        "enabled",
        "-enabled",
        "updated_at",
        "-updated_at",
        "display_name",
        "-name",
    ] {
        let mut seen = BTreeSet::new();
        for (page, length) in [(1, 100), (2, 100), (3, 50)] {
            let page = names(&browser.get(&format!("{LIST}?o={order}&p={page}")).expect(200));
            assert_eq!(page.len(), length);
            seen.extend(page);
        }
        assert_eq!(seen.len(), 250, "{order}");
    }
    let last = names(&browser.get(&format!("{LIST}?o=-name&p=3")).expect(200));
    assert_eq!((last[0].as_str(), last[49].as_str()), ("c-049", "c-000"));
    let last = names(&browser.get(&format!("{LIST}?p=3")).expect(200));
    assert_eq!((last[0].as_str(), last[49].as_str()), ("c-200", "c-249"));
}

on_both_databases!(lists_sort_by_several_columns, pages_neither_overlap_nor_skip);
