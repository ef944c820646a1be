//! Saves that come too late: after another change, or after the object was deleted. Nothing that was typed is lost.
//!
//! The other change may be the user's own, made in another tab or before they went back to the form: pages say so.

use chrono::NaiveDateTime;
use serde_json::{Value, json};

use super::draw::{form, posted_object};
use super::inline::{deleted_rows, replace_rows, says_something};
use super::options::FieldOptions;
use super::preview_row;
use super::state::{FormState, Purpose};
use crate::admin::address::Address;
use crate::admin::context::{Context, Instant};
use crate::admin::history;
use crate::admin::input::as_posted;
use crate::admin::model::{FormValues, Object};
use crate::admin::pages::form::{Conflict, FieldDifference, Since};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, redirect};
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Field, Inline};
use crate::admin::views::{ViewError, ViewResult, capitalised, hidden, missing};
use crate::audit::store::{self, LogEntry};
use crate::auth::{Account, Action};
use crate::db::{self, Conn};

/// The most changes that are listed.
const CHANGES_MAX: i64 = 20;

/// Who changed an object since one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::admin::views) enum Author {
    /// The user alone, for the last time at this instant.
    Oneself(NaiveDateTime),
    /// The user and others; who did so last.
    Several(String),
    /// Others; who did so last.
    Another(String),
    /// The audit log does not say: it was not changed through this program.
    Unknown,
}

impl Author {
    /// Reads who changed an object from its entries behind a version, oldest first; of very many entries the newest are given.
    fn of(since: &[LogEntry], account: &Account) -> Self {
        let own = since.iter().filter(|entry| entry.user_id == Some(account.id)).count();
        let are_all = i64::try_from(since.len()).is_ok_and(|count| count < CHANGES_MAX);
        match since.last() {
            None => Self::Unknown,
            Some(last) if own == since.len() && are_all => Self::Oneself(last.action_time),
            Some(last) if own > 0 => Self::Several(last.actor.clone()),
            Some(last) => Self::Another(last.actor.clone()),
        }
    }

    /// Finds who changed an object since a version.
    pub(in crate::admin::views) fn since(
        conn: &mut Conn,
        entry: &SiteEntry,
        account: &Account,
        id: i64,
        version: i64,
    ) -> db::Result<Self> {
        let content_type = entry.spec.model.to_string();
        let since = store::since_version(conn, &content_type, id, version, CHANGES_MAX)?;
        Ok(Self::of(&since, account))
    }

    /// Says who changed the object of this title since `what`, an instant shown in `zone`.
    pub(in crate::admin::views) fn words(&self, title: &str, what: &str, zone: crate::zones::Zone) -> String {
        match self {
            Self::Oneself(at) => {
                let at = Instant::new(*at, zone).exact;
                format!(
                    "You changed “{title}” yourself at {at}, since {what}: in another tab, or before you went back."
                )
            }
            Self::Several(actor) => format!("“{title}” was changed by you and others since {what}, last by {actor}."),
            Self::Another(actor) => format!("“{title}” was changed by {actor} since {what}."),
            Self::Unknown => format!("“{title}” was changed since {what}."),
        }
    }
}

/// Makes the form that would be posted if what is posted here were saved after all: the same fields, and rows that replace those of
/// `current`. If saving it changes nothing, what was posted is what is stored.
pub(super) fn posted_anew(entry: &SiteEntry, posted: &Query, current: &Object) -> Query {
    let mut object = posted_object(entry, posted, Some(current));
    let mut deleted = deleted_rows(entry, posted);
    replace_rows(&mut object, &mut deleted, current);
    let mut pairs = as_posted(&object.values);
    if let Some(inline) = &entry.spec.inline {
        let count = object.rows.len().to_string();
        for name in ["TOTAL_FORMS", "INITIAL_FORMS"] {
            pairs.push((format!("{}-{name}", inline.prefix), count.clone()));
        }
        for (index, row) in object.rows.iter().enumerate() {
            let row = as_posted(row).into_iter();
            pairs.extend(row.map(|(name, value)| (format!("{}-{index}-{name}", inline.prefix), value)));
            if deleted.contains(&index) {
                pairs.push((format!("{}-{index}-DELETE", inline.prefix), "on".to_owned()));
            }
        }
    }
    Query::new(pairs)
}

/// Returns the page for a save on an older version: field by field what was there when the form was opened, what is there now and what was
/// posted, and who changed what in between. It carries the present version, so that saving again is a decision and wins.
pub(super) fn changed_meanwhile(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: &Query,
    current: &Object,
) -> ViewResult {
    let current = &hidden::covered(context, entry, current.clone());
    let mut object = posted_object(entry, posted, Some(current));
    let opened_version = std::mem::replace(&mut object.version, current.version);
    let content_type = entry.spec.model.to_string();
    let since = store::since_version(context.conn, &content_type, current.id, opened_version, CHANGES_MAX)?;
    let opened = store::state_at(context.conn, &content_type, current.id, opened_version)?;
    let opened = match opened.as_deref().and_then(history::read_state) {
        Some(state) => entry.admin.restored(context.conn, &state)?,
        None => None,
    };
    let opened = opened.map(|opened| hidden::covered(context, entry, opened));
    let mut deleted = deleted_rows(entry, posted);
    let differences = differences(context, entry, opened.as_ref(), current, &object, &deleted)?;
    replace_rows(&mut object, &mut deleted, current);
    let who = match Author::of(&since, &context.account) {
        Author::Oneself(at) => Since::Oneself(context.natural(at)),
        Author::Several(_) => Since::Several,
        Author::Another(_) => Since::Another,
        Author::Unknown => Since::Unknown,
    };
    let conflict = Conflict {
        who,
        since: since
            .iter()
            .map(|change| hidden::history_entry(context, entry, change))
            .collect(),
        differences,
    };
    let shown = FormState {
        conflict: Some(conflict),
        deleted_rows: deleted,
        ..FormState::status(409)
    };
    form(context, entry, Purpose::Change(current.id), &object, shown)
}

