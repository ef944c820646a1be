//! The filters beside a list: what each offers, which offers are chosen, and how many rows each would show.

use std::collections::HashMap;

use super::filter_offers::{PageOffers, chosen_offers, counted_rows};
use crate::admin::context::Context;
use crate::admin::links::{self, Panel, ShownRange};
use crate::admin::listing::Listing;
use crate::admin::model::{ListQuery, ModelList};
use crate::admin::query::Query;
use crate::admin::ranges::{End, parameter, parameters};
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Choices, Filter, FilterInput, RangeKind};
use crate::admin::views::ViewError;
use crate::db::limit;

/// A chip for each value that is chosen: words and the link that takes it away.
pub(super) type Chips = Vec<(String, String)>;

/// All that a list can be narrowed by, and is.
pub(super) struct Narrowing {
    /// Filters.
    pub panels: Vec<Panel>,
    /// Ranges.
    pub ranges: Vec<ShownRange>,
    /// What is chosen.
    pub chips: Chips,
    /// The list without any of it; nothing if nothing is chosen.
    pub clear: Option<String>,
}

impl Narrowing {
    /// Returns the parameters that the form of filters has fields for.
    pub(super) fn parameters(&self) -> Vec<&str> {
        let inputs = self
            .panels
            .iter()
            .flat_map(|panel| panel.inputs.iter().map(|(input, _)| input.key));
        let panels = self.panels.iter().map(|panel| panel.key.as_str()).chain(inputs);
        let bounds = self
            .ranges
            .iter()
            .flat_map(|range| [range.first.0.as_str(), &range.last.0]);
        panels.chain(bounds).collect()
    }
}

/// Returns what narrows a list. Links keep everything of `query` but a search among offers, which has done its work.
pub(super) fn narrowing(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    list: &dyn ModelList,
    listing: &Listing,
    query: &Query,
) -> Result<Narrowing, ViewError> {
    let (panels, mut chips) = panels(context, entry, list, listing, query)?;
    let (ranges, of_ranges) = ranges(entry, listing, query);
    chips.extend(of_ranges);
    let bounds: Vec<String> = parameters(&entry.spec).collect();
    let filters = entry.spec.filters.iter().map(|filter| filter.key);
    let own: Vec<&str> = filters.chain(bounds.iter().map(String::as_str)).chain(["p"]).collect();
    Ok(Narrowing {
        panels,
        ranges,
        clear: (!chips.is_empty()).then(|| query.without(&own).link()),
        chips,
    })
}

/// Returns filters with their offers, and their chips.
fn panels(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    list: &dyn ModelList,
    listing: &Listing,
    query: &Query,
) -> Result<(Vec<Panel>, Chips), ViewError> {
    let (mut panels, mut chips) = (Vec::new(), Vec::new());
    let mut page_offers = PageOffers::new(entry, list, listing);
    for filter in &entry.spec.filters {
        limit::check()?;
        let chosen = listing.wanted.filter(filter.key).unwrap_or(&[]);
        let find = listing.finds.iter().find(|(key, _)| *key == filter.key);
        let find = find.map_or("", |(_, text)| text);
        let offers = page_offers.of(context, filter, find)?;
        let is_no_choice = offers.shown.len() < 2 && offers.hidden == 0 && chosen.is_empty() && find.is_empty();
        if matches!(filter.choices, Choices::Related(_)) && is_no_choice {
            continue;
        }
        let mut panel = links::panel(filter, &offers.shown, listing, query);
        if listing.facets && !offers.shown.is_empty() {
            let counts = counts(context, list, filter, &listing.wanted)?;
            for (offer, (value, _)) in panel.offers.iter_mut().skip(1).zip(&offers.shown) {
                offer.count = Some(counts.get(value).copied().unwrap_or(0));
            }
        }
        if offers.hidden > 0 || !find.is_empty() {
            panel.find = Some(find.to_owned());
            panel.more = match offers.hidden {
                0 => String::new(),
                hidden if offers.shown.is_empty() => format!("{hidden} to be found"),
                hidden if offers.are_more => format!("and more than {hidden} others"),
                1 => "and 1 other".to_owned(),
                hidden => format!("and {hidden} others"),
            };
        }
        let value = |input: &FilterInput| listing.wanted.input(input.key).unwrap_or("").to_owned();
        panel.inputs = filter.inputs.iter().map(|input| (*input, value(input))).collect();
        let selected = panel.offers.iter().filter(|offer| offer.selected);
        let values = selected.filter_map(|offer| Some((offer.value.as_deref()?, offer.label.as_str())));
        chips.extend(chips_of(filter, values, listing, query, |input| input.key));
        panels.push(panel);
    }
    Ok((panels, chips))
}

