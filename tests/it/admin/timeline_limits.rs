//! What bounds the timeline: rows of thousands of spans, addresses that contradict those of the list, and what its reader may view.

use super::typed::key;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    rows_of_thousands_of_spans_are_bounded,
    quarters_are_said_by_weeks,
    a_page_of_a_quarter_is_small,
    filters_by_hours_keep_their_instants,
    first_and_last_pages_lead_nowhere,
    a_group_of_two_pages_says_so_on_both,
    the_permission_is_checked_before_the_parameters,
    reasons_name_what_may_be_viewed,
);

const TIMELINE: &str = "/admin/sla/timeline/";

fn started(database: &Database, document: &str) -> (Server, Browser) {
    apply(database, document);
    let server = Server::start(database, &[]);
    let browser = superuser(database, &server);
    (server, browser)
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn rows_of_thousands_of_spans_are_bounded(database: &Database) {
    let rules: Vec<String> = (0..100)
        .map(|number| {
            let start = format!("{:02}:{:02}", number / 5, number % 5 * 12);
            format!("{{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '{start}', duration_s: 1}}")
        })
        .collect();
    let document = format!(
        "windows: [{{name: Ticks, timezone: UTC, rules: [{}]}}]\ncomponents: [{{name: a, windows: [Ticks]}}, {{name: b, windows: [Ticks]}}]",
        rules.join(", ")
    );
    let (_server, mut browser) = started(database, &document);
    let get = |browser: &mut Browser, query: &str| browser.get(&format!("{TIMELINE}?zone=UTC&at=2026-11-10&{query}"));
    let bars = |page: &Page| {
        page.attributes("#timeline tr:first-of-type rect.span", "data-start")
            .len()
    };

    let day = get(&mut browser, "scale=day").expect(200);
    assert_eq!(bars(&day), 100);
    assert_eq!(day.texts("#timeline tr:first-of-type li[data-start]").len(), 100);
    assert!(!day.has("#timeline li.more") && !day.has("#timeline rect[data-count]"));

    // 700 spans: each is exported, fewer are drawn, and the picture says how many.
    let week = get(&mut browser, "scale=week").expect(200);
    let counts = week.attributes("#timeline tr:first-of-type rect.span[data-count]", "data-count");
    let merged: usize = counts
        .iter()
        .map(|count| count.parse::<usize>().expect("a number"))
        .sum();
    assert!(bars(&week) <= 400);
    assert_eq!(merged + bars(&week) - counts.len(), 700);
    assert_eq!(week.texts("#timeline tr:first-of-type li[data-start]").len(), 100);
    assert_eq!(
        week.texts("#timeline li.more"),
        ["600 more spans: a smaller scale shows them"; 2]
    );
    assert!(week.attributes("#timeline li.more a", "href")[0].contains("scale=day"));
    assert_eq!(
        get(&mut browser, "scale=week&format=csv")
            .expect(200)
            .html()
            .lines()
            .count(),
        1401
    );

    // 9,200 spans: only how much they come to is exact.
    let quarter = get(&mut browser, "scale=quarter").expect(200);
    assert!(bars(&quarter) <= 400 && quarter.html().len() < 200_000);
    assert_eq!(
        quarter.texts("#timeline li.more"),
        ["9200 spans, too many to be listed: a smaller scale shows them"; 2]
    );
    assert_eq!(quarter.texts("#timeline td.promised summary"), ["2 h 33 min 20 s"; 2]);
    for format in ["csv", "json"] {
        let refused = get(&mut browser, &format!("scale=quarter&format={format}")).expect(400);
        let text = refused.text("main");
        assert!(
            text.contains("“a” has 9200 spans in this time") && text.contains("choose a smaller scale"),
            "{text}"
        );
    }
    // Pages of one object are bounded, too.
    for (model, table, name) in [("component", "component", "a"), ("slawindow", "sla_window", "Ticks")] {
        let page = browser
            .get(&format!("/admin/sla/{model}/{}/view/", key(database, table, name)))
            .expect(200);
        assert!(page.attributes("rect.span", "data-start").len() <= 400);
        assert_eq!(page.text("li.more"), "and 1200 more");
    }
}

const NIGHTS: &str = "
windows:
- {name: Night, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '22:00', duration_s: 28800}]}
- {name: Weekend, timezone: Europe/Berlin, rules: [{type: weekly, days: [FR], start: '18:00', duration_s: 225000}]}
- {name: Always, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
components:
- {name: night, windows: [Night]}
- {name: weekend, windows: [Weekend]}
- {name: always, windows: [Always]}
";

fn quarters_are_said_by_weeks(database: &Database) {
    let (_server, mut browser) = started(database, NIGHTS);
    let mut lines = |name: &str| {
        let page = browser.get(&format!(
            "{TIMELINE}?scale=quarter&at=2026-02-01&zone=Europe/Berlin&q={name}"
        ));
        page.expect(200).texts("#timeline li[data-start]")
    };
    // The quarter begins on a Thursday and ends on a Tuesday; what began before is clipped, and so are the dates.
    assert_eq!(
        lines("night"),
        [
            "1 Jan – 4 Jan: Thu 00:00–06:00 CET, Thu–Fri 22:00–06:00 CET",
            "5 Jan – 29 Mar: Mon–Fri 22:00–06:00 CET",
            "30 Mar – 31 Mar: Mon 22:00–06:00 CEST, Tue 22:00–24:00 CEST",
        ]
    );
    assert_eq!(
        lines("weekend"),
        [
            "1 Jan – 22 Mar: Fri 18:00–Mon 08:30 CET",
            "23 Mar – 29 Mar: Fri 18:00 CET–Mon 08:30 CEST",
        ]
    );
    assert_eq!(lines("always"), ["Thu 1 Jan 00:00 CET–Wed 1 Apr 00:00 CEST"]);
}

fn a_page_of_a_quarter_is_small(database: &Database) {
    let windows = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Sydney", "UTC"].map(|zone| {
        format!("- {{name: '{zone}', timezone: {zone}, rules: [{{type: weekly, days: [MO, TU, WE, TH, FR], start: '20:00', duration_s: 36000}}]}}")
    });
    let components: Vec<String> = (0..60)
        .map(|number| {
            let zone = [
                "Europe/Berlin",
                "America/New_York",
                "Asia/Kathmandu",
                "Australia/Sydney",
                "UTC",
            ][number % 5];
            format!("- {{name: component-{number}, windows: ['{zone}']}}")
        })
        .collect();
    let document = format!(
        "windows:\n{}\ncomponents:\n{}",
        windows.join("\n"),
        components.join("\n")
    );
    let (_server, mut browser) = started(database, &document);
    let page = browser
        .get(&format!("{TIMELINE}?scale=quarter&at=2026-11-10&zone=Europe/Berlin"))
        .expect(200);
    assert_eq!(page.texts("#timeline tr[data-object]").len(), 50);
    let size = page.html().len();
    // 3,300 bars with their instants are 270 KB of it; compressed it is a tenth.
    assert!(size < 340_000, "{size} bytes");
}

