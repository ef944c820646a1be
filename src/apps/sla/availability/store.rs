//! The queries for what was measured: one adds, none changes.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::dsl::{max, min};
use diesel::prelude::*;

use super::row::{AvailabilityRow, MeasuredBy, RowKind, SampleCount};
use super::{packed, row_text};
use crate::apps::sla::promised_then::promised::Definitions;
use crate::apps::sla::selecting::in_portions;
use crate::audit::Writer;
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::attainment::run::Run;
use crate::calculus::span::{Span, intersections, merge, without};
use crate::db::schema::availability;
use crate::db::{Conn, Result, dialect};

/// By which transactions that add rows wait for each other.
pub const KEY: &str = "availability";

/// Rows that one INSERT carries: SQLite takes 32,766 values.
const INSERTED_MAX: usize = 1_000;

/// Longer than any row, in seconds: a month in which the clocks go back.
const ROW_LENGTH_MAX: i64 = 32 * 86_400;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = availability, treat_none_as_default_value = false)]
struct StoredAvailability {
    #[diesel(skip_insertion)]
    id: i64,
    component_id: i64,
    component_name: String,
    kind: String,
    range_start: i64,
    range_end: i64,
    timezone: String,
    definitions: String,
    indicator_id: Option<i64>,
    indicator_name: String,
    indicator_version: Option<i64>,
    up_ms: i64,
    down_ms: i64,
    unknown_ms: i64,
    excluded_ms: i64,
    samples_seen: i64,
    samples_expected: i64,
    step_s: i64,
    measured_at: NaiveDateTime,
    tzdata: String,
    warnings: String,
    spans: String,
    runs: String,
    corrections_until: Option<i64>,
}

impl From<&AvailabilityRow> for StoredAvailability {
    fn from(row: &AvailabilityRow) -> Self {
        let start = row.range.start.saturating_mul(1_000);
        let spans = match row.kind {
            RowKind::Span | RowKind::Month => String::new(),
            RowKind::Day => row_text::of_spans(&row.spans, start),
        };
        Self {
            id: row.id,
            component_id: row.component_id,
            component_name: row.component_name.clone(),
            kind: row.kind.as_str().to_owned(),
            range_start: row.range.start,
            range_end: row.range.end,
            timezone: row.timezone.clone(),
            definitions: row.definitions.as_str().to_owned(),
            indicator_id: row.indicator.id,
            indicator_name: row.indicator.name.clone(),
            indicator_version: row.indicator.version,
            up_ms: row.account.up(),
            down_ms: row.account.down(),
            unknown_ms: row.account.unknown(),
            excluded_ms: row.excluded_ms,
            samples_seen: row.samples.seen,
            samples_expected: row.samples.expected,
            step_s: row.step_s,
            measured_at: row.measured_at,
            tzdata: row.tzdata.clone(),
            warnings: serde_json::Value::from(row.warnings.clone()).to_string(),
            spans,
            runs: row_text::of_runs(&row.runs, start),
            corrections_until: row.corrections_until,
        }
    }
}

impl StoredAvailability {
    /// Returns the row as a value. One that cannot be read, as after an edit by hand, says that nothing is known, and why.
    fn read(self) -> AvailabilityRow {
        let kind = RowKind::parse(&self.kind).unwrap_or(RowKind::Span);
        let range = Span {
            start: self.range_start,
            end: self.range_end,
        };
        let whole = range.in_milliseconds();
        let mut warnings: Vec<String> = serde_json::from_str(&self.warnings).unwrap_or_else(|error| {
            vec![format!(
                "the warnings of row {} of what was measured cannot be read: {error}",
                self.id
            )]
        });
        let spans = match kind {
            RowKind::Span => Ok(vec![whole]),
            RowKind::Day => row_text::spans(&self.spans, whole.start),
            RowKind::Month => Ok(Vec::new()),
        };
        let total = self.up_ms.saturating_add(self.down_ms).saturating_add(self.unknown_ms);
        let account = TimeAccount::from_parts(self.up_ms, self.down_ms, self.unknown_ms, total);
        let read = spans.and_then(|spans| {
            let account = account.ok_or_else(|| "its parts are no parts of it".to_owned())?;
            Ok((account, spans, row_text::runs(&self.runs, whole.start)?))
        });
        let (account, spans, runs) = read.unwrap_or_else(|reason| {
            warnings.push(format!("row {} of what was measured cannot be read: {reason}", self.id));
            let runs = vec![Run {
                span: whole,
                share: None,
            }];
            (TimeAccount::of_unknown(&[whole]), vec![whole], runs)
        });
        AvailabilityRow {
            id: self.id,
            component_id: self.component_id,
            component_name: self.component_name,
            kind,
            range,
            timezone: self.timezone,
            definitions: Definitions::parse(&self.definitions).unwrap_or(Definitions::Then),
            indicator: MeasuredBy {
                id: self.indicator_id,
                name: self.indicator_name,
                version: self.indicator_version,
            },
            account,
            excluded_ms: self.excluded_ms,
            corrections_until: self.corrections_until,
            samples: SampleCount {
                seen: self.samples_seen,
                expected: self.samples_expected,
            },
            step_s: self.step_s,
            measured_at: self.measured_at,
            tzdata: self.tzdata,
            warnings,
            spans,
            runs,
        }
    }
}

