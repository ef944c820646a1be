//! Corrections by labels need the permission to view labels: without it they have a number, no selector and no reason.

use super::exporting::dechunked;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    corrections_by_labels_are_covered_on_every_page,
    files_and_histories_of_what_is_deleted_are_covered,
    a_correction_whose_state_cannot_be_read_is_covered,
    searches_find_no_correction_by_labels_that_may_not_be_viewed,
    a_correction_is_changed_without_what_may_not_be_viewed,
);

const SOME: &str = "
components: [{name: zqapi, labels: {team: zqteam}}]
corrections:
- {component: zqapi, start: 2026-01-01T00:00:00Z, end: 2026-01-01T01:00:00Z, effect: exclude, reason: Planned}
- {selector: '{team=\"zqteam\"}', start: 2026-01-02T00:00:00Z, end: 2026-01-02T01:00:00Z, effect: up, reason: Zqreason}
- {selector: '{}', start: 2026-01-03T00:00:00Z, end: 2026-01-03T01:00:00Z, effect: up, reason: Network}
";

/// What may not be viewed without the permission to view labels.
const HIDDEN: [&str; 2] = ["zqteam", "zqreason"];

const RIGHTS: [&str; 6] = [
    "sla.view_component",
    "sla.view_correction",
    "sla.delete_correction",
    "sla.export_correction",
    "audit.view_logentry",
    "audit.export_logentry",
];

const LIST: &str = "/admin/sla/correction/";
const ROWS: &str = "#result_list tbody tr";

fn key_of(database: &Database, reason: &str) -> i64 {
    database.number(&format!("SELECT id AS value FROM correction WHERE reason = '{reason}'"))
}

fn started(database: &Database) -> (Server, i64) {
    apply(database, SOME);
    // The history has a change of the reason.
    apply(database, &SOME.replace("Zqreason", "Zqreason of old"));
    apply(database, SOME);
    (Server::start(database, &[]), key_of(database, "Zqreason"))
}

fn says_hidden(text: &str) -> bool {
    let text = text.to_lowercase();
    HIDDEN.iter().any(|hidden| text.contains(hidden))
}

fn file(browser: &mut Browser, format: &str) -> String {
    let page = browser.get(&format!("{LIST}export/?_format={format}")).expect(200);
    String::from_utf8(dechunked(&page.answer.body)).expect("the file is UTF-8")
}

fn corrections_by_labels_are_covered_on_every_page(database: &Database) {
    let (server, key) = started(database);
    let mut blind = staff(database, &server, "blind", &RIGHTS);
    let mut pages: Vec<String> = ["", "2/", "2/history/"]
        .map(|path| format!("{LIST}{}", path.replace('2', &key.to_string())))
        .to_vec();
    pages.push(format!("{LIST}{key}/change/"));
    pages.push("/admin/audit/logentry/?o=-1".to_owned());
    let entries = database
        .texts("SELECT CAST(id AS TEXT) AS value FROM log_entry WHERE content_type = 'sla.correction' ORDER BY id");
    pages.extend(
        entries
            .iter()
            .map(|entry| format!("/admin/audit/logentry/{entry}/change/")),
    );
    for path in &pages {
        let page = blind.get(path);
        let html = if page.status() == 302 {
            blind.get(&page.location())
        } else {
            page
        };
        let html = html.expect(200).html();
        assert!(!says_hidden(&html), "{path}: {html}");
    }
    // Who deletes it knows which one by its number and its time.
    let page = blind.get(&format!("{LIST}{key}/delete/")).expect(200);
    assert!(!says_hidden(&page.html()), "{}", page.html());
    let titled = format!("correction {key}");
    for path in ["history", "delete", "change"] {
        let page = blind.get(&format!("{LIST}{key}/{path}/")).expect(200);
        assert!(page.html().contains(&titled), "{path}: {}", page.html());
    }
    // The others are as they were.
    let list = blind.get(LIST).expect(200);
    assert_eq!(list.texts(ROWS).len(), 3);
    assert_eq!(list.texts("td.field-scope"), ["{}", "(you may not view it)", "zqapi"]);
    assert_eq!(
        list.texts("td.field-reason"),
        ["Network", "(you may not view it)", "Planned"]
    );
}

