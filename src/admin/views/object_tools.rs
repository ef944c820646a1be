//! What can be opened of an object: the same links beside its form, on its page to read, and as actions in the palette.

use crate::admin::address::Address;
use crate::admin::context::Context;
use crate::admin::model::Object;
use crate::admin::site::SiteEntry;
use crate::auth::Action;
use crate::db;

/// Returns the links of an object's model that the user may open: words and address.
pub fn object_tools(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    object: &Object,
) -> db::Result<Vec<(&'static str, String)>> {
    let mut tools = Vec::new();
    for (words, url) in entry.admin.tools(object) {
        if may_open(context, &url)? {
            tools.push((words, url));
        }
    }
    Ok(tools)
}

/// Returns everything that the user may open of an object, for users with the permission to view it: what [`object_tools`] returns, its
/// history, and its form where the object itself is a page to read.
pub(super) fn object_actions(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    object: &Object,
) -> db::Result<Vec<(&'static str, String)>> {
    let mut actions = object_tools(context, entry, object)?;
    if !entry.spec.is_log() {
        actions.push(("History", entry.history_url(object.id)));
    }
    let is_read = entry.reading_url(object.id).is_some();
    if is_read && entry.may_do(context.conn, &context.account, Action::Change, object.id)? {
        actions.push(("Edit", entry.change_url(object.id)));
    }
    Ok(actions)
}

/// Returns whether the user may open a page of this program: the address of none leads nowhere.
fn may_open(context: &mut Context<'_>, url: &str) -> db::Result<bool> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let account = &context.account;
    Ok(match context.site.address(path) {
        Some(Address::AppPage(app, name)) => {
            let mut pages = context.site.app_pages().iter();
            pages.any(|page| (page.app, page.name) == (app, name) && page.may(account))
        }
        Some(Address::Model(model, page)) => {
            let Some(entry) = context.site.get(model) else {
                return Ok(false);
            };
            let action = entry.action_of(&page);
            match page.key().map(|key| key.as_str().parse::<i64>()) {
                Some(Ok(id)) => entry.may_do(context.conn, account, action, id)?,
                Some(Err(_)) => false,
                None => entry.may(account, action),
            }
        }
        Some(_) => true,
        None => false,
    })
}