/// Adds rows, and adds them to the texts that reports read.
///
/// # Errors
/// Those of [`crate::db`].
pub fn append(writer: &mut Writer<'_>, rows: &[AvailabilityRow]) -> Result<()> {
    let before = packed::before(writer.conn(), rows)?;
    let stored: Vec<StoredAvailability> = rows.iter().map(StoredAvailability::from).collect();
    dialect::insert_rows!(writer.conn(), availability::table, stored, INSERTED_MAX)?;
    packed::add(writer, before, rows)
}

/// Returns the rows that have a part in `[from, to)`, of these components or of all, older ones first: also those that newer ones replace.
///
/// # Errors
/// Those of [`crate::db`].
pub fn between(
    conn: &mut Conn,
    definitions: Definitions,
    (from, to): (i64, i64),
    ids: Option<&[i64]>,
) -> Result<Vec<AvailabilityRow>> {
    let query = || {
        availability::table
            .filter(availability::definitions.eq(definitions.as_str()))
            .filter(availability::range_end.gt(from))
            .filter(availability::range_end.le(to.saturating_add(ROW_LENGTH_MAX)))
            .filter(availability::range_start.lt(to))
            .select(StoredAvailability::as_select())
    };
    let mut rows: Vec<StoredAvailability> = match ids {
        None => query().load(conn)?,
        Some(ids) => in_portions(ids, |ids| {
            Ok(query().filter(availability::component_id.eq_any(ids)).load(conn)?)
        })?,
    };
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows.into_iter().map(StoredAvailability::read).collect())
}

/// Component, start and end of a row.
pub type RowRange = (i64, i64, i64);

/// Returns from when to when rows of these components are; nothing of those without any.
pub fn measured_ranges(conn: &mut Conn, components: &[i64]) -> Result<Vec<(i64, (i64, i64))>> {
    let query = availability::table
        .filter(availability::component_id.eq_any(components.to_vec()))
        .group_by(availability::component_id);
    let columns = (
        availability::component_id,
        min(availability::range_start),
        max(availability::range_end),
    );
    let rows: Vec<(i64, Option<i64>, Option<i64>)> = query.select(columns).load(conn)?;
    let ranges = rows.into_iter().filter_map(|(id, from, to)| Some((id, (from?, to?))));
    Ok(ranges.collect())
}

/// Returns which spans that end in `(from, to]` have a row.
///
/// # Errors
/// Those of [`crate::db`].
pub fn measured_spans(conn: &mut Conn, definitions: Definitions, (from, to): (i64, i64)) -> Result<Vec<RowRange>> {
    let query = availability::table
        .filter(availability::definitions.eq(definitions.as_str()))
        .filter(availability::kind.eq(RowKind::Span.as_str()))
        .filter(availability::range_end.gt(from))
        .filter(availability::range_end.le(to))
        .select((
            availability::component_id,
            availability::range_start,
            availability::range_end,
        ));
    Ok(query.load(conn)?)
}

/// Returns what sums have of the time from an instant to another, by component, in milliseconds: the promised time of days, and months as a
/// whole.
///
/// # Errors
/// Those of [`crate::db`].
pub fn summed_time(conn: &mut Conn, definitions: Definitions, (from, to): (i64, i64)) -> Result<SummedTime> {
    let query = availability::table
        .filter(availability::definitions.eq(definitions.as_str()))
        .filter(availability::kind.ne(RowKind::Span.as_str()))
        .filter(availability::range_end.gt(from))
        .filter(availability::range_end.le(to.saturating_add(ROW_LENGTH_MAX)))
        .filter(availability::range_start.lt(to));
    let rows: Vec<StoredAvailability> = query.select(StoredAvailability::as_select()).load(conn)?;
    let mut summed = SummedTime::default();
    for row in rows.into_iter().map(StoredAvailability::read) {
        match row.kind {
            RowKind::Month => summed
                .months
                .entry(row.component_id)
                .or_default()
                .push(row.range.in_milliseconds()),
            RowKind::Span | RowKind::Day => summed.days.entry(row.component_id).or_default().extend(row.spans),
        }
    }
    let lists = summed.days.values_mut().chain(summed.months.values_mut());
    lists.for_each(|spans| *spans = merge(std::mem::take(spans)));
    Ok(summed)
}

/// What sums have, by the keys of components.
#[derive(Clone, Debug, Default)]
pub struct SummedTime {
    /// The promised time of days, merged.
    pub days: HashMap<i64, Vec<Span>>,
    /// Months, merged.
    pub months: HashMap<i64, Vec<Span>>,
}

impl SummedTime {
    /// Returns whether a span of a component, in milliseconds, is part of sums of days.
    #[must_use]
    pub fn has_in_days(&self, component: i64, span: Span) -> bool {
        let days = self.days.get(&component);
        days.is_some_and(|days| without(&[span], days).is_empty())
    }

    /// Returns whether a span of a component, in milliseconds, has a part in a month of which only the sum is kept.
    #[must_use]
    pub fn has_in_months(&self, component: i64, span: Span) -> bool {
        let months = self.months.get(&component);
        months.is_some_and(|months| !intersections(months, &[span]).is_empty())
    }
}
