//! Keys of names: the column `name_key` of every table whose names are unique, how it is filled, and how rows are found by it.
//!
//! A key is [`text::key`] of the name, for users [`text::user_key`]. SQL cannot fold letters so, hence migrations leave the column empty
//! and [`fill`] writes it. An empty key (a row inserted by hand, or renamed by hand) is no fault: look-ups read the name instead.

use std::collections::HashSet;

use diesel::prelude::*;

use super::conn::Conn;
use super::dialect;
use super::error::Result;
use super::schema::{calendar, component, indicator, sla_window, user_account, user_group};
use crate::text::{self, TWIN_SEPARATOR};

/// The migration that adds the columns.
pub(super) const MIGRATION: &str = "2026-11-28-000100_name_keys";

/// A row that has a wanted key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRow {
    /// The row's key.
    pub id: i64,
    /// Its name as it is stored.
    pub name: String,
}

/// The rows of a table whose names have this key, oldest first. A macro, because every table has a type of its own.
macro_rules! with_key {
    ($conn:expr, $table:ident, $name:ident, $name_given:expr, $key_of:path) => {{
        let key = $key_of($name_given);
        // PostgreSQL takes no NUL in a text, so nothing has such a name.
        if key.contains('\0') {
            Ok(Vec::new())
        } else {
            // Behind the key of a twin stands the separator, which sorts before every character of a name.
            let end = format!("{key} ");
            let has_key = $table::name_key.ge(key.clone()).and($table::name_key.lt(end));
            let found = $table::table
                .filter(has_key.or($table::name_key.is_null()))
                .order($table::id)
                .select(($table::id, $table::$name))
                .load::<(i64, String)>($conn);
            found.map_err($crate::db::Error::from).map(|rows| {
                rows.into_iter()
                    .filter(|(_, name)| $key_of(name) == key)
                    .map(|(id, name)| $crate::db::name_keys::NamedRow { id, name })
                    .collect::<Vec<_>>()
            })
        }
    }};
}
pub(crate) use with_key;

/// Returns the row that `name` means: the one that is spelt so, else the one that differs by normalization alone, else the oldest.
pub fn pick(rows: Vec<NamedRow>, name: &str) -> Option<NamedRow> {
    let normal = text::line(name);
    let place = rows
        .iter()
        .position(|row| row.name == name)
        .or_else(|| rows.iter().position(|row| text::line(&row.name) == normal))
        .unwrap_or(0);
    rows.into_iter().nth(place)
}

/// Returns the name of another row than `id` among those with equal keys.
pub fn other(rows: Vec<NamedRow>, id: Option<i64>) -> Option<String> {
    rows.into_iter().find(|row| Some(row.id) != id).map(|row| row.name)
}

/// Returns whether a stored key is the one of this row.
fn is_key_of(stored: &str, key: &str, id: i64) -> bool {
    let rest = stored.strip_prefix(key);
    rest.is_some_and(|rest| {
        rest.is_empty()
            || rest
                .strip_prefix(TWIN_SEPARATOR)
                .is_some_and(|twin| twin.trim_end_matches(TWIN_SEPARATOR) == id.to_string())
    })
}

/// Fills the empty keys of one table; with `$all` those too that no longer are what the name gives.
macro_rules! fill_table {
    ($conn:expr, $table:ident, $name:ident, $key_of:path, $all:expr) => {{
        if $all {
            let stored = $table::table
                .filter($table::name_key.is_not_null())
                .select(($table::id, $table::$name, $table::name_key))
                .load::<(i64, String, Option<String>)>($conn)?;
            let is_wrong = |(id, name, key): &(i64, String, Option<String>)| {
                key.as_ref().is_some_and(|key| !is_key_of(key, &$key_of(name), *id))
            };
            for (id, ..) in stored.iter().filter(|row| is_wrong(row)) {
                diesel::update($table::table.filter($table::id.eq(id)))
                    .set($table::name_key.eq(None::<String>))
                    .execute($conn)?;
            }
        }
        let mut filled = dialect::fill_ascii_name_keys($conn, stringify!($table), stringify!($name))?;
        let empty = $table::table
            .filter($table::name_key.is_null())
            .order($table::id)
            .select(($table::id, $table::$name))
            .load::<(i64, String)>($conn)?;
        if !empty.is_empty() {
            let taken = $table::table
                .filter($table::name_key.is_not_null())
                .select($table::name_key)
                .load::<Option<String>>($conn)?;
            let mut taken: HashSet<String> = taken.into_iter().flatten().collect();
            for (id, name) in empty {
                let key = free_key($key_of(&name), id, &taken);
                diesel::update($table::table.filter($table::id.eq(id)))
                    .set($table::name_key.eq(&key))
                    .execute($conn)?;
                taken.insert(key);
                filled += 1;
            }
        }
        filled
    }};
}

/// Returns the key of a row, with its id behind it where another row has the key already.
fn free_key(key: String, id: i64, taken: &HashSet<String>) -> String {
    if !taken.contains(&key) {
        return key;
    }
    let mut twin = format!("{key}{TWIN_SEPARATOR}{id}");
    // Only a name that SQL wrote can hold the separator and be in the way.
    while taken.contains(&twin) {
        twin.push(TWIN_SEPARATOR);
    }
    twin
}

/// Fills the empty keys of all tables and returns how many there were; with `all` keys too that are no longer those of the names, as
/// after an edit by hand or with newer tables of Unicode. A key that another row has already gets the id of the row behind it. Call it in
/// a transaction. Filled once, it does nothing.
pub fn fill(conn: &mut Conn, all: bool) -> Result<usize> {
    let mut filled = 0;
    filled += fill_table!(conn, component, name, text::key, all);
    filled += fill_table!(conn, sla_window, name, text::key, all);
    filled += fill_table!(conn, calendar, name, text::key, all);
    // Of a database that is migrated to a version between the keys and this table, only the others are filled.
    if dialect::has_table(conn, "indicator")? {
        filled += fill_table!(conn, indicator, name, text::key, all);
    }
    filled += fill_table!(conn, user_group, name, text::key, all);
    filled += fill_table!(conn, user_account, username, text::user_key, all);
    Ok(filled)
}

/// Returns whether any row has an empty key.
pub fn is_any_empty(conn: &mut Conn) -> Result<bool> {
    macro_rules! has_empty {
        ($table:ident) => {
            $table::table
                .filter($table::name_key.is_null())
                .select($table::id)
                .first::<i64>(conn)
                .optional()?
                .is_some()
        };
    }
    Ok(has_empty!(component)
        || has_empty!(sla_window)
        || has_empty!(calendar)
        || has_empty!(indicator)
        || has_empty!(user_group)
        || has_empty!(user_account))
}

/// Fills the empty keys, if there are any, in a transaction of its own. Returns how many there were.
pub fn fill_empty(conn: &mut Conn) -> Result<usize> {
    if !is_any_empty(conn)? {
        return Ok(0);
    }
    dialect::write_transaction(conn, None, |conn| fill(conn, false))
}
