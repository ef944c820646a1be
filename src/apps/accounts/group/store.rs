//! The queries of groups.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::model::{GroupColumns, GroupPermission, GroupRow, GroupState, StoredGroup};
use crate::audit::Writer;
use crate::db::schema::{user_account, user_group, user_group_member, user_group_permission};
use crate::db::{Conn, Result, dialect};
use crate::text;

/// Returns the group with this key.
///
/// # Errors
/// [`crate::db::Error::NotFound`] when there is none, and the database's own.
pub fn get(conn: &mut Conn, id: i64) -> Result<StoredGroup> {
    let row = user_group::table.filter(user_group::id.eq(id));
    let row: GroupRow = row.select(GroupRow::as_select()).first(conn)?;
    let permissions = user_group_permission::table.filter(user_group_permission::group_id.eq(id));
    let permissions: Vec<String> = permissions.select(user_group_permission::permission).load(conn)?;
    Ok(StoredGroup {
        id: row.id,
        version: row.version,
        state: GroupState {
            name: row.name,
            permissions: permissions.into_iter().collect(),
        },
    })
}

/// Returns key and name of every group.
pub fn names(conn: &mut Conn) -> Result<BTreeMap<i64, String>> {
    let names: Vec<(i64, String)> = user_group::table
        .select((user_group::id, user_group::name))
        .load(conn)?;
    Ok(names.into_iter().collect())
}

/// Returns the group, the key and the name of each member of these groups.
pub fn members_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64, String)>> {
    let query = user_group_member::table
        .inner_join(user_account::table)
        .filter(user_group_member::group_id.eq_any(ids.to_vec()))
        .order((user_group_member::group_id, user_account::username));
    Ok(query
        .select((user_group_member::group_id, user_account::id, user_account::username))
        .load(conn)?)
}

/// Returns the group and each of its permissions, of these groups.
pub fn permissions_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    let query = user_group_permission::table
        .filter(user_group_permission::group_id.eq_any(ids.to_vec()))
        .order((user_group_permission::group_id, user_group_permission::permission));
    Ok(query
        .select((user_group_permission::group_id, user_group_permission::permission))
        .load(conn)?)
}

/// Returns the names of all groups but one.
pub fn names_but(conn: &mut Conn, id: Option<i64>) -> Result<Vec<String>> {
    let names = names(conn)?.into_iter().filter(|(other, _)| Some(*other) != id);
    Ok(names.map(|(_, name)| name).collect())
}

/// Stores a group and returns its key.
pub fn insert(writer: &mut Writer<'_>, state: &GroupState) -> Result<i64> {
    let columns = columns(writer, state, 1);
    let id = diesel::insert_into(user_group::table)
        .values((columns, user_group::name_key.eq(text::key(&state.name))))
        .returning(user_group::id)
        .get_result(writer.conn())?;
    insert_permissions(writer, id, &state.permissions)?;
    Ok(id)
}

/// Writes the state of a group.
pub fn update(writer: &mut Writer<'_>, id: i64, state: &GroupState, version: i64) -> Result<()> {
    let columns = columns(writer, state, version);
    let conn = writer.conn();
    diesel::update(user_group::table.filter(user_group::id.eq(id)))
        .set(columns)
        .execute(conn)?;
    diesel::delete(user_group_permission::table.filter(user_group_permission::group_id.eq(id))).execute(conn)?;
    insert_permissions(writer, id, &state.permissions)
}

/// Stores the key of a group whose name has changed.
///
/// # Errors
/// A violation when another one has the key.
pub fn set_key(writer: &mut Writer<'_>, id: i64, name: &str) -> Result<()> {
    diesel::update(user_group::table.filter(user_group::id.eq(id)))
        .set(user_group::name_key.eq(text::key(name)))
        .execute(writer.conn())?;
    Ok(())
}

/// Deletes a group with its permissions and memberships.
pub fn delete(writer: &mut Writer<'_>, id: i64) -> Result<()> {
    diesel::delete(user_group::table.filter(user_group::id.eq(id))).execute(writer.conn())?;
    Ok(())
}

fn insert_permissions(writer: &mut Writer<'_>, group_id: i64, permissions: &BTreeSet<String>) -> Result<()> {
    let rows: Vec<GroupPermission> = permissions
        .iter()
        .cloned()
        .map(|permission| GroupPermission { group_id, permission })
        .collect();
    dialect::insert_rows!(writer.conn(), user_group_permission::table, rows)
}

fn columns(writer: &Writer<'_>, state: &GroupState, version: i64) -> GroupColumns {
    let GroupState {
        name,
        // In a table of their own: `insert_permissions`.
        permissions: _,
    } = state;
    GroupColumns {
        name: name.clone(),
        version,
        updated_at: writer.now(),
    }
}
