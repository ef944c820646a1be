//! Views of lists that a user keeps: a name for a query string. They are the user's own, like sessions: no other user sees them, the
//! audit log does not speak of them, and they go with their user. What a query means is not known here.

mod store;

use chrono::NaiveDateTime;

use crate::auth::actor::{self, Actor};
use crate::auth::permission::Permission;
use crate::db::{Conn, Error, Result};
use crate::text::{self, is_unprintable};

/// The most views of one list that a user keeps.
pub const VIEWS_MAX: usize = 50;
/// The most characters of a name.
pub const NAME_LENGTH_MAX: usize = 60;
/// The most characters of a query.
pub const QUERY_LENGTH_MAX: usize = 2_000;

/// A view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// The row's key.
    pub id: i64,
    /// How its user calls it.
    pub name: String,
    /// The query string, without `?`.
    pub query: String,
    /// Whether the list shows it when nothing is asked for.
    pub is_default: bool,
}

/// Whose views of which list.
#[derive(Clone, Copy, Debug)]
pub struct ListOwner<'a> {
    /// The user.
    pub user_id: i64,
    /// The list's model: `sla.component`.
    pub model: &'a str,
}

/// Why a view was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SavedViewError {
    /// The name will not do, or there are too many.
    #[error("{0}")]
    Rule(String),
    /// The user keeps no such view of this list.
    #[error("There is no such view.")]
    Missing,
    /// The user may not look at the list any more, or is not logged in any more.
    #[error(transparent)]
    Refused(#[from] actor::ActorError),
}

impl From<Error> for SavedViewError {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

/// Who changes a view, and when.
#[derive(Clone, Copy, Debug)]
pub struct ViewWriter<'a> {
    /// The user.
    pub actor: &'a Actor,
    /// The permission that it takes.
    pub permission: Permission,
    /// The instant, UTC.
    pub now: NaiveDateTime,
}

/// Runs `work` if the user may still look at the list.
fn write<T>(
    conn: &mut Conn,
    by: ViewWriter<'_>,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, SavedViewError>,
) -> std::result::Result<T, SavedViewError> {
    actor::own_transaction(conn, by.actor, "saved_view", by.now, |conn, acting| {
        acting.permit(by.permission).map_err(actor::ActorError::from)?;
        work(conn)
    })
}

/// Returns the views of a list, by name.
pub fn list(conn: &mut Conn, of: ListOwner<'_>) -> Result<Vec<SavedView>> {
    store::all(conn, of)
}

/// Counts the views that each of these users keeps, of all lists; one without any is left out.
pub fn count_by_user(conn: &mut Conn, user_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    store::count_by_user(conn, user_ids)
}

/// Keeps a new view.
///
/// # Errors
/// [`SavedViewError`]
pub fn add(
    conn: &mut Conn,
    by: ViewWriter<'_>,
    of: ListOwner<'_>,
    (name, query): (&str, &str),
    is_default: bool,
) -> std::result::Result<(), SavedViewError> {
    let name = checked(name)?;
    if query.chars().count() > QUERY_LENGTH_MAX || query.contains('\0') {
        return Err(SavedViewError::Rule(
            "This list asks for too much to be kept.".to_owned(),
        ));
    }
    write(conn, by, |conn| {
        let views = store::all(conn, of)?;
        if let Some(refusal) = taken(&views, None, &name) {
            return Err(SavedViewError::Rule(refusal));
        }
        if views.len() >= VIEWS_MAX {
            return Err(SavedViewError::Rule(format!(
                "You keep {VIEWS_MAX} views of this list already; delete one first."
            )));
        }
        if is_default {
            store::set_default(conn, of, None)?;
        }
        store::insert(conn, of, &name, query, is_default)?;
        Ok(())
    })
}

/// Gives a view another name.
///
/// # Errors
/// [`SavedViewError`]
pub fn rename(
    conn: &mut Conn,
    by: ViewWriter<'_>,
    of: ListOwner<'_>,
    id: i64,
    name: &str,
) -> std::result::Result<(), SavedViewError> {
    let name = checked(name)?;
    write(conn, by, |conn| {
        let views = store::all(conn, of)?;
        if views.iter().all(|view| view.id != id) {
            return Err(SavedViewError::Missing);
        }
        if let Some(refusal) = taken(&views, Some(id), &name) {
            return Err(SavedViewError::Rule(refusal));
        }
        store::rename(conn, of, id, &name)?;
        Ok(())
    })
}

/// Makes a view the default of its list; no view without a key.
///
/// # Errors
/// [`SavedViewError`]
pub fn set_default(
    conn: &mut Conn,
    by: ViewWriter<'_>,
    of: ListOwner<'_>,
    id: Option<i64>,
) -> std::result::Result<(), SavedViewError> {
    write(conn, by, |conn| {
        let views = store::all(conn, of)?;
        if id.is_some_and(|id| views.iter().all(|view| view.id != id)) {
            return Err(SavedViewError::Missing);
        }
        store::set_default(conn, of, id)?;
        Ok(())
    })
}

/// Deletes a view.
///
/// # Errors
/// [`SavedViewError`]
pub fn delete(
    conn: &mut Conn,
    by: ViewWriter<'_>,
    of: ListOwner<'_>,
    id: i64,
) -> std::result::Result<(), SavedViewError> {
    write(conn, by, |conn| match store::delete(conn, of, id)? {
        true => Ok(()),
        false => Err(SavedViewError::Missing),
    })
}

fn checked(name: &str) -> std::result::Result<String, SavedViewError> {
    let name = text::line(name);
    let problem = match name.chars().count() {
        0 => "A view needs a name.".to_owned(),
        _ if name.contains(is_unprintable) => "A name has no characters that cannot be seen.".to_owned(),
        1..=NAME_LENGTH_MAX => return Ok(name),
        length => format!("A name has at most {NAME_LENGTH_MAX} characters, not {length}."),
    };
    Err(SavedViewError::Rule(problem))
}

/// Returns what is said of a name whose key another view has.
fn taken(views: &[SavedView], id: Option<i64>, name: &str) -> Option<String> {
    let mut others = views.iter().filter(|view| Some(view.id) != id);
    let key = text::key(name);
    let other = others.find(|view| text::key(&view.name) == key)?;
    Some(format!("You have a view called “{}” already.", other.name))
}
