//! Draws a form: an object's values, or what was posted, with the errors beside their fields.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use askama::Template;

use super::{Error, Outcome, capitalised, way};
use crate::admin::context::{Context, ERROR_PREFIX};
use crate::admin::input::{Errors, Input, by_name, is_ticked, is_touched, posted_rows};
use crate::admin::model::{Object, Values};
use crate::admin::pages::{Conflict, FormPage, ShownField, ShownGroup, ShownInline, ShownInlineRow};
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::Entry;
use crate::admin::spec::{Choices, Field, Inline, Widget};
use crate::auth::Action;

/// The most options of a select that are written into a page, beside those that are chosen.
const OPTIONS_MAX: i64 = 2_000;
/// The most chosen objects beyond those that are looked up by their keys.
const CHOSEN_MAX: usize = 200;

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To add an object.
    Add,
    /// To change or look at the object with this key.
    Change(i64),
    /// To add a copy of the object with this key.
    Copy(i64),
}

/// What a form shows beside the object's own values.
#[derive(Default)]
pub(super) struct Shown {
    pub status: u16,
    pub errors: Errors,
    pub conflict: Option<Conflict>,
    pub deleted_rows: Vec<usize>,
}

impl Shown {
    pub(super) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }
}

/// What selects offer, each asked for once a page, however many rows show it.
#[derive(Default)]
pub(super) struct Offers(HashMap<(&'static str, &'static str), Choosable>);

/// Values and their words.
type Choosable = Rc<Vec<(String, String)>>;

impl Offers {
    /// What a field offers.
    fn of(&mut self, context: &mut Context<'_>, entry: &Entry, field: &Field) -> Result<Choosable, Error> {
        let key = match field.widget {
            Widget::Select(Choices::Related(model)) | Widget::Many(Choices::Related(model)) => (model.app, model.name),
            Widget::Select(_) | Widget::Many(_) | Widget::Checks(_) => ("", field.name),
            _ => return Ok(Rc::default()),
        };
        if let Some(offers) = self.0.get(&key) {
            return Ok(Rc::clone(offers));
        }
        let offers = Rc::new(match field.widget {
            Widget::Select(Choices::Related(model)) | Widget::Many(Choices::Related(model)) => {
                match context.site.get(model) {
                    Some(related) => related.admin.choices(context.conn, "", "", OPTIONS_MAX)?,
                    None => Vec::new(),
                }
            }
            _ => entry.admin.choices(context.conn, field.name, "", OPTIONS_MAX)?,
        });
        self.0.insert(key, Rc::clone(&offers));
        Ok(offers)
    }

    /// What a field offers, and what is chosen in it although there is no room to offer all: a save must not lose it.
    fn with_chosen(
        &mut self,
        context: &mut Context<'_>,
        entry: &Entry,
        field: &Field,
        chosen: &[String],
    ) -> Result<Vec<(String, String)>, Error> {
        let offers = self.of(context, entry, field)?;
        let mut all = offers.as_ref().clone();
        if let Widget::Select(Choices::Related(model)) | Widget::Many(Choices::Related(model)) = field.widget
            && let Some(related) = context.site.get(model)
        {
            let offered: HashSet<&str> = offers.iter().map(|(value, _)| value.as_str()).collect();
            let missing: BTreeSet<i64> = chosen
                .iter()
                .filter(|value| !offered.contains(value.as_str()))
                .filter_map(|value| value.parse().ok())
                .collect();
            for id in missing.into_iter().take(CHOSEN_MAX) {
                if let Some(object) = related.admin.object(context.conn, id)? {
                    all.push((id.to_string(), object.title));
                }
            }
        }
        Ok(all)
    }

