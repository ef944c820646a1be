//! Draws the fields of a form or of a row in it.

use std::collections::HashSet;

use super::options::{FIND, FieldOptions};
use crate::admin::address::{ModelPage, ObjectKey};
use crate::admin::context::{Context, Instant};
use crate::admin::input::{Errors, is_ticked};
use crate::admin::model::FormValues;
use crate::admin::pages::field::{FindOption, Related, ShownField};
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Choices, Field, Widget};
use crate::admin::views::ViewError;
use crate::admin::views::hidden::link_to;
use crate::auth::Action;

/// The most links to chosen objects beside a field.
const CHANGES_MAX: usize = 50;

/// The fields of a form or of a row, with their values.
pub(in crate::admin::views) struct FieldSet<'f> {
    /// The model of the form.
    pub(in crate::admin::views) entry: &'f SiteEntry,
    /// Their declarations.
    pub(in crate::admin::views) fields: &'f [Field],
    /// What stands before their names in the form.
    pub(in crate::admin::views) prefix: &'f str,
    /// Their values by their own names.
    pub(in crate::admin::views) values: &'f FormValues,
    /// Whether they can be edited.
    pub(in crate::admin::views) can_save: bool,
}

/// Draws fields and takes their errors.
pub(in crate::admin::views) fn fields(
    context: &mut Context<'_>,
    offers: &mut FieldOptions,
    set: &FieldSet<'_>,
    errors: &mut Errors,
) -> Result<Vec<ShownField>, ViewError> {
    let mut drawn = Vec::with_capacity(set.fields.len());
    for field in set.fields {
        let name = format!("{}{}", set.prefix, field.name);
        let given = set.values.get(field.name).map(Vec::as_slice).unwrap_or_default();
        let shows = field.read_only || !set.can_save;
        if shows && says_nothing(field, set.values) {
            continue;
        }
        let mut shown = if shows {
            ShownField {
                value: offers.words(context, set.entry, field, given)?,
                links: links(context, set.entry, offers, field, given)?,
                ..ShownField::default()
            }
        } else {
            let options = options(context, set.entry, offers, (field, name.as_str()), given)?;
            ShownField {
                value: match (field.widget, given.last()) {
                    (Widget::Instant, Some(at)) => Instant::typed(at, context.zone()),
                    (_, given) => given.cloned().unwrap_or_default(),
                },
                nothing: nothing_to_choose(context, field, options.iter().all(|(value, ..)| value.is_empty())),
                related: related(context, set.entry, offers, (field, name.as_str()), &options)?,
                options,
                ..ShownField::default()
            }
        };
        shown.group = field.group;
        shown.kinds.clone_from(&field.kinds);
        shown.is_rare = field.rare.is_some();
        shown.is_open = field.rare.is_some_and(|is_folded| !is_folded(set.values));
        shown.widget = widget(field.widget, shows);
        shown.ticked = is_ticked(given.last().map(String::as_str));
        shown.errors = errors.remove(&name).unwrap_or_default();
        field.name.clone_into(&mut shown.base);
        field.label.clone_into(&mut shown.label);
        field.help.clone_into(&mut shown.help);
        if field.widget == Widget::Instant && !shows {
            shown.help = format!("{} A time without an offset is in {}.", field.help, context.zone());
        }
        shown.required = field.required;
        shown.name = name;
        drawn.push(shown);
    }
    Ok(drawn)
}

/// Returns whether a field of a row that only shows has nothing to show: it is for rows of another kind, or empty.
fn says_nothing(field: &Field, values: &FormValues) -> bool {
    let given = |name: &str| values.get(name).map(Vec::as_slice).unwrap_or_default();
    let is_other = || !given("kind").iter().any(|kind| field.kinds.contains(&kind.as_str()));
    let is_empty = || given(field.name).iter().all(|value| value.trim().is_empty());
    !field.kinds.is_empty() && (is_other() || is_empty())
}

