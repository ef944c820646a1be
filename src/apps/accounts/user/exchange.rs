//! Users as files: out only, and never their passwords.

use serde_json::json;

use super::store;
use crate::admin::transfer::{Column, Exchange, Kind, Record};
use crate::apps::accounts::group;
use crate::db::{Conn, Result};

/// Users as files.
pub struct UserExchange;

const COLUMNS: [Column; 11] = [
    Column::new("username", Kind::Text),
    Column::new("first_name", Kind::Text),
    Column::new("last_name", Kind::Text),
    Column::new("email", Kind::Text),
    Column::new("is_active", Kind::Flag),
    Column::new("is_staff", Kind::Flag),
    Column::new("is_superuser", Kind::Flag),
    Column::new("timezone", Kind::Optional),
    Column::new("groups", Kind::Names),
    Column::new("user_permissions", Kind::Names),
    Column::new("last_login", Kind::Optional),
];

impl Exchange for UserExchange {
    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, Record)>> {
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
