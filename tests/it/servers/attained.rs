//! The worked examples of reports, the whole way: a real Prometheus with a past, `measure`, corrections, `report`. The year 2015 has the weekdays
//! and the clock changes in Berlin of 2026.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::DateTime;
use serde_json::Value;

use super::prometheus::Prometheus;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on};

on_both_databases!(worked_examples_have_their_figures);

const WORLD: &str = r#"
indicators:
  - {name: Minutes, source: main, expression: 'probe{component=$component}', step_s: 60, selector: '{}'}
  - {name: Hours, source: main, expression: 'probe{component=$component}', step_s: 3600}
windows:
  - name: Business
    timezone: Europe/Berlin
    rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: "08:00", duration_s: 36000}]
  - name: Always
    timezone: Europe/Berlin
    rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: "00:00", duration_s: 86400}]
  - name: Weekend
    timezone: Europe/Berlin
    rules: [{type: weekly, days: [FR], start: "18:00", duration_s: 216000}]
  - name: One day
    timezone: Europe/Berlin
    rules: [{type: once, start_local: "2015-11-16T08:00", end_local: "2015-11-16T18:00"}]
components:
  - {name: steady, windows: [Business], labels: {team: both}, slo: 99.9}
  - {name: outage, windows: [Business], slo: 99.9}
  - {name: around-the-clock, windows: [Always], labels: {team: both}, slo: 99.9}
  - {name: evening, windows: [Business], slo: 99.9}
  - {name: second, windows: [Business], slo: 99.9}
  - {name: strict, windows: [Business], slo: 100}
  - {name: maintained, windows: [Business], slo: 99.9}
  - {name: gap, windows: [Business], slo: 99.9}
  - {name: late, windows: [Business], slo: 99.9}
  - {name: weekend, windows: [Weekend], slo: 99.9}
  - {name: black, windows: [One day], labels: {team: mixed}, slo: 99.9}
  - {name: nearly, windows: [Always], labels: {team: mixed}, slo: 99.9}
  - {name: clock, windows: [Always], indicator: Hours, slo: 99.9}
corrections:
  - component: maintained
    start: 2015-11-16T10:00:00+01:00
    end: 2015-11-16T11:40:00+01:00
    effect: exclude
    reason: Planned upgrade
"#;

/// An instant of November 2015 in Berlin, or any other in RFC 3339.
fn at(text: &str) -> i64 {
    let text = match text.len() {
        8 => format!("2015-11-{text}:00+01:00"),
        _ => text.to_owned(),
    };
    let at = DateTime::parse_from_rfc3339(&text);
    at.expect("the test gives an instant").timestamp()
}

/// The series of one component, in the text format of OpenMetrics.
struct Series {
    component: &'static str,
    text: String,
}

impl Series {
    fn of(component: &'static str) -> Self {
        let text = String::new();
        Self { component, text }
    }

    /// Adds samples that are 0 within `down` and 1 elsewhere, so many seconds apart.
    fn sampled(mut self, (from, to): (i64, i64), step: usize, down: &[(i64, i64)]) -> Self {
        for second in (from..to).step_by(step) {
            let is_down = down.iter().any(|(start, end)| (*start..*end).contains(&second));
            let component = self.component;
            let value = i32::from(!is_down);
            writeln!(self.text, "probe{{component=\"{component}\"}} {value} {second}")
                .expect("a text can be written to");
        }
        self
    }

    /// Adds samples of each minute of the service hours of November, but for the minute from 10:00 on the 16th if it is `apart`.
    fn business(mut self, down: &[(i64, i64)], apart: bool) -> Self {
        let ten = at("16T10:00");
        for day in (1..=30).filter(|day| !matches!(day % 7, 0 | 1)) {
            let (start, end) = (at(&format!("{day:02}T08:00")), at(&format!("{day:02}T18:00")));
            self = match apart && day == 16 {
                false => self.sampled((start, end), 60, down),
                true => self
                    .sampled((start, ten), 60, down)
                    .sampled((ten, ten + 60), 1, down)
                    .sampled((ten + 60, end), 60, down),
            };
        }
        self
    }
}

