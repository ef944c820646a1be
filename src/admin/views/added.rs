//! Pages that apps and models add: what holds before each of them is called.

use super::{ViewResult, forbidden, missing, not_found};
use crate::admin::context::Context;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::auth::Action;

/// Returns a page of an app.
pub fn app_page(context: &mut Context<'_>, app: &str, name: &str) -> ViewResult {
    match context.site.app_page(app, name) {
        Some(page) if page.may(&context.account) => page.view(context),
        Some(_) => forbidden(context),
        None => not_found(context),
    }
}

/// Returns a page of an object.
pub fn object_page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: &str,
    name: &str,
    posted: Option<&Query>,
) -> ViewResult {
    let Some(page) = entry.object_page(name) else {
        return not_found(context);
    };
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    let Ok(key) = id.parse::<i64>() else {
        return missing(context, entry, id);
    };
    if !entry.may_do(context.conn, &context.account, Action::View, key)? {
        return forbidden(context);
    }
    match page.view(context, entry, key, posted)? {
        Some(reply) => Ok(reply),
        None => missing(context, entry, id),
    }
}
