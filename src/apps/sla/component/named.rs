//! The component that a page is asked for by its name.

use super::store;
use crate::admin::listing::BadParameter;
use crate::apps::sla::names::ByName;
use crate::db::{Conn, Result};

/// Returns the key of the component that a name means.
///
/// # Errors
/// Those of [`crate::db`].
pub fn named(conn: &mut Conn, name: &str) -> Result<Option<i64>> {
    // The very name is found without all the others.
    let spelt = store::keys_by_names(conn, &[name.to_owned()])?;
    if let Some((id, _)) = spelt.first() {
        return Ok(Some(*id));
    }
    Ok(ByName::of_rows(store::names(conn)?).get(name).copied())
}

/// Returns what is said of a parameter `component` that names none.
#[must_use]
pub fn no_such_component(name: &str) -> BadParameter {
    BadParameter {
        name: "component".to_owned(),
        reason: format!("there is no component `{name}`"),
    }
}
