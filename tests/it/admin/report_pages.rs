//! The pages of reports: what they show, and where they lead.

use super::closed_reports::close;
use super::report::{DAY, FROM, HOUR, PAGE, REPORT, days, measure, measured, started};
use crate::support::browser::Page;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::staff;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    heads_are_those_of_the_cells,
    a_group_names_the_component_that_gives_its_verdict,
    a_group_of_which_nothing_was_measured_names_none,
    what_no_indicator_measures_is_no_warning,
    what_is_not_proven_is_worse_than_what_is_not_measured,
    an_outage_in_part_says_so,
    the_zone_of_a_report_is_named,
    a_report_says_what_narrows_it,
    why_a_report_cannot_be_closed_is_said,
    what_is_closed_in_another_zone_is_named,
    lists_reports_and_timelines_lead_to_the_same_components,
    a_correction_is_typed_in_the_zone_of_the_account,
    days_that_are_excluded_say_so,
    corrections_of_a_selector_name_no_labels,
    components_stand_below_their_group,
    a_group_of_two_pages_says_so_on_both,
    totals_lead_to_the_components_of_a_verdict,
    what_is_not_over_yet_is_said,
    no_budget_is_left_of_no_service,
);

/// Returns the first class of each element.
fn classes(page: &Page, selector: &str) -> Vec<String> {
    let first = |classes: String| classes.split(' ').next().unwrap_or_default().to_owned();
    page.attributes(selector, "class").into_iter().map(first).collect()
}

fn heads_are_those_of_the_cells(database: &Database) {
    let (_server, mut browser) = started(database);
    close(&mut browser, PAGE).expect(302);
    let first = days().next().expect("a month has days");
    measure(database, "api", first, &[(0, 60_000, Some(0))]);
    for (query, table) in [
        ("", "table#report"),
        ("&component=api", "table#report"),
        ("&group=team", "table#report"),
        ("", "table.closed-changes"),
        ("&component=api", "table.closed-changes"),
    ] {
        let page = browser.get(&format!("{REPORT}{PAGE}{query}")).expect(200);
        let heads = classes(&page, &format!("{table} thead th"));
        let cells = classes(&page, &format!("{table} tbody:first-of-type tr:first-child td"));
        assert_eq!(heads[1..], cells, "{query} {table}");
        assert_eq!(cells.len(), 9, "{query} {table}");
        // On phones cells have their heads beside them.
        let labels = page.attributes(&format!("{table} tbody:first-of-type tr:first-child td"), "data-label");
        assert_eq!(page.texts(&format!("{table} thead th"))[1..], labels, "{query} {table}");
    }
}

fn a_group_names_the_component_that_gives_its_verdict(database: &Database) {
    let (_server, mut browser) = started(database);
    // web, with an SLO of 99 %, attains less than api and keeps its promise; api does not.
    let first = days().next().expect("a month has days");
    measure(database, "web", first, &[(0, 3_600_000, Some(0))]);
    measure(database, "api", first, &[(0, 600_000, Some(0))]);
    let page = browser.get(&format!("{REPORT}{PAGE}&group=team")).expect(200);
    let group = "table#report tr[data-group='team=a']";
    assert_eq!(page.text(&format!("{group} th small")), "worst: api , −1 min 48 s left");
    // A name from right to left turns nothing around that stands beside it.
    assert_eq!(page.text(&format!("{group} th small bdi")), "api");
    assert_eq!(
        page.attributes(&format!("{group} td.verdict"), "data-value"),
        ["missed"]
    );
    assert_eq!(
        page.text("table#report tfoot th small"),
        "worst: api , −1 min 48 s left"
    );
    // One member needs no name of its own.
    let other = "table#report tr[data-group='team=b'] th";
    assert_eq!(page.text(other), "team=b");
}