fn history() -> String {
    let (november, december) = (at("01T00:00"), at("2015-12-01T00:00:00+01:00"));
    let (eight, six) = (at("16T08:00"), at("16T18:00"));
    let five_minutes = [(at("16T10:00"), at("16T10:05"))];
    let one_second = [(at("16T10:00"), at("16T10:00") + 1)];
    let all = [(0, i64::MAX)];
    let march = (at("2015-03-01T00:00:00+01:00"), at("2015-04-01T00:00:00+02:00"));
    let october = (at("2015-10-01T00:00:00+02:00"), november);
    let series = [
        Series::of("steady").business(&[], false),
        Series::of("outage").business(&five_minutes, false),
        Series::of("evening").business(&[(at("16T17:50"), at("17T08:10"))], false),
        Series::of("second").business(&one_second, true),
        Series::of("strict").business(&one_second, true),
        Series::of("around-the-clock").sampled((november, december), 60, &five_minutes),
        Series::of("nearly")
            .sampled((november, november + 3_600), 12, &[(november, november + 2_592)])
            .sampled((november + 3_600, december), 60, &[]),
        Series::of("black").sampled((eight, six), 60, &all),
        Series::of("maintained").sampled(
            (eight, six),
            15,
            &[(at("16T10:00"), at("16T11:40")), (at("16T13:00"), at("16T13:05"))],
        ),
        Series::of("gap")
            .sampled((eight, at("16T12:00")), 15, &[])
            .sampled((at("16T12:20"), six), 15, &[]),
        Series::of("late").sampled((at("16T12:00"), six), 15, &[]),
        Series::of("weekend").sampled(
            (at("2015-10-30T18:00:00+01:00"), at("02T06:00")),
            60,
            &[(at("2015-10-31T23:50:00+01:00"), at("01T00:20"))],
        ),
        Series::of("clock").sampled(march, 600, &[]).sampled(october, 600, &[]),
    ];
    let text: String = series.iter().map(|series| series.text.as_str()).collect();
    format!("# TYPE probe gauge\n{text}# EOF\n")
}

/// A line of a report by the names of its figures.
type Line = BTreeMap<String, Value>;

/// Returns the lines of a report by components and groups, each of which adds up.
fn report(database: &Database, period: &str, at: &str, more: &[&str]) -> BTreeMap<String, Line> {
    let which = ["report", "--period", period, "--at", at, "--zone", "Europe/Berlin"];
    let how = ["--definitions", "now", "--format", "json"];
    let out = run_on(database, &[&which[..], &how, more].concat()).ok();
    let line = |line: &str| -> (String, Line) {
        let line: Line = serde_json::from_str(line).expect("every line is a JSON object");
        let number = |key: &str| line[key].as_i64().expect("it is a number");
        let parts = number("up") + number("down") + number("unknown");
        assert_eq!(parts, number("accounted"), "the parts are the whole: {line:?}");
        let subject = line.get("component").or(line.get("group"));
        let subject = subject.and_then(Value::as_str).unwrap_or_default().to_owned();
        (subject, line)
    };
    out.lines().map(line).collect()
}

/// Compares some figures of a line; a figure that is -1 is none.
#[track_caller]
fn has(lines: &BTreeMap<String, Line>, subject: &str, figures: &[(&str, i64)], verdict: &str) {
    let line = &lines[subject];
    for (key, expected) in figures {
        let value = match line[*key] {
            Value::Null => -1,
            ref value => value.as_i64().expect("figures are whole numbers"),
        };
        assert_eq!(value, *expected, "{key} of {line:?}");
    }
    assert_eq!(line["verdict"], verdict, "{line:?}");
}