fn files_and_histories_of_what_is_deleted_are_covered(database: &Database) {
    let (server, key) = started(database);
    let mut blind = staff(database, &server, "blind", &RIGHTS);
    let mut root = superuser(database, &server);
    for format in ["csv", "json"] {
        let text = file(&mut blind, format);
        assert!(!says_hidden(&text) && text.contains("Planned"), "{text}");
        assert!(says_hidden(&file(&mut root, format)));
    }
    let log = blind.get("/admin/audit/logentry/export/?_format=json").expect(200);
    let log = String::from_utf8(dechunked(&log.answer.body)).expect("the file is UTF-8");
    assert!(!says_hidden(&log) && log.contains("sla.correction"), "{log}");

    // It is deleted, and its history stays covered.
    let titled = format!("correction {key}");
    blind
        .post(&format!("{LIST}{key}/delete/"), &[("post", "yes")])
        .expect(302);
    let page = blind.get(&format!("{LIST}{key}/history/")).expect(200);
    assert!(
        !says_hidden(&page.html()) && page.html().contains(&titled),
        "{}",
        page.html()
    );
    assert!(says_hidden(
        &root.get(&format!("{LIST}{key}/history/")).expect(200).html()
    ));
    assert!(!says_hidden(&blind.get("/admin/").expect(200).html()));
}

fn a_correction_whose_state_cannot_be_read_is_covered(database: &Database) {
    let (server, _) = started(database);
    // No JSON, none of a state, and those with values of other types, of which it is not known what they name.
    let states = [
        "broken",
        "null",
        r#"{"selector": 5}"#,
        r#"{"component": ["zqapi"], "selector": ""}"#,
    ];
    let mut blind = staff(database, &server, "blind", &RIGHTS);
    let mut root = superuser(database, &server);
    let rights = ["sla.view_correction", "sla.view_label"];
    let mut other = staff(database, &server, "other", &rights);
    for (object, state) in (900..).zip(states) {
        database.execute(&format!(
            "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after) \
             VALUES ('2026-01-04 00:00:00', 'ada', 'delete', 'sla.correction', {object}, '{{team=\"zqteam\"}}, 2026-01-04', 1, '{state}', NULL)",
        ));
        let entry = database.number(&format!("SELECT id AS value FROM log_entry WHERE object_id = {object}"));
        let history = format!("{LIST}{object}/history/");
        for path in [
            history.as_str(),
            "/admin/audit/logentry/",
            &format!("/admin/audit/logentry/{entry}/change/"),
        ] {
            let page = blind.get(path).expect(200).html();
            assert!(!says_hidden(&page), "{state} {path}: {page}");
            assert!(says_hidden(&root.get(path).expect(200).html()), "{state} {path}");
        }
        let titled = format!("correction {object}");
        assert!(blind.get(&history).expect(200).html().contains(&titled), "{state}");
        // Without the permission to view components it may name one of these.
        let page = other.get(&history).expect(200);
        assert!(!says_hidden(&page.html()), "{state}: {}", page.html());
    }
    let found = "/admin/audit/logentry/?q=2026-01-04";
    assert!(blind.get(found).expect(200).texts(ROWS).is_empty());
    assert_eq!(root.get(found).expect(200).texts(ROWS).len(), states.len());
    let log = blind.get("/admin/audit/logentry/export/?_format=json").expect(200);
    let log = String::from_utf8(dechunked(&log.answer.body)).expect("the file is UTF-8");
    assert!(!says_hidden(&log) && log.contains("903"), "{log}");
}

