//! Sums of months: a report of the whole month stays as it was, and what such a sum cannot say is said.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::NaiveDate;
use serde_json::{Value, json};
use sla_monitor::apps::sla::availability::month_sum::sum_months;
use sla_monitor::apps::sla::availability::row::{AvailabilityRow, MeasuredBy, RowKind};
use sla_monitor::apps::sla::availability::store;
use sla_monitor::apps::sla::availability::sum::sum;
use sla_monitor::apps::sla::measuring::book::Circumstances;
use sla_monitor::apps::sla::measuring::due::DueRange;
use sla_monitor::apps::sla::measuring::run::{RunPlan, RunScope};
use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::apps::sla::report::computed::Report;
use sla_monitor::apps::sla::report::output;
use sla_monitor::apps::sla::report::read::{PromisedReport, ReportQuery, timed};
use sla_monitor::audit;
use sla_monitor::calculus::period::{Period, PeriodKind};
use sla_monitor::db::Error;
use sla_monitor::db::limit::Limit;
use sla_monitor::db::pool::{LivePool, Pool};

use super::measured_time::row;
use super::{apply_at, at, instant};
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::run_on_input;
use crate::support::server::Server;
use crate::support::zone;

on_both_databases!(
    reports_of_whole_months_stay,
    a_report_that_cuts_a_month_says_so,
    a_deleted_component_keeps_its_months,
    parts_of_summed_months_are_not_corrected,
    whole_months_are_corrected,
    summed_time_is_not_measured_again,
    time_is_counted_once_when_zones_change,
    what_is_edited_between_two_portions_counts,
    a_report_ends_with_the_time_of_its_request,
);

const DAY: i64 = 86_400;

const HOURS: &str = "
indicators:
- {name: Probe, source: main, expression: 'probe{component=$component}', selector: '{}', unknown: down}
windows:
- {name: Office, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}]}
components:
- {name: api, labels: {team: a}, windows: [Office], slo: 99}
- {name: web, labels: {team: b}, windows: [Office], slo: 99.9}
corrections:
- {component: api, start: 2025-02-05T00:00:00Z, end: 2025-02-06T00:00:00Z, effect: exclude, reason: was never measured}
- {component: api, start: 2025-02-10T00:00:00Z, end: 2025-02-10T09:00:00Z, effect: up}
- {selector: '{team=\"b\"}', start: 2025-03-03T08:00:00Z, end: 2025-03-03T09:00:00Z, effect: unknown}
";

/// What was measured from January to March 2025: ten minutes down each Monday, the 5th and the 6th of February not at all.
fn measured(database: &Database) -> LivePool {
    apply_at(database, at("2024-12-01T00:00:00Z"), HOURS);
    let begin = at("2025-01-01T00:00:00+01:00");
    let unmeasured = [at("2025-02-05T00:00:00+01:00"), at("2025-02-06T00:00:00+01:00")];
    let indicator = database.number("SELECT id AS value FROM indicator");
    let mut rows: Vec<AvailabilityRow> = Vec::new();
    for name in ["api", "web"] {
        let id = database.number(&format!("SELECT id AS value FROM component WHERE name = '{name}'"));
        for day in (0..90).filter(|day| !matches!((day + 2) % 7, 5 | 6)) {
            let midnight = begin + day * DAY;
            if unmeasured.contains(&midnight) {
                continue;
            }
            // Summer time begins on the last Sunday of March.
            let start = midnight + 8 * 3_600 - if day >= 88 { 3_600 } else { 0 };
            let is_monday = (day + 2) % 7 == 0;
            let mut row = row(
                0,
                id,
                (start, start + 36_000),
                is_monday.then_some((start, start + 600)),
            );
            row.timezone = "Europe/Berlin".to_owned();
            row.indicator = MeasuredBy {
                id: Some(indicator),
                ..row.indicator
            };
            rows.push(row);
        }
    }
    booked(database, &rows)
}

const NOW: &str = "2026-06-01T00:00:00Z";

