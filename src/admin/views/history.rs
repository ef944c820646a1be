//! What happened to an object: who, when, from what to what, newest first; also after it was deleted. What happened to other objects while
//! they were part of it stands between, marked as theirs.

use askama::Template;
use chrono::NaiveDateTime;

use super::list::request::hidden_models;
use super::{ViewError, ViewResult, forbidden, hidden, missing, way};
use crate::admin::address::ModelPage;
use crate::admin::context::Context;
use crate::admin::links;
use crate::admin::model::{ChangePart, LinkedPast, PropertyChange};
use crate::admin::pages::history::{HistoryPage, ShownEntry};
use crate::admin::reply::html;
use crate::admin::site::SiteEntry;
use crate::audit::store::{self, LogEntry};
use crate::auth::{Action, Model};
use crate::db::{self, Conn};

/// Entries of a page.
const PAGE_SIZE: usize = 100;

/// The most entries whose states are read to find out what was linked when: for a whole history, and for its newest entries.
const STATES_MAX: i64 = 2_000;
const STATES_OF_NEWEST_MAX: i64 = 50;

/// The most other objects of the same name that are named.
const NAMESAKES_MAX: i64 = 5;

/// So many keys are read at a time to find the newest entries.
const KEYS_MAX: i64 = 200;

/// The entries of a history.
struct Entries {
    /// The keys of those that are shown, newest first.
    keys: Vec<i64>,
    /// How many there are of other objects that the reader may not view.
    hidden: Vec<(Model, usize)>,
}

/// Returns the history of an object.
pub fn history(context: &mut Context<'_>, entry: &SiteEntry, id: &str) -> ViewResult {
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    let Ok(key) = id.parse::<i64>() else {
        return missing(context, entry, id);
    };
    let current = current_title(context, entry, key)?;
    let newest = store::newest_of_object(context.conn, &entry.spec.model.to_string(), key)?;
    if newest.is_none() && current.is_none() {
        return missing(context, entry, id);
    }
    if !entry.may_do(context.conn, &context.account, Action::View, key)? {
        return forbidden(context);
    }
    let all = entries(context, entry, key)?;
    let last = all.keys.len().div_ceil(PAGE_SIZE).max(1);
    let page = asked_page(context, last);
    let shown: Vec<i64> = all
        .keys
        .iter()
        .skip((page - 1) * PAGE_SIZE)
        .take(PAGE_SIZE)
        .copied()
        .collect();
    let log_entries = store::by_keys(context.conn, &shown)?;
    let title = current
        .clone()
        .or_else(|| newest.map(|newest| hidden::title_of_entry(context, entry, &newest)))
        .unwrap_or_default();
    let pages = links::page_links(to_number(page), to_number(last), &context.query);
    let object_link = current.as_ref().map(|_| entry.change_url(key));
    let restore_url = match current {
        Some(_) if entry.may_do(context.conn, &context.account, Action::Change, key)? => Some(entry.change_url(key)),
        None if entry.may(&context.account, Action::Add) => Some(entry.address(ModelPage::Add).into()),
        _ => None,
    };
    let namesakes = namesakes(context, entry, key, (&title, current.is_some()))?;
    let page = HistoryPage {
        namesakes,
        entries: log_entries
            .iter()
            .map(|log_entry| shown_entry(context, entry, key, log_entry))
            .collect(),
        hidden: all
            .hidden
            .iter()
            .filter_map(|count| hidden_words(context, *count))
            .collect(),
        pages,
        restore_url: restore_url.map(|url| format!("{url}?restore=")),
        frame: context.frame(
            &format!("Change history: {title}"),
            way(entry, &[(title.as_str(), object_link), ("History", None)]),
            &format!(
                "app-{} model-{} change-history",
                entry.spec.model.app, entry.spec.model.name
            ),
        ),
    };
    Ok(html(page.render()?))
}