fn differences(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    opened: Option<&Object>,
    current: &Object,
    posted: &Object,
    deleted: &[usize],
) -> Result<Vec<FieldDifference>, ViewError> {
    let mut offers = FieldOptions::default();
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
                .collect::<Result<Vec<_>, ViewError>>()?;
            differences.push(FieldDifference {
                name: field.name.to_owned(),
                label: field.label.to_owned(),
                is_only_theirs: opened.as_ref().is_some_and(|opened| opened.trim() == yours.trim()),
                // Where no one else changed anything, taking theirs would undo one's own.
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
        let kept = posted.rows.iter().enumerate();
        let kept = kept.filter(|(index, _)| !deleted.contains(index)).map(|(_, row)| row);
        let kept: Vec<&FormValues> = kept.collect();
        for in_words in [true, false] {
            let mut lines = |rows: &mut dyn Iterator<Item = &FormValues>| {
                rows_in_words(context, entry, &mut offers, inline, (rows, in_words))
            };
            let (now, yours) = (lines(&mut current.rows.iter())?, lines(&mut kept.iter().copied())?);
            if now != yours {
                let opened = opened.map(|opened| lines(&mut opened.rows.iter())).transpose()?;
                differences.push(difference_of_rows(inline, opened, now, yours));
                break;
            }
        }
    }
    Ok(differences)
}

/// Returns how rows differ: those that are in all three lists are only counted, unless the lists differ in their order alone.
fn difference_of_rows(
    inline: &Inline,
    opened: Option<Vec<String>>,
    now: Vec<String>,
    yours: Vec<String>,
) -> FieldDifference {
    let is_only_theirs = opened.as_ref().is_some_and(|opened| *opened == yours);
    let (removed, added) = history::unequal(&now, &yours);
    let (common, _) = history::unequal(&now, &removed);
    let is_moved = removed.is_empty() && added.is_empty();
    let title = capitalised(inline.title);
    let (label, opened, now, yours) = if is_moved || common.is_empty() {
        (title, opened, now, yours)
    } else {
        let opened = opened.map(|opened| history::unequal(&opened, &common).0);
        let same = match common.len() {
            1 => "1 other is the same".to_owned(),
            count => format!("{count} others are the same"),
        };
        (format!("{title} ({same})"), opened, removed, added)
    };
    FieldDifference {
        name: String::new(),
        label,
        is_only_theirs,
        theirs: String::new(),
        opened: opened.map(|opened| opened.join("\n")),
        now: now.join("\n"),
        yours: yours.join("\n"),
    }
}

/// Returns what one of a field's values is called.
fn words_of_one(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    field: &Field,
    value: &str,
) -> Result<String, ViewError> {
    offers.words(context, entry, field, &[value.to_owned()])
}

/// Returns what each row says: in words, or field by field where there are none for it or `in_words` is false.
fn rows_in_words(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    inline: &Inline,
    (rows, in_words): (&mut dyn Iterator<Item = &FormValues>, bool),
) -> Result<Vec<String>, ViewError> {
    let mut lines = Vec::new();
    for row in rows.filter(|row| says_something(inline, row)) {
        if in_words {
            let words = preview_row::words(entry, inline, row);
            if !words.is_empty() {
                lines.push(words);
                continue;
            }
        }
        let mut parts = Vec::new();
        let is_of_kind = |field: &&Field| {
            let mut kinds = row.get("kind").into_iter().flatten();
            field.kinds.is_empty() || kinds.any(|kind| field.kinds.contains(&kind.as_str()))
        };
        for field in inline.fields.iter().filter(is_of_kind) {
            let values = row.get(field.name).map(Vec::as_slice).unwrap_or_default();
            let words = offers.words(context, entry, field, values)?;
            let words = words.trim();
            if !words.is_empty() {
                parts.push(format!("{} {}", field.label.to_lowercase(), words.replace('\n', ", ")));
            }
        }
        lines.push(parts.join("; "));
    }
    Ok(lines)
}

/// Returns the page for a save of something that was deleted meanwhile: what was typed, ready to be added again by users with the permission.
pub(super) fn deleted_meanwhile(context: &mut Context<'_>, entry: &SiteEntry, id: &str, posted: &Query) -> ViewResult {
    let Ok(key) = id.parse::<i64>() else {
        return missing(context, entry, id);
    };
    let newest = store::newest_of_object(context.conn, &entry.spec.model.to_string(), key)?;
    let Some(newest) = newest.filter(|newest| newest.action == "delete") else {
        return missing(context, entry, id);
    };
    let deleted_entry = hidden::history_entry(context, entry, &newest);
    let (singular, title, at) = (entry.spec.singular, &deleted_entry.title, deleted_entry.at.words());
    let what = if newest.user_id == Some(context.account.id) {
        format!("You deleted the {singular} “{title}” yourself on {at}, in another tab or before you went back.")
    } else {
        format!(
            "The {singular} “{title}” was deleted by {} on {at}.",
            deleted_entry.actor
        )
    };
    let can_add = entry.may(&context.account, Action::Add) && entry.spec.add_fieldsets.is_none();
    if !can_add || posted.get("_version").is_none() {
        return Ok(redirect(Address::Index, Message::new(Level::Warning, what)));
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
    let mut shown = FormState::status(409);
    let text = format!("{what} What you typed stands below: saving adds it anew.");
    shown.errors.insert(String::new(), vec![text]);
    form(context, entry, Purpose::Add, &object, shown)
}
