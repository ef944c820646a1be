//! `Except on…`: a day that is not as the rules say, for a window or for one component alone.

use super::typed::key;
use crate::support::browser::{Browser, Form, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    a_window_is_closed_for_a_time_or_has_extra_service,
    a_component_alone_has_exceptions_of_its_own,
    names_that_others_have_are_not_taken_over,
    a_change_meanwhile_is_not_lost,
    what_is_typed_wrong_is_said_beside_its_field,
    users_need_the_permissions_for_what_is_stored,
);

pub(super) const HOURS: &str = "
windows:
- {name: Office, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}]}
components:
- {name: web, windows: [Office]}
- {name: job, windows: [Office]}
";

/// A Friday.
pub(super) const FRIDAY: &str = "2090-12-01";
/// The Saturday after it.
pub(super) const SATURDAY: &str = "2090-12-02";

pub(super) fn path(database: &Database, model: &str, table: &str, name: &str) -> String {
    format!("/admin/sla/{model}/{}/except/", key(database, table, name))
}

/// The form with a day and times.
pub(super) fn typed(page: &Page, service: &str, [date, start, end, note]: [&str; 4]) -> Form {
    let form = page.form("#except_form").set("service", service).set("date", date);
    form.set("start", start).set("end", end).set("note", note)
}

/// The spans of a component or window on both days, in local time.
fn hours(database: &Database, of: &[&str]) -> String {
    let range = [
        "--from",
        FRIDAY,
        "--to",
        "2090-12-04",
        "--zone",
        "Europe/Berlin",
        "--format",
        "csv",
    ];
    run_on(database, &[&["spans"], of, &range].concat()).ok()
}

/// Saves; returns what the next page says.
pub(super) fn saved(browser: &mut Browser, form: &Form) -> Vec<String> {
    let location = browser.submit(form, ("_save", "Save")).expect(302).location();
    let messages = browser.visit(&location).expect(200);
    let messages = messages.texts("ul.messagelist > li.success").into_iter();
    // A link in a text is set apart.
    messages
        .map(|text| text.replace("“ ", "“").replace(" ”", "”"))
        .collect()
}

fn versions(database: &Database) -> (i64, i64) {
    (
        database.number("SELECT version AS value FROM data_version"),
        database.number("SELECT COUNT(*) AS value FROM log_entry"),
    )
}

fn a_window_is_closed_for_a_time_or_has_extra_service(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = path(database, "slawindow", "sla_window", "Office");
    let page = root.get(&path).expect(200);
    assert!(
        page.text("p.lead")
            .contains("for all components that use it. Times are in Europe/Berlin.")
    );
    let form = typed(&page, "closed", [FRIDAY, "14:00", "", "party"]);
    let before = versions(database);
    let preview = root.submit(&form, ("_preview", "Preview")).expect(200);
    assert!(preview.has("section#preview") && preview.has("#except_form"));
    assert_eq!(preview.form("#except_form").values("start"), ["14:00"]);
    assert_eq!(versions(database), before, "a preview writes nothing");
    let messages = saved(&mut root, &form);
    assert_eq!(
        messages,
        ["The SLA window “Office” is closed on Fri 1 Dec 2090 from 14:00 to 24:00."],
        "what is far away changes no week soon"
    );
    let rule = "SELECT kind || ' ' || effect || ' ' || note AS value FROM rule WHERE kind = 'once'";
    assert_eq!(database.texts(rule), ["once exclude party"]);
    let page = root.get(&path).expect(200);
    let messages = saved(&mut root, &typed(&page, "extra", [SATURDAY, "22:00", "02:00", ""]));
    assert_eq!(
        messages[0],
        "The SLA window “Office” has extra service on Sat 2 Dec 2090 from 22:00 to 02:00 of the next day."
    );
    let hours = hours(database, &["web", "job"]);
    for name in ["web", "job"] {
        let lines: Vec<&str> = hours.lines().filter(|line| line.contains(name)).collect();
        assert_eq!(lines.len(), 2, "{hours}");
    }
    let id = key(database, "sla_window", "Office");
    let history = root.get(&format!("/admin/sla/slawindow/{id}/history/")).expect(200);
    assert!(history.text("#change-history").contains("party"));

    // All who use the window are warned of a day that is soon.
    let page = root.get(&path).expect(200);
    let today = chrono::Days::new(2);
    let date = sla_monitor::clock::Clock::now(&sla_monitor::clock::SystemClock).date() + today;
    let messages = saved(&mut root, &typed(&page, "extra", [&date.to_string(), "", "", ""]));
    assert!(messages[0].contains(" 2 components: +"), "{messages:?}");
}

