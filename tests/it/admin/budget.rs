//! What a page may weigh, and that nothing holds up its first paint.

use std::fmt::Write;

use crate::scrape::{scrape, value};
use crate::support::client::request;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::statements::{COUNTED, statements};

on_both_databases!(
    a_list_of_a_hundred_is_light,
    pages_run_few_statements,
    a_save_sends_few_statements_however_much_is_stored
);

/// All styles and scripts together, packed.
const ASSETS_MAX: usize = 80 * 1024;
/// A list of 100 components, with labels and windows, plain and packed.
const LIST_MAX: usize = 100 * 1024;
const PACKED_LIST_MAX: usize = 12 * 1024;

#[test]
fn styles_and_scripts_are_small_and_hold_up_nothing() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let page = browser.get("/admin/").expect(200);
    let styles = page.attributes("link[rel=stylesheet]", "href");
    let scripts = page.attributes("script", "src");
    assert_eq!(
        page.attributes("script", "type"),
        vec!["module"; page.texts("script").len()]
    );
    assert_eq!(
        scripts.len(),
        page.texts("script").len(),
        "no script stands in the page"
    );
    // The one script imports the others, which stand beside it.
    let (folder, _) = scripts[0].rsplit_once('/').expect("it is in a folder");
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/static/scripts")).expect("the folder is there");
    let modules: Vec<String> = files
        .map(|file| file.expect("it can be read").file_name().into_string().expect("UTF-8"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    assert!(modules.contains(&scripts[0]), "{modules:?}");
    let mut sum = 0;
    for address in styles.iter().chain(&modules) {
        let answer = request(
            "GET",
            &format!("{}{address}", server.url),
            &[("accept-encoding", "gzip")],
        );
        assert_eq!(answer.status, 200, "{address}");
        sum += answer.body.len();
    }
    assert!(sum > 1_000, "they were found");
    assert!(sum < ASSETS_MAX, "{sum} bytes");
}

fn a_list_of_a_hundred_is_light(database: &Database) {
    // As `scripts/generate-components` writes them.
    let mut document = String::from("windows:\n");
    for number in 0..130 {
        writeln!(document, "  - {{name: Hours {number:04}, timezone: UTC, rules: [{{type: weekly, days: [MO], start: '08:00', duration_s: 3600}}]}}")
            .expect("texts can be written to");
    }
    document.push_str("components:\n");
    for number in 0..120 {
        let second = if number % 10 == 0 {
            format!(", Hours {:04}", number + 1)
        } else {
            String::new()
        };
        writeln!(document, "  - {{name: service-{number:06}, labels: {{team: team-{number:03}, env: prod, region: eu}}, windows: [Hours {number:04}{second}]}}")
            .expect("texts can be written to");
    }
    apply(database, &document);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let page = browser.get("/admin/sla/component/").expect(200);
    assert_eq!(page.texts("#result_list td.field-name").len(), 100);
    assert!(page.answer.body.len() < LIST_MAX, "{} bytes", page.answer.body.len());
    browser.headers = vec![("accept-encoding".to_owned(), "gzip".to_owned())];
    let packed = browser.get("/admin/sla/component/").answer;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < PACKED_LIST_MAX, "{} bytes", packed.body.len());
    // Many labels and long names make a row no longer.
    let labels: String = (0..30)
        .map(|number| format!("name_{number}: a-long-value-{number}, "))
        .collect();
    apply(
        database,
        &format!("components: [{{name: service-000000, labels: {{{labels}}}}}]"),
    );
    browser.headers.clear();
    let with_many = browser.get("/admin/sla/component/").expect(200).answer.body.len();
    assert!(with_many < page.answer.body.len() + 24 * 1024, "{with_many} bytes");
}

/// Pages and how many statements they run, beside the one by which all of them wait for the newest components.
fn pages_run_few_statements(database: &Database) {
    apply(
        database,
        "windows: [{name: Office, timezone: UTC}]\ncomponents: [{name: ledger, labels: {team: x}, windows: [Office]}]",
    );
    let server = Server::start(database, &COUNTED);
    let mut browser = superuser(database, &server);
    let id = database.number("SELECT id AS value FROM component");
    let pages = [
        ("/admin/", 16),
        ("/admin/sla/component/", 12),
        ("/admin/sla/component/?q=ledger", 13),
        ("/admin/sla/slawindow/", 14),
        ("/admin/sla/label/", 12),
        (&format!("/admin/sla/component/{id}/change/"), 16),
        (&format!("/admin/sla/component/{id}/history/"), 17),
        ("/admin/audit/logentry/", 16),
    ];
    for (number, (path, most)) in pages.into_iter().enumerate() {
        let count = statements(&server, &mut browser, path, &format!("budget-{number}"));
        assert!(count <= most, "{path}: {count} statements");
    }
}

/// The statements of a save, with the next reading of what changed.
const SAVE_STATEMENTS_MAX: f64 = 60.0;

fn a_save_sends_few_statements_however_much_is_stored(database: &Database) {
    let mut document = String::from("windows:\n");
    for number in 0..40 {
        writeln!(document, "- {{name: Window {number}, timezone: UTC}}").expect("texts can be written to");
    }
    document.push_str("components:\n");
    for number in 0..300 {
        writeln!(
            document,
            "- {{name: c-{number}, labels: {{team: t-{number}}}, windows: [Window {}]}}",
            number % 40
        )
        .expect("texts can be written to");
    }
    apply(database, &document);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let path = format!(
        "/admin/sla/component/{}/change/",
        database.number("SELECT id AS value FROM component WHERE name = 'c-7'")
    );
    let sent = || value(&scrape(&server), "sla_monitor_database_queries_total");
    let mut counts = Vec::new();
    for description in ["once", "twice", "and again"] {
        let form = browser.get(&path).expect(200).form("#component_form");
        let before = sent();
        let answer = browser.submit(&form.set("description", description), ("_save", ""));
        answer.expect(302);
        counts.push(sent() - before);
    }
    let most = counts.iter().copied().fold(0.0, f64::max);
    assert!(most <= SAVE_STATEMENTS_MAX, "{counts:?}");
}