fn searches_find_no_correction_by_labels_that_may_not_be_viewed(database: &Database) {
    let (server, _) = started(database);
    let rights = ["sla.view_component", "sla.view_correction", "audit.view_logentry"];
    let mut blind = staff(database, &server, "blind", &rights);
    let mut reader = staff(
        database,
        &server,
        "reader",
        &[&rights[..], &["sla.view_label"]].concat(),
    );
    let corrections = |page: &Page| page.texts(".found a[href*='/sla/correction/']").len();
    for term in HIDDEN {
        let list = format!("{LIST}?q={term}");
        assert!(blind.get(&list).expect(200).texts(ROWS).is_empty(), "{term}");
        assert_eq!(reader.get(&list).expect(200).texts(ROWS).len(), 1, "{term}");
        let search = format!("/admin/search/?q={term}");
        assert_eq!(corrections(&blind.get(&search).expect(200)), 0, "{term}");
        assert!(corrections(&reader.get(&search).expect(200)) > 0, "{term}");
        let palette = blind.get(&format!("/admin/palette/?q={term}")).expect(200).html();
        assert!(!palette.contains("correction"), "{palette}");
    }
    let log = "/admin/audit/logentry/?q=zqteam&content_type=sla.correction";
    assert!(blind.get(log).expect(200).texts(ROWS).is_empty());
    assert!(!reader.get(log).expect(200).texts(ROWS).is_empty());
    // Of the log those entries are found whose titles are shown: of a component that may be viewed, and of all components.
    let found = |browser: &mut Browser, term: &str| {
        let path = format!("/admin/audit/logentry/?q={term}&content_type=sla.correction");
        browser.get(&path).expect(200).texts(ROWS).len()
    };
    let counts = |browser: &mut Browser| ["zqapi", "2026-01-02", "2026-01-03"].map(|term| found(browser, term));
    assert_eq!(counts(&mut blind), [1, 0, 1]);
    assert_eq!(counts(&mut reader), [1, 3, 1]);
    // What is about all components, or one that may be viewed, is found and called as ever.
    for (term, title) in [("Network", "{}, 2026-01-03"), ("Planned", "zqapi, 2026-01-01")] {
        let page = blind.get(&format!("/admin/search/?q={term}")).expect(200);
        assert!(page.html().contains(title), "{}", page.html());
    }
    // Without the permission to view components, no title names one.
    let mut other = staff(database, &server, "other", &["sla.view_correction"]);
    let page = other.get("/admin/search/?q=Planned").expect(200);
    let titled = format!("correction {}", key_of(database, "Planned"));
    assert!(page.html().contains(&titled), "{}", page.html());
    assert!(!page.html().contains("zqapi"), "{}", page.html());
    let rights = ["sla.view_correction", "sla.view_label", "audit.view_logentry"];
    let mut other = staff(database, &server, "third", &rights);
    assert_eq!(counts(&mut other), [0, 3, 1]);
}

fn a_correction_is_changed_without_what_may_not_be_viewed(database: &Database) {
    let (server, key) = started(database);
    let mut editor = staff(
        database,
        &server,
        "editor",
        &["sla.view_component", "sla.change_correction", "sla.add_correction"],
    );
    let path = format!("{LIST}{key}/change/");
    let form = editor.get(&path).expect(200).form("#correction_form");
    assert_eq!(form.values("selector"), ["(you may not view it)"]);
    assert_eq!(form.values("reason"), ["(you may not view it)"]);
    let saved = editor
        .submit(&form.set("effect", "down"), ("_continue", ""))
        .expect(302);
    let page = editor.get(&saved.location()).expect(200);
    assert!(!says_hidden(&page.html()), "{}", page.html());
    let message = page.text("ul.messagelist");
    assert!(message.contains(&format!("correction {key}")), "{message}");
    let stored = format!("SELECT selector || ' ' || effect || ' ' || reason AS value FROM correction WHERE id = {key}");
    assert_eq!(database.texts(&stored), ["{team=\"zqteam\"} down Zqreason"]);
    // A text that is typed is taken.
    let form = page.form("#correction_form").set("reason", "Fibre cut");
    editor.submit(&form, ("_save", "")).expect(302);
    assert_eq!(database.texts(&stored), ["{team=\"zqteam\"} down Fibre cut"]);
    // A copy would need the selector.
    let form = editor.get(&path).expect(200).form("#correction_form");
    let add = editor.get(&format!("{LIST}add/")).expect(200).form("#correction_form");
    let add = add
        .set("selector", form.values("selector")[0])
        .set("start", "2026-02-01T00:00:00Z")
        .set("end", "2026-02-02T00:00:00Z");
    editor.submit(&add, ("_save", "")).expect(422);
    // Many at once.
    let row = key.to_string();
    let fields = [
        ("_rows", row.as_str()),
        ("_preview", "1"),
        ("action", "change_selected"),
        ("_do_effect", "set"),
        ("effect", "up"),
    ];
    let page = editor.post(LIST, &fields).expect(200);
    assert!(!says_hidden(&page.html()), "{}", page.html());
    assert!(page.html().contains(&format!("correction {key}")), "{}", page.html());
}
