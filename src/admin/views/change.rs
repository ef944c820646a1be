//! Forms: add, change, look at. One save is one transaction: versions are compared in it, and everything is in it.

use std::collections::BTreeMap;

use askama::Template;

use super::{Outcome, capitalised, forbidden, message_page, missing, way};
use crate::admin::context::{Context, ERROR_PREFIX};
use crate::admin::input::{Errors, Input};
use crate::admin::model::{Object, Refusal, Saved, Values};
use crate::admin::pages::{FormPage, ShownField, ShownGroup, ShownInline, ShownInlineRow};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::site::Entry;
use crate::admin::spec::{Choices, Field, Inline, Widget};
use crate::admin::trail;
use crate::audit::{self, store};
use crate::auth::Action;

/// The most options of a select that are written into a page.
const OPTIONS_MAX: i64 = 2_000;

/// What a form shows beside the object's own values.
#[derive(Default)]
struct Shown {
    status: u16,
    errors: Errors,
    conflicts: Vec<(String, String, String)>,
    conflict_by: String,
    deleted_rows: Vec<usize>,
}

impl Shown {
    fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }
}

/// The form for a new object, its first values from the query.
///
/// # Errors
/// Those of the database and of the template.
pub fn add(context: &mut Context<'_>, entry: &Entry) -> Outcome {
    if !entry.may(&context.account, Action::Add) {
        return forbidden(context);
    }
    let mut object = entry.admin.blank();
    for field in entry.spec.form(true).iter().flat_map(|set| &set.fields) {
        let given: Vec<String> = match field.widget {
            Widget::Many(_) | Widget::Checks(_) => context
                .query
                .all(field.name)
                .iter()
                .flat_map(|value| value.split(','))
                .map(str::to_owned)
                .collect(),
            _ => context.query.all(field.name).into_iter().map(str::to_owned).collect(),
        };
        if !given.is_empty() {
            object.values.insert(field.name.to_owned(), given);
        }
    }
    form(context, entry, None, &object, Shown::status(200))
}

/// The form of an object, to change or to look at.
///
/// # Errors
/// Those of the database and of the template.
pub fn change(context: &mut Context<'_>, entry: &Entry, id: &str) -> Outcome {
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    match find(context, entry, id)? {
        Some(object) => form(context, entry, Some(object.id), &object, Shown::status(200)),
        None => missing(entry, id),
    }
}

/// The object of a key as it stands in an address.
///
/// # Errors
/// Those of the database.
pub fn find(context: &mut Context<'_>, entry: &Entry, id: &str) -> Result<Option<Object>, super::Error> {
    match id.parse::<i64>() {
        Ok(id) => Ok(entry.admin.object(context.conn, id)?),
        Err(_) => Ok(None),
    }
}

/// How a save ended that changed nothing.
enum Stopped {
    Gone,
    Conflict(Box<Object>),
    Refused(Refusal),
}

