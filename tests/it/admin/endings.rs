//! What has ended or soon will: on the start page, on the object's page, and in `check`.

use chrono::{DateTime, Days, NaiveDate, Utc};
use sla_monitor::apps::sla::calendar::state::calendars;
use sla_monitor::apps::sla::lint::expiry;
use sla_monitor::apps::sla::window::state::windows;
use sla_monitor::clock::{Clock, SystemClock};

use super::typed::key;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    what_has_ended_or_soon_will_is_shown_to_users_with_the_permission,
    of_many_the_nearest_are_shown,
    calendars_are_found_by_when_their_dates_run_out,
    the_next_calendar_to_run_out_is_named_where_none_does_soon,
    what_is_said_of_an_end_holds_until_the_next_day_of_its_zone,
);

/// What has ended or soon will, among what needs a look.
const ENDINGS: &str = "#attention li:is([data-finding='sla.W007'], [data-finding='sla.W008'])";
const ENDINGS_A: &str = "#attention li:is([data-finding='sla.W007'], [data-finding='sla.W008']) a";

/// The date in so many days, UTC.
fn date(days: i64) -> NaiveDate {
    let today = SystemClock.now().date();
    let distance = Days::new(days.unsigned_abs());
    let date = if days < 0 {
        today.checked_sub_days(distance)
    } else {
        today.checked_add_days(distance)
    };
    date.expect("the calendar goes on")
}

