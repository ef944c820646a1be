//! The timeline: what is drawn is what holds, in the order of the list, for users with the permission.

use std::collections::BTreeMap;

use scraper::{Html, Selector};
use serde_json::Value;
use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;
use sla_monitor::calculus::coverage::Coverage;

use crate::cli::spans::vectors_in_zones;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    what_is_drawn_is_what_holds_in_five_zones,
    rows_are_those_of_the_list_in_its_order,
    components_are_grouped_by_a_label,
    windows_have_rows_of_their_own,
    what_cuts_is_drawn_and_named,
    bad_parameters_are_named,
    users_see_what_they_may_view,
    objects_without_hours_say_why,
    days_of_clock_changes_are_marked,
    a_page_names_its_zone_and_what_narrows_it,
    lists_lead_to_explanations_and_groups_have_sums,
    an_empty_timeline_says_what_to_do,
);

const TIMELINE: &str = "/admin/sla/timeline/";

const HOURS: &str = "
calendars:
- {name: Holidays, rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400}]}
windows:
- name: Office
  timezone: Europe/Berlin
  calendars: [Holidays]
  rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}]
  excludes: [{type: weekly, days: [WE], start: '12:00', duration_s: 3600}]
- {name: Off, enabled: false, timezone: UTC, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 3600}]}
components:
- {name: web, labels: {team: b}, windows: [Office]}
- {name: api, labels: {team: a}, windows: [Office]}
- {name: job, labels: {team: b}, windows: [Office], enabled: false}
- {name: bare, windows: [Off]}
";

/// A bar of a row: start, end, and what cuts it.
type DrawnBar = (i64, i64, Option<String>);

/// Names of rows and their bars, in the order of the page.
fn rows(page: &Page) -> Vec<(String, Vec<DrawnBar>)> {
    let html = Html::parse_document(&page.html());
    let selector = |text: &str| Selector::parse(text).expect("a selector");
    let (row, name, bar) = (
        selector("table#timeline tr[data-object]"),
        selector("th a"),
        selector("rect.span, rect.cut"),
    );
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).expect("epoch seconds");
    let rows = html.select(&row).map(|row| {
        let title = row.select(&name).next().expect("a name").text().collect();
        let bars = row.select(&bar).map(|bar| {
            let bar = bar.value();
            let by = bar.attr("data-by").map(str::to_owned);
            (number(bar.attr("data-start")), number(bar.attr("data-end")), by)
        });
        let mut bars: Vec<DrawnBar> = bars.collect();
        bars.sort();
        (title, bars)
    });
    rows.collect()
}

fn names(page: &Page) -> Vec<String> {
    rows(page).into_iter().map(|(name, _)| name).collect()
}

/// The range of a page.
fn range(page: &Page) -> (i64, i64) {
    let bound = |name: &str| {
        let bounds = page.attributes("table#timeline", name);
        bounds[0].parse().expect("epoch seconds")
    };
    (bound("data-from"), bound("data-to"))
}

fn started(database: &Database, document: &str) -> (Server, Browser) {
    apply(database, document);
    let server = Server::start(database, &[]);
    let browser = superuser(database, &server);
    (server, browser)
}

fn what_is_drawn_is_what_holds_in_five_zones(database: &Database) {
    let (document, definitions) = vectors_in_zones();
    let coverages: BTreeMap<String, Coverage> = definitions
        .into_iter()
        .map(|(name, (windows, _))| {
            let question = serde_json::json!({"windows": windows, "from": 0, "to": 1}).to_string();
            (name, Evaluation::read(&question).expect("accepted").coverage)
        })
        .collect();
    let (_server, mut browser) = started(database, &document.to_string());
    let mut drawn = 0;
    // Weeks and days in which the clocks of the zones change, and a quarter.
    for (zone, scale, at) in [
        ("Europe/Berlin", "week", "2026-03-29"),
        ("Europe/Berlin", "day", "2026-10-25"),
        ("Australia/Lord_Howe", "week", "2026-04-05"),
        ("Africa/Cairo", "day", "2026-04-24"),
        ("Asia/Kathmandu", "month", "2026-02-14"),
        ("America/New_York", "2weeks", "2026-03-08"),
        ("UTC", "quarter", "2019-06-01"),
    ] {
        let mut seen = 0;
        for number in 1..=coverages.len().div_ceil(50) {
            let path = format!("{TIMELINE}?zone={zone}&scale={scale}&at={at}&p={number}");
            let page = browser.get(&path).expect(200);
            let (from, to) = range(&page);
            for (name, bars) in rows(&page) {
                let spans = coverages[&name].spans(from, to).into_iter();
                let expected: Vec<DrawnBar> = spans.map(|span| (span.start, span.end, None)).collect();
                let promised: Vec<DrawnBar> = bars.into_iter().filter(|(_, _, by)| by.is_none()).collect();
                assert_eq!(promised, expected, "{name} at {path}");
                drawn += promised.len();
                seen += 1;
            }
        }
        assert_eq!(seen, coverages.len(), "{zone} {scale} {at}");
    }
    assert!(drawn > 1_000, "{drawn} bars were compared");
}