fn measure(database: &Database, source: &str, range: (&str, &str), more: &[&str]) -> String {
    let range = ["measure", "--from", range.0, "--to", range.1, "--zone", "Europe/Berlin"];
    let how = ["--definitions", "now", "--prometheus", source];
    run_on(database, &[&range[..], &how, more].concat()).ok()
}

fn worked_examples_have_their_figures(database: &Database) {
    apply(database, WORLD);
    let prometheus = Prometheus::with_history(&history());
    let source = format!("main={}", prometheus.url());
    let november = ("2015-10-30", "2015-12-01");
    measure(database, &source, november, &[]);
    for month in [("2015-03-01", "2015-04-01"), ("2015-10-01", "2015-11-01")] {
        measure(database, &source, month, &["--component", "clock"]);
    }
    months(database);
    days(database);
    groups(database);
    corrected(database);
    // A second measurement finds the same.
    let rows = || database.number("SELECT count(*) AS value FROM availability");
    let before = rows();
    measure(database, &source, november, &[]);
    assert_eq!(rows(), before);
    let sums = "SELECT count(*) AS value FROM availability WHERE up_ms + down_ms + unknown_ms <> 1000 * (range_end - range_start)";
    assert_eq!(database.number(sums), 0, "each row is the whole of its span");
}

/// Hours of months and of a year, outages in them, and a span over the end of a month.
#[expect(clippy::too_many_lines, reason = "a table of worked examples")]
fn months(database: &Database) {
    let lines = report(database, "month", "2015-11", &[]);
    let promised = ("promised", 756_000);
    let steady = [
        promised,
        ("budget", 756),
        ("up", 756_000),
        ("left", 756),
        ("attained_millipercent", 100_000),
    ];
    has(&lines, "steady", &steady, "met");
    let outage = [
        promised,
        ("down", 300),
        ("left", 456),
        ("attained_millipercent", 99_960),
    ];
    has(&lines, "outage", &outage, "met");
    let always = [
        ("promised", 2_592_000),
        ("budget", 2_592),
        ("down", 300),
        ("attained_millipercent", 99_988),
    ];
    has(&lines, "around-the-clock", &always, "met");
    has(
        &lines,
        "evening",
        &[promised, ("down", 1_200), ("left", -444)],
        "missed",
    );
    has(
        &lines,
        "second",
        &[("down", 1), ("attained_millipercent", 99_999)],
        "met",
    );
    has(&lines, "strict", &[("budget", 0), ("down", 1), ("left", -1)], "missed");

    let october = report(database, "month", "2015-10", &[]);
    let clock = [("promised", 2_682_000), ("budget", 2_682), ("up", 2_682_000)];
    has(&october, "clock", &clock, "met");
    let march = report(database, "month", "2015-03", &["--component", "clock"]);
    has(
        &march,
        "clock",
        &[("promised", 2_674_800), ("budget", 2_674), ("up", 2_674_800)],
        "met",
    );
    let year = report(database, "year", "2015", &["--component", "steady"]);
    has(
        &year,
        "steady",
        &[("promised", 9_396_000), ("unknown", 8_640_000)],
        "not proven",
    );

    // Thirty hours of the weekend are in each month, and the outage is cut where they meet.
    let known = |lines: &BTreeMap<String, Line>| {
        let line = &lines["weekend"];
        ["up", "down"].map(|key| line[key].as_i64().expect("it is a number"))
    };
    assert_eq!((known(&october), known(&lines)), ([107_400, 600], [106_800, 1_200]));
    let rows = "SELECT range_end - range_start AS value FROM availability WHERE component_name = 'weekend' AND samples_seen > 0 ORDER BY range_start";
    let expected: Vec<String> = [6, 24, 24, 6].map(|hours| (hours * 3_600).to_string()).into();
    assert_eq!(database.texts(rows), expected);
    let midnight = format!(
        "SELECT count(*) AS value FROM availability WHERE component_name = 'weekend' AND range_start = {}",
        at("01T00:00")
    );
    assert_eq!(database.number(&midnight), 1);
}

