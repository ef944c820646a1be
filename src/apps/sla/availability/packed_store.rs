//! The queries for rows that are kept in one text.

use std::hash::{Hash, Hasher};

use diesel::prelude::*;

use crate::apps::sla::promised_then::promised::Definitions;
use crate::apps::sla::selecting::in_portions;
use crate::audit::Writer;
use crate::calculus::span::Span;
use crate::db::schema::packed_availability;
use crate::db::{Conn, Result, dialect};

/// The rows of a component and a month.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = packed_availability)]
pub(super) struct PackedMonth {
    pub(super) definitions: String,
    pub(super) month: i64,
    pub(super) component_id: i64,
    pub(super) range_start: i64,
    pub(super) range_end: i64,
    pub(super) changes: i64,
    pub(super) packed: i64,
    pub(super) content: String,
}

/// The text of a component and a month. Two are equal if they say the same, of whichever components.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = packed_availability)]
pub(super) struct MonthText {
    pub(super) component_id: i64,
    pub(super) month: i64,
    changes: i64,
    packed: i64,
    pub(super) content: String,
}

impl PackedMonth {
    /// Returns whether the text has all rows.
    pub(super) fn is_whole(&self) -> bool {
        self.packed == self.changes
    }
}

impl MonthText {
    /// Returns whether the text has all rows.
    pub(super) fn is_whole(&self) -> bool {
        self.packed == self.changes
    }

    /// Returns what makes two equal.
    fn said(&self) -> (i64, bool, &str) {
        (self.month, self.is_whole(), &self.content)
    }
}

impl PartialEq for MonthText {
    fn eq(&self, other: &Self) -> bool {
        self.said() == other.said()
    }
}

impl Eq for MonthText {}

impl Hash for MonthText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.said().hash(state);
    }
}

/// Returns the months of these components.
pub(super) fn months(
    conn: &mut Conn,
    definitions: Definitions,
    months: &[i64],
    ids: &[i64],
) -> Result<Vec<PackedMonth>> {
    in_portions(ids, |ids| {
        let query = packed_availability::table
            .filter(packed_availability::definitions.eq(definitions.as_str()))
            .filter(packed_availability::month.eq_any(months.to_vec()))
            .filter(packed_availability::component_id.eq_any(ids));
        Ok(query.select(PackedMonth::as_select()).load(conn)?)
    })
}

/// Returns the texts of months whose rows have a part in a span, of these components or of all.
pub(super) fn texts(
    conn: &mut Conn,
    definitions: Definitions,
    months: &[i64],
    span: Span,
    ids: Option<&[i64]>,
) -> Result<Vec<MonthText>> {
    let query = || {
        packed_availability::table
            .filter(packed_availability::definitions.eq(definitions.as_str()))
            .filter(packed_availability::month.eq_any(months.to_vec()))
            .filter(packed_availability::range_start.lt(span.end))
            .filter(packed_availability::range_end.gt(span.start))
            .select(MonthText::as_select())
    };
    match ids {
        None => Ok(query().load(conn)?),
        Some(ids) => in_portions(ids, |ids| {
            Ok(query()
                .filter(packed_availability::component_id.eq_any(ids))
                .load(conn)?)
        }),
    }
}

/// Returns definitions, month and component of the texts that lack rows or have some that were deleted, in this order.
pub(super) fn behind(conn: &mut Conn) -> Result<Vec<(String, i64, i64)>> {
    let key = (
        packed_availability::definitions,
        packed_availability::month,
        packed_availability::component_id,
    );
    let query = packed_availability::table.filter(packed_availability::packed.ne(packed_availability::changes));
    Ok(query.select(key).order(key).load(conn)?)
}

/// Stores months of one kind of definitions in place of what is stored of them.
pub(super) fn replace(writer: &mut Writer<'_>, definitions: Definitions, replaced: &[PackedMonth]) -> Result<()> {
    for of_month in replaced.chunk_by(|one, other| one.month == other.month) {
        let Some(first) = of_month.first() else { continue };
        let ids: Vec<i64> = of_month.iter().map(|packed| packed.component_id).collect();
        in_portions(&ids, |ids| {
            let known = packed_availability::table
                .filter(packed_availability::definitions.eq(definitions.as_str()))
                .filter(packed_availability::month.eq(first.month))
                .filter(packed_availability::component_id.eq_any(ids));
            diesel::delete(known).execute(writer.conn())?;
            Ok(Vec::<()>::new())
        })?;
    }
    dialect::insert_rows!(writer.conn(), packed_availability::table, replaced)
}
