//! Rows inside a form: what was posted of them, and how they are drawn.

use std::collections::HashSet;

use super::fields::{FieldSet, fields};
use super::options::FieldOptions;
use super::preview_row;
use super::split::separable;
use super::state::FormState;
use crate::admin::address::ModelPage;
use crate::admin::context::Context;
use crate::admin::input::{Errors, ORDER, by_name, is_ticked, is_touched, place, posted_rows};
use crate::admin::model::{FormValues, Object};
use crate::admin::pages::field::ShownField;
use crate::admin::pages::form::{ShownInline, ShownInlineRow};
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::spec::Inline;
use crate::admin::views::{ViewError, capitalised};

/// Returns the posted rows of an inline; untouched ones at the end are left out, the page adds its own.
pub(super) fn rows(inline: &Inline, posted: &Query) -> Vec<FormValues> {
    let posted = by_name(posted);
    let names = || inline.fields.iter().map(|field| field.name).chain(["id", ORDER]);
    let row = |index: usize| -> FormValues {
        let value = |name: &str| {
            let values = posted.get(format!("{}-{index}-{name}", inline.prefix).as_str());
            values.into_iter().flatten().map(|value| (*value).to_owned()).collect()
        };
        names().map(|name| (name.to_owned(), value(name))).collect()
    };
    let mut rows: Vec<FormValues> = (0..posted_rows(inline, &posted)).map(row).collect();
    while rows.last().is_some_and(|row| !says_something(inline, row)) {
        rows.pop();
    }
    rows
}

/// Returns whether a row is stored, or says something.
pub(super) fn says_something(inline: &Inline, row: &FormValues) -> bool {
    let value = |name: &str| {
        row.get(name)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
    };
    value("id").iter().any(|id| !id.trim().is_empty()) || is_touched(inline, value)
}

/// Returns the rows that are ticked to go.
pub(in crate::admin::views) fn deleted_rows(entry: &SiteEntry, posted: &Query) -> Vec<usize> {
    let Some(inline) = &entry.spec.inline else {
        return Vec::new();
    };
    let posted = by_name(posted);
    let is_deleted = |index: &usize| {
        let ticks = posted.get(format!("{}-{index}-DELETE", inline.prefix).as_str());
        is_ticked(ticks.and_then(|ticks| ticks.last()).copied())
    };
    (0..posted_rows(inline, &posted)).filter(is_deleted).collect()
}

/// Gives rows that are to replace those of `current` their keys, and adds those of `current` that are left over, marked for deletion: users
/// see what will be deleted, and the result is these rows and no others.
pub(super) fn replace_rows(object: &mut Object, deleted: &mut Vec<usize>, current: &Object) {
    let key = |row: &FormValues| {
        row.get("id")
            .and_then(|ids| ids.last())
            .filter(|id| !id.is_empty())
            .cloned()
    };
    let known: Vec<String> = current.rows.iter().filter_map(key).collect();
    let mut used = HashSet::new();
    let mut rows: Vec<(FormValues, bool)> = Vec::new();
    for (index, mut row) in std::mem::take(&mut object.rows).into_iter().enumerate() {
        let id = key(&row).filter(|id| known.contains(id) && used.insert(id.clone()));
        let goes = deleted.contains(&index);
        if id.is_none() && goes {
            continue;
        }
        row.insert("id".to_owned(), id.into_iter().collect());
        rows.push((row, goes));
    }
    let mut free = known.iter().filter(|id| !used.contains(*id));
    for (row, _) in rows.iter_mut().filter(|(row, _)| key(row).is_none()) {
        if let Some(id) = free.next() {
            row.insert("id".to_owned(), vec![id.clone()]);
        }
    }
    let left: HashSet<&String> = free.collect();
    rows.extend(
        current
            .rows
            .iter()
            .filter(|row| key(row).is_some_and(|id| left.contains(&id)))
            .map(|row| (row.clone(), true)),
    );
    *deleted = rows
        .iter()
        .enumerate()
        .filter(|(_, (_, goes))| *goes)
        .map(|(index, _)| index)
        .collect();
    object.rows = rows.into_iter().map(|(row, _)| row).collect();
}

