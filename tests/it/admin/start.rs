//! The start page: what opens and closes next, what needs a look, and the health of what the figures come from.

use chrono::{DateTime, Utc};
use sla_monitor::apps::sla::calendar::state::CalendarState;
use sla_monitor::apps::sla::lint::schedule;
use sla_monitor::apps::sla::names::ByName;
use sla_monitor::apps::sla::window::state::windows;
use sla_monitor::clock::{Clock, SystemClock};

use super::typed::key;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    what_opens_and_closes_next_is_said_by_instant,
    windows_of_as_many_components_are_named_in_the_order_of_their_keys,
    users_see_of_the_next_changes_what_they_may_view,
    what_needs_a_look_leads_to_where_it_is_put_right,
    an_empty_installation_shows_its_health_and_the_way,
    starts_that_the_clocks_skip_are_found_within_their_time,
    users_for_whom_nothing_is_judged_see_no_verdict,
    what_is_deleted_is_no_longer_led_to,
    all_changes_of_a_day_stand_on_a_page_of_their_own,
);

const HOUR: i64 = 3600;

/// The next full hour but one: what is made for it lies ahead while a test runs.
fn soon() -> i64 {
    (SystemClock.now_seconds() / HOUR + 2) * HOUR
}

/// A rule for one time, in UTC.
fn once(from: i64, to: i64) -> String {
    let local = |at: i64| {
        DateTime::<Utc>::from_timestamp(at, 0)
            .expect("a date")
            .format("%Y-%m-%dT%H:%M")
    };
    format!("{{type: once, start_local: {}, end_local: {}}}", local(from), local(to))
}

fn document(at: i64) -> String {
    let often: Vec<String> = [(10, 20), (30, 40), (50, 59)]
        .map(|(from, to)| once(at + from * 60, at + to * 60))
        .to_vec();
    format!(
        "
windows:
- {{name: Closing, timezone: UTC, rules: [{}]}}
- {{name: Opening, timezone: UTC, rules: [{}]}}
- {{name: Often, timezone: UTC, rules: [{}]}}
- {{name: Far, timezone: UTC, rules: [{}]}}
components:
- {{name: a1, windows: [Closing]}}
- {{name: a2, windows: [Closing, Far]}}
- {{name: a3, windows: [Closing]}}
- {{name: a4, windows: [Closing]}}
- {{name: solo, windows: [Opening]}}
- {{name: often, windows: [Often]}}
- {{name: off, windows: [Closing], enabled: false}}
",
        once(at - 20 * HOUR, at),
        once(at, at + HOUR),
        often.join(", "),
        once(at + 900 * HOUR, at + 901 * HOUR),
    )
}

/// The rows: when, and what.
fn rows(page: &Page) -> Vec<(i64, String)> {
    let instants = page.attributes("#upcoming tbody tr", "data-at").into_iter();
    let instants = instants.map(|at| at.parse().expect("epoch seconds"));
    instants.zip(page.texts("#upcoming tbody td")).collect()
}

/// The list of the components that open or close at an instant.
fn list_of(state: &str, at: i64) -> String {
    let at = DateTime::<Utc>::from_timestamp(at, 0).expect("a date");
    let at = at.format("%Y-%m-%dT%H%%3A%M%%3A%SZ");
    format!("/admin/sla/component/?state={state}&at={at}")
}

