//! The log with many entries: how many there are, and pages deep in it.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::server::Server;
use sla_monitor::text::thousands;

on_both_databases!(
    a_long_log_is_counted_and_turned_over,
    a_log_that_is_another_one_is_counted_anew,
    entries_lead_to_the_histories_that_their_reader_may_view,
);

const LIST: &str = "/admin/audit/logentry/";

/// Stores entries for changes of components, one a minute.
fn entries(database: &Database, from: u32, until: u32) {
    database.execute(&format!(
        "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after) \
         WITH RECURSIVE numbers(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM numbers WHERE n < {until}) \
         SELECT {}, 'cli', 'change', 'sla.component', n, 'component-' || n, 2, '{{}}', '{{}}' FROM numbers",
        match database.is_postgres() {
            false => "strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', '+' || n || ' minutes')",
            true => "timestamp '2026-01-01' + n * interval '1 minute'",
        }
    ));
}

fn total(page: &Page) -> String {
    page.text("nav.paginator > span")
}

fn objects(page: &Page) -> Vec<String> {
    page.texts("#result_list td.field-object")
}

fn get(browser: &mut Browser, query: &str) -> Page {
    browser.get(&format!("{LIST}{query}")).expect(200)
}

fn a_long_log_is_counted_and_turned_over(database: &Database) {
    entries(database, 1, 12_050);
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    let count = database.number("SELECT count(*) AS value FROM log_entry");
    let own = count - 12_050;
    for _ in 0..2 {
        assert_eq!(total(&get(browser, "")), format!("{} log entries", thousands(count)));
    }
    let object = |number: i64| format!("component-{number} (component)");
    // The newest stand first, and pages in the middle and at the end follow each other without a gap.
    let newest = 12_050 + own;
    for place in [2, 60, 61, 100] {
        let first = newest - 100 * (place - 1);
        let page = get(browser, &format!("?p={place}"));
        assert_eq!(objects(&page)[0], object(first), "page {place}");
        assert_eq!(objects(&page).len(), 100);
    }
    let page = get(browser, "?p=9999");
    assert_eq!(objects(&page).last(), Some(&object(1)));

    // What a save adds is counted at once.
    let form = browser.get("/admin/sla/label/add/").expect(200).form("#label_form");
    let form = form.set("name", "team").set("value", "x");
    browser.submit(&form, ("_save", "Save")).expect(302);
    assert_eq!(
        total(&get(browser, "")),
        format!("{} log entries", thousands(count + 1))
    );

    // So is what a search finds.
    assert_eq!(objects(&get(browser, "?q=TEAM")), ["team=x (label)"]);

    // So many are found that they are not counted further.
    let page = get(browser, "?action_flag__exact=2");
    assert_eq!(
        total(&page),
        format!(
            "2,000 or more log entries ({} log entries in all)",
            thousands(count + 1)
        )
    );
    assert_eq!(objects(&page)[0], object(12_050));
    let page = get(browser, "?action_flag__exact=2&p=20");
    assert_eq!(objects(&page)[0], object(12_050 - 1_900));
    let page = get(browser, "?q=component-1205&o=object");
    assert_eq!(
        total(&page),
        format!("2 log entries ({} log entries in all)", thousands(count + 1))
    );
    let page = get(browser, "?q=component&p=20");
    assert_eq!(objects(&page)[0], object(12_050 - 1_900));

    // Many more at once.
    entries(database, 12_051, 17_000);
    assert_eq!(
        total(&get(browser, "")),
        format!("{} log entries", thousands(count + 4_951))
    );
    assert_eq!(
        total(&get(browser, "")),
        format!("{} log entries", thousands(count + 4_951))
    );
    assert_eq!(objects(&get(browser, "?q=component-16999")), [object(16_999)]);
}

fn a_log_that_is_another_one_is_counted_anew(database: &Database) {
    entries(database, 1, 3_000);
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    let count = database.number("SELECT count(*) AS value FROM log_entry");
    assert_eq!(total(&get(browser, "")), format!("{} log entries", thousands(count)));
    let found = |browser: &mut Browser, number: u32| objects(&get(browser, &format!("?q=component-{number}"))).len();
    assert_eq!([500, 2_999].map(|number| found(browser, number)), [1, 1]);
    database.execute(match database.is_postgres() {
        true => "DROP TRIGGER log_entry_not_changed ON log_entry",
        false => "DROP TRIGGER log_entry_not_deleted",
    });
    database.execute("DELETE FROM log_entry WHERE object_id <= 1000 AND content_type = 'sla.component'");
    assert_eq!(
        total(&get(browser, "")),
        format!("{} log entries", thousands(count - 1_000))
    );
    assert_eq!([500, 2_999].map(|number| found(browser, number)), [0, 1]);
    database.execute("DELETE FROM log_entry");
    assert!(objects(&get(browser, "")).is_empty());
    entries(database, 1, 500);
    assert_eq!([500, 2_999].map(|number| found(browser, number)), [1, 0]);
}

fn entries_lead_to_the_histories_that_their_reader_may_view(database: &Database) {
    entries(database, 1, 1);
    let entry = database.number("SELECT max(id) AS value FROM log_entry WHERE content_type = 'sla.component'");
    let path = format!("{LIST}{entry}/change/");
    let server = Server::start(database, &[]);
    let mut auditor = staff(database, &server, "auditor", &["audit.view_logentry"]);
    assert!(!auditor.get(&path).expect(200).has(".object-tools a"));
    let rights = ["audit.view_logentry", "sla.view_component"];
    let mut reader = staff(database, &server, "reader", &rights);
    let page = reader.get(&path).expect(200);
    assert_eq!(page.texts(".object-tools a"), ["History of the object"]);
    reader.get(&page.attributes(".object-tools a", "href")[0]).expect(200);
}
