//! Pages to read of components, windows and calendars.

use super::typed::key;
use crate::support::client;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff, staff_state, superuser, superuser_state};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    components_are_read,
    metrics_are_those_of_the_layout,
    windows_and_calendars_are_read,
    years_of_calendars_are_drawn,
    viewers_are_led_to_the_pages_to_read,
    names_that_may_not_be_viewed_are_left_out,
    disabled_windows_say_what_they_would_promise,
    pages_that_only_show_take_no_form,
    the_newest_changes_are_those_of_the_history,
    rules_lead_to_their_rows_in_the_form,
    the_zone_of_hours_is_named,
    several_zones_of_hours_are_named,
    calendars_count_the_components_of_their_windows,
);

const DOCUMENT: &str = "
calendars:
- name: Zqholidays
  description: Days off
  rules:
  - {type: dates, dates: [{from: 2026-12-24, to: 2026-12-26, name: Christmas}], start: '00:00', duration_s: 86400}
  - {type: dates, dates: [2027-01-01], start: '00:00', duration_s: 86400, note: New year}
  - {type: once, start_local: '2026-06-05T14:00', end_local: '2026-06-05T18:00', note: Summer party}
- {name: Fixed, timezone: Africa/Cairo, rules: [{type: dates, dates: [2026-04-24], start: '00:00', duration_s: 86400, note: Long night}]}
windows:
- name: Zqoffice
  timezone: Europe/Berlin
  valid_from: 2026-01-01
  calendars: [Zqholidays]
  rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '09:00', duration_s: 28800}]
  excludes: [{type: weekly, days: [FR], start: '12:00', duration_s: 3600, note: lunch}]
