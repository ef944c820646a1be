//! The queries of users.

use diesel::prelude::*;

use super::model::{GroupMembership, StoredUser, UserColumns, UserPermission, UserRow, UserState};
use crate::apps::accounts::NewPassword;
use crate::apps::accounts::rules::OtherSuperusers;
use crate::apps::grouped::grouped;
use crate::audit::Writer;
use crate::auth::account::store as account_store;
use crate::db::schema::{user_account, user_group_member, user_permission};
use crate::db::{Conn, Result, dialect};
use crate::text;
use crate::zones;

/// Returns the user with this key.
///
/// # Errors
/// [`crate::db::Error::NotFound`] when there is none, and the database's own.
pub fn get(conn: &mut Conn, id: i64) -> Result<StoredUser> {
    let row = user_account::table.filter(user_account::id.eq(id));
    let row: UserRow = row.select(UserRow::as_select()).first(conn)?;
    let groups = user_group_member::table.filter(user_group_member::user_id.eq(id));
    let groups: Vec<i64> = groups.select(user_group_member::group_id).load(conn)?;
    let permissions = user_permission::table.filter(user_permission::user_id.eq(id));
    let permissions: Vec<String> = permissions.select(user_permission::permission).load(conn)?;
    Ok(stored(row, groups, permissions))
}

/// Returns all users.
pub fn all(conn: &mut Conn) -> Result<Vec<StoredUser>> {
    let rows: Vec<UserRow> = user_account::table.select(UserRow::as_select()).load(conn)?;
    let groups = user_group_member::table.select((user_group_member::user_id, user_group_member::group_id));
    let mut groups = grouped(groups.load::<(i64, i64)>(conn)?.into_iter());
    let permissions = user_permission::table.select((user_permission::user_id, user_permission::permission));
    let mut permissions = grouped(permissions.load::<(i64, String)>(conn)?.into_iter());
    let user = |row: UserRow| {
        let groups = groups.remove(&row.id).unwrap_or_default();
        let permissions = permissions.remove(&row.id).unwrap_or_default();
        stored(row, groups, permissions)
    };
    Ok(rows.into_iter().map(user).collect())
}

fn stored(row: UserRow, groups: Vec<i64>, permissions: Vec<String>) -> StoredUser {
    let UserRow {
        id,
        username,
        first_name,
        last_name,
        email,
        is_active,
        is_staff,
        is_superuser,
        timezone,
        last_login,
        version,
        created_at,
    } = row;
    StoredUser {
        id,
        version,
        state: UserState {
            username,
            first_name,
            last_name,
            email,
            is_active,
            is_staff,
            is_superuser,
            timezone: timezone.and_then(|name| zones::current().get(&name)),
            groups: groups.into_iter().collect(),
            permissions: permissions.into_iter().collect(),
        },
        last_login,
        created_at,
    }
}

/// Returns the user whom `username` means, as logging in understands it: see [`account_store::id_of_username`].
pub fn id_of(conn: &mut Conn, username: &str) -> Result<Option<i64>> {
    account_store::id_of_username(conn, username)
}

/// Returns whether there is no user at all.
pub fn is_empty(conn: &mut Conn) -> Result<bool> {
    let first: Option<i64> = user_account::table.select(user_account::id).first(conn).optional()?;
    Ok(first.is_none())
}

/// Returns the names of all users but one.
pub fn names_but(conn: &mut Conn, id: Option<i64>) -> Result<Vec<String>> {
    // Keys start at 1.
    let others = user_account::table.filter(user_account::id.ne(id.unwrap_or(0)));
    Ok(others.select(user_account::username).load(conn)?)
}

/// Returns the active superusers besides one user.
pub fn superusers_but(conn: &mut Conn, id: i64) -> Result<OtherSuperusers> {
    let others = user_account::table
        .filter(user_account::is_active.eq(true))
        .filter(user_account::is_superuser.eq(true))
        .filter(user_account::id.ne(id));
    let is_staff: Vec<bool> = others.select(user_account::is_staff).load(conn)?;
    Ok(OtherSuperusers {
        active: is_staff.len(),
        staff: is_staff.into_iter().filter(|is_staff| *is_staff).count(),
    })
}