/// Adds what was measured.
fn booked(database: &Database, rows: &[AvailabilityRow]) -> LivePool {
    let now = instant(at("2025-01-01T00:00:00Z"));
    let added = audit::record(&mut database.connect(), store::KEY, now, |writer| {
        store::append(writer, rows)
    });
    added.expect("rows are added");
    let url = database.url.parse().expect("tests give valid URLs");
    Pool::connect(&url, 2).expect("the test database answers")
}

/// Sums spans to days, and the days of months that ended by an instant.
fn summed(pool: &LivePool, until: &str) -> usize {
    let now = instant(at(NOW));
    sum(pool.pool(), at("2025-12-01T00:00:00Z"), now, &mut || true).expect("the database answers");
    sum_months(pool.pool(), at(until), now, &mut || true).expect("the database answers")
}

fn a_report_ends_with_the_time_of_its_request(database: &Database) {
    run_on_input(database, &["apply", "-"], HOURS).ok();
    let query = ReportQuery {
        period: Period::containing(
            PeriodKind::Month,
            NaiveDate::from_ymd_opt(2025, 1, 1).expect("it is a date"),
        ),
        zone: zone("UTC"),
        definitions: Definitions::Now,
        ids: None,
    };
    let span = query.span().expect("the period has a length");
    let conn = &mut database.connect();
    let promised = PromisedReport::read(conn, &query, span).expect("the database answers");
    let components: Vec<_> = promised.components.iter().collect();
    let mut read = || timed(conn, Definitions::Now, &components, (span, at(NOW)), true).map(|rows| rows.len());
    assert_eq!(read().expect("the database answers"), 2);
    let over = Limit::default().ending_in(Duration::ZERO).run(read);
    assert!(matches!(over, Err(Error::TooSlow(_))), "{over:?}");
}

fn report(database: &Database, kind: PeriodKind, first: &str, zone_name: &str) -> Vec<Value> {
    let query = ReportQuery {
        period: Period::containing(kind, first.parse::<NaiveDate>().expect("the test gives a date")),
        zone: zone(zone_name),
        definitions: Definitions::Then,
        ids: None,
    };
    let span = query.span().expect("the period has a length");
    let read = Report::read(&mut database.connect(), &query, span, at(NOW));
    let report = read.expect("the database answers");
    let rows = report.matching(&[]);
    let lines = output::lines(&rows, None);
    let mut values: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(&output::json(line, span)).expect("it is JSON"))
        .collect();
    for (value, row) in values.iter_mut().zip(rows) {
        value["gaps"] = json!(row.gaps());
    }
    values
}

const WHOLE: [(PeriodKind, &str); 5] = [
    (PeriodKind::Month, "2025-01-01"),
    (PeriodKind::Month, "2025-02-01"),
    (PeriodKind::Month, "2025-03-01"),
    (PeriodKind::Quarter, "2025-01-01"),
    (PeriodKind::Year, "2025-01-01"),
];

/// The reports of whole months, without the words on what was never measured: sums have it as unknown time.
fn whole_reports(database: &Database) -> Vec<Vec<Value>> {
    let reports = WHOLE.map(|(kind, first)| report(database, kind, first, "Europe/Berlin"));
    let mut reports = reports.to_vec();
    for value in reports.iter_mut().flatten() {
        value.as_object_mut().expect("a line is an object").remove("gaps");
    }
    reports
}

fn kinds(database: &Database, kind: RowKind) -> i64 {
    database.number(&format!(
        "SELECT count(*) AS value FROM availability WHERE kind = '{}'",
        kind.as_str()
    ))
}

