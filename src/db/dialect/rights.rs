//! The lock on what decides on a user's rights.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};

use crate::db::conn::{AnyConnection, Conn};
use crate::db::error::Result;

/// Locks the user, their permissions, groups with their permissions, and the session: one statement, prepared once, instead of five.
const LOCK: [&str; 6] = [
    "WITH account AS MATERIALIZED (SELECT 1 FROM user_account WHERE id = ",
    " FOR SHARE), own AS MATERIALIZED (SELECT 1 FROM user_permission WHERE user_id = ",
    " FOR SHARE), groups AS MATERIALIZED (SELECT 1 FROM user_group_member AS member \
     JOIN user_group ON user_group.id = member.group_id WHERE member.user_id = ",
    " FOR SHARE), of_groups AS MATERIALIZED (SELECT 1 FROM user_group_member AS member \
     JOIN user_group_permission AS permission USING (group_id) WHERE member.user_id = ",
    " FOR SHARE OF permission), session AS MATERIALIZED (SELECT 1 FROM login_session WHERE id_hash = ",
    " FOR KEY SHARE) SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM own) + (SELECT count(*) FROM groups) \
     + (SELECT count(*) FROM of_groups) + (SELECT count(*) FROM session)",
];

/// The query of [`LOCK`]. A query of its own type, so that it is prepared once.
#[derive(Clone, Debug, QueryId)]
struct RightsLock {
    user_id: i64,
    session: String,
}

impl Query for RightsLock {
    type SqlType = BigInt;
}

impl<C> RunQueryDsl<C> for RightsLock {}

impl QueryFragment<Pg> for RightsLock {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let [first, of_user @ .., of_session, rest] = LOCK;
        out.push_sql(first);
        for part in of_user {
            out.push_bind_param::<BigInt, _>(&self.user_id)?;
            out.push_sql(part);
        }
        out.push_bind_param::<BigInt, _>(&self.user_id)?;
        out.push_sql(of_session);
        out.push_bind_param::<Text, _>(&self.session)?;
        out.push_sql(rest);
        Ok(())
    }
}

/// Locks what decides on the rights of a user in the session with the key `session`, until the transaction ends. On SQLite the write lock
/// covers all rows.
pub fn lock_rights(conn: &mut Conn, user_id: i64, session: &str) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => {
            let session = session.to_owned();
            RightsLock { user_id, session }.get_result::<i64>(conn)?;
            Ok(())
        }
    }
}
