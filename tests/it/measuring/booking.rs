//! What is due, what is booked, and which process does it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::TimeDelta;
use sla_monitor::apps::sla::availability::store as rows;
use sla_monitor::apps::sla::measuring::book::{Booked, Circumstances, book};
use sla_monitor::apps::sla::measuring::due::{AssignedIndicator, DueRange, DueSpan, due_spans};
use sla_monitor::apps::sla::measuring::measure::SpanMeasuring;
use sla_monitor::apps::sla::measuring::question::{MeasuredComponent, MeasuringIndicator};
use sla_monitor::apps::sla::measuring::store::{self, SourceProgress};
use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::audit;
use sla_monitor::calculus::span::Span;

use super::answers::{components, indicator};
use super::computed::ComputedServer;
use super::{apply_at, at, instant, promised};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::zone;

on_both_databases!(
    spans_that_ended_are_due_oldest_first,
    the_same_is_not_booked_twice,
    one_process_has_a_job_until_its_lease_expires,
    progress_is_kept_by_source,
);

const DAYS: &str = "windows:\n  - {name: W, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: \"08:00\", duration_s: 36000}]}\n  \
                    - {name: A, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: \"00:00\", duration_s: 86400}]}\n\
                    components:\n  - {name: c0, windows: [W]}\n  - {name: c1, windows: [W]}\n  - {name: c2, windows: [A]}\n  - {name: other, windows: [A]}\n";

/// Assigns an indicator to the components whose names begin with `c`.
fn assigned(time: &sla_monitor::apps::sla::promised_then::promised::PromisedTime) -> HashMap<i64, AssignedIndicator> {
    let indicator = Arc::new(indicator());
    let named = time
        .components
        .iter()
        .filter(|component| component.name.starts_with('c'));
    let assigned = named.map(|component| {
        let one = AssignedIndicator {
            indicator: Arc::clone(&indicator),
            component: MeasuredComponent {
                id: component.id,
                name: component.name.clone(),
                expression: "up".to_owned(),
            },
        };
        (component.id, one)
    });
    assigned.collect()
}

/// Spans with the names of their components.
fn listed(due: &[DueSpan]) -> Vec<(Span, Vec<&str>)> {
    let names =
        |due: &'_ DueSpan| -> Vec<String> { due.components.iter().map(|component| component.name.clone()).collect() };
    due.iter()
        .map(|due| {
            assert_eq!(names(due).len(), due.components.len());
            (
                due.span,
                due.components.iter().map(|component| component.name.as_str()).collect(),
            )
        })
        .collect()
}

fn spans_that_ended_are_due_oldest_first(database: &Database) {
    apply_at(database, at("2026-11-01T00:00:00+01:00"), DAYS);
    let time = promised(
        database,
        (at("2026-11-05T00:00:00+01:00"), at("2026-11-20T00:00:00+01:00")),
        Definitions::Then,
    );
    let assigned = assigned(&time);
    let day = |date: &str, from: &str, to: &str, to_date: &str| Span {
        start: at(&format!("2026-11-{date}T{from}:00+01:00")),
        end: at(&format!("2026-11-{to_date}T{to}:00+01:00")),
    };
    let (monday, tuesday) = (day("09", "08:00", "18:00", "09"), day("10", "08:00", "18:00", "10"));
    let (whole_monday, whole_tuesday) = (day("09", "00:00", "00:00", "10"), day("10", "00:00", "00:00", "11"));
    // The end of the range counts, its beginning does not: no span is due twice.
    let range = DueRange::Ending(whole_monday.start, whole_tuesday.end);
    let due = due_spans(&time, &assigned, range, &HashSet::new());
    let expected = [
        (monday, vec!["c0", "c1"]),
        (whole_monday, vec!["c2"]),
        (tuesday, vec!["c0", "c1"]),
        (whole_tuesday, vec!["c2"]),
    ];
    assert_eq!(listed(&due), expected);
    assert_eq!(due[0].zone.name(), "Europe/Berlin");
    let first = time
        .components
        .iter()
        .find(|component| component.name == "c0")
        .expect("it is there")
        .id;
    let known = HashSet::from([(first, monday.start, monday.end)]);
    let due = due_spans(&time, &assigned, range, &known);
    assert_eq!(listed(&due)[0], (monday, vec!["c1"]));
    // By hand: whole spans with a part in the range that have ended.
    let range = DueRange::Touching(monday.end - 1, tuesday.start + 1, tuesday.end - 1);
    let due = due_spans(&time, &assigned, range, &HashSet::new());
    assert_eq!(listed(&due), expected[..2]);
}