fn a_group_of_which_nothing_was_measured_names_none(database: &Database) {
    let (_server, mut browser) = started(database);
    let two = "components:\n- {name: idle, labels: {team: c}, windows: [Office], slo: 99.9}\n\
               - {name: idle-too, labels: {team: c}, windows: [Office], slo: 99}\n";
    apply(database, two);
    let page = browser.get(&format!("{REPORT}{PAGE}&group=team")).expect(200);
    let group = "table#report tr[data-group='team=c']";
    assert_eq!(page.text(&format!("{group} td.verdict")), "not measured");
    assert_eq!(page.text(&format!("{group} th")), "team=c");
    // Of all components some was measured: there it says who is worst.
    assert_eq!(page.text("table#report tfoot th small bdi"), "idle");
    let page = browser
        .get(&format!("{REPORT}{PAGE}&match=%7Bteam=%22c%22%7D"))
        .expect(200);
    assert_eq!(page.text("table#report tfoot th"), "All");
}

fn what_no_indicator_measures_is_no_warning(database: &Database) {
    let (_server, mut browser) = started(database);
    apply(database, "components: [{name: idle, windows: [Office], slo: 99.9}]\n");
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    let row = "table#report tr[data-component='idle']";
    // The value is that of files.
    assert_eq!(
        page.attributes(&format!("{row} td.verdict.quiet"), "data-value"),
        ["not proven"]
    );
    assert_eq!(page.text(&format!("{row} td.verdict")), "not measured");
    // It gives the verdict of all, of which some was measured, and is called the same there.
    let all = "table#report tfoot td.verdict";
    assert_eq!(page.attributes(&format!("{all}.quiet"), "data-value"), ["not proven"]);
    assert_eq!(page.text(all), "not measured");
    // The filter calls it as the row does.
    let narrowed = browser
        .get(&format!("{REPORT}{PAGE}&q=idle&verdict=not+proven"))
        .expect(200);
    assert_eq!(narrowed.text(&format!("{row} td.verdict")), "not measured");
    assert_eq!(narrowed.text("option[value='not proven'][selected]"), "not measured");
    let chips = narrowed.texts(".chips li > span");
    assert!(chips.contains(&"Verdict: not measured".to_owned()), "{chips:?}");
    assert!(
        narrowed
            .texts(".report-totals li")
            .contains(&"1 not measured".to_owned())
    );
    assert_eq!(page.text(&format!("{row} td.left")), "–");
    assert!(!page.has(&format!("{row} svg.budget")));
    assert_eq!(page.text(&format!("{row} th")), "idle");
    // Of job a day is unknown; the column says so, and how much is known stands beside what was attained.
    let row = "table#report tr[data-component='job']";
    assert_eq!(page.text(&format!("{row} th")), "job");
    assert_eq!(
        page.text(&format!("{row} td.attained_millipercent small")),
        "95.454 % measured"
    );
}

fn what_is_not_proven_is_worse_than_what_is_not_measured(database: &Database) {
    let (_server, mut browser) = started(database);
    let two = "components: [{name: gaps, windows: [Office], slo: 99.9}, {name: idle, windows: [Office], slo: 99.9}]\n";
    apply(database, two);
    let first = days().next().expect("a month has days");
    measure(database, "gaps", first, &[]);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    for (row, words) in [("gaps", "not proven"), ("idle", "not measured")] {
        let cell = format!("table#report tr[data-component='{row}'] td.verdict");
        assert_eq!(page.text(&cell), words);
    }
    assert_eq!(page.text("table#report tfoot td.verdict"), "not proven");
    assert_eq!(page.text("table#report tfoot th small bdi"), "gaps");
}

fn an_outage_in_part_says_so(database: &Database) {
    let (_server, mut browser) = started(database);
    let first = days().next().expect("a month has days");
    measure(database, "api", first, &[(0, 1_560_000, Some(750_000))]);
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api")).expect(200);
    let said = page.texts("#outages li");
    assert!(
        said[0].contains("partly down (25 %) for 26 min, costs 6 min 30 s"),
        "{said:?}"
    );
    assert!(said[1].contains(": down for 5 min, costs 5 min"), "{said:?}");
    // Nothing more can go down in a month that is over.
    let facts = page.texts("dl.figures dt");
    assert!(facts.iter().all(|fact| !fact.starts_with("At the end")), "{facts:?}");
}

