//! Draws a form: an object's values, or what was posted, with the errors beside their fields.

use askama::Template;

use super::fields::{FieldSet, fields};
use super::inline::{inline, rows};
use super::options::FieldOptions;
use super::state::{FormState, Purpose};
use crate::admin::address::{Address, ModelPage, ObjectKey};
use crate::admin::context::{Context, ERROR_PREFIX, PageFrame};
use crate::admin::input::{Errors, FormInput};
use crate::admin::model::{Object, SidePanel};
use crate::admin::pages::field::ShownField;
use crate::admin::pages::form::{ActsOfOne, FormPage, SAVE_AS_NEW, ShownGroup, ShownInline};
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Fieldset, Widget};
use crate::admin::views::object_tools::object_tools;
use crate::admin::views::{ViewError, ViewResult, capitalised, hidden, way};
use crate::auth::Action;

/// The button that asks what saving a form would come to.
pub const PREVIEW: &str = "_preview";

/// The most errors that are named above a form.
const SUMMED_UP_MAX: usize = 20;

/// Returns what was posted as an object, to show it again; fields that only show keep the stored value.
pub(in crate::admin::views) fn posted_object(entry: &SiteEntry, posted: &Query, stored: Option<&Object>) -> Object {
    let fields = entry.spec.form(stored.is_none()).iter().flat_map(|set| &set.fields);
    let mut object = Object {
        id: stored.map_or(0, |stored| stored.id),
        version: posted
            .get("_version")
            .and_then(|version| version.trim().parse().ok())
            .unwrap_or(0),
        title: stored.map(|stored| stored.title.clone()).unwrap_or_default(),
        values: FormInput::values(
            posted,
            fields
                .clone()
                .filter(|field| !field.read_only && field.widget != Widget::Password)
                .map(|field| field.name.to_owned()),
        ),
        rows: Vec::new(),
        side_panels: stored.map(|stored| stored.side_panels.clone()).unwrap_or_default(),
        missing: Vec::new(),
        about: None,
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
        object.rows = rows(inline, posted);
    }
    object
}

/// Returns what a form says beside its fields, each with the list that its title leads to, for users with the permission to view it. A dialog has no
/// links.
fn side_panels(context: &Context<'_>, object: &Object) -> Vec<(SidePanel, Option<String>)> {
    let link = |panel: &SidePanel| {
        let (model, query) = panel.list.as_ref().filter(|_| !is_in_dialog(context))?;
        let entry = context.site.get(*model)?;
        let may = entry.may(&context.account, Action::View);
        may.then(|| format!("{}{query}", entry.url()))
    };
    let side_panels = object.side_panels.iter();
    let shown = |panel: &SidePanel| SidePanel {
        lines: hidden::lines(context, panel),
        users: Vec::new(),
        ..panel.clone()
    };
    side_panels.map(|panel| (shown(panel), link(panel))).collect()
}

/// Returns the query string that forms and their answers keep.
pub(super) fn kept(context: &Context<'_>) -> String {
    let query = context.query.without(&["restore"]);
    if query.is_empty() { String::new() } else { query.link() }
}

/// Returns the query string of links that lead away and back to the same list.
pub(in crate::admin::views) fn kept_filters(context: &Context<'_>) -> String {
    let filters = context.query.get("_changelist_filters");
    filters.map_or_else(String::new, |filters| {
        Query::default().with("_changelist_filters", filters).link()
    })
}

/// Returns the list that the user came from; the start page without the permission to view it.
pub(in crate::admin::views) fn way_back(context: &Context<'_>, entry: &SiteEntry) -> String {
    if !entry.may(&context.account, Action::View) {
        return Address::Index.into();
    }
    let filters = context.query.get("_changelist_filters").unwrap_or("");
    let filters = if filters.is_empty() {
        String::new()
    } else {
        Query::parse(filters).link()
    };
    format!("{}{filters}", entry.url())
}

/// Returns whether the form stands in a dialog of another page, which wants to know what was saved and nothing else.
pub(super) fn is_in_dialog(context: &Context<'_>) -> bool {
    context.query.get("_popup") == Some("1")
}

