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

/// Rows with one value of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowGroup {
    /// `team=payments`; `no label team`.
    pub(super) title: String,
    /// How many rows it has on all pages.
    pub(super) count: usize,
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
    let keys = list.keys_in_order(context.conn, &listing.wanted)?;
    let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    let last = last_page(count, PAGE_SIZE);
    let page = asked.page.clamp(1, last);
    let first = usize::try_from((page - 1) * PAGE_SIZE).unwrap_or(0);
    let size = usize::try_from(PAGE_SIZE).unwrap_or(0);
    let shown = |keys: Vec<(i64, Option<RowGroup>)>| keys.into_iter().skip(first).take(size).collect();
    let rows = match &asked.group {
        None => shown(keys.into_iter().map(|key| (key, None)).collect()),
        Some(name) => {
            let values = label::store::values_of(context.conn, name)?;
            let model = read_models.current(context.conn)?;
            let mut rows = by_group(keys, name, &values, |id| model.links(Link::Label, id));
            // A group that began on the page before is named again.
            if let Some(begun) = rows.iter().take(first + 1).rev().find_map(|(_, group)| group.clone())
                && let Some((_, group)) = rows.get_mut(first)
            {
                *group = Some(begun);
            }
            shown(rows)
        }
    };
    Ok(RowPage {
        rows,
        count,
        page,
        last,
    })
}

/// Returns keys by the value that the components have of a label, in the order of values; those without one at the end.
fn by_group(
    keys: Vec<i64>,
    name: &str,
    values: &[(i64, String)],
    labels_of: impl Fn(i64) -> Vec<i64>,
) -> Vec<(i64, Option<RowGroup>)> {
    let mut groups: Vec<Vec<i64>> = vec![Vec::new(); values.len() + 1];
    let places: HashMap<i64, usize> = values.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
    for key in keys {
        let place = labels_of(key).iter().find_map(|label| places.get(label)).copied();
        if let Some(group) = groups.get_mut(place.unwrap_or(values.len())) {
            group.push(key);
        }
    }
    let titles = values.iter().map(|(_, value)| format!("{name}={value}"));
    let titles = titles.chain([format!("no label {name}")]);
    let mut rows = Vec::new();
    for (title, keys) in titles.zip(groups) {
        let mut group = Some(RowGroup {
            title,
            count: keys.len(),
        });
        rows.extend(keys.into_iter().map(|key| (key, group.take())));
    }
    rows
}
