//! What a list of components asks for: its rows, how many there are, and the counts beside its filters.

use diesel::dsl::{InnerJoinQuerySource, exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamp};

use super::model::ComponentRow;
use super::usage_store;
use crate::admin::model::ListQuery;
use crate::apps::sla::selecting::{flags, keys};
use crate::db::schema::{component, component_label, component_window, sla_window};
use crate::db::text::Spelling;
use crate::db::{Backend, Conn, Result, dialect};

type Query = component::BoxedQuery<'static, Backend>;

/// Narrows a boxed query from `$source`, in which there is the table of components, to the rows that a list wants. A macro, because
/// every boxed query has a type of its own.
macro_rules! narrowed {
    ($query:expr, $source:ty, $spelling:expr, $wanted:expr) => {{
        let (mut query, wanted): (_, &ListQuery) = ($query, $wanted);
        for term in &wanted.terms {
            query = query.filter($spelling.holds::<$source>(&SEARCHED, term));
        }
        if let Some(keys) = &wanted.keys {
            query = query.filter(component::id.eq_any(keys.clone()));
        }
        if let Some(values) = wanted.filter("enabled__exact") {
            query = match wanted.many {
                true => query.filter($spelling.unindexed::<Bool>("component.enabled").eq_any(flags(values))),
                false => query.filter(component::enabled.eq_any(flags(values))),
            };
        }
        if let Some(values) = wanted.filter("labels__id__exact") {
            let worn = diesel::alias!(component_label as worn);
            let wearing = worn.filter(worn.field(component_label::label_id).eq_any(keys(values)));
            query = match wanted.many {
                true => query.filter(exists(
                    wearing.filter(worn.field(component_label::component_id).eq(component::id)),
                )),
                false => query.filter(component::id.eq_any(wearing.select(worn.field(component_label::component_id)))),
            };
        }
        if let Some(values) = wanted.filter("windows__id__exact") {
            let used = diesel::alias!(component_window as used);
            let using = used.filter(used.field(component_window::window_id).eq_any(keys(values)));
            query = match wanted.many {
                true => query.filter(exists(
                    using.filter(used.field(component_window::component_id).eq(component::id)),
                )),
                false => query.filter(component::id.eq_any(using.select(used.field(component_window::component_id)))),
            };
        }
        if let Some([value]) = wanted.filter("windows__isnull") {
            let used = diesel::alias!(component_window as promised);
            let enabled = sla_window::table.filter(sla_window::enabled.eq(true));
            let using = used
                .filter(used.field(component_window::component_id).eq(component::id))
                .filter(
                    used.field(component_window::window_id)
                        .eq_any(enabled.select(sla_window::id)),
                );
            query = match value.as_str() {
                "True" => query.filter(not(exists(using))),
                _ => query.filter(exists(using)),
            };
        }
        if let Some((from, to)) = wanted.between {
            query = match wanted.many && !wanted.sort.is_empty() {
                true => {
                    let created_at = || $spelling.unindexed::<Timestamp>("component.created_at");
                    query.filter(created_at().ge(from)).filter(created_at().lt(to))
                }
                false => query.filter(component::created_at.ge(from).and(component::created_at.lt(to))),
            };
        }
        for (_, from, to) in wanted.instants.iter().filter(|(key, ..)| *key == "updated_at") {
            let by_it = wanted.sort.first().is_some_and(|sort| sort.key == "updated_at");
            query = match wanted.many && !by_it {
                true => {
                    let updated_at = || $spelling.unindexed::<Timestamp>("component.updated_at");
                    query.filter(updated_at().ge(*from)).filter(updated_at().lt(*to))
                }
                false => query.filter(component::updated_at.ge(*from).and(component::updated_at.lt(*to))),
            };
        }
        for (_, from, to) in wanted.numbers.iter().filter(|(key, ..)| *key == "slo") {
            query = query.filter(component::slo_millipercent.between(whole(*from), whole(*to)));
        }
        query
    }};
}

/// Returns a number of a range as the column has it; beyond the column's numbers, its last.
fn whole(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

/// The columns that a search looks at.
const SEARCHED: [&str; 3] = ["component.name", "component.display_name", "component.description"];

/// Returns the rows that a list wants, in no order.
fn wanted_rows(spelling: Spelling, wanted: &ListQuery) -> Query {
    narrowed!(
        component::table.into_boxed::<Backend>(),
        component::table,
        spelling,
        wanted
    )
}

/// Returns how many rows a list has, counted no further than `limit`.
pub fn count(conn: &mut Conn, wanted: &ListQuery, limit: i64) -> Result<i64> {
    let is_by_links_alone = wanted.is_by_filters_alone();
    let count: i64 = match wanted.filters.as_slice() {
        // The links alone say how many; the components behind them need not be looked at.
        [("labels__id__exact", values)] if is_by_links_alone => component_label::table
            .filter(component_label::label_id.eq_any(keys(values)))
            .select(diesel::dsl::count(component_label::component_id).aggregate_distinct())
            .get_result(conn)?,
        [("windows__id__exact", values)] if is_by_links_alone => component_window::table
            .filter(component_window::window_id.eq_any(keys(values)))
            .select(diesel::dsl::count(component_window::component_id).aggregate_distinct())
            .get_result(conn)?,
        _ => wanted_rows(dialect::spelling(conn), &found_first(wanted))
            .count()
            .get_result(conn)?,
    };
    Ok(count.min(limit))
}

/// Returns the same rows, asked for by what finds them rather than in their order.
fn found_first(wanted: &ListQuery) -> ListQuery {
    ListQuery {
        many: false,
        ..wanted.clone()
    }
}

/// Returns rows of a list and when they were last changed, in its order. Each order of one column has an index.
pub fn select(
    conn: &mut Conn,
    wanted: &ListQuery,
    offset: i64,
    limit: i64,
) -> Result<Vec<(ComponentRow, chrono::NaiveDateTime)>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(wanted_rows(spelling, wanted), spelling, wanted);
    let query = query.offset(offset).limit(limit);
    Ok(query
        .select((ComponentRow::as_select(), component::updated_at))
        .load(conn)?)
}

