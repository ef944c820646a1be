//! The list of a model: columns, order, search, filters, pages.

use askama::Template;

use super::{Outcome, forbidden, message_page, way};
use crate::admin::context::{Context, ERROR_PREFIX, Instant};
use crate::admin::links;
use crate::admin::listing::{Listing, PAGE_SIZE, SHOW_ALL_MAX, local_date};
use crate::admin::model::{Cell, Row};
use crate::admin::pages::{ListPage, ShownCell, ShownContent, ShownRow};
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::Entry;
use crate::admin::spec::{Choices, Column};
use crate::auth::Action;

/// Rows are counted no further.
const COUNT_MAX: i64 = 1_000_000;
/// The most offers of a filter.
const OFFERS_MAX: i64 = 500;

/// What an attempt to save rows left behind, to be shown again.
#[derive(Default)]
pub struct Edited {
    /// The status code.
    pub status: u16,
    /// What was wrong.
    pub errors: Vec<String>,
    /// Ticks by key of the row and column.
    pub ticks: Vec<(i64, &'static str, bool)>,
}

/// A list.
///
/// # Errors
/// Those of the database and of the template.
pub fn list(context: &mut Context<'_>, entry: &Entry) -> Outcome {
    show(
        context,
        entry,
        &Edited {
            status: 200,
            ..Edited::default()
        },
    )
}

/// A list, with what was posted to it if it is shown for that.
///
/// # Errors
/// Those of the database and of the template.
pub fn show(context: &mut Context<'_>, entry: &Entry, edited: &Edited) -> Outcome {
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    let listing = match Listing::read(&entry.spec, &context.query, context.zone()) {
        Ok(listing) => listing,
        Err(bad) => {
            let text = format!(
                "The parameter “{}” of this address cannot be understood: {}.",
                bad.name, bad.reason
            );
            return message_page(
                context,
                400,
                "Bad request",
                &text,
                ("Back to the whole list", &entry.url()),
            );
        }
    };
    let count = entry.admin.count(context.conn, &listing.wanted, COUNT_MAX)?;
    let last = (count.max(1) + PAGE_SIZE - 1) / PAGE_SIZE;
    let shows_all = listing.all && count <= SHOW_ALL_MAX;
    let page = listing.page.min(last);
    let (offset, limit) = if shows_all {
        (0, SHOW_ALL_MAX)
    } else {
        ((page - 1) * PAGE_SIZE, PAGE_SIZE)
    };
    let rows = entry.admin.rows(context.conn, &listing.wanted, offset, limit)?;
    let editable =
        entry.spec.columns.iter().any(|column| column.editable) && entry.may(&context.account, Action::Change);
    let query = context.query.clone();
    let (panels, chips) = panels(context, entry, &listing, &query)?;
    let filter_keys: Vec<&str> = entry.spec.filters.iter().map(|filter| filter.key).collect();
    let title = format!(
        "{}Select {} to {}",
        if edited.errors.is_empty() { "" } else { ERROR_PREFIX },
        entry.spec.singular,
        if editable || entry.may(&context.account, Action::Change) {
            "change"
        } else {
            "view"
        }
    );
    let zone = context.zone();
    let page = ListPage {
        url: entry.url(),
        query: if query.is_empty() { String::new() } else { query.link() },
        plural: entry.spec.plural.to_owned(),
        singular: entry.spec.singular.to_owned(),
        add_url: entry
            .may(&context.account, Action::Add)
            .then(|| format!("{}add/{}", entry.url(), preserved(&query))),
        search_help: entry.spec.search,
        search: listing.search.clone(),
        kept: query
            .without(&["q", "p"])
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        dates: dates(context, entry, &listing, &query)?,
        panels,
        clear: (!chips.is_empty()).then(|| query.without(&filter_keys).without(&["p"]).link()),
        chips,
        facets: (
            listing.facets,
            if listing.facets {
                query.without(&["_facets"]).link()
            } else {
                query.set("_facets", "True").link()
            },
        ),
        heads: links::heads(&entry.spec.columns, &listing, &query),
        rows: rows
            .into_iter()
            .enumerate()
            .map(|(index, row)| shown_row(entry, row, index, editable, edited, zone, &query))
            .collect(),
        actions: actions(context, entry),
        editable,
        errors: edited.errors.clone(),
        total: total(entry, count),
        count,
        pages: if shows_all {
            Vec::new()
        } else {
            page_links(page, last, &query)
        },
        show_all: (!shows_all && count > PAGE_SIZE && count <= SHOW_ALL_MAX)
            .then(|| query.without(&["p"]).set("all", "").link()),
        frame: context.frame(
            &title,
            way(entry, &[]),
            &format!(
                "app-{} model-{} change-list",
                entry.spec.model.app, entry.spec.model.name
            ),
        ),
    };
    Ok(Reply::Html {
        status: edited.status,
        body: page.render()?,
    })
}

/// What leads back to this very list.
#[must_use]
pub fn preserved(query: &Query) -> String {
    if query.is_empty() {
        String::new()
    } else {
        Query::default().with("_changelist_filters", &query.encoded()).link()
    }
}

fn total(entry: &Entry, count: i64) -> String {
    let name = if count == 1 {
        entry.spec.singular
    } else {
        entry.spec.plural
    };
    let more = if count >= COUNT_MAX { " or more" } else { "" };
    format!("{count}{more} {name}")
}

fn page_links(page: i64, last: i64, query: &Query) -> Vec<(String, Option<String>)> {
    if last == 1 {
        return Vec::new();
    }
    let link = |number: i64| {
        (
            number.to_string(),
            (number != page).then(|| query.set("p", &number.to_string()).link()),
        )
    };
    links::pages(page, last)
        .into_iter()
        .map(|number| number.map_or((String::new(), None), link))
        .collect()
}

type Panels = (Vec<links::Panel>, Vec<(String, String)>);

/// Filters with their offers, and a chip for each value that is chosen.
fn panels(context: &mut Context<'_>, entry: &Entry, listing: &Listing, query: &Query) -> Result<Panels, super::Error> {
    let (mut panels, mut chips) = (Vec::new(), Vec::new());
    for filter in &entry.spec.filters {
        let choices = match filter.choices {
            Choices::Flag => vec![("1".to_owned(), "Yes".to_owned()), ("0".to_owned(), "No".to_owned())],
            Choices::Related(model) => match context.site.get(model) {
                Some(related) => related.admin.choices(context.conn, "", "", OFFERS_MAX)?,
                None => Vec::new(),
            },
            Choices::Listed => entry.admin.choices(context.conn, filter.key, "", OFFERS_MAX)?,
        };
        let mut panel = links::panel(filter, &choices, listing, query);
        for (offer, value) in panel
            .offers
            .iter()
            .zip(std::iter::once("").chain(choices.iter().map(|(value, _)| value.as_str())))
        {
            if offer.selected && !value.is_empty() {
                chips.push((format!("{}: {}", filter.title, offer.label), offer.link.clone()));
            }
        }
        if listing.facets {
            for (offer, (value, _)) in panel.offers.iter_mut().skip(1).zip(&choices) {
                let mut wanted = listing.wanted.clone();
                wanted.filters.retain(|(key, _)| *key != filter.key);
                wanted.filters.push((filter.key, vec![value.clone()]));
                offer.count = Some(entry.admin.count(context.conn, &wanted, COUNT_MAX)?);
            }
        }
        panels.push(panel);
    }
    Ok((panels, chips))
}

/// Years, months or days that lie below the chosen date, and the way back up.
fn dates(
    context: &mut Context<'_>,
    entry: &Entry,
    listing: &Listing,
    query: &Query,
) -> Result<Vec<(String, String)>, super::Error> {
    let Some(column) = entry.spec.date_hierarchy else {
        return Ok(Vec::new());
    };
    let names = [
        format!("{column}__year"),
        format!("{column}__month"),
        format!("{column}__day"),
    ];
    let base = query.without(&["p", &names[0], &names[1], &names[2]]);
    let zone = context.zone();
    let mut links = Vec::new();
    let (year, month, day) = listing.date;
    let found: Vec<_> = entry
        .admin
        .dates(context.conn, &listing.wanted)?
        .into_iter()
        .map(|at| local_date(at, zone))
        .collect();
    let distinct = |values: Vec<i64>| {
        let mut values = values;
        values.sort_unstable();
        values.dedup();
        values
    };
    match (year, month, day) {
        (None, ..) => {
            let years = distinct(found.iter().map(|date| i64::from(date.0)).collect());
            links.extend(
                years
                    .into_iter()
                    .map(|year| (year.to_string(), base.clone().with(&names[0], &year.to_string()).link())),
            );
        }
        (Some(year), None, _) => {
            links.push(("All dates".to_owned(), base.link()));
            let months = distinct(found.iter().map(|date| i64::from(date.1)).collect());
            let at_year = base.with(&names[0], &year.to_string());
            links.extend(months.into_iter().map(|month| {
                (
                    format!("{year}-{month:02}"),
                    at_year.clone().with(&names[1], &month.to_string()).link(),
                )
            }));
        }
        (Some(year), Some(month), None) => {
            let at_year = base.with(&names[0], &year.to_string());
            links.push((year.to_string(), at_year.link()));
            let days = distinct(found.iter().map(|date| i64::from(date.2)).collect());
            let at_month = at_year.with(&names[1], &month.to_string());
            links.extend(days.into_iter().map(|day| {
                (
                    format!("{year}-{month:02}-{day:02}"),
                    at_month.clone().with(&names[2], &day.to_string()).link(),
                )
            }));
        }
        (Some(year), Some(month), Some(day)) => {
            let at_month = base
                .with(&names[0], &year.to_string())
                .with(&names[1], &month.to_string());
            links.push((format!("{year}-{month:02}"), at_month.link()));
            links.push((format!("{year}-{month:02}-{day:02}"), query.link()));
        }
    }
    Ok(links)
}

/// What the user may do to chosen rows.
pub(super) fn actions(context: &Context<'_>, entry: &Entry) -> Vec<(String, String)> {
    let mut actions = Vec::new();
    if entry.may(&context.account, Action::Delete) {
        actions.push((
            "delete_selected".to_owned(),
            format!("Delete selected {}", entry.spec.plural),
        ));
    }
    if entry.may(&context.account, Action::Change) {
        actions.extend(
            entry
                .spec
                .actions
                .iter()
                .map(|action| (action.name.to_owned(), action.label.to_owned())),
        );
    }
    actions
}

fn shown_row(
    entry: &Entry,
    row: Row,
    index: usize,
    editable: bool,
    edited: &Edited,
    zone: chrono_tz::Tz,
    query: &Query,
) -> ShownRow {
    let Row {
        id,
        version,
        title,
        cells,
    } = row;
    let link = format!("{}{}", entry.object_url(id, "change"), preserved(query));
    let cells = entry.spec.columns.iter().zip(cells).map(|(column, cell)| ShownCell {
        key: column.key,
        link: column.links.then(|| link.clone()),
        content: shown_cell(
            column,
            cell,
            editable,
            edited
                .ticks
                .iter()
                .find(|(row, key, _)| *row == id && *key == column.key),
            zone,
        ),
    });
    ShownRow {
        index,
        id,
        version,
        title,
        cells: cells.collect(),
    }
}

fn shown_cell(
    column: &Column,
    cell: Cell,
    editable: bool,
    tick: Option<&(i64, &'static str, bool)>,
    zone: chrono_tz::Tz,
) -> ShownContent {
    let dash = |text: String| if text.trim().is_empty() { "-".to_owned() } else { text };
    match cell {
        Cell::Flag(flag) if editable && column.editable => {
            ShownContent::Edit(tick.map_or(flag, |(.., ticked)| *ticked))
        }
        Cell::Flag(flag) => ShownContent::Flag(flag),
        Cell::Text(text) => ShownContent::Text(dash(text)),
        Cell::Number(number) => ShownContent::Text(number.to_string()),
        Cell::Instant(None) => ShownContent::Text("-".to_owned()),
        Cell::Instant(Some(at)) => ShownContent::Instant(Instant::new(at, zone)),
        Cell::Many(items) if items.is_empty() => ShownContent::Text("-".to_owned()),
        Cell::Many(items) => ShownContent::Many(items),
        Cell::State(inside, words) => ShownContent::State(inside, words),
    }
}
