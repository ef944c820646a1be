//! Users as files: out only, and never their passwords.

use serde_json::json;

use super::store;
use crate::admin::transfer::{ColumnKind, Exchange, FileColumn, FileRecord};
use crate::apps::accounts::{GROUP, group};
use crate::auth::Model;
use crate::db::{Conn, Result};

/// Users as files.
pub struct UserExchange;

const COLUMNS: [FileColumn; 11] = [
    FileColumn::new("username", ColumnKind::Text),
    FileColumn::new("first_name", ColumnKind::Text),
    FileColumn::new("last_name", ColumnKind::Text),
    FileColumn::new("email", ColumnKind::Text),
    FileColumn::new("is_active", ColumnKind::Flag),
    FileColumn::new("is_staff", ColumnKind::Flag),
    FileColumn::new("is_superuser", ColumnKind::Flag),
    FileColumn::new("timezone", ColumnKind::Optional),
    FileColumn::new("groups", ColumnKind::Names),
    FileColumn::new("user_permissions", ColumnKind::Names),
    FileColumn::new("last_login", ColumnKind::Optional),
];

impl Exchange for UserExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn named(&self, column: &FileColumn) -> Option<Model> {
        (column.name == "groups").then_some(GROUP)
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        let groups = group::store::names(conn)?;
        let users = store::all(conn)?.into_iter().filter(|user| ids.contains(&user.id));
        let record = |user: super::model::StoredUser| {
            let mut record = user.state.to_json(&groups);
            let at = user.last_login.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            record.insert("last_login".to_owned(), json!(at));
            (user.id, record)
        };
        Ok(users.map(record).collect())
    }
}