/// Returns the rows in the order of the list.
fn ordered(mut query: Query, spelling: Spelling, wanted: &ListQuery) -> Query {
    for order in wanted.order() {
        query = match order {
            ("name", false) => query.then_order_by(spelling.folded("component.name").asc()),
            ("name", true) => query.then_order_by(spelling.folded("component.name").desc()),
            ("display_name", false) => query.then_order_by(spelling.folded("component.display_name").asc()),
            ("display_name", true) => query.then_order_by(spelling.folded("component.display_name").desc()),
            ("enabled", false) => query.then_order_by(component::enabled.asc()),
            ("enabled", true) => query.then_order_by(component::enabled.desc()),
            ("updated_at", false) => query.then_order_by(component::updated_at.asc()),
            ("updated_at", true) => query.then_order_by(component::updated_at.desc()),
            _ => query,
        };
    }
    if wanted.key_descends() {
        query.then_order_by(component::id.desc())
    } else {
        query.then_order_by(component::id.asc())
    }
}

/// Returns the keys of all rows of a list, in its order.
pub fn select_keys_in_order(conn: &mut Conn, wanted: &ListQuery) -> Result<Vec<i64>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(wanted_rows(spelling, wanted), spelling, wanted);
    Ok(query.select(component::id).load(conn)?)
}

/// Returns the keys of all rows of a list, at most `limit`.
pub fn select_keys(conn: &mut Conn, wanted: &ListQuery, limit: i64) -> Result<Vec<i64>> {
    // Asked for in no order, so that whichever index finds them is enough.
    let query = wanted_rows(dialect::spelling(conn), wanted);
    let mut keys: Vec<i64> = query.limit(limit).select(component::id).load(conn)?;
    keys.sort_unstable();
    Ok(keys)
}

/// Selects when the first or the last of the rows of a list was made.
pub fn select_date(conn: &mut Conn, wanted: &ListQuery, last: bool) -> Result<Option<chrono::NaiveDateTime>> {
    let by_date = ListQuery {
        sort: Vec::new(),
        ..wanted.clone()
    };
    let query = wanted_rows(dialect::spelling(conn), &by_date);
    let query = if last {
        query.order(component::created_at.desc())
    } else {
        query.order(component::created_at.asc())
    };
    Ok(query.select(component::created_at).first(conn).optional()?)
}

/// Returns how many rows of a list are enabled and how many are not.
pub fn count_by_enabled(conn: &mut Conn, wanted: &ListQuery) -> Result<Vec<(bool, i64)>> {
    let query = component::table
        .group_by(component::enabled)
        .select((component::enabled, diesel::dsl::count_star()))
        .into_boxed::<Backend>();
    let query = narrowed!(query, component::table, dialect::spelling(conn), wanted);
    Ok(query.load(conn)?)
}

/// Returns how many rows of a list have no enabled window and how many have one, as the filter's values.
pub fn count_by_windows(conn: &mut Conn, wanted: &ListQuery) -> Result<Vec<(String, i64)>> {
    let mut without = wanted.clone();
    without.filters.push(("windows__isnull", vec!["True".to_owned()]));
    let without = count(conn, &without, i64::MAX)?;
    let with = count(conn, wanted, i64::MAX)? - without;
    Ok(vec![("True".to_owned(), without), ("False".to_owned(), with)])
}

/// Returns how many rows of a list wear each label.
pub fn count_by_label(conn: &mut Conn, wanted: &ListQuery) -> Result<Vec<(i64, i64)>> {
    type Source = InnerJoinQuerySource<component_label::table, component::table>;
    if wanted.is_everything() {
        return usage_store::count_all_by_label(conn);
    }
    let query = component_label::table
        .inner_join(component::table)
        .group_by(component_label::label_id)
        .select((component_label::label_id, diesel::dsl::count_star()))
        .into_boxed::<Backend>();
    let query = narrowed!(query, Source, dialect::spelling(conn), wanted);
    Ok(query.load(conn)?)
}

/// Returns how many rows of a list use each window.
pub fn count_by_window(conn: &mut Conn, wanted: &ListQuery) -> Result<Vec<(i64, i64)>> {
    type Source = InnerJoinQuerySource<component_window::table, component::table>;
    if wanted.is_everything() {
        return usage_store::count_all_by_window(conn);
    }
    let query = component_window::table
        .inner_join(component::table)
        .group_by(component_window::window_id)
        .select((component_window::window_id, diesel::dsl::count_star()))
        .into_boxed::<Backend>();
    let query = narrowed!(query, Source, dialect::spelling(conn), wanted);
    Ok(query.load(conn)?)
}