fn the_zone_of_a_report_is_named(database: &Database) {
    let (_server, mut browser) = started(database);
    for query in ["", "&component=api"] {
        let page = browser.get(&format!("{REPORT}{PAGE}{query}")).expect(200);
        assert_eq!(page.text(".range"), "October 2026 Europe/Berlin");
        let footer = page.text("#footer");
        assert!(
            footer.starts_with("Times are in Europe/Berlin. Yours is UTC."),
            "{footer}"
        );
        // Another zone is one field away, and keeps the rest.
        let form = page.form(".timeline-form").set("zone", "UTC");
        assert_eq!(form.values("definitions"), ["now"]);
        assert_eq!(form.values("at"), ["2026-10-01"]);
    }
}

fn a_report_says_what_narrows_it(database: &Database) {
    let (_server, mut browser) = started(database);
    let narrowed = format!("{REPORT}{PAGE}&match=%7Bteam=%22a%22%7D&q=we&verdict=met");
    let page = browser.get(&narrowed).expect(200);
    let chips = page.texts(".chips li > span");
    assert_eq!(chips, ["Components: {team=\"a\"}", "Search: we", "Verdict: met"]);
    let form = page.form(".timeline-form");
    assert_eq!(form.values("match"), ["{team=\"a\"}"]);
    assert_eq!(form.values("q"), ["we"]);
    let without = page.attributes(".chips a", "href").remove(1);
    let page = browser.get(&format!("{REPORT}{without}")).expect(200);
    assert_eq!(page.texts(".chips li > span").len(), 2);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert!(!page.has(".chips"));
    // The report of a component leads back to the same rows.
    let page = browser.get(&narrowed).expect(200);
    let component = page.attributes("table#report tbody th a", "href").remove(0);
    let page = browser.get(&format!("{REPORT}{component}")).expect(200);
    assert_eq!(page.text("h1"), "Report of web");
    let back = page.attributes(".object-tools a", "href").remove(1);
    let page = browser.get(&format!("{REPORT}{back}")).expect(200);
    assert_eq!(page.texts(".chips li > span"), chips);
}

fn why_a_report_cannot_be_closed_is_said(database: &Database) {
    let (_server, mut browser) = started(database);
    let page = browser.get(&format!("{REPORT}{PAGE}&q=api")).expect(200);
    let said = page.text(".not-closed");
    assert!(said.contains("without a search, a filter or a verdict"), "{said}");
    let whole = page.attributes(".not-closed a", "href").remove(0);
    assert!(browser.get(&whole).expect(200).has(".close-report"));
    let page = browser.get(&format!("{REPORT}?at=2090-10&zone=UTC")).expect(200);
    let said = page.text(".not-closed");
    assert!(said.contains("ten minutes after its period"), "{said}");
    assert!(said.ends_with(": this one from 2090-11-01 00:10:00 UTC on."), "{said}");
    // Service that began in it goes on behind it.
    apply(
        database,
        "windows: [{name: Night, timezone: UTC, rules: [{type: weekly, days: [TU], start: '22:00', duration_s: 28800}]}]\n\
         components: [{name: night, windows: [Night]}]\n",
    );
    let page = browser.get(&format!("{REPORT}?at=2090-10&zone=UTC")).expect(200);
    let said = page.text(".not-closed");
    assert!(said.ends_with(": this one from 2090-11-01 06:10:00 UTC on."), "{said}");
    // A component's report is closed as a whole, wherever its name stood.
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api&q=api")).expect(200);
    assert!(page.has(".close-report") && !page.has(".not-closed"));
}

fn what_is_closed_in_another_zone_is_named(database: &Database) {
    let (_server, mut browser) = started(database);
    close(&mut browser, "?at=2026-10&zone=UTC&definitions=now").expect(302);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    let said = page.text(".closed-elsewhere li");
    assert!(said.starts_with("The same days in UTC: Closed at "), "{said}");
    let closed = page.attributes(".closed-elsewhere a", "href").remove(0);
    assert!(browser.get(&closed).expect(200).has(".closed-report.same"));
    let page = browser
        .get(&format!("{REPORT}?at=2026-10&zone=UTC&definitions=then"))
        .expect(200);
    let said = page.text(".closed-elsewhere li");
    assert!(
        said.starts_with("The same days, promised as defined when it was closed: "),
        "{said}"
    );
    // Of other components it says nothing.
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api")).expect(200);
    assert!(!page.has(".closed-elsewhere"));
}