/// Returns the chips of a filter, of the values that are chosen and of what is given beside them, which the page calls as `name_of` says.
fn chips_of<'a>(
    filter: &Filter,
    values: impl Iterator<Item = (&'a str, &'a str)>,
    listing: &Listing,
    query: &Query,
    name_of: fn(&FilterInput) -> &'static str,
) -> Chips {
    let base = query.without(&["p"]);
    // Any of the values is enough: a list with two of them is longer, and the chips say so.
    let chip = |(index, (value, label)): (usize, (&str, &str))| {
        // With or without something: the values say it alone.
        let words = match (index, filter.key.ends_with("__isnull")) {
            (0, true) => label.to_owned(),
            (0, false) => format!("{}: {label}", filter.title),
            _ => format!("or {label}"),
        };
        (words, base.without_value(filter.key, value).link())
    };
    let mut chips: Chips = values.enumerate().map(chip).collect();
    let given = |input: &FilterInput| listing.wanted.input(input.key).filter(|value| !value.is_empty());
    // What narrows nothing by itself is left out.
    let is_meant = !chips.is_empty() || filter.inputs.first().is_some_and(|first| given(first).is_some());
    for input in filter.inputs.iter().filter(|_| is_meant) {
        if let Some(value) = given(input) {
            let words = format!("{}: {}", input.title, spaced(value));
            chips.push((words, base.without(&[name_of(input)]).link()));
        }
    }
    chips
}

/// Returns a value as it was typed, and an instant with a space between date and time. The T of a name, such as a time zone, stays.
fn spaced(value: &str) -> String {
    match value.split_once('T') {
        Some((date, time))
            if date.ends_with(|last: char| last.is_ascii_digit())
                && time.starts_with(|first: char| first.is_ascii_digit()) =>
        {
            format!("{date} {time}")
        }
        _ => value.to_owned(),
    }
}

/// Returns the chips of all filters and ranges of a list for a page beside it.
pub(in crate::admin) fn chips(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    listing: &Listing,
    query: &Query,
) -> Result<Chips, ViewError> {
    let mut chips = Vec::new();
    for filter in &entry.spec.filters {
        let chosen = listing.wanted.filter(filter.key).unwrap_or(&[]);
        let titled = match chosen.is_empty() {
            true => Vec::new(),
            false => chosen_offers(context, entry, filter, chosen)?,
        };
        let values = titled.iter().map(|(value, label)| (value.as_str(), label.as_str()));
        chips.extend(chips_of(filter, values, listing, query, |input| input.alias));
    }
    chips.extend(ranges(entry, listing, query).1);
    Ok(chips)
}

/// Returns ranges with their bounds, and their chips.
fn ranges(entry: &SiteEntry, listing: &Listing, query: &Query) -> (Vec<ShownRange>, Chips) {
    let (mut shown, mut chips) = (Vec::new(), Vec::new());
    let base = query.without(&["p"]);
    for range in &entry.spec.ranges {
        let asked = listing.ranges.iter().find(|asked| asked.key == range.key);
        let bound = |end| {
            let text = asked.map_or("", |asked| asked.text(end));
            (parameter(range, end), text.to_owned())
        };
        let (first, last) = (bound(End::First), bound(End::Last));
        let words = match range.kind {
            RangeKind::Date => ["from", "before"],
            RangeKind::Number { .. } => ["at least", "at most"],
        };
        for (words, (name, text)) in words.into_iter().zip([&first, &last]) {
            if !text.is_empty() {
                let chip = format!("{}: {words} {}", range.title, spaced(text));
                chips.push((chip, base.without(&[name]).link()));
            }
        }
        let has_time = first.1.contains('T') || last.1.contains('T');
        shown.push(ShownRange {
            title: range.title,
            input: match range.kind {
                RangeKind::Date if has_time => "datetime-local",
                RangeKind::Date => "date",
                RangeKind::Number { .. } => "text",
            },
            first,
            last,
            is_rare: range.rare,
        });
    }
    (shown, chips)
}

/// Returns how many rows each value would show. The filter's own choice does not reduce its counts, those of the others do.
fn counts(
    context: &mut Context<'_>,
    list: &dyn ModelList,
    filter: &Filter,
    wanted: &ListQuery,
) -> Result<HashMap<String, i64>, ViewError> {
    let rows = counted_rows(filter, wanted);
    Ok(list.facets(context.conn, filter.key, &rows)?.into_iter().collect())
}