fn rows_are_those_of_the_list_in_its_order(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    for query in [
        "",
        "?o=-name",
        "?q=a",
        "?enabled__exact=1",
        "?enabled__exact=1&o=-name&q=b",
    ] {
        let list = browser.get(&format!("/admin/sla/component/{query}")).expect(200);
        let page = browser.get(&format!("{TIMELINE}{query}")).expect(200);
        assert_eq!(names(&page), list.texts("#result_list .field-name a"), "{query}");
        // Links lead from one to the other and keep what narrows them.
        let links = page.attributes(".object-tools a", "href");
        assert_eq!(links[0], format!("/admin/sla/component/{query}"));
    }
    let nothing = browser.get(&format!("{TIMELINE}?q=nothing-has-this")).expect(200);
    assert!(nothing.text("main .notice").starts_with("No components match."));

    let page = browser.get(&format!("{TIMELINE}?at=2026-12-23&q=api")).expect(200);
    let json: Value = {
        let data = browser
            .get(&format!("{TIMELINE}?at=2026-12-23&q=api&format=json"))
            .expect(200);
        serde_json::from_str(&data.html()).expect("JSON")
    };
    let bars = rows(&page).remove(0).1;
    let spans: Vec<DrawnBar> = bars.into_iter().filter(|(_, _, by)| by.is_none()).collect();
    let from_json = json.as_array().expect("a list").iter().map(|span| {
        assert_eq!(span["component"], "api");
        let number = |key: &str| span[key].as_i64().expect("epoch seconds");
        (number("start"), number("end"), None)
    });
    assert_eq!(spans, from_json.collect::<Vec<DrawnBar>>());
    let csv = browser
        .get(&format!("{TIMELINE}?at=2026-12-23&q=api&format=csv"))
        .expect(200)
        .html();
    let lines = spans.iter().map(|(start, end, _)| format!("api,{start},{end}\r\n"));
    assert_eq!(csv, format!("component,start,end\r\n{}", lines.collect::<String>()));
}

fn components_are_grouped_by_a_label(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    let page = browser.get(&format!("{TIMELINE}?group=team&scale=2weeks")).expect(200);
    assert_eq!(
        page.texts("#timeline tr.group th"),
        ["team=a · 1", "team=b · 2", "no label team · 1"]
    );
    assert_eq!(names(&page), ["api", "job", "web", "bare"]);
    let unknown = browser.get(&format!("{TIMELINE}?group=none")).expect(200);
    assert_eq!(unknown.texts("#timeline tr.group th"), ["no label none · 4"]);
}

fn windows_have_rows_of_their_own(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    let page = browser
        .get(&format!("{TIMELINE}?of=windows&at=2026-12-23&zone=Europe/Berlin"))
        .expect(200);
    assert_eq!(names(&page), ["Off", "Office"]);
    assert_eq!(page.texts("#timeline td.hours .quiet"), ["disabled"]);
    // Monday to Wednesday morning, Wednesday afternoon, Thursday; Friday is Christmas.
    assert_eq!(page.texts("#timeline td.promised summary"), ["39 h"]);
}

