//! The queries by which old rows are summed. The database refuses to delete a row whose time no sum has.

use diesel::prelude::*;

use super::row::RowKind;
use crate::apps::sla::promised_then::promised::Definitions;
use crate::apps::sla::selecting::in_portions;
use crate::audit::Writer;
use crate::db::schema::availability;
use crate::db::{Conn, Result};

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
