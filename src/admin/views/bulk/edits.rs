//! What a form asks to be done to the fields of many objects.

use super::super::form::draw::PREVIEW;
use super::super::form::fields::{FieldSet, fields as draw};
use super::super::form::options::{FIND, FieldOptions};
use super::super::hidden;
use crate::admin::context::Context;
use crate::admin::input::Errors;
use crate::admin::model::FormValues;
use crate::admin::pages::bulk::{BulkField, ShownFieldChange};
use crate::admin::pages::field::ShownField;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Field, Spec, Widget};
use crate::admin::views::ViewError;
use crate::auth::{Account, Permission};

/// The most values of one field.
const VALUES_MAX: usize = 200;

/// The field that holds the chosen rows, `7:3,8:1`: keys and versions.
pub(in crate::admin::views) const ROWS: &str = "_rows";

/// Returns the fields that can be set on many objects at once.
pub(in crate::admin::views) fn fields(spec: &Spec) -> impl Iterator<Item = &Field> {
    let fields = spec.fieldsets.iter().flat_map(|set| &set.fields);
    fields.filter(|field| field.bulk && !field.read_only)
}

/// What is done to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EditKind {
    Set,
    Add,
    Remove,
}

/// What is done to one field of every object.
pub(super) struct FieldEdit<'a> {
    pub(super) field: &'a Field,
    pub(super) how: EditKind,
    pub(super) values: Vec<String>,
}

impl FieldEdit<'_> {
    /// Returns why it is refused without the permission to view what it links to; links can be removed without it.
    pub(super) fn refusal(&self, may: impl Fn(Permission) -> bool) -> Option<String> {
        let links = self.how != EditKind::Remove && self.values.iter().any(|value| !value.trim().is_empty());
        hidden::refusal(self.field, may).filter(|_| links)
    }

    /// Does it to the values of a form.
    pub(super) fn carry_out(&self, values: &mut FormValues) {
        let current = values.entry(self.field.name.to_owned()).or_default();
        match self.how {
            EditKind::Set if self.field.widget == Widget::Flag => {
                *current = if self.values == ["1"] {
                    vec!["on".to_owned()]
                } else {
                    Vec::new()
                };
            }
            EditKind::Set => current.clone_from(&self.values),
            EditKind::Add => {
                for value in &self.values {
                    if !current.contains(value) {
                        current.push(value.clone());
                    }
                }
            }
            EditKind::Remove => current.retain(|value| !self.values.contains(value)),
        }
    }
}

/// Returns the name of the select that says what is done to a field.
fn how_name(field: &Field) -> String {
    format!("_do_{}", field.name)
}

fn is_many(field: &Field) -> bool {
    matches!(field.widget, Widget::Many(_) | Widget::Checks(_))
}

/// Returns what can be done to a field, and in which words.
fn ways(field: &Field) -> &'static [(&'static str, &'static str)] {
    if is_many(field) {
        &[
            ("", "Leave as it is"),
            ("add", "Add these"),
            ("remove", "Remove these"),
            ("set", "Set to exactly these"),
        ]
    } else {
        &[("", "Leave as it is"), ("set", "Set to")]
    }
}

/// Returns what is asked for, or what is wrong with it: fields and words, the whole form under no field.
pub(super) fn read<'a>(
    spec: &'a Spec,
    account: &Account,
    posted: &Query,
) -> Result<Vec<FieldEdit<'a>>, Vec<(String, String)>> {
    let (mut orders, mut errors) = (Vec::new(), Vec::new());
    for field in fields(spec) {
        let mut refuse = |error: &str| errors.push((field.name.to_owned(), error.to_owned()));
        let values: Vec<String> = posted.all(field.name).into_iter().map(str::to_owned).collect();
        let has_values = values.iter().any(|value| !value.trim().is_empty()) && field.widget != Widget::Flag;
        let how = match posted.get(&how_name(field)).unwrap_or("") {
            "" if has_values => {
                refuse("There is a value here, and it is to be left as it is. Say what to do, or empty it.");
                continue;
            }
            "" => continue,
            "set" => EditKind::Set,
            "add" if is_many(field) => EditKind::Add,
            "remove" if is_many(field) => EditKind::Remove,
            _ => {
                refuse("This cannot be done to this field.");
                continue;
            }
        };
        if values.len() > VALUES_MAX {
            refuse("These are too many values.");
        } else if how != EditKind::Set && !has_values {
            refuse("Choose at least one.");
        } else if field.required && !has_values && field.widget != Widget::Flag {
            refuse("This field is required.");
        } else if field.widget == Widget::Flag
            && !matches!(values.as_slice(), [value] if matches!(value.as_str(), "0" | "1"))
        {
            refuse("Choose yes or no.");
        } else {
            let order = FieldEdit { field, how, values };
            match order.refusal(|permission| account.may(permission)) {
                Some(refusal) => refuse(&refusal),
                None => orders.push(order),
            }
        }
    }
    if orders.is_empty() && errors.is_empty() {
        errors.push((String::new(), "Say for at least one field what to do.".to_owned()));
    }
    if errors.is_empty() { Ok(orders) } else { Err(errors) }
}

