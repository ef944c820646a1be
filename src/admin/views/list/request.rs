//! What the address of a list asks for, and the answer to an address that cannot be understood.

use crate::admin::context::Context;
use crate::admin::listing::{BadParameter, Listing};
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Choices, Filter};
use crate::admin::transfer::format::read;
use crate::admin::views::{ViewResult, message_page};
use crate::auth::{Action, Model};

/// The most rows that one action takes, whether they are named one by one or are all rows of a list: as many as an import has.
pub(in crate::admin::views) const ROWS_MAX: usize = read::ROWS_MAX;

/// Returns what the query string asks for.
pub(in crate::admin) fn wanted_listing(context: &Context<'_>, entry: &SiteEntry) -> Result<Listing, BadParameter> {
    understood(context, entry, &context.query)
}

/// Returns what any query string would ask this list for.
pub(in crate::admin) fn understood(
    context: &Context<'_>,
    entry: &SiteEntry,
    query: &Query,
) -> Result<Listing, BadParameter> {
    let mut listing = Listing::read(&entry.spec, query, context.zone())?;
    listing.wanted.hidden = hidden_models(context);
    check_related(entry, &listing)?;
    let listed = |key: &str| {
        entry
            .spec
            .filters
            .iter()
            .any(|filter| filter.key == key && filter.choices == Choices::Listed)
    };
    for (key, values) in listing.wanted.filters.iter().filter(|(key, _)| listed(key)) {
        if let Some(value) = values.iter().find(|value| !entry.admin.is_filter_value(key, value)) {
            return Err(BadParameter {
                name: (*key).to_owned(),
                reason: format!("`{value}` is not one of its values"),
            });
        }
    }
    for (key, value) in &listing.wanted.inputs {
        if let Some(reason) = entry.admin.filter_input_fault(key, value) {
            return Err(BadParameter {
                name: (*key).to_owned(),
                reason,
            });
        }
    }
    Ok(listing)
}

/// Returns the models whose objects the user may not view.
pub(in crate::admin) fn hidden_models(context: &Context<'_>) -> Vec<Model> {
    let entries = context.site.entries().iter();
    let hidden = entries.filter(|entry| !entry.may(&context.account, Action::View));
    hidden.map(|entry| entry.spec.model).collect()
}

/// Refuses filters by objects that the user may not view: what they find would say who has which.
fn check_related(entry: &SiteEntry, listing: &Listing) -> Result<(), BadParameter> {
    let wanted = &listing.wanted;
    let by_hidden = |filter: &&Filter| match filter.choices {
        Choices::Related(model) => wanted.filter(filter.key).is_some() && wanted.hidden.contains(&model),
        Choices::Flag | Choices::Listed => false,
    };
    match entry.spec.filters.iter().find(by_hidden) {
        None => Ok(()),
        Some(filter) => Err(BadParameter {
            name: filter.key.to_owned(),
            reason: "you may not view what this filter chooses from".to_owned(),
        }),
    }
}

/// Returns the page that names a parameter which cannot be understood, and leads back.
pub(in crate::admin) fn bad_request(context: &mut Context<'_>, entry: &SiteEntry, bad: &BadParameter) -> ViewResult {
    let text = format!(
        "The parameter “{}” of this address cannot be understood: {}.",
        bad.name, bad.reason
    );
    let link = ("Back to the whole list", entry.url());
    message_page(context, 400, "Bad request", &text, (link.0, &link.1))
}

/// Returns the address of this list.
pub(in crate::admin) fn back(context: &Context<'_>, entry: &SiteEntry) -> String {
    let query = &context.query;
    if query.is_empty() {
        entry.url()
    } else {
        format!("{}{}", entry.url(), query.link())
    }
}

/// Says that an action does not take so many rows, and what to do about it.
pub(super) fn too_many(entry: &SiteEntry) -> String {
    format!(
        "An action takes {ROWS_MAX} {} at most: narrow the list first.",
        entry.spec.plural
    )
}
