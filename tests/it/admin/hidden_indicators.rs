//! Selectors of indicators name labels, and need the permission to view these. What an indicator is called does not.

use super::exporting::dechunked;
use super::typed::key;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    selectors_of_indicators_are_covered_where_indicators_are_shown,
    searches_and_files_have_no_selector_that_may_not_be_viewed,
    an_indicator_is_saved_without_its_selector_being_viewed,
    placeholders_show_names_of_labels_and_no_values,
);

const LIST: &str = "/admin/sla/indicator/";
const NOT_SHOWN: &str = "(you may not view it)";

/// Two indicators: one of all components, and one of those with a label, which it had under another value before.
fn started(database: &Database) -> (Server, i64) {
    for value in ["zqold", "zqteam"] {
        apply(
            database,
            &format!(
                "indicators:
- {{name: Default, source: main, expression: up, selector: '{{}}'}}
- {{name: Probe, source: main, expression: up, selector: '{{team=\"{value}\"}}'}}"
            ),
        );
    }
    let probe = key(database, "indicator", "Probe");
    (Server::start(database, &[]), probe)
}

/// Opens a page, also where another one is led to.
fn opened(browser: &mut Browser, path: &str) -> Page {
    let page = browser.get(path);
    match page.status() {
        302 => browser.get(&page.location()).expect(200),
        _ => page.expect(200),
    }
}

fn selectors_of_indicators_are_covered_where_indicators_are_shown(database: &Database) {
    let (server, probe) = started(database);
    let rights = ["sla.view_indicator", "sla.delete_indicator", "audit.view_logentry"];
    let mut blind = staff(database, &server, "blind", &rights);
    let mut paths = vec![LIST.to_owned(), "/admin/audit/logentry/".to_owned()];
    paths.extend(["view", "change", "history", "delete"].map(|page| format!("{LIST}{probe}/{page}/")));
    let entries = database
        .texts("SELECT CAST(id AS TEXT) AS value FROM log_entry WHERE content_type = 'sla.indicator' ORDER BY id");
    paths.extend(
        entries
            .iter()
            .map(|entry| format!("/admin/audit/logentry/{entry}/change/")),
    );
    for path in &paths {
        let html = opened(&mut blind, path).html();
        // Not their common beginning alone: tokens are random.
        let is_covered = !["zqold", "zqteam"].iter().any(|value| html.contains(value));
        assert!(is_covered, "{path}: {html}");
        // An entry of the log that names labels is covered as a whole.
        assert!(html.contains("Probe") || path.contains("logentry"), "{path}: {html}");
    }
    let list = blind.get(LIST).expect(200);
    assert_eq!(list.texts("td.field-selector, th.field-selector"), ["{}", NOT_SHOWN]);
    let read = opened(&mut blind, &format!("{LIST}{probe}/view/"));
    let measures = read.text("section[aria-labelledby=measures]");
    assert!(
        measures.contains("a selector of labels that you may not view finds"),
        "{measures}"
    );
    let history = blind.get(&format!("{LIST}{probe}/history/")).expect(200);
    assert!(history.html().contains(NOT_SHOWN), "{}", history.html());

    let mut reader = staff(database, &server, "reader", &["sla.view_indicator", "sla.view_label"]);
    let list = reader.get(LIST).expect(200);
    assert!(list.html().contains("zqteam") && !list.html().contains(NOT_SHOWN));
    assert!(
        reader
            .get(&format!("{LIST}{probe}/history/"))
            .expect(200)
            .html()
            .contains("zqold")
    );
}

fn searches_and_files_have_no_selector_that_may_not_be_viewed(database: &Database) {
    let (server, _) = started(database);
    let mut blind = staff(
        database,
        &server,
        "blind",
        &["sla.view_indicator", "sla.export_indicator"],
    );
    let mut root = superuser(database, &server);
    let rows = |browser: &mut Browser, term: &str| {
        let page = browser.get(&format!("{LIST}?q={term}")).expect(200);
        page.texts("#result_list tbody tr").len()
    };
    assert_eq!((rows(&mut blind, "zqteam"), rows(&mut root, "zqteam")), (0, 1));
    assert_eq!((rows(&mut blind, "probe"), rows(&mut blind, "up")), (1, 2));
    for search in ["search", "palette"] {
        let page = blind.get(&format!("/admin/{search}/?q=zqteam")).expect(200);
        assert!(!page.html().contains("Probe"), "{search}: {}", page.html());
        let page = blind.get(&format!("/admin/{search}/?q=probe")).expect(200);
        assert!(page.html().contains("Probe"), "{search}: {}", page.html());
    }
    let export = blind.get(&format!("{LIST}export/")).expect(200);
    assert!(export.html().contains("selector"), "{}", export.html());
    for format in ["csv", "json"] {
        let file = |browser: &mut Browser| {
            let page = browser.get(&format!("{LIST}export/?_format={format}")).expect(200);
            String::from_utf8(dechunked(&page.answer.body)).expect("the file is UTF-8")
        };
        let (covered, whole) = (file(&mut blind), file(&mut root));
        assert!(covered.contains("Probe") && !covered.contains("zqteam"), "{covered}");
        assert!(whole.contains("zqteam"), "{whole}");
    }
}

fn an_indicator_is_saved_without_its_selector_being_viewed(database: &Database) {
    let (server, probe) = started(database);
    let mut editor = staff(database, &server, "editor", &["sla.change_indicator"]);
    let path = format!("{LIST}{probe}/change/");
    let form = editor.get(&path).expect(200).form("#indicator_form");
    assert_eq!(form.values("selector"), [NOT_SHOWN]);
    editor.submit(&form.set("step_s", "30"), ("_save", "")).expect(302);
    let stored = format!("SELECT selector || CAST(step_s AS TEXT) AS value FROM indicator WHERE id = {probe}");
    assert_eq!(database.texts(&stored), ["{team=\"zqteam\"}30"]);
    let message = editor.get("/admin/").expect(200).text("ul.messagelist");
    assert!(message.contains("Probe") && !message.contains("zq"), "{message}");
    // A selector that is typed is taken, and one of all components is shown.
    let form = editor.get(&path).expect(200).form("#indicator_form");
    editor.submit(&form.set("selector", "{}"), ("_save", "")).expect(302);
    assert_eq!(database.texts(&stored), ["{}30"]);
    let form = editor.get(&path).expect(200).form("#indicator_form");
    assert_eq!(form.values("selector"), ["{}"]);
}

fn placeholders_show_names_of_labels_and_no_values(database: &Database) {
    apply(
        database,
        "components: [{name: api, labels: {zqname: zqvalue}}]
indicators: [{name: Probe, source: main, expression: 'up{team=$label_zqname}', selector: '{}'}]",
    );
    let probe = key(database, "indicator", "Probe");
    let entry = database.number("SELECT id AS value FROM log_entry WHERE content_type = 'sla.indicator'");
    let server = Server::start(database, &[]);
    let rights = ["sla.view_component", "sla.view_indicator", "audit.view_logentry"];
    let mut blind = staff(database, &server, "blind", &rights);
    for path in [
        LIST.to_owned(),
        format!("{LIST}?q=zqname"),
        format!("{LIST}{probe}/view/"),
        format!("/admin/audit/logentry/{entry}/change/"),
    ] {
        let html = opened(&mut blind, &path).html();
        assert!(
            html.contains("$label_zqname") && !html.contains("zqvalue"),
            "{path}: {html}"
        );
    }
}