fn what_opens_and_closes_next_is_said_by_instant(database: &Database) {
    let at = soon();
    apply(database, &document(at));
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/").expect(200);
    let row = |minutes: i64, words: &str| (at + minutes * 60, words.to_owned());
    // Eight instants; a coverage that changes often has all of its own.
    assert_eq!(
        rows(&page),
        [
            row(0, "4 components close Closing"),
            row(0, "solo opens Opening"),
            row(10, "often opens Often"),
            row(20, "often closes Often"),
            row(30, "often opens Often"),
            row(40, "often closes Often"),
            row(50, "often opens Often"),
            row(59, "often closes Often"),
            row(60, "solo closes Opening"),
        ]
    );
    let said = page.texts("#upcoming .foot a").remove(0);
    assert_eq!(said, "6 components open or close within 24 hours");
    let all = page.attributes("#upcoming .foot a", "href").remove(0);
    let day = root.get(&all).expect(200);
    assert_eq!(rows(&day), rows(&page));
    assert_eq!(day.text(".lead"), "6 components open or close within 24 hours.");
    let window = key(database, "sla_window", "Closing");
    let links = page.attributes("#upcoming tbody tr:first-child a", "href");
    let closing = list_of("closing", at);
    let day = DateTime::<Utc>::from_timestamp(at, 0).expect("a date").date_naive();
    assert_eq!(
        links,
        [
            format!("/admin/sla/timeline/?scale=day&at={day}"),
            closing.clone(),
            format!("/admin/sla/slawindow/{window}/"),
        ]
    );
    // As many rows as the number says, and no other components with the window.
    let listed = |root: &mut Browser, link: &str| root.get(link).expect(200).texts("#result_list td.field-name");
    assert_eq!(listed(&mut root, &links[1]), ["a1", "a2", "a3", "a4"]);
    assert_eq!(listed(&mut root, &list_of("opening", at)), ["solo"]);
    assert_eq!(listed(&mut root, &list_of("closing", at + 20 * 60)), ["often"]);
    assert_eq!(listed(&mut root, &list_of("closing", at + 1)), [""; 0]);
    let with = |name: &str| format!("{closing}&windows__id__exact={}", key(database, "sla_window", name));
    assert_eq!(listed(&mut root, &with("Far")), ["a2"]);
    root.get(&links[0]).expect(200);
    let solo = page.attributes("#upcoming tbody tr:nth-child(2) td a", "href");
    assert_eq!(
        solo[0],
        format!("/admin/sla/component/{}/", key(database, "component", "solo"))
    );
    assert!(root.get("/admin/sla/").expect(200).texts("#upcoming").is_empty());
}

fn windows_of_as_many_components_are_named_in_the_order_of_their_keys(database: &Database) {
    let at = soon();
    let rule = once(at - 20 * HOUR, at);
    let window = |name: &str| format!("{{name: {name}, timezone: UTC, rules: [{rule}]}}");
    // The first component uses the last window.
    let components = "{name: a, windows: [Two]}, {name: b, windows: [One]}, {name: c, windows: [One, Two]}";
    let windows = [window("One"), window("Two")].join(", ");
    apply(database, &format!("windows: [{windows}]\ncomponents: [{components}]"));
    let server = Server::start(database, &[]);
    let page = superuser(database, &server).get("/admin/").expect(200);
    assert_eq!(rows(&page)[0].1, "3 components close One , Two");
}

fn users_see_of_the_next_changes_what_they_may_view(database: &Database) {
    let at = soon();
    apply(database, &document(at));
    let server = Server::start(database, &[]);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let page = viewer.get("/admin/").expect(200);
    assert_eq!(rows(&page)[0].1, "4 components close");
    assert_eq!(
        page.attributes("#upcoming tbody tr:first-child a", "href")[1],
        list_of("closing", at)
    );
    assert_eq!(
        viewer
            .get(&list_of("closing", at))
            .expect(200)
            .texts("#result_list tbody tr")
            .len(),
        4
    );
    assert!(!page.html().contains("Closing") && !page.has("#upcoming .of"));
    for permission in ["sla.view_slawindow", "sla.view_label"] {
        let mut clerk = staff(database, &server, permission, &[permission]);
        let page = clerk.get("/admin/").expect(200);
        assert!(!page.has("#upcoming") && !page.html().contains("solo"), "{permission}");
        assert!(page.has("#health"));
    }
    let mut other = staff(database, &server, "other", &["auth.view_group"]);
    let page = other.get("/admin/").expect(200);
    assert!(!page.has("#health") && !page.has("#upcoming") && !page.has("#attention"));
}