fn reports_of_whole_months_stay(database: &Database) {
    let pool = measured(database);
    let before = whole_reports(database);
    let of_api = &before[1][0];
    assert_eq!(
        (&of_api["excluded"], &of_api["down"]),
        (&json!(36_000), &json!(36_000 + 3 * 600)),
        "{of_api}"
    );
    assert_eq!(before[2][1]["unknown"], 3_600);

    let replaced = summed(&pool, "2025-02-28T23:00:00Z");
    assert_eq!(replaced, 2 * (23 + 18), "the days of January and February");
    assert_eq!(
        (kinds(database, RowKind::Month), kinds(database, RowKind::Span)),
        (4, 0)
    );
    assert_eq!(whole_reports(database), before);
    assert_eq!(summed(&pool, "2025-02-28T23:00:00Z"), 0, "nothing is summed twice");
    assert!(summed(&pool, "2026-01-01T00:00:00Z") > 0);
    assert_eq!((kinds(database, RowKind::Month), kinds(database, RowKind::Day)), (6, 0));
    assert_eq!(whole_reports(database), before);
}

fn a_report_that_cuts_a_month_says_so(database: &Database) {
    let pool = measured(database);
    let before = report(database, PeriodKind::Month, "2025-02-01", "UTC");
    summed(&pool, "2026-01-01T00:00:00Z");
    let in_utc = report(database, PeriodKind::Month, "2025-02-01", "UTC");
    let of_web = &in_utc[1];
    assert_eq!(of_web["promised"], before[1]["promised"]);
    assert_eq!(
        of_web["unknown"], of_web["accounted"],
        "nothing is guessed, also not by the indicator: {of_web}"
    );
    assert_eq!(of_web["attained_millipercent"], Value::Null);
    let gaps = of_web["gaps"].to_string();
    assert!(
        gaps.contains("months of which only sums are kept") && gaps.contains("Europe/Berlin"),
        "{gaps}"
    );
    let week = report(database, PeriodKind::Week, "2025-02-12", "Europe/Berlin");
    assert_eq!(
        (&week[1]["unknown"], &week[1]["promised"]),
        (&json!(180_000), &json!(180_000))
    );
    // Two zones in one year: the months inside are whole in both.
    let year = report(database, PeriodKind::Year, "2025-06-01", "UTC");
    let march = report(database, PeriodKind::Month, "2025-03-01", "Europe/Berlin");
    assert!(year[1]["down"].as_i64() > march[1]["down"].as_i64(), "{year:?}");

    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let page = browser.get("/admin/sla/report/?at=2025-02&zone=UTC").expect(200);
    assert!(
        page.html().contains("months of which only sums are kept"),
        "{}",
        page.html()
    );
    let page = browser
        .get("/admin/sla/report/?at=2025-02&zone=Europe/Berlin&component=web")
        .expect(200);
    assert!(
        page.html().contains("Of some months only sums are kept"),
        "{}",
        page.html()
    );
    assert!(!page.has(".report-days td.met") && page.has(".report-days td.later"));
}

fn a_deleted_component_keeps_its_months(database: &Database) {
    let pool = measured(database);
    let before = whole_reports(database);
    let without = HOURS.replace("- {name: web, labels: {team: b}, windows: [Office], slo: 99.9}\n", "");
    apply_at(database, at("2026-02-01T00:00:00Z"), &without);
    let names = |reports: &[Vec<Value>]| -> BTreeSet<String> {
        let lines = reports.iter().flatten();
        lines.map(|line| line["component"].to_string()).collect()
    };
    summed(&pool, "2026-01-01T00:00:00Z");
    let after = whole_reports(database);
    assert_eq!(names(&after), names(&before));
    // Its SLO is gone with it, its time is not.
    for (before, after) in before.iter().zip(&after) {
        for key in ["promised", "accounted", "up", "down", "unknown", "excluded"] {
            assert_eq!(after[1][key], before[1][key], "{key}: {after:?}");
        }
    }
}

fn refused(database: &Database, corrections: &str) -> String {
    run_on_input(database, &["apply", "-"], &format!("corrections:\n{corrections}")).refused()
}

fn taken(database: &Database, corrections: &str) {
    run_on_input(database, &["apply", "-"], &format!("corrections:\n{corrections}")).ok();
}

