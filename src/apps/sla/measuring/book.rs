//! The booking: what was read of a span becomes rows, in one transaction, and nothing that is known already.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use super::due::DueSpan;
use super::measure::Readings;
use crate::apps::sla::availability::row::{AvailabilityRow, MeasuredBy, RowKind};
use crate::apps::sla::availability::store;
use crate::apps::sla::promised_then::promised::Definitions;
use crate::audit;
use crate::calculus::attainment::account::TimeAccount;
use crate::db::{Conn, Result};

/// What a measurement is made by, beside what is measured.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// What counts as promised.
    pub definitions: Definitions,
    /// When it is measured, UTC.
    pub now: NaiveDateTime,
    /// The release of the time zone data.
    pub tzdata: String,
}

/// How many rows a booking added and how many it left as they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Booked {
    /// Rows that are new.
    pub added: usize,
    /// Spans of which the same was known already.
    pub same: usize,
    /// Spans with unknown time.
    pub with_unknown: usize,
    /// Spans with warnings.
    pub with_warnings: usize,
}

impl std::ops::AddAssign for Booked {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.same += other.same;
        self.with_unknown += other.with_unknown;
        self.with_warnings += other.with_warnings;
    }
}

/// Books what was read of the components of a span.
///
/// # Errors
/// Those of [`crate::db`]; nothing is booked then.
pub fn book(conn: &mut Conn, circumstances: &Circumstances, due: &DueSpan, readings: Readings) -> Result<Booked> {
    let rows = rows(circumstances, due, readings);
    let ids: Vec<i64> = rows.iter().map(|row| row.component_id).collect();
    audit::record(conn, store::KEY, circumstances.now, |writer| {
        let range = (due.span.start, due.span.end);
        let known = store::between(writer.conn(), circumstances.definitions, range, Some(&ids))?;
        // Older rows come first, so that the newest of each span stays.
        let newest: HashMap<i64, AvailabilityRow> = known
            .into_iter()
            .filter(|row| row.kind == RowKind::Span && row.range == due.span)
            .map(|row| (row.component_id, row))
            .collect();
        let is_known = |row: &AvailabilityRow| {
            newest
                .get(&row.component_id)
                .is_some_and(|known| known.says_the_same(row))
        };
        let mut booked = Booked {
            with_unknown: rows.iter().filter(|row| row.account.unknown() > 0).count(),
            with_warnings: rows.iter().filter(|row| !row.warnings.is_empty()).count(),
            ..Booked::default()
        };
        let (same, new): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_known);
        (booked.added, booked.same) = (new.len(), same.len());
        store::append(writer, &new)?;
        Ok(booked)
    })
}

fn rows(circumstances: &Circumstances, due: &DueSpan, readings: Readings) -> Vec<AvailabilityRow> {
    let spans = vec![due.span.in_milliseconds()];
    let rows = readings.into_iter().filter_map(|(place, reading)| {
        let component = due.components.get(place)?;
        Some(AvailabilityRow {
            id: 0,
            component_id: component.id,
            component_name: component.name.clone(),
            kind: RowKind::Span,
            range: due.span,
            timezone: due.zone.name().to_owned(),
            definitions: circumstances.definitions,
            indicator: MeasuredBy {
                id: Some(due.indicator.id),
                name: due.indicator.name.clone(),
                version: Some(due.indicator.version),
            },
            account: TimeAccount::of(&spans, &reading.runs),
            excluded_ms: 0,
            corrections_until: None,
            samples: reading.samples,
            step_s: due.indicator.step_s,
            measured_at: circumstances.now,
            tzdata: circumstances.tzdata.clone(),
            warnings: reading.warnings,
            spans: spans.clone(),
            runs: reading.runs,
        })
    });
    rows.collect()
}
