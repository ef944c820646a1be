//! What happened to an object: who, when, from what to what; also after it was deleted.

use askama::Template;

use super::{ViewResult, forbidden, hidden, missing, way};
use crate::admin::address::ModelPage;
use crate::admin::context::Context;
use crate::admin::history as audit_log;
use crate::admin::links;
use crate::admin::pages::history::HistoryPage;
use crate::admin::reply::html;
use crate::admin::site::SiteEntry;
use crate::audit::store;
use crate::auth::Action;

/// Entries of a page.
const PAGE_SIZE: i64 = 100;

/// Returns the history of an object.
pub fn history(context: &mut Context<'_>, entry: &SiteEntry, id: &str) -> ViewResult {
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    let Ok(key) = id.parse::<i64>() else {
        return missing(context, entry, id);
    };
    let content_type = entry.spec.model.to_string();
    let count = store::count_of_object(context.conn, &content_type, key)?;
    let object = entry.admin.object(context.conn, key)?;
    let object = object.map(|object| hidden::covered(context, entry, object));
    if count == 0 && object.is_none() {
        return missing(context, entry, id);
    }
    if !entry.may_do(context.conn, &context.account, Action::View, key)? {
        return forbidden(context);
    }
    let last = (count.max(1) + PAGE_SIZE - 1) / PAGE_SIZE;
    // A number that is too large for any page is too large for the last one as well.
    let too_large = |page: &str| !page.is_empty() && page.bytes().all(|byte| byte.is_ascii_digit());
    let asked = context.query.get("p").unwrap_or("1");
    let asked = asked.parse().unwrap_or(if too_large(asked) { last } else { 1 });
    let page = i64::clamp(asked, 1, last);
    let entries = store::of_object(context.conn, &content_type, key, (page - 1) * PAGE_SIZE, PAGE_SIZE)?;
    let title = object
        .as_ref()
        .map(|object| object.title.clone())
        .or_else(|| entries.last().map(|entry| entry.object_repr.clone()));
    let title = title.unwrap_or_default();
    let zone = context.zone();
    let pages = links::page_links(page, last, &context.query);
    let object_link = object.as_ref().map(|_| entry.change_url(key));
    let restore_url = match object {
        Some(_) if entry.may_do(context.conn, &context.account, Action::Change, key)? => Some(entry.change_url(key)),
        None if entry.may(&context.account, Action::Add) => Some(entry.address(ModelPage::Add).into()),
        _ => None,
    };
    let body = format!(
        "app-{} model-{} change-history",
        entry.spec.model.app, entry.spec.model.name
    );
    let page = HistoryPage {
        entries: entries
            .iter()
            .map(|log_entry| {
                audit_log::history_entry(log_entry, zone, &entry.spec, &hidden::of_properties(context, entry))
            })
            .collect(),
        pages,
        restore_url: restore_url.map(|url| format!("{url}?restore=")),
        frame: context.frame(
            &format!("Change history: {title}"),
            way(entry, &[(title.as_str(), object_link), ("History", None)]),
            &body,
        ),
    };
    Ok(html(page.render()?))
}
