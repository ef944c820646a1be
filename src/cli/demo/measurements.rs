//! Measurements that are made up, so that reports of the demo show something. They are booked as real ones are, and each row says that it is
//! made up. The same components and day of the first start give the same outages.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use sha2::{Digest, Sha256};

use super::super::CliError;
use crate::apps::sla::availability;
use crate::apps::sla::measuring::book::{Circumstances, book};
use crate::apps::sla::measuring::due::{DueRange, DueSpan};
use crate::apps::sla::measuring::reading::SpanReading;
use crate::apps::sla::measuring::run::{MEASURED_AFTER, RunPlan, RunScope};
use crate::apps::sla::measuring::store::{SourceProgress, set_progress};
use crate::apps::sla::promised_then::promised::Definitions;
use crate::audit;
use crate::calculus::span::Span;
use crate::db::{Conn, dialect};
use crate::prometheus_api::client::{QueriedSample, QueriedSeries};
use crate::zones;

/// How long before its first start the demo's data was made: three whole months are measured, wherever in a month that start is.
pub(super) const AGE: TimeDelta = TimeDelta::days(124);

/// The component with an upgrade that is excluded by a correction, and how many days before the first start that was.
const UPGRADED: &str = "payments-api";
const UPGRADE_DAYS: i64 = 40;

/// What each row warns of.
const NOTE: &str = "made up for the demo";

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// Something that went wrong with a component, in milliseconds.
struct Disturbance {
    span: Span,
    /// The share of it that was up; none if there are no samples.
    share: Option<f64>,
}

/// Returns the document of the correction that excludes the upgrade.
pub(super) fn correction(now: NaiveDateTime) -> String {
    let span = upgrade(now);
    let instant = |at| DateTime::from_timestamp_millis(at).map(|at| at.format("%Y-%m-%dT%H:%M:%SZ"));
    let (Some(start), Some(end)) = (instant(span.start), instant(span.end)) else {
        return String::new();
    };
    format!(
        "corrections:\n  - component: {UPGRADED}\n    start: {start}\n    end: {end}\n    effect: exclude\n    \
        reason: Upgrade of the database, announced a week before\n"
    )
}

/// Books made-up measurements of all that the demo's indicators measure, from its beginning to now. Returns how many spans there are.
///
/// # Errors
/// Why nothing was booked.
pub(super) fn make_up(conn: &mut Conn, now: NaiveDateTime) -> Result<usize, CliError> {
    let circumstances = Circumstances {
        definitions: Definitions::Then,
        now,
        tzdata: zones::current().version().to_owned(),
    };
    let to = now.and_utc().timestamp();
    let scope = RunScope {
        range: DueRange::Ending(to - AGE.num_seconds(), to - MEASURED_AFTER),
        components: None,
        source: None,
        again: false,
    };
    let plan = RunPlan::read(conn, &circumstances, &scope)?;
    // Made-up data may be lost in a power cut.
    dialect::without_sync(conn, |conn| {
        for due in &plan.due {
            let components = due.components.iter().enumerate();
            let readings = components.map(|(place, component)| (place, reading(due, &component.name, now)));
            book(conn, &circumstances, due, readings.collect())?;
        }
        let sources: BTreeSet<&str> = plan.due.iter().map(|due| due.indicator.source.as_str()).collect();
        let progress = SourceProgress {
            measured_until: to - MEASURED_AFTER,
            failure: String::new(),
        };
        audit::record(conn, availability::store::KEY, now, |writer| {
            sources
                .iter()
                .try_for_each(|source| set_progress(writer, source, &progress))
        })
    })?;
    Ok(plan.len())
}

/// Returns what is made up about a span of a component.
fn reading(due: &DueSpan, name: &str, now: NaiveDateTime) -> SpanReading {
    let span = due.span.in_milliseconds();
    let disturbances: Vec<Disturbance> = disturbances(name, span, now).collect();
    let mut reading = match disturbances.is_empty() {
        true => SpanReading::up(&due.indicator, span),
        false => {
            let grid = due.indicator.grid(span);
            let instants = (0..grid.cells()).map(|cell| grid.first + cell * grid.step);
            let samples = instants.filter_map(|at_ms| {
                let value = value_at(&disturbances, at_ms)?;
                Some(QueriedSample { at_ms, value })
            });
            let series = QueriedSeries {
                labels: std::collections::BTreeMap::new(),
                samples: samples.collect(),
            };
            SpanReading::of(&due.indicator, span, &[series])
        }
    };
    reading.warnings.push(NOTE.to_owned());
    reading
}

/// Returns the value of a sample; none where there is no sample.
fn value_at(disturbances: &[Disturbance], at_ms: i64) -> Option<f64> {
    let disturbed = disturbances.iter().find(|one| one.span.contains(at_ms));
    disturbed.map_or(Some(1.0), |one| one.share)
}

/// Returns what went wrong with a component within a span.
fn disturbances(name: &str, span: Span, now: NaiveDateTime) -> impl Iterator<Item = Disturbance> {
    let days = span.start.div_euclid(DAY) - 1..=span.end.div_euclid(DAY);
    let of_days = days.filter_map(|day| of_day(name, day));
    let planned = (name == UPGRADED).then(|| Disturbance {
        span: upgrade(now),
        share: Some(0.0),
    });
    of_days
        .chain(planned)
        .filter(move |one| one.span.intersection(&span).is_some())
}

/// Returns what went wrong with a component on a day of UTC, which is nothing on most days.
fn of_day(name: &str, day: i64) -> Option<Disturbance> {
    let digest = Sha256::digest(format!("{name} {day}"));
    let [kind, hour, minute, length, ..] = digest[..] else {
        return None;
    };
    let start = day * DAY + (i64::from(hour % 24) * 60 + i64::from(minute % 60)) * MINUTE;
    let (minutes, share) = match kind {
        0..12 => (1 + i64::from(length % 12), Some(0.0)),
        12..18 => (10 + i64::from(length % 50), Some(0.75)),
        18..22 => (5 + i64::from(length % 25), None),
        _ => return None,
    };
    Some(Disturbance {
        span: Span {
            start,
            end: start + minutes * MINUTE,
        },
        share,
    })
}

/// Returns when the upgrade was: at ten in the morning, UTC, for forty minutes.
fn upgrade(now: NaiveDateTime) -> Span {
    let day = now.and_utc().timestamp_millis().div_euclid(DAY) - UPGRADE_DAYS;
    let start = day * DAY + 600 * MINUTE;
    Span {
        start,
        end: start + 40 * MINUTE,
    }
}