fn the_same_is_not_booked_twice(database: &Database) {
    let (start, end) = (at("2026-11-09T08:00:00+01:00"), at("2026-11-09T18:00:00+01:00"));
    let due = DueSpan {
        span: Span { start, end },
        zone: zone("Europe/Berlin"),
        indicator: Arc::new(indicator()),
        components: components(3),
    };
    let measure = |value: f64, now: i64, indicator: &MeasuringIndicator, definitions| -> Booked {
        let mut server = ComputedServer::new(move |name, _| Some(if name == "c1" { value } else { 1.0 }));
        let mut measuring = SpanMeasuring {
            queries: &mut server,
            indicator,
            span: Span {
                start: start * 1_000,
                end: end * 1_000,
            },
        };
        let readings = measuring.measure(&due.components).expect("the server answers");
        let circumstances = Circumstances {
            definitions,
            now: instant(now),
            tzdata: "2026a".to_owned(),
        };
        book(&mut database.connect(), &circumstances, &due, readings).expect("the database answers")
    };
    let count = || database.number("SELECT count(*) AS value FROM availability");
    assert_eq!(measure(1.0, end + 600, &indicator(), Definitions::Then).added, 3);
    let again = measure(1.0, end + 900, &indicator(), Definitions::Then);
    assert_eq!((again.added, again.same), (0, 3));
    assert_eq!(count(), 3);
    let changed = measure(0.5, end + 1_200, &indicator(), Definitions::Then);
    assert_eq!((changed.added, changed.same), (1, 2));
    // Back again: the newest is another one, so the old result is a new row.
    assert_eq!(measure(1.0, end + 1_500, &indicator(), Definitions::Then).added, 1);
    // Definitions of now are kept apart.
    assert_eq!(measure(1.0, end + 1_800, &indicator(), Definitions::Now).added, 3);
    assert_eq!(count(), 8);
    let stored =
        rows::between(&mut database.connect(), Definitions::Then, (start, end), None).expect("the database answers");
    let halves: Vec<i64> = stored
        .iter()
        .filter(|row| row.component_name == "c1")
        .map(|row| row.account.down())
        .collect();
    assert_eq!(halves, [0, 18_000_000, 0]);
    assert_eq!(
        (stored[0].samples.seen, stored[0].step_s, stored[0].timezone.as_str()),
        (600, 60, "Europe/Berlin")
    );
}

fn one_process_has_a_job_until_its_lease_expires(database: &Database) {
    let lease = TimeDelta::seconds(180);
    let take = |holder: &str, now: i64| {
        let conn = &mut database.connect();
        audit::record(conn, "job", instant(now), |writer| {
            store::take_job(writer, "measuring", holder, lease)
        })
        .expect("the database answers")
    };
    assert!(take("one", 1_000_000));
    assert!(!take("other", 1_000_000));
    assert!(take("one", 1_000_100), "it renews it");
    assert!(!take("other", 1_000_279));
    // The first one was killed.
    assert!(take("other", 1_000_280));
    assert!(!take("one", 1_000_281));
    // A clock that was ahead by a day does not keep the job for a day.
    assert!(take("one", 900_000));
    let conn = &mut database.connect();
    audit::record(conn, "job", instant(900_001), |writer| {
        store::give_back_job(writer, "measuring", "other")
    })
    .expect("the database answers");
    assert!(!take("other", 900_002), "only the holder gives it back");
    audit::record(conn, "job", instant(900_003), |writer| {
        store::give_back_job(writer, "measuring", "one")
    })
    .expect("the database answers");
    assert!(take("other", 900_004));
}

fn progress_is_kept_by_source(database: &Database) {
    let conn = &mut database.connect();
    let set = |conn: &mut _, source: &str, measured_until, failure: &str| {
        let progress = SourceProgress {
            measured_until,
            failure: failure.to_owned(),
        };
        audit::record(conn, "job", instant(0), |writer| {
            store::set_progress(writer, source, &progress)
        })
        .expect("the database answers");
    };
    set(conn, "main", 100, "");
    set(conn, "other", 50, "it cannot be reached");
    set(conn, "main", 200, "");
    let known = store::progress(conn).expect("the database answers");
    assert_eq!(known["main"].measured_until, 200);
    assert_eq!(known["other"].failure, "it cannot be reached");
    assert_eq!(known.len(), 2);
}
