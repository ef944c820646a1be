//! What a page may weigh, and that nothing holds up its first paint.

use std::fmt::Write;

use crate::support::client::request;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(a_list_of_a_hundred_is_light);

/// All styles and scripts together, packed.
const ASSETS_MAX: usize = 80 * 1024;
/// A list of 100 components.
const LIST_MAX: usize = 250 * 1024;

#[test]
fn styles_and_scripts_are_small_and_hold_up_nothing() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let page = browser.get("/admin/").expect(200);
    let styles = page.attributes("link[rel=stylesheet]", "href");
    let scripts = page.attributes("script", "src");
    let modules = page.attributes("link[rel=modulepreload]", "href");
    assert_eq!(
        page.attributes("script", "type"),
        vec!["module"; page.texts("script").len()]
    );
    assert_eq!(
        scripts.len(),
        page.texts("script").len(),
        "no script stands in the page"
    );
    let mut sum = 0;
    for address in styles.iter().chain(&scripts).chain(&modules) {
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
    // Every module that is there is asked for at once, not one after the other.
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/static/scripts"));
    assert_eq!(
        files.expect("the folder is there").count(),
        scripts.len() + modules.len()
    );
}

fn a_list_of_a_hundred_is_light(database: &Database) {
    let mut document = String::from("windows:\n");
    for number in 0..5 {
        writeln!(document, "  - {{name: Window number {number}, timezone: UTC, rules: [{{type: weekly, days: [MO], start: '08:00', duration_s: 3600}}]}}")
            .expect("texts can be written to");
    }
    document.push_str("components:\n");
    for number in 0..120 {
        writeln!(document, "  - {{name: payments-gateway-{number:05}, display_name: Payments gateway number {number}, labels: {{team: t-{}, env: prod, tier: gold, region: eu-central}}, windows: [Window number 0, Window number {}]}}", number % 20, 1 + number % 4)
            .expect("texts can be written to");
    }
    apply(database, &document);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let page = browser.get("/admin/sla/component/").expect(200);
    assert_eq!(page.texts("#result_list td.field-name").len(), 100);
    assert!(page.answer.body.len() < LIST_MAX, "{} bytes", page.answer.body.len());
}
