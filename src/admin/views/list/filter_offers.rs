//! What filters of a list offer: the values that most rows have, those that a search finds, and those that are chosen.

use std::collections::HashMap;

use crate::admin::context::Context;
use crate::admin::listing::Listing;
use crate::admin::model::{ListQuery, ModelList};
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Choices, Filter};
use crate::admin::views::{ViewError, hidden};
use crate::auth::{Action, Model};
use crate::text::{folded, holds_folded};

/// The most offers of a filter that are looked at.
const FOUND_MAX: i64 = 500;

/// The most offers of a filter that are all shown, and the most that a search shows.
const LISTED_MAX: usize = 20;
/// How many are shown of more, beside those that are chosen; the others are found by a search.
const SHOWN_MAX: usize = 5;

/// Offers of a filter.
#[derive(Clone, Default)]
pub(super) struct FilterOffers {
    /// Value and words of those that are shown, the chosen ones among them, also those that no object has any more.
    pub(super) shown: Vec<(String, String)>,
    /// How many are not shown.
    pub(super) hidden: usize,
    /// Whether there may be more than were counted.
    pub(super) are_more: bool,
}

/// The offers of the filters of one page.
pub(super) struct PageOffers<'a> {
    entry: &'a SiteEntry,
    list: &'a dyn ModelList,
    listing: &'a Listing,
    /// Offers by model and search: filters that look for the same among the same objects share them.
    known: HashMap<(Model, String), FilterOffers>,
}

impl<'a> PageOffers<'a> {
    pub(super) fn new(entry: &'a SiteEntry, list: &'a dyn ModelList, listing: &'a Listing) -> Self {
        Self {
            entry,
            list,
            listing,
            known: HashMap::new(),
        }
    }

    /// Returns what a filter offers.
    pub(super) fn of(
        &mut self,
        context: &mut Context<'_>,
        filter: &Filter,
        find: &str,
    ) -> Result<FilterOffers, ViewError> {
        let chosen = self.listing.wanted.filter(filter.key).unwrap_or(&[]);
        let related = match filter.choices {
            Choices::Related(model) => context.site.get(model),
            Choices::Flag | Choices::Listed => None,
        };
        let offers = match (filter.choices, related) {
            (Choices::Flag, _) => FilterOffers {
                shown: flags(),
                ..FilterOffers::default()
            },
            (Choices::Listed, _) => self.listed(context, filter, find, chosen)?,
            (Choices::Related(model), Some(related)) if related.may(&context.account, Action::View) => {
                let is_repeated = find.is_empty() && self.is_repeated(filter);
                let key = (model, find.to_owned());
                // Counts beside the offers are those of one filter, and so is which are the most.
                let is_shared = !self.listing.facets || is_repeated;
                let mut offers = match self.known.get(&key).filter(|_| is_shared) {
                    Some(known) => known.clone(),
                    None => {
                        let offers = self.related(context, filter, related, find)?;
                        self.known.insert(key, offers.clone());
                        offers
                    }
                };
                let is_long = offers.hidden > 0 || (filter.rare && offers.shown.len() > SHOWN_MAX);
                if is_repeated && is_long {
                    offers.hidden += offers.shown.len();
                    offers.shown.clear();
                }
                offers
            }
            (Choices::Related(_), _) => FilterOffers::default(),
        };
        with_chosen(context, related, offers, chosen)
    }

    /// Returns whether a filter before it offers the same objects. If they are many, or the filter is rarely used, the page shows them once.
    fn is_repeated(&self, filter: &Filter) -> bool {
        let mut before = self
            .entry
            .spec
            .filters
            .iter()
            .take_while(|other| other.key != filter.key);
        before.any(|other| other.choices == filter.choices)
    }

    /// Returns the offers of a filter whose values the model lists.
    fn listed(
        &self,
        context: &mut Context<'_>,
        filter: &Filter,
        find: &str,
        chosen: &[String],
    ) -> Result<FilterOffers, ViewError> {
        let mut all = self.entry.admin.choices(context.conn, filter.key, "", FOUND_MAX)?;
        let mut most = LISTED_MAX;
        if !find.is_empty() {
            let find = folded(find);
            all.retain(|(value, words)| holds_folded(words, &find) || chosen.contains(value));
        } else if all.len() > LISTED_MAX {
            most = SHOWN_MAX;
            let used = self.most_used(context, filter)?;
            let place = |value: &String| used.iter().position(|used| used == value).unwrap_or(used.len());
            all.sort_by_key(|(value, _)| place(value));
        }
        let count = all.len();
        let mut place = 0;
        all.retain(|(value, _)| {
            place += 1;
            place <= most || chosen.contains(value)
        });
        Ok(FilterOffers {
            hidden: count - all.len(),
            shown: all,
            are_more: false,
        })
    }