fn parts_of_summed_months_are_not_corrected(database: &Database) {
    let pool = measured(database);
    summed(&pool, "2025-03-01T00:00:00Z");
    let part = "- {component: web, start: 2025-02-17T08:00:00Z, end: 2025-02-17T09:00:00Z, effect: up}";
    let reason = refused(database, part);
    assert!(
        reason.contains("only the sum of the month from 2025-01-31T23:00:00Z to 2025-02-28T23:00:00Z is kept of `web`")
            && reason.contains("Correct the whole month (midnights of Europe/Berlin)")
            && reason.contains("--availability-sum-days"),
        "{reason}"
    );
    refused(
        database,
        "- {selector: '{}', start: 2025-02-17T08:00:00Z, end: 2025-03-17T09:00:00Z, effect: up}",
    );
    refused(
        database,
        "- {component: api, start: 2025-02-05T00:00:00Z, end: 2025-02-06T00:00:00Z, effect: down}",
    );
    // Days can still be corrected, and components of which nothing is kept.
    taken(
        database,
        "- {component: web, start: 2025-03-17T08:00:00Z, end: 2025-03-17T09:00:00Z, effect: up}",
    );
    taken(
        database,
        "- {selector: '{team=\"c\"}', start: 2025-02-17T08:00:00Z, end: 2025-02-17T09:00:00Z, effect: up}",
    );
    // The reason stands beside the figures, and changes none.
    let other = "- {component: api, start: 2025-02-05T00:00:00Z, end: 2025-02-06T00:00:00Z, effect: exclude, reason: other words}";
    taken(database, other);

    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let component = database
        .number("SELECT id AS value FROM component WHERE name = 'web'")
        .to_string();
    let form = browser
        .get("/admin/sla/correction/add/")
        .expect(200)
        .form("#correction_form");
    let form = form
        .set("component", &component)
        .set("start", "2025-02-17T08:00:00Z")
        .set("end", "2025-02-17T09:00:00Z")
        .set("effect", "up");
    let page = browser.submit(&form, ("_save", "1")).expect(422);
    assert!(page.html().contains("the sum of the month"), "{}", page.html());
    refused_in_the_admin(database, &mut browser);
}

/// A correction that a sum has is neither changed nor deleted, one by one or by an action.
fn refused_in_the_admin(database: &Database, browser: &mut Browser) {
    let count = || database.number("SELECT count(*) AS value FROM correction");
    let before = count();
    let key = database.number("SELECT min(id) AS value FROM correction").to_string();
    let page = browser
        .post(&format!("/admin/sla/correction/{key}/delete/"), &[("post", "yes")])
        .expect(409);
    assert!(page.html().contains("Add another correction"), "{}", page.html());
    let form = browser
        .get(&format!("/admin/sla/correction/{key}/change/"))
        .expect(200)
        .form("#correction_form");
    let page = browser.submit(&form.set("effect", "down"), ("_save", "1")).expect(422);
    assert!(page.html().contains("Add another correction"), "{}", page.html());
    assert_eq!(count(), before);
}

fn whole_months_are_corrected(database: &Database) {
    let pool = measured(database);
    summed(&pool, "2026-01-01T00:00:00Z");
    let february = "start: 2025-01-31T23:00:00Z, end: 2025-02-28T23:00:00Z";
    taken(database, &format!("- {{component: web, {february}, effect: up}}"));
    let of = |place: usize| report(database, PeriodKind::Month, "2025-02-01", "Europe/Berlin").swap_remove(place);
    let of_web = of(1);
    assert_eq!(
        (&of_web["down"], &of_web["up"]),
        (&json!(0), &of_web["promised"]),
        "{of_web}"
    );
    assert_ne!(of(0)["down"], 0);
    // It can be changed and deleted, since the sum does not have it.
    taken(database, &format!("- {{component: web, {february}, effect: exclude}}"));
    let of_web = of(1);
    assert_eq!(
        (&of_web["excluded"], &of_web["accounted"]),
        (&of_web["promised"], &json!(0)),
        "{of_web}"
    );
    let key = database.number("SELECT max(id) AS value FROM correction");
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    browser
        .post(&format!("/admin/sla/correction/{key}/delete/"), &[("post", "yes")])
        .expect(302);
    assert_eq!(of(1)["excluded"], 0);
}