const STATES: &str = "
windows:
- {name: Day, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '08:00', duration_s: 36000}]}
- {name: Date, timezone: Pacific/Auckland, rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400}]}
components:
- {name: day, windows: [Day]}
- {name: date, windows: [Date]}
- {name: bare}
";

fn filters_by_hours_keep_their_instants(database: &Database) {
    let (_server, mut browser) = started(database, STATES);
    for (query, expected) in [
        ("state=inside&at=2026-06-01T12:00:00Z", vec!["day"]),
        ("state=inside&at=2026-06-01T03:00:00Z", vec![]),
        ("state=outside&at=2026-06-01T03:00&zone=UTC", vec!["date", "day"]),
        ("covered=full&day=2026-12-25&zone=Pacific/Auckland", vec!["date"]),
        ("covered=full&day=2026-12-25&zone=UTC", vec![]),
    ] {
        let list = browser.get(&format!("/admin/sla/component/?{query}")).expect(200);
        assert_eq!(list.texts("#result_list .field-name a"), expected, "{query}");
        let tools = list.attributes(".object-tools a", "href");
        let link = tools
            .iter()
            .find(|link| link.starts_with(TIMELINE))
            .expect("a link to the timeline");
        let page = browser.get(link).expect(200);
        assert_eq!(page.texts("#timeline th[scope=row] a"), expected, "{link}");
        // Another time and another zone of the picture keep the rows.
        let moved = format!("{link}&at=2026-12-24&zone=Europe/Berlin&scale=day");
        let page = browser.get(&moved).expect(200);
        assert_eq!(page.texts("#timeline th[scope=row] a"), expected, "{moved}");
        let back = page.attributes(".object-tools a", "href").remove(0);
        let list = browser.get(&back).expect(200);
        assert_eq!(list.texts("#result_list .field-name a"), expected, "{back}");
        // The list takes the other names as well.
        let named = query.replace("&at=", "&state_at=").replace("&zone=", "&day_zone=");
        let list = browser.get(&format!("/admin/sla/component/?{named}")).expect(200);
        assert_eq!(list.texts("#result_list .field-name a"), expected, "{named}");
    }
}

