//! The queries of accounts: their permissions and their passwords.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Account;
use crate::auth::password::PasswordHash;
use crate::db::name_keys::{pick, with_key};
use crate::db::schema::{login_session, user_account, user_group_member, user_group_permission, user_permission};
use crate::db::{Conn, Result, dialect, request_writes};
use crate::text;
use crate::zones;

#[derive(Queryable, Selectable)]
#[diesel(table_name = user_account)]
pub(in crate::auth) struct AccountRow {
    pub(in crate::auth) id: i64,
    username: String,
    first_name: String,
    last_name: String,
    email: String,
    pub(in crate::auth) is_active: bool,
    is_staff: bool,
    is_superuser: bool,
    timezone: Option<String>,
    must_change: bool,
}

/// Returns the account with this key, with all its permissions.
pub(in crate::auth) fn account(conn: &mut Conn, id: i64) -> Result<Account> {
    let row: AccountRow = user_account::table
        .filter(user_account::id.eq(id))
        .select(AccountRow::as_select())
        .first(conn)?;
    row.with_permissions(conn)
}

impl AccountRow {
    /// Returns the user name.
    pub(in crate::auth) fn username(&self) -> &str {
        &self.username
    }

    /// Returns the account of the row. The permissions of superusers are not read: they have all.
    pub(in crate::auth) fn with_permissions(self, conn: &mut Conn) -> Result<Account> {
        let permissions = match self.is_superuser {
            true => BTreeSet::new(),
            false => permissions(conn, self.id)?,
        };
        Ok(Account {
            id: self.id,
            username: self.username,
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            is_active: self.is_active,
            is_staff: self.is_staff,
            is_superuser: self.is_superuser,
            timezone: self.timezone.and_then(|name| zones::current().get(&name)),
            must_change: self.must_change,
            permissions,
            scopes: None,
        })
    }
}

/// Returns a user's own permissions and those of their groups.
fn permissions(conn: &mut Conn, user_id: i64) -> Result<BTreeSet<String>> {
    let own = user_permission::table.filter(user_permission::user_id.eq(user_id));
    let own: Vec<String> = own.select(user_permission::permission).load(conn)?;
    let groups = user_group_member::table.filter(user_group_member::user_id.eq(user_id));
    let of_groups = user_group_permission::table
        .filter(user_group_permission::group_id.eq_any(groups.select(user_group_member::group_id)));
    let of_groups: Vec<String> = of_groups.select(user_group_permission::permission).load(conn)?;
    Ok(own.into_iter().chain(of_groups).collect())
}

/// Returns the user whom `username` means: the one that is spelt so, else the one that differs by normalization alone, else the oldest
/// with the same key. White space around it does not matter.
pub fn id_of_username(conn: &mut Conn, username: &str) -> Result<Option<i64>> {
    let rows = with_key!(conn, user_account, username, username, text::user_key)?;
    Ok(pick(rows, username.trim()).map(|row| row.id))
}

/// Returns the stored name of the user whom `username` means, as [`id_of_username`] finds them.
pub(in crate::auth) fn name_of_username(conn: &mut Conn, username: &str) -> Result<Option<String>> {
    let rows = with_key!(conn, user_account, username, username, text::user_key)?;
    Ok(pick(rows, username.trim()).map(|row| row.name))
}

/// Returns the hash of a user's password.
pub(in crate::auth) fn password(conn: &mut Conn, user_id: i64) -> Result<PasswordHash> {
    let row = user_account::table.filter(user_account::id.eq(user_id));
    Ok(PasswordHash::stored(row.select(user_account::password).first(conn)?))
}

/// Replaces the hash `before` by another one of the same password, and the stamps of the sessions that depend on it.
pub(in crate::auth) fn replace_hash(
    conn: &mut Conn,
    user_id: i64,
    before: &PasswordHash,
    after: &PasswordHash,
) -> Result<()> {
    request_writes::bookkeeping(|| {
        dialect::keyed_transaction(conn, "replace_hash", |conn| {
            let same = user_account::table
                .filter(user_account::id.eq(user_id))
                .filter(user_account::password.eq(before.as_str()));
            let replaced = diesel::update(same)
                .set(user_account::password.eq(after.as_str()))
                .execute(conn)?;
            if replaced > 0 {
                let stamped = login_session::table
                    .filter(login_session::user_id.eq(user_id))
                    .filter(login_session::password_stamp.eq(before.stamp()));
                diesel::update(stamped)
                    .set(login_session::password_stamp.eq(after.stamp()))
                    .execute(conn)?;
            }
            Ok(())
        })
    })
}

/// Stores when a user logged in.
pub(in crate::auth) fn set_last_login(conn: &mut Conn, user_id: i64, now: NaiveDateTime) -> Result<()> {
    diesel::update(user_account::table.filter(user_account::id.eq(user_id)))
        .set(user_account::last_login.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Locks a user until the end of the transaction, so that no other transaction disables them meanwhile.
pub(in crate::auth) fn lock_user(conn: &mut Conn, user_id: i64) -> Result<()> {
    dialect::lock_rows(
        conn,
        &format!("SELECT 1 FROM user_account WHERE id = {user_id} FOR SHARE"),
    )
}