fn what_cuts_is_drawn_and_named(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    let page = browser
        .get(&format!("{TIMELINE}?at=2026-12-23&zone=Europe/Berlin&q=api"))
        .expect(200);
    let (_, bars) = rows(&page).remove(0);
    let cuts: Vec<DrawnBar> = bars.into_iter().filter(|(_, _, by)| by.is_some()).collect();
    // Wednesday 12:00 to 13:00, and Friday's hours, in Berlin.
    let wednesday = (1_798_023_600, 1_798_027_200, Some("Office".to_owned()));
    let christmas = (1_798_182_000, 1_798_218_000, Some("Holidays".to_owned()));
    assert_eq!(cuts, [wednesday, christmas]);
    let lines = page.texts("details.as-list li");
    assert_eq!(lines[0], "Mon 21 Dec 08:00–18:00 CET Mon 21 Dec 07:00–17:00 UTC");
    assert!(
        lines.contains(&"Cut by Holidays : Fri 25 Dec 08:00–18:00 CET".to_owned()),
        "{lines:?}"
    );
    let quarter = browser.get(&format!(
        "{TIMELINE}?at=2026-12-23&zone=Europe/Berlin&q=api&scale=quarter"
    ));
    let lines = quarter.expect(200).texts("details.as-list li");
    assert!(
        lines.contains(&"Cut by Holidays : once, 10 h in all".to_owned()),
        "{lines:?}"
    );
}

fn bad_parameters_are_named(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    for (query, named) in [
        ("of=labels", "of"),
        ("scale=year", "scale"),
        ("at=2026-02-30", "at"),
        ("at=%00", "at"),
        ("zone=Mars/Olympus", "zone"),
        ("format=pdf", "format"),
        ("p=x", "p"),
        ("group=team&of=windows", "group"),
        ("nothing=1", "nothing"),
        ("enabled__exact=7", "enabled__exact"),
        ("at=2011-12-30&scale=day&zone=Pacific/Apia", "at"),
    ] {
        let page = browser.get(&format!("{TIMELINE}?{query}")).expect(400);
        assert!(
            page.text("main").contains(&format!("“{named}”")),
            "{query}: {}",
            page.text("main")
        );
    }
    for query in [
        "at=1900-01-01",
        "at=9999-12-31&scale=quarter",
        "p=99999999999999999999",
        "p=0",
    ] {
        browser.get(&format!("{TIMELINE}?{query}")).expect(200);
    }
}

fn users_see_what_they_may_view(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut components = staff(database, &server, "c", &["sla.view_component"]);
    let page = components.get(&format!("{TIMELINE}?at=2026-12-23")).expect(200);
    let by = page.attributes("#timeline rect.cut", "data-by");
    assert!(by.contains(&"a calendar that you may not view".to_owned()), "{by:?}");
    assert!(!page.html().contains("Office") && !page.html().contains("Holidays"));
    components.get(&format!("{TIMELINE}?of=windows")).expect(403);
    components.get(&format!("{TIMELINE}?group=team")).expect(400);
    let mut windows = staff(database, &server, "w", &["sla.view_slawindow"]);
    windows.get(TIMELINE).expect(200);
    windows.get(&format!("{TIMELINE}?of=windows")).expect(200);
    let mut labels = staff(database, &server, "l", &["sla.view_label"]);
    labels.get(TIMELINE).expect(403);
    assert!(!labels.get("/admin/").expect(200).html().contains(TIMELINE));
}

fn objects_without_hours_say_why(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    let page = browser.get(TIMELINE).expect(200);
    let notes = page.texts("#timeline td.hours .quiet");
    assert_eq!(notes, ["no hours: it has no enabled window", "disabled"]);
    database.execute("UPDATE sla_window SET timezone = 'Nowhere' WHERE name = 'Office'");
    let page = browser.get(TIMELINE).expect(200);
    let notes = page.texts("#timeline td.hours .quiet");
    assert!(notes[0].starts_with("unknown: "), "{notes:?}");
}

fn days_of_clock_changes_are_marked(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    let page = browser
        .get(&format!("{TIMELINE}?at=2027-03-28&zone=Europe/Berlin&scale=day"))
        .expect(200);
    let (from, to) = range(&page);
    assert_eq!(to - from, 23 * 3600);
    assert_eq!(page.texts("#timeline .axis text.change"), ["+1 h"]);
    assert_eq!(page.texts("#timeline .axis text")[..3], ["00:00", "03:00", "06:00"]);
    let page = browser
        .get(&format!("{TIMELINE}?at=2026-04-05&zone=Australia/Lord_Howe"))
        .expect(200);
    assert_eq!(page.texts("#timeline .axis text.change"), ["−30 min"]);
    let legend = page.text(".legend");
    let words = "The clocks in Australia/Lord_Howe went back 30 min at 02:00 on Sun 5 Apr 2026.";
    assert!(legend.contains(words), "{legend}");
}