- {name: Always, timezone: Asia/Kathmandu, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
components:
- {name: always-on, display_name: 'Always <on>', labels: {team: zqteam}, windows: [Always], slo: 99.9}
- {name: shop, windows: [Zqoffice], calendars: [Fixed]}
- {name: other, windows: [Zqoffice]}
- {name: idle}
";

/// How a component is now, its hours, its rules, what else it has, and at last what was changed.
const ORDER: [&str; 6] = [
    "\"state-now",
    "\"picture\"",
    "id=\"windows\"",
    "id=\"labels\"",
    "id=\"metrics\"",
    "id=\"changed\"",
];

fn page_of(database: &Database, model: &str, name: &str) -> String {
    let table = match model {
        "slawindow" => "sla_window",
        other => other,
    };
    format!("/admin/sla/{model}/{}/view/", key(database, table, name))
}

fn components_are_read(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get(&page_of(database, "component", "always-on")).expect(200);
    assert_eq!(page.text("h1"), "always-on");
    assert_eq!(page.text("p.object"), "Always <on>");
    assert!(page.text(".state-now.inside").starts_with("Inside its hours"));
    assert_eq!(page.texts("a.chip"), ["team=zqteam"]);
    let promised = page.text("p.promised");
    assert!(promised.contains("168 h promised this week"), "{promised}");
    assert!(
        promised.contains(", by today’s rules · at 99.9 % that allows"),
        "{promised}"
    );
    assert!(
        page.text(".window-words")
            .contains("Asia/Kathmandu · used by 1 component")
    );
    assert!(page.has(".changes-of li"));
    let html = page.html();
    let places = ORDER.map(|part| html.find(part));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
    // What is drawn is what the command line says of the same two weeks.
    let from = &page.attributes(".picture", "data-from")[0];
    let to = &page.attributes(".picture", "data-to")[0];
    let range = ["spans", "always-on", "--from", from, "--to", to, "--format", "json"];
    let spans = run_on(database, &range).ok();
    let spans: Vec<serde_json::Value> = spans
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    for end in ["start", "end"] {
        let expected: Vec<String> = spans.iter().map(|span| span[end].to_string()).collect();
        assert_eq!(page.attributes(".picture rect.span", &format!("data-{end}")), expected);
    }
    // Day by day without a click, closed days too.
    assert!(page.has(".by-days[open]"));
    assert!(
        page.text(".by-days summary").contains("day by day, in UTC"),
        "{}",
        page.text(".by-days summary")
    );
    assert_eq!(page.texts(".by-days li").len(), 14);
    assert!(page.texts(".by-days li").iter().all(|day| day.ends_with("all day")));
    let shop = root.get(&page_of(database, "component", "shop")).expect(200);
    let closed = shop
        .texts(".by-days li")
        .into_iter()
        .filter(|day| day.contains("closed"));
    assert!(closed.count() >= 4, "{:?}", shop.texts(".by-days li"));
    let why = page.attributes("a.why", "href");
    assert!(root.get(&why[0]).expect(200).has("#answer.inside"));
    let edit = page.attributes(".object-tools a.primary", "href");
    let form = root.get(&edit[0]).expect(200);
    assert!(form.texts(".object-tools a").contains(&"Summary".to_owned()));
    let idle = root.get(&page_of(database, "component", "idle")).expect(200);
    assert!(idle.text(".state-now").starts_with("No hours"));
    assert!(!idle.has(".picture"));
}

fn metrics_are_those_of_the_layout(database: &Database) {
    apply(database, DOCUMENT);
    let root = add_user(database, &superuser_state("root"), None);
    for (layout, name) in [
        ("names", "always_on_service_window_in_window"),
        ("labels", "service_window_in_window"),
    ] {
        let server = Server::start(database, &["--metrics-layout", layout]);
        let mut root = at_admin(database, &server, root);
        let page = root.get(&page_of(database, "component", "always-on")).expect(200);
        let scraped = client::get(&format!("{}/metrics", server.url)).text();
        let shown = page.text("#metric-lines");
        let series = scraped
            .lines()
            .find(|line| line.starts_with(name) && line.contains("always-on"));
        assert!(series.is_some_and(|series| shown.contains(series)), "{shown}");
        assert!(page.text("#promql").ends_with("{component=\"always-on\"} == 1"));
        assert!(page.text("#alert").contains(name));
        // Without an enabled window it is never inside, as a scrape has it.
        let idle = root.get(&page_of(database, "component", "idle")).expect(200);
        let is_of_idle = |line: &&str| line.contains("service_window_in_window{component=\"idle\"}");
        let series = scraped.lines().find(is_of_idle);
        assert_eq!(series, Some(idle.text("#metric-lines").as_str()));
    }
}

fn windows_and_calendars_are_read(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get(&page_of(database, "slawindow", "Zqoffice")).expect(200);
    let text = page.texts("main").join(" ");
    for part in [
        "Mon–Fri 09:00–17:00",
        "Not Fri 12:00–13:00 (lunch)",
        "Except: Zqholidays",
        "Europe/Berlin · valid from 2026-01-01",
        "2 components",
    ] {
        assert!(text.contains(part), "{part} is in {text}");
    }
    let list = page.attributes("#used-by + p a", "href");
    let found = root.get(&list[0]).expect(200);
    assert_eq!(found.texts("#result_list tbody tr").len(), 2);
    root.get(&list[1]).expect(200);
    let page = root.get(&page_of(database, "calendar", "Zqholidays")).expect(200);
    let text = page.texts("main").join(" ");
    for part in ["It has no time zone", "Zqoffice", "2 components", "Days off"] {
        assert!(text.contains(part), "{part} is in {text}");
    }
    root.get("/admin/sla/slawindow/999999/view/").expect(302);
    root.get("/admin/sla/label/1/view/").expect(404);
    root.get("/admin/sla/calendar/x/view/").expect(302);
}

fn years_of_calendars_are_drawn(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = page_of(database, "calendar", "Zqholidays");
    let page = root.get(&format!("{path}?year=2026")).expect(200);
    assert_eq!(page.texts("table.month").len(), 12);
    assert_eq!(
        page.attributes("td.whole", "data-date"),
        ["2026-12-24", "2026-12-25", "2026-12-26"]
    );
    assert_eq!(page.attributes("td.part", "data-date"), ["2026-06-05"]);
    assert_eq!(page.attributes("td.part", "title"), ["14:00–18:00: Summer party"]);
    assert_eq!(
        page.texts("#excluded-days li"),
        [
            "Fri 5 Jun, 14:00–18:00: Summer party",
            "Thu 24 Dec – Sat 26 Dec, all day: Christmas"
        ]
    );
    assert!(page.text("#year").contains("3 days excluded, 1 in part"));
    let next = page.attributes(".steps a[aria-label='The next year']", "href");
    let next = root.get(&format!(
        "{path}{}",
        next[0]
            .split_once('?')
            .map_or_else(String::new, |(_, query)| format!("?{query}"))
    ));
    assert_eq!(next.expect(200).attributes("td.whole", "data-date"), ["2027-01-01"]);
    // A year behind the listed dates is not a year without holidays.
    assert!(!page.has("#listed-until"));
    let later = root.get(&format!("{path}?year=2029")).expect(200);
    assert_eq!(
        later.text("#listed-until"),
        "Its listed dates end on 1 Jan 2027: days that are listed year by year are missing here."
    );
    // In Cairo this day has no midnight, and is a whole day all the same.
    let fixed = page_of(database, "calendar", "Fixed");
    let page = root.get(&format!("{fixed}?year=2026")).expect(200);
    assert_eq!(page.attributes("td.whole", "data-date"), ["2026-04-24"]);
    assert!(page.text("#excluded-days li").ends_with("all day: Long night"));
    for year in ["1899", "9999", "26x", "-2026", "%00"] {
        root.get(&format!("{path}?year={year}")).expect(400);
    }
    let page = root.get(&format!("{path}?year=9999")).expect(400);
    assert!(page.html().contains("the year must be from 1900 to 9998"));
    for year in ["", "1900", "9998"] {
        root.get(&format!("{path}?year={year}")).expect(200);
    }
    root.get(&format!("{path}?month=1")).expect(400);
}

fn viewers_are_led_to_the_pages_to_read(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let rights = ["sla.view_component", "sla.view_slawindow", "sla.view_calendar"];
    let viewer = add_user(database, &staff_state("viewer", &rights), None);
    let mut viewer = at_admin(database, &server, viewer);
    let mut editor = superuser(database, &server);
    for (model, name) in [("component", "shop"), ("slawindow", "Zqoffice"), ("calendar", "Fixed")] {
        let list = viewer.get(&format!("/admin/sla/{model}/")).expect(200);
        let links = list.attributes("#result_list th a, #result_list td.field-name a", "href");
        let path = page_of(database, model, name);
        assert!(links.iter().any(|link| link.contains(&path)), "{path} is in {links:?}");
        let page = viewer.get(&path).expect(200);
        assert!(!page.has(".object-tools a.primary"));
        assert!(!page.has("main input"));
        let object = path.replace("view/", "");
        assert_eq!(viewer.get(&object).expect(302).location(), path);
        viewer.get(&path.replace("view/", "change/")).expect(200);
        assert_eq!(
            editor.get(&object).expect(302).location(),
            path.replace("view/", "change/")
        );
    }
}

fn names_that_may_not_be_viewed_are_left_out(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    for name in ["shop", "always-on"] {
        let page = viewer.get(&page_of(database, "component", name)).expect(200);
        let html = page.html();
        for hidden in [
            "Zqoffice",
            "Zqholidays",
            "Fixed",
            "zqteam",
            "09:00–17:00 CET",
            "Kathmandu",
        ] {
            assert!(!html.contains(hidden), "{name}: {hidden}");
        }
        assert!(html.contains("1 SLA window that you may not view"));
    }
    let mut viewer = staff(database, &server, "calendars", &["sla.view_calendar"]);
    let page = viewer.get(&page_of(database, "calendar", "Zqholidays")).expect(200);
    assert!(!page.html().contains("Zqoffice"));
    assert!(page.html().contains("2 components that you may not view"));
    viewer.get(&page_of(database, "component", "shop")).expect(403);
}

fn disabled_windows_say_what_they_would_promise(database: &Database) {
    apply(database, DOCUMENT);
    apply(database, "windows: [{name: Always, enabled: false}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get(&page_of(database, "slawindow", "Always")).expect(200);
    assert!(
        page.text("h2.state-now")
            .starts_with("Disabled; it would be inside its hours")
    );
    assert!(page.has("rect.span"));
    let page = root.get(&page_of(database, "component", "always-on")).expect(200);
    assert!(
        page.text("h2.state-now")
            .starts_with("No hours: there is no enabled window")
    );
}

fn pages_that_only_show_take_no_form(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let id = key(database, "component", "shop");
    let mut clerk = staff(database, &server, "clerk", &["sla.view_label"]);
    for path in [
        "/admin/sla/timeline/".to_owned(),
        format!("/admin/sla/component/{id}/view/"),
        format!("/admin/sla/component/{id}/explain/"),
    ] {
        root.get(&path).expect(200);
        let page = root.post(&path, &[("name", "x")]).expect(405);
        assert_eq!(page.answer.header("allow"), "GET, HEAD", "{path}");
        assert!(page.text("main").contains("takes no form"), "{path}");
        clerk.post(&path, &[("name", "x")]).expect(403);
    }
    let page = root.get("/admin/logout/").expect(405);
    assert_eq!(page.answer.header("allow"), "POST");
}

fn the_newest_changes_are_those_of_the_history(database: &Database) {
    let office = |at: &str| {
        format!(
            "windows: [{{name: Office, timezone: UTC, rules: [{{type: weekly, days: [MO], start: '{at}', duration_s: 3600}}]}}]"
        )
    };
    let other = |at: &str| office(at).replace("Office", "Other");
    apply(database, &office("08:00"));
    apply(database, &other("08:00"));
    apply(database, "components: [{name: shop, windows: [Other]}]");
    apply(database, &office("09:00"));
    apply(database, "components: [{name: shop, windows: [Office]}]");
    for at in ["10:00", "11:00"] {
        apply(database, &office(at));
        apply(database, &other(at));
    }
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let id = key(database, "component", "shop");
    let shown = |root: &mut crate::support::browser::Browser| {
        let page = root.get(&format!("/admin/sla/component/{id}/view/")).expect(200);
        let whose = page.texts(".changes-of > li");
        let whose = whose
            .iter()
            .map(|change| match change.contains("the SLA window Office") {
                true => "Office",
                false => "its own",
            });
        whose.collect::<Vec<&str>>()
    };
    // Not those of a window from before it was linked, or after.
    assert_eq!(shown(&mut root), ["Office", "Office", "its own", "its own"]);
    for at in ["12:00", "13:00", "14:00", "15:00"] {
        apply(database, &office(at));
    }
    assert_eq!(shown(&mut root), ["Office"; 5]);
}

fn rules_lead_to_their_rows_in_the_form(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let rights = ["sla.view_component", "sla.change_slawindow"];
    let mut editor = staff(database, &server, "editor", &rights);
    let mut viewer = staff(
        database,
        &server,
        "viewer",
        &["sla.view_component", "sla.view_slawindow"],
    );
    let form = format!(
        "/admin/sla/slawindow/{}/change/",
        key(database, "sla_window", "Zqoffice")
    );
    for (model, name) in [("component", "shop"), ("slawindow", "Zqoffice")] {
        let path = page_of(database, model, name);
        let page = editor.get(&path).expect(200);
        let rules = page.texts(".window-rules bdi");
        let links = page.attributes(".window-rules .edit", "href");
        assert_eq!(links.len(), 2, "{rules:?}");
        // A row of the form is about the same rule as the link that leads to it.
        let drawn = editor.get(&form).expect(200);
        for (rule, link) in rules.iter().zip(&links) {
            let row = link.strip_prefix(&format!("{form}#id_")).expect("a field of the form");
            let row = row.strip_suffix("-kind").expect("the first field of a row");
            assert!(drawn.has(&format!("#{row} #id_{row}-kind")), "{link}");
            let words = drawn.text(&format!("#{row} .row-words"));
            assert_eq!(words.to_lowercase(), rule.to_lowercase());
        }
        assert!(!viewer.get(&path).expect(200).has(".edit"));
    }
    let page = editor.get(&page_of(database, "component", "shop")).expect(200);
    assert_eq!(page.attributes(".window-words h3 .edit", "href"), [form]);
}

fn the_zone_of_hours_is_named(database: &Database) {
    apply(database, DOCUMENT);
    apply(database, "components: [{name: both, windows: [Zqoffice, Always]}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = page_of(database, "component", "shop");
    // Beside UTC the clocks of Berlin are named once, with what they show when the state changes; spans have both.
    let window = page_of(database, "slawindow", "Zqoffice");
    for path in [&path, &window] {
        let page = root.get(path).expect(200);
        let said = page.text(".zones");
        assert!(said.starts_with("Its hours are in Europe/Berlin: until "), "{said}");
        assert!(
            said.contains(" CET there. ") || said.contains(" CEST there. "),
            "{said}"
        );
        assert!(said.ends_with("The times of this page are in UTC."), "{said}");
        assert_eq!(page.text(".picture .as-list summary"), "Each span, with Europe/Berlin");
        let spans = page.texts(".picture .as-list li[data-start]");
        let there = page.texts(".picture .as-list li[data-start] small");
        assert!(!spans.is_empty() && spans.len() == there.len(), "{spans:?} {there:?}");
        assert!(there.iter().all(|words| words.contains(" CE")), "{there:?}");
    }
    let both = root.get(&page_of(database, "component", "both")).expect(200);
    let said = both.text(".zones");
    let orders = ["Europe/Berlin and Asia/Kathmandu", "Asia/Kathmandu and Europe/Berlin"];
    assert!(orders.iter().any(|order| said.contains(order)), "{said}");
    let form = root.get("/admin/timezone/").expect(200).form("#timezone-form");
    root.submit(&form.set("timezone", "Europe/Berlin"), ("_save", "Save"))
        .expect(302);
    assert_eq!(
        root.get(&path).expect(200).text(".zones"),
        "Its hours are in Europe/Berlin, and so are the times of this page."
    );
    assert_eq!(
        root.get(&window).expect(200).text(".picture .as-list summary"),
        "Each span, with UTC"
    );
    // Nothing is said where there are no windows, or none that the reader may view.
    assert!(
        !root
            .get(&page_of(database, "component", "idle"))
            .expect(200)
            .has(".zones")
    );
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    assert!(!viewer.get(&path).expect(200).has(".zones"));
}

fn several_zones_of_hours_are_named(database: &Database) {
    let zones = ["Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo"];
    let windows = ["Zb", "Zl", "Zn", "Zt"];
    let window = |(name, zone): (&str, &str)| {
        format!(
            "{{name: {name}, timezone: {zone}, rules: [{{type: weekly, days: [MO], start: '08:00', duration_s: 60}}]}}"
        )
    };
    let written: Vec<String> = windows.into_iter().zip(zones).map(window).collect();
    let document = format!(
        "windows: [{}]\ncomponents: [{{name: three, windows: [{}]}}, {{name: four, windows: [{}]}}]",
        written.join(", "),
        windows[..3].join(", "),
        windows.join(", ")
    );
    apply(database, &document);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for (name, more) in [("three", 0), ("four", 1)] {
        let page = root.get(&page_of(database, "component", name)).expect(200);
        let said = page.text(".zones");
        assert!(said.starts_with("Its hours are in "), "{said}");
        assert!(said.ends_with(". The times of this page are in UTC."), "{said}");
        assert_eq!(said.matches(" and 1 more zone. ").count(), more, "{said}");
        assert_eq!(zones.iter().filter(|zone| said.contains(**zone)).count(), 3, "{said}");
        // A night in which the clocks of two of them change names both.
        let nights = page.texts(".nights a");
        let shared = ["Europe/Berlin and Europe/London", "Europe/London and Europe/Berlin"];
        let is_shared = |night: &&String| shared.iter().any(|zones| night.ends_with(zones));
        assert_eq!(
            (nights.len(), nights.iter().filter(is_shared).count()),
            (4, 2),
            "{nights:?}"
        );
    }
}

fn calendars_count_the_components_of_their_windows(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let list = "/admin/sla/calendar/?o=name";
    let used = root.get(list).expect(200).texts("td.field-used_by");
    assert_eq!(used, ["0 windows, 1 component", "1 window, 2 components"]);
    // The number of its page is the same, and leads to exactly these.
    let links = "#used-by ~ p a[href*='__id__exact']";
    for (calendar, words, count) in [("Fixed", "1 component", 1), ("Zqholidays", "2 components", 2)] {
        let page = root.get(&page_of(database, "calendar", calendar)).expect(200);
        assert_eq!(page.texts(links)[0], words, "{calendar}");
        let found = root.get(&page.attributes(links, "href")[0]).expect(200);
        assert_eq!(found.texts("#result_list tbody tr").len(), count, "{calendar}");
        // The filter is set, and says the same.
        assert!(
            found.html().contains(&format!("Cut by calendar: {calendar}")),
            "{calendar}"
        );
        assert_eq!(
            found
                .attributes("input[name=cut_by__id__exact][checked]", "value")
                .len(),
            1
        );
    }
    // Those that it cuts in both ways together. The component that has it twice counts once.
    apply(
        database,
        "components: [{name: idle, calendars: [Zqholidays]}, {name: other, calendars: [Zqholidays]}]",
    );
    let used = root.get(list).expect(200).texts("td.field-used_by");
    assert_eq!(used[1], "1 window, 3 components");
    let page = root.get(&page_of(database, "calendar", "Zqholidays")).expect(200);
    assert_eq!(page.texts(links)[0], "3 components");
    let found = root.get(&format!("{}&_facets=True", page.attributes(links, "href")[0]));
    let found = found.expect(200);
    assert_eq!(found.texts("#result_list tbody tr").len(), 3);
    let offers = found.texts("details[data-filter-title='Cut by calendar'] li.selected");
    assert_eq!(offers, ["Zqholidays (3)"]);
}