/// Returns the errors beside fields, to be named above the form: element, label and what is wrong.
fn summed_up(groups: &[ShownGroup], inline: Option<&ShownInline>) -> Vec<(String, String, String)> {
    let summed = |row: &str, field: &ShownField| {
        let error = field.errors.first()?;
        let first = if field.widget == "checks" { "_0" } else { "" };
        let label = if row.is_empty() {
            field.label.clone()
        } else {
            format!("{row}, {}", field.label.to_lowercase())
        };
        Some((format!("id_{}{first}", field.name), label, capitalised(error)))
    };
    let fields = groups.iter().flat_map(|group| &group.fields);
    let mut summary: Vec<_> = fields.filter_map(|field| summed("", field)).collect();
    if let Some(inline) = inline {
        for (number, row) in (1..).zip(&inline.rows) {
            let name = format!("{} {number}", capitalised(&inline.singular));
            let own = row.errors.first().map(|error| {
                let element = format!("{}-{}", inline.prefix, row.index);
                (element, name.clone(), capitalised(error))
            });
            summary.extend(own);
            summary.extend(row.fields.iter().filter_map(|field| summed(&name, field)));
        }
    }
    summary.truncate(SUMMED_UP_MAX);
    summary
}

/// Returns the ways to save.
fn buttons(
    context: &Context<'_>,
    entry: &SiteEntry,
    purpose: Purpose,
    can_save: bool,
) -> Vec<(&'static str, &'static str)> {
    let may = |action| entry.may(&context.account, action);
    if !can_save {
        return Vec::new();
    }
    if is_in_dialog(context) {
        return vec![("_save", "Save")];
    }
    if let Purpose::Copy(_) = purpose {
        return vec![(SAVE_AS_NEW, "Save as new")];
    }
    let mut buttons = vec![("_save", "Save")];
    if matches!(purpose, Purpose::Change(_)) && may(Action::Add) && entry.spec.add_fieldsets.is_none() {
        buttons.push((SAVE_AS_NEW, "Save as new"));
    }
    if may(Action::Add) {
        buttons.push(("_addanother", "Save and add another"));
    }
    if may(Action::Change) {
        buttons.push(("_continue", "Save and continue editing"));
    } else if may(Action::View) {
        buttons.push(("_continue", "Save and view"));
    }
    if entry.admin.form_preview().is_some() {
        buttons.push((PREVIEW, "Preview"));
    }
    buttons
}

/// Gives the focus to the first field that takes input, so that typing does not run single keys of the page. In a dialog the script
/// sets the focus; on a form with errors it goes to the first error.
fn focus_first(groups: &mut [ShownGroup]) {
    let mut fields = groups.iter_mut().flat_map(|group| &mut group.fields);
    if let Some(first) = fields.find(|field| !matches!(field.widget, "shown" | "checks")) {
        first.autofocus = true;
    }
}

/// Draws the fields of the form, set by set, with their errors.
fn groups(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    sets: &[Fieldset],
    object: &Object,
    can_save: bool,
    (offers, errors): (&mut FieldOptions, &mut Errors),
) -> Result<Vec<ShownGroup>, ViewError> {
    let mut groups = Vec::with_capacity(sets.len());
    for set in sets {
        let set_of_fields = FieldSet {
            entry,
            fields: &set.fields,
            prefix: "",
            values: &object.values,
            can_save,
        };
        groups.push(ShownGroup {
            title: set.title.to_owned(),
            fields: fields(context, offers, &set_of_fields, errors)?,
        });
    }
    Ok(groups)
}

/// Returns what is around the form of the object of this title.
fn frame(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    (purpose, can_save): (Purpose, bool),
    object: &str,
    status: u16,
) -> PageFrame {
    let spec = &entry.spec;
    let verb = match purpose {
        Purpose::Add | Purpose::Copy(_) => "Add",
        Purpose::Change(_) if can_save => "Change",
        Purpose::Change(_) => "View",
    };
    let error_prefix = if status >= 400 { ERROR_PREFIX } else { "" };
    let title = format!("{error_prefix}{verb} {}", spec.singular);
    let crumb = if object.is_empty() {
        format!("Add {}", spec.singular)
    } else {
        object.to_owned()
    };
    let body = format!("app-{} model-{} change-form", spec.model.app, spec.model.name);
    context.frame(&title, way(entry, &[(crumb.as_str(), None)]), &body)
}