fn a_component_alone_has_exceptions_of_its_own(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = path(database, "component", "component", "web");
    let page = root.get(&path).expect(200);
    assert!(
        page.text("p.lead")
            .contains("for this component alone. Times are in Europe/Berlin.")
    );
    let form = typed(&page, "closed", [FRIDAY, "", "", ""]);
    let preview = root.submit(&form, ("_preview", "Preview")).expect(200);
    assert!(preview.has("section#preview"));
    assert!(
        preview
            .html()
            .contains("It is kept in the calendar “Exceptions of web”.")
    );
    let messages = saved(&mut root, &form);
    assert_eq!(
        messages[0],
        "The component “web” is closed on Fri 1 Dec 2090. It is kept in the calendar “Exceptions of web”."
    );
    assert_eq!(hours(database, &["web"]).lines().count(), 1, "the heading alone");
    assert_eq!(hours(database, &["job"]).lines().count(), 2);

    // The second one is kept with the first.
    let page = root.get(&path).expect(200);
    saved(&mut root, &typed(&page, "closed", ["2090-12-08", "", "", ""]));
    assert_eq!(database.number("SELECT COUNT(*) AS value FROM calendar"), 1);
    assert_eq!(
        database.number("SELECT COUNT(*) AS value FROM rule WHERE kind = 'once'"),
        2
    );

    let page = root.get(&path).expect(200);
    let messages = saved(
        &mut root,
        &typed(&page, "extra", [SATURDAY, "10:00", "16:00", "release"]),
    );
    assert!(
        messages[0].ends_with("It is kept in the SLA window “Exceptions of web”."),
        "{messages:?}"
    );
    assert_eq!(hours(database, &["web"]).lines().count(), 2);
    assert_eq!(hours(database, &["job"]).lines().count(), 2);
    let links = "SELECT COUNT(*) AS value FROM component_window";
    assert_eq!(database.number(links), 3);
}