/// Returns the address behind a tool of a page.
fn tool(page: &Page, words: &str) -> Option<String> {
    let texts = page.texts(".object-tools a");
    let place = texts.iter().position(|text| text == words)?;
    Some(page.attributes(".object-tools a", "href").remove(place))
}

fn lists_reports_and_timelines_lead_to_the_same_components(database: &Database) {
    let (_server, mut browser) = started(database);
    apply(database, "components: [{name: api-staging, windows: [Office]}]\n");
    let page = browser.get(&format!("{REPORT}{PAGE}&q=team=b&group=team")).expect(200);
    let list = browser
        .get(&tool(&page, "As a list").expect("there is one"))
        .expect(200);
    assert_eq!(list.texts("#result_list td > a[id]"), ["bare", "job"]);
    // No list has what a selector finds.
    let page = browser
        .get(&format!("{REPORT}{PAGE}&match=%7Bteam=%22a%22%7D"))
        .expect(200);
    assert_eq!(tool(&page, "As a list"), None);

    let timeline = "/admin/sla/timeline/?at=2026-10-05&scale=month&zone=Europe/Berlin";
    let page = browser.get(&format!("{timeline}&q=team=b&group=team")).expect(200);
    let report = browser.get(&tool(&page, "Report").expect("there is one")).expect(200);
    assert_eq!(
        report.attributes("table#report tbody tr[data-component]", "data-component"),
        ["bare", "job"]
    );
    assert!(report.has("table#report tr[data-group='team=b']"));
    let page = browser.get(&format!("{timeline}&of=windows")).expect(200);
    assert_eq!(tool(&page, "Report"), None);

    // Of one component, whatever others have its name in theirs.
    let id = database.number("SELECT id AS value FROM component WHERE name = 'api'");
    let page = browser.get(&format!("/admin/sla/component/{id}/view/")).expect(200);
    let page = browser.get(&tool(&page, "Hours").expect("there is one")).expect(200);
    assert_eq!(page.texts("#timeline tbody th[scope='row'] a"), ["api"]);
    assert_eq!(page.texts(".chips li > span"), ["Component: api"]);
    let report = browser.get(&tool(&page, "Report").expect("there is one")).expect(200);
    assert_eq!(report.text("h1"), "Report of api");
    browser.get("/admin/sla/timeline/?component=nothing").expect(400);
    browser.get("/admin/sla/timeline/?component=api&of=windows").expect(400);
}

fn a_correction_is_typed_in_the_zone_of_the_account(database: &Database) {
    let (_server, mut browser) = started(database);
    close(&mut browser, PAGE).expect(302);
    let form = browser.get("/admin/timezone/").expect(200).form("#timezone-form");
    browser
        .submit(&form.set("timezone", "Europe/Berlin"), ("_save", "Save"))
        .expect(302);
    let id = database.number("SELECT id AS value FROM component WHERE name = 'api'");
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api")).expect(200);
    // Its outage, then the period.
    let links = page.attributes("a", "href");
    let links: Vec<String> = links
        .into_iter()
        .filter(|link| link.contains("correction/add/?"))
        .collect();
    assert_eq!(links.len(), 2, "{links:?}");
    let page = browser.get(&links[1]).expect(200);
    let form = page.form("#correction_form");
    assert_eq!(form.values("component"), [id.to_string()]);
    assert_eq!(form.values("start"), ["2026-10-01T00:00+02:00"]);
    assert_eq!(form.values("end"), ["2026-11-01T00:00+01:00"]);
    let help = page.texts(".help");
    let said = "A time without an offset is in Europe/Berlin.";
    assert!(help.iter().any(|help| help.contains(said)), "{help:?}");
    let form = browser.get(&links[0]).expect(200).form("#correction_form");
    assert_eq!(form.values("start"), ["2026-10-05T10:00+02:00"]);
    assert_eq!(form.values("end"), ["2026-10-05T10:05+02:00"]);
    for (start, reason) in [("2026-10-25 02:30", "twice"), ("2026-03-29 02:30", "skips")] {
        let refused = browser
            .submit(&form.clone().set("start", start), ("_save", ""))
            .expect(422);
        assert!(refused.html().contains(reason), "{start}");
    }
    let form = form.set("start", "2026-10-05 10:00").set("end", "2026-10-05T10:05");
    let saved = browser.submit(&form, ("_save", "")).expect(302).location();
    let starts = database.number("SELECT starts_at AS value FROM correction");
    assert_eq!(starts, FROM + 4 * DAY + 10 * HOUR);
    let warning = browser.get(&saved).expect(200).text("ul.messagelist > li.warning");
    assert!(
        warning.contains("October 2026, Europe/Berlin, all components is closed: its report stays as it was"),
        "{warning}"
    );
}

