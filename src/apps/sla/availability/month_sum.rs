//! Sums old days to months while the program serves. Of a month only what a report of it says is kept, corrections included: all of what was
//! promised then is part of it, so that nothing that was never measured is lost.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::NaiveDateTime;

use super::row::{AvailabilityRow, MeasuredBy, RowKind, SampleCount};
use super::{store, sum_store};
use crate::apps::sla::correction;
use crate::apps::sla::promised_then::promised::{Definitions, PromisedComponent};
use crate::apps::sla::promised_then::store::{DefinitionsState, definitions_state};
use crate::apps::sla::report::read::{PromisedReport, ReportQuery, TimedRow, timed};
use crate::audit::{self, Writer};
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::db::pool::Pool;
use crate::db::{Conn, Result, dialect};
use crate::zones::{self, Zone};

/// Only what was promised then becomes months: what is promised as defined now changes with each definition.
const DEFINITIONS: Definitions = Definitions::Then;

/// Components of one transaction.
const COMPONENTS_MAX: usize = 200;

/// How long one query of what was promised may take.
const QUERY_LIMIT: Duration = Duration::from_secs(600);

/// Sums the days of months that ended at or before `until`, by midnights of the zone of the days, and returns how many rows were replaced.
/// `goes_on` is asked before each transaction.
///
/// # Errors
/// Those of [`crate::db`]; what was summed before stays.
pub fn sum_months(pool: &Pool, until: i64, now: NaiveDateTime, goes_on: &mut dyn FnMut() -> bool) -> Result<usize> {
    let mut count = 0;
    loop {
        let mut replaced = 0;
        for DueMonth {
            period,
            zone,
            components,
        } in due_months(pool, until)?.into_values()
        {
            let query = ReportQuery {
                period,
                zone,
                definitions: DEFINITIONS,
                ids: Some(components.iter().copied().collect()),
            };
            let Some(span) = query.span() else { continue };
            let mut promised: Option<MonthPromise> = None;
            for portion in components.chunks(COMPONENTS_MAX) {
                if !goes_on() {
                    return Ok(count + replaced);
                }
                let conn = &mut *pool.get()?;
                let current = MonthPromise::current(promised.take(), conn, &query, span)?;
                replaced += audit::record(conn, store::KEY, now, |writer| {
                    sum_month(writer, &current, portion, (zone, span), now)
                })?;
                promised = Some(current);
            }
        }
        if replaced == 0 {
            return Ok(count);
        }
        count += replaced;
    }
}

/// A month whose days are summed.
struct DueMonth {
    period: Period,
    zone: Zone,
    /// Keys.
    components: Vec<i64>,
}

/// What was promised in a month, read once for all portions of its components.
struct MonthPromise {
    /// What was defined.
    state: DefinitionsState,
    /// By key.
    components: HashMap<i64, (PromisedComponent, Option<i32>)>,
}

impl MonthPromise {
    /// Returns what was promised as it is known now: what was read before, unless something was edited since.
    fn current(known: Option<Self>, conn: &mut Conn, query: &ReportQuery, span: Span) -> Result<Self> {
        let state = definitions_state(conn)?;
        if let Some(known) = known.filter(|known| known.state == state) {
            return Ok(known);
        }
        dialect::read_snapshot(conn, QUERY_LIMIT, |conn| {
            let state = definitions_state(conn)?;
            let components = PromisedReport::read(conn, query, span)?.components.into_iter();
            Ok(Self {
                state,
                components: components.map(|promised| (promised.0.id, promised)).collect(),
            })
        })
    }
}

/// Returns the first month that is due of each component and zone, the oldest first.
fn due_months(pool: &Pool, until: i64) -> Result<BTreeMap<(i64, String), DueMonth>> {
    let conn = &mut *pool.get()?;
    let mut due: BTreeMap<(i64, String), DueMonth> = BTreeMap::new();
    let mut days = sum_store::first_days(conn, DEFINITIONS, until)?;
    while !days.is_empty() {
        let months = months_of(std::mem::take(&mut days), until);
        for (
            (start, name),
            DueMonth {
                period,
                zone,
                components,
            },
        ) in months
        {
            let Some(span) = period.span(zone) else { continue };
            let overlapped = sum_store::overlapped(conn, DEFINITIONS, &components, span)?;
            let (kept, components): (Vec<i64>, Vec<i64>) =
                components.into_iter().partition(|id| overlapped.contains(id));
            // Those of months behind it may be due.
            days.extend(sum_store::first_days_from(
                conn,
                DEFINITIONS,
                (span.end, until),
                &name,
                &kept,
            )?);
            if !components.is_empty() {
                due.insert(
                    (start, name),
                    DueMonth {
                        period,
                        zone,
                        components,
                    },
                );
            }
        }
    }
    Ok(due)
}

