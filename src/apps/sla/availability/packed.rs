//! The rows of a component and a month in one text, of which a report reads one for each component. Triggers count the rows that are added and
//! deleted, by whichever program; a text that was made before the last of them is not read, but the rows themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};

use super::measured_row::MeasuredRow;
use super::packed_store::{self, MonthText, PackedMonth};
use super::row::AvailabilityRow;
use super::{row_line, store};
use crate::apps::grouped::grouped;
use crate::apps::sla::promised_then::promised::Definitions;
use crate::audit::{self, Writer};
use crate::calculus::span::Span;
use crate::db::pool::Pool;
use crate::db::{Conn, Result};

/// Components of one transaction.
const COMPONENTS_MAX: usize = 200;

/// Up to this many components whose text cannot be used their rows are asked for by key; above, those of all are read.
const BY_KEY_MAX: usize = 2_000;

/// Further than the middle of a row is from the nearest instant of it that lies in a report of another zone, in seconds.
const MARGIN: i64 = 2 * 86_400;

/// What was measured of components in a span: of each its texts, or its rows if the texts lack some.
pub struct MeasuredComponents {
    definitions: Definitions,
    span: Span,
    /// By component and month.
    texts: Vec<MonthText>,
    rows: HashMap<i64, Vec<MeasuredRow>>,
}

/// The texts of a component. They are equal if they say the same, of whichever components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ComponentTexts<'a>(&'a [MonthText]);

/// Texts of one kind of definitions, by month and component.
type PackedMonths = BTreeMap<(i64, i64), PackedMonth>;

/// Texts as they were before rows were added.
pub(super) struct TextsBefore(BTreeMap<Definitions, PackedMonths>);

/// Returns the month of an instant in UTC, as `202611`.
fn month_at(at: i64) -> i64 {
    DateTime::from_timestamp(at, 0).map_or(0, |at| i64::from(at.year()) * 100 + i64::from(at.month()))
}

/// Returns the month of a row, as the triggers have it.
fn month_of(range: Span) -> i64 {
    month_at((range.start + range.end) / 2)
}

/// Returns the first second of a month.
fn begin_of(month: i64) -> i64 {
    let (year, number) = (i32::try_from(month / 100), u32::try_from(month % 100));
    let first = year
        .ok()
        .zip(number.ok())
        .and_then(|(year, number)| NaiveDate::from_ymd_opt(year, number, 1));
    first.map_or(0, |day| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
}

/// Returns the months of the rows that may have a part in a span.
fn months_about(span: Span) -> Vec<i64> {
    let (first, last) = (month_at(span.start - MARGIN), month_at(span.end + MARGIN));
    (first..=last)
        .filter(|month| (1..=12).contains(&(month % 100)))
        .collect()
}

impl MeasuredComponents {
    /// Reads what was measured in a span of these components, or of all.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn read(conn: &mut Conn, definitions: Definitions, span: Span, ids: Option<&[i64]>) -> Result<Self> {
        let mut texts = packed_store::texts(conn, definitions, &months_about(span), span, ids)?;
        texts.sort_unstable_by_key(|text| (text.component_id, text.month));
        let stale = texts.iter().filter(|text| !text.is_whole());
        let stale: BTreeSet<i64> = stale.map(|text| text.component_id).collect();
        let rows = match stale.is_empty() {
            true => Vec::new(),
            false => {
                let ids: Vec<i64> = stale.iter().copied().collect();
                let by_key = (ids.len() <= BY_KEY_MAX).then_some(&ids[..]);
                store::between(conn, definitions, (span.start, span.end), by_key)?
            }
        };
        let rows = rows.iter().filter(|row| stale.contains(&row.component_id));
        Ok(Self {
            definitions,
            span,
            texts,
            rows: grouped(rows.map(|row| (row.component_id, MeasuredRow::from(row)))),
        })
    }

    /// Returns the texts of a component; none of one of which nothing was measured.
    #[must_use]
    pub fn texts(&self, id: i64) -> ComponentTexts<'_> {
        let first = self.texts.partition_point(|text| text.component_id < id);
        let of_it = self.texts[first..].iter().take_while(|text| text.component_id == id);
        ComponentTexts(&self.texts[first..first + of_it.count()])
    }

    /// Returns the rows of a component, by its texts or else from the database.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn rows(&self, conn: &mut Conn, id: i64) -> Result<Vec<MeasuredRow>> {
        match self.texts(id).rows(self.span) {
            Some(rows) => Ok(rows),
            None => self.stored_rows(conn, id),
        }
    }

    /// Returns the rows of a component whose texts cannot be used.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn stored_rows(&self, conn: &mut Conn, id: i64) -> Result<Vec<MeasuredRow>> {
        if !self.texts(id).are_whole() {
            return Ok(self.rows.get(&id).cloned().unwrap_or_default());
        }
        let rows = store::between(conn, self.definitions, (self.span.start, self.span.end), Some(&[id]))?;
        Ok(rows.iter().map(MeasuredRow::from).collect())
    }
}