#[expect(clippy::too_many_lines, reason = "a table of findings, and what becomes of them")]
fn what_needs_a_look_leads_to_where_it_is_put_right(database: &Database) {
    let day = "{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}";
    apply(
        database,
        &format!(
            "
calendars:
- {{name: All, rules: [{day}]}}
- {{name: Nothing, rules: [{{type: rrule, rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', start: '00:00', duration_s: 86400}}]}}
windows:
- {{name: Always, timezone: UTC, rules: [{day}]}}
- {{name: Broken, timezone: UTC, rules: [{{type: weekly, days: [MO], start: '08:00', duration_s: 3600}}]}}
- {{name: Empty, timezone: UTC}}
- {{name: Swallowed, timezone: UTC, calendars: [All], rules: [{day}]}}
- {{name: Over, timezone: UTC, valid_until: 2020-01-01, rules: [{day}]}}
- {{name: Off, timezone: UTC, enabled: false}}
components:
- {{name: pay-api, windows: [Always]}}
- {{name: pay_api, windows: [Always]}}
- {{name: bare}}
- {{name: idle, windows: [Off]}}
- {{name: lost, windows: [Broken]}}
"
        ),
    );
    database.execute("UPDATE rule SET start_time = 'noon' WHERE weekdays = 1");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/").expect(200);
    let found = page.attributes("#attention li", "data-finding");
    assert_eq!(
        found,
        [
            "sla.E001", "sla.W006", "sla.W003", "sla.W001", "sla.W008", "sla.W002", "sla.W005"
        ]
    );
    let lines = page.texts("#attention li");
    assert!(lines[0].starts_with("Window Broken cannot be read ("), "{lines:?}");
    assert_eq!(
        lines[1],
        "Window Empty has no rules that include time: it promises no service."
    );
    assert_eq!(
        lines[3],
        "2 components have no enabled window: they are never in service."
    );
    assert_eq!(lines[4], "Window Over has ended: it was valid until 2020-01-01.");
    assert_eq!(lines[5], "Rule 1 of calendar Nothing excludes nothing within 50 years.");
    assert!(
        lines[6].starts_with("The components pay-api, pay_api share the metric names pay_api_service_window_…"),
        "{lines:?}"
    );
    let links = page.attributes("#attention li a", "href");
    let change =
        |model: &str, table: &str, name: &str| format!("/admin/sla/{model}/{}/change/", key(database, table, name));
    assert_eq!(links[0], change("slawindow", "sla_window", "Broken"));
    assert_eq!(links[5], change("calendar", "calendar", "Nothing"));
    assert_eq!(
        root.get(&links[3]).expect(200).texts("#result_list td.field-name"),
        ["bare", "idle"]
    );
    assert_eq!(
        root.get(&links[6]).expect(200).texts("#result_list td.field-name"),
        ["pay-api", "pay_api"]
    );

    // Each user sees what may be viewed; without the permission to change, links lead to the page to read.
    let mut clerk = staff(database, &server, "clerk", &["sla.view_calendar"]);
    let page = clerk.get("/admin/").expect(200);
    assert_eq!(page.attributes("#attention li", "data-finding"), ["sla.W002"]);
    let calendar = key(database, "calendar", "Nothing");
    assert_eq!(
        page.attributes("#attention li a", "href"),
        [format!("/admin/sla/calendar/{calendar}/")]
    );

    // What is put right is gone at once, however it was changed.
    database.execute("UPDATE rule SET start_time = '08:00' WHERE weekdays = 1");
    apply(
        database,
        "windows: [{name: Over, valid_until: null}, {name: Empty, enabled: false}]\ncomponents: [{name: bare, windows: [Always]}]",
    );
    let page = root.get("/admin/").expect(200);
    assert_eq!(
        page.attributes("#attention li", "data-finding"),
        ["sla.W003", "sla.W001", "sla.W002", "sla.W005"]
    );
    assert_eq!(
        page.texts("#attention li")[1],
        "1 component has no enabled window: it is never in service."
    );
}

fn an_empty_installation_shows_its_health_and_the_way(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/").expect(200);
    assert!(page.has("#guide") && !page.has("#upcoming") && !page.has("#attention"));
    let lines = page.texts("#health div");
    assert!(
        lines[0].starts_with("Database ") && lines[0].ends_with(", takes changes"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("Metrics as of change "), "{lines:?}");
    assert!(lines[2].starts_with("Time zone data 20"), "{lines:?}");

    apply(
        database,
        "windows: [{name: Once, timezone: UTC, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 3600}]}]\ncomponents: [{name: a, windows: [Once]}]",
    );
    let page = root.get("/admin/").expect(200);
    assert!(page.text("#attention p").starts_with("Nothing does."));
    assert_eq!(page.texts("#upcoming tbody tr").len(), 2);
    apply(database, "windows: [{name: Once, enabled: false}]");
    let page = root.get("/admin/").expect(200);
    assert!(page.text("#upcoming p").starts_with("Nothing opens or closes"));
}

fn starts_that_the_clocks_skip_are_found_within_their_time(database: &Database) {
    apply(
        database,
        "windows: [{name: Night, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '02:30', duration_s: 3600}]}]",
    );
    let mut conn = database.connect();
    let stored = windows(&mut conn, None).expect("it is read");
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant").timestamp();
    let found = |now: &str, until: &str| {
        let findings = schedule::window_until(
            &stored[0].state,
            &ByName::<CalendarState>::default(),
            at(now),
            at(until),
        );
        findings.iter().map(|finding| finding.id).collect::<Vec<_>>()
    };
    assert_eq!(found("2027-03-01T00:00:00Z", "2027-03-31T00:00:00Z"), ["sla.W004"]);
    assert_eq!(found("2027-02-20T00:00:00Z", "2027-03-22T00:00:00Z"), [""; 0]);
    assert_eq!(found("2027-03-29T00:00:00Z", "2027-04-28T00:00:00Z"), [""; 0]);
}

fn users_for_whom_nothing_is_judged_see_no_verdict(database: &Database) {
    apply(database, &document(soon()));
    let server = Server::start(database, &[]);
    for (right, is_judged) in [
        ("sla.view_label", false),
        ("sla.view_component", true),
        ("sla.view_slawindow", true),
    ] {
        let mut viewer = staff(database, &server, right, &[right]);
        assert_eq!(
            viewer.get("/admin/").expect(200).has("#attention"),
            is_judged,
            "{right}"
        );
    }
}

fn what_is_deleted_is_no_longer_led_to(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for value in ["kept", "gone"] {
        let form = root.get("/admin/sla/label/add/").expect(200).form("#label_form");
        let form = form.set("name", "team").set("value", value);
        root.submit(&form, ("_save", "")).expect(302);
    }
    let id = |value: &str| database.number(&format!("SELECT id AS value FROM label WHERE value = '{value}'"));
    let (kept, gone) = (id("kept"), id("gone"));
    let page = format!("/admin/sla/label/{gone}/delete/");
    let form = root.get(&page).expect(200).form("main form");
    root.submit(&form, ("", "")).expect(302);
    let page = root.get("/admin/").expect(200);
    let acts: Vec<String> = page
        .texts(".actionlist li")
        .iter()
        .map(|act| act.split(" label,").next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(acts, ["Deleted team=gone", "Added team=gone", "Added team=kept"]);
    assert_eq!(
        page.attributes(".actionlist a", "href"),
        [format!("/admin/sla/label/{kept}/change/")]
    );
}

fn all_changes_of_a_day_stand_on_a_page_of_their_own(database: &Database) {
    let at = soon();
    let often: Vec<String> = (0..60)
        .map(|place| once(at + place * 120, at + place * 120 + 60))
        .collect();
    apply(
        database,
        &format!(
            "windows:\n- {{name: Often, timezone: UTC, rules: [{}]}}\ncomponents:\n- {{name: often, windows: [Often]}}\n",
            often.join(", ")
        ),
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/").expect(200);
    assert_eq!(rows(&page).len(), 8);
    let link = page.attributes("#upcoming .foot a", "href").remove(0);
    let first = root.get(&link).expect(200);
    assert_eq!(first.text(".total"), "120 changes");
    let second = root.get(&format!("{link}?p=2")).expect(200);
    let all: Vec<i64> = [first, second].iter().flat_map(rows).map(|(at, _)| at).collect();
    let expected: Vec<i64> = (0..120).map(|place| at + place * 60).collect();
    assert_eq!(all, expected);
    let mut clerk = staff(database, &server, "clerk", &["sla.view_label"]);
    clerk.get(&link).expect(403);
}
