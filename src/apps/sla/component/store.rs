//! Every query of components and of what is put on them.

use diesel::dsl::{InnerJoinQuerySource, exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamp};

use super::model::{ComponentColumns, ComponentRow, Links};
use crate::admin::model::Wanted;
use crate::apps::sla::selecting::{KEYS_MAX, SAMPLE, User, counted_in_portions, flags, keys};
use crate::audit::Writer;
use crate::db::schema::{
    component, component_calendar, component_label, component_window, label, sla_window, window_calendar,
};
use crate::db::text::Spelling;
use crate::db::{Backend, Conn, Result, dialect};

/// Names that are looked through for one prefix of metric names at most.
const LIKE_MAX: i64 = 1_000;

/// The keys of the components that a version after `row_version` stamped, in no order: one would keep SQLite from the index.
///
/// # Errors
/// Those of the database.
pub fn keys_changed_since(conn: &mut Conn, row_version: i64) -> Result<Vec<i64>> {
    let query = component::table.filter(component::row_version.gt(row_version));
    Ok(query.select(component::id).load(conn)?)
}

/// The first `limit` components with a greater key.
///
/// # Errors
/// Those of the database.
pub fn after(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<ComponentRow>> {
    let query = component::table
        .filter(component::id.gt(id))
        .order(component::id)
        .limit(limit);
    Ok(query.select(ComponentRow::as_select()).load(conn)?)
}

/// Component, label name and label value, of the components with keys from `first` to `last`.
///
/// # Errors
/// Those of the database.
pub fn labels_between(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<(i64, String, String)>> {
    let query = component_label::table
        .inner_join(label::table)
        .filter(component_label::component_id.between(first, last))
        .order((component_label::component_id, component_label::label_name));
    Ok(query
        .select((component_label::component_id, label::name, label::value))
        .load(conn)?)
}

/// Component and window, of the components with keys from `first` to `last`.
///
/// # Errors
/// Those of the database.
pub fn windows_between(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<(i64, i64)>> {
    let query = component_window::table
        .filter(component_window::component_id.between(first, last))
        .order((component_window::component_id, component_window::window_id));
    Ok(query
        .select((component_window::component_id, component_window::window_id))
        .load(conn)?)
}

/// Component and calendar, of the components with keys from `first` to `last`.
///
/// # Errors
/// Those of the database.
pub fn calendars_between(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<(i64, i64)>> {
    let query = component_calendar::table
        .filter(component_calendar::component_id.between(first, last))
        .order((component_calendar::component_id, component_calendar::calendar_id));
    Ok(query
        .select((component_calendar::component_id, component_calendar::calendar_id))
        .load(conn)?)
}

/// The components of these keys.
///
/// # Errors
/// Those of the database.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<ComponentRow>> {
    let query = component::table
        .filter(component::id.eq_any(ids.to_vec()))
        .order(component::id);
    Ok(query.select(ComponentRow::as_select()).load(conn)?)
}

/// Component, label name and label value, of these components.
///
/// # Errors
/// Those of the database.
pub fn labels_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String, String)>> {
    let query = component_label::table
        .inner_join(label::table)
        .filter(component_label::component_id.eq_any(ids.to_vec()))
        .order((component_label::component_id, component_label::label_name));
    Ok(query
        .select((component_label::component_id, label::name, label::value))
        .load(conn)?)
}

/// Component and window, of these components.
///
/// # Errors
/// Those of the database.
pub fn windows_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let query = component_window::table
        .filter(component_window::component_id.eq_any(ids.to_vec()))
        .order((component_window::component_id, component_window::window_id));
    Ok(query
        .select((component_window::component_id, component_window::window_id))
        .load(conn)?)
}

/// Component and calendar, of these components.
///
/// # Errors
/// Those of the database.
pub fn calendars_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let query = component_calendar::table
        .filter(component_calendar::component_id.eq_any(ids.to_vec()))
        .order((component_calendar::component_id, component_calendar::calendar_id));
    Ok(query
        .select((component_calendar::component_id, component_calendar::calendar_id))
        .load(conn)?)
}