/// Returns the months of the first days of components, as far as they ended at or before `until`.
fn months_of(days: Vec<(i64, String, Option<i64>)>, until: i64) -> BTreeMap<(i64, String), DueMonth> {
    let mut due: BTreeMap<(i64, String), DueMonth> = BTreeMap::new();
    for (component, name, start) in days {
        // Zone data may have lost the name since.
        let zone = zones::parse(&name).unwrap_or_else(|_| Zone::utc());
        let Some(start) = start else { continue };
        let period = Period::containing(PeriodKind::Month, zone.local_at(start).date());
        if let Some(span) = period.span(zone).filter(|span| span.end <= until) {
            let month = due.entry((span.start, name)).or_insert_with(|| DueMonth {
                period,
                zone,
                components: Vec::new(),
            });
            month.components.push(component);
        }
    }
    due
}

/// Replaces the rows of components that lie in a month by their sums, and returns how many there were. Components that have a month of another
/// zone which overlaps this one keep their days: two sums would have the same time.
fn sum_month(
    writer: &mut Writer<'_>,
    promised: &MonthPromise,
    ids: &[i64],
    (zone, span): (Zone, Span),
    now: NaiveDateTime,
) -> Result<usize> {
    let conn = writer.conn();
    let overlapped = sum_store::overlapped(conn, DEFINITIONS, ids, span)?;
    let ids: Vec<i64> = ids.iter().copied().filter(|id| !overlapped.contains(id)).collect();
    let corrections_until = correction::store::last_key(conn)?;
    let components: Vec<&(PromisedComponent, Option<i32>)> =
        ids.iter().filter_map(|id| promised.components.get(id)).collect();
    let at = (span, now.and_utc().timestamp());
    let timed: HashMap<i64, TimedRow> = timed(conn, DEFINITIONS, &components, at, false)?
        .into_iter()
        .map(|timed| (timed.row.id, timed))
        .collect();
    let mut rows: BTreeMap<i64, Vec<AvailabilityRow>> = BTreeMap::new();
    for row in store::between(conn, DEFINITIONS, (span.start, span.end), Some(&ids))? {
        if span.start <= row.range.start && row.range.end <= span.end {
            rows.entry(row.component_id).or_default().push(row);
        }
    }
    let sums = rows.values().filter_map(|rows| {
        let sum = month_row(rows, timed.get(&rows.first()?.component_id)?, (zone, span), now)?;
        Some(AvailabilityRow {
            corrections_until: Some(corrections_until),
            ..sum
        })
    });
    let sums: Vec<AvailabilityRow> = sums.collect();
    let summed: BTreeSet<i64> = sums.iter().map(|row| row.component_id).collect();
    let replaced = rows.values().flatten().filter(|row| summed.contains(&row.component_id));
    let replaced: Vec<i64> = replaced.map(|row| row.id).collect();
    store::append(writer, &sums)?;
    sum_store::delete(writer, &replaced)?;
    Ok(replaced.len())
}

/// Returns the row of a month of one component; nothing without rows.
fn month_row(
    rows: &[AvailabilityRow],
    timed: &TimedRow,
    (zone, range): (Zone, Span),
    now: NaiveDateTime,
) -> Option<AvailabilityRow> {
    let newest = rows.last()?;
    let attainment = &timed.row.attainment;
    let mut warnings: Vec<String> = Vec::new();
    for warning in rows.iter().flat_map(|row| &row.warnings) {
        if !warnings.contains(warning) {
            warnings.push(warning.clone());
        }
    }
    Some(AvailabilityRow {
        id: 0,
        component_id: newest.component_id,
        component_name: newest.component_name.clone(),
        kind: RowKind::Month,
        range,
        timezone: zone.name().to_owned(),
        definitions: DEFINITIONS,
        indicator: MeasuredBy::common(rows.iter().rev().map(|row| &row.indicator)),
        account: attainment.account(),
        excluded_ms: attainment.excluded(),
        corrections_until: None,
        samples: SampleCount {
            seen: rows.iter().map(|row| row.samples.seen).sum(),
            expected: rows.iter().map(|row| row.samples.expected).sum(),
        },
        step_s: newest.step_s,
        measured_at: now,
        tzdata: newest.tzdata.clone(),
        warnings,
        spans: Vec::new(),
        runs: Vec::new(),
    })
}