    /// Returns the offers of a filter by objects of another model.
    fn related(
        &self,
        context: &mut Context<'_>,
        filter: &Filter,
        related: &SiteEntry,
        find: &str,
    ) -> Result<FilterOffers, ViewError> {
        if !find.is_empty() {
            let mut found = related.admin.choices(context.conn, "", find, FOUND_MAX)?;
            let count = found.len();
            found.truncate(LISTED_MAX);
            return Ok(FilterOffers {
                hidden: count - found.len(),
                shown: found,
                are_more: i64::try_from(count).is_ok_and(|count| count >= FOUND_MAX),
            });
        }
        let enough = i64::try_from(LISTED_MAX + 1).unwrap_or(i64::MAX);
        let known = self.list.targets(filter.key);
        let are_many = known.count > LISTED_MAX;
        let mut first = Vec::new();
        if !are_many {
            first = related.admin.choices(context.conn, "", "", enough)?;
            if first.len() <= LISTED_MAX {
                return Ok(FilterOffers {
                    shown: first,
                    ..FilterOffers::default()
                });
            }
        }
        let used = self.most_used(context, filter)?;
        let mut shown = self.titled(context, filter, related, used)?;
        if shown.len() < SHOWN_MAX && are_many {
            first = related.admin.choices(context.conn, "", "", enough)?;
        }
        for offer in first {
            if shown.len() < SHOWN_MAX && !shown.contains(&offer) {
                shown.push(offer);
            }
        }
        let all = match known.are_all {
            true => known.count,
            false => {
                let all = related.admin.list(context.conn)?;
                usize::try_from(all.count(context.conn, &ListQuery::default(), i64::MAX)?).unwrap_or(0)
            }
        };
        Ok(FilterOffers {
            hidden: all.saturating_sub(shown.len()),
            shown,
            are_more: false,
        })
    }

    /// Returns values with the titles of the objects that they are the keys of, without those that are gone. What the list does not know is
    /// read.
    fn titled(
        &self,
        context: &mut Context<'_>,
        filter: &Filter,
        related: &SiteEntry,
        values: Vec<String>,
    ) -> Result<Vec<(String, String)>, ViewError> {
        let ids: Vec<i64> = values.iter().filter_map(|value| value.parse().ok()).collect();
        let known = ids
            .iter()
            .map(|id| Some((*id, self.list.target_title(filter.key, *id)?)));
        let titles: Vec<(i64, String)> = match known.collect() {
            Some(known) => known,
            None => related.admin.titles(context.conn, &ids)?,
        };
        let titles = titles.into_iter().map(|(id, title)| (id.to_string(), title));
        let mut titles: HashMap<String, String> = titles.collect();
        let titled = values.into_iter().filter_map(|value| {
            let title = titles.remove(&value)?;
            Some((value, title))
        });
        Ok(titled.collect())
    }

    /// Returns the values that most rows have: of all rows, or where offers have counts, of those that the counts count.
    fn most_used(&self, context: &mut Context<'_>, filter: &Filter) -> Result<Vec<String>, ViewError> {
        let rows = match self.listing.facets {
            true => counted_rows(filter, &self.listing.wanted),
            false => ListQuery::default(),
        };
        Ok(self.list.most_used(context.conn, filter.key, &rows, SHOWN_MAX)?)
    }
}

/// Returns the rows that the counts beside a filter's offers count: its own choice does not reduce them, those of the others do.
pub(super) fn counted_rows(filter: &Filter, wanted: &ListQuery) -> ListQuery {
    let mut rows = wanted.clone();
    rows.filters.retain(|(key, _)| *key != filter.key);
    rows
}

/// Returns value and words of what is chosen of a filter.
pub(super) fn chosen_offers(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    filter: &Filter,
    chosen: &[String],
) -> Result<Vec<(String, String)>, ViewError> {
    let (related, mut offers) = match filter.choices {
        Choices::Flag => (None, flags()),
        Choices::Listed => (None, entry.admin.choices(context.conn, filter.key, "", FOUND_MAX)?),
        Choices::Related(model) => (context.site.get(model), Vec::new()),
    };
    offers.retain(|(value, _)| chosen.contains(value));
    let offers = FilterOffers {
        shown: offers,
        ..FilterOffers::default()
    };
    Ok(with_chosen(context, related, offers, chosen)?.shown)
}

fn flags() -> Vec<(String, String)> {
    vec![("1".to_owned(), "Yes".to_owned()), ("0".to_owned(), "No".to_owned())]
}

/// Returns offers and what is chosen.
fn with_chosen(
    context: &mut Context<'_>,
    related: Option<&SiteEntry>,
    mut offers: FilterOffers,
    chosen: &[String],
) -> Result<FilterOffers, ViewError> {
    let mut missing: Vec<String> = chosen.to_vec();
    missing.retain(|value| !offers.shown.iter().any(|(offered, _)| offered == value));
    missing.sort();
    missing.dedup();
    if missing.is_empty() {
        return Ok(offers);
    }
    let mut titles: HashMap<String, String> = HashMap::new();
    if let Some(related) = related {
        if related.may(&context.account, Action::View) {
            let ids: Vec<i64> = missing.iter().filter_map(|value| value.parse().ok()).collect();
            let found = related.admin.titles(context.conn, &ids)?.into_iter();
            titles.extend(found.map(|(id, title)| (id.to_string(), title)));
            offers.hidden = offers.hidden.saturating_sub(titles.len());
        } else {
            titles.extend(missing.iter().map(|value| (value.clone(), hidden::words(related, 1))));
        }
    }
    offers.shown.extend(missing.into_iter().map(|value| {
        let title = titles.remove(&value).unwrap_or_else(|| value.clone());
        (value, title)
    }));
    Ok(offers)
}
