//! The queries for what was odd about the newest measurements.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::row::RowKind;
use crate::apps::sla::promised_then::promised::Definitions;
use crate::calculus::span::Span;
use crate::db::schema::availability;
use crate::db::{Conn, Result};

/// Among how many of the newest rows those of one indicator are looked for: a page waits for it.
const NEWEST: i64 = 2_000;

/// A span of a component, as it was measured last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewestSpan {
    /// The component's name then.
    pub component: String,
    /// The key of the indicator.
    pub indicator: Option<i64>,
    /// When it was, in seconds.
    pub span: Span,
    /// Whether any sample came.
    pub is_seen: bool,
    /// What was odd, in sentences.
    pub warnings: Vec<String>,
}

/// The columns of [`NewestSpan`].
type Columns = (String, Option<i64>, i64, i64, i64, String);

const COLUMNS: (
    availability::component_name,
    availability::indicator_id,
    availability::range_start,
    availability::range_end,
    availability::samples_seen,
    availability::warnings,
) = (
    availability::component_name,
    availability::indicator_id,
    availability::range_start,
    availability::range_end,
    availability::samples_seen,
    availability::warnings,
);

fn newest((component, indicator, start, end, seen, warnings): Columns) -> NewestSpan {
    NewestSpan {
        component,
        indicator,
        span: Span { start, end },
        is_seen: seen > 0,
        // Those that cannot be read, as after an edit by hand, are named by the row itself where it is shown.
        warnings: serde_json::from_str(&warnings).unwrap_or_default(),
    }
}

/// Returns the newest spans about which an indicator was warned, the last one first.
///
/// # Errors
/// Those of [`crate::db`].
pub fn with_warnings(conn: &mut Conn, indicator: i64, limit: i64) -> Result<Vec<NewestSpan>> {
    let last: Option<i64> = availability::table
        .select(diesel::dsl::max(availability::id))
        .first(conn)?;
    let query = availability::table
        .filter(availability::id.gt(last.unwrap_or(0) - NEWEST))
        .filter(availability::kind.eq(RowKind::Span.as_str()))
        .filter(availability::indicator_id.eq(indicator))
        .filter(availability::warnings.ne("[]"))
        .order(availability::id.desc())
        .limit(limit);
    let rows: Vec<Columns> = query.select(COLUMNS).load(conn)?;
    Ok(rows.into_iter().map(newest).collect())
}

/// Returns the newest measurement of each component, of spans that were promised then and ended behind an instant.
///
/// # Errors
/// Those of [`crate::db`].
pub fn of_each_component(conn: &mut Conn, since: i64) -> Result<Vec<NewestSpan>> {
    let query = availability::table
        .filter(availability::definitions.eq(Definitions::Then.as_str()))
        .filter(availability::range_end.gt(since))
        .filter(availability::kind.eq(RowKind::Span.as_str()))
        .order((availability::range_end, availability::id));
    let rows: Vec<(i64, Columns)> = query.select((availability::component_id, COLUMNS)).load(conn)?;
    // The last one of each component stays.
    let spans: BTreeMap<i64, NewestSpan> = rows.into_iter().map(|(id, row)| (id, newest(row))).collect();
    Ok(spans.into_values().collect())
}
