//! Draws the fields of a form or of a row in it.

use std::collections::HashSet;

use super::options::{ALL, FieldOptions};
use crate::admin::address::{ModelPage, ObjectKey};
use crate::admin::context::Context;
use crate::admin::input::{Errors, is_ticked};
use crate::admin::model::FormValues;
use crate::admin::pages::field::{Related, ShownField};
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Choices, Field, Widget};
use crate::admin::views::ViewError;
use crate::admin::views::delete::link_to;
use crate::auth::Action;

/// The most links to chosen objects beside a field.
const CHANGES_MAX: usize = 50;

/// Draws fields and takes their errors.
#[expect(
    clippy::too_many_arguments,
    reason = "fields of the form and of a row differ in most of them"
)]
pub(in crate::admin::views) fn fields(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    offers: &mut FieldOptions,
    fields: &[Field],
    prefix: &str,
    values: &FormValues,
    errors: &mut Errors,
    can_save: bool,
) -> Result<Vec<ShownField>, ViewError> {
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
        let links = match field.widget {
            Widget::Many(Choices::Related(model)) if shows => {
                let mut words = offers.words_of_each(context, entry, field, given)?;
                words.sort_by(|(_, one), (_, other)| one.cmp(other));
                let object = |key: &str| Some((model, key.parse::<i64>().ok()?));
                let link = |(key, words): (String, String)| (words, link_to(context, object(&key)));
                let links: Vec<(String, Option<String>)> = words.into_iter().map(link).collect();
                if links.iter().any(|(_, link)| link.is_some()) {
                    links
                } else {
                    Vec::new()
                }
            }
            _ => Vec::new(),
        };
        drawn.push(ShownField {
            links,
            group: field.group,
            kinds: field.kinds.clone(),
            disabled: false,
            autofocus: false,
            nothing: nothing_to_choose(context, field, !shows && options.is_empty()),
            related: if shows {
                None
            } else {
                related(context, entry, offers, field, &options)?
            },
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

/// Returns what a field says that has nothing to choose from: what there is none of, and where to add one.
fn nothing_to_choose(context: &Context<'_>, field: &Field, is_empty: bool) -> Option<(String, Option<String>)> {
    let Widget::Many(Choices::Related(model)) = field.widget else {
        return None;
    };
    let related = context.site.get(model).filter(|_| is_empty)?;
    // To those who may not view them it is not said whether there are any.
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
    field: &Field,
    options: &[(String, String, bool)],
) -> Result<Option<Related>, ViewError> {
    let Widget::Many(Choices::Related(model)) = field.widget else {
        return Ok(None);
    };
    let site = context.site;
    let Some(related) = site.get(model) else {
        return Ok(None);
    };
    let may = |action| related.may(&context.account, action);
    // What is added there can be chosen here by those alone who may view it.
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
    let all_url = offers
        .has_more(context, entry, field)?
        // A form may be drawn at another address than its own, after a login.
        .then(|| format!("{}{}", context.path, context.query.set(ALL, "all").link()))
        .filter(|_| context.query.get(ALL).is_none());
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
        all_url,
    }))
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
