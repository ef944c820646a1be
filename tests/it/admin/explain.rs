//! The explanation: why a component is inside or outside at an instant, as the command line says it.

use serde_json::Value;

use super::typed::key;
use crate::support::browser::{Browser, Page};
use crate::support::client;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff, superuser, superuser_state};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    answers_are_those_of_the_command_line,
    nights_with_a_clock_change_are_explained,
    metrics_are_those_of_a_scrape,
    a_disabled_component_would_be_inside,
    what_cannot_be_understood_is_refused,
    names_that_may_not_be_viewed_are_left_out,
    steps_lead_from_transition_to_transition,
    metrics_of_the_past_are_those_of_todays_rules,
    rules_have_the_numbers_of_the_form_and_days_their_names,
    nights_of_clock_changes_are_a_click_away,
    what_is_said_of_a_changed_clock_is_said_once,
    hours_that_are_cut_on_the_day_are_not_said_to_be_its_hours,
    the_past_is_explained_as_past,
);

const DOCUMENT: &str = "
calendars:
- name: Zqholidays
  rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400, note: Christmas}]
windows:
- name: Office
  timezone: Europe/Berlin
  calendars: [Zqholidays]
  rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '09:00', duration_s: 28800}]
  excludes: [{type: weekly, days: [FR], start: '12:00', duration_s: 3600, note: lunch}]
- {name: Night, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '02:30', duration_s: 3600}]}
- {name: Lord Howe, timezone: Australia/Lord_Howe, rules: [{type: weekly, days: [SU], start: '01:45', duration_s: 3600}]}
- {name: Off, timezone: UTC, enabled: false, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 60}]}
- name: Rare
  timezone: Asia/Kathmandu
  rules:
  - {type: once, start_local: '2020-01-01T00:00', end_local: '2020-01-02T00:00'}
  - {type: once, start_local: '2060-01-01T00:00', end_local: '2060-01-02T00:00'}
