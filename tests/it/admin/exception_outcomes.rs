//! What an exception comes to: it can be read again, is stored once, and says so where it changes nothing.

use super::exceptions::{FRIDAY, HOURS, SATURDAY, path, saved, typed};
use crate::support::browser::{Browser, Form};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::{apply, run_on, run_on_input};
use crate::support::server::Server;

on_both_databases!(
    what_is_saved_can_be_read,
    the_same_exception_is_stored_once,
    what_changes_nothing_is_said,
    hours_that_cannot_be_read_are_not_shown_as_none,
    exceptions_are_read_in_history_and_on_pages,
);

/// Returns the lines of a page's messages of a level.
fn messages(browser: &mut Browser, form: &Form, level: &str) -> Vec<String> {
    let location = browser.submit(form, ("_save", "Save")).expect(302).location();
    let page = browser.visit(&location).expect(200);
    page.texts(&format!("ul.messagelist > li.{level}"))
}

fn what_is_saved_can_be_read(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let paths = [
        path(database, "slawindow", "sla_window", "Office"),
        path(database, "component", "component", "web"),
    ];
    let days = [
        "1900-01-01",
        "1900-01-02",
        "2026-03-29",
        "2026-10-25",
        "9999-12-30",
        "9999-12-31",
    ];
    let times = [
        ("", ""),
        ("23:59:59", "24:00"),
        ("22:00", "06:00"),
        ("02:00", "03:00"),
        ("", "23:59:59"),
    ];
    let (mut stored, mut refused) = (0, 0);
    for path in paths {
        for date in days {
            for (start, end) in times {
                let kind = if (stored + refused) % 2 == 0 { "closed" } else { "extra" };
                let page = root.get(&path).expect(200);
                let form = typed(&page, kind, [date, start, end, ""]);
                let preview = root.submit(&form, ("_preview", ""));
                let saved = root.submit(&form, ("_save", ""));
                assert_eq!(preview.status() == 200, saved.status() == 302, "{date} {start}–{end}");
                if saved.status() == 302 {
                    stored += 1;
                } else {
                    refused += 1;
                    let page = saved.expect(422);
                    assert!(
                        page.text(".field-date ul.errorlist").contains("is too late"),
                        "{date} {start}–{end}"
                    );
                }
            }
        }
    }
    // The last day alone has no end that could be written.
    assert_eq!((stored, refused), (54, 6));
    run_on(database, &["export"]).ok();
    let metrics = run_on(database, &["metrics"]).ok();
    assert!(metrics.contains("web_service_window_in_window") && metrics.contains("job_service_window_in_window"));

    let late = "{type: once, start_local: 9999-12-31T22:00, end_local: '9999-12-31T24:00'}";
    let document = format!("windows: [{{name: Late, timezone: UTC, rules: [{late}]}}]");
    let refused = run_on_input(database, &["apply", "-"], &document).refused();
    assert!(refused.contains("is too late"), "{refused}");
}

