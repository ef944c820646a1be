//! What a list of components asks for: its rows, how many there are, and the counts beside its filters.

use chrono::NaiveDateTime;
use diesel::dsl::{InnerJoinQuerySource, exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamp};

use super::list::{ComponentFilter, ComponentNumber, ComponentOrder, ComponentPeriod};
use super::model::ComponentRow;
use super::state::ComponentState;
use super::usage_store;
use crate::admin::model::ListQuery;
use crate::apps::list_key::ListKey;
use crate::apps::sla::properties;
use crate::apps::sla::selecting::{flags, keys};
use crate::db::schema::{component, component_label, component_window, sla_window};
use crate::db::search_text::Spelling;
use crate::db::{Backend, Conn, Result, dialect};

type ComponentQuery = component::BoxedQuery<'static, Backend>;

/// Narrows a boxed query from `$source`, in which there is the table of components, to the rows that a list wants. A macro, because
/// every boxed query has a type of its own.
macro_rules! narrowed {
    ($query:expr, $source:ty, $spelling:expr, $wanted:expr) => {{
        let (mut query, wanted): (_, &ListQuery) = ($query, $wanted);
        for term in &wanted.terms {
            query = query.filter($spelling.holds::<$source>(&searched_columns(), term));
        }
        if let Some(keys) = &wanted.keys {
            query = query.filter(component::id.eq_any(keys.clone()));
        }
        for (key, values) in &wanted.filters {
            query = match ComponentFilter::declared(key) {
                ComponentFilter::Enabled => match wanted.many {
                    true => query.filter($spelling.unindexed::<Bool>("component.enabled").eq_any(flags(values))),
                    false => query.filter(component::enabled.eq_any(flags(values))),
                },
                ComponentFilter::Label => {
                    let links = diesel::alias!(component_label as label_links);
                    let chosen = links.filter(links.field(component_label::label_id).eq_any(keys(values)));
                    let of = links.field(component_label::component_id);
                    match wanted.many {
                        true => query.filter(exists(chosen.filter(of.eq(component::id)))),
                        false => query.filter(component::id.eq_any(chosen.select(of))),
                    }
                }
                ComponentFilter::Window => {
                    let links = diesel::alias!(component_window as window_links);
                    let chosen = links.filter(links.field(component_window::window_id).eq_any(keys(values)));
                    let of = links.field(component_window::component_id);
                    match wanted.many {
                        true => query.filter(exists(chosen.filter(of.eq(component::id)))),
                        false => query.filter(component::id.eq_any(chosen.select(of))),
                    }
                }
                ComponentFilter::HavingWindows => {
                    let links = diesel::alias!(component_window as enabled_links);
                    let enabled = sla_window::table.filter(sla_window::enabled.eq(true));
                    let having = links
                        .filter(links.field(component_window::component_id).eq(component::id))
                        .filter(
                            links
                                .field(component_window::window_id)
                                .eq_any(enabled.select(sla_window::id)),
                        );
                    match values.as_slice() {
                        [value] if value == WITHOUT_WINDOWS => query.filter(not(exists(having))),
                        [_] => query.filter(exists(having)),
                        // Both are chosen: every component is one or the other.
                        _ => query,
                    }
                }
            };
        }
        for (period, from, to) in periods(wanted) {
            query = match period {
                ComponentPeriod::CreatedAt => match wanted.many && !wanted.sort.is_empty() {
                    true => {
                        let created_at = || $spelling.unindexed::<Timestamp>("component.created_at");
                        query.filter(created_at().ge(from)).filter(created_at().lt(to))
                    }
                    false => query.filter(component::created_at.ge(from).and(component::created_at.lt(to))),
                },
                ComponentPeriod::UpdatedAt => match wanted.many && !is_by_update(wanted) {
                    true => {
                        let updated_at = || $spelling.unindexed::<Timestamp>("component.updated_at");
                        query.filter(updated_at().ge(from)).filter(updated_at().lt(to))
                    }
                    false => query.filter(component::updated_at.ge(from).and(component::updated_at.lt(to))),
                },
            };
        }
        for (key, from, to) in &wanted.numbers {
            query = match ComponentNumber::declared(key) {
                ComponentNumber::Slo => query.filter(component::slo_millipercent.between(whole(*from), whole(*to))),
            };
        }
        query
    }};
}