/// Returns the objects that had the name of one before it, or of one that is gone, the object that has it now; at most a few.
fn namesakes(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    key: i64,
    (title, is_present): (&str, bool),
) -> Result<Vec<(String, String)>, ViewError> {
    if entry.spec.is_log() {
        return Ok(Vec::new());
    }
    let (model, singular) = (entry.spec.model.to_string(), entry.spec.singular);
    let found: Vec<(String, i64)> = match is_present {
        true => {
            let deleted = store::deletions_of_title(context.conn, &model, title, key, NAMESAKES_MAX)?.into_iter();
            let words = |of: &LogEntry| {
                let at = context.natural(of.action_time).exact;
                format!("Another {singular} “{title}” was deleted at {at}")
            };
            deleted.map(|of| (words(&of), of.object_id)).collect()
        }
        false => {
            let newest = store::newest_of_title(context.conn, &model, title)?;
            let other = newest.map(|of| of.object_id).filter(|other| *other != key);
            let present = match other {
                Some(other) => current_title(context, entry, other)?.map(|title| (title, other)),
                None => None,
            };
            let present = present.into_iter().filter(|(other, _)| other == title);
            present
                .map(|(title, other)| (format!("There is a {singular} “{title}” again, a new one"), other))
                .collect()
        }
    };
    let mut shown = Vec::with_capacity(found.len());
    for (words, other) in found {
        if entry.may_do(context.conn, &context.account, Action::View, other)? {
            shown.push((words, entry.history_url(other)));
        }
    }
    Ok(shown)
}

/// Returns how people call an object, if it is there.
fn current_title(context: &mut Context<'_>, entry: &SiteEntry, key: i64) -> db::Result<Option<String>> {
    // An object may be called after what its reader may not view.
    if entry.spec.is_log() || !hidden_models(context).is_empty() {
        let object = entry.admin.form_object(context.conn, key)?;
        return Ok(object.map(|object| hidden::covered(context, entry, object).title));
    }
    let title = entry.admin.titles(context.conn, &[key])?.pop();
    Ok(title.map(|(_, title)| title))
}

/// Returns the newest entries of an object and of those that were part of it, at most `count`. Those of an object that was part of it before
/// the last fifty entries of all of its kind are left out: the work is the same for a long past and a short one.
///
/// # Errors
/// Those of views.
pub fn newest(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    key: i64,
    count: usize,
) -> Result<Vec<ShownEntry>, ViewError> {
    let limit = i64::try_from(count).unwrap_or(i64::MAX);
    let model = entry.spec.model.to_string();
    let own = store::newest_keys_of_objects(context.conn, &model, &[key], (i64::MAX, limit))?;
    let mut keys: Vec<i64> = own.into_iter().map(|(entry, _)| entry).collect();
    let linked = entry.admin.linked_past(context.conn, key, STATES_OF_NEWEST_MAX)?;
    for of_model in linked.chunk_by(|one, next| one.model == next.model) {
        if of_model
            .iter()
            .all(|past| hidden::of_model(context, past.model).is_none())
        {
            keys.extend(newest_while_linked(context.conn, of_model, count)?);
        }
    }
    keys.sort_unstable_by(|one, other| other.cmp(one));
    keys.truncate(count);
    let log_entries = store::by_keys(context.conn, &keys)?;
    let shown = log_entries
        .iter()
        .map(|log_entry| shown_entry(context, entry, key, log_entry));
    Ok(shown.collect())
}

/// Returns when an object, or another one that was part of it then, was changed last; whether the reader may view that one does not matter.
///
/// # Errors
/// Those of views.
pub fn last_change(context: &mut Context<'_>, entry: &SiteEntry, key: i64) -> Result<Option<NaiveDateTime>, ViewError> {
    let model = entry.spec.model.to_string();
    let own = store::newest_keys_of_objects(context.conn, &model, &[key], (i64::MAX, 1))?;
    let mut newest = own.into_iter().map(|(entry, _)| entry).max();
    let linked = entry.admin.linked_past(context.conn, key, STATES_OF_NEWEST_MAX)?;
    for of_model in linked.chunk_by(|one, next| one.model == next.model) {
        newest = newest.max(newest_while_linked(context.conn, of_model, 1)?.into_iter().max());
    }
    let Some(newest) = newest else { return Ok(None) };
    let found = store::by_keys(context.conn, &[newest])?.pop();
    Ok(found.map(|found| found.action_time))
}

/// Returns the page that is asked for, from 1 to `last`.
fn asked_page(context: &Context<'_>, last: usize) -> usize {
    // A number that is too large for any page is too large for the last one as well.
    let too_large = |page: &str| !page.is_empty() && page.bytes().all(|byte| byte.is_ascii_digit());
    let asked = context.query.get("p").unwrap_or("1");
    let page = asked.parse().unwrap_or(if too_large(asked) { last } else { 1 });
    page.clamp(1, last)
}

