//! The preview beside a form, as it is typed; and rules folded to their sentences.

use crate::chromium::axe::SIDEWAYS;
use crate::chromium::some;
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::webdriver::Chromium;

fn office(database: &Database) -> String {
    let id = database.number("SELECT id AS value FROM sla_window WHERE name = 'Office'");
    format!("/admin/sla/slawindow/{id}/change/")
}

/// Returns the place of an element on the window: left, top, right, bottom.
fn place(chromium: &Chromium, selector: &str) -> [f64; 4] {
    let script = "const at = document.querySelector(arguments[0]).getBoundingClientRect();
                  return [at.left, at.top, at.right, at.bottom];";
    let place = chromium.run(script, &[selector.into()]);
    [0, 1, 2, 3].map(|index| place[index].as_f64().expect("a number"))
}

const SHOWN: &str = "document.querySelectorAll('#preview-impact tr[data-component]').length";

#[test]
fn the_preview_follows_what_is_typed() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let version = || database.number("SELECT version AS value FROM data_version");
    let before = version();
    chromium.resize(1600, 900);
    chromium.go(&office(&database));
    // What is stored has a preview at once, which changes nothing.
    chromium.wait("document.querySelectorAll('#preview-spans li').length === 10");
    assert_eq!(chromium.run(&format!("return {SHOWN}"), &[]), 0);
    chromium.click("#rules-0 .row-fold");
    chromium.click("#id_rules-0-end_time");
    let scrolled = || chromium.run("return window.scrollY", &[]);
    let (field, at) = (place(&chromium, "#id_rules-0-end_time"), scrolled());
    chromium.fill("#id_rules-0-end_time", "19:30");
    chromium.wait(&format!("{SHOWN} === 1"));
    assert!(chromium.text("#preview-impact tbody").contains("api"));
    assert!(chromium.has_focus("#id_rules-0-end_time"));
    assert_eq!(scrolled(), at, "nothing scrolls");
    assert_eq!(
        place(&chromium, "#id_rules-0-end_time")[0],
        field[0],
        "nothing moves sideways"
    );
    let (form, preview) = (place(&chromium, "fieldset.module"), place(&chromium, "#preview"));
    assert!(preview[0] >= form[2], "beside the form: {form:?} {preview:?}");

    // What is wrong leaves the last preview, and says so.
    let old = chromium.text("#preview-impact");
    chromium.fill("#id_rules-0-end_time", "29:30");
    chromium.wait("/^Not up to date: Rule 1, end time/i.test(document.querySelector('.preview-state')?.textContent)");
    assert_eq!(chromium.text("#preview-impact"), old);
    chromium.fill("#id_rules-0-end_time", "19:30");
    chromium.wait("!document.querySelector('.preview-state')?.textContent");
    chromium.fill("#id_rules-0-end_time", "17:00");
    chromium.wait(&format!("{SHOWN} === 0"));
    assert_eq!(version(), before, "nothing is saved");
    assert_eq!(chromium.text(".unsaved"), "");
}

#[test]
fn the_preview_is_below_the_form_on_a_phone() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.resize(360, 740);
    chromium.go(&office(&database));
    chromium.click("#rules-0 .row-fold");
    chromium.fill("#id_rules-0-end_time", "19:30");
    chromium.wait(&format!("{SHOWN} === 1"));
    assert!(chromium.has_focus("#id_rules-0-end_time"));
    let (rules, preview) = (place(&chromium, "#rules-group"), place(&chromium, "#preview"));
    assert!(preview[1] >= rules[3], "{rules:?} {preview:?}");
    assert!(chromium.run(SIDEWAYS, &[360.into()]).is_null());
}

#[test]
fn a_preview_needs_no_scripts_and_rules_are_folded() {
    let database = Database::sqlite();
    apply(&database, super::SOME);
    let server = Server::start(&database, &[]);
    let browser = superuser(&database, &server);
    let chromium = Chromium::without_scripts(&server)
        .signed_in_as(&browser)
        .expecting_refusals();
    chromium.go(&office(&database));
    chromium.see("#rules-0 .row-fields:not([open])");
    assert!(chromium.text("#rules-0 .row-words").contains("09:00"));
    chromium.click("#rules-0 .row-fields > summary");
    chromium.see("#rules-0 .row-fields[open]");
    chromium.fill("#id_rules-0-end_time", "19:30");
    chromium.click("button[name=_preview]");
    chromium.see("#preview-impact tr[data-component]");
    assert_eq!(chromium.value("#id_rules-0-end_time"), "19:30");
    chromium.click("#rules-0 .row-fields > summary");
    chromium.fill("#id_rules-0-end_time", "29:30");
    chromium.click("button[name=_preview]");
    // A row with an error is open.
    chromium.see("#rules-0 .row-fields[open] .errors");
}

#[test]
fn figures_of_a_preview_stand_in_columns() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    // With the days of weekends as well it has four digits before and after.
    let more = "
windows: [{name: Weekends, timezone: UTC, rules: [{type: weekly, days: [SA, SU], start: '00:00', duration_s: 86400}]}]
components: [{name: longer, windows: [Office, Weekends]}]
";
    apply(&database, more);
    chromium.resize(1400, 900);
    chromium.go(&office(&database));
    chromium.click("#rules-0 .row-fold");
    chromium.fill("#id_rules-0-end_time", "19:30");
    chromium.wait(&format!("{SHOWN} === 2"));
    for column in ["before", "after"] {
        let script = "const ends = [...document.querySelectorAll(`#preview-impact td.${arguments[0]}`)].map((cell) => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            return Math.round(range.getBoundingClientRect().right);
        });
        return [ends.length, new Set(ends).size];";
        let found = chromium.run(script, &[column.into()]);
        assert_eq!(found, serde_json::json!([3, 1]), "{column}");
    }
}