fn names_that_others_have_are_not_taken_over(database: &Database) {
    apply(
        database,
        &format!("calendars: [{{name: 'exceptions of WEB', rules: []}}]{HOURS}"),
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = path(database, "component", "component", "web");
    let page = root.get(&path).expect(200);
    let messages = saved(&mut root, &typed(&page, "closed", [FRIDAY, "", "", ""]));
    assert!(
        messages[0].ends_with("It is kept in the calendar “Exceptions of web (2)”."),
        "{messages:?}"
    );
    // Once another component has it too, it is left alone.
    apply(
        database,
        "components: [{name: job, calendars: ['Exceptions of web (2)']}]",
    );
    let page = root.get(&path).expect(200);
    let messages = saved(&mut root, &typed(&page, "closed", ["2090-12-08", "", "", ""]));
    assert!(messages[0].ends_with("“Exceptions of web (3)”."), "{messages:?}");
}

fn a_change_meanwhile_is_not_lost(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = path(database, "slawindow", "sla_window", "Office");
    let form = typed(&root.get(&path).expect(200), "closed", [FRIDAY, "14:00", "", "party"]);
    apply(database, "windows: [{name: Office, description: other}]");
    let before = versions(database);
    for button in ["_preview", "_save"] {
        let page = root.submit(&form, (button, "")).expect(409);
        assert!(
            page.text("p.errornote")
                .starts_with("It was changed since you opened this page")
        );
        assert_eq!(page.form("#except_form").values("note"), ["party"]);
    }
    assert_eq!(versions(database), before);
    let again = root.submit(&form, ("_save", "")).expect(409).form("#except_form");
    saved(&mut root, &again);
    assert_eq!(
        database.number("SELECT COUNT(*) AS value FROM rule WHERE kind = 'once'"),
        1
    );
    assert_eq!(database.texts("SELECT description AS value FROM sla_window"), ["other"]);

    database.execute("DELETE FROM component_window");
    database.execute("DELETE FROM sla_window");
    // As for every page of an object that is gone: the start page says so.
    root.submit(&again, ("_save", "")).expect(302);
    root.get(&path).expect(302);
}

fn what_is_typed_wrong_is_said_beside_its_field(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = path(database, "slawindow", "sla_window", "Office");
    let page = root.get(&path).expect(200);
    let long = "x".repeat(201);
    let cases = [
        ("closed", ["", "", "", ""], "date"),
        ("closed", ["2090-13-01", "", "", ""], "date"),
        ("closed", [FRIDAY, "25:00", "", ""], "start"),
        ("closed", [FRIDAY, "", "noon", ""], "end"),
        ("closed", [FRIDAY, "", "", &long], "note"),
        ("open", [FRIDAY, "", "", ""], "service"),
    ];
    for (service, values, field) in cases {
        for button in ["_save", "_preview"] {
            let page = root.submit(&typed(&page, service, values), (button, "")).expect(422);
            assert!(page.has(&format!(".field-{field} ul.errorlist li")), "{values:?}");
            assert_eq!(page.form("#except_form").values("date"), [values[0]]);
            assert_eq!(page.texts(".error-summary li").len(), 1);
        }
    }
    // A script that asks meanwhile gets the same as a success.
    let form = typed(&page, "closed", ["", "", "", ""]);
    assert!(
        root.submit(&form, ("_preview", "beside"))
            .expect(200)
            .has(".error-summary")
    );
    let form = page.form("#except_form").clear("_version").set("date", FRIDAY);
    let page = root.submit(&form, ("_save", "")).expect(422);
    assert!(page.text("p.errornote").contains("_version"));
    assert_eq!(database.number("SELECT COUNT(*) AS value FROM rule"), 1);

    // No more rules than a form holds, and nothing of what cannot be read.
    let many: Vec<String> = (1..=99)
        .map(|day| {
            format!(
                "{{type: once, start_local: 2080-01-01T00:00, end_local: 2080-06-01T00:{:02}}}",
                day % 60
            )
        })
        .collect();
    let rules = format!("windows: [{{name: Office, excludes: [{}]}}]", many.join(", "));
    apply(database, &rules);
    let page = root.get(&path).expect(200);
    let refused = root
        .submit(&typed(&page, "closed", [FRIDAY, "", "", ""]), ("_save", ""))
        .expect(422);
    assert!(refused.text("p.errornote").contains("which is the limit"));
    database.execute("UPDATE rule SET start_time = 'noon' WHERE kind = 'weekly'");
    let page = root.get(&path).expect(200);
    let refused = root
        .submit(&typed(&page, "closed", [FRIDAY, "", "", ""]), ("_save", ""))
        .expect(422);
    assert!(refused.text("p.errornote").contains("It cannot be read"));
}

fn users_need_the_permissions_for_what_is_stored(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let window = path(database, "slawindow", "sla_window", "Office");
    let component = path(database, "component", "component", "web");
    let mut viewer = staff(
        database,
        &server,
        "viewer",
        &["sla.view_slawindow", "sla.view_component"],
    );
    viewer.get(&window).expect(403);
    viewer.get(&component).expect(403);

    let mut editor = staff(
        database,
        &server,
        "editor",
        &["sla.change_slawindow", "sla.change_component"],
    );
    let page = editor.get(&window).expect(200);
    assert_eq!(page.attributes("input[name=service]", "value"), ["closed", "extra"]);
    let page = editor.get(&component).expect(200);
    assert!(!page.has("input[name=service]") && page.text("p.notice").contains("you may add and change neither"));
    let form = typed(&page, "closed", [FRIDAY, "", "", ""]);
    editor.submit(&form, ("_save", "")).expect(403);
    assert_eq!(database.number("SELECT COUNT(*) AS value FROM calendar"), 0);

    let permissions = ["sla.change_component", "sla.add_calendar", "sla.change_calendar"];
    let mut planner = staff(database, &server, "planner", &permissions);
    let page = planner.get(&component).expect(200);
    assert_eq!(page.attributes("input[name=service]", "value"), ["closed"]);
    saved(&mut planner, &typed(&page, "closed", [FRIDAY, "", "", ""]));
    assert_eq!(database.number("SELECT COUNT(*) AS value FROM calendar"), 1);
    // The other kind is refused beside its field, by a preview too.
    let page = planner.get(&component).expect(200);
    for button in ["_save", "_preview"] {
        let form = typed(&page, "extra", [FRIDAY, "", "", ""]);
        let refused = planner.submit(&form, (button, "")).expect(422);
        assert!(
            refused
                .text(".field-service ul.errorlist")
                .starts_with("You may not store this kind")
        );
        assert_eq!(refused.attributes(".error-summary a", "href"), ["#id_service_closed"]);
    }
    let permissions = ["sla.change_component", "sla.add_slawindow", "sla.change_slawindow"];
    let mut extender = staff(database, &server, "extender", &permissions);
    let page = extender.get(&component).expect(200);
    assert!(page.has("input[name=service][value=extra][checked]"));
    let refused = extender
        .submit(&typed(&page, "", ["", "", "", ""]), ("_save", ""))
        .expect(422);
    assert_eq!(
        refused.attributes(".error-summary a", "href"),
        ["#id_service_extra", "#id_date"]
    );
}
