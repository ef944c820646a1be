//! The queries for what a report that was made still holds by.

use std::collections::BTreeSet;

use diesel::dsl::max;
use diesel::prelude::*;

use crate::apps::sla::promised_then::promised::Definitions;
use crate::apps::sla::promised_then::store::{DefinitionsState, definitions_state};
use crate::calculus::span::Span;
use crate::db::schema::availability;
use crate::db::{Conn, Result};

/// Returns the state that a connection sees, and the key of the last row of what was measured.
pub(super) fn state(conn: &mut Conn) -> Result<(DefinitionsState, i64)> {
    let state = definitions_state(conn)?;
    let measured: Option<i64> = availability::table.select(max(availability::id)).first(conn)?;
    Ok((state, measured.unwrap_or(0)))
}

/// Returns the components of which anything of a span was measured behind the row of this key.
pub(super) fn measured_since(
    conn: &mut Conn,
    definitions: Definitions,
    span: Span,
    after: i64,
) -> Result<BTreeSet<i64>> {
    let query = availability::table
        .filter(availability::id.gt(after))
        .filter(availability::definitions.eq(definitions.as_str()))
        .filter(availability::range_start.lt(span.end))
        .filter(availability::range_end.gt(span.start));
    let ids: Vec<i64> = query.select(availability::component_id).load(conn)?;
    Ok(ids.into_iter().collect())
}
