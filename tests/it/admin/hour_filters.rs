//! Components found and sorted by their hours: what they are at an instant, how much of a day they cover, and what changes next.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;

use crate::cli::spans::vectors_in_zones;
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    states_and_days_find_what_the_calculus_says,
    states_add_up_and_change_at_boundaries,
    lists_are_sorted_by_state_and_next_transition,
    inputs_of_filters_are_checked_and_shown,
    a_change_is_seen_at_once,
    a_list_of_a_day_says_why,
    a_list_of_a_day_names_all_that_cut_it,
    a_list_of_a_day_names_all_rules_of_one_owner,
);

const LIST: &str = "/admin/sla/component/";

const HOURS: &str = "
windows:
- {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
- {name: Christmas, timezone: Europe/Berlin, rules: [{type: dates, dates: [2026-12-25], start: '08:00', duration_s: 36000}]}
- {name: Never, timezone: UTC, rules: [{type: dates, dates: [2001-01-01], start: '08:00', duration_s: 60}]}
- {name: Off, enabled: false, timezone: UTC, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 3600}]}
components:
- {name: always, windows: [Always]}
- {name: christmas, windows: [Christmas]}
- {name: never, windows: [Never]}
- {name: bare, windows: [Off]}
- {name: off, windows: [Always], enabled: false}
";

/// The names of a list.
fn names(browser: &mut Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("{LIST}?{query}")).expect(200);
    page.texts("#result_list .field-name a")
}

fn started(database: &Database, document: &str) -> (Server, Browser) {
    apply(database, document);
    let server = Server::start(database, &[]);
    let browser = superuser(database, &server);
    (server, browser)
}

fn states_and_days_find_what_the_calculus_says(database: &Database) {
    let (document, definitions) = vectors_in_zones();
    let (_server, mut browser) = started(database, &document.to_string());
    // All rows of a filter, over all pages.
    let mut all = |query: &str| {
        let mut found = BTreeSet::new();
        for page in 1.. {
            let before = found.len();
            found.extend(names(&mut browser, &format!("{query}&p={page}")));
            if found.len() == before {
                break;
            }
        }
        found
    };
    let coverage = |windows: &Value| {
        let question = json!({"windows": windows, "from": 0, "to": 1}).to_string();
        Evaluation::read(&question).expect("accepted").coverage
    };
    for at in [1_774_749_600_i64, 1_775_318_399, 1_792_892_700] {
        let expected = definitions
            .iter()
            .filter(|(_, (windows, _))| coverage(windows).covers(at));
        let expected: BTreeSet<String> = expected.map(|(name, _)| name.clone()).collect();
        assert_eq!(all(&format!("state=inside&at={at}")), expected, "{at}");
        assert!(!expected.is_empty());
    }
    // The day on which the clocks of Lord Howe go back by half an hour.
    let zone = crate::support::zone("Australia/Lord_Howe");
    let day = "2026-04-05".parse().expect("a date");
    let (from, to) = (
        zone.start_of_day(day),
        zone.start_of_day("2026-04-06".parse().expect("a date")),
    );
    assert_eq!(to - from, 86_400 + 1_800);
    for value in ["full", "partly", "none"] {
        let is_meant = |windows: &Value| match coverage(windows).covered_seconds(from, to) {
            0 => value == "none",
            seconds if seconds == to - from => value == "full",
            _ => value == "partly",
        };
        let expected = definitions.iter().filter(|(_, (windows, _))| is_meant(windows));
        let expected: BTreeSet<String> = expected.map(|(name, _)| name.clone()).collect();
        let found = all(&format!("day=2026-04-05&covered={value}&zone=Australia/Lord_Howe"));
        assert_eq!(found, expected, "{value}");
    }
}

fn states_add_up_and_change_at_boundaries(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    assert_eq!(
        names(&mut browser, "state=inside&at=2026-12-25T07:00:00Z"),
        ["always", "christmas"]
    );
    assert_eq!(
        names(&mut browser, "state=outside&at=2026-12-25T06:59:59Z"),
        ["christmas", "never"]
    );
    assert_eq!(
        names(&mut browser, "state=outside&at=2026-12-25T17:00:00Z"),
        ["christmas", "never"]
    );
    assert_eq!(names(&mut browser, "state=no_hours"), ["bare"]);
    assert_eq!(names(&mut browser, "state=disabled"), ["off"]);
    assert_eq!(names(&mut browser, "state=disabled&state=no_hours"), ["bare", "off"]);
    assert_eq!(names(&mut browser, "day=2026-12-25&covered=none"), ["bare", "never"]);
    assert_eq!(
        names(&mut browser, "day=2026-12-25&covered=partly&zone=Europe/Berlin"),
        ["christmas"]
    );
    assert_eq!(names(&mut browser, "day=2026-12-25&covered=full"), ["always"]);
    let page = browser.get(&format!("{LIST}?_facets=True")).expect(200);
    let offers = page.texts("details[data-filter-title='State'] li");
    assert_eq!(
        offers,
        [
            "All",
            "inside (1)",
            "outside (2)",
            "no hours (1)",
            "disabled (1)",
            "opening at that second (0)",
            "closing at that second (0)"
        ]
    );
    assert_eq!(
        names(&mut browser, "state=opening&at=2026-12-25T07:00:00Z"),
        ["christmas"]
    );
    assert_eq!(
        names(&mut browser, "state=closing&at=2026-12-25T17:00:00Z"),
        ["christmas"]
    );
    assert_eq!(names(&mut browser, "state=opening&at=2026-12-25T06:59:59Z"), [""; 0]);
    assert_eq!(names(&mut browser, "state=closing&at=2026-12-25T07:00:00Z"), [""; 0]);
}