/// Returns the rows of the form, and blank ones behind them as long as there is room.
pub(super) fn inline(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    object: &Object,
    shown: &mut FormState,
    can_save: bool,
) -> Result<Option<ShownInline>, ViewError> {
    let Some(inline) = &entry.spec.inline else {
        return Ok(None);
    };
    let blank: FormValues = inline
        .blank
        .iter()
        .map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()]))
        .collect();
    let extra = if can_save {
        inline.extra.min(inline.rows_max.saturating_sub(object.rows.len()))
    } else {
        0
    };
    let mut rows = Vec::new();
    for (index, values) in object.rows.iter().chain(std::iter::repeat_n(&blank, extra)).enumerate() {
        let prefix = format!("{}-{index}-", inline.prefix);
        let set = FieldSet {
            entry,
            fields: &inline.fields,
            prefix: &prefix,
            values,
            can_save,
        };
        rows.push(shown_row(context, offers, inline, &set, (index, shown))?);
    }
    // As the page had them that was sent, while their numbers stay what the errors speak of.
    rows.sort_by_key(|row| place(&row.order));
    let template = match can_save {
        true => template(context, entry, offers, inline, &blank)?,
        false => Vec::new(),
    };
    let zone = inline
        .zone
        .map(|(field, otherwise)| (field, last(&object.values, field), otherwise));
    Ok(Some(ShownInline {
        zone,
        split: inline.split,
        read_url: entry.address(ModelPage::ReadRow).into(),
        template,
        singular: inline.singular.to_owned(),
        prefix: inline.prefix.to_owned(),
        title: capitalised(inline.title),
        errors: shown.errors.remove(inline.prefix).unwrap_or_default(),
        initial: rows.iter().filter(|row| !row.id.is_empty()).count(),
        total: rows.len(),
        rows_max: inline.rows_max,
        rows,
        can_change: can_save,
    }))
}

/// Returns the blank row that the page's script adds copies of.
fn template(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    inline: &Inline,
    blank: &FormValues,
) -> Result<Vec<ShownField>, ViewError> {
    let set = FieldSet {
        entry,
        fields: &inline.fields,
        prefix: &format!("{}-__prefix__-", inline.prefix),
        values: blank,
        can_save: true,
    };
    let mut template = fields(context, offers, &set, &mut Errors::new())?;
    template.iter_mut().for_each(|field| field.disabled = true);
    Ok(template)
}

/// Returns a row of the form and takes its errors.
fn shown_row(
    context: &mut Context<'_>,
    offers: &mut FieldOptions,
    inline: &Inline,
    set: &FieldSet<'_>,
    (index, shown): (usize, &mut FormState),
) -> Result<ShownInlineRow, ViewError> {
    let values = set.values;
    let mut fields = fields(context, offers, set, &mut shown.errors)?;
    if let Some(focused) = fields.iter_mut().find(|field| field.name == shown.focus) {
        focused.autofocus = true;
    }
    Ok(ShownInlineRow {
        index,
        splits: splits(inline, values, &fields),
        id: last(values, "id"),
        title: match values.get("title").and_then(|titles| titles.last()) {
            Some(title) => title.clone(),
            None if says_something(inline, values) => preview_row::words(set.entry, inline, values),
            None => String::new(),
        },
        order: last(values, ORDER),
        deleted: shown.deleted_rows.contains(&index),
        fields,
        errors: shown
            .errors
            .remove(set.prefix.trim_end_matches('-'))
            .unwrap_or_default(),
    })
}

/// Returns the values of a drawn row that can each go into a row of their own, with their words.
fn splits(inline: &Inline, values: &FormValues, fields: &[ShownField]) -> Vec<(String, String)> {
    let name = inline.split.map_or("", |split| split.field);
    let separable = separable(inline, values);
    let options = fields.iter().filter(|field| field.base == name);
    let options = options.flat_map(|field| &field.options);
    let offered = options.filter(|(value, ..)| separable.contains(value));
    offered
        .map(|(value, words, _)| (value.clone(), words.clone()))
        .collect()
}

fn last(values: &FormValues, name: &str) -> String {
    values
        .get(name)
        .and_then(|values| values.last().cloned())
        .unwrap_or_default()
}