fn summed_time_is_not_measured_again(database: &Database) {
    let pool = measured(database);
    let circumstances = Circumstances {
        definitions: Definitions::Then,
        now: instant(at(NOW)),
        tzdata: "2026a".to_owned(),
    };
    let (from, to) = (at("2025-01-31T23:00:00Z"), at("2025-02-28T23:00:00Z"));
    let plan = |again: bool| {
        let scope = RunScope {
            range: DueRange::Touching(from, to, at(NOW)),
            components: None,
            source: None,
            again,
        };
        RunPlan::read(&mut database.connect(), &circumstances, &scope).expect("the database answers")
    };
    assert_eq!(
        (plan(false).len(), plan(true).len()),
        (4, 40),
        "two days of two components lack rows"
    );
    let until = instant(at(NOW));
    sum(pool.pool(), at("2025-12-01T00:00:00Z"), until, &mut || true).expect("the database answers");
    for again in [false, true] {
        let plan = plan(again);
        assert_eq!(plan.len(), 4, "days have their spans");
        let of_days = |note: &&String| note.starts_with("36 spans of service are in days");
        assert_eq!(
            plan.notes.iter().filter(of_days).count(),
            usize::from(again),
            "{plan:?}"
        );
    }
    summed(&pool, "2026-01-01T00:00:00Z");
    for again in [false, true] {
        let plan = plan(again);
        assert!(plan.is_empty(), "{plan:?}");
        assert!(
            plan.notes
                .iter()
                .any(|note| note.starts_with("40 spans of service are in months")),
            "{plan:?}"
        );
    }
}

const ZONES: [&str; 5] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Auckland",
    "Asia/Kolkata",
];

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).expect("31 bits are left") % end
    }
}

/// Days of a component from 10 February to 20 October 2025, by midnights of zones that change: each was down for some minutes.
fn moving_days(component: i64, numbers: &mut Numbers) -> Vec<AvailabilityRow> {
    let (mut start, end) = (at("2025-02-10T00:00:00Z"), at("2025-10-20T00:00:00Z"));
    let mut rows = Vec::new();
    let mut change = start;
    let mut name = ZONES[0];
    while start < end {
        if change <= start {
            name = ZONES[usize::try_from(numbers.below(5)).expect("it is small")];
            change = start + (20 + numbers.below(90)) * DAY;
        }
        let day = zone(name)
            .local_at(start)
            .date()
            .succ_opt()
            .expect("the day has a next");
        let next = zone(name).start_of_day(day);
        let down = start + numbers.below(1 + (next - start) / 2);
        let mut row = row(
            0,
            component,
            (start, next),
            Some((down, down + 60 * (1 + numbers.below(20)))),
        );
        row.timezone = name.to_owned();
        rows.push(row);
        start = next;
    }
    rows
}