/// Returns a number of a range as the column has it; beyond the column's numbers, its last.
fn whole(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

/// The value of the filter by windows that finds components without an enabled one.
pub(super) const WITHOUT_WINDOWS: &str = "True";
/// Its other value.
pub(super) const WITH_WINDOWS: &str = "False";

/// A period of a list and its bounds, half-open.
type PeriodBounds = (ComponentPeriod, NaiveDateTime, NaiveDateTime);

/// Returns the periods by which a list is narrowed, that of the date hierarchy among them.
fn periods(wanted: &ListQuery) -> Vec<PeriodBounds> {
    let hierarchy = wanted.between.map(|(from, to)| (ComponentPeriod::CreatedAt, from, to));
    let asked = wanted
        .instants
        .iter()
        .map(|(key, from, to)| (ComponentPeriod::declared(key), *from, *to));
    hierarchy.into_iter().chain(asked).collect()
}

/// Returns whether a list is sorted by the time of the last change first.
fn is_by_update(wanted: &ListQuery) -> bool {
    let first = wanted.sort.first();
    first.is_some_and(|sort| ComponentOrder::declared(sort.key) == ComponentOrder::UpdatedAt)
}

/// Returns the columns that a search looks at.
fn searched_columns() -> Vec<String> {
    let searched = properties::searched::<ComponentState>();
    searched
        .map(|property| format!("component.{}", property.name))
        .collect()
}

/// Returns the rows that a list wants, in no order.
fn wanted_rows(spelling: Spelling, wanted: &ListQuery) -> ComponentQuery {
    narrowed!(
        component::table.into_boxed::<Backend>(),
        component::table,
        spelling,
        wanted
    )
}

/// Returns how many rows a list has, counted no further than `limit`.
pub fn count(conn: &mut Conn, wanted: &ListQuery, limit: i64) -> Result<i64> {
    let alone = match wanted.filters.as_slice() {
        [(key, values)] if wanted.is_by_filters_alone() => Some((ComponentFilter::declared(key), values)),
        _ => None,
    };
    let count: i64 = match alone {
        // The links alone say how many; the components behind them need not be looked at.
        Some((ComponentFilter::Label, values)) => component_label::table
            .filter(component_label::label_id.eq_any(keys(values)))
            .select(diesel::dsl::count(component_label::component_id).aggregate_distinct())
            .get_result(conn)?,
        Some((ComponentFilter::Window, values)) => component_window::table
            .filter(component_window::window_id.eq_any(keys(values)))
            .select(diesel::dsl::count(component_window::component_id).aggregate_distinct())
            .get_result(conn)?,
        Some((ComponentFilter::Enabled | ComponentFilter::HavingWindows, _)) | None => {
            wanted_rows(dialect::spelling(conn), &found_first(wanted))
                .count()
                .get_result(conn)?
        }
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
) -> Result<Vec<(ComponentRow, NaiveDateTime)>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(wanted_rows(spelling, wanted), spelling, wanted);
    let query = query.offset(offset).limit(limit);
    Ok(query
        .select((ComponentRow::as_select(), component::updated_at))
        .load(conn)?)
}

/// Returns the rows in the order of the list.
fn ordered(mut query: ComponentQuery, spelling: Spelling, wanted: &ListQuery) -> ComponentQuery {
    for (key, descends) in wanted.order() {
        query = match (ComponentOrder::declared(key), descends) {
            (ComponentOrder::Name, false) => query.then_order_by(spelling.folded("component.name").asc()),
            (ComponentOrder::Name, true) => query.then_order_by(spelling.folded("component.name").desc()),
            (ComponentOrder::DisplayName, false) => {
                query.then_order_by(spelling.folded("component.display_name").asc())
            }
            (ComponentOrder::DisplayName, true) => {
                query.then_order_by(spelling.folded("component.display_name").desc())
            }
            (ComponentOrder::Enabled, false) => query.then_order_by(component::enabled.asc()),
            (ComponentOrder::Enabled, true) => query.then_order_by(component::enabled.desc()),
            (ComponentOrder::UpdatedAt, false) => query.then_order_by(component::updated_at.asc()),
            (ComponentOrder::UpdatedAt, true) => query.then_order_by(component::updated_at.desc()),
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
pub fn select_date(conn: &mut Conn, wanted: &ListQuery, last: bool) -> Result<Option<NaiveDateTime>> {
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
    let filter = ComponentFilter::HavingWindows.key();
    without.filters.push((filter, vec![WITHOUT_WINDOWS.to_owned()]));
    let without = count(conn, &without, i64::MAX)?;
    let with = count(conn, wanted, i64::MAX)? - without;
    Ok(vec![
        (WITHOUT_WINDOWS.to_owned(), without),
        (WITH_WINDOWS.to_owned(), with),
    ])
}

/// Returns how many rows of a list have each label.
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
