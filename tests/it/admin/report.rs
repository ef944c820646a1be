//! Reports: the page, its files and the command say the same, and what they say are the figures that people expect.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::scrape::say;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    a_month_has_its_figures_everywhere,
    groups_add_time,
    a_component_has_days_and_outages,
    rows_are_found_sorted_and_paged,
    bad_parameters_are_named,
    reports_follow_permissions,
    time_before_a_component_is_reported_as_defined_now,
    corrections_change_a_report_and_say_why,
    unknown_time_counts_as_the_indicator_says,
    a_report_follows_what_is_measured,
);

pub(super) const REPORT: &str = "/admin/sla/report/";

const HOURS: &str = "
windows:
- {name: Office, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}]}
components:
- {name: api, labels: {team: a}, windows: [Office], slo: 99.9}
- {name: web, labels: {team: a}, windows: [Office], slo: 99}
- {name: job, labels: {team: b}, windows: [Office]}
- {name: bare, labels: {team: b}, slo: 99.9}
";

/// 1 October 2026 in Berlin, a Thursday, and 1 November.
pub(super) const FROM: i64 = 1_790_805_600;
pub(super) const TO: i64 = 1_793_487_600;
pub(super) const DAY: i64 = 86_400;
pub(super) const HOUR: i64 = 3_600;

/// The first seconds of the days of service of October 2026; the clock goes back on the 25th.
pub(super) fn days() -> impl Iterator<Item = i64> {
    let weekdays = (0..31).filter(|day| !matches!((day + 3) % 7, 5 | 6));
    weekdays.map(|day| FROM + day * DAY + 8 * HOUR + if day >= 25 { HOUR } else { 0 })
}

/// Stores what was measured of a span of ten hours: runs of milliseconds from its start, length and parts per million.
pub(super) fn measure(database: &Database, component: &str, start: i64, runs: &[(i64, i64, Option<i64>)]) {
    database.execute(&measuring(database, component, start, runs));
}

/// Returns the statement that stores it.
fn measuring(database: &Database, component: &str, start: i64, runs: &[(i64, i64, Option<i64>)]) -> String {
    let id = database.number(&format!("SELECT id AS value FROM component WHERE name = '{component}'"));
    let end = start + 10 * HOUR;
    let (mut down, mut unknown) = (0, 0);
    for (_, length, parts) in runs {
        match parts {
            Some(parts) => down += length * (1_000_000 - parts) / 1_000_000,
            None => unknown += length,
        }
    }
    let up = 10 * HOUR * 1_000 - down - unknown;
    let runs = if runs.is_empty() {
        String::new()
    } else {
        json!(runs).to_string()
    };
    format!(
        "INSERT INTO availability (component_id, component_name, kind, range_start, range_end, timezone, definitions, indicator_id, \
         indicator_name, indicator_version, up_ms, down_ms, unknown_ms, samples_seen, samples_expected, step_s, measured_at, tzdata, \
         warnings, spans, runs) VALUES ({id}, '{component}', 'span', {start}, {end}, 'Europe/Berlin', 'now', (SELECT id FROM indicator), 'Probe', NULL, {up}, {down}, \
         {unknown}, 600, 600, 60, '2026-11-01 00:00:00', '2026f', '[]', '', '{runs}')"
    )
}

/// October: api was down for five minutes on the 5th, nothing is known of 20 minutes of web on the 6th, job was never measured on the 30th.
pub(super) fn measured(database: &Database) {
    apply(database, HOURS);
    for start in days() {
        let day = (start - FROM) / DAY + 1;
        let five_down: &[(i64, i64, Option<i64>)] = &[(2 * HOUR * 1_000, 300_000, Some(0))];
        let twenty_unknown: &[(i64, i64, Option<i64>)] = &[(4 * HOUR * 1_000, 1_200_000, None)];
        measure(database, "api", start, if day == 5 { five_down } else { &[] });
        measure(database, "web", start, if day == 6 { twenty_unknown } else { &[] });
        if day != 30 {
            measure(database, "job", start, &[]);
        }
    }
}

pub(super) const PAGE: &str = "?at=2026-10&zone=Europe/Berlin&definitions=now";