fn days_that_are_excluded_say_so(database: &Database) {
    let (_server, mut browser) = started(database);
    apply(
        database,
        "corrections: [{component: api, start: 2026-10-06T00:00:00+02:00, end: 2026-10-07T00:00:00+02:00, effect: exclude, reason: Move}]\n",
    );
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api")).expect(200);
    assert_eq!(page.attributes(".report-days td.excluded", "data-date"), ["2026-10-06"]);
    assert_eq!(
        page.attributes(".report-days td.excluded", "title"),
        ["10 h promised, excluded"]
    );
    assert_eq!(page.texts(".days-legend li").len(), 5);
}

fn corrections_of_a_selector_name_no_labels(database: &Database) {
    measured(database);
    apply(
        database,
        "
corrections:
- {component: job, start: 2026-10-05T10:00:00+02:00, end: 2026-10-05T10:05:00+02:00, effect: exclude, reason: Planned}
- {selector: '{}', start: 2026-10-06T10:00:00+02:00, end: 2026-10-06T10:05:00+02:00, effect: unknown, reason: No network}
- {selector: '{team=\"b\"}', start: 2026-10-30T00:00:00+01:00, end: 2026-10-31T00:00:00+01:00, effect: up, reason: Probe of team b}
",
    );
    let server = Server::start(database, &[]);
    let corrections = |user: &str, permissions: &[&str]| -> Vec<(String, bool)> {
        let mut browser = staff(database, &server, user, permissions);
        let page = browser.get(&format!("{REPORT}{PAGE}&component=job")).expect(200);
        let of = |effect: &str| {
            let texts = page.texts("#corrections li");
            let place = texts.iter().position(|text| text.contains(effect));
            let place = place.unwrap_or_else(|| panic!("{effect}: {texts:?}"));
            let (_, said) = texts[place].rsplit_once(": ").expect("the effect follows the time");
            let link = format!("#corrections li:nth-child({}) a", place + 1);
            (said.to_owned(), page.has(&link))
        };
        ["excluded", "is unknown", "was up"].map(of).to_vec()
    };
    let shown = |said: &str, is_linked: bool| (said.to_owned(), is_linked);
    let of_one = shown("excluded – Planned", true);
    let of_all = shown("is unknown – No network", true);
    // What it does to the figures is said, and not by which label.
    assert_eq!(
        corrections("viewer", &["sla.view_component", "sla.view_correction"]),
        [of_one.clone(), of_all.clone(), shown("was up", false)]
    );
    let reading = ["sla.view_component", "sla.view_correction", "sla.view_label"];
    assert_eq!(
        corrections("reader", &reading),
        [of_one, of_all, shown("was up – Probe of team b", true)]
    );
    assert_eq!(
        corrections("other", &["sla.view_component", "sla.view_label"]),
        ["excluded", "is unknown", "was up"].map(|said| shown(said, false))
    );
}

fn components_stand_below_their_group(database: &Database) {
    let (_server, mut browser) = started(database);
    let names = |page: &Page| page.attributes("table#report tbody tr[data-component]", "data-component");
    let page = browser.get(&format!("{REPORT}{PAGE}&group=team")).expect(200);
    assert_eq!(names(&page), ["api", "web", "bare", "job"]);
    assert_eq!(
        page.texts("table#report tbody.groups + tbody tr:first-child th"),
        ["api", "bare"]
    );
    let page = browser
        .get(&format!("{REPORT}{PAGE}&group=team&sort=-component"))
        .expect(200);
    assert_eq!(
        page.attributes("table#report tr[data-group]", "data-group"),
        ["team=a", "team=b"]
    );
    assert_eq!(names(&page), ["web", "api", "job", "bare"]);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert_eq!(names(&page), ["api", "bare", "job", "web"]);
}

