//! The rows of a page of the timeline: the same objects in the same order as in their list, perhaps by groups.

use std::collections::HashMap;

use super::asked::TimelineQuery;
use crate::admin::context::Context;
use crate::admin::listing::{Listing, last_page};
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::label;
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::newest::ReadModels;

/// Rows of a page.
pub(super) const PAGE_SIZE: i64 = 50;

/// The objects of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct RowPage {
    /// The keys of the objects, and the group that begins with each, if one does.
    pub(super) rows: Vec<(i64, Option<RowGroup>)>,
    /// How many rows all pages have.
    pub(super) count: i64,
    /// The page, and the last one.
    pub(super) page: i64,
    pub(super) last: i64,
}

impl RowPage {
    /// Returns the page of one object.
    pub(super) fn of_one(id: i64) -> Self {
        Self {
            rows: vec![(id, None)],
            count: 1,
            page: 1,
            last: 1,
        }
    }
}

/// Rows with one value of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowGroup {
    /// `team=payments`; `no label team`.
    pub(super) title: String,
    /// How many rows it has on all pages.
    pub(super) count: usize,
    /// Whether some of them are on a page before.
    pub(super) is_continued: bool,
    /// Whether some of them are on a page behind.
    pub(super) goes_on: bool,
}

/// Returns the page of rows that is asked for; beyond the last, the last.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    read_models: &ReadModels,
    listing: &Listing,
    asked: &TimelineQuery,
) -> Result<RowPage, ViewError> {
    let list = entry.admin.list(context.conn)?;
    let count = list.count(context.conn, &listing.wanted, i64::MAX)?;
    let last = last_page(count, PAGE_SIZE);
    let page = asked.page.clamp(1, last);
    let first = (page - 1) * PAGE_SIZE;
    let rows = match &asked.group {
        None => {
            let keys = list.keys_in_order(context.conn, &listing.wanted, first, PAGE_SIZE)?;
            keys.into_iter().map(|key| (key, None)).collect()
        }
        Some(name) => {
            let keys = list.keys_in_order(context.conn, &listing.wanted, 0, i64::MAX)?;
            let values = label::store::values_of(context.conn, name)?;
            let labels: Vec<i64> = values.iter().map(|(id, _)| *id).collect();
            let model = read_models.current(context.conn)?;
            let places = model.linked_among(Link::Label, &labels);
            let titles = values.iter().map(|(_, value)| format!("{name}={value}"));
            let titles = titles.chain([format!("no label {name}")]).collect();
            by_group(keys, titles, &places, first)
        }
    };
    Ok(RowPage {
        rows,
        count,
        page,
        last,
    })
}

/// Returns the rows of a page, from the row `first` on: keys by the group whose place each component has, those without one at the end. A
/// group that began on the page before is named again.
fn by_group(
    keys: Vec<i64>,
    titles: Vec<String>,
    places: &HashMap<i64, usize>,
    first: i64,
) -> Vec<(i64, Option<RowGroup>)> {
    let mut groups: Vec<Vec<i64>> = vec![Vec::new(); titles.len()];
    for key in keys {
        let place = places.get(&key).copied().unwrap_or(titles.len() - 1);
        if let Some(group) = groups.get_mut(place) {
            group.push(key);
        }
    }
    let whole = |number: i64| usize::try_from(number).unwrap_or(0);
    let (mut skipped, size) = (whole(first), whole(PAGE_SIZE));
    let mut rows = Vec::with_capacity(size);
    for (title, keys) in titles.into_iter().zip(groups) {
        let (count, room) = (keys.len(), size - rows.len());
        let mut group = Some(RowGroup {
            title,
            count,
            is_continued: skipped > 0,
            goes_on: count > skipped.saturating_add(room),
        });
        let shown = keys.into_iter().skip(skipped).take(room);
        rows.extend(shown.map(|key| (key, group.take())));
        skipped = skipped.saturating_sub(count);
    }
    rows
}
