//! Sums of months: a report of the whole month stays as it was, and what such a sum cannot say is said.

use std::collections::BTreeSet;

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
use sla_monitor::apps::sla::report::read::ReportQuery;
use sla_monitor::audit;
use sla_monitor::calculus::period::{Period, PeriodKind};
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
    let added = audit::record(&mut database.connect(), store::KEY, instant(begin), |writer| {
        store::append(writer, &rows)
    });
    added.expect("rows are added");
    let url = database.url.parse().expect("tests give valid URLs");
    Pool::connect(&url, 2).expect("the test database answers")
}

const NOW: &str = "2026-06-01T00:00:00Z";

/// Sums spans to days, and the days of months that ended by an instant.
fn summed(pool: &LivePool, until: &str) -> usize {
    let now = instant(at(NOW));
    sum(pool.pool(), at("2025-12-01T00:00:00Z"), now, &mut || true).expect("the database answers");
    sum_months(pool.pool(), at(until), now, &mut || true).expect("the database answers")
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
    assert_eq!((plan(false).len(), plan(true).len()), (4, 40), "days have their spans");
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