components:
- {name: shop, windows: [Office, Off]}
- {name: retired, enabled: false, windows: [Office]}
- {name: idle}
- {name: all, windows: [Office, Night, 'Lord Howe', Off]}
- {name: rare-1, labels: {env: prod, team: \"a\\\"b\"}, windows: [Rare], slo: 99.9}
";

fn path(database: &Database, name: &str, query: &str) -> String {
    format!(
        "/admin/sla/component/{}/explain/{query}",
        key(database, "component", name)
    )
}

/// What the command line says of the same instant.
fn on_command_line(database: &Database, name: &str, at: &str) -> Value {
    let out = run_on(database, &["explain", name, "--at", at, "--format", "json"]).ok();
    serde_json::from_str(&out).expect("a line of JSON")
}

/// Compares a page with what the command line says of the same instant.
fn check(database: &Database, root: &mut Browser, name: &str, at: &str) -> Page {
    let said = on_command_line(database, name, at);
    let page = root
        .get(&path(
            database,
            name,
            &format!("?at={}&zone=Europe/Berlin", at.replace('+', "%2B")),
        ))
        .expect(200);
    let is_inside = said["in_window"] == 1;
    assert_eq!(page.has("#answer.inside"), is_inside, "{name} at {at}");
    assert_eq!(page.has("#answer.outside"), !is_inside, "{name} at {at}");
    let values = ["in_window", "last_start", "last_end", "next_start", "next_end"];
    let expected: Vec<String> = values
        .iter()
        .map(|value| {
            said[value]
                .as_i64()
                .map_or_else(|| "–".to_owned(), |value| value.to_string())
        })
        .collect();
    assert_eq!(page.texts("#values td.number"), expected, "{name} at {at}");
    let because = page.texts("#because li").join("\n");
    for rule in said["because"].as_array().into_iter().flatten() {
        for part in ["window", "words"] {
            let part = rule[part].as_str().unwrap_or_default();
            assert!(because.contains(part), "{part} is in {because}");
        }
    }
    for not in said["not"].as_array().into_iter().flatten() {
        let window = not["window"].as_str().unwrap_or_default();
        assert!(because.contains(window), "{window} is in {because}");
    }
    let cuts = page.texts("#cuts li");
    let cut_by = said["cut_by"].as_array().map_or(0, Vec::len);
    assert_eq!(cuts.len(), cut_by, "{name} at {at}: {cuts:?}");
    page
}

fn answers_are_those_of_the_command_line(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for name in ["shop", "all", "idle", "retired", "rare-1"] {
        for at in [
            "2026-12-24T10:00:00+01:00",
            "2026-12-25T10:00:00+01:00",
            "2026-12-25T12:30:00+01:00",
            "2026-12-18T12:30:00+01:00",
            "2026-12-19T12:30:00+01:00",
            "2026-03-29T02:59:59+01:00",
            "1798185600",
        ] {
            check(database, &mut root, name, at);
        }
    }
    let page = check(database, &mut root, "shop", "2026-12-25T10:00:00+01:00");
    assert_eq!(page.text("#answer"), "Outside its service hours");
    let cut = page.text("#cuts li");
    assert!(cut.contains("Zqholidays"), "{cut}");
    assert!(cut.contains("2026-12-25, all day (Christmas)"), "{cut}");
    assert!(page.has("#because li.not"));
    // The day around it: nothing is left of it, and the calendar takes what the window grants.
    assert!(!page.has(".picture rect.span"));
    assert_eq!(
        page.attributes(".picture rect.cut", "data-by")
            .first()
            .map(String::as_str),
        Some("Zqholidays")
    );
    let page = check(database, &mut root, "shop", "2026-12-24T10:00:00+01:00");
    assert_eq!(page.attributes(".picture rect.span", "data-start"), ["1798099200"]);
    assert_eq!(page.attributes(".picture rect.span", "data-end"), ["1798128000"]);
    assert_eq!(page.attributes(".picture", "data-from"), ["1798066800"]);
    assert!(page.text("#because li.covers").contains("Rule 1: Mon–Fri 09:00–17:00"));
    assert!(
        page.text("#because li.not")
            .contains("Off UTC does not cover it: it is disabled")
    );
    let shown = page.text(".instants");
    for local in [
        "Thu 24 Dec 2026 10:00:00 CET (UTC+01:00)",
        "Thu 24 Dec 2026 09:00:00 UTC",
    ] {
        assert!(shown.contains(local), "{shown}");
    }
    let page = check(database, &mut root, "idle", "2026-12-24T10:00:00+01:00");
    assert!(page.text("#answer").contains("it has no hours"));
    let page = check(database, &mut root, "retired", "2026-12-24T10:00:00+01:00");
    assert!(page.text(".answer").contains("The component is disabled"));
    // Steps lead to the transitions around an instant, and a form to any other.
    let page = check(database, &mut root, "shop", "2026-12-25T10:00:00+01:00");
    let steps = page.attributes(".explain .steps a", "href");
    assert_eq!(steps.len(), 2);
    assert!(root.get(&steps[1]).expect(200).has("#answer.inside"));
    let form = page.form(".instant-form");
    assert_eq!(form.values("date"), ["2026-12-25"]);
    assert_eq!(form.values("time"), ["10:00"]);
    assert_eq!(form.values("zone"), ["Europe/Berlin"]);
}

fn nights_with_a_clock_change_are_explained(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut get = |query: &str| root.get(&path(database, "all", query)).expect(200);
    let page = get("?date=2026-03-29&time=02:30&zone=Europe/Berlin");
    let notes = page.texts(".answer .note").join(" ");
    assert!(
        notes.contains("The clock of Europe/Berlin skips 02:30 on 2026-03-29: this is 03:30 there."),
        "{notes}"
    );
    assert!(notes.contains(" forward 1 h at 02:00 on Sun 29 Mar 2026"), "{notes}");
    let page = get("?date=2026-10-25&time=02:30&zone=Europe/Berlin");
    let notes = page.texts(".answer .note").join(" ");
    assert!(
        notes.contains("shows 02:30 twice on 2026-10-25: this is the first time"),
        "{notes}"
    );
    assert!(page.has("#answer.inside"));
    let other = page.attributes(".answer .note a", "href");
    assert_eq!(other.len(), 1);
    assert!(other[0].contains("at=1792891800"), "{other:?}");
    assert!(
        get(&other[0]
            .split_once('?')
            .map_or_else(String::new, |(_, query)| format!("?{query}")))
        .has(".answer .note a")
    );
    // The clock of Lord Howe goes by half an hour.
    let page = get("?date=2026-04-05&time=01:45&zone=Australia/Lord_Howe");
    let notes = page.texts(".answer .note").join(" ");
    assert!(notes.contains(" back 30 min at 02:00 on Sun 5 Apr 2026"), "{notes}");
    let page = get("?date=2026-04-05&time=01:45&zone=Asia/Kathmandu");
    assert!(page.text(".instants").contains("Sun 5 Apr 2026 01:45:00 UTC+05:45"));
}

fn metrics_are_those_of_a_scrape(database: &Database) {
    apply(database, DOCUMENT);
    let root = add_user(database, &superuser_state("root"), None);
    for layout in ["names", "labels"] {
        let server = Server::start(database, &["--metrics-layout", layout]);
        let mut root = at_admin(database, &server, root);
        let page = root.get(&path(database, "rare-1", "")).expect(200);
        let html = page.html();
        let lines = html
            .split_once("<pre id=\"metric-lines\"")
            .and_then(|(_, rest)| rest.split_once('>'));
        let lines = lines
            .and_then(|(_, rest)| rest.split_once("</pre>"))
            .map_or("", |(lines, _)| lines);
        let lines = lines.replace("&#34;", "\"").replace("&quot;", "\"");
        assert_eq!(lines.trim().lines().count(), 5, "{lines}");
        let scraped = client::get(&format!("{}/metrics", server.url)).text();
        for line in lines.trim().lines() {
            assert!(scraped.lines().any(|scraped| scraped == line), "{line} is scraped");
        }
        // Of a disabled one a scrape has none.
        assert!(!scraped.contains("retired"));
        let page = root.get(&path(database, "retired", "")).expect(200);
        assert!(page.has("#values") && !page.has("#metric-lines"));
        assert_eq!(page.text("#values-title"), "What the metrics would say");
    }
}

fn a_disabled_component_would_be_inside(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = check(database, &mut root, "retired", "2099-12-24T10:00:00+01:00");
    assert_eq!(page.text("h1"), "Why would retired be inside?");
    assert_eq!(page.text("#answer"), "Disabled; it would be inside its service hours");
    let page = check(database, &mut root, "retired", "2001-12-24T18:00:00+01:00");
    assert_eq!(page.text("h1"), "Why would retired have been outside?");
    assert_eq!(
        page.text("#answer"),
        "Disabled; it would have been outside its service hours"
    );
    assert!(!page.has("#metric-lines"));
}

fn what_cannot_be_understood_is_refused(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for (query, named) in [
        ("?at=soon", "at"),
        ("?at=99999999999999999", "at"),
        ("?at=2026-02-30T00:00", "at"),
        ("?at=%00", "at"),
        ("?at=20261225", "at"),
        ("?date=2026-13-01", "date"),
        ("?time=25:00", "time"),
        ("?zone=Europe/Nowhere", "zone"),
        ("?zone=../../etc/passwd", "zone"),
        ("?when=now", "when"),
    ] {
        let page = root.get(&path(database, "shop", query)).expect(400);
        assert!(page.html().contains(&format!("“{named}”")), "{query}");
    }
    for query in [
        "?at=&date=&time=&zone=",
        "?at=-62135596800",
        "?at=253402300799",
        "?date=1900-01-01",
        "?date=9999-12-31&time=23:59&zone=Pacific/Kiritimati",
        "?at=2026-12-25T10:00:00+01:00",
        "?at=0001-01-01T00:00:00Z",
    ] {
        root.get(&path(database, "all", query)).expect(200);
    }
    let missing = root.get("/admin/sla/component/999999/explain/").expect(302);
    assert!(missing.location().ends_with("/admin/"));
    root.get("/admin/sla/component/none/explain/").expect(302);
    root.get("/admin/sla/slawindow/1/explain/").expect(404);
    let mut other = staff(database, &server, "other", &["sla.view_label"]);
    other.get(&path(database, "shop", "")).expect(403);
}

fn names_that_may_not_be_viewed_are_left_out(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let at = "?at=2026-12-25T10:00:00Z";
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let page = viewer.get(&path(database, "shop", at)).expect(200);
    assert!(page.has("#answer.outside"));
    assert!(
        page.text("#because li:first-child")
            .starts_with("An SLA window that you may not view")
    );
    assert_eq!(page.text("#cuts li"), "A calendar that you may not view excludes it");
    for hidden in ["Zqholidays", "Office", "Christmas", "Berlin"] {
        assert!(!page.html().contains(hidden), "{hidden}");
    }
    let page = viewer.get(&path(database, "rare-1", "")).expect(200);
    assert!(!page.html().contains("prod"));
    let rights = ["sla.view_component", "sla.view_slawindow"];
    let mut reader = staff(database, &server, "reader", &rights);
    let page = reader.get(&path(database, "shop", at)).expect(200);
    assert!(page.text("#because li:first-child").contains("Office"));
    assert!(!page.html().contains("Zqholidays"));
}

fn steps_lead_from_transition_to_transition(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut steps = |query: &str| {
        let page = root.get(&path(database, "shop", query)).expect(200);
        page.attributes(".steps a", "href")
    };
    // Tuesday noon: from its beginning to its end in Berlin.
    let (monday, begin, end) = (1_796_054_400, 1_796_112_000, 1_796_140_800);
    let link = |at: i64| path(database, "shop", &format!("?at={at}&zone=UTC"));
    assert_eq!(steps("?at=2026-12-01T11:00:00Z"), [link(begin), link(end)]);
    // At a transition the step back leads to the one before.
    assert_eq!(steps(&format!("?at={begin}&zone=UTC")), [link(monday), link(end)]);
    assert_eq!(steps(&format!("?at={end}&zone=UTC"))[0], link(begin));
}

fn metrics_of_the_past_are_those_of_todays_rules(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut said = |query: &str| {
        let page = root.get(&path(database, "shop", query)).expect(200);
        let title = page.texts("section[aria-labelledby=values-title] h3").remove(0);
        (title, page.texts(".answer .note").join(" "))
    };
    let (title, notes) = said("?at=2001-01-01T10:00:00Z");
    assert_eq!(title, "By today’s rules");
    assert!(notes.contains("The component was added on "), "{notes}");
    assert!(notes.contains("no scrape had it then."), "{notes}");
    database.execute("UPDATE component SET created_at = '2000-01-01 00:00:00'");
    let (title, notes) = said("?at=2001-01-01T10:00:00Z");
    assert_eq!(title, "By today’s rules");
    assert!(notes.contains("was changed since, last on "), "{notes}");
    assert_eq!(said("").0, "As a scrape has them");
    let (title, notes) = said("?at=2099-01-01T10:00:00Z");
    assert_eq!(title, "As a scrape will have them, by today’s rules");
    assert_eq!(notes, "");
}

fn rules_have_the_numbers_of_the_form_and_days_their_names(database: &Database) {
    let document = "
calendars:
- name: Days off
  rules:
  - type: dates
    dates:
    - {from: 2026-01-01, to: 2026-01-01, name: New Year}
    - 2026-05-01
    - 2026-10-03
    - 2026-12-24
    - {from: 2026-12-25, to: 2026-12-26, name: Christmas}
    start: '00:00'
    duration_s: 86400
windows:
- name: Office
  timezone: Europe/Berlin
  calendars: [Days off]
  rules:
  - {type: weekly, days: [MO, TU, WE, TH, FR], start: '09:00', duration_s: 28800}
  - {type: weekly, days: [SA], start: '09:00', duration_s: 3600}
  excludes: [{type: weekly, days: [FR], start: '12:00', duration_s: 3600, note: lunch}]
components:
- {name: shop, windows: [Office]}
";
    apply(database, document);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root
        .get(&path(database, "shop", "?at=2026-12-18T12:30&zone=Europe/Berlin"))
        .expect(200);
    assert!(
        page.text("#cuts li").starts_with("Rule 3 of the window Office"),
        "{}",
        page.text("#cuts")
    );
    // The command numbers exclusions by themselves.
    assert!(page.text("#cuts li").contains("rule 1 of the window’s exclusions"));
    let form = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    let rows = root.get(&form).expect(200).texts(".row-head");
    assert!(rows[2].contains("Rule 3") && rows[2].contains("lunch"), "{rows:?}");
    // Of many days the one that it is has a name, in the list below the bars too.
    let page = root
        .get(&path(database, "shop", "?at=2026-12-25T12:30&zone=Europe/Berlin"))
        .expect(200);
    let cuts = page.texts("#cuts li");
    assert!(cuts.iter().any(|cut| cut.contains("Christmas, of ")), "{cuts:?}");
    let lines = page.texts(".picture .as-list[open] li.cut");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("Days off") && line.ends_with("Christmas")),
        "{lines:?}"
    );
}

