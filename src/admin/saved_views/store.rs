//! Every query of saved views.

use diesel::prelude::*;

use super::{ListOwner, SavedView};
use crate::db::schema::saved_view;
use crate::db::{Conn, Result};

/// Returns the views of a list, by name.
pub(super) fn all(conn: &mut Conn, of: ListOwner<'_>) -> Result<Vec<SavedView>> {
    let query = saved_view::table
        .filter(saved_view::user_id.eq(of.user_id))
        .filter(saved_view::model.eq(of.model.to_owned()));
    let rows: Vec<(i64, String, String, bool)> = query
        .select((
            saved_view::id,
            saved_view::name,
            saved_view::query,
            saved_view::is_default,
        ))
        .load(conn)?;
    let view = |(id, name, query, is_default)| SavedView {
        id,
        name,
        query,
        is_default,
    };
    let mut views: Vec<SavedView> = rows.into_iter().map(view).collect();
    views.sort_by_key(|view| (view.name.to_lowercase(), view.id));
    Ok(views)
}

/// Returns how many views each of these users keeps.
pub(super) fn count_by_user(conn: &mut Conn, user_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let views = saved_view::table
        .filter(saved_view::user_id.eq_any(user_ids.to_vec()))
        .group_by(saved_view::user_id);
    Ok(views
        .select((saved_view::user_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Stores a view.
pub(super) fn insert(conn: &mut Conn, of: ListOwner<'_>, name: &str, query: &str, is_default: bool) -> Result<()> {
    diesel::insert_into(saved_view::table)
        .values((
            saved_view::user_id.eq(of.user_id),
            saved_view::model.eq(of.model.to_owned()),
            saved_view::name.eq(name.to_owned()),
            saved_view::query.eq(query.to_owned()),
            saved_view::is_default.eq(is_default),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives a view another name.
pub(super) fn rename(conn: &mut Conn, of: ListOwner<'_>, id: i64, name: &str) -> Result<()> {
    let view = saved_view::table
        .filter(saved_view::id.eq(id))
        .filter(saved_view::user_id.eq(of.user_id))
        .filter(saved_view::model.eq(of.model.to_owned()));
    diesel::update(view)
        .set(saved_view::name.eq(name.to_owned()))
        .execute(conn)?;
    Ok(())
}

/// Makes a view the default of its list, and no other.
pub(super) fn set_default(conn: &mut Conn, of: ListOwner<'_>, id: Option<i64>) -> Result<()> {
    let views = saved_view::table
        .filter(saved_view::user_id.eq(of.user_id))
        .filter(saved_view::model.eq(of.model.to_owned()));
    diesel::update(views.clone())
        .set(saved_view::is_default.eq(false))
        .execute(conn)?;
    if let Some(id) = id {
        diesel::update(views.filter(saved_view::id.eq(id)))
            .set(saved_view::is_default.eq(true))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes a view; says whether there was one.
pub(super) fn delete(conn: &mut Conn, of: ListOwner<'_>, id: i64) -> Result<bool> {
    let view = saved_view::table
        .filter(saved_view::id.eq(id))
        .filter(saved_view::user_id.eq(of.user_id))
        .filter(saved_view::model.eq(of.model.to_owned()));
    Ok(diesel::delete(view).execute(conn)? > 0)
}
