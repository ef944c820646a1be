//! Choices of a field as data, a page at a time, for users with the permission to view them.

use serde_json::json;

use super::{ViewResult, forbidden, message_page};
use crate::admin::address::Address;
use crate::admin::context::Context;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::auth::{Action, Model};

/// Choices of a page.
const PAGE_SIZE: i64 = 20;
/// The longest term that anything is looked up by, in characters.
const TERM_MAX: usize = 500;
/// The last page that can be asked for.
const PAGE_MAX: i64 = 500;

/// Answers `?term&app_label&model_name&field_name&page`.
pub fn autocomplete(context: &mut Context<'_>) -> ViewResult {
    let value = |name: &str| context.query.get(name).unwrap_or("").to_owned();
    let (app, model, field_name, term) = (
        value("app_label"),
        value("model_name"),
        value("field_name"),
        value("term"),
    );
    let Some(entry) = context.site.find(&app, &model) else {
        return forbidden(context);
    };
    let may_fill_in = [Action::View, Action::Add]
        .into_iter()
        .any(|action| entry.may(&context.account, action));
    if !may_fill_in {
        return forbidden(context);
    }
    let related = related_model(entry, &field_name).and_then(|model| context.site.get(model));
    let Some(related) = related.filter(|related| related.may(&context.account, Action::View)) else {
        return forbidden(context);
    };
    if related.spec.search.is_none() {
        return no_page(context);
    }
    let page = context.query.get("page").filter(|page| !page.is_empty());
    let page = page.map_or(Some(1), |page| {
        page.parse::<i64>().ok().filter(|page| (1..=PAGE_MAX).contains(page))
    });
    let Some(page) = page else {
        return no_page(context);
    };
    let skip = usize::try_from((page - 1) * PAGE_SIZE).unwrap_or(0);
    let shown = usize::try_from(PAGE_SIZE).unwrap_or(0);
    // No text holds a NUL character, and PostgreSQL refuses to look for one.
    let choices = if term.contains('\0') || term.chars().count() > TERM_MAX {
        Vec::new()
    } else {
        related.admin.choices(context.conn, "", &term, page * PAGE_SIZE + 1)?
    };
    if page > 1 && choices.len() <= skip {
        return no_page(context);
    }
    let results: Vec<_> = choices
        .iter()
        .skip(skip)
        .take(shown)
        .map(|(id, text)| json!({"id": id, "text": text}))
        .collect();
    let more = choices.len() > skip + shown && page < PAGE_MAX;
    Ok(Reply::Json(
        json!({"results": results, "pagination": {"more": more}}).to_string(),
    ))
}

/// Returns the model whose objects a field offers.
fn related_model(entry: &SiteEntry, field: &str) -> Option<Model> {
    let spec = &entry.spec;
    let sets = spec.fieldsets.iter().chain(spec.add_fieldsets.iter().flatten());
    let field = sets.flat_map(|set| &set.fields).find(|known| known.name == field)?;
    field.widget.related()
}

fn no_page(context: &mut Context<'_>) -> ViewResult {
    message_page(
        context,
        404,
        "Page not found",
        "There is no such page of choices.",
        ("Back to the start page", Address::Index.pattern()),
    )
}