/// Draws the form of `object`.
pub(in crate::admin::views) fn form(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    purpose: Purpose,
    object: &Object,
    mut shown: FormState,
) -> ViewResult {
    let spec = &entry.spec;
    let may_change = match purpose {
        Purpose::Change(id) => entry.may_do(context.conn, &context.account, Action::Change, id)?,
        Purpose::Add | Purpose::Copy(_) => entry.may(&context.account, Action::Add),
    };
    let can_save = may_change && !spec.read_only;
    let error_count = shown.errors.values().map(Vec::len).sum();
    let mut offers = FieldOptions::finding(std::mem::take(&mut shown.finds));
    let sets = spec.form(purpose == Purpose::Add);
    let mut groups = groups(context, entry, sets, object, can_save, (&mut offers, &mut shown.errors))?;
    if purpose == Purpose::Add && error_count == 0 && shown.note.is_empty() && shown.preview.is_none() {
        focus_first(&mut groups);
    }
    let mut drawn = groups.iter().flat_map(|group: &ShownGroup| &group.fields);
    let has_zone = drawn.any(|field| field.widget == "zone");
    let inline = inline(context, entry, &mut offers, object, &mut shown, can_save)?;
    let filters = kept_filters(context);
    let stored = purpose.stored();
    let can_delete = match stored {
        Some(id) => entry.may_do(context.conn, &context.account, Action::Delete, id)?,
        None => false,
    };
    let link =
        |page: fn(ObjectKey) -> ModelPage| stored.map(|id| format!("{}{filters}", entry.address(page(id.into()))));
    let address = stored.map_or_else(|| entry.address(ModelPage::Add).into(), |id| entry.change_url(id));
    let page = FormPage {
        form_id: format!("{}_form", spec.model.name),
        singular: spec.singular.to_owned(),
        object: object.title.clone(),
        summary: summed_up(&groups, inline.as_ref()),
        is_in_dialog: is_in_dialog(context),
        action: format!("{address}{}", kept(context)),
        version: stored.map(|_| object.version),
        error_count,
        // What belongs to no field that is drawn is said above all of them.
        errors: shown.errors.into_values().flatten().collect(),
        conflict: shown.conflict,
        note: shown.note,
        preview: shown.preview,
        missing: shown.missing,
        groups,
        inline,
        side_panels: side_panels(context, object),
        can_save,
        has_zone,
        buttons: buttons(context, entry, purpose, can_save),
        history_url: link(ModelPage::History).filter(|_| !spec.is_log()),
        delete_url: link(ModelPage::Delete).filter(|_| can_delete),
        close_url: way_back(context, entry),
        acts: acts_of_one(entry, stored.filter(|_| may_change)),
        tools: tools(context, entry, object, stored)?,
        frame: frame(context, entry, (purpose, can_save), &object.title, shown.status),
    };
    Ok(Reply::Html {
        status: shown.status,
        body: page.render()?,
    })
}

/// Returns the actions that have a button on the page of an object which the user may change: the key of the object, the list that
/// they are sent to, and their names and words; nothing if there are none.
fn acts_of_one(entry: &SiteEntry, id: Option<i64>) -> Option<ActsOfOne> {
    let actions = entry.spec.actions.iter();
    let buttons: Vec<_> = actions
        .filter_map(|action| Some((action.name, action.of_one?)))
        .collect();
    let id = id.filter(|_| !buttons.is_empty())?;
    Some(ActsOfOne {
        id,
        url: entry.url(),
        buttons,
    })
}

/// Returns the links beside the history of an object: its page to read, if there is one, and those of the model that the user may open.
fn tools(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    object: &Object,
    stored: Option<i64>,
) -> Result<Vec<(&'static str, String)>, ViewError> {
    let Some(id) = stored else { return Ok(Vec::new()) };
    let reading = entry.reading_url(id).map(|url| ("Summary", url));
    let tools = object_tools(context, entry, object)?;
    Ok(reading.into_iter().chain(tools).collect())
}