fn lists_are_sorted_by_state_and_next_transition(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    assert_eq!(
        names(&mut browser, "o=state"),
        ["always", "christmas", "never", "bare", "off"]
    );
    assert_eq!(
        names(&mut browser, "o=-state.name"),
        ["off", "bare", "christmas", "never", "always"]
    );
    // Always has no end; what never changes comes behind what will.
    assert_eq!(
        names(&mut browser, "o=next_transition.name"),
        ["christmas", "always", "bare", "never", "off"]
    );
}

fn inputs_of_filters_are_checked_and_shown(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    for (query, named) in [
        ("state=open", "state"),
        ("covered=half", "covered"),
        ("state=inside&at=yesterday", "at"),
        ("covered=none&day=2026-02-30", "day"),
        ("covered=none&zone=Mars/Olympus", "zone"),
    ] {
        let page = browser.get(&format!("{LIST}?{query}")).expect(400);
        assert!(
            page.text("main").contains(&format!("“{named}”")),
            "{query}: {}",
            page.text("main")
        );
    }
    // An empty text field shows what it takes.
    let page = browser.get(LIST).expect(200);
    for (filter, key, example) in [
        ("state=inside", "at", "2026-12-25 14:00"),
        ("covered=none", "zone", "Europe/Berlin"),
    ] {
        let field = format!("#filter-form input[name={key}]");
        assert_eq!(page.attributes(&field, "placeholder"), [example]);
        let query = format!("{LIST}?{filter}&{key}={}", example.replace(' ', "+"));
        browser.get(&query).expect(200);
    }
    // A parameter without its filter narrows nothing.
    assert_eq!(names(&mut browser, "day=2026-12-25").len(), 5);
    let page = browser.get(&format!("{LIST}?day=2026-12-25&covered=none")).expect(200);
    assert_eq!(page.attributes("#filter-form input[name=day]", "value"), ["2026-12-25"]);
    assert!(page.text("main").contains("Day: 2026-12-25"));
    // The timeline shows the same rows.
    let timeline = page.attributes(".object-tools a", "href").remove(0);
    assert_eq!(
        timeline,
        "/admin/sla/timeline/?day=2026-12-25&covered=none&at=2026-12-25&scale=day&of=components"
    );
    let rows = browser
        .get(&timeline)
        .expect(200)
        .texts("#timeline tr[data-object] th a");
    assert_eq!(rows, ["bare", "never"]);
}

fn a_change_is_seen_at_once(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    assert_eq!(names(&mut browser, "state=inside"), ["always"]);
    let document = "windows: [{name: Never, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}]";
    apply(database, document);
    assert_eq!(names(&mut browser, "state=inside"), ["always", "never"]);
}

fn a_list_of_a_day_says_why(database: &Database) {
    let document = "
calendars:
- {name: Zqdays, rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400, note: Christmas}]}
windows:
- name: Office
  timezone: Europe/Berlin
  calendars: [Zqdays]
  rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}]
