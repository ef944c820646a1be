//! What is posted to a list: an action on chosen rows, or cells that were edited.

use super::delete::{ask, delete_all, refused};
use super::list::{self, Edited};
use super::{Outcome, forbidden, message_page};
use crate::admin::context::Context;
use crate::admin::input::Input;
use crate::admin::listing::Listing;
use crate::admin::model::{Refusal, Values};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::site::Entry;
use crate::audit;
use crate::auth::Action;

/// The most rows that one form names by their keys.
const KEYS_MAX: usize = 10_000;

/// Answers a form posted to a list. Saving wins over an action.
///
/// # Errors
/// Those of the database and of the template.
pub fn post(context: &mut Context<'_>, entry: &Entry, posted: &Query) -> Outcome {
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    if posted.get("_save").is_some() {
        return save_rows(context, entry, posted);
    }
    act(context, entry, posted)
}

fn back(context: &Context<'_>, entry: &Entry) -> String {
    format!(
        "{}{}",
        entry.url(),
        if context.query.is_empty() {
            String::new()
        } else {
            context.query.link()
        }
    )
}

fn act(context: &mut Context<'_>, entry: &Entry, posted: &Query) -> Outcome {
    let to = back(context, entry);
    let warn = |text: &str| Ok(redirect(to.clone(), Message::new(Level::Warning, text)));
    // There may be an action bar above and one below; `index` says whose select counts.
    let index = posted
        .get("index")
        .and_then(|index| index.parse::<usize>().ok())
        .unwrap_or(0);
    let chosen = posted.all("action");
    let action = chosen.get(index).or(chosen.first()).copied().unwrap_or("");
    if !list::actions(context, entry).iter().any(|(name, _)| name == action) {
        return warn("No action was chosen.");
    }
    let named: Vec<i64> = posted
        .all("_selected_action")
        .iter()
        .filter_map(|id| id.parse().ok())
        .take(KEYS_MAX)
        .collect();
    if named.is_empty() {
        return warn("Choose the rows that the action is for. Nothing was changed.");
    }
    let across = posted.get("select_across") == Some("1");
    let ids = if across {
        match Listing::read(&entry.spec, &context.query, context.zone()) {
            Ok(listing) => entry.admin.keys(context.conn, &listing.wanted)?,
            Err(bad) => {
                let text = format!(
                    "The parameter “{}” of this address cannot be understood: {}.",
                    bad.name, bad.reason
                );
                return message_page(
                    context,
                    400,
                    "Bad request",
                    &text,
                    ("Back to the whole list", &entry.url()),
                );
            }
        }
    } else {
        named.clone()
    };
    if action == "delete_selected" {
        return delete_selected(context, entry, posted, &named, across, &ids);
    }
    let actor = context.actor();
    let account = std::sync::Arc::clone(&context.account);
    let done = audit::transaction(context.conn, &actor, context.now, |tx| {
        entry.admin.act(tx, &account, action, &ids)
    });
    match done {
        Ok(count) => Ok(redirect(
            to,
            Message::new(Level::Success, format!("{} changed.", counted(entry, count))),
        )),
        Err(Refusal::Audit(audit::Error::Denied(_))) => forbidden(context),
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => Ok(redirect(to, Message::new(Level::Error, refusal.to_string()))),
    }
}

fn counted(entry: &Entry, count: usize) -> String {
    if count == 1 {
        format!("1 {} was", entry.spec.singular)
    } else {
        format!("{count} {} were", entry.spec.plural)
    }
}

/// Asks, then deletes exactly what was asked about: the named rows, or as many as the query then gave.
fn delete_selected(
    context: &mut Context<'_>,
    entry: &Entry,
    posted: &Query,
    named: &[i64],
    across: bool,
    ids: &[i64],
) -> Outcome {
    let deletion = entry.admin.deletion(context.conn, ids)?;
    let what = if ids.len() == 1 {
        format!("this {}", entry.spec.singular)
    } else {
        format!("these {} {}", ids.len(), entry.spec.plural)
    };
    let action = back(context, entry);
    let expected = posted
        .get("expected_count")
        .and_then(|count| count.parse::<usize>().ok());
    let confirmed = posted.get("post") == Some("yes") && (!across || expected == Some(ids.len()));
    if !confirmed || !deletion.protected.is_empty() {
        let mut hidden: Vec<(String, String)> = vec![
            ("action".to_owned(), "delete_selected".to_owned()),
            ("post".to_owned(), "yes".to_owned()),
        ];
        let shown: &[i64] = if across { &named[..1] } else { named };
        hidden.extend(shown.iter().map(|id| ("_selected_action".to_owned(), id.to_string())));
        if across {
            hidden.push(("select_across".to_owned(), "1".to_owned()));
            hidden.push(("expected_count".to_owned(), ids.len().to_string()));
        }
        let status = if deletion.protected.is_empty() || posted.get("post").is_none() {
            200
        } else {
            409
        };
        return ask(context, entry, status, what, action, deletion, hidden);
    }
    match delete_all(context, entry, ids) {
        Ok(()) => Ok(redirect(
            action,
            Message::new(
                Level::Success,
                format!("{} deleted successfully.", counted(entry, ids.len())),
            ),
        )),
        Err(refusal) => refused(context, entry, what, action, deletion, refusal),
    }
}

