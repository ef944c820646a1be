//! The queries by which old rows are summed. The database refuses to delete a row whose time no sum has.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::row::RowKind;
use crate::apps::sla::promised_then::promised::Definitions;
use crate::apps::sla::selecting::in_portions;
use crate::audit::Writer;
use crate::calculus::span::Span;
use crate::db::schema::availability;
use crate::db::{Conn, Result};

/// Component, zone and beginning of a sum of a day.
type FirstDay = (i64, String, Option<i64>);

/// Returns component and definitions of spans that end at or before an instant.
///
/// # Errors
/// Those of [`crate::db`].
pub fn components_before(conn: &mut Conn, until: i64) -> Result<Vec<(i64, Definitions)>> {
    let query = availability::table
        .filter(availability::kind.eq(RowKind::Span.as_str()))
        .filter(availability::range_end.le(until))
        .select((availability::component_id, availability::definitions))
        .distinct()
        .order((availability::component_id, availability::definitions));
    let found: Vec<(i64, String)> = query.load(conn)?;
    let known = found.into_iter();
    Ok(known
        .filter_map(|(component, definitions)| Some((component, Definitions::parse(&definitions)?)))
        .collect())
}

/// Returns the beginning of the first span of a component.
///
/// # Errors
/// Those of [`crate::db`].
pub fn first_start(conn: &mut Conn, component: i64, definitions: Definitions) -> Result<Option<i64>> {
    let query = availability::table
        .filter(availability::component_id.eq(component))
        .filter(availability::definitions.eq(definitions.as_str()))
        .filter(availability::kind.eq(RowKind::Span.as_str()));
    Ok(query.select(diesel::dsl::min(availability::range_start)).first(conn)?)
}

/// Deletes rows that sums have.
///
/// # Errors
/// A violation when no sum has the time of one, and the others of [`crate::db`].
pub fn delete(writer: &mut Writer<'_>, ids: &[i64]) -> Result<()> {
    in_portions(ids, |ids| {
        diesel::delete(availability::table.filter(availability::id.eq_any(ids))).execute(writer.conn())?;
        Ok(Vec::<()>::new())
    })?;
    Ok(())
}

/// Returns the zone and the beginning of the first sum of a day of each component and zone, of those that end at or before an instant.
///
/// # Errors
/// Those of [`crate::db`].
pub fn first_days(conn: &mut Conn, definitions: Definitions, until: i64) -> Result<Vec<FirstDay>> {
    let query = availability::table
        .filter(availability::kind.eq(RowKind::Day.as_str()))
        .filter(availability::definitions.eq(definitions.as_str()))
        .filter(availability::range_end.le(until))
        .group_by((availability::component_id, availability::timezone))
        .select((
            availability::component_id,
            availability::timezone,
            diesel::dsl::min(availability::range_start),
        ));
    Ok(query.load(conn)?)
}

/// Returns the same of these components and one zone, of days from an instant on.
///
/// # Errors
/// Those of [`crate::db`].
pub fn first_days_from(
    conn: &mut Conn,
    definitions: Definitions,
    (from, until): (i64, i64),
    zone: &str,
    components: &[i64],
) -> Result<Vec<FirstDay>> {
    in_portions(components, |components| {
        let query = availability::table
            .filter(availability::component_id.eq_any(components))
            .filter(availability::kind.eq(RowKind::Day.as_str()))
            .filter(availability::definitions.eq(definitions.as_str()))
            .filter(availability::timezone.eq(zone))
            .filter(availability::range_start.ge(from))
            .filter(availability::range_end.gt(from))
            .filter(availability::range_end.le(until))
            .group_by((availability::component_id, availability::timezone))
            .select((
                availability::component_id,
                availability::timezone,
                diesel::dsl::min(availability::range_start),
            ));
        Ok(query.load(conn)?)
    })
}

/// Returns which of these components have the sum of another month that overlaps a span.
///
/// # Errors
/// Those of [`crate::db`].
pub fn overlapped(conn: &mut Conn, definitions: Definitions, components: &[i64], span: Span) -> Result<BTreeSet<i64>> {
    let found = in_portions(components, |components| {
        let query = availability::table
            .filter(availability::component_id.eq_any(components))
            .filter(availability::kind.eq(RowKind::Month.as_str()))
            .filter(availability::definitions.eq(definitions.as_str()))
            .filter(availability::range_end.gt(span.start))
            .filter(availability::range_start.lt(span.end))
            .filter(
                availability::range_start
                    .ne(span.start)
                    .or(availability::range_end.ne(span.end)),
            );
        Ok(query.select(availability::component_id).load(conn)?)
    })?;
    Ok(found.into_iter().collect())
}

/// A month of which only the sum is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = availability)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct SummedMonth {
    pub component_id: i64,
    pub range_start: i64,
    pub range_end: i64,
    pub timezone: String,
    pub corrections_until: Option<i64>,
}

/// Returns the months of which only sums are kept and that have a part from an instant to before another.
///
/// # Errors
/// Those of [`crate::db`].
pub fn months_touching(conn: &mut Conn, (from, to): (i64, i64)) -> Result<Vec<SummedMonth>> {
    let query = availability::table
        .filter(availability::kind.eq(RowKind::Month.as_str()))
        .filter(availability::definitions.eq(Definitions::Then.as_str()))
        .filter(availability::range_end.gt(from))
        .filter(availability::range_start.lt(to))
        .order((availability::range_start, availability::component_id));
    Ok(query.select(SummedMonth::as_select()).load(conn)?)
}