fn a_page_names_its_zone_and_what_narrows_it(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    let page = browser.get(&format!("{TIMELINE}?zone=Asia/Tokyo")).expect(200);
    assert!(
        page.text("#footer")
            .starts_with("Times are in Asia/Tokyo. Yours is UTC."),
        "{}",
        page.text("#footer")
    );
    assert!(!page.has(".chips"));
    // Only of time to come are the rules of now all that there is to know.
    let by_rules = "#by-the-rules-of-now";
    assert!(
        page.text(by_rules)
            .starts_with("All hours are by today’s rules, those of the past too.")
    );
    let report = page.attributes(&format!("{by_rules} a"), "href").remove(0);
    browser.get(&report).expect(200);
    assert!(
        !browser
            .get(&format!("{TIMELINE}?at=2300-01-01"))
            .expect(200)
            .has(by_rules)
    );
    // From a list by the hours of a day to that day, with the same rows, the zone and what narrows them.
    let list = "/admin/sla/component/?covered=none&day=2026-12-25&zone=Europe/Berlin";
    let list = browser.get(list).expect(200);
    let link = list.attributes(".object-tools a", "href").remove(0);
    let page = browser.get(&link).expect(200);
    assert_eq!(names(&page), list.texts("#result_list td.field-name a"));
    assert_eq!(page.text(".range"), "Friday 25 December 2026");
    assert_eq!(page.form(".timeline-form").values("zone"), ["Europe/Berlin"]);
    let chips = page.texts(".chips li span");
    assert_eq!(
        chips,
        [
            "Hours of a day: not at all",
            "Day: 2026-12-25",
            "Time zone: Europe/Berlin"
        ]
    );
    let without = page.attributes(".chips li a", "href").remove(0);
    let rows = names(&browser.get(&format!("{TIMELINE}{without}")).expect(200));
    assert_eq!(rows.len(), 4, "{rows:?}");
    // An instant of a list is the day that is shown.
    let list = browser
        .get("/admin/sla/component/?state=outside&at=2026-12-25T10:00:00Z")
        .expect(200);
    let page = browser
        .get(&list.attributes(".object-tools a", "href").remove(0))
        .expect(200);
    assert_eq!(page.text(".range"), "Friday 25 December 2026");
    assert_eq!(names(&page), ["api", "web"]);
}

fn lists_lead_to_explanations_and_groups_have_sums(database: &Database) {
    let (_server, mut browser) = started(database, HOURS);
    let page = browser
        .get(&format!("{TIMELINE}?at=2026-12-23&zone=Europe/Berlin&group=team"))
        .expect(200);
    // The row that is disabled promises nothing.
    assert_eq!(page.texts("#timeline tr.group td"), ["39 h", "39 h", "0 h"]);
    assert_eq!(page.text(".on-paper"), "Rows 1 to 4 of 4 components");
    let links = page.attributes("#timeline .as-list li a", "href");
    assert!(links[0].contains("/explain/?zone=Europe%2FBerlin&at="), "{links:?}");
    let explained = browser.get(&links[0]).expect(200);
    assert!(explained.has("#answer.inside"));
    let cut = page.attributes("#timeline .as-list li.cut a", "href").remove(0);
    assert!(browser.get(&cut).expect(200).has("#answer.outside"));
}

fn an_empty_timeline_says_what_to_do(database: &Database) {
    let (_server, mut browser) = started(database, "{}");
    let page = browser.get(TIMELINE).expect(200);
    let said = page.text(".notice.empty");
    assert!(said.starts_with("There are no components yet."), "{said}");
    assert!(page.has(".notice.empty a[href='/admin/sla/component/add/']"));
    let said = browser
        .get(&format!("{TIMELINE}?q=nothing"))
        .expect(200)
        .text(".notice.empty");
    assert!(said.starts_with("No components match."), "{said}");
}