/// Returns what a select offers: value, words, and whether it is chosen; nothing for any other field.
fn options(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    (field, name): (&Field, &str),
    given: &[String],
) -> Result<Vec<(String, String, bool)>, ViewError> {
    let mut options = Vec::new();
    if !matches!(field.widget, Widget::Select(_) | Widget::Many(_) | Widget::Checks(_)) {
        return Ok(options);
    }
    let chosen: HashSet<&str> = given.iter().map(String::as_str).collect();
    // A browser chooses the first of a single choice: a related object is chosen by the user, or not at all.
    let is_single = matches!(field.widget, Widget::Select(_));
    if is_single && (!field.required || field.widget.related().is_some()) {
        options.push((String::new(), "---------".to_owned(), false));
    }
    for (value, words) in offers.with_chosen(context, entry, (field, name), given)? {
        let is_chosen = chosen.contains(value.as_str());
        options.push((value, words, is_chosen));
    }
    if let Widget::Many(_) = field.widget {
        // What is chosen stands first, where it is seen without scrolling.
        options.sort_by_key(|(_, _, is_chosen)| !is_chosen);
    }
    Ok(options)
}

/// Returns the objects that a field only shows and where each leads; nothing if none leads anywhere.
fn links(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    field: &Field,
    given: &[String],
) -> Result<Vec<(String, Option<String>)>, ViewError> {
    let Some(model) = field.widget.related() else {
        return Ok(Vec::new());
    };
    let mut words = offers.words_of_each(context, entry, field, given)?;
    words.sort_by(|(_, one), (_, other)| one.cmp(other));
    let mut links = Vec::with_capacity(words.len());
    for (key, words) in words {
        let object = key.parse().ok().map(|id| (model, id));
        links.push((words, link_to(context, object)));
    }
    let leads = links.iter().any(|(_, link)| link.is_some());
    Ok(if leads { links } else { Vec::new() })
}

/// Returns what a field says that has nothing to choose from: what there is none of, and where to add one.
fn nothing_to_choose(context: &Context<'_>, field: &Field, is_empty: bool) -> Option<(String, Option<String>)> {
    let related = context.site.get(field.widget.related()?).filter(|_| is_empty)?;
    // Without the permission to view them the page does not reveal whether there are any.
    if !related.may(&context.account, Action::View) {
        return None;
    }
    let add_url = related.address(ModelPage::Add).into();
    let may_add = related.may(&context.account, Action::Add);
    Some((related.spec.plural.to_owned(), may_add.then_some(add_url)))
}

/// Returns how the objects that a field chooses from are looked for, added and changed.
fn related(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    (field, name): (&Field, &str),
    options: &[(String, String, bool)],
) -> Result<Option<Related>, ViewError> {
    let site = context.site;
    let Some(related) = field.widget.related().and_then(|model| site.get(model)) else {
        return Ok(None);
    };
    let may = |action| related.may(&context.account, action);
    // What is added there can be chosen only with the permission to view it.
    let add_url = (may(Action::Add) && may(Action::View)).then(|| related.address(ModelPage::Add).into());
    // Users without the permission to change an object look at it there.
    let change_url =
        may(Action::View).then(|| related.address(ModelPage::Change(ObjectKey::placeholder())).to_string());
    let change_words = if may(Action::Change) { "Change" } else { "View" };
    let searches = may(Action::View) && related.spec.search.is_some();
    let chosen = options.iter().filter(|(.., is_chosen)| *is_chosen);
    let changes = change_url.iter().flat_map(|url| {
        let link =
            move |(id, words, _): &(String, String, bool)| (words.clone(), url.replace(ObjectKey::PLACEHOLDER, id));
        chosen.clone().take(CHANGES_MAX).map(link)
    });
    let changes = changes.collect();
    let term = offers.term(name).to_owned();
    let has_more = offers.has_more(context, entry, (field, name))?;
    let find = (searches && (has_more || !term.is_empty())).then(|| FindOption {
        name: format!("{FIND}{name}"),
        term,
        has_more,
    });
    Ok(Some(Related {
        app: entry.spec.model.app,
        model: entry.spec.model.name,
        field: field.name,
        singular: related.spec.singular.to_owned(),
        plural: related.spec.plural.to_owned(),
        searches,
        add_url,
        change_url,
        change_words,
        changes,
        find,
    }))
}

fn widget(widget: Widget, shows: bool) -> &'static str {
    match widget {
        Widget::Hidden => "hidden",
        _ if shows => "shown",
        Widget::Text | Widget::Instant => "text",
        Widget::Area => "area",
        Widget::Flag => "flag",
        Widget::Date => "date",
        Widget::Select(Choices::Related(_)) => "one",
        Widget::Select(_) => "select",
        Widget::Many(_) => "many",
        Widget::Checks(_) => "checks",
        Widget::Zone => "zone",
        Widget::Password => "password",
    }
}