/// Returns what the form posts about fields, for the next page to post it again.
pub(super) fn posted_fields(posted: &Query) -> Vec<(String, String)> {
    let own = ["csrfmiddlewaretoken", ROWS, PREVIEW, "_apply", "_edit", "action"];
    let kept = posted.without(&own);
    kept.pairs()
        .filter(|(name, _)| !name.starts_with(FIND))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Returns the orders in words.
pub(super) fn words(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    orders: &[FieldEdit<'_>],
) -> Result<Vec<(&'static str, String)>, ViewError> {
    let mut words_of_edits = Vec::with_capacity(orders.len());
    for order in orders {
        let mut values = FormValues::new();
        if order.how == EditKind::Set {
            order.carry_out(&mut values);
        } else {
            values.insert(order.field.name.to_owned(), order.values.clone());
        }
        let given = values.remove(order.field.name).unwrap_or_default();
        let words = field_words(offers, context, entry, order.field, &given)?;
        let how = match order.how {
            EditKind::Set => "set to",
            EditKind::Add => "add",
            EditKind::Remove => "remove",
        };
        words_of_edits.push((order.field.label, format!("{how} {words}")));
    }
    Ok(words_of_edits)
}

/// Returns the fields as the form shows them, with what was posted and their errors.
pub(super) fn shown(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: &Query,
    offers: &mut FieldOptions,
    errors: &mut Vec<(String, String)>,
) -> Result<Vec<BulkField>, ViewError> {
    let mut shown = Vec::new();
    for field in fields(&entry.spec) {
        let mut values = FormValues::new();
        let given = posted.all(field.name).into_iter().map(str::to_owned).collect();
        values.insert(field.name.to_owned(), given);
        let mut mine = Errors::new();
        let own = errors.extract_if(.., |(name, _)| name == field.name);
        mine.insert(field.name.to_owned(), own.map(|(_, error)| error).collect());
        let set = FieldSet {
            entry,
            fields: std::slice::from_ref(field),
            prefix: "",
            values: &values,
            can_save: true,
        };
        let how = posted.get(&how_name(field)).unwrap_or("");
        for mut drawn in draw(context, offers, &set, &mut mine)? {
            fit(field, &mut drawn);
            shown.push(BulkField {
                field: drawn,
                ways: ways(field)
                    .iter()
                    .map(|(value, words)| (*value, *words, *value == how))
                    .collect(),
            });
        }
    }
    Ok(shown)
}

/// Fits a field of a form to a page that is posted: nothing leads away from it, and nothing must be filled in.
fn fit(field: &Field, drawn: &mut ShownField) {
    drawn.required = false;
    match field.widget {
        Widget::Flag => {
            drawn.widget = "select";
            let is_no = drawn.value == "0";
            drawn.options = vec![
                ("1".to_owned(), "Yes".to_owned(), !is_no),
                ("0".to_owned(), "No".to_owned(), is_no),
            ];
        }
        Widget::Checks(_) => drawn.widget = "many",
        _ => {}
    }
    if let Some((_, link)) = &mut drawn.nothing {
        *link = None;
    }
    if let Some(related) = &mut drawn.related {
        related.add_url = None;
        related.change_url = None;
        related.changes = Vec::new();
    }
}

/// Returns what becomes of a field, if anything does; of a list what is on both sides stays.
pub(super) fn change(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    field: &Field,
    (before, after): (&FormValues, &FormValues),
) -> Result<Option<ShownFieldChange>, ViewError> {
    let given = |values: &FormValues| values.get(field.name).cloned().unwrap_or_default();
    let (before, after) = (given(before), given(after));
    let Widget::Many(_) = field.widget else {
        let old = field_words(offers, context, entry, field, &before)?;
        let new = field_words(offers, context, entry, field, &after)?;
        return Ok((old != new).then_some(ShownFieldChange {
            label: field.label,
            kept: String::new(),
            removed: old,
            added: new,
        }));
    };
    let (kept, removed): (Vec<String>, Vec<String>) = before.into_iter().partition(|value| after.contains(value));
    let added: Vec<String> = after.into_iter().filter(|value| !kept.contains(value)).collect();
    if removed.is_empty() && added.is_empty() {
        return Ok(None);
    }
    Ok(Some(ShownFieldChange {
        label: field.label,
        kept: offers.words(context, entry, field, &kept)?,
        removed: offers.words(context, entry, field, &removed)?,
        added: offers.words(context, entry, field, &added)?,
    }))
}

/// Returns a field's values in words; a dash for none.
fn field_words(
    offers: &mut FieldOptions,
    context: &mut Context<'_>,
    entry: &SiteEntry,
    field: &Field,
    values: &[String],
) -> Result<String, ViewError> {
    let words = offers.words(context, entry, field, values)?;
    Ok(if words.is_empty() { "–".to_owned() } else { words })
}