fn the_same_exception_is_stored_once(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let component = path(database, "component", "component", "web");
    let page = root.get(&component).expect(200);
    saved(&mut root, &typed(&page, "closed", [FRIDAY, "", "", ""]));
    // From the second one on the component itself does not change.
    let form = typed(&root.get(&component).expect(200), "closed", ["2090-12-08", "", "", ""]);
    saved(&mut root, &form);
    for button in ["_save", "_preview"] {
        let again = root.submit(&form, (button, "")).expect(422);
        assert!(again.text("p.errornote").contains("This exception is there already"));
    }
    let window = path(database, "slawindow", "sla_window", "Office");
    let form = typed(&root.get(&window).expect(200), "closed", [FRIDAY, "14:00", "", ""]);
    saved(&mut root, &form);
    let conflict = root.submit(&form, ("_save", "")).expect(409).form("#except_form");
    let again = root.submit(&conflict, ("_save", "")).expect(422);
    assert!(again.text("p.errornote").contains("This exception is there already"));
    let rules = "SELECT COUNT(*) AS value FROM rule WHERE kind = 'once'";
    assert_eq!(database.number(rules), 3);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn what_changes_nothing_is_said(database: &Database) {
    apply(
        database,
        &format!(
            "calendars: [{{name: Feast, rules: [{{type: dates, dates: [{FRIDAY}, {SATURDAY}], start: '00:00', duration_s: 86400}}]}}]{HOURS}"
        ),
    );
    apply(database, "components: [{name: web, calendars: [Feast]}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let component = path(database, "component", "component", "web");
    let window = path(database, "slawindow", "sla_window", "Office");
    let cut = "No extra service is promised then: it is removed by the calendar “Feast”.";
    let part = "2 h of the extra service are not promised: it is removed by the calendar “Feast”.";
    let cases = [
        (&component, "extra", [SATURDAY, "10:00", "16:00"], Some(cut), false),
        (&component, "extra", ["2090-12-10", "", "02:00"], None, true),
        (&component, "extra", [SATURDAY, "22:00", "02:00"], Some(part), true),
        (
            &component,
            "closed",
            [FRIDAY, "09:00", "10:00"],
            Some("No service is promised then anyway: nothing changes."),
            false,
        ),
        (
            &window,
            "extra",
            [FRIDAY, "09:00", "10:00"],
            Some("Service is promised then already: nothing changes."),
            false,
        ),
        (
            &window,
            "closed",
            [SATURDAY, "", ""],
            Some("No service is promised then anyway: nothing changes."),
            false,
        ),
        (
            &window,
            "extra",
            ["2031-03-30", "02:00", "03:00"],
            Some("The clocks in Europe/Berlin skip this time: nothing changes."),
            false,
        ),
        (
            &window,
            "extra",
            ["2031-03-30", "02:10", "02:20"],
            Some("The clocks in Europe/Berlin skip a part of this time: it is Sun 30 Mar 03:10–03:20 CEST."),
            true,
        ),
        (
            &window,
            "closed",
            ["2020-12-04", "", ""],
            Some("This time is past."),
            true,
        ),
    ];
    for (path, service, [date, start, end], warning, changes) in cases {
        let form = typed(&root.get(path).expect(200), service, [date, start, end, ""]);
        let notes = root
            .submit(&form, ("_preview", ""))
            .expect(200)
            .texts("#preview-notes li");
        let warnings: Vec<String> = warning.iter().map(|warning| (*warning).to_owned()).collect();
        assert_eq!(notes[..warnings.len()], warnings, "{date} {start}–{end}");
        let location = root.submit(&form, ("_save", "Save")).expect(302).location();
        let page = root.visit(&location).expect(200);
        assert_eq!(
            page.texts("ul.messagelist > li.warning"),
            warnings,
            "{date} {start}–{end}"
        );
        let success = page.text("ul.messagelist > li.success");
        assert_eq!(!success.contains("changes no hours of"), changes, "{success}");
    }
    // Names stay covered.
    let may = [
        "sla.view_component",
        "sla.change_component",
        "sla.add_slawindow",
        "sla.change_slawindow",
    ];
    let mut planner = staff(database, &server, "planner", &may);
    let form = typed(
        &planner.get(&component).expect(200),
        "extra",
        [SATURDAY, "04:00", "05:00", ""],
    );
    let page = planner.submit(&form, ("_preview", "")).expect(200);
    assert!(
        page.text("#preview-notes")
            .contains("it is removed by a calendar that you may not view.")
    );
    let warnings = messages(&mut planner, &form, "warning");
    assert!(warnings[0].contains("a calendar that you may not view") && !warnings[0].contains("Feast"));
}

fn hours_that_cannot_be_read_are_not_shown_as_none(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    database.execute("UPDATE rule SET start_time = 'noon' WHERE kind = 'weekly'");
    let component = path(database, "component", "component", "web");
    let form = typed(&root.get(&component).expect(200), "closed", [FRIDAY, "", "", ""]);
    let page = root.submit(&form, ("_preview", "")).expect(200);
    assert!(!page.has("#preview-week") && page.html().contains("Its hours cannot be read."));
    assert!(!page.html().contains("No service is promised within five years"));
    assert_eq!(
        page.texts("#preview-notes li")[0],
        "Its hours cannot be read, so what changes is not known."
    );
}

fn exceptions_are_read_in_history_and_on_pages(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let component = path(database, "component", "component", "web");
    let view = component.replace("except/", "view/");
    let history = component.replace("except/", "history/");
    let mut save = |service: &str, values: [&str; 4]| {
        let form = typed(&root.get(&component).expect(200), service, values);
        saved(&mut root, &form);
    };
    save("closed", [FRIDAY, "14:00", "", "party"]);
    save("extra", [SATURDAY, "10:00", "16:00", "release"]);
    save("closed", ["2090-12-08", "", "", "repair"]);
    let page = root.get(&view).expect(200);
    assert!(
        page.text("section[aria-labelledby=windows]").contains(
            "Except, in any of its windows: Exceptions of web , 2090-12-08 all day (repair); 2090-12-01 14:00–24:00 (party)"
        ),
        "{}",
        page.text("section[aria-labelledby=windows]")
    );
    for path in [&view, &history] {
        let text = root.get(path).expect(200).text("main");
        for words in [
            "2090-12-01 14:00–24:00 (party)",
            "2090-12-02 10:00–16:00 (release)",
            "2090-12-08 all day (repair)",
        ] {
            assert!(text.contains(words), "{path}: {words}: {text}");
        }
    }
    // Names of calendars and windows need the permission, and so do their rules.
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    for path in [&view, &history] {
        let text = viewer.get(path).expect(200).text("main");
        assert!(!text.contains("party") && !text.contains("Exceptions of"), "{text}");
    }
    // What is past needs no look: more is not expected of exceptions.
    for (note, start, end) in [
        ("party", "2020-12-01T14:00", "2020-12-02T00:00"),
        ("release", "2020-12-05T10:00", "2020-12-05T16:00"),
        ("repair", "2020-12-08T00:00", "2020-12-09T00:00"),
    ] {
        database.execute(&format!(
            "UPDATE rule SET start_local = '{start}', end_local = '{end}' WHERE note = '{note}'"
        ));
    }
    let start = root.get("/admin/").expect(200);
    let items = start.texts("#attention li");
    assert_eq!(items, Vec::<String>::new());
    let check = run_on(database, &["check"]).ok();
    assert!(!check.contains("W007") && !check.contains("W008"), "{check}");
}