fn to_number(page: usize) -> i64 {
    i64::try_from(page).unwrap_or(i64::MAX)
}

/// Finds the entries of an object and of those that were part of it.
fn entries(context: &mut Context<'_>, entry: &SiteEntry, key: i64) -> db::Result<Entries> {
    let own = store::keys_of_objects(context.conn, &entry.spec.model.to_string(), &[key])?;
    let mut keys: Vec<i64> = own.into_iter().map(|(entry, _)| entry).collect();
    let mut hidden = Vec::new();
    let linked = entry.admin.linked_past(context.conn, key, STATES_MAX)?;
    for of_model in linked.chunk_by(|one, next| one.model == next.model) {
        let Some(first) = of_model.first() else { continue };
        let theirs = keys_while_linked(context.conn, of_model)?;
        if hidden::of_model(context, first.model).is_none() {
            keys.extend(theirs);
        } else if !theirs.is_empty() {
            hidden.push((first.model, theirs.len()));
        }
    }
    keys.sort_unstable_by(|one, other| other.cmp(one));
    Ok(Entries { keys, hidden })
}

/// Returns the keys of the entries of objects of one model, each while it was linked.
fn keys_while_linked(conn: &mut Conn, linked: &[LinkedPast]) -> db::Result<Vec<i64>> {
    let Some(first) = linked.first() else {
        return Ok(Vec::new());
    };
    let ids: Vec<i64> = linked.iter().map(|past| past.id).collect();
    let keys = store::keys_of_objects(conn, &first.model.to_string(), &ids)?.into_iter();
    Ok(keys
        .filter(|key| is_linked(linked, *key))
        .map(|(entry, _)| entry)
        .collect())
}

/// Returns the newest of these keys, at most `count`.
fn newest_while_linked(conn: &mut Conn, linked: &[LinkedPast], count: usize) -> db::Result<Vec<i64>> {
    let Some(first) = linked.first() else {
        return Ok(Vec::new());
    };
    let ids: Vec<i64> = linked.iter().map(|past| past.id).collect();
    let (mut found, mut before) = (Vec::new(), i64::MAX);
    loop {
        let keys = store::newest_keys_of_objects(conn, &first.model.to_string(), &ids, (before, KEYS_MAX))?;
        let while_linked = keys.iter().filter(|key| is_linked(linked, **key));
        found.extend(while_linked.map(|(entry, _)| *entry));
        match keys.last() {
            Some((last, _)) if found.len() < count => before = *last,
            _ => break,
        }
    }
    found.truncate(count);
    Ok(found)
}

/// Returns whether the object of an entry was linked when the entry was made.
fn is_linked(linked: &[LinkedPast], (entry, object): (i64, i64)) -> bool {
    let of_object = linked.iter().filter(|past| past.id == object);
    let mut spans = of_object.flat_map(|past| &past.spans);
    spans.any(|(from, to)| (*from..=*to).contains(&entry))
}

/// Returns how many changes are not shown, in words.
fn hidden_words(context: &Context<'_>, (model, count): (Model, usize)) -> Option<String> {
    let entry = hidden::of_model(context, model)?;
    let changes = if count == 1 { "change" } else { "changes" };
    Some(format!(
        "{count} {changes} of {} that you may not view",
        entry.spec.plural
    ))
}

/// Returns an entry of the history of an object of `entry`: its own, or that of another object.
fn shown_entry(context: &Context<'_>, entry: &SiteEntry, key: i64, log_entry: &LogEntry) -> ShownEntry {
    let is_own = log_entry.object_id == key && log_entry.content_type == entry.spec.model.to_string();
    let other = context
        .site
        .entries()
        .iter()
        .find(|other| other.spec.model.to_string() == log_entry.content_type);
    let of = if is_own { entry } else { other.unwrap_or(entry) };
    let mut shown = hidden::history_entry(context, of, log_entry);
    if !is_own && log_entry.action == "add" && !shown.is_unreadable {
        // What another object came with are its lists: rules, and not that it is enabled.
        let is_list = |change: &PropertyChange| change.parts.iter().all(|part| matches!(part, ChangePart::Added(_)));
        shown.changes.retain(is_list);
    }
    ShownEntry {
        entry: shown,
        of: (!is_own).then(|| (of.spec.singular, of.history_url(log_entry.object_id))),
    }
}