/// Stores a user and returns the key.
pub fn insert(writer: &mut Writer<'_>, state: &UserState, password: &NewPassword) -> Result<i64> {
    let columns = columns(writer, state, 1);
    let id = diesel::insert_into(user_account::table)
        .values((
            columns,
            user_account::password.eq(password.hash.as_str()),
            user_account::must_change.eq(password.must_change),
            user_account::name_key.eq(text::user_key(&state.username)),
        ))
        .returning(user_account::id)
        .get_result(writer.conn())?;
    insert_links(writer, id, state)?;
    Ok(id)
}

/// Writes the state of a user; the password stays.
pub fn update(writer: &mut Writer<'_>, id: i64, state: &UserState, version: i64) -> Result<()> {
    let columns = columns(writer, state, version);
    let conn = writer.conn();
    diesel::update(user_account::table.filter(user_account::id.eq(id)))
        .set(columns)
        .execute(conn)?;
    diesel::delete(user_group_member::table.filter(user_group_member::user_id.eq(id))).execute(conn)?;
    diesel::delete(user_permission::table.filter(user_permission::user_id.eq(id))).execute(conn)?;
    insert_links(writer, id, state)
}

/// Stores the key of a user whose name has changed.
///
/// # Errors
/// A violation when another one has the key.
pub fn set_key(writer: &mut Writer<'_>, id: i64, username: &str) -> Result<()> {
    diesel::update(user_account::table.filter(user_account::id.eq(id)))
        .set(user_account::name_key.eq(text::user_key(username)))
        .execute(writer.conn())?;
    Ok(())
}

/// Gives a user another password.
pub fn set_password(writer: &mut Writer<'_>, id: i64, password: &NewPassword, version: i64) -> Result<()> {
    let NewPassword { hash, must_change } = password;
    let changes = (
        user_account::password.eq(hash.as_str()),
        user_account::must_change.eq(must_change),
        user_account::version.eq(version),
        user_account::updated_at.eq(writer.now()),
    );
    diesel::update(user_account::table.filter(user_account::id.eq(id)))
        .set(changes)
        .execute(writer.conn())?;
    Ok(())
}

/// Deletes a user with permissions, memberships and sessions.
pub fn delete(writer: &mut Writer<'_>, id: i64) -> Result<()> {
    diesel::delete(user_account::table.filter(user_account::id.eq(id))).execute(writer.conn())?;
    Ok(())
}

fn insert_links(writer: &mut Writer<'_>, user_id: i64, state: &UserState) -> Result<()> {
    let groups: Vec<GroupMembership> = state
        .groups
        .iter()
        .map(|&group_id| GroupMembership { user_id, group_id })
        .collect();
    let permissions: Vec<UserPermission> = state
        .permissions
        .iter()
        .cloned()
        .map(|permission| UserPermission { user_id, permission })
        .collect();
    dialect::insert_rows!(writer.conn(), user_group_member::table, groups)?;
    dialect::insert_rows!(writer.conn(), user_permission::table, permissions)
}

fn columns(writer: &Writer<'_>, state: &UserState, version: i64) -> UserColumns {
    let UserState {
        username,
        first_name,
        last_name,
        email,
        is_active,
        is_staff,
        is_superuser,
        timezone,
        // In tables of their own: `insert_links`.
        groups: _,
        permissions: _,
    } = state;
    UserColumns {
        username: username.clone(),
        first_name: first_name.clone(),
        last_name: last_name.clone(),
        email: email.clone(),
        is_active: *is_active,
        is_staff: *is_staff,
        is_superuser: *is_superuser,
        timezone: timezone.map(|zone| zone.name().to_owned()),
        version,
        updated_at: writer.now(),
    }
}