fn document() -> String {
    let yearly = "{type: rrule, rrule: FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25, start: '00:00', duration_s: 86400}";
    let monday = "{type: weekly, days: [MO], start: '08:00', duration_s: 3600}";
    let dates = |days: &[i64]| {
        let dates: Vec<String> = days.iter().map(|days| date(*days).to_string()).collect();
        format!(
            "{{type: dates, dates: [{}], start: '00:00', duration_s: 86400}}",
            dates.join(", ")
        )
    };
    format!(
        "
calendars:
- {{name: Past, timezone: UTC, rules: [{}]}}
- {{name: Soon, rules: [{yearly}, {}]}}
- {{name: Later, rules: [{}]}}
- {{name: Yearly, rules: [{yearly}]}}
- {{name: Off, enabled: false, rules: [{}]}}
windows:
- {{name: Cut, timezone: UTC, calendars: [Soon], rules: [{monday}]}}
- {{name: Over, timezone: UTC, valid_until: {}, rules: [{monday}]}}
- {{name: Closing, timezone: UTC, valid_until: {}, rules: [{monday}]}}
- {{name: Excepted, timezone: UTC, rules: [{{type: once, start_local: 2020-01-01T12:00, end_local: 2020-01-02T00:00}}]}}
- {{name: Listed, timezone: UTC, rules: [{}]}}
- {{name: Ahead, timezone: UTC, valid_until: 2020-01-01, rules: [{{type: once, start_local: 2990-01-01T12:00, end_local: 2990-01-02T00:00}}]}}
- {{name: Lasting, timezone: UTC, valid_until: {}, rules: [{monday}]}}
- {{name: Always, timezone: UTC, rules: [{monday}]}}
- {{name: Disabled, timezone: UTC, enabled: false, valid_until: 2020-01-01, rules: [{monday}]}}
components:
- {{name: by-window, windows: [Closing, Cut]}}
- {{name: by-itself, windows: [Cut], calendars: [Soon]}}
- {{name: once-more, windows: [Closing], calendars: [Soon]}}
",
        dates(&[-500, -400]),
        dates(&[-3, 30]),
        dates(&[90]),
        dates(&[-9]),
        date(-10),
        date(15),
        dates(&[-20]),
        date(90),
    )
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_has_ended_or_soon_will_is_shown_to_users_with_the_permission(database: &Database) {
    apply(database, &document());
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/").expect(200);
    assert_eq!(page.texts(ENDINGS_A), ["Over", "Listed", "Past", "Closing", "Soon"]);
    let over = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Over"));
    assert_eq!(page.attributes(ENDINGS_A, "href")[0], over);
    let lines = page.texts(ENDINGS);
    assert_eq!(
        lines[0],
        format!("Window Over has ended: it was valid until {}.", date(-10))
    );
    assert!(
        lines[3].contains(&format!("ends: it is valid until {} (in 1", date(15))),
        "{lines:?}"
    );
    assert!(
        lines[4].starts_with(&format!(
            "Calendar Soon runs out: the last date of its rules “Listed days” and “Once” is {}",
            date(30)
        )),
        "{lines:?}"
    );
    assert!(lines[3].ends_with("It concerns 2 components."), "{lines:?}");
    assert!(lines[4].ends_with("It concerns 3 components."), "{lines:?}");
    assert!(!root.get("/admin/sla/").expect(200).has("#attention"));

    let mut clerk = staff(database, &server, "clerk", &["sla.view_calendar"]);
    let page = clerk.get("/admin/").expect(200);
    assert_eq!(page.texts(ENDINGS_A), ["Past", "Soon"]);
    assert!(
        !page.text("#attention").contains("It concerns"),
        "components are not to be viewed"
    );
    let mut other = staff(database, &server, "other", &["sla.view_component", "sla.view_label"]);
    assert!(!other.get("/admin/").expect(200).has(ENDINGS_A));

    // The page of each says so too.
    let mut remark = |model: &str, table: &str, name: &str| {
        let page = root
            .get(&format!("/admin/sla/{model}/{}/change/", key(database, table, name)))
            .expect(200);
        let titles = page.texts(".remark h2");
        let ending = titles.into_iter().find(|title| title.starts_with("This "));
        (ending, page.texts(".remark li").join(" "))
    };
    for (model, table, name, title, words) in [
        (
            "calendar",
            "calendar",
            "Past",
            "This calendar has run out",
            "It has run out: the last date",
        ),
        (
            "calendar",
            "calendar",
            "Soon",
            "This calendar runs out",
            "add the dates to come",
        ),
        (
            "slawindow",
            "sla_window",
            "Over",
            "This window has ended",
            "It has ended: it was valid until",
        ),
        (
            "slawindow",
            "sla_window",
            "Closing",
            "This window ends",
            "It ends: it is valid until",
        ),
        (
            "slawindow",
            "sla_window",
            "Listed",
            "This window has ended",
            "and no rule of it recurs",
        ),
    ] {
        let (found, said) = remark(model, table, name);
        assert_eq!(found.as_deref(), Some(title), "{name}");
        assert!(said.contains(words), "{name}: {said}");
    }
    for (model, table, name) in [
        ("calendar", "calendar", "Later"),
        ("calendar", "calendar", "Yearly"),
        ("calendar", "calendar", "Off"),
        ("slawindow", "sla_window", "Ahead"),
        // Exceptions are not expected to go on.
        ("slawindow", "sla_window", "Excepted"),
        ("slawindow", "sla_window", "Lasting"),
        ("slawindow", "sla_window", "Disabled"),
    ] {
        assert_eq!(remark(model, table, name).0, None, "{name}");
    }

    let out = run_on(database, &["check"]).ok();
    let ids = ["W007", "W008"].map(|id| out.lines().filter(|line| line.contains(id)).count());
    assert_eq!(ids, [2, 3], "{out}");

    // Lists of calendars are sorted by it: first what ended first, and what recurs last.
    let by_date = ["Past", "Off", "Soon", "Later", "Yearly"];
    let sorted = root.get("/admin/sla/calendar/?o=last_date").expect(200);
    assert_eq!(sorted.texts("td.field-name"), by_date);

    // What cannot be read is an error of its own, and no page fails for it.
    database.execute("UPDATE rule SET start_time = 'noon' WHERE kind = 'dates'");
    assert_eq!(root.get("/admin/").expect(200).texts(ENDINGS_A), ["Over", "Closing"]);
}

fn of_many_the_nearest_are_shown(database: &Database) {
    let mut document = String::from("calendars:\n");
    for number in 1..=12 {
        document.push_str(&format!(
            "- {{name: Calendar {number:02}, rules: [{{type: dates, dates: [{}], start: '00:00', duration_s: 86400}}]}}\n",
            date(-10 * number)
        ));
    }
    apply(database, &document);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/").expect(200);
    let lines = page.texts("#attention > ul > li");
    assert!(
        lines[0].contains("Calendar 01") && lines[7].contains("Calendar 08"),
        "{lines:?}"
    );
    assert_eq!(page.text("#attention summary"), "4 more");
    let folded = page.texts("#attention details li");
    assert_eq!((lines.len(), folded.len()), (8, 4));
    assert!(folded[3].contains("Calendar 12"), "{folded:?}");
}

fn calendars_are_found_by_when_their_dates_run_out(database: &Database) {
    apply(database, &document());
    let once = "{type: once, start_local: 2020-01-01T12:00, end_local: 2020-01-02T00:00}";
    apply(
        database,
        &format!(
            "calendars:\n- {{name: Empty, rules: []}}\n- {{name: Exceptions, rules: [{once}]}}\n\
             - {{name: Today, timezone: UTC, rules: [{{type: dates, dates: [{}], start: '00:00', duration_s: 86400}}]}}\n",
            date(0)
        ),
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let found = |root: &mut Browser, query: &str| {
        let page = root.get(&format!("/admin/sla/calendar/?{query}")).expect(200);
        page.texts("td.field-name")
    };
    for (value, names) in [
        ("past", &["Past"][..]),
        ("30", &["Today", "Soon"][..]),
        ("90", &["Today", "Soon", "Later"][..]),
        // A calendar that is switched off excludes nothing, whenever its dates run out.
        ("never", &["Exceptions", "Yearly", "Empty"][..]),
    ] {
        assert_eq!(
            found(&mut root, &format!("runs_out={value}&o=last_date")),
            names,
            "{value}"
        );
    }
    assert_eq!(found(&mut root, "runs_out=past&runs_out=never&o=name").len(), 4);
    assert_eq!(found(&mut root, "runs_out=&enabled__exact=0"), ["Off"]);
    root.get("/admin/sla/calendar/?runs_out=soon").expect(400);
    let page = root.get("/admin/sla/calendar/?runs_out=30&_facets=1").expect(200);
    assert_eq!(
        page.texts("ul[aria-label='Active filters'] li > span"),
        ["Dates run out: within 30 days"]
    );

    // The start page counts them, and each number leads to exactly these.
    let start = root.get("/admin/").expect(200);
    let words = [
        "1 calendar has run out",
        "2 calendars run out within 30 days",
        "3 calendars run out within 90 days",
    ];
    assert_eq!(start.texts("#running-out a"), words);
    for (link, count) in start.attributes("#running-out a", "href").iter().zip(1..) {
        let page = root.get(link).expect(200);
        assert_eq!(page.texts("td.field-name").len(), count, "{link}");
    }
    let mut viewer = staff(
        database,
        &server,
        "viewer",
        &["sla.view_component", "sla.view_slawindow"],
    );
    assert!(!viewer.get("/admin/").expect(200).has("#running-out"));

    // What cannot be read is an error of its own, here as among what needs a look.
    database.execute("UPDATE rule SET start_time = 'noon' WHERE kind = 'dates'");
    assert!(!root.get("/admin/").expect(200).has("#running-out"));
    for value in ["past", "30", "90"] {
        assert!(found(&mut root, &format!("runs_out={value}")).is_empty(), "{value}");
    }
}

fn the_next_calendar_to_run_out_is_named_where_none_does_soon(database: &Database) {
    let listed = |name: &str, day: &str| {
        format!("- {{name: {name}, rules: [{{type: dates, dates: [{day}], start: '00:00', duration_s: 86400}}]}}\n")
    };
    let document = format!(
        "calendars:\n{}{}components: [{{name: shop}}]\n",
        listed("Later", "2990-05-16"),
        listed("Sooner", "2990-05-15")
    );
    apply(database, &document);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/").expect(200);
    assert!(!page.has("#running-out"));
    assert_eq!(
        page.text("#none-runs-out"),
        "No calendar’s dates run out within 90 days; the next: Sooner , 15 May 2990."
    );
    let link = page.attributes("#none-runs-out a", "href");
    root.get(&link[0]).expect(302);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    assert!(!viewer.get("/admin/").expect(200).has("#none-runs-out"));
    apply(
        database,
        &format!("calendars:\n{}", listed("Sooner", &date(10).to_string())),
    );
    let page = root.get("/admin/").expect(200);
    assert!(page.has("#running-out") && !page.has("#none-runs-out"));
}

fn what_is_said_of_an_end_holds_until_the_next_day_of_its_zone(database: &Database) {
    let dates = "{type: dates, dates: [2027-03-29], start: '09:00', duration_s: 3600}";
    let night = "{type: weekly, days: [MO], start: '22:00', duration_s: 28800}";
    apply(
        database,
        &format!(
            "calendars:\n- {{name: Apia, timezone: Pacific/Apia, rules: [{dates}]}}\n- {{name: Floating, rules: [{dates}]}}\n\
             windows:\n- {{name: Listed, timezone: Europe/Berlin, rules: [{dates}]}}\n\
             - {{name: Night, timezone: Europe/Berlin, valid_until: 2027-03-29, rules: [{night}]}}\n"
        ),
    );
    let mut conn = database.connect();
    let calendars = calendars(&mut conn, None).expect("they are read");
    let windows = windows(&mut conn, None).expect("they are read");
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant").timestamp();
    for (name, now, until, has_ended) in [
        ("Apia", "2027-03-29T12:00:00Z", "2027-03-30T11:00:00Z", true),
        ("Floating", "2027-03-29T12:00:00Z", "2027-03-30T00:00:00Z", false),
        // The day of the change is an hour shorter.
        ("Listed", "2027-03-27T12:00:00Z", "2027-03-27T23:00:00Z", false),
        ("Listed", "2027-03-28T12:00:00Z", "2027-03-28T22:00:00Z", false),
        ("Listed", "2027-03-29T06:00:00Z", "2027-03-29T08:00:00Z", false),
        ("Listed", "2027-03-29T08:00:00Z", "2027-03-29T22:00:00Z", true),
        ("Night", "2027-03-29T12:00:00Z", "2027-03-29T22:00:00Z", false),
        // The last night goes on after its date.
        ("Night", "2027-03-29T22:30:00Z", "2027-03-30T04:00:00Z", false),
        ("Night", "2027-03-30T04:00:00Z", "2027-03-30T22:00:00Z", true),
    ] {
        let now = at(now);
        let calendar = calendars.iter().find(|stored| stored.state.name == name);
        let window = windows.iter().find(|stored| stored.state.name == name);
        let found = match (calendar, window) {
            (Some(calendar), _) => (
                expiry::calendar_until(&calendar.state, now),
                expiry::of_calendar(&calendar.state, now),
            ),
            (None, Some(window)) => (
                expiry::window_until(&window.state, now),
                expiry::of_window(&window.state, now),
            ),
            (None, None) => panic!("{name} is stored"),
        };
        let ended = found.1.is_some_and(|expiry| expiry.words().starts_with("has "));
        assert_eq!((found.0, ended), (at(until), has_ended), "{name} {now}");
    }
}