    /// A field's value in words.
    pub(super) fn words(
        &mut self,
        context: &mut Context<'_>,
        entry: &Entry,
        field: &Field,
        values: &[String],
    ) -> Result<String, Error> {
        match field.widget {
            Widget::Flag => Ok(yes_or_no(values).to_owned()),
            Widget::Password => Ok(String::new()),
            Widget::Instant => Ok(context.shown_instant(values.last().map_or("", String::as_str))),
            Widget::Select(_) | Widget::Many(_) | Widget::Checks(_) => {
                let offers = self.with_chosen(context, entry, field, values)?;
                let by_value: HashMap<&str, &str> = offers
                    .iter()
                    .map(|(value, words)| (value.as_str(), words.as_str()))
                    .collect();
                let mut words: Vec<&str> = values
                    .iter()
                    .map(|value| by_value.get(value.as_str()).copied().unwrap_or(value))
                    .collect();
                if let Widget::Many(_) = field.widget {
                    words.sort_unstable();
                }
                words.dedup();
                Ok(words.join(", "))
            }
            _ => Ok(values.last().map(|text| text.replace("\r\n", "\n")).unwrap_or_default()),
        }
    }
}

fn yes_or_no(values: &[String]) -> &'static str {
    if is_ticked(values.last().map(String::as_str)) {
        "Yes"
    } else {
        "No"
    }
}