/// Excluded and unknown time, and a day without service.
fn days(database: &Database) {
    let lines = report(database, "day", "2015-11-16", &[]);
    let maintained = [
        ("promised", 36_000),
        ("excluded", 6_000),
        ("accounted", 30_000),
        ("down", 300),
        ("attained_millipercent", 99_000),
        ("budget", 30),
        ("left", -270),
    ];
    has(&lines, "maintained", &maintained, "missed");
    let gap = [
        ("up", 34_800),
        ("down", 0),
        ("unknown", 1_200),
        ("attained_millipercent", 100_000),
    ];
    has(&lines, "gap", &gap, "not proven");
    has(&lines, "late", &[("up", 21_600), ("unknown", 14_400)], "not proven");
    for (component, words) in [
        ("gap", "100.000 % · 96.666 % measured"),
        ("late", "100.000 % · 60.000 % measured"),
    ] {
        let day = [
            "report",
            "--period",
            "day",
            "--at",
            "2015-11-16",
            "--zone",
            "Europe/Berlin",
        ];
        let table = run_on(
            database,
            &[&day[..], &["--definitions", "now", "--component", component]].concat(),
        )
        .ok();
        assert!(table.contains(words), "what is unknown stands beside it: {table}");
    }
    let sunday = report(database, "day", "2015-11-15", &["--group", "team"]);
    let nothing = [("promised", 0), ("accounted", 0), ("attained_millipercent", -1)];
    has(&sunday, "steady", &nothing, "no service promised");
    has(
        &sunday,
        "both",
        &[("promised", 86_400), ("attained_millipercent", 100_000)],
        "met",
    );
}

fn groups(database: &Database) {
    let lines = report(
        database,
        "month",
        "2015-11",
        &["--group", "team", "--match", "{team=\"mixed\"}"],
    );
    has(
        &lines,
        "black",
        &[("promised", 36_000), ("attained_millipercent", 0)],
        "missed",
    );
    has(
        &lines,
        "nearly",
        &[("promised", 2_592_000), ("attained_millipercent", 99_900)],
        "met",
    );
    let group = [
        ("promised", 2_628_000),
        ("down", 38_592),
        ("attained_millipercent", 98_531),
        ("budget", 2_628),
        ("left", -35_964),
    ];
    has(&lines, "mixed", &group, "missed");
}

/// The other effects of corrections, of one component and of several.
fn corrected(database: &Database) {
    let corrections = r#"
corrections:
  - {component: evening, start: "2015-11-16T17:00:00+01:00", end: "2015-11-17T09:00:00+01:00", effect: up, reason: The probe was down}
  - {component: second, start: "2015-11-19T17:30:00+01:00", end: "2015-11-19T20:00:00+01:00", effect: unknown, reason: The probe was down}
  - {selector: '{team="both"}', start: "2015-11-18T07:00:00+01:00", end: "2015-11-18T09:00:00+01:00", effect: down, reason: The probe was blind}
  - {component: outage, start: "2015-11-16T10:01:00+01:00", end: "2015-11-16T10:02:00+01:00", effect: exclude, reason: Planned}
"#;
    apply(database, corrections);
    let lines = report(database, "month", "2015-11", &["--group", "team"]);
    has(&lines, "evening", &[("up", 756_000), ("down", 0)], "met");
    has(
        &lines,
        "second",
        &[("unknown", 1_800), ("down", 1), ("accounted", 756_000)],
        "not proven",
    );
    has(&lines, "steady", &[("down", 3_600), ("up", 752_400)], "missed");
    has(&lines, "around-the-clock", &[("down", 7_500)], "missed");
    has(&lines, "both", &[("down", 11_100), ("promised", 3_348_000)], "missed");
    let outage = [("down", 240), ("excluded", 60), ("accounted", 755_940), ("budget", 755)];
    has(&lines, "outage", &outage, "met");
}