impl ComponentTexts<'_> {
    /// Returns whether they have all rows.
    fn are_whole(self) -> bool {
        self.0.iter().all(MonthText::is_whole)
    }

    /// Reads the rows that have a part in a span; nothing if a text lacks rows or cannot be read, or if rows of two months overlap: the texts do
    /// not say which of them are newer.
    #[must_use]
    pub fn rows(self, span: Span) -> Option<Vec<MeasuredRow>> {
        if !self.are_whole() {
            return None;
        }
        let mut all: Vec<MeasuredRow> = Vec::new();
        for text in self.0 {
            let end = all.iter().map(|row| row.range.end).max().unwrap_or(i64::MIN);
            let order = all.last().map_or(0, |row| row.order);
            let before = all.len();
            row_line::read(&text.content, begin_of(text.month), order, &mut all).ok()?;
            if all[before..].iter().any(|row| row.range.start < end) {
                return None;
            }
        }
        all.retain(|row| row.range.intersection(&span).is_some());
        Some(all)
    }
}

/// Returns the texts of the months and components that rows belong to, which are not stored yet.
pub(super) fn before(conn: &mut Conn, rows: &[AvailabilityRow]) -> Result<TextsBefore> {
    let mut before = BTreeMap::new();
    for definitions in [Definitions::Then, Definitions::Now] {
        let rows = rows.iter().filter(|row| row.definitions == definitions);
        let keys: BTreeSet<(i64, i64)> = rows.map(|row| (month_of(row.range), row.component_id)).collect();
        let months: BTreeSet<i64> = keys.iter().map(|(month, _)| *month).collect();
        let ids: BTreeSet<i64> = keys.iter().map(|(_, id)| *id).collect();
        let (months, ids): (Vec<i64>, Vec<i64>) = (months.into_iter().collect(), ids.into_iter().collect());
        let known = packed_store::months(conn, definitions, &months, &ids)?.into_iter();
        let known = known.map(|packed| ((packed.month, packed.component_id), packed));
        before.insert(definitions, known.collect());
    }
    Ok(TextsBefore(before))
}

/// Adds rows that were stored, in their order, to the texts that had all rows before. The others are made anew.
pub(super) fn add(writer: &mut Writer<'_>, before: TextsBefore, rows: &[AvailabilityRow]) -> Result<()> {
    for (definitions, known) in before.0 {
        let mut added = PackedMonths::new();
        let mut behind: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.definitions == definitions) {
            let key = (month_of(row.range), row.component_id);
            let packed = added.entry(key).or_insert_with(|| {
                let known = known.get(&key).cloned();
                known.unwrap_or_else(|| PackedMonth {
                    definitions: definitions.as_str().to_owned(),
                    month: key.0,
                    component_id: key.1,
                    range_start: row.range.start,
                    range_end: row.range.end,
                    changes: 0,
                    packed: 0,
                    content: String::new(),
                })
            });
            packed.range_start = packed.range_start.min(row.range.start);
            packed.range_end = packed.range_end.max(row.range.end);
            packed.changes += 1;
            packed.packed += 1;
            packed
                .content
                .push_str(&row_line::of_row(&MeasuredRow::from(row), begin_of(key.0)));
        }
        added.retain(|(month, id), packed| {
            if !packed.is_whole() {
                behind.entry(*month).or_default().push(*id);
            }
            packed.is_whole()
        });
        let added: Vec<PackedMonth> = added.into_values().collect();
        packed_store::replace(writer, definitions, &added)?;
        for (month, ids) in behind {
            renew_month(writer, definitions, month, &ids)?;
        }
    }
    Ok(())
}

/// Makes the texts anew that lack rows or have some that were deleted, as after a migration, and returns how many there were. `goes_on` is
/// asked before each transaction.
///
/// # Errors
/// Those of [`crate::db`]; what was made before stays.
pub fn renew(pool: &Pool, now: NaiveDateTime, goes_on: &mut dyn FnMut() -> bool) -> Result<usize> {
    let behind = packed_store::behind(&mut *pool.get()?)?.into_iter();
    let behind = behind.filter_map(|(definitions, month, id)| Some(((Definitions::parse(&definitions)?, month), id)));
    let behind: BTreeMap<(Definitions, i64), Vec<i64>> = grouped(behind).into_iter().collect();
    let mut count = 0;
    for ((definitions, month), ids) in behind {
        for ids in ids.chunks(COMPONENTS_MAX) {
            if !goes_on() {
                return Ok(count);
            }
            audit::record(&mut *pool.get()?, store::KEY, now, |writer| {
                renew_month(writer, definitions, month, ids)
            })?;
            count += ids.len();
        }
    }
    Ok(count)
}

/// Makes the texts of components and a month anew.
fn renew_month(writer: &mut Writer<'_>, definitions: Definitions, month: i64, ids: &[i64]) -> Result<()> {
    // Before the rows: what another program changes meanwhile is counted behind it.
    let mut months = packed_store::months(writer.conn(), definitions, &[month], ids)?;
    let start = months.iter().map(|packed| packed.range_start).min();
    let end = months.iter().map(|packed| packed.range_end).max();
    let (Some(start), Some(end)) = (start, end) else {
        return Ok(());
    };
    let rows = store::between(writer.conn(), definitions, (start, end), Some(ids))?.into_iter();
    let rows = rows.filter(|row| month_of(row.range) == month);
    let mut rows = grouped(rows.map(|row| (row.component_id, row)));
    for packed in &mut months {
        let rows = rows.remove(&packed.component_id).unwrap_or_default().into_iter();
        let lines = rows.map(|row| row_line::of_row(&MeasuredRow::from(&row), begin_of(month)));
        packed.content = lines.collect();
        packed.packed = packed.changes;
    }
    packed_store::replace(writer, definitions, &months)
}