fn nights_of_clock_changes_are_a_click_away(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let at = "?at=2026-12-01T11:00:00Z";
    let page = root.get(&path(database, "shop", at)).expect(200);
    let nights = ["Sun 25 Oct 2026, 1 h back", "Sun 28 Mar 2027, 1 h forward"];
    assert_eq!(page.texts(".nights a"), nights);
    let links = page.attributes(".nights a", "href");
    let link = |at: i64| path(database, "shop", &format!("?at={at}&zone=Europe%2FBerlin"));
    assert_eq!(links, [link(1_792_890_000), link(1_806_195_600)]);
    // There the next ones are those around that night.
    let page = root.get(&links[0]).expect(200);
    let notes = page.texts(".answer .note").join(" ");
    assert!(notes.contains(" back 1 h at 03:00 on Sun 25 Oct 2026"), "{notes}");
    assert_eq!(page.texts(".nights a"), ["Sun 29 Mar 2026, 1 h forward", nights[1]]);
    // Where several clocks are meant, each says which.
    let page = root.get(&path(database, "all", at)).expect(200);
    assert_eq!(
        page.texts(".nights a"),
        [
            "Sun 4 Oct 2026, 30 min forward in Australia/Lord_Howe",
            "Sun 25 Oct 2026, 1 h back in Europe/Berlin",
            "Sun 28 Mar 2027, 1 h forward in Europe/Berlin",
            "Sun 4 Apr 2027, 30 min back in Australia/Lord_Howe",
        ]
    );
    // Clocks that are not changed have none, nor have those of windows that the reader may not view.
    assert!(!root.get(&path(database, "rare-1", at)).expect(200).has(".nights"));
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    assert!(!viewer.get(&path(database, "shop", at)).expect(200).has(".nights"));
    // The page of the component leads to those around now.
    let view = path(database, "shop", "").replace("explain/", "view/");
    let links = root.get(&view).expect(200).attributes(".nights a", "href");
    assert_eq!(links.len(), 2);
    for link in links {
        let page = root.get(&link).expect(200);
        let notes = page.texts(".answer .note").join(" ");
        assert!(notes.contains("That night the clocks in Europe/Berlin "), "{notes}");
    }
    let idle = path(database, "idle", "").replace("explain/", "view/");
    assert!(!root.get(&idle).expect(200).has(".nights"));
}