impl From<audit::Error> for Stopped {
    fn from(error: audit::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<crate::db::Error> for Stopped {
    fn from(error: crate::db::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// Saves a posted form: a new object without `id`, otherwise that one.
///
/// # Errors
/// Those of the database and of the template.
pub fn save(context: &mut Context<'_>, entry: &Entry, id: Option<&str>, posted: &Query) -> Outcome {
    let copies = id.is_some() && posted.get("_saveasnew").is_some();
    let action = if id.is_none() || copies {
        Action::Add
    } else {
        Action::Change
    };
    if !entry.may(&context.account, action) {
        return forbidden(context);
    }
    let stored = match id {
        Some(id) => match find(context, entry, id)? {
            Some(object) => Some(object),
            None => return missing(entry, id),
        },
        None => None,
    };
    let target = stored.as_ref().map(|object| object.id).filter(|_| !copies);
    let mut input = Input::new(posted);
    let version = match target {
        Some(_) => input.take("_version", |text| {
            text.parse::<i64>()
                .map_err(|_| "The field _version is missing: load the page again, so that nobody's change is lost.")
        }),
        None => Some(0),
    };
    let saved = match version {
        Some(version) => {
            entry.admin.prepare(target, &mut input);
            store_form(context, entry, target, version, &mut input)
        }
        None => Err(Stopped::Refused(Refusal::Input)),
    };
    match saved {
        Ok(saved) => Ok(after_save(context, entry, posted, target.is_some(), saved)),
        Err(Stopped::Gone) => missing(entry, id.unwrap_or("")),
        Err(Stopped::Conflict(current)) => conflict(context, entry, posted, &current),
        Err(Stopped::Refused(Refusal::Audit(audit::Error::Denied(_)))) => forbidden(context),
        Err(Stopped::Refused(Refusal::Audit(error))) => Err(error.into()),
        Err(Stopped::Refused(refusal)) => {
            match refusal {
                Refusal::Rule(message) => input.refuse("", message),
                refusal @ Refusal::InUse(_) => input.refuse("", refusal),
                Refusal::Input | Refusal::Audit(_) => {}
            }
            let object = posted_object(entry, posted, stored.as_ref());
            let shown = Shown {
                status: 422,
                errors: input.into_errors(),
                deleted_rows: deleted_rows(entry, posted),
                ..Shown::default()
            };
            form(context, entry, target, &object, shown)
        }
    }
}

fn store_form(
    context: &mut Context<'_>,
    entry: &Entry,
    target: Option<i64>,
    version: i64,
    input: &mut Input<'_>,
) -> Result<Saved, Stopped> {
    let actor = context.actor();
    let account = std::sync::Arc::clone(&context.account);
    audit::transaction(context.conn, &actor, context.now, |tx| {
        if let Some(id) = target {
            let current = entry.admin.object(tx.reader(), id)?.ok_or(Stopped::Gone)?;
            if current.version != version {
                return Err(Stopped::Conflict(Box::new(current)));
            }
        }
        entry.admin.save(tx, &account, target, input).map_err(Stopped::Refused)
    })
}

/// Where a save leads, and what the next page says.
fn after_save(context: &Context<'_>, entry: &Entry, posted: &Query, existed: bool, saved: Saved) -> Reply {
    let may = |action| entry.may(&context.account, action);
    let verb = if existed { "changed" } else { "added" };
    let text = match (existed, saved.changed) {
        (true, false) => format!("Nothing was to be changed in the {}", entry.spec.singular),
        _ => format!("The {} was {verb} successfully:", entry.spec.singular),
    };
    let object_url = entry.object_url(saved.id, "change");
    let link = may(Action::View).then(|| (object_url.clone(), saved.title.clone()));
    let text = if link.is_some() {
        text
    } else {
        format!("{text} {}", saved.title)
    };
    let mut messages = vec![Message {
        level: Level::Success,
        text,
        link,
    }];
    messages.extend(
        saved
            .warnings
            .into_iter()
            .map(|warning| Message::new(Level::Warning, warning)),
    );
    let filters = context.query.get("_changelist_filters");
    let kept = filters.map_or_else(String::new, |filters| {
        Query::default().with("_changelist_filters", filters).link()
    });
    // A form that is only for new objects is the first of two steps.
    let goes_on = !existed && entry.spec.add_fieldsets.is_some() && posted.get("_addanother").is_none();
    let to = if (goes_on || posted.get("_continue").is_some()) && may(Action::View) {
        format!("{object_url}{kept}")
    } else if posted.get("_addanother").is_some() && may(Action::Add) {
        format!("{}add/{kept}", entry.url())
    } else if may(Action::View) {
        format!(
            "{}{}",
            entry.url(),
            filters.map_or_else(String::new, |filters| Query::parse(filters).link())
        )
    } else {
        "/admin/".to_owned()
    };
    Reply::Redirect { to, messages }
}

/// The page for a save that came too late: field by field what is now there and what was posted, and the way to go on.
fn conflict(context: &mut Context<'_>, entry: &Entry, posted: &Query, current: &Object) -> Outcome {
    let mut object = posted_object(entry, posted, Some(current));
    object.version = current.version;
    let newest = store::newest_of_object(context.conn, &entry.spec.model.to_string(), current.id)?;
    let zone = context.zone();
    let told = newest.map(|newest| trail::told(&newest, zone));
    let conflict_by = told.map_or_else(String::new, |told| {
        format!("{} saved it on {}.", told.actor, told.at.words())
    });
    let mut conflicts = Vec::new();
    for field in entry
        .spec
        .fieldsets
        .iter()
        .flat_map(|set| &set.fields)
        .filter(|field| !field.read_only)
    {
        let theirs = words(context, entry, field, current.values.get(field.name))?;
        let yours = words(context, entry, field, object.values.get(field.name))?;
        if theirs != yours {
            conflicts.push((field.label.to_owned(), theirs, yours));
        }
    }
    if let Some(inline) = &entry.spec.inline
        && rows_differ(inline.fields.as_slice(), &current.rows, &object.rows)
    {
        conflicts.push((
            inline.title.to_owned(),
            format!("{} rows", current.rows.len()),
            format!("{} rows", object.rows.len()),
        ));
    }
    let shown = Shown {
        status: 409,
        conflicts,
        conflict_by,
        deleted_rows: deleted_rows(entry, posted),
        ..Shown::default()
    };
    form(context, entry, Some(current.id), &object, shown)
}

fn rows_differ(fields: &[Field], theirs: &[Values], yours: &[Values]) -> bool {
    let plain = |row: &Values| {
        fields
            .iter()
            .map(|field| row.get(field.name).cloned().unwrap_or_default())
            .collect::<Vec<_>>()
    };
    theirs.iter().map(plain).collect::<Vec<_>>() != yours.iter().map(plain).collect::<Vec<_>>()
}

/// A field's value in words.
fn words(
    context: &mut Context<'_>,
    entry: &Entry,
    field: &Field,
    values: Option<&Vec<String>>,
) -> Result<String, super::Error> {
    let values = values.map(Vec::as_slice).unwrap_or_default();
    let options = match field.widget {
        Widget::Select(choices) | Widget::Many(choices) | Widget::Checks(choices) => {
            options(context, entry, field, choices)?
        }
        _ => Vec::new(),
    };
    let mut words: Vec<String> = values
        .iter()
        .map(|value| {
            options
                .iter()
                .find(|(option, _)| option == value)
                .map_or_else(|| value.clone(), |(_, words)| words.clone())
        })
        .collect();
    words.sort();
    Ok(words.join(", "))
}

/// What was posted as an object, to show it again; fields that only show keep the stored value.
fn posted_object(entry: &Entry, posted: &Query, stored: Option<&Object>) -> Object {
    let fields = entry.spec.form(stored.is_none()).iter().flat_map(|set| &set.fields);
    let mut object = Object {
        id: stored.map_or(0, |stored| stored.id),
        version: posted
            .get("_version")
            .and_then(|version| version.parse().ok())
            .unwrap_or(0),
        title: stored.map(|stored| stored.title.clone()).unwrap_or_default(),
        values: Input::values(
            posted,
            fields
                .clone()
                .filter(|field| !field.read_only && field.widget != Widget::Password)
                .map(|field| field.name.to_owned()),
        ),
        rows: Vec::new(),
        remarks: Vec::new(),
    };
    if let Some(stored) = stored {
        for field in fields.filter(|field| field.read_only) {
            object.values.insert(
                field.name.to_owned(),
                stored.values.get(field.name).cloned().unwrap_or_default(),
            );
        }
    }
    if let Some(inline) = &entry.spec.inline {
        let total = posted
            .get(&format!("{}-TOTAL_FORMS", inline.prefix))
            .and_then(|total| total.parse::<usize>().ok())
            .unwrap_or(0);
        for index in 0..total.min(inline.rows_max * 2) {
            let value = |name: &str| {
                posted
                    .all(&format!("{}-{index}-{name}", inline.prefix))
                    .into_iter()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let names = inline.fields.iter().map(|field| field.name).chain(["id"]);
            object
                .rows
                .push(names.map(|name| (name.to_owned(), value(name))).collect());
        }
    }
    object
}

fn deleted_rows(entry: &Entry, posted: &Query) -> Vec<usize> {
    let Some(inline) = &entry.spec.inline else {
        return Vec::new();
    };
    (0..inline.rows_max * 2)
        .filter(|index| posted.get(&format!("{}-{index}-DELETE", inline.prefix)).is_some())
        .collect()
}

fn options(
    context: &mut Context<'_>,
    entry: &Entry,
    field: &Field,
    choices: Choices,
) -> Result<Vec<(String, String)>, super::Error> {
    Ok(match choices {
        Choices::Flag => Vec::new(),
        Choices::Related(model) => match context.site.get(model) {
            Some(related) => related.admin.choices(context.conn, "", "", OPTIONS_MAX)?,
            None => Vec::new(),
        },
        Choices::Listed => entry.admin.choices(context.conn, field.name, "", OPTIONS_MAX)?,
    })
}

/// Draws the form of `object`; of a new one without `id`.
fn form(context: &mut Context<'_>, entry: &Entry, id: Option<i64>, object: &Object, shown: Shown) -> Outcome {
    let spec = &entry.spec;
    let can_save = entry.may(
        &context.account,
        if id.is_some() { Action::Change } else { Action::Add },
    );
    let mut groups = Vec::new();
    for set in spec.form(id.is_none()) {
        let fields = fields(context, entry, &set.fields, "", &object.values, &shown.errors, can_save)?;
        groups.push(ShownGroup {
            title: set.title.to_owned(),
            fields,
        });
    }
    let has_zone = groups
        .iter()
        .flat_map(|group: &ShownGroup| &group.fields)
        .any(|field| field.widget == "zone");
    let inline = inline(context, entry, object, &shown, can_save)?;
    let verb = match (id, can_save) {
        (None, _) => "Add",
        (Some(_), true) => "Change",
        (Some(_), false) => "View",
    };
    let error_prefix = if shown.errors.is_empty() { "" } else { ERROR_PREFIX };
    let title = format!("{error_prefix}{verb} {}", spec.singular);
    let crumb = if object.title.is_empty() {
        format!("Add {}", spec.singular)
    } else {
        object.title.clone()
    };
    let filters = context.query.get("_changelist_filters").unwrap_or("").to_owned();
    let kept = if filters.is_empty() {
        String::new()
    } else {
        Query::default().with("_changelist_filters", &filters).link()
    };
    let body = format!("app-{} model-{} change-form", spec.model.app, spec.model.name);
    let link = |verb| id.map(|id| format!("{}{kept}", entry.object_url(id, verb)));
    let page = FormPage {
        form_id: format!("{}_form", spec.model.name),
        singular: spec.singular.to_owned(),
        object: object.title.clone(),
        action: format!(
            "{}{kept}",
            id.map_or_else(|| format!("{}add/", entry.url()), |id| entry.object_url(id, "change"))
        ),
        version: id.map(|_| object.version),
        error_count: shown.errors.values().map(Vec::len).sum(),
        errors: shown
            .errors
            .get("")
            .into_iter()
            .chain(shown.errors.get("_version"))
            .flatten()
            .cloned()
            .collect(),
        conflicts: shown.conflicts,
        conflict_by: shown.conflict_by,
        groups,
        inline,
        remarks: object.remarks.clone(),
        can_save,
        has_zone,
        can_add: entry.may(&context.account, Action::Add),
        exists: id.is_some(),
        history_url: link("history"),
        delete_url: link("delete").filter(|_| entry.may(&context.account, Action::Delete)),
        close_url: format!(
            "{}{}",
            entry.url(),
            if filters.is_empty() {
                String::new()
            } else {
                Query::parse(&filters).link()
            }
        ),
        tools: id.map(|id| entry.admin.tools(id, can_save)).unwrap_or_default(),
        frame: context.frame(&title, way(entry, &[(crumb.as_str(), None)]), &body),
    };
    Ok(Reply::Html {
        status: shown.status,
        body: page.render()?,
    })
}

fn fields(
    context: &mut Context<'_>,
    entry: &Entry,
    fields: &[Field],
    prefix: &str,
    values: &Values,
    errors: &BTreeMap<String, Vec<String>>,
    can_save: bool,
) -> Result<Vec<ShownField>, super::Error> {
    let mut drawn = Vec::with_capacity(fields.len());
    for field in fields {
        let name = format!("{prefix}{}", field.name);
        let given = values.get(field.name).map(Vec::as_slice).unwrap_or_default();
        let shows = field.read_only || !can_save;
        let mut options = match field.widget {
            Widget::Select(choices) | Widget::Many(choices) | Widget::Checks(choices) => {
                options(context, entry, field, choices)?
            }
            _ => Vec::new(),
        };
        if let Widget::Many(_) = field.widget {
            // What is chosen stands first, where it is seen without scrolling.
            options.sort_by_key(|(value, _)| !given.contains(value));
        }
        if let Widget::Select(_) = field.widget
            && !field.required
        {
            options.insert(0, (String::new(), "---------".to_owned()));
        }
        let first = given.first().cloned().unwrap_or_default();
        let value = if shows {
            words(context, entry, field, Some(&given.to_vec()))?
        } else {
            first.clone()
        };
        let ticked = matches!(first.as_str(), "on" | "1" | "true");
        drawn.push(ShownField {
            group: field.group,
            kinds: field.kinds,
            disabled: false,
            nothing: nothing_to_choose(context, field, options.is_empty()),
            widget: widget(field.widget, shows),
            value: match (shows, field.widget) {
                (true, Widget::Flag) => if ticked { "Yes" } else { "No" }.to_owned(),
                (true, Widget::Password) => String::new(),
                _ => value,
            },
            ticked,
            options: options
                .into_iter()
                .map(|(value, words)| (given.contains(&value), value, words))
                .map(|(chosen, value, words)| (value, words, chosen))
                .collect(),
            errors: errors.get(&name).cloned().unwrap_or_default(),
            base: field.name.to_owned(),
            label: field.label.to_owned(),
            help: field.help.to_owned(),
            required: field.required,
            name,
        });
    }
    Ok(drawn)
}

/// What a field says that has nothing to choose from: what there is none of, and where to add one.
fn nothing_to_choose(context: &Context<'_>, field: &Field, is_empty: bool) -> Option<(String, Option<String>)> {
    let Widget::Many(Choices::Related(model)) = field.widget else {
        return None;
    };
    let related = context.site.get(model).filter(|_| is_empty)?;
    let add_url = format!("{}add/", related.url());
    let may_add = related.may(&context.account, Action::Add);
    Some((related.spec.plural.to_owned(), may_add.then_some(add_url)))
}

fn widget(widget: Widget, shows: bool) -> &'static str {
    match widget {
        _ if shows => "shown",
        Widget::Text => "text",
        Widget::Area => "area",
        Widget::Flag => "flag",
        Widget::Date => "date",
        Widget::Select(_) => "select",
        Widget::Many(_) => "many",
        Widget::Checks(_) => "checks",
        Widget::Zone => "zone",
        Widget::Password => "password",
    }
}

/// The rows of the form, and blank ones behind them as long as there is room.
fn inline(
    context: &mut Context<'_>,
    entry: &Entry,
    object: &Object,
    shown: &Shown,
    can_save: bool,
) -> Result<Option<ShownInline>, super::Error> {
    let Some(inline) = &entry.spec.inline else {
        return Ok(None);
    };
    let blank = Values::new();
    let untouched = object.rows.iter().rev().take_while(|row| is_untouched(inline, row));
    let extra = if can_save {
        let wanted = inline.extra.saturating_sub(untouched.count());
        wanted.min(inline.rows_max.saturating_sub(object.rows.len()))
    } else {
        0
    };
    let mut rows = Vec::new();
    for (index, values) in object.rows.iter().chain(std::iter::repeat_n(&blank, extra)).enumerate() {
        let prefix = format!("{}-{index}", inline.prefix);
        rows.push(ShownInlineRow {
            index,
            id: values
                .get("id")
                .and_then(|ids| ids.first().cloned())
                .unwrap_or_default(),
            title: values
                .get("title")
                .and_then(|titles| titles.first().cloned())
                .unwrap_or_default(),
            deleted: shown.deleted_rows.contains(&index),
            fields: fields(
                context,
                entry,
                &inline.fields,
                &format!("{prefix}-"),
                values,
                &shown.errors,
                can_save,
            )?,
            errors: shown.errors.get(&prefix).cloned().unwrap_or_default(),
        });
    }
    let template = if can_save {
        let prefix = format!("{}-__prefix__-", inline.prefix);
        let mut blank = fields(context, entry, &inline.fields, &prefix, &blank, &Errors::new(), true)?;
        blank.iter_mut().for_each(|field| field.disabled = true);
        blank
    } else {
        Vec::new()
    };
    Ok(Some(ShownInline {
        template,
        singular: inline.singular.to_owned(),
        prefix: inline.prefix.to_owned(),
        title: capitalised(inline.title),
        errors: shown.errors.get(inline.prefix).cloned().unwrap_or_default(),
        initial: rows.iter().filter(|row| !row.id.is_empty()).count(),
        total: rows.len(),
        rows_max: inline.rows_max,
        rows,
        can_change: can_save,
    }))
}

/// Whether a row is as blank as it was offered. A select always says something; it alone makes no row.
fn is_untouched(inline: &Inline, row: &Values) -> bool {
    let said = |name: &str| {
        let values = row.get(name).map(Vec::as_slice).unwrap_or_default();
        values.iter().any(|value| !value.trim().is_empty())
    };
    let mut fields = inline.fields.iter();
    !said("id") && !fields.any(|field| !matches!(field.widget, Widget::Select(_)) && said(field.name))
}

/// The form filled with an earlier state, to be saved or not.
///
/// # Errors
/// Those of the database and of the template.
pub fn restore(context: &mut Context<'_>, entry: &Entry, id: &str, log_entry: i64) -> Outcome {
    if !entry.may(&context.account, Action::Change) {
        return forbidden(context);
    }
    let Some(current) = find(context, entry, id)? else {
        return missing(entry, id);
    };
    let kept = store::find(context.conn, log_entry)?;
    let kept = kept.filter(|kept| kept.content_type == entry.spec.model.to_string() && kept.object_id == current.id);
    let restored = match kept.as_ref().and_then(trail::state_after) {
        Some(state) => entry.admin.restored(context.conn, &state)?,
        None => None,
    };
    let Some(mut object) = restored else {
        return message_page(
            context,
            404,
            "Nothing to restore",
            "There is no such earlier state.",
            ("Back to the object", &entry.object_url(current.id, "change")),
        );
    };
    (object.id, object.version, object.title) = (current.id, current.version, current.title);
    context.messages.push(Message::new(
        Level::Warning,
        "This is the earlier state. Nothing is changed until you save it.",
    ));
    form(context, entry, Some(object.id), &object, Shown::status(200))
}