fn a_group_of_two_pages_says_so_on_both(database: &Database) {
    let (_server, mut browser) = started(database);
    let component = |number: usize| format!("{{name: c-{number:03}, labels: {{team: c}}, windows: [Office]}}");
    let components: Vec<String> = (0..110).map(component).collect();
    apply(database, &format!("components: [{}]", components.join(", ")));
    let page = browser.get(&format!("{REPORT}{PAGE}&group=team")).expect(200);
    let heads = |page: &Page| page.texts("table#report tbody.groups th");
    assert_eq!(heads(&page)[2], "team=c more on the next page");
    assert!(!page.has("table#report tr[data-group='team=a'] th a"));
    let next = page.attributes("table#report tbody.groups th a", "href").remove(0);
    let page = browser.get(&format!("{REPORT}{next}")).expect(200);
    assert_eq!(heads(&page), ["team=c continued"]);
    assert_eq!(page.texts("table#report tr[data-component]").len(), 14);
    let page = browser.get(&format!("{REPORT}{PAGE}&p=2")).expect(200);
    assert!(heads(&page).is_empty());
}

fn totals_lead_to_the_components_of_a_verdict(database: &Database) {
    let (_server, mut browser) = started(database);
    let first = days().next().expect("a month has days");
    measure(database, "api", first, &[(0, 600_000, Some(0))]);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    let missed = ".report-totals a.bad[href*='verdict=missed']";
    assert_eq!(page.text(missed), "1 missed");
    let words = page.texts(".report-totals li");
    assert!(
        words[0].starts_with("promised ") && words[1].starts_with("attained "),
        "{words:?}"
    );
    assert!(words.contains(&"0 at risk".to_owned()), "{words:?}");
    // The period is over.
    assert!(!words[0].contains("still to come"), "{words:?}");
    assert!(!page.has("table#report tfoot svg.budget"));
    let url = page.attributes(missed, "href").remove(0);
    let narrowed = browser.get(&format!("{REPORT}{url}")).expect(200);
    assert_eq!(narrowed.attributes("table#report tbody tr", "data-component"), ["api"]);
    // What is promised and attained is that of the rows; the counts are of any verdict, and lead back to the others.
    let of_rows = narrowed.texts(".report-totals strong");
    assert_eq!(of_rows[0], narrowed.text("table#report tfoot td.promised"));
    assert_ne!(of_rows[0], page.texts(".report-totals strong")[0]);
    let narrowed = narrowed.texts(".report-totals li");
    assert_eq!(narrowed[2], "of any verdict:");
    assert_eq!(narrowed[3..], words[2..]);
}

fn what_is_not_over_yet_is_said(database: &Database) {
    let (_server, mut browser) = started(database);
    let page = browser.get(&format!("{REPORT}?at=2090-10&definitions=now")).expect(200);
    let promised = &page.texts(".report-totals strong")[0];
    let words = &page.texts(".report-totals li")[0];
    assert_eq!(
        *words,
        format!("promised {promised} , {promised} of it still to come or to be measured")
    );
    assert_eq!(
        page.attributes("table#report tfoot td.promised", "title"),
        [format!("{promised} of it still to come or to be measured")]
    );
    let page = browser
        .get(&format!("{REPORT}?at=2090-10&definitions=now&component=api"))
        .expect(200);
    assert!(page.text("#not-over").starts_with("Still to come or to be measured: "));
}

fn no_budget_is_left_of_no_service(database: &Database) {
    let (_server, mut browser) = started(database);
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    let row = "table#report tr[data-component=bare]";
    assert_eq!(page.text(&format!("{row} td.verdict")), "no service promised");
    assert_eq!(page.text(&format!("{row} td.left")), "–");
    assert!(!page.has(&format!("{row} svg.budget")));
    assert!(page.has("table#report tr[data-component=api] svg.budget"));
}
