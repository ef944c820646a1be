//! Which components use a label, a window or a calendar, as pages say it: from memory, for an object may have all of them as users.

use std::collections::HashMap;

use super::model::ComponentText;
use super::store;
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::read_model::order::Order;
use crate::db::{self, Conn};

/// Returns names of the components that use an object, at most `limit`, and how many use it.
///
/// # Errors
/// Those of [`db`].
pub fn users(
    conn: &mut Conn,
    read_models: &ReadModels,
    link: Link,
    id: i64,
    limit: i64,
) -> db::Result<(Vec<String>, i64)> {
    let model = read_models.current(conn)?;
    let users = count(model.users(link, id));
    if users == 0 {
        return Ok((Vec::new(), 0));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = model.linked(link, &[id]);
    let ids = model.ids(&found, &[(Order::Text(ComponentText::Name), false)], false, (0, limit));
    let rows = store::by_ids(conn, &ids)?.into_iter();
    let mut names: HashMap<i64, String> = rows.map(|row| (row.id, row.name)).collect();
    // What was deleted meanwhile is left out.
    Ok((ids.iter().filter_map(|id| names.remove(id)).collect(), users))
}

/// Returns a number of components as lists have it.
#[must_use]
pub fn count(users: u64) -> i64 {
    i64::try_from(users).unwrap_or(i64::MAX)
}