/// A row that was posted and whose user changed something in it.
struct EditedRow {
    id: i64,
    version: i64,
    ticks: Vec<(&'static str, bool)>,
}

/// Saves edited cells: only of rows that the user changed, all of them or none.
fn save_rows(context: &mut Context<'_>, entry: &Entry, posted: &Query) -> Outcome {
    let columns: Vec<&'static str> = entry
        .spec
        .columns
        .iter()
        .filter(|column| column.editable)
        .map(|column| column.key)
        .collect();
    if columns.is_empty() || !entry.may(&context.account, Action::Change) {
        return forbidden(context);
    }
    let total = posted
        .get("form-TOTAL_FORMS")
        .and_then(|total| total.parse::<usize>().ok());
    let Some(total) = total.filter(|total| *total <= KEYS_MAX) else {
        return list::show(
            context,
            entry,
            &Edited {
                status: 422,
                errors: vec!["The rows did not arrive whole: form-TOTAL_FORMS is missing or is no number.".to_owned()],
                ..Edited::default()
            },
        );
    };
    let mut edited = Edited {
        status: 422,
        ..Edited::default()
    };
    let mut changed = Vec::new();
    for index in 0..total {
        match read_row(context, entry, posted, index, &columns)? {
            Ok(Some(row)) => changed.push(row),
            Ok(None) => {}
            Err(error) => edited.errors.push(error),
        }
    }
    edited.ticks = changed
        .iter()
        .flat_map(|row: &EditedRow| row.ticks.iter().map(|(key, ticked)| (row.id, *key, *ticked)))
        .collect();
    if !edited.errors.is_empty() {
        return list::show(context, entry, &edited);
    }
    if let Some(conflict) = save_all(context, entry, &changed)? {
        edited.status = 409;
        edited.errors.push(conflict);
        return list::show(context, entry, &edited);
    }
    let to = back(context, entry);
    if changed.is_empty() {
        return Ok(Reply::Redirect {
            to,
            messages: vec![Message::new(Level::Warning, "No row was changed.")],
        });
    }
    Ok(redirect(
        to,
        Message::new(
            Level::Success,
            format!("{} changed successfully.", counted(entry, changed.len())),
        ),
    ))
}

/// A row if its user changed it: compared with what the page showed them, which the hidden `…-initial` fields say.
fn read_row(
    context: &mut Context<'_>,
    entry: &Entry,
    posted: &Query,
    index: usize,
    columns: &[&'static str],
) -> Result<Result<Option<EditedRow>, String>, super::Error> {
    let value = |name: &str| posted.get(&format!("form-{index}-{name}"));
    let Some(id) = value("id").and_then(|id| id.parse::<i64>().ok()) else {
        return Ok(Err(format!("Row {} has no key.", index + 1)));
    };
    let ticked = |key: &str| matches!(value(key), Some("on" | "1" | "true"));
    let mut ticks = Vec::new();
    for key in columns {
        let shown = match value(&format!("{key}-initial")) {
            Some(shown) => shown == "1",
            None => {
                let object = entry.admin.object(context.conn, id)?;
                let values =
                    object.and_then(|object| object.values.get(*key).and_then(|values| values.first().cloned()));
                matches!(values.as_deref(), Some("on" | "1" | "true"))
            }
        };
        if shown != ticked(key) {
            ticks.push((*key, ticked(key)));
        }
    }
    if ticks.is_empty() {
        return Ok(Ok(None));
    }
    match value("_version").and_then(|version| version.parse().ok()) {
        Some(version) => Ok(Ok(Some(EditedRow { id, version, ticks }))),
        None => Ok(Err(format!(
            "Row {} has no version: load the page again, so that nobody's change is lost.",
            index + 1
        ))),
    }
}

/// Saves rows in one transaction; says which one somebody else changed meanwhile, if any.
fn save_all(context: &mut Context<'_>, entry: &Entry, rows: &[EditedRow]) -> Result<Option<String>, super::Error> {
    let actor = context.actor();
    let account = std::sync::Arc::clone(&context.account);
    let saved = audit::transaction(context.conn, &actor, context.now, |tx| {
        for row in rows {
            let object = entry.admin.object(tx.reader(), row.id)?.ok_or_else(|| {
                Refusal::Rule(format!(
                    "The {} with the key {} was deleted meanwhile.",
                    entry.spec.singular, row.id
                ))
            })?;
            if object.version != row.version {
                return Err(Refusal::Rule(format!(
                    "“{}” was changed by somebody else meanwhile. It is shown as it is now, with your ticks; save again to go on.",
                    object.title
                )));
            }
            let mut values = object.values.clone();
            for (key, ticked) in &row.ticks {
                values.insert(
                    (*key).to_owned(),
                    if *ticked { vec!["on".to_owned()] } else { Vec::new() },
                );
            }
            let posted = as_posted(&values);
            let mut input = Input::new(&posted);
            entry.admin.save(tx, &account, Some(row.id), &mut input)?;
        }
        Ok(())
    });
    match saved {
        Ok(()) => Ok(None),
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => Ok(Some(refusal.to_string())),
    }
}

fn as_posted(values: &Values) -> Query {
    Query::new(
        values
            .iter()
            .flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone())))
            .collect(),
    )
}
