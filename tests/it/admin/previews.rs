//! What saving a form would come to: the figures are those of the calculus, nothing is written, and users see what they may view.

use std::fmt::Write;

use serde_json::{Value, json};
use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;
use sla_monitor::calculus::coverage::Coverage;
use sla_monitor::calculus::span::Span;
use sla_monitor::clock::{Clock, SystemClock};

use crate::support::browser::{Browser, Form, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    figures_of_windows_are_those_of_the_calculus,
    calendars_show_what_they_exclude_and_whom_they_cut,
    components_show_their_own_hours,
    new_objects_have_a_preview,
    many_components_are_summed_up,
    components_that_keep_their_hours_are_counted,
    what_saving_warns_of_is_in_the_preview,
    what_saving_refuses_is_refused,
    users_see_what_they_may_view,
    scripts_get_refusals_as_pages,
    files_show_what_they_do_to_hours,
    changes_of_many_show_what_they_do_to_hours,
);

const DAY: i64 = 86_400;
/// From 22:00 until 06:00, and until 07:15.
const NIGHT: i64 = 28_800;
const LONGER: i64 = 33_300;
const ZONES: [&str; 4] = ["Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "Europe/Berlin"];

/// Nights and days, a special day, and a rule that excludes.
fn window(zone: &str, night: i64) -> Value {
    json!({
        "name": "Hours",
        "timezone": zone,
        "rules": [
            {"type": "weekly", "days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "22:00", "duration_s": night},
            {"type": "weekly", "days": ["MO", "TU", "WE"], "start": "09:30", "duration_s": 9000},
        ],
        "excludes": [{"type": "weekly", "days": ["TU"], "start": "10:00", "duration_s": 1_200}],
    })
}

fn coverage(window: &Value) -> Coverage {
    let question = json!({"windows": [window], "from": 0, "to": 1}).to_string();
    Evaluation::read(&question).expect("accepted").coverage
}

fn now() -> i64 {
    SystemClock.now_seconds()
}

fn numbers(page: &Page, selector: &str, attribute: &str) -> Vec<i64> {
    let values = page.attributes(selector, attribute);
    values.iter().map(|value| value.parse().expect("a number")).collect()
}

/// Start and end of each of the next spans.
fn spans(page: &Page) -> Vec<(i64, i64)> {
    let starts = numbers(page, "#preview #preview-spans li", "data-start");
    let ends = numbers(page, "#preview #preview-spans li", "data-end");
    starts.into_iter().zip(ends).collect()
}

/// Before, after and difference in the rows that match.
fn figures(page: &Page, row: &str) -> Vec<[i64; 3]> {
    let of = |cell: &str| numbers(page, &format!("table#preview-impact {row} td.{cell}"), "data-seconds");
    let (before, after, difference) = (of("before"), of("after"), of("difference"));
    assert_eq!((before.len(), before.len()), (after.len(), difference.len()));
    let rows = before.into_iter().zip(after).zip(difference);
    rows.map(|((before, after), difference)| [before, after, difference])
        .collect()
}

/// What is covered in the time that a preview compares: 90 days from the hour on that has begun.
fn compared_seconds(coverage: &Coverage, at: i64) -> i64 {
    let from = at - at.rem_euclid(3600);
    coverage.covered_seconds(from, from + 90 * DAY)
}

fn path(database: &Database, model: &str, table: &str, name: &str) -> String {
    let id = database.number(&format!("SELECT id AS value FROM {table} WHERE name = '{name}'"));
    format!("/admin/sla/{model}/{id}/change/")
}

fn started(database: &Database, document: &str) -> (Server, Browser) {
    apply(database, document);
    let server = Server::start(database, &[]);
    let browser = superuser(database, &server);
    (server, browser)
}

/// What shows that something was written.
fn written(database: &Database) -> (i64, i64) {
    let entries = database.number("SELECT COUNT(*) AS value FROM log_entry");
    (entries, database.number("SELECT version AS value FROM data_version"))
}

/// Asks for a preview, and looks that nothing was written. Returns the page and the seconds between which it was made.
fn previewed(database: &Database, browser: &mut Browser, form: &Form) -> (Page, i64, i64) {
    let (before, from) = (written(database), now());
    let page = browser.submit(form, ("_preview", "Preview")).expect(200);
    let to = now();
    assert_eq!(written(database), before, "a preview writes nothing");
    assert!(page.has("section#preview"));
    (page, from, to)
}

fn figures_of_windows_are_those_of_the_calculus(database: &Database) {
    let (mut windows, mut components) = (Vec::new(), Vec::new());
    for zone in ZONES {
        let mut stored = window(zone, NIGHT);
        stored["name"] = json!(zone);
        windows.push(stored);
        components.push(json!({"name": format!("uses {zone}"), "windows": [zone]}));
        components.push(json!({"name": format!("also {zone}"), "windows": [zone]}));
    }
    let document = json!({"windows": windows, "components": components}).to_string();
    let (_server, mut browser) = started(database, &document);
    for zone in ZONES {
        let path = path(database, "slawindow", "sla_window", zone);
        let form = browser.get(&path).expect(200).form("#slawindow_form");
        let form = form.set("rules-0-end_time", "07:15");
        let (page, from, to) = previewed(database, &mut browser, &form);
        assert_eq!(
            page.form("#slawindow_form").values("rules-0-end_time"),
            ["07:15"],
            "the form as typed"
        );

        let (before, after) = (coverage(&window(zone, NIGHT)), coverage(&window(zone, LONGER)));
        let near = after.spans(from - 10 * DAY, from + 60 * DAY);
        let is_next = |at: i64| {
            let next = near.iter().filter(|span| span.end > at).take(10);
            next.map(|span| (span.start, span.end)).collect::<Vec<_>>() == spans(&page)
        };
        assert!((from..=to).any(is_next), "{zone}: {:?}", spans(&page));

        let rows = figures(&page, "tr[data-component]");
        assert_eq!(rows.len(), 2, "{zone}");
        let is_right = |at: i64| {
            let seconds = |coverage: &Coverage| compared_seconds(coverage, at);
            let (before, after) = (seconds(&before), seconds(&after));
            rows.iter().all(|row| *row == [before, after, after - before])
        };
        assert!((from..=to).any(is_right), "{zone}: {rows:?}");
        let sum = [0, 1, 2].map(|index| rows[0][index] + rows[1][index]);
        assert_eq!(figures(&page, "tr.sum"), [sum], "{zone}");

        drawn_week_is_right(&page, &before, &after);
        let nights = page.texts("#preview-clock-changes li");
        match zone {
            "Asia/Kathmandu" => assert_eq!(
                nights,
                ["The clock of Asia/Kathmandu does not change within five years."]
            ),
            _ => assert!(
                nights.len() == 4 && nights.iter().all(|night| night.contains("before: ")),
                "{nights:?}"
            ),
        }
    }
}

/// Compares the bars of a week before and after with the calculus.
fn drawn_week_is_right(page: &Page, before: &Coverage, after: &Coverage) {
    for (index, coverage) in [before, after].into_iter().enumerate() {
        let bar = format!("#preview-week tbody tr:nth-child({}) rect.span", index + 1);
        let starts = numbers(page, &bar, "data-start");
        let drawn: Vec<Span> = starts
            .into_iter()
            .zip(numbers(page, &bar, "data-end"))
            .map(|(start, end)| Span { start, end })
            .collect();
        let (first, last) = (drawn[0].start, drawn[drawn.len() - 1].end);
        assert_eq!(drawn, coverage.spans(first, last));
        assert!(last - first > 5 * DAY, "{drawn:?}");
    }
}

fn calendars_show_what_they_exclude_and_whom_they_cut(database: &Database) {
    let document = "
calendars:
- {name: Closed, rules: [{type: weekly, days: [SU], start: '00:00', duration_s: 3600}]}
- {name: Spare, timezone: UTC, rules: [{type: weekly, days: [SA], start: '00:00', duration_s: 3600}]}
windows:
- {name: Always, timezone: Europe/Berlin, calendars: [Closed], rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
components:
- {name: web, windows: [Always]}
- {name: off, enabled: false, windows: [Always]}
";
    let (_server, mut browser) = started(database, document);
    let form = browser
        .get(&path(database, "calendar", "calendar", "Closed"))
        .expect(200);
    let form = form.form("#calendar_form").set("rules-0-end_time", "03:00");
    let (page, from, to) = previewed(database, &mut browser, &form);
    let closed = |seconds: i64| {
        let rules = json!([{"type": "weekly", "days": ["SU"], "start": "00:00", "duration_s": seconds}]);
        coverage(&json!({"name": "c", "timezone": "Europe/Berlin", "rules": rules}))
    };
    let shown = spans(&page);
    assert_eq!(shown.len(), 10);
    let excluded = closed(10_800).spans(from - 10 * DAY, shown[9].1);
    let last: Vec<(i64, i64)> = excluded.iter().map(|span| (span.start, span.end)).collect();
    assert_eq!(shown, last[last.len() - 10..]);
    assert!(last[last.len() - 10].1 > from && last[last.len() - 11].1 <= to);
    let rows = figures(&page, "tr[data-component]");
    let is_right = |at: i64| {
        let excluded = |seconds: i64| compared_seconds(&closed(seconds), at);
        let (before, after) = (90 * DAY - excluded(3_600), 90 * DAY - excluded(10_800));
        rows == [[before, after, after - before]]
    };
    assert!((from..=to).any(is_right), "{rows:?}");

    // No component has it.
    let form = browser
        .get(&path(database, "calendar", "calendar", "Spare"))
        .expect(200);
    let form = form.form("#calendar_form").clear("enabled");
    let (page, ..) = previewed(database, &mut browser, &form);
    assert!(!page.has("#preview-impact") && !page.has("#preview-spans"));
    assert!(page.text("#preview").contains("The calendar is disabled"));
    assert_eq!(page.texts("#preview-notes li"), ["No component is affected."]);
}

fn components_show_their_own_hours(database: &Database) {
    let hours = window("Europe/Berlin", NIGHT);
    let document = json!({"windows": [hours], "components": [{"name": "web", "windows": ["Hours"]}, {"name": "job"}]});
    let (_server, mut browser) = started(database, &document.to_string());
    let covered = coverage(&hours);
    let seconds = |at: i64| compared_seconds(&covered, at);

    let web = path(database, "component", "component", "web");
    let form = browser.get(&web).expect(200).form("#component_form");
    let (page, ..) = previewed(database, &mut browser, &form);
    assert!(!page.has("#preview-impact"), "nothing was typed");
    assert_eq!(spans(&page).len(), 10);
    let (page, from, to) = previewed(database, &mut browser, &form.clear("enabled"));
    let rows = figures(&page, "tr[data-component]");
    assert!(
        (from..=to).any(|at| rows == [[seconds(at), 0, -seconds(at)]]),
        "{rows:?}"
    );
    assert!(page.text("#preview-impact tbody").contains("(disabled)"));
    assert_eq!(page.attributes("#preview-impact tbody a", "href"), [web]);
    assert!(spans(&page).is_empty());

    let job = path(database, "component", "component", "job");
    let id = database.number("SELECT id AS value FROM sla_window").to_string();
    let form = browser
        .get(&job)
        .expect(200)
        .form("#component_form")
        .add("windows", &id);
    let (page, from, to) = previewed(database, &mut browser, &form);
    let rows = figures(&page, "tr[data-component]");
    assert!(
        (from..=to).any(|at| rows == [[0, seconds(at), seconds(at)]]),
        "{rows:?}"
    );

    // The save does what was previewed.
    browser.submit(&form, ("_save", "Save")).expect(302);
    let form = browser.get(&job).expect(200).form("#component_form");
    assert!(!previewed(database, &mut browser, &form).0.has("#preview-impact"));
}

fn new_objects_have_a_preview(database: &Database) {
    let document = json!({"windows": [window("Asia/Kathmandu", NIGHT)]}).to_string();
    let (_server, mut browser) = started(database, &document);
    let id = database.number("SELECT id AS value FROM sla_window").to_string();
    let page = browser.get("/admin/sla/component/add/").expect(200);
    assert!(page.has(".submit-row button[name=_preview]"));
    let form = page
        .form("#component_form")
        .set("name", "<i>new</i>")
        .add("windows", &id);
    let (page, ..) = previewed(database, &mut browser, &form);
    assert_eq!(
        page.attributes("#preview-impact tr[data-component]", "data-component"),
        [""]
    );
    assert!(page.text("#preview-impact tbody").contains("<i>new</i>"), "escaped");
    assert_eq!(page.texts("#preview-week tbody th span:first-child"), ["After"]);

    let form = browser
        .get("/admin/sla/slawindow/add/")
        .expect(200)
        .form("#slawindow_form");
    let form = form
        .set("name", "Nights")
        .set("timezone", "Africa/Cairo")
        .set("rules-0-kind", "weekly")
        .set("rules-0-weekdays", "FR")
        .set("rules-0-start_time", "22:00")
        .set("rules-0-end_time", "02:00");
    let (page, ..) = previewed(database, &mut browser, &form);
    assert_eq!(spans(&page).len(), 10);
    assert!(page.texts("#preview-clock-changes li")[0].contains("Africa/Cairo"));
    // The clocks of Cairo change on Fridays: of four nights without hours that is said once.
    let (page, ..) = previewed(database, &mut browser, &form.set("rules-0-weekdays", "MO"));
    let nights = page.texts("#preview-clock-changes li");
    assert_eq!(nights.len(), 5, "{nights:?}");
    assert_eq!(nights[4], "Nothing is promised from noon to noon around any of them.");
    assert!(!nights[..4].iter().any(|night| night.contains("noon")), "{nights:?}");

    let form = browser
        .get("/admin/sla/calendar/add/")
        .expect(200)
        .form("#calendar_form");
    let (page, ..) = previewed(database, &mut browser, &form.set("name", "Empty"));
    assert!(page.text("#preview").contains("Nothing is excluded within five years."));

    // A button of that name saves nothing anywhere.
    let before = written(database);
    let form = browser.get("/admin/sla/label/add/").expect(200);
    assert!(!form.has("button[name=_preview]"));
    let form = form.form("#label_form").set("name", "team").set("value", "a");
    let page = browser.submit(&form, ("_preview", "")).expect(200);
    assert_eq!(written(database), before);
    assert_eq!(
        page.text("p.errornote"),
        "Nothing was saved: there is no preview of a label."
    );
}

fn many_components_are_summed_up(database: &Database) {
    let mut document = String::from(
        "windows:\n- {name: W, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '08:00', duration_s: 3600}]}\ncomponents:\n",
    );
    for index in 0..130 {
        writeln!(document, "- {{name: c{index:03}, windows: [W]}}").expect("a text");
    }
    let (_server, mut browser) = started(database, &document);
    let form = browser.get(&path(database, "slawindow", "sla_window", "W")).expect(200);
    let form = form.form("#slawindow_form").clear("enabled");
    let (page, ..) = previewed(database, &mut browser, &form);
    let rows = figures(&page, "tr[data-component]");
    assert_eq!(rows.len(), 100);
    assert_eq!(numbers(&page, "#preview-impact tr.rest", "data-count"), [30]);
    let times = |count: i64| rows[0].map(|figure| figure * count);
    assert_eq!(figures(&page, "tr.rest"), [times(30)]);
    assert_eq!(figures(&page, "tr.sum"), [times(130)]);
    assert_eq!(
        page.texts("#preview-notes li")[0],
        "It concerns 130 components; the hours of all change."
    );
}

fn components_that_keep_their_hours_are_counted(database: &Database) {
    let days = "days: [MO, TU, WE, TH, FR, SA, SU]";
    let document = format!(
        "
windows:
- {{name: W, timezone: UTC, rules: [{{type: weekly, {days}, start: '08:00', duration_s: 3600}}]}}
- {{name: Always, timezone: UTC, rules: [{{type: weekly, {days}, start: '00:00', duration_s: 86400}}]}}
components:
- {{name: some, windows: [W]}}
- {{name: all, windows: [W, Always]}}
"
    );
    let (_server, mut browser) = started(database, &document);
    let form = browser.get(&path(database, "slawindow", "sla_window", "W")).expect(200);
    let form = form.form("#slawindow_form").clear("enabled");
    let (page, ..) = previewed(database, &mut browser, &form);
    // Whole hours, whatever the minute is.
    assert_eq!(figures(&page, "tr[data-component]"), [[90 * 3600, 0, -90 * 3600]]);
    assert_eq!(
        page.texts("#preview-notes li")[0],
        "It concerns 2 components: the hours of 1 change, those of 1 stay the same."
    );
    // They are named, each with its page.
    assert_eq!(page.text("#preview-notes .unchanged"), "Unchanged: all");
    let all = path(database, "component", "component", "all");
    assert_eq!(page.attributes("#preview-notes .unchanged a", "href"), [all]);

    let more: Vec<String> = (0..8)
        .map(|index| format!("- {{name: b{index}, windows: [W, Always]}}\n"))
        .collect();
    apply(database, &format!("components:\n{}", more.concat()));
    let form = browser.get(&path(database, "slawindow", "sla_window", "W")).expect(200);
    let form = form.form("#slawindow_form").clear("enabled");
    let (page, ..) = previewed(database, &mut browser, &form);
    assert_eq!(
        page.texts("#preview-notes .unchanged bdi"),
        ["all", "b0", "b1", "b2", "b3"]
    );
    assert!(page.text("#preview-notes .unchanged").ends_with("and 4 more"));

    apply(
        database,
        "components: [{name: a-disabled, windows: [W], enabled: false}]\n",
    );
    let form = browser.get(&path(database, "slawindow", "sla_window", "W")).expect(200);
    let form = form.form("#slawindow_form").clear("enabled");
    let (page, ..) = previewed(database, &mut browser, &form);
    assert_eq!(page.texts("#preview-notes .unchanged .quiet"), ["(disabled)"]);
}

fn what_saving_warns_of_is_in_the_preview(database: &Database) {
    let document = "
calendars:
- {name: Spare, rules: [{type: weekly, days: [SU], start: '00:00', duration_s: 3600}]}
windows:
- {name: Always, timezone: UTC, calendars: [Spare], rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
- {name: Morning, timezone: UTC, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 3600}]}
components:
- {name: web, windows: [Morning]}
";
    let (server, mut browser) = started(database, document);
    // Names of components are for users with the permission to view them.
    let may = ["sla.view_slawindow", "sla.change_slawindow"];
    let mut changer = staff(database, &server, "changer", &may);
    let morning = path(database, "slawindow", "sla_window", "Morning");
    let form = changer
        .get(&morning)
        .expect(200)
        .form("#slawindow_form")
        .clear("enabled");
    let page = changer.submit(&form, ("_preview", "")).expect(200);
    let said = page.text("#preview-warnings");
    assert!(
        said.contains("components that you may not view") && !said.contains("web"),
        "{said}"
    );

    let always = path(database, "slawindow", "sla_window", "Always");
    let form = browser.get(&always).expect(200).form("#slawindow_form");
    let hole = form.set("rules-0-end_time", "23:59");
    let spare = path(database, "calendar", "calendar", "Spare");
    let form = browser.get(&spare).expect(200).form("#calendar_form");
    let days = ["MO", "TU", "WE", "TH", "FR", "SA"];
    let all = days
        .into_iter()
        .fold(form, |form, day| form.add("rules-0-weekdays", day));
    let all = all.set("rules-0-end_time", "24:00");
    let web = path(database, "component", "component", "web");
    let always_id = database.number("SELECT id AS value FROM sla_window WHERE name = 'Always'");
    let form = browser.get(&web).expect(200).form("#component_form");
    let both = form.add("windows", &always_id.to_string());
    for (path, form, words) in [
        (&always, hole, "hole of 1 min"),
        (&web, both, "overlap or touch"),
        (&spare, all, "Always"),
    ] {
        let page = previewed(database, &mut browser, &form).0;
        let said = page.texts("#preview-warnings li");
        assert!(said.len() == 1 && said[0].contains(words), "{path}: {said:?}");
        browser.submit(&form, ("_continue", "")).expect(302);
        let page = browser.get(path).expect(200);
        assert_eq!(page.texts(".messagelist .warning"), said, "{path}");
    }
}

fn what_saving_refuses_is_refused(database: &Database) {
    let document = json!({"windows": [window("UTC", NIGHT)]}).to_string();
    let (_server, mut browser) = started(database, &document);
    let path = path(database, "slawindow", "sla_window", "Hours");
    let form = browser.get(&path).expect(200).form("#slawindow_form");
    let refused = [
        ("timezone", "Nowhere/Else"),
        ("name", ""),
        ("rules-0-end_time", "25:99"),
        ("_version", "x"),
    ];
    for (field, value) in refused {
        let page = browser
            .submit(&form.clone().set(field, value), ("_preview", ""))
            .expect(422);
        assert!(!page.has("#preview"), "{field}");
        assert!(page.has("p.errornote"), "{field}");
    }
    let other = browser
        .get("/admin/sla/slawindow/add/")
        .expect(200)
        .form("#slawindow_form");
    let other = other.set("name", "HOURS").set("timezone", "UTC");
    let page = browser.submit(&other, ("_preview", "")).expect(422);
    assert!(page.text(".field-name").contains("already exists"));

    // Another save came first.
    browser
        .submit(&form.clone().set("description", "d"), ("_save", ""))
        .expect(302);
    let page = browser
        .submit(&form.clone().set("description", "e"), ("_preview", ""))
        .expect(409);
    assert!(!page.has("#preview"));
    // The object is gone.
    database.execute("DELETE FROM sla_window");
    let before = written(database);
    browser.submit(&form, ("_preview", ""));
    assert_eq!(written(database), before);
}

fn users_see_what_they_may_view(database: &Database) {
    let hours = window("Europe/Berlin", NIGHT);
    let document = json!({"windows": [hours], "components": [{"name": "secret-a", "windows": ["Hours"]}, {"name": "secret-b", "windows": ["Hours"]}]});
    let (server, _browser) = started(database, &document.to_string());
    let path = path(database, "slawindow", "sla_window", "Hours");
    let mut changer = staff(database, &server, "changer", &["sla.change_slawindow"]);
    let form = changer
        .get(&path)
        .expect(200)
        .form("#slawindow_form")
        .set("rules-0-end_time", "07:15");
    let (page, ..) = previewed(database, &mut changer, &form);
    assert!(!page.html().contains("secret-"), "no name");
    assert!(!page.has("#preview-impact tr[data-component]"));
    assert_eq!(
        page.text("#preview-impact tr.rest th"),
        "The hours of 2 components that you may not view differ"
    );
    assert!(!page.has("#preview-impact td"), "no hours of them, not even in a sum");
    assert!(!page.text("#preview-notes").contains("for the first time"));

    let mut viewer = staff(database, &server, "viewer", &["sla.view_slawindow"]);
    let page = viewer.get(&path).expect(200);
    assert!(!page.has("button[name=_preview]"));
    viewer.submit(&form, ("_preview", "")).expect(403);
    let id = database.number("SELECT id AS value FROM sla_window").to_string();
    let mut adder = staff(database, &server, "adder", &["sla.add_component"]);
    let form = adder
        .get("/admin/sla/component/add/")
        .expect(200)
        .form("#component_form");
    let form = form.set("name", "x").add("windows", &id);
    let page = adder.submit(&form, ("_preview", "")).expect(422);
    assert!(
        !page.html().contains("Hours"),
        "a window that may not be viewed cannot be looked at by a preview"
    );
}

fn scripts_get_refusals_as_pages(database: &Database) {
    let document = json!({"windows": [window("UTC", NIGHT)]}).to_string();
    let (server, mut browser) = started(database, &document);
    let path = path(database, "slawindow", "sla_window", "Hours");
    let form = browser.get(&path).expect(200).form("#slawindow_form");
    let beside = ("_preview", "beside");
    let page = browser.submit(&form.clone().set("rules-0-end_time", "25:99"), beside);
    let page = page.expect(200);
    assert!(!page.has("#preview") && page.has("p.errornote"));
    assert!(page.text(".error-summary").contains("25:99"));
    let typed = form.clone().set("rules-0-end_time", "07:15");
    assert!(browser.submit(&typed, beside).expect(200).has("#preview-spans li"));
    let saved = form.set("description", "d");
    browser.submit(&saved, ("_save", "")).expect(302);
    let page = browser.submit(&typed, beside).expect(200);
    assert!(!page.has("#preview") && page.has("section.conflict"));
    // Without a session there is none.
    let mut other = Browser::with_session(&server, "no-session");
    let page = other.submit(&typed, beside);
    assert!(!page.has("#preview"));
}

/// Looks that one component gets `hours` instead of none.
fn gets(page: &Page, window: &Value, (from, to): (i64, i64)) {
    let coverage = coverage(window);
    let rows = figures(page, "tr[data-component]");
    let is_right = |at: i64| {
        let seconds = compared_seconds(&coverage, at);
        rows == [[0, seconds, seconds]]
    };
    assert!((from..=to).any(is_right), "{rows:?}");
}

/// A window and components with and without it.
fn with_and_without(hours: &Value) -> String {
    let components = json!([{"name": "web"}, {"name": "job"}, {"name": "has", "windows": ["Hours"]}]);
    json!({"windows": [hours], "components": components}).to_string()
}

fn files_show_what_they_do_to_hours(database: &Database) {
    let hours = window("Africa/Cairo", NIGHT);
    let (_server, mut browser) = started(database, &with_and_without(&hours));
    let before = written(database);
    let from = now();
    let file = "name,windows\nweb,Hours\nhas,Hours\n";
    let fields = [("format", "csv"), ("text", file)];
    let page = browser
        .upload("/admin/sla/component/import/", &fields, None)
        .expect(200);
    gets(&page, &hours, (from, now()));
    assert!(page.has("#import-preview #preview-impact"));
    let labels = [("format", "csv"), ("text", "name,value\nteam,a\n")];
    let page = browser.upload("/admin/sla/label/import/", &labels, None).expect(200);
    assert!(page.has("#import-confirm") && !page.has("#preview-notes"));
    assert_eq!(written(database), before, "a preview changes nothing");
}

fn changes_of_many_show_what_they_do_to_hours(database: &Database) {
    let hours = window("Africa/Cairo", NIGHT);
    let (server, mut browser) = started(database, &with_and_without(&hours));
    let before = written(database);
    let id = database.number("SELECT id AS value FROM sla_window").to_string();
    let key = |name: &str| database.number(&format!("SELECT id AS value FROM component WHERE name = '{name}'"));
    let (job, has) = (key("job").to_string(), key("has").to_string());
    let change = [("action", "change_selected"), ("index", "0")];
    let rows = [("_selected_action", job.as_str()), ("_selected_action", has.as_str())];
    let chosen = [change, rows].concat();
    let form = browser
        .post("/admin/sla/component/", &chosen)
        .expect(200)
        .form("#bulk-form");
    let form = form.set("_do_windows", "add").add("windows", &id);
    let from = now();
    let page = browser.submit(&form, ("_preview", "1")).expect(200);
    gets(&page, &hours, (from, now()));
    assert_eq!(
        page.attributes("#preview-impact tr[data-component]", "data-component"),
        [job.as_str()]
    );

    // A change of a window, by a user without the permission to view components.
    let may = ["sla.view_slawindow", "sla.change_slawindow"];
    let mut changer = staff(database, &server, "changer", &may);
    let chosen = [change.as_slice(), &[("_selected_action", id.as_str())]].concat();
    let form = changer
        .post("/admin/sla/slawindow/", &chosen)
        .expect(200)
        .form("#bulk-form");
    let form = form.set("_do_enabled", "set").set("enabled", "0");
    let page = changer.submit(&form, ("_preview", "1")).expect(200);
    assert_eq!(
        page.text("#preview-impact tr.rest th"),
        "The hours of 1 component that you may not view differ"
    );
    assert!(!page.has("#preview-impact td"));
    assert_eq!(written(database).1, before.1, "a preview changes nothing");
}
