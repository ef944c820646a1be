//! Sums of old rows: spans of service become local days. These keep what was promised and what of it was not fully up, so that corrections still
//! apply exactly.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::row::{AvailabilityRow, MeasuredBy, RowKind, SampleCount};
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::attainment::run::{Run, joined, within};
use crate::calculus::span::{Span, intersections, merge, without};
use crate::zones::Zone;

/// What becomes of the rows of one component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SummedRows {
    /// Sums to be added.
    pub added: Vec<AvailabilityRow>,
    /// The keys of the rows that the sums have.
    pub replaced: Vec<i64>,
}

/// Returns the local day that an instant is in.
fn day_of(zone: Zone, at: i64) -> Span {
    let day = zone.local_at(at).date();
    Span {
        start: zone.start_of_day(day),
        end: day.succ_opt().map_or(i64::MAX, |next| zone.start_of_day(next)),
    }
}

/// Returns the sums of the local days of a zone that end at or before `until`, of rows of one component and one kind of definitions. A row that
/// reaches beyond stays, and counts for what is beyond.
#[must_use]
pub fn days(rows: &[AvailabilityRow], zone: Zone, until: i64, now: NaiveDateTime) -> SummedRows {
    let mut days: BTreeMap<i64, (Span, Vec<&AvailabilityRow>)> = BTreeMap::new();
    let mut summed = SummedRows::default();
    for row in rows.iter().filter(|row| row.kind == RowKind::Span) {
        let mut at = row.range.start;
        while at < row.range.end {
            let day = day_of(zone, at);
            // A clock that skips a day has one that is empty.
            if day.end <= at {
                break;
            }
            if day.end <= until {
                let (_, of) = days.entry(day.start).or_insert((day, Vec::new()));
                of.push(row);
            }
            at = day.end;
        }
        if at >= row.range.end && day_of(zone, row.range.end - 1).end <= until {
            summed.replaced.push(row.id);
        }
    }
    for (day, of) in days.values() {
        // What was summed before counts as well, the newest row at each instant.
        let others = rows.iter().filter(|row| row.kind == RowKind::Day && row.range == *day);
        let others: Vec<&AvailabilityRow> = others.collect();
        let all: Vec<&AvailabilityRow> = of.iter().chain(&others).copied().collect();
        let is_known = |sum: &AvailabilityRow| others.iter().any(|other| other.says_the_same(sum));
        summed
            .added
            .extend(day_row(*day, &all, zone, now).filter(|sum| !is_known(sum)));
    }
    summed
}

/// Returns the row of a day; nothing if the rows have none of it.
fn day_row(range: Span, rows: &[&AvailabilityRow], zone: Zone, now: NaiveDateTime) -> Option<AvailabilityRow> {
    let whole = Span {
        start: range.start.checked_mul(1_000)?,
        end: range.end.checked_mul(1_000)?,
    };
    let mut newest: Vec<&AvailabilityRow> = rows.to_vec();
    newest.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    let mut spans: Vec<Span> = Vec::new();
    let mut runs: Vec<Run> = Vec::new();
    let mut samples = SampleCount::default();
    let mut warnings: Vec<String> = Vec::new();
    for row in &newest {
        let taken = without(&intersections(&row.spans, &[whole]), &spans);
        if taken.is_empty() {
            continue;
        }
        runs.extend(within(&row.runs, &taken));
        // Samples count where their row begins.
        if range.contains(row.range.start) {
            samples.seen += row.samples.seen;
            samples.expected += row.samples.expected;
        }
        warnings.extend(
            row.warnings
                .iter()
                .filter(|warning| !warnings.contains(warning))
                .cloned()
                .collect::<Vec<_>>(),
        );
        spans = merge([spans, taken].concat());
    }
    runs.sort_unstable_by_key(|run| run.span);
    let runs = joined(runs);
    let first = newest.first().filter(|_| !spans.is_empty())?;
    Some(AvailabilityRow {
        id: 0,
        component_id: first.component_id,
        component_name: first.component_name.clone(),
        kind: RowKind::Day,
        range,
        timezone: zone.name().to_owned(),
        definitions: first.definitions,
        indicator: MeasuredBy::common(newest.iter().map(|row| &row.indicator)),
        account: TimeAccount::of(&spans, &runs),
        excluded_ms: 0,
        corrections_until: None,
        samples,
        step_s: first.step_s,
        measured_at: now,
        tzdata: first.tzdata.clone(),
        warnings,
        spans,
        runs,
    })
}