fn first_and_last_pages_lead_nowhere(database: &Database) {
    let (_server, mut browser) = started(database, STATES);
    for (query, links) in [
        ("scale=day&at=1900-01-01", ["After"]),
        ("scale=day&at=9999-12-31", ["Before"]),
        ("scale=quarter&at=9999-12-31", ["Before"]),
    ] {
        let page = browser.get(&format!("{TIMELINE}?{query}")).expect(200);
        let steps = page.attributes(".steps a[aria-label]", "aria-label");
        assert_eq!(steps, links, "{query}");
        for link in page.attributes(".steps a", "href") {
            browser.get(&format!("{TIMELINE}{link}")).expect(200);
        }
    }
    for query in ["group=%00", "group=a%00", "zone=%00", "q=%00", "state_at=%00"] {
        let page = browser.get(&format!("{TIMELINE}?{query}")).expect(400);
        let (name, _) = query.split_once('=').expect("a parameter");
        assert!(page.text("main").contains(&format!("“{name}”")), "{query}");
    }
}

fn the_permission_is_checked_before_the_parameters(database: &Database) {
    apply(database, STATES);
    let server = Server::start(database, &[]);
    let mut windows = staff(database, &server, "w", &["sla.view_slawindow"]);
    windows.get(&format!("{TIMELINE}?of=windows&scale=foo")).expect(400);
    windows.get(&format!("{TIMELINE}?of=foo")).expect(400);
    for query in [
        "?of=components&scale=foo",
        "?component=day&scale=foo",
        "?group=team&scale=foo",
    ] {
        windows.get(&format!("{TIMELINE}{query}")).expect(403);
    }
    // Without a word about it, it is of what may be viewed, as the links to it expect.
    windows.get(&format!("{TIMELINE}?scale=foo")).expect(400);
    let start = windows.get("/admin/").expect(200);
    assert!(start.attributes("a", "href").contains(&TIMELINE.to_owned()));
    let page = windows.get(TIMELINE).expect(200);
    assert_eq!(page.texts("#timeline tbody th[scope='row'] a"), ["Date", "Day"]);
    let mut components = staff(database, &server, "c", &["sla.view_component"]);
    components.get(&format!("{TIMELINE}?scale=foo")).expect(400);
    components.get(&format!("{TIMELINE}?of=windows&scale=foo")).expect(403);
}

fn reasons_name_what_may_be_viewed(database: &Database) {
    apply(database, STATES);
    let server = Server::start(database, &[]);
    database.execute("UPDATE sla_window SET timezone = 'Nowhere' WHERE name = 'Day'");
    let id = key(database, "component", "day");
    let pages = [
        format!("{TIMELINE}?q=day"),
        format!("/admin/sla/component/{id}/explain/"),
        format!("/admin/sla/component/{id}/view/"),
    ];
    let cases: [(&str, &[&str], bool); 4] = [
        (
            "all",
            &["sla.view_component", "sla.view_slawindow", "sla.view_calendar"],
            true,
        ),
        ("no-calendars", &["sla.view_component", "sla.view_slawindow"], false),
        ("no-windows", &["sla.view_component", "sla.view_calendar"], false),
        ("none", &["sla.view_component"], false),
    ];
    for (name, rights, is_named) in cases {
        let mut reader = staff(database, &server, name, rights);
        for path in &pages {
            let page = reader.get(path).expect(200);
            assert!(page.html().to_lowercase().contains("unknown"), "{path}");
            assert_eq!(
                page.html().contains("Nowhere"),
                is_named || (path.ends_with("/view/") && rights.contains(&"sla.view_slawindow")),
                "{name}: {path}"
            );
        }
    }
}

fn a_group_of_two_pages_says_so_on_both(database: &Database) {
    let component = |number: usize| {
        let team = if number < 20 { "a" } else { "b" };
        format!("{{name: c-{number:02}, labels: {{team: {team}}}}}")
    };
    let components: Vec<String> = (0..60).map(component).collect();
    let (_server, mut browser) = started(database, &format!("components: [{}]", components.join(", ")));
    let page = browser.get(&format!("{TIMELINE}?group=team&scale=day")).expect(200);
    let heads = "#timeline tr.group th";
    assert_eq!(
        page.texts(heads),
        ["team=a · 20", "team=b · 40 · more on the next page"]
    );
    // What is promised in the whole group is on neither page.
    let sums = |page: &Page| page.attributes("#timeline tr.group td.promised [title]", "title");
    assert_eq!(sums(&page), ["over several pages"]);
    assert!(!page.texts("#timeline tr.group td.promised")[0].contains("pages"));
    let next = page.attributes("#timeline tr.group a", "href").remove(0);
    let page = browser.get(&format!("{TIMELINE}{next}")).expect(200);
    assert_eq!(page.texts(heads), ["team=b , continued · 40"]);
    assert_eq!(sums(&page), ["over several pages"]);
    assert_eq!(page.texts("#timeline tr[data-object]").len(), 10);
    assert!(!page.has("#timeline tr.group a"));
}