fn what_is_said_of_a_changed_clock_is_said_once(database: &Database) {
    apply(database, DOCUMENT);
    let another = "
windows:
- {name: Again, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '02:30', duration_s: 7200}]}
- {name: Brief, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '02:15', duration_s: 1800}]}
- name: Spared
  timezone: Europe/Berlin
  rules: [{type: weekly, days: [SU], start: '00:00', duration_s: 86400}]
  excludes: [{type: weekly, days: [SU], start: '02:00', duration_s: 3600}]
components:
- {name: spared, windows: [Spared]}
- {name: nights, windows: [Night, Again]}
- {name: brief, windows: [Brief]}
";
    apply(database, another);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut said = |name: &str, query: &str| {
        let page = root.get(&path(database, name, query)).expect(200);
        (page.texts(".answer .note"), page.texts("#because li").join(" | "))
    };
    // By its local time, and by the instant.
    for query in [
        "?date=2026-10-25&time=02:30&zone=Europe/Berlin",
        "?at=1792888200&zone=Europe/Berlin",
    ] {
        let (notes, because) = said("nights", query);
        let twice: Vec<&String> = notes.iter().filter(|note| note.contains("twice")).collect();
        assert_eq!(
            twice,
            ["The clock of Europe/Berlin shows 02:30 twice on 2026-10-25: this is the first time. The other time"]
        );
        assert_eq!(because.matches("the first counts").count(), 1, "{because}");
    }
    let (notes, because) = said("brief", "?at=1792891800&zone=Europe/Berlin");
    assert!(
        notes.iter().any(|note| note.contains("this is the second time.")),
        "{notes:?}"
    );
    assert_eq!(because.matches("means the first time").count(), 1, "{because}");
    assert!(because.contains("Brief Europe/Berlin does not cover it"), "{because}");
    let (notes, because) = said("nights", "?date=2026-03-29&time=02:30&zone=Europe/Berlin");
    assert_eq!(
        notes.iter().filter(|note| note.contains("skips 02:30")).count(),
        1,
        "{notes:?}"
    );
    for rule in ["Rule 1 (Sun 02:30–03:30)", "Rule 1 (Sun 02:30–04:30)"] {
        assert!(because.matches(rule).count() <= 1, "{because}");
    }
    // An exclude rule has the number of the form, and that of the command.
    let (_, because) = said("spared", "?at=2026-03-29T01:30:00Z&zone=Europe/Berlin");
    for words in [
        "Rule 2 (Sun 02:00–03:00) would start at 02:00",
        "It is rule 1 of the window’s exclusions.",
    ] {
        assert!(because.contains(words), "{because}");
    }
}

