//! The filters beside a list: what each offers, which offers are chosen, and how many rows each would show.

use std::collections::HashMap;

use super::Error;
use crate::admin::context::Context;
use crate::admin::links::{self, Panel};
use crate::admin::listing::Listing;
use crate::admin::model::Wanted;
use crate::admin::query::Query;
use crate::admin::site::Entry;
use crate::admin::spec::{Choices, Filter};

/// The most offers of a filter.
const OFFERS_MAX: i64 = 500;

/// A chip for each value that is chosen: words and the link that takes it away.
pub(super) type Chips = Vec<(String, String)>;

/// Filters with their offers, and their chips.
pub(super) fn panels(
    context: &mut Context<'_>,
    entry: &Entry,
    listing: &Listing,
    query: &Query,
) -> Result<(Vec<Panel>, Chips), Error> {
    let (mut panels, mut chips) = (Vec::new(), Vec::new());
    for filter in &entry.spec.filters {
        let chosen = listing.wanted.filter(filter.key).unwrap_or(&[]);
        let choices = offers(context, entry, filter, chosen)?;
        if matches!(filter.choices, Choices::Related(_)) && choices.len() < 2 && chosen.is_empty() {
            continue;
        }
        let mut panel = links::panel(filter, &choices, listing, query);
        let shown = panel.offers.iter_mut().skip(1);
        if listing.facets {
            let counts = counts(context, entry, filter, &listing.wanted)?;
            for (offer, (value, _)) in shown.zip(&choices) {
                offer.count = Some(counts.get(value).copied().unwrap_or(0));
            }
        }
        let selected = panel.offers.iter().skip(1).filter(|offer| offer.selected);
        // Any of the values is enough: a list with two of them is longer, and the chips say so.
        chips.extend(selected.enumerate().map(|(index, offer)| {
            let before = if index == 0 {
                format!("{}:", filter.title)
            } else {
                "or".to_owned()
            };
            (format!("{before} {}", offer.label), offer.link.clone())
        }));
        panels.push(panel);
    }
    Ok((panels, chips))
}

/// Value and words of what a filter offers: the chosen values are among them, also those that no object has any more.
fn offers(
    context: &mut Context<'_>,
    entry: &Entry,
    filter: &Filter,
    chosen: &[String],
) -> Result<Vec<(String, String)>, Error> {
    let related = match filter.choices {
        Choices::Related(model) => context.site.get(model),
        Choices::Flag | Choices::Listed => None,
    };
    let mut offers = match (filter.choices, related) {
        (Choices::Flag, _) => vec![("1".to_owned(), "Yes".to_owned()), ("0".to_owned(), "No".to_owned())],
        (Choices::Listed, _) => entry.admin.choices(context.conn, filter.key, "", OFFERS_MAX)?,
        (Choices::Related(_), Some(related)) => related.admin.choices(context.conn, "", "", OFFERS_MAX)?,
        (Choices::Related(_), None) => Vec::new(),
    };
    let mut missing: Vec<String> = chosen.to_vec();
    missing.retain(|value| !offers.iter().any(|(offered, _)| offered == value));
    missing.sort();
    missing.dedup();
    let mut titles: HashMap<String, String> = HashMap::new();
    if let Some(related) = related.filter(|_| !missing.is_empty()) {
        let wanted = Wanted {
            keys: Some(missing.iter().filter_map(|value| value.parse().ok()).collect()),
            ..Wanted::default()
        };
        let rows = related.admin.rows(context.conn, &wanted, 0, OFFERS_MAX)?;
        titles.extend(rows.into_iter().map(|row| (row.id.to_string(), row.title)));
    }
    offers.extend(missing.into_iter().map(|value| {
        let title = titles.remove(&value).unwrap_or_else(|| value.clone());
        (value, title)
    }));
    Ok(offers)
}

/// How many rows each value would show. The filter's own choice does not reduce its counts, those of the others do.
fn counts(
    context: &mut Context<'_>,
    entry: &Entry,
    filter: &Filter,
    wanted: &Wanted,
) -> Result<HashMap<String, i64>, Error> {
    let mut wanted = wanted.clone();
    wanted.filters.retain(|(key, _)| *key != filter.key);
    Ok(entry
        .admin
        .facets(context.conn, filter.key, &wanted)?
        .into_iter()
        .collect())
}