/// Name and key of the components of these names, spelt exactly so.
///
/// # Errors
/// Those of the database.
pub fn keys_of(conn: &mut Conn, names: Vec<String>) -> Result<Vec<(String, i64)>> {
    let query = component::table.filter(component::name.eq_any(names));
    Ok(query.select((component::name, component::id)).load(conn)?)
}

/// Stores components.
///
/// # Errors
/// Those of the database.
pub fn insert(writer: &mut Writer<'_>, rows: &[ComponentColumns]) -> Result<()> {
    dialect::insert_rows!(writer.conn(), component::table, rows)
}

/// Makes a component what `columns` says.
///
/// # Errors
/// Those of the database.
pub fn update(writer: &mut Writer<'_>, id: i64, columns: &ComponentColumns) -> Result<()> {
    diesel::update(component::table.filter(component::id.eq(id)))
        .set(columns)
        .execute(writer.conn())?;
    Ok(())
}

/// Deletes components and what is put on them.
///
/// # Errors
/// Those of the database.
pub fn delete(writer: &mut Writer<'_>, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(KEYS_MAX) {
        diesel::delete(component::table.filter(component::id.eq_any(chunk.to_vec()))).execute(writer.conn())?;
    }
    Ok(())
}

/// Puts labels, windows and calendars on components.
///
/// # Errors
/// Those of the database.
pub fn insert_links(writer: &mut Writer<'_>, links: &Links) -> Result<()> {
    dialect::insert_rows!(writer.conn(), component_label::table, links.labels)?;
    dialect::insert_rows!(writer.conn(), component_window::table, links.windows)?;
    dialect::insert_rows!(writer.conn(), component_calendar::table, links.calendars)
}

/// Takes everything off components.
///
/// # Errors
/// Those of the database.
pub fn delete_links(writer: &mut Writer<'_>, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(KEYS_MAX) {
        let conn = writer.conn();
        diesel::delete(component_label::table.filter(component_label::component_id.eq_any(chunk.to_vec())))
            .execute(conn)?;
        diesel::delete(component_window::table.filter(component_window::component_id.eq_any(chunk.to_vec())))
            .execute(conn)?;
        diesel::delete(component_calendar::table.filter(component_calendar::component_id.eq_any(chunk.to_vec())))
            .execute(conn)?;
    }
    Ok(())
}

type Query = component::BoxedQuery<'static, Backend>;