- {name: Sundays, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '08:00', duration_s: 36000}]}
- {name: Fridays, timezone: Europe/Berlin, rules: [{type: weekly, days: [FR], start: '08:00', duration_s: 36000}]}
components:
- {name: shop, windows: [Office]}
- {name: sunday, windows: [Sundays]}
- {name: friday, windows: [Fridays]}
";
    let (server, mut browser) = started(database, document);
    let list = format!("{LIST}?day=2026-12-25&zone=Europe/Berlin");
    let page = browser.get(&list).expect(200);
    assert_eq!(page.text("th.column-state"), "Hours that day");
    assert_eq!(
        page.texts("td.field-state"),
        ["08:00–18:00", "none: Zqdays, Christmas", "none: no rule on that day"]
    );
    // What is next is next after the day: Friday's window a week later, the office's on Monday.
    assert_eq!(page.text("th.column-next_transition"), "Next after that day");
    let next = page.attributes("td.field-next_transition time", "datetime");
    assert_eq!(next, ["2027-01-01T07:00Z", "2026-12-28T07:00Z", "2026-12-27T07:00Z"]);
    let links = page.attributes("td.field-state a", "href");
    let explained = browser.get(&links[1]).expect(200);
    assert!(explained.has("#answer.outside"));
    assert!(explained.text("#cuts").contains("Christmas"));
    // What is typed is sent with a value: values are buttons, no links, and Enter presses none of them.
    let panel = "details[data-filter-title='Hours of a day']";
    let buttons = format!("{panel} li button[name=covered]");
    assert_eq!(page.texts(&buttons), ["all day", "part of the day", "not at all"]);
    assert_eq!(page.attributes(&buttons, "value"), ["full", "partly", "none"]);
    assert_eq!(page.texts(&format!("{panel} li a")), ["All"]);
    assert!(page.has("#filter-form > button[hidden]:first-child"));
    let labels = page.attributes(&format!("{panel} li input"), "aria-label");
    assert_eq!(labels, ["all day", "part of the day", "not at all"]);
    assert!(page.has(&format!("{panel} > label + ul")), "the day comes first");
    let then = browser
        .get(&format!("{LIST}?state=outside&at=2026-12-25T10:00:00Z"))
        .expect(200);
    assert_eq!(then.text("th.column-state"), "State then");
    assert_eq!(then.texts("td.field-state"), ["outside", "outside"]);
    assert_eq!(then.text("th.column-next_transition"), "Next transition then");
    let next = then.attributes("td.field-next_transition time", "datetime");
    assert_eq!(next, ["2026-12-28T07:00Z", "2026-12-27T07:00Z"]);
    let sorted = "state=inside&state=outside&at=2026-12-25T10:00:00Z&o=next_transition";
    assert_eq!(names(&mut browser, sorted), ["friday", "sunday", "shop"]);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let page = viewer.get(&list).expect(200);
    assert_eq!(
        page.texts("td.field-state"),
        ["08:00–18:00", "none", "none: no rule on that day"]
    );
    assert!(!page.html().contains("Zqdays"));
}

fn a_list_of_a_day_names_all_that_cut_it(database: &Database) {
    let day = |name: &str, note: &str| {
        format!(
            "- {{name: {name}, rules: [{{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400{note}}}]}}\n"
        )
    };
    let calendars = [
        day("Days DE", ", note: Weihnachten"),
        day("Days FR", ""),
        day("Days UK", ", note: Christmas Day"),
    ];
    let window = |name: &str, calendar: &str| {
        format!(
            "- {{name: {name}, timezone: UTC, calendars: [{calendar}], rules: [{{type: weekly, days: [FR], start: '08:00', duration_s: 36000}}]}}\n"
        )
    };
    let windows = [
        window("DE", "Days DE"),
        window("FR", "Days FR"),
        window("UK", "Days UK"),
    ];
    let document = format!(
        "calendars:\n{}windows:\n{}components:\n- {{name: shop, windows: [DE, FR, UK]}}\n",
        calendars.concat(),
        windows.concat()
    );
    let (_server, mut browser) = started(database, &document);
    let page = browser.get(&format!("{LIST}?day=2026-12-25&zone=UTC")).expect(200);
    assert_eq!(
        page.texts("td.field-state"),
        ["none: Days DE, Weihnachten; Days FR; Days UK, Christmas Day"]
    );
}

fn a_list_of_a_day_names_all_rules_of_one_owner(database: &Database) {
    let document = "
calendars:
- name: Halves
  rules:
  - {type: dates, dates: [2026-12-25], start: '08:00', duration_s: 14400, note: Morning off}
  - {type: dates, dates: [2026-12-25], start: '12:00', duration_s: 21600, note: Afternoon off}
  - {type: dates, dates: [2026-12-25], start: '20:00', duration_s: 3600, note: Party}
- {name: Plain, rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400}]}
windows:
- name: Own
  timezone: UTC
  rules: [{type: weekly, days: [FR], start: '08:00', duration_s: 36000}]
  excludes:
  - {type: weekly, days: [MO, TU, WE, TH, FR], start: '12:00', duration_s: 3600}
  - {type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400, note: Christmas}
- {name: Split, timezone: UTC, calendars: [Halves], rules: [{type: weekly, days: [FR], start: '08:00', duration_s: 36000}]}
- name: Unnamed
  timezone: UTC
  calendars: [Plain]
  rules: [{type: weekly, days: [FR], start: '08:00', duration_s: 36000}]
  excludes: [{type: weekly, days: [FR], start: '12:00', duration_s: 3600, note: lunch}]
components:
- {name: own, windows: [Own]}
- {name: split, windows: [Split]}
- {name: unnamed, windows: [Unnamed]}
";
    let (_server, mut browser) = started(database, document);
    let page = browser
        .get(&format!("{LIST}?day=2026-12-25&covered=none&zone=UTC"))
        .expect(200);
    // The party is after the hours, and takes none of them.
    assert_eq!(
        page.texts("td.field-state"),
        [
            "none: Own, Christmas and Mon–Fri 12:00–13:00",
            "none: Halves, Morning off and Afternoon off",
            "none: Plain; Unnamed, lunch"
        ]
    );
    // On any other Friday the lunch alone is taken, and the window says enough.
    let page = browser.get(&format!("{LIST}?day=2026-12-18&zone=UTC")).expect(200);
    assert_eq!(
        page.texts("td.field-state"),
        [
            "08:00–12:00, 13:00–18:00: Own",
            "08:00–18:00",
            "08:00–12:00, 13:00–18:00: Unnamed, lunch"
        ]
    );
}