/// The command that prints the same report.
pub(super) const COMMAND: [&str; 7] = [
    "report",
    "--at",
    "2026-10",
    "--zone",
    "Europe/Berlin",
    "--definitions",
    "now",
];

pub(super) fn printed(database: &Database, arguments: &[&str]) -> Vec<Value> {
    let out = run_on(database, &[&COMMAND[..], &["--format", "json"], arguments].concat()).ok();
    let value = |line: &str| serde_json::from_str(line).expect("every line is a JSON object");
    out.lines().map(value).collect()
}

/// A line of the month: subject, promised, then up, down, unknown, what was attained, the SLO, budget, what is left, verdict.
pub(super) fn line(
    subject: (&str, &str),
    promised: i64,
    measured: [i64; 3],
    figures: [Option<i64>; 4],
    verdict: &str,
) -> Value {
    let [up, down, unknown] = measured;
    let [attained, slo, budget, left] = figures;
    json!({
        subject.0: subject.1, "from": FROM, "to": TO, "promised": promised, "accounted": promised, "up": up, "down": down, "unknown": unknown,
        "excluded": 0, "attained_millipercent": attained, "slo_millipercent": slo, "budget": budget, "left": left, "verdict": verdict,
    })
}

pub(super) fn api() -> Value {
    let figures = [Some(99_962), Some(99_900), Some(792), Some(492)];
    line(("component", "api"), 792_000, [791_700, 300, 0], figures, "met")
}

pub(super) fn web() -> Value {
    let figures = [Some(100_000), Some(99_000), Some(7_920), Some(7_920)];
    line(("component", "web"), 792_000, [790_800, 0, 1_200], figures, "met")
}

pub(super) fn job() -> Value {
    let figures = [Some(100_000), None, None, None];
    line(("component", "job"), 792_000, [756_000, 0, 36_000], figures, "no SLO")
}

pub(super) fn bare() -> Value {
    let figures = [None, Some(99_900), Some(0), Some(0)];
    line(("component", "bare"), 0, [0, 0, 0], figures, "no service promised")
}

pub(super) fn started(database: &Database) -> (Server, Browser) {
    measured(database);
    let server = Server::start(database, &[]);
    let browser = superuser(database, &server);
    (server, browser)
}