/// What was posted as an object, to show it again; fields that only show keep the stored value.
pub(super) fn posted_object(entry: &Entry, posted: &Query, stored: Option<&Object>) -> Object {
    let fields = entry.spec.form(stored.is_none()).iter().flat_map(|set| &set.fields);
    let mut object = Object {
        id: stored.map_or(0, |stored| stored.id),
        version: posted
            .get("_version")
            .and_then(|version| version.trim().parse().ok())
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
        remarks: stored.map(|stored| stored.remarks.clone()).unwrap_or_default(),
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

/// The posted rows of an inline; untouched ones at the end are left out, the page adds its own.
fn rows(inline: &Inline, posted: &Query) -> Vec<Values> {
    let posted = by_name(posted);
    let names = || inline.fields.iter().map(|field| field.name).chain(["id"]);
    let row = |index: usize| -> Values {
        let value = |name: &str| {
            let values = posted.get(format!("{}-{index}-{name}", inline.prefix).as_str());
            values.into_iter().flatten().map(|value| (*value).to_owned()).collect()
        };
        names().map(|name| (name.to_owned(), value(name))).collect()
    };
    let mut rows: Vec<Values> = (0..posted_rows(inline, &posted)).map(row).collect();
    while rows.last().is_some_and(|row| !says_something(inline, row)) {
        rows.pop();
    }
    rows
}

/// Whether a row is stored, or says something.
pub(super) fn says_something(inline: &Inline, row: &Values) -> bool {
    let value = |name: &str| {
        row.get(name)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
    };
    value("id").iter().any(|id| !id.trim().is_empty()) || is_touched(inline, value)
}

/// The rows that are ticked to go.
pub(super) fn deleted_rows(entry: &Entry, posted: &Query) -> Vec<usize> {
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

/// Gives rows that are to replace those of `current` their keys, and adds those of `current` that are left over, ticked to go: whoever
/// sends the form sees what goes, and what comes of it is these rows and no others.
pub(super) fn replace_rows(object: &mut Object, deleted: &mut Vec<usize>, current: &Object) {
    let key = |row: &Values| {
        row.get("id")
            .and_then(|ids| ids.last())
            .filter(|id| !id.is_empty())
            .cloned()
    };
    let known: Vec<String> = current.rows.iter().filter_map(key).collect();
    let mut used = HashSet::new();
    let mut rows: Vec<(Values, bool)> = Vec::new();
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

/// The query string that forms and their answers keep.
pub(super) fn kept(context: &Context<'_>) -> String {
    let query = context.query.without(&["restore"]);
    if query.is_empty() { String::new() } else { query.link() }
}

/// The query string of links that lead away and back to the same list.
pub(super) fn kept_filters(context: &Context<'_>) -> String {
    let filters = context.query.get("_changelist_filters");
    filters.map_or_else(String::new, |filters| {
        Query::default().with("_changelist_filters", filters).link()
    })
}

/// The list that the user came from; the start page for those who may not see it.
pub(super) fn way_back(context: &Context<'_>, entry: &Entry) -> String {
    if !entry.may(&context.account, Action::View) {
        return "/admin/".to_owned();
    }
    let filters = context.query.get("_changelist_filters").unwrap_or("");
    let filters = if filters.is_empty() {
        String::new()
    } else {
        Query::parse(filters).link()
    };
    format!("{}{filters}", entry.url())
}

/// The ways to save.
fn buttons(
    context: &Context<'_>,
    entry: &Entry,
    purpose: Purpose,
    can_save: bool,
) -> Vec<(&'static str, &'static str)> {
    let may = |action| entry.may(&context.account, action);
    if !can_save {
        return Vec::new();
    }
    if let Purpose::Copy(_) = purpose {
        return vec![("_saveasnew", "Save as new")];
    }
    let mut buttons = vec![("_save", "Save")];
    if matches!(purpose, Purpose::Change(_)) && may(Action::Add) && entry.spec.add_fieldsets.is_none() {
        buttons.push(("_saveasnew", "Save as new"));
    }
    if may(Action::Add) {
        buttons.push(("_addanother", "Save and add another"));
    }
    if may(Action::Change) {
        buttons.push(("_continue", "Save and continue editing"));
    } else if may(Action::View) {
        buttons.push(("_continue", "Save and view"));
    }
    buttons
}

/// Draws the form of `object`.
pub(super) fn form(
    context: &mut Context<'_>,
    entry: &Entry,
    purpose: Purpose,
    object: &Object,
    mut shown: Shown,
) -> Outcome {
    let spec = &entry.spec;
    let can_save = match purpose {
        Purpose::Change(id) => entry.may_do(context.conn, &context.account, Action::Change, id)?,
        Purpose::Add | Purpose::Copy(_) => entry.may(&context.account, Action::Add),
    };
    let error_count = shown.errors.values().map(Vec::len).sum();
    let mut offers = Offers::default();
    let mut groups = Vec::new();
    for set in spec.form(purpose == Purpose::Add) {
        let fields = fields(
            context,
            entry,
            &mut offers,
            &set.fields,
            "",
            &object.values,
            &mut shown.errors,
            can_save,
        )?;
        groups.push(ShownGroup {
            title: set.title.to_owned(),
            fields,
        });
    }
    let mut drawn = groups.iter().flat_map(|group: &ShownGroup| &group.fields);
    let has_zone = drawn.any(|field| field.widget == "zone");
    let inline = inline(context, entry, &mut offers, object, &mut shown, can_save)?;
    let verb = match purpose {
        Purpose::Add | Purpose::Copy(_) => "Add",
        Purpose::Change(_) if can_save => "Change",
        Purpose::Change(_) => "View",
    };
    let error_prefix = if shown.status >= 400 { ERROR_PREFIX } else { "" };
    let title = format!("{error_prefix}{verb} {}", spec.singular);
    let crumb = if object.title.is_empty() {
        format!("Add {}", spec.singular)
    } else {
        object.title.clone()
    };
    let filters = kept_filters(context);
    let body = format!("app-{} model-{} change-form", spec.model.app, spec.model.name);
    let stored = match purpose {
        Purpose::Add => None,
        Purpose::Change(id) | Purpose::Copy(id) => Some(id),
    };
    let can_delete = match stored {
        Some(id) => entry.may_do(context.conn, &context.account, Action::Delete, id)?,
        None => false,
    };
    let link = |verb| stored.map(|id| format!("{}{filters}", entry.object_url(id, verb)));
    let address = stored.map_or_else(|| format!("{}add/", entry.url()), |id| entry.object_url(id, "change"));
    let breadcrumbs = way(entry, &[(crumb.as_str(), None)]);
    let page = FormPage {
        form_id: format!("{}_form", spec.model.name),
        singular: spec.singular.to_owned(),
        object: object.title.clone(),
        action: format!("{address}{}", kept(context)),
        version: stored.map(|_| object.version),
        error_count,
        // What belongs to no field that is drawn is said above all of them.
        errors: shown.errors.into_values().flatten().collect(),
        conflict: shown.conflict,
        groups,
        inline,
        remarks: object.remarks.clone(),
        can_save,
        has_zone,
        buttons: buttons(context, entry, purpose, can_save),
        history_url: link("history").filter(|_| !spec.read_only),
        delete_url: link("delete").filter(|_| can_delete),
        close_url: way_back(context, entry),
        tools: stored.map(|_| entry.admin.tools(object, can_save)).unwrap_or_default(),
        frame: context.frame(&title, breadcrumbs, &body),
    };
    Ok(Reply::Html {
        status: shown.status,
        body: page.render()?,
    })
}

/// Draws fields and takes their errors.
#[expect(
    clippy::too_many_arguments,
    reason = "fields of the form and of a row differ in most of them"
)]
fn fields(
    context: &mut Context<'_>,
    entry: &Entry,
    offers: &mut Offers,
    fields: &[Field],
    prefix: &str,
    values: &Values,
    errors: &mut Errors,
    can_save: bool,
) -> Result<Vec<ShownField>, Error> {
    let mut drawn = Vec::with_capacity(fields.len());
    for field in fields {
        let name = format!("{prefix}{}", field.name);
        let given = values.get(field.name).map(Vec::as_slice).unwrap_or_default();
        let shows = field.read_only || !can_save;
        let mut options = Vec::new();
        if !shows && matches!(field.widget, Widget::Select(_) | Widget::Many(_) | Widget::Checks(_)) {
            let chosen: HashSet<&str> = given.iter().map(String::as_str).collect();
            if matches!(field.widget, Widget::Select(_)) && !field.required {
                options.push((String::new(), "---------".to_owned(), false));
            }
            let offered = offers.with_chosen(context, entry, field, given)?;
            options.extend(offered.into_iter().map(|(value, words)| {
                let is_chosen = chosen.contains(value.as_str());
                (value, words, is_chosen)
            }));
            if let Widget::Many(_) = field.widget {
                // What is chosen stands first, where it is seen without scrolling.
                options.sort_by_key(|(_, _, is_chosen)| !is_chosen);
            }
        }
        let value = if shows {
            offers.words(context, entry, field, given)?
        } else {
            given.last().cloned().unwrap_or_default()
        };
        drawn.push(ShownField {
            group: field.group,
            kinds: field.kinds,
            disabled: false,
            nothing: nothing_to_choose(context, field, !shows && options.is_empty()),
            widget: widget(field.widget, shows),
            value,
            ticked: is_ticked(given.last().map(String::as_str)),
            options,
            errors: errors.remove(&name).unwrap_or_default(),
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
        Widget::Text | Widget::Instant => "text",
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
    offers: &mut Offers,
    object: &Object,
    shown: &mut Shown,
    can_save: bool,
) -> Result<Option<ShownInline>, Error> {
    let Some(inline) = &entry.spec.inline else {
        return Ok(None);
    };
    let blank = Values::new();
    let extra = if can_save {
        inline.extra.min(inline.rows_max.saturating_sub(object.rows.len()))
    } else {
        0
    };
    let mut rows = Vec::new();
    for (index, values) in object.rows.iter().chain(std::iter::repeat_n(&blank, extra)).enumerate() {
        let prefix = format!("{}-{index}", inline.prefix);
        rows.push(ShownInlineRow {
            index,
            id: values.get("id").and_then(|ids| ids.last().cloned()).unwrap_or_default(),
            title: values
                .get("title")
                .and_then(|titles| titles.last().cloned())
                .unwrap_or_default(),
            deleted: shown.deleted_rows.contains(&index),
            fields: fields(
                context,
                entry,
                offers,
                &inline.fields,
                &format!("{prefix}-"),
                values,
                &mut shown.errors,
                can_save,
            )?,
            errors: shown.errors.remove(&prefix).unwrap_or_default(),
        });
    }
    let template = if can_save {
        let prefix = format!("{}-__prefix__-", inline.prefix);
        let mut template = fields(
            context,
            entry,
            offers,
            &inline.fields,
            &prefix,
            &blank,
            &mut Errors::new(),
            true,
        )?;
        template.iter_mut().for_each(|field| field.disabled = true);
        template
    } else {
        Vec::new()
    };
    Ok(Some(ShownInline {
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