/// Narrows a boxed query from `$source`, in which there is the table of components, to the rows that a list wants. A macro, because
/// every boxed query has a type of its own.
macro_rules! narrowed {
    ($query:expr, $source:ty, $spelling:expr, $wanted:expr) => {{
        let (mut query, wanted): (_, &Wanted) = ($query, $wanted);
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

/// A number of a range as the column has it; beyond the column's numbers, its last.
fn whole(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

/// The columns that a search looks at.
const SEARCHED: [&str; 3] = ["component.name", "component.display_name", "component.description"];

/// The rows that a list wants, in no order.
fn wanted_rows(spelling: Spelling, wanted: &Wanted) -> Query {
    narrowed!(
        component::table.into_boxed::<Backend>(),
        component::table,
        spelling,
        wanted
    )
}

/// How many rows a list has, counted no further than `limit`.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut Conn, wanted: &Wanted, limit: i64) -> Result<i64> {
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

/// The same rows, asked for by what finds them rather than in their order.
fn found_first(wanted: &Wanted) -> Wanted {
    Wanted {
        many: false,
        ..wanted.clone()
    }
}

/// Rows of a list and when they were last changed, in its order. Each order of one column has an index.
///
/// # Errors
/// Those of the database.
pub fn select(
    conn: &mut Conn,
    wanted: &Wanted,
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

/// The rows in the order of the list.
fn ordered(mut query: Query, spelling: Spelling, wanted: &Wanted) -> Query {
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

/// The keys of all rows of a list, in its order.
///
/// # Errors
/// Those of the database.
pub fn select_keys_in_order(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<i64>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(wanted_rows(spelling, wanted), spelling, wanted);
    Ok(query.select(component::id).load(conn)?)
}

/// Key and name of every component.
///
/// # Errors
/// Those of the database.
pub fn names(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(component::table.select((component::id, component::name)).load(conn)?)
}

/// The keys of all rows of a list, at most `limit`.
///
/// # Errors
/// Those of the database.
pub fn select_keys(conn: &mut Conn, wanted: &Wanted, limit: i64) -> Result<Vec<i64>> {
    // Asked for in no order, so that whichever index finds them is enough.
    let query = wanted_rows(dialect::spelling(conn), wanted);
    let mut keys: Vec<i64> = query.limit(limit).select(component::id).load(conn)?;
    keys.sort_unstable();
    Ok(keys)
}

/// When the first or the last of the rows of a list was made.
///
/// # Errors
/// Those of the database.
pub fn select_date(conn: &mut Conn, wanted: &Wanted, last: bool) -> Result<Option<chrono::NaiveDateTime>> {
    let by_date = Wanted {
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

/// How many rows of a list are enabled and how many are not.
///
/// # Errors
/// Those of the database.
pub fn count_by_enabled(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<(bool, i64)>> {
    let query = component::table
        .group_by(component::enabled)
        .select((component::enabled, diesel::dsl::count_star()))
        .into_boxed::<Backend>();
    let query = narrowed!(query, component::table, dialect::spelling(conn), wanted);
    Ok(query.load(conn)?)
}

/// How many rows of a list have no enabled window and how many have one, as the filter's values.
///
/// # Errors
/// Those of the database.
pub fn count_by_windows(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<(String, i64)>> {
    let mut without = wanted.clone();
    without.filters.push(("windows__isnull", vec!["True".to_owned()]));
    let without = count(conn, &without, i64::MAX)?;
    let with = count(conn, wanted, i64::MAX)? - without;
    Ok(vec![("True".to_owned(), without), ("False".to_owned(), with)])
}

/// How many rows of a list wear each label.
///
/// # Errors
/// Those of the database.
pub fn count_by_label(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<(i64, i64)>> {
    type Source = InnerJoinQuerySource<component_label::table, component::table>;
    if wanted.is_everything() {
        return count_all_by_label(conn);
    }
    let query = component_label::table
        .inner_join(component::table)
        .group_by(component_label::label_id)
        .select((component_label::label_id, diesel::dsl::count_star()))
        .into_boxed::<Backend>();
    let query = narrowed!(query, Source, dialect::spelling(conn), wanted);
    Ok(query.load(conn)?)
}

/// How many rows of a list use each window.
///
/// # Errors
/// Those of the database.
pub fn count_by_window(conn: &mut Conn, wanted: &Wanted) -> Result<Vec<(i64, i64)>> {
    type Source = InnerJoinQuerySource<component_window::table, component::table>;
    if wanted.is_everything() {
        return count_all_by_window(conn);
    }
    let query = component_window::table
        .inner_join(component::table)
        .group_by(component_window::window_id)
        .select((component_window::window_id, diesel::dsl::count_star()))
        .into_boxed::<Backend>();
    let query = narrowed!(query, Source, dialect::spelling(conn), wanted);
    Ok(query.load(conn)?)
}

/// The zones of the enabled windows of a component, each once.
///
/// # Errors
/// Those of the database.
pub fn zones_of(conn: &mut Conn, id: i64) -> Result<Vec<String>> {
    let query = component_window::table
        .inner_join(sla_window::table)
        .filter(component_window::component_id.eq(id))
        .filter(sla_window::enabled.eq(true));
    Ok(query.select(sla_window::timezone).distinct().load(conn)?)
}

/// Component and name of a window, of these components.
///
/// # Errors
/// Those of the database.
pub fn window_names_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    let query = component_window::table
        .inner_join(sla_window::table)
        .filter(component_window::component_id.eq_any(ids.to_vec()));
    Ok(query
        .select((component_window::component_id, sla_window::name))
        .load(conn)?)
}

/// The component whose name folds to the same.
///
/// # Errors
/// Those of the database.
pub fn id_by_name(conn: &mut Conn, name: &str) -> Result<Option<i64>> {
    dialect::id_by_folded_name(conn, "component", "name", name)
}

/// Components whose metric names may begin with `prefix`: `_` stands for any character.
///
/// # Errors
/// Those of the database.
pub fn names_like_prefix(conn: &mut Conn, prefix: &str) -> Result<Vec<(i64, String)>> {
    let without_digit = prefix.strip_prefix("c_").unwrap_or(prefix).to_owned();
    let query = component::table.filter(
        component::name
            .like(prefix.to_owned())
            .or(component::name.like(without_digit)),
    );
    Ok(query
        .select((component::id, component::name))
        .limit(LIKE_MAX)
        .load(conn)?)
}

/// How many links to labels, windows and calendars components have.
///
/// # Errors
/// Those of the database.
pub fn count_links(conn: &mut Conn, ids: &[i64]) -> Result<u64> {
    let mut links = 0;
    for chunk in ids.chunks(KEYS_MAX) {
        let labels = component_label::table.filter(component_label::component_id.eq_any(chunk.to_vec()));
        let windows = component_window::table.filter(component_window::component_id.eq_any(chunk.to_vec()));
        let calendars = component_calendar::table.filter(component_calendar::component_id.eq_any(chunk.to_vec()));
        for count in [
            labels.count().get_result::<i64>(conn)?,
            windows.count().get_result(conn)?,
            calendars.count().get_result(conn)?,
        ] {
            links += u64::try_from(count).unwrap_or(0);
        }
    }
    Ok(links)
}

/// Label and key and name of a component that wears it, for these labels: a sample, and how many there are.
///
/// # Errors
/// Those of the database.
pub fn users_of_labels(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<User>, u64)> {
    let mut sample = Vec::new();
    let count = counted_in_portions(ids, |ids| {
        let links = component_label::table.filter(component_label::label_id.eq_any(ids));
        let left = SAMPLE - i64::try_from(sample.len()).unwrap_or(SAMPLE);
        let named = links.clone().inner_join(component::table).order(component::name);
        let named = named
            .select((component_label::label_id, component::id, component::name))
            .limit(left);
        sample.extend(named.load::<User>(conn)?);
        Ok(links.count().get_result(conn)?)
    })?;
    Ok((sample, count))
}

/// Window and key and name of a component that uses it, for these windows: a sample, and how many there are.
///
/// # Errors
/// Those of the database.
pub fn users_of_windows(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<User>, u64)> {
    let mut sample = Vec::new();
    let count = counted_in_portions(ids, |ids| {
        let links = component_window::table.filter(component_window::window_id.eq_any(ids));
        let left = SAMPLE - i64::try_from(sample.len()).unwrap_or(SAMPLE);
        let named = links.clone().inner_join(component::table).order(component::name);
        let named = named
            .select((component_window::window_id, component::id, component::name))
            .limit(left);
        sample.extend(named.load::<User>(conn)?);
        Ok(links.count().get_result(conn)?)
    })?;
    Ok((sample, count))
}

/// Calendar and key and name of a component that uses it itself, for these calendars: a sample, and how many there are.
///
/// # Errors
/// Those of the database.
pub fn users_of_calendars(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<User>, u64)> {
    let mut sample = Vec::new();
    let count = counted_in_portions(ids, |ids| {
        let links = component_calendar::table.filter(component_calendar::calendar_id.eq_any(ids));
        let left = SAMPLE - i64::try_from(sample.len()).unwrap_or(SAMPLE);
        let named = links.clone().inner_join(component::table).order(component::name);
        let named = named
            .select((component_calendar::calendar_id, component::id, component::name))
            .limit(left);
        sample.extend(named.load::<User>(conn)?);
        Ok(links.count().get_result(conn)?)
    })?;
    Ok((sample, count))
}

/// Names of the components that wear a label, at most `limit`.
///
/// # Errors
/// Those of the database.
pub fn names_with_label(conn: &mut Conn, label_id: i64, limit: i64) -> Result<Vec<String>> {
    let wearing = component_label::table
        .filter(component_label::label_id.eq(label_id))
        .select(component_label::component_id);
    let query = component::table
        .filter(component::id.eq_any(wearing))
        .order(component::name)
        .limit(limit);
    Ok(query.select(component::name).load(conn)?)
}

/// Names of the components that use a window, at most `limit`.
///
/// # Errors
/// Those of the database.
pub fn names_with_window(conn: &mut Conn, window_id: i64, limit: i64) -> Result<Vec<String>> {
    let using = component_window::table
        .filter(component_window::window_id.eq(window_id))
        .select(component_window::component_id);
    let query = component::table
        .filter(component::id.eq_any(using))
        .order(component::name)
        .limit(limit);
    Ok(query.select(component::name).load(conn)?)
}

/// Names of the enabled components that use a window and no other one that is enabled, at most `limit`.
///
/// # Errors
/// Those of the database.
pub fn names_depending_on(conn: &mut Conn, window_id: i64, limit: i64) -> Result<Vec<String>> {
    let using = component_window::table
        .filter(component_window::window_id.eq(window_id))
        .select(component_window::component_id);
    let others = component_window::table
        .inner_join(sla_window::table)
        .filter(sla_window::enabled.eq(true).and(sla_window::id.ne(window_id)))
        .select(component_window::component_id);
    let query = component::table
        .filter(component::enabled.eq(true))
        .filter(component::id.eq_any(using))
        .filter(component::id.ne_all(others))
        .order(component::name)
        .limit(limit);
    Ok(query.select(component::name).load(conn)?)
}

/// Names of the components that use a calendar, at most `limit`.
///
/// # Errors
/// Those of the database.
pub fn names_with_calendar(conn: &mut Conn, calendar_id: i64, limit: i64) -> Result<Vec<String>> {
    let using = component_calendar::table
        .filter(component_calendar::calendar_id.eq(calendar_id))
        .select(component_calendar::component_id);
    let query = component::table
        .filter(component::id.eq_any(using))
        .order(component::name)
        .limit(limit);
    Ok(query.select(component::name).load(conn)?)
}

/// How many components a calendar cuts, by itself or through their windows.
///
/// # Errors
/// Those of the database.
pub fn count_cut_by_calendar(conn: &mut Conn, calendar_id: i64) -> Result<i64> {
    let using = component_calendar::table
        .filter(component_calendar::calendar_id.eq(calendar_id))
        .select(component_calendar::component_id);
    let windows = window_calendar::table
        .filter(window_calendar::calendar_id.eq(calendar_id))
        .select(window_calendar::window_id);
    let through_windows = component_window::table
        .filter(component_window::window_id.eq_any(windows))
        .select(component_window::component_id);
    let query = component::table.filter(component::id.eq_any(using).or(component::id.eq_any(through_windows)));
    Ok(query.count().get_result(conn)?)
}

/// How many components wear each label.
///
/// # Errors
/// Those of the database.
pub fn count_all_by_label(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component_label::table.group_by(component_label::label_id);
    Ok(query
        .select((component_label::label_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// How many components use each window.
///
/// # Errors
/// Those of the database.
pub fn count_all_by_window(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component_window::table.group_by(component_window::window_id);
    Ok(query
        .select((component_window::window_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// How many components use each calendar themselves.
///
/// # Errors
/// Those of the database.
pub fn count_all_by_calendar(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component_calendar::table.group_by(component_calendar::calendar_id);
    Ok(query
        .select((component_calendar::calendar_id, diesel::dsl::count_star()))
        .load(conn)?)
}