fn time_is_counted_once_when_zones_change(database: &Database) {
    const COMPONENTS: i64 = 12;
    let names = (0..COMPONENTS).map(|number| format!("- {{name: c{number:02}, windows: [Always]}}\n"));
    let hours = "windows:\n- {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', \
                 duration_s: 86400}]}\ncomponents:\n";
    apply_at(
        database,
        at("2024-12-01T00:00:00Z"),
        &format!("{hours}{}", names.collect::<String>()),
    );
    let ids = database.texts("SELECT id AS value FROM component ORDER BY name");
    let mut numbers = Numbers(7);
    let rows = ids
        .iter()
        .flat_map(|id| moving_days(id.parse().expect("it is a number"), &mut numbers));
    let pool = booked(database, &rows.collect::<Vec<_>>());

    let quarters = ["2025-01-01", "2025-04-01", "2025-07-01", "2025-10-01"].map(|first| (PeriodKind::Quarter, first));
    let periods = [&quarters[..], &[(PeriodKind::Year, "2025-01-01")]].concat();
    let reports = || -> Vec<(PeriodKind, Vec<Value>)> {
        let zones = ZONES
            .iter()
            .flat_map(|zone| periods.iter().map(move |period| (zone, period)));
        zones
            .map(|(zone, (kind, first))| (*kind, report(database, *kind, first, zone)))
            .collect()
    };
    let before = reports();
    for month in 3..=12 {
        let now = at(&format!("2025-{month:02}-05T00:00:00Z"));
        sum(pool.pool(), now, instant(now), &mut || true).expect("the database answers");
        sum_months(pool.pool(), now - 3 * DAY, instant(now), &mut || true).expect("the database answers");
    }
    let (months, days) = (kinds(database, RowKind::Month), kinds(database, RowKind::Day));
    assert!(
        months > 2 * COMPONENTS && days < 220 * COMPONENTS,
        "{months} months, {days} days"
    );
    let overlaps = "SELECT count(*) AS value FROM availability one JOIN availability other ON one.component_id = other.component_id \
                    AND one.id < other.id AND one.range_start < other.range_end AND other.range_start < one.range_end \
                    WHERE one.kind = 'month' AND other.kind = 'month'";
    assert_eq!(database.number(overlaps), 0);
    for ((kind, before), (_, after)) in before.iter().zip(reports()) {
        for (before, after) in before.iter().zip(&after) {
            let of = |line: &Value, key: &str| line[key].as_i64().expect("it is a number");
            for key in ["promised", "accounted", "excluded"] {
                assert_eq!(of(after, key), of(before, key), "{key}: {before} {after}");
            }
            let lost = ["up", "down"].map(|key| of(before, key) - of(after, key));
            match kind {
                PeriodKind::Year => assert_eq!(lost, [0, 0], "{before} {after}"),
                // A month that the quarter cuts is unknown in it.
                _ => assert!(lost.iter().all(|lost| *lost >= 0), "{before} {after}"),
            }
        }
    }
}

fn what_is_edited_between_two_portions_counts(database: &Database) {
    const COMPONENTS: i64 = 250;
    let document = |team: &str| {
        let component = |number| format!("- {{name: c{number:03}, labels: {{team: {team}}}, windows: [Office]}}\n");
        let components: String = (0..COMPONENTS).map(component).collect();
        let (head, tail) = HOURS.split_once("- {name: api").expect("the document has components");
        let (_, corrections) = tail.split_once("corrections:").expect("the document has corrections");
        let selecting = corrections.lines().filter(|line| line.contains("selector"));
        format!("{head}{components}corrections:\n{}\n", selecting.collect::<String>())
    };
    apply_at(database, at("2024-12-01T00:00:00Z"), &document("a"));
    let start = at("2025-03-03T08:00:00+01:00");
    let ids = database.texts("SELECT id AS value FROM component ORDER BY id");
    let ids = ids.iter().map(|id| id.parse().expect("it is a number"));
    let rows: Vec<AvailabilityRow> = ids
        .map(|id| AvailabilityRow {
            timezone: "Europe/Berlin".to_owned(),
            ..row(0, id, (start, start + 36_000), None)
        })
        .collect();
    let pool = booked(database, &rows);
    let now = instant(at(NOW));
    sum(pool.pool(), at("2025-12-01T00:00:00Z"), now, &mut || true).expect("the database answers");
    let mut portions = 0;
    let summed = sum_months(pool.pool(), at("2026-01-01T00:00:00Z"), now, &mut || {
        portions += 1;
        if portions == 2 {
            apply_at(database, at("2026-05-01T00:00:00Z"), &document("b"));
        }
        true
    });
    assert_eq!((summed.expect("the database answers"), portions), (250, 2));
    // The correction is about those with the other label.
    let corrected = "SELECT count(*) AS value FROM availability WHERE kind = 'month' AND up_ms < (SELECT max(up_ms) FROM availability)";
    assert_eq!(database.number(corrected), 50);
}