fn hours_that_are_cut_on_the_day_are_not_said_to_be_its_hours(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    // Before the hours of that day. Of the lunch nothing is left that it could take.
    for (at, words) in [
        (
            "2026-12-25T07:00:00Z",
            "its hours on Fri 25 Dec 2026 would be 09:00–17:00, but Zqholidays, Christmas, closes the day",
        ),
        (
            "2026-12-18T07:00:00Z",
            "its hours on Fri 18 Dec 2026 would be 09:00–17:00, but its own exclusions, lunch, leave 09:00–12:00, 13:00–17:00",
        ),
        ("2026-12-17T07:00:00Z", "its hours on Thu 17 Dec 2026 are 09:00–17:00"),
    ] {
        let page = check(database, &mut root, "shop", at);
        let because = page.texts("#because li.not").join(" | ");
        assert!(because.contains(&format!("does not cover it: {words}")), "{because}");
        let said = on_command_line(database, "shop", at);
        let not = said["not"].as_array().into_iter().flatten();
        let office: Vec<&Value> = not.filter(|not| not["window"] == "Office").collect();
        assert_eq!(office[0]["reason"], words);
        let text = run_on(database, &["explain", "shop", "--at", at]).ok();
        assert!(text.contains(words), "{text}");
    }
    let rights = ["sla.view_component", "sla.view_slawindow"];
    let mut reader = staff(database, &server, "reader", &rights);
    let page = reader
        .get(&path(database, "shop", "?at=2026-12-25T07:00:00Z"))
        .expect(200);
    let because = page.texts("#because li.not").join(" | ");
    assert!(
        because.contains("would be 09:00–17:00, but a calendar that you may not view closes the day"),
        "{because}"
    );
    for hidden in ["Zqholidays", "Christmas"] {
        assert!(!page.html().contains(hidden), "{hidden}");
    }
}

fn the_past_is_explained_as_past(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut said = |query: &str| {
        let page = root
            .get(&path(database, "all", &format!("{query}&zone=Europe/Berlin")))
            .expect(200);
        (page.text("h1"), page.texts(".answer .note").join(" "))
    };
    let (title, notes) = said("?date=2001-10-28&time=05:00");
    assert_eq!(title, "Why was all outside?");
    assert!(notes.contains("the clocks in Europe/Berlin went back 1 h"), "{notes}");
    let (title, notes) = said("?date=2099-10-25&time=05:00");
    assert_eq!(title, "Why is all outside?");
    assert!(notes.contains("the clocks in Europe/Berlin go back 1 h"), "{notes}");
}
