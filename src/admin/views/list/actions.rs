//! What is posted to a list: an action on chosen rows, or cells that were edited.

use super::edit;
use super::offered::offered;
use super::request::{ROWS_MAX, back, bad_request, too_many, wanted_listing};
use crate::admin::context::Context;
use crate::admin::model::{ListQuery, Refusal};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, redirect};
use crate::admin::site::SiteEntry;
use crate::admin::transfer::export;
use crate::admin::views::delete::{ask, delete_all, refused};
use crate::admin::views::messages::changed;
use crate::admin::views::{ViewResult, bulk, forbidden};
use crate::audit;
use crate::auth::Action;

/// Answers a form posted to a list. Saving wins over an action.
pub fn post(context: &mut Context<'_>, entry: &SiteEntry, posted: &Query) -> ViewResult {
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    if posted.get("_save").is_some() {
        return edit::save_rows(context, entry, posted);
    }
    if posted.get("action") == Some(bulk::ACTION) && posted.get(bulk::edits::ROWS).is_some() {
        return bulk::go_on(context, entry, posted);
    }
    act(context, entry, posted)
}

fn act(context: &mut Context<'_>, entry: &SiteEntry, posted: &Query) -> ViewResult {
    let to = back(context, entry);
    let warn = |text: &str| Ok(redirect(to.clone(), Message::new(Level::Warning, text)));
    let named: Vec<i64> = posted
        .all("_selected_action")
        .iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    if named.is_empty() {
        return warn("Items must be selected in order to perform actions on them. No items have been changed.");
    }
    let action = posted_action(posted);
    if !offered(context, entry).iter().any(|(name, _)| name == action) {
        return warn("No action selected.");
    }
    let across = posted.get("select_across") == Some("1");
    let wanted = if across {
        match wanted_listing(context, entry) {
            Ok(listing) => listing.wanted,
            Err(bad) => return bad_request(context, entry, &bad),
        }
    } else {
        ListQuery {
            keys: Some(named),
            ..ListQuery::default()
        }
    };
    // What has vanished since the page was drawn is passed over.
    let limit = i64::try_from(ROWS_MAX).map_or(i64::MAX, |limit| limit.saturating_add(1));
    let list = entry.admin.list(context.conn)?;
    let ids = list.keys(context.conn, &wanted, limit)?;
    if ids.is_empty() {
        return warn("The chosen rows are no longer there. Nothing was changed.");
    }
    if ids.len() > ROWS_MAX {
        return warn(&format!("{} Nothing was changed.", too_many(entry)));
    }
    if action == export::ACTION {
        return export::chosen(context, entry, posted, &wanted, &ids);
    }
    let needed = if action == "delete_selected" {
        Action::Delete
    } else {
        Action::Change
    };
    if !entry.may_do_to_all(context.conn, &context.account, needed, &ids)? {
        return forbidden(context);
    }
    if action == "delete_selected" {
        return delete_selected(context, entry, posted, across, &ids);
    }
    if action == bulk::ACTION {
        return bulk::begin(context, entry, &ids);
    }
    act_of_model(context, entry, action, &ids)
}

/// Returns the chosen action. There may be an action bar above and one below; `index` says whose select counts.
fn posted_action(posted: &Query) -> &str {
    let index = posted.get("index").and_then(|index| index.parse::<usize>().ok());
    let chosen = posted.all("action");
    chosen.get(index.unwrap_or(0)).or(chosen.first()).copied().unwrap_or("")
}

/// Carries out an action that the model declares.
fn act_of_model(context: &mut Context<'_>, entry: &SiteEntry, action: &str, ids: &[i64]) -> ViewResult {
    let to = back(context, entry);
    let actor = context.actor();
    let done = audit::transaction(context.conn, &actor, context.now, |tx| entry.admin.act(tx, action, ids));
    match done {
        Ok(count) => Ok(redirect(to, changed(entry, count, ids.len().saturating_sub(count)))),
        Err(Refusal::Audit(audit::Error::Denied(_))) => forbidden(context),
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => Ok(redirect(to, Message::new(Level::Error, refusal.to_string()))),
    }
}

/// Asks, then deletes exactly what was asked about: the rows that the confirmation names, or those that the query gave when it was drawn.
fn delete_selected(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: &Query,
    across: bool,
    ids: &[i64],
) -> ViewResult {
    let deletion = entry.admin.deletion(context.conn, ids)?;
    let what = if ids.len() == 1 {
        format!("this {}", entry.spec.singular)
    } else {
        format!("these {}", entry.amount(ids.len()))
    };
    let action = back(context, entry);
    if !deletion.protected.is_empty() {
        return ask(context, entry, 409, what, action, deletion, Vec::new());
    }
    let (count, keys) = (ids.len().to_string(), fingerprint(ids));
    let is_posted = posted.get("post") == Some("yes");
    let is_asked_about = posted.get("expected_count") == Some(count.as_str())
        && posted.get("expected_keys").is_none_or(|expected| expected == keys);
    if !is_posted || (across && !is_asked_about) {
        if let Some(expected) = posted.get("expected_count").filter(|_| is_posted) {
            let text = format!(
                "The list has changed meanwhile: it had {expected} rows and has {count} now. Nothing was deleted yet."
            );
            context.messages.push(Message::new(Level::Warning, text));
        }
        let mut hidden: Vec<(String, String)> = vec![
            ("action".to_owned(), "delete_selected".to_owned()),
            ("post".to_owned(), "yes".to_owned()),
        ];
        let shown = if across { &ids[..1] } else { ids };
        hidden.extend(shown.iter().map(|id| ("_selected_action".to_owned(), id.to_string())));
        if across {
            hidden.push(("select_across".to_owned(), "1".to_owned()));
            hidden.push(("expected_count".to_owned(), count));
            hidden.push(("expected_keys".to_owned(), keys));
        }
        return ask(context, entry, 200, what, action, deletion, hidden);
    }
    match delete_all(context, entry, ids) {
        Ok(()) => Ok(redirect(
            action,
            Message::new(
                Level::Success,
                format!("Successfully deleted {}.", entry.amount(ids.len())),
            ),
        )),
        Err(refusal) => refused(context, entry, what, action, deletion, refusal),
    }
}

/// Tells one set of keys from another in few characters (FNV-1a), so that a row which came in the place of another is noticed.
fn fingerprint(ids: &[i64]) -> String {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    let hash = sorted
        .iter()
        .flat_map(|id| id.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("{hash:016x}")
}
