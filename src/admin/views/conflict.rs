//! Saves that come too late: after somebody else's change, or after the object was deleted. Nothing that was typed is lost.

use serde_json::{Value, json};

use super::form::{Purpose, Shown, form, posted_object};
use super::offers::Offers;
use super::rows::{deleted_rows, replace_rows, says_something};
use super::{Error, Outcome, missing};
use crate::admin::context::Context;
use crate::admin::model::{Object, Values};
use crate::admin::pages::form::{Conflict, Difference};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, redirect};
use crate::admin::site::Entry;
use crate::admin::spec::{Field, Inline};
use crate::admin::trail;
use crate::audit::store;
use crate::auth::Action;

/// The most changes of others that are told.
const CHANGES_MAX: i64 = 20;

/// The page for a save on an older version: field by field what was there when the form was opened, what is there now and what was
/// posted, and who changed what in between. It carries the present version, so that saving again is a decision and wins.
///
/// # Errors
/// Those of the database and of the template.
pub(super) fn changed_meanwhile(context: &mut Context<'_>, entry: &Entry, posted: &Query, current: &Object) -> Outcome {
    let mut object = posted_object(entry, posted, Some(current));
    let opened_version = std::mem::replace(&mut object.version, current.version);
    let content_type = entry.spec.model.to_string();
    let since = store::since_version(context.conn, &content_type, current.id, opened_version, CHANGES_MAX)?;
    let opened = store::state_at(context.conn, &content_type, current.id, opened_version)?;
    let opened = match opened.as_deref().and_then(trail::state) {
        Some(state) => entry.admin.restored(context.conn, &state)?,
        None => None,
    };
    let mut deleted = deleted_rows(entry, posted);
    let differences = differences(context, entry, opened.as_ref(), current, &object, &deleted)?;
    replace_rows(&mut object, &mut deleted, current);
    let zone = context.zone();
    let conflict = Conflict {
        since: since
            .iter()
            .map(|change| trail::told(change, zone, &entry.spec))
            .collect(),
        differences,
    };
    let shown = Shown {
        conflict: Some(conflict),
        deleted_rows: deleted,
        ..Shown::status(409)
    };
    form(context, entry, Purpose::Change(current.id), &object, shown)
}

fn differences(
    context: &mut Context<'_>,
    entry: &Entry,
    opened: Option<&Object>,
    current: &Object,
    posted: &Object,
    deleted: &[usize],
) -> Result<Vec<Difference>, Error> {
    let mut offers = Offers::default();
    let mut differences = Vec::new();
    let fields = entry.spec.fieldsets.iter().flat_map(|set| &set.fields);
    for field in fields.filter(|field| !field.read_only) {
        let mut words = |object: &Object| {
            let values = object.values.get(field.name).map(Vec::as_slice).unwrap_or_default();
            offers.words(context, entry, field, values)
        };
        let (now, yours) = (words(current)?, words(posted)?);
        if now.trim() != yours.trim() {
            let opened = opened.map(words).transpose()?;
            let is_theirs = opened.as_ref().is_none_or(|opened| opened.trim() != now.trim());
            let values = current.values.get(field.name).map(Vec::as_slice).unwrap_or_default();
            let theirs = values
                .iter()
                .map(|value| Ok(json!([value, words_of_one(context, entry, &mut offers, field, value)?])))
                .collect::<Result<Vec<_>, Error>>()?;
            differences.push(Difference {
                name: field.name.to_owned(),
                label: field.label.to_owned(),
                is_only_theirs: opened.as_ref().is_some_and(|opened| opened.trim() == yours.trim()),
                // Where nobody else changed anything, taking theirs would undo one's own.
                theirs: if is_theirs {
                    Value::Array(theirs).to_string()
                } else {
                    String::new()
                },
                opened,
                now,
                yours,
            });
        }
    }
    if let Some(inline) = &entry.spec.inline {
        let mut words =
            |rows: &mut dyn Iterator<Item = &Values>| rows_in_words(context, entry, &mut offers, inline, rows);
        let kept = posted.rows.iter().enumerate();
        let mut kept = kept.filter(|(index, _)| !deleted.contains(index)).map(|(_, row)| row);
        let (now, yours) = (words(&mut current.rows.iter())?, words(&mut kept)?);
        if now != yours {
            let opened = opened.map(|opened| words(&mut opened.rows.iter())).transpose()?;
            differences.push(Difference {
                name: String::new(),
                label: super::capitalised(inline.title),
                is_only_theirs: opened.as_ref().is_some_and(|opened| *opened == yours),
                theirs: String::new(),
                opened,
                now,
                yours,
            });
        }
    }
    Ok(differences)
}

/// What one of a field's values is called.
fn words_of_one(
    context: &mut Context<'_>,
    entry: &Entry,
    offers: &mut Offers,
    field: &Field,
    value: &str,
) -> Result<String, Error> {
    offers.words(context, entry, field, &[value.to_owned()])
}

/// Rows as lines: what each says, field by field.
fn rows_in_words(
    context: &mut Context<'_>,
    entry: &Entry,
    offers: &mut Offers,
    inline: &Inline,
    rows: &mut dyn Iterator<Item = &Values>,
) -> Result<String, Error> {
    let mut lines = Vec::new();
    for row in rows.filter(|row| says_something(inline, row)) {
        let mut parts = Vec::new();
        for field in &inline.fields {
            let values = row.get(field.name).map(Vec::as_slice).unwrap_or_default();
            let words = offers.words(context, entry, field, values)?;
            let words = words.trim();
            if !words.is_empty() {
                parts.push(format!("{} {}", field.label.to_lowercase(), words.replace('\n', ", ")));
            }
        }
        lines.push(format!("{}. {}", lines.len() + 1, parts.join("; ")));
    }
    Ok(lines.join("\n"))
}

/// The page for a save of something that was deleted meanwhile: what was typed, ready to be added anew by those who may.
///
/// # Errors
/// Those of the database and of the template.
pub(super) fn deleted_meanwhile(context: &mut Context<'_>, entry: &Entry, id: &str, posted: &Query) -> Outcome {
    let Ok(key) = id.parse::<i64>() else {
        return missing(context, entry, id);
    };
    let newest = store::newest_of_object(context.conn, &entry.spec.model.to_string(), key)?;
    let Some(newest) = newest.filter(|newest| newest.action == "delete") else {
        return missing(context, entry, id);
    };
    let told = trail::told(&newest, context.zone(), &entry.spec);
    let what = format!(
        "The {} “{}” was deleted by {} on {}.",
        entry.spec.singular,
        told.title,
        told.actor,
        told.at.words()
    );
    let can_add = entry.may(&context.account, Action::Add) && entry.spec.add_fieldsets.is_none();
    if !can_add || posted.get("_version").is_none() {
        return Ok(redirect("/admin/", Message::new(Level::Warning, what)));
    }
    let mut object = posted_object(entry, posted, None);
    let deleted = deleted_rows(entry, posted);
    let mut index = 0;
    object.rows.retain(|_| {
        index += 1;
        !deleted.contains(&(index - 1))
    });
    for row in &mut object.rows {
        row.remove("id");
    }
    let mut shown = Shown::status(409);
    let text = format!("{what} What you typed stands below: saving adds it anew.");
    shown.errors.insert(String::new(), vec![text]);
    form(context, entry, Purpose::Add, &object, shown)
}