fn a_month_has_its_figures_everywhere(database: &Database) {
    let (_server, mut browser) = started(database);
    let expected = [api(), bare(), job(), web()];
    assert_eq!(printed(database, &[]), expected);
    let page = browser.get(&format!("{REPORT}{PAGE}&format=json")).expect(200);
    assert_eq!(
        serde_json::from_str::<Value>(&page.html()).expect("it is JSON"),
        json!(expected)
    );

    let csv = browser.get(&format!("{REPORT}{PAGE}&format=csv")).expect(200).html();
    let first = format!("api,,{FROM},{TO},792000,792000,791700,300,0,0,99962,99900,792,492,met");
    assert!(csv.lines().any(|line| line == first), "{csv}");
    let said = run_on(database, &COMMAND);
    assert!(
        said.err.contains("`job`: 10 h of service were not measured"),
        "{}",
        said.err
    );
    assert!(said.out.contains("99.962 % (SLO 99.900 %)"), "{}", said.out);
    assert!(said.out.contains("100.000 % · 99.848 % measured"), "{}", said.out);

    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert_eq!(page.attributes("table#report", "data-from"), [FROM.to_string()]);
    assert_eq!(
        page.attributes("table#report tbody tr", "data-component"),
        ["api", "bare", "job", "web"]
    );
    for (key, class) in [
        ("promised", "promised"),
        ("down", "down"),
        ("unknown", "unknown"),
        ("left", "left"),
        ("verdict", "verdict"),
    ] {
        let shown = page.attributes(&format!("table#report tbody td.{class}"), "data-value");
        let wanted: Vec<String> = expected
            .iter()
            .map(|line| match &line[key] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect();
        assert_eq!(shown, wanted, "{key}");
    }
    // What was promised to no component is not in the total.
    assert_eq!(
        page.attributes("table#report tfoot td.promised", "data-value"),
        ["2376000"]
    );
    assert_eq!(page.attributes("table#report tfoot td.down", "data-value"), ["300"]);
}

fn groups_add_time(database: &Database) {
    let (_server, mut browser) = started(database);
    let figures = [Some(99_981), None, Some(8_712), Some(8_412)];
    let of_a = line(("group", "a"), 1_584_000, [1_582_500, 300, 1_200], figures, "met");
    let of_b = line(
        ("group", "b"),
        792_000,
        [756_000, 0, 36_000],
        [Some(100_000), None, None, None],
        "no SLO",
    );
    assert_eq!(
        printed(database, &["--group", "team"]),
        [api(), bare(), job(), web(), of_a, of_b]
    );
    assert_eq!(printed(database, &["--match", "{team=\"b\"}"]), [bare(), job()]);
    assert_eq!(printed(database, &["--component", "WEB"]), [web()]);
    let page = browser.get(&format!("{REPORT}{PAGE}&group=team")).expect(200);
    assert_eq!(
        page.attributes("table#report tr[data-group]", "data-group"),
        ["team=a", "team=b"]
    );
    assert_eq!(
        page.texts("table#report tr[data-group] small")[0],
        "worst: api , 8 min 12 s left"
    );
}

fn a_component_has_days_and_outages(database: &Database) {
    let (_server, mut browser) = started(database);
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api")).expect(200);
    assert_eq!(
        page.attributes("table#report tr[data-component]", "data-component"),
        ["api"]
    );
    assert_eq!(page.attributes(".report-days td[data-date]", "data-date").len(), 31);
    assert_eq!(page.attributes(".report-days td.missed", "data-date"), ["2026-10-05"]);
    assert_eq!(page.attributes(".report-days td.met", "data-date").len(), 21);
    let start = FROM + 4 * DAY + 10 * HOUR;
    assert_eq!(page.attributes("#outages li", "data-start"), [start.to_string()]);
    assert_eq!(page.attributes("#outages li", "data-end"), [(start + 300).to_string()]);
    assert_eq!(page.attributes("#outages li", "data-down"), ["300"]);
    assert!(
        page.text("#outages li").contains("37.8 % of the budget"),
        "{}",
        page.text("#outages li")
    );
    let page = browser.get(&format!("{REPORT}{PAGE}&component=web")).expect(200);
    assert_eq!(page.attributes(".report-days td.unknown", "data-date"), ["2026-10-06"]);
    assert!(
        page.text("#outages li").contains("unknown for 20 min"),
        "{}",
        page.text("#outages li")
    );
}

fn rows_are_found_sorted_and_paged(database: &Database) {
    let (_server, mut browser) = started(database);
    let names = |page: &crate::support::browser::Page| page.attributes("table#report tbody tr", "data-component");
    let mut of = |query: &str| names(&browser.get(&format!("{REPORT}{PAGE}&{query}")).expect(200));
    assert_eq!(of("sort=-down")[0], "api");
    assert_eq!(of("sort=unknown").last().map(String::as_str), Some("job"));
    assert_eq!(of("sort=attained")[0], "api");
    assert_eq!(of("q=we"), ["web"]);
    assert_eq!(of("verdict=met"), ["api", "web"]);
    assert_eq!(of("p=99").len(), 4);
    assert!(of("q=nothing").is_empty());
    assert_eq!(of("sort=down"), ["bare", "job", "web", "api"]);
    assert_eq!(
        of("sort=-down"),
        ["api", "bare", "job", "web"],
        "the same stay in their order"
    );
    assert_eq!(of("sort=-component"), ["web", "job", "bare", "api"]);
    let (a, b, none) = ("match={team=%22a%22}", "match={team=%22b%22}", "match={team=%22c%22}");
    assert_eq!(of(&format!("{none}&{b}")), ["bare", "job"]);
    assert_eq!(of(&format!("{a}&{b}")).len(), 4);
    assert!(of(none).is_empty());
    assert_eq!(
        printed(database, &["--match", "{team=\"c\"}", "--match", "{team=\"b\"}"]),
        [bare(), job()]
    );
}

fn bad_parameters_are_named(database: &Database) {
    let (_server, mut browser) = started(database);
    for (query, named) in [
        ("period=hour", "period"),
        ("at=yesterday", "at"),
        ("at=2026-13", "at"),
        ("zone=Nowhere/Land", "zone"),
        ("definitions=both", "definitions"),
        ("sort=colour", "sort"),
        ("sort=--down", "sort"),
        ("verdict=excellent", "verdict"),
        ("match={}&match={", "match"),
        ("p=x", "p"),
        ("format=pdf", "format"),
        ("component=nothing", "component"),
        ("match={", "match"),
        ("colour=red", "colour"),
    ] {
        let page = browser.get(&format!("{REPORT}?{query}")).expect(400);
        assert!(page.html().contains(named), "{query}");
    }
    // Selectors stay in their boxes, each beside what is wrong with it, and the rest of the address with them.
    let two = "match={team=%22a%22}&match={team=~%22b%22}";
    let page = browser.get(&format!("{REPORT}?period=week&{two}")).expect(400);
    let typed = "input[name=match]";
    assert_eq!(page.attributes(typed, "value"), ["{team=\"a\"}", "{team=~\"b\"}"]);
    assert_eq!(
        page.attributes(&format!("{typed}[aria-invalid=true]"), "aria-describedby"),
        ["id_match_1_error id_match_1_helptext"]
    );
    assert_eq!(
        page.texts(".field-match .errorlist li"),
        [
            "`{team=~\"b\"}` selects no components: character 6: `=~` is not supported, only `=` is. Give labels, e.g. {team=\"blue\"}"
        ]
    );
    assert_eq!(page.attributes("input[name=period]", "value"), ["week"]);
    for arguments in [["--at", "never"], ["--at", "2026-10-32"]] {
        assert_eq!(run_on(database, &[&["report"], &arguments[..]].concat()).code, 2);
    }
    assert!(
        run_on(database, &["report", "--at", "2026-10", "--component", "x"])
            .refused()
            .contains("no component `x`")
    );
}

fn reports_follow_permissions(database: &Database) {
    measured(database);
    let server = Server::start(database, &[]);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    viewer.get(&format!("{REPORT}{PAGE}")).expect(200);
    for by_labels in [
        "group=team",
        "match={team=%22a%22}",
        "component=api&match={team=%22a%22}",
    ] {
        for format in ["html", "json"] {
            let query = format!("{PAGE}&{by_labels}&format={format}");
            let page = viewer.get(&format!("{REPORT}{query}")).expect(400);
            assert!(page.html().contains("you may not view labels"), "{query}");
        }
        viewer
            .post(&format!("{REPORT}{PAGE}&{by_labels}"), &[("_digest", "x")])
            .expect(400);
    }
    let mut reader = staff(database, &server, "reader", &["sla.view_component", "sla.view_label"]);
    reader
        .get(&format!("{REPORT}{PAGE}&match={{team=%22a%22}}"))
        .expect(200);
    let mut other = staff(database, &server, "other", &["sla.view_label"]);
    other.get(&format!("{REPORT}{PAGE}")).expect(403);
    Browser::new(&server).get(&format!("{REPORT}{PAGE}")).expect(302);
}

/// What is measured while a report is read is not in it. SQLite lets no test wait between two statements.
#[test]
fn a_report_is_of_one_state_of_the_database() {
    let database = Database::postgres();
    let (_server, mut browser) = started(&database);
    for (index, query) in [PAGE.to_owned(), format!("{PAGE}&component=api")]
        .into_iter()
        .enumerate()
    {
        let down = |page: &Page| page.attributes("table#report tr[data-component=api] td.down", "data-value");
        let path = format!("{REPORT}{query}");
        // Between the definitions and what was measured.
        let mut holder = database.connect();
        say(&mut holder, "BEGIN; LOCK TABLE indicator IN ACCESS EXCLUSIVE MODE");
        let reader = std::thread::spawn(move || {
            let page = browser.get(&path).expect(200);
            let again = browser.get(&path).expect(200);
            (browser, page, again)
        });
        let waiting = "SELECT count(*) AS value FROM pg_locks WHERE NOT granted AND relation = 'indicator'::regclass";
        let deadline = Instant::now() + Duration::from_secs(60);
        while database.number(waiting) == 0 {
            assert!(Instant::now() < deadline, "no query waits for the lock");
        }
        let start = days().nth(index).expect("a month has days");
        say(
            &mut holder,
            &measuring(&database, "api", start, &[(0, 60_000, Some(0))]),
        );
        say(&mut holder, "COMMIT");
        let (page, again);
        (browser, page, again) = reader.join().expect("the pages are answered");
        let before = 300 + 60 * index;
        assert_eq!(down(&page), [before.to_string()], "{query}");
        assert_eq!(down(&again), [(before + 60).to_string()], "{query}");
    }
}

fn time_before_a_component_is_reported_as_defined_now(database: &Database) {
    measured(database);
    let out = run_on(
        database,
        &[
            "report",
            "--at",
            "2026-10",
            "--zone",
            "Europe/Berlin",
            "--format",
            "json",
        ],
    )
    .ok();
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .collect();
    assert!(
        lines.iter().all(|line| line["promised"] == 0),
        "nothing was promised before: {out}"
    );
}

const CORRECTION: &str = "
corrections:
- {component: api, start: 2026-10-05T10:00:00+02:00, end: 2026-10-05T10:05:00+02:00, effect: exclude, reason: Planned upgrade}
- {selector: '{team=\"b\"}', start: 2026-10-30T00:00:00+01:00, end: 2026-10-31T00:00:00+01:00, effect: up, reason: The probe was down}
";

fn corrections_change_a_report_and_say_why(database: &Database) {
    let (_server, mut browser) = started(database);
    let of_page = |browser: &mut Browser| -> Vec<Value> {
        let page = browser.get(&format!("{REPORT}{PAGE}&format=json")).expect(200);
        serde_json::from_str(&page.html()).expect("it is JSON")
    };
    assert_eq!(of_page(&mut browser)[0], api());
    apply(database, CORRECTION);
    let lines = of_page(&mut browser);
    assert_eq!(lines, printed(database, &[]));
    let (of_api, of_job) = (&lines[0], &lines[2]);
    for (key, value) in [
        ("promised", 792_000),
        ("excluded", 300),
        ("accounted", 791_700),
        ("up", 791_700),
        ("down", 0),
        ("budget", 791),
    ] {
        assert_eq!(of_api[key], value, "{key}: {of_api}");
    }
    assert_eq!(
        (&of_job["up"], &of_job["unknown"]),
        (&json!(792_000), &json!(0)),
        "{of_job}"
    );
    let page = browser.get(&format!("{REPORT}{PAGE}&component=api")).expect(200);
    assert!(
        page.text("#corrections li").contains("excluded – Planned upgrade"),
        "{}",
        page.text("#corrections li")
    );
    assert!(!page.has("#outages li"), "what is excluded is no outage");
}

fn unknown_time_counts_as_the_indicator_says(database: &Database) {
    apply(
        database,
        "indicators:\n- {name: Probe, source: main, expression: 'probe_success{component=$component}', selector: '{}', unknown: down}\n",
    );
    measured(database);
    let web = printed(database, &["--component", "web"]).remove(0);
    assert_eq!((&web["down"], &web["unknown"]), (&json!(1_200), &json!(0)), "{web}");
    // What was never measured stays unknown as the last measurement's indicator has it, too.
    let job = printed(database, &["--component", "job"]).remove(0);
    assert_eq!((&job["down"], &job["unknown"]), (&json!(36_000), &json!(0)), "{job}");
}

fn a_report_follows_what_is_measured(database: &Database) {
    let (_server, mut browser) = started(database);
    let unknown = |browser: &mut Browser| {
        let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
        page.attributes("table#report tbody td.unknown", "data-value")
    };
    assert_eq!(unknown(&mut browser), ["0", "0", "36000", "1200"]);
    let last = days().last().expect("a month has days");
    measure(database, "job", last, &[]);
    assert_eq!(unknown(&mut browser), ["0", "0", "0", "1200"]);
    apply(database, "components: [{name: job, slo: 99.5}]\n");
    let page = browser.get(&format!("{REPORT}{PAGE}")).expect(200);
    assert_eq!(
        page.attributes("table#report tbody td.slo_millipercent", "data-value"),
        ["99900", "99900", "99500", "99000"]
    );
}
