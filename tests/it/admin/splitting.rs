//! A day of a weekly rule goes into a rule of its own, without scripts: the form is drawn again as it was typed, and nothing is saved.

use super::typed::key;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_day_gets_hours_of_its_own,
    what_is_no_day_of_a_rule_changes_nothing,
    a_copy_stays_a_copy,
);

const HOURS: &str = "
windows:
- name: Office
  timezone: Europe/Berlin
  rules:
  - {type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000, note: Desk}
  - {type: weekly, days: [SA], start: '10:00', duration_s: 7200}
calendars:
- {name: Quiet, rules: [{type: weekly, days: [SA, SU], start: '00:00', duration_s: 86400}]}
components:
- {name: api, windows: [Office]}
";
const FORM: &str = "#slawindow_form";

/// Opens the form of the window.
fn opened(database: &Database, browser: &mut Browser) -> Page {
    let id = key(database, "sla_window", "Office");
    browser.get(&format!("/admin/sla/slawindow/{id}/change/")).expect(200)
}

fn version(database: &Database) -> i64 {
    database.number("SELECT version AS value FROM sla_window WHERE name = 'Office'")
}

fn a_day_gets_hours_of_its_own(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    let page = opened(database, browser);
    let days = page.texts("#rules-0 .row-split button");
    assert_eq!(days, ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]);
    assert!(
        !page.has("#rules-1 .row-split"),
        "a rule of one day has its hours for that already"
    );
    assert!(!page.has("#rules-2 .row-split") && !page.has("#rules-empty .row-split"));
    let first = &page.attributes(&format!("{FORM} button[type=submit]"), "name")[0];
    assert_eq!(first, "_save", "Enter in a field saves");

    let typed = page.form(FORM).set("description", "typed").add("rules-1-DELETE", "on");
    let split = browser.submit(&typed, ("_split", "0-FR")).expect(200);
    let note = split.text("p.errornote");
    assert!(
        note.starts_with("Nothing was saved yet: Friday has a rule of its own"),
        "{note}"
    );
    assert_eq!(version(database), 1);
    let form = split.form(FORM);
    assert_eq!(form.values("description"), ["typed"]);
    assert_eq!(form.values("rules-0-weekdays"), ["MO", "TU", "WE", "TH"]);
    assert!(split.text("#rules-0 .row-words").starts_with("Mon–Thu"));
    for (field, value) in [
        ("id", ""),
        ("effect", "include"),
        ("kind", "weekly"),
        ("weekdays", "FR"),
        ("start_time", "08:00"),
        ("end_time", "18:00"),
        ("note", "Desk"),
    ] {
        assert_eq!(form.values(&format!("rules-1-{field}")), [value], "{field}");
    }
    assert!(split.has("#id_rules-1-start_time[autofocus]"));
    // What was behind it is behind it still, ticks included.
    assert_eq!(form.values("rules-2-weekdays"), ["SA"]);
    assert_eq!(form.values("rules-2-DELETE"), ["on"]);

    let form = form.clear("rules-2-DELETE").set("rules-1-end_time", "17:00");
    let preview = browser.submit(&form, ("_preview", "Preview")).expect(200);
    let changed = preview.texts("#preview-impact tr[data-component]");
    assert_eq!(changed.len(), 1);
    assert!(changed[0].starts_with("api") && changed[0].contains('−'), "{changed:?}");
    browser.submit(&form, ("_save", "")).expect(302);
    let saved = opened(database, browser).form(FORM);
    let ends = ["rules-0-end_time", "rules-1-end_time", "rules-2-end_time"].map(|name| saved.values(name)[0]);
    assert_eq!(ends, ["18:00", "17:00", "12:00"]);

    // Rules of calendars are split as well.
    let id = key(database, "calendar", "Quiet");
    let page = browser.get(&format!("/admin/sla/calendar/{id}/change/")).expect(200);
    let form = page.form("#calendar_form");
    let split = browser
        .submit(&form, ("_split", "0-SU"))
        .expect(200)
        .form("#calendar_form");
    assert_eq!(split.values("rules-0-weekdays"), ["SA"]);
    assert_eq!(split.values("rules-1-weekdays"), ["SU"]);
}

fn what_is_no_day_of_a_rule_changes_nothing(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    let form = opened(database, browser).form(FORM);
    for asked in ["", "0", "0-", "0-SU", "1-SA", "2-MO", "99-FR", "-1-FR", "x-FR"] {
        let page = browser.submit(&form, ("_split", asked)).expect(200);
        assert_eq!(
            page.text("p.errornote"),
            "Nothing was changed: there is no rule that can be split in this way."
        );
        assert_eq!(page.form(FORM).values("rules-INITIAL_FORMS"), ["2"], "{asked}");
        assert_eq!(page.form(FORM).values("rules-0-weekdays").len(), 5, "{asked}");
    }
    // A day that there is not gets no row.
    let unknown = form.clone().add("rules-0-weekdays", "XX");
    let page = browser.submit(&unknown, ("_split", "0-XX")).expect(200);
    assert!(page.text("p.errornote").starts_with("Nothing was changed"));
    assert_eq!(page.form(FORM).values("rules-1-weekdays"), ["SA"]);
    // The days of a rule of another kind count for nothing.
    let once = form.set("rules-0-kind", "once");
    let page = browser.submit(&once, ("_split", "0-FR")).expect(200);
    assert_eq!(page.form(FORM).values("rules-0-weekdays").len(), 5);
    // Forms without rows have nothing to split.
    let page = browser.get("/admin/sla/label/add/").expect(200);
    let page = browser
        .submit(&page.form("#label_form"), ("_split", "0-FR"))
        .expect(200);
    assert!(page.text("p.errornote").contains("has no rows"));
}

fn a_copy_stays_a_copy(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    let nameless = opened(database, browser).form(FORM).set("name", "");
    let refused = browser.submit(&nameless, ("_saveasnew", "Save as new")).expect(422);
    let split = browser.submit(&refused.form(FORM), ("_split", "0-FR")).expect(200);
    assert_eq!(split.attributes(".submit-row button", "name"), ["_saveasnew"]);
    let copy = split.form(FORM).set("name", "Other office");
    browser.submit(&copy, ("_saveasnew", "Save as new")).expect(302);
    assert_eq!(version(database), 1, "what was copied stays as it is");
    let names = "SELECT name AS value FROM sla_window ORDER BY name";
    assert_eq!(database.texts(names), ["Office", "Other office"]);
}
