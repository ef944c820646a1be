//! Every query of labels.

use diesel::prelude::*;

use super::model::{LabelColumns, LabelRow};
use crate::apps::sla::properties::form::label_title;
use crate::apps::sla::selecting::in_portions;
use crate::audit::Writer;
use crate::db::dialect::{among, prepared};
use crate::db::schema::label;
use crate::db::{Conn, Result, dialect};

/// Returns how many labels there are.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(label::table.count().get_result(conn)?)
}

/// Returns all labels.
pub fn all(conn: &mut Conn) -> Result<Vec<LabelRow>> {
    Ok(sorted(label::table.select(LabelRow::as_select()).load(conn)?))
}

/// Returns labels in the order of their characters: that of a database depends on its collation.
fn sorted(mut rows: Vec<LabelRow>) -> Vec<LabelRow> {
    rows.sort_by(|one, other| (&one.name, &one.value).cmp(&(&other.name, &other.value)));
    rows
}

/// Returns key and title of every label.
pub fn titles(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(titled(all(conn)?))
}

/// Returns key and title of the labels of these keys.
pub fn titles_by_keys(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    Ok(titled(by_ids(conn, ids)?))
}

/// Returns key and title of the labels with these titles, among them others of the same names and values.
pub fn titles_by_names(conn: &mut Conn, titles: &[String]) -> Result<Vec<(i64, String)>> {
    let labels: Vec<(String, String)> = titles.iter().map(|title| name_and_value(title)).collect();
    Ok(titled(by_labels(conn, &labels)?))
}

/// Returns the labels of these names and values, among them others of the same names and values.
pub fn by_labels(conn: &mut Conn, labels: &[(String, String)]) -> Result<Vec<LabelRow>> {
    in_portions(labels, |labels| {
        let (mut names, mut values): (Vec<String>, Vec<String>) = labels.into_iter().unzip();
        for texts in [&mut names, &mut values] {
            texts.sort_unstable();
            texts.dedup();
        }
        let query = label::table.filter(among(label::name, names).and(among(label::value, values)));
        Ok(query.select(LabelRow::as_select()).load(conn)?)
    })
}

fn titled(rows: Vec<LabelRow>) -> Vec<(i64, String)> {
    let rows = rows.into_iter();
    rows.map(|row| (row.id, label_title(&row.name, &row.value))).collect()
}

/// Returns name and value of a title. No name of a label holds the sign that separates it from its value.
fn name_and_value(title: &str) -> (String, String) {
    let (name, value) = title.split_once('=').unwrap_or((title, ""));
    (name.to_owned(), value.to_owned())
}

/// Returns key and title of the first labels, at most `limit`.
pub fn first_titles(conn: &mut Conn, limit: i64) -> Result<Vec<(i64, String)>> {
    let spelling = dialect::spelling(conn);
    let query = label::table
        .order((spelling.plain("label.name").asc(), spelling.plain("label.value").asc()))
        .limit(limit);
    let labels: Vec<LabelRow> = query.select(LabelRow::as_select()).load(conn)?;
    Ok(labels
        .into_iter()
        .map(|row| (row.id, label_title(&row.name, &row.value)))
        .collect())
}

/// Returns every name that labels have, each once.
pub fn names(conn: &mut Conn) -> Result<Vec<String>> {
    let mut names: Vec<String> = label::table.select(label::name).distinct().load(conn)?;
    names.sort_unstable();
    Ok(names)
}

/// Returns key and value of the labels of a name, by value.
pub fn values_of(conn: &mut Conn, name: &str) -> Result<Vec<(i64, String)>> {
    let values = label::table.filter(label::name.eq(name.to_owned()));
    let mut values: Vec<(i64, String)> = values.select((label::id, label::value)).load(conn)?;
    values.sort_by(|(_, one), (_, other)| one.cmp(other));
    Ok(values)
}

/// Returns the labels of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<LabelRow>> {
    let rows: Vec<LabelRow> = in_portions(ids, |ids| {
        let query = label::table.filter(among(label::id, ids));
        Ok(query.select(LabelRow::as_select()).load(conn)?)
    })?;
    Ok(sorted(rows))
}

/// Returns the version of a label, if it is there.
pub fn version(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    let query = label::table.filter(label::id.eq(id));
    Ok(query.select(label::version).first(conn).optional()?)
}

/// Returns the labels of a name.
pub fn of_name(conn: &mut Conn, name: &str) -> Result<Vec<LabelRow>> {
    let query = label::table.filter(label::name.eq(name.to_owned()));
    Ok(sorted(query.select(LabelRow::as_select()).load(conn)?))
}

/// Returns the key of a label.
pub fn id_of(conn: &mut Conn, name: &str, value: &str) -> Result<Option<i64>> {
    let query = label::table.filter(label::name.eq(name.to_owned()).and(label::value.eq(value.to_owned())));
    Ok(query.select(label::id).first(conn).optional()?)
}

/// Stores labels.
pub fn insert(writer: &mut Writer<'_>, rows: &[LabelColumns]) -> Result<()> {
    dialect::insert_rows!(writer.conn(), label::table, rows)
}

/// Makes a label what `columns` says. Without `is_renamed` its name and value are not written: writing them, also as they are, stamps each
/// component that has the label.
pub fn update(writer: &mut Writer<'_>, id: i64, columns: &LabelColumns, is_renamed: bool) -> Result<()> {
    let row = label::table.filter(label::id.eq(id));
    if is_renamed {
        prepared(diesel::update(row).set(columns)).execute(writer.conn())?;
        return Ok(());
    }
    let LabelColumns {
        name: _,
        value: _,
        description,
        version,
        updated_at,
    } = columns;
    let columns = (
        label::description.eq(description),
        label::version.eq(version),
        label::updated_at.eq(updated_at),
    );
    prepared(diesel::update(row).set(columns)).execute(writer.conn())?;
    Ok(())
}

/// Deletes a label that no component has.
///
/// # Errors
/// A violation when one has it, and the others of [`crate::db`].
pub fn delete(writer: &mut Writer<'_>, id: i64) -> Result<()> {
    diesel::delete(label::table.filter(label::id.eq(id))).execute(writer.conn())?;
    Ok(())
}
