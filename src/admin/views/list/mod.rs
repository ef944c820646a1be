//! The list of a model: columns, order, search, filters, pages.

pub mod actions;
mod cells;
mod dates;
pub(in crate::admin::views) mod edit;
mod filters;
pub mod saved_views;

use askama::Template;

use self::cells::Drawing;
use crate::admin::address::ModelPage;
use crate::admin::context::{Context, ERROR_PREFIX};
use crate::admin::links;
use crate::admin::listing::{BadParameter, COLUMNS, Listing, PAGE_SIZE, SHOW_ALL_MAX, VIEW};
use crate::admin::model::{ListQuery, ListRow};
use crate::admin::pages::list::ListPage;
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::spec::Choices;
use crate::admin::transfer::{export, import};
use crate::admin::views::{ViewError, ViewResult, bulk, forbidden, message_page, way};
use crate::auth::Action;
use crate::db::limit;

/// Rows are counted no further.
const COUNT_MAX: i64 = 1_000_000;
/// So many rows can be named by their keys without harm.
const FEW: i64 = 500;

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

/// Returns a list.
///
/// # Errors
/// Those of the database and of the template.
pub fn list(context: &mut Context<'_>, entry: &SiteEntry) -> ViewResult {
    show(
        context,
        entry,
        &Edited {
            status: 200,
            ..Edited::default()
        },
    )
}

/// Returns a list, with what was posted to it if it is shown for that.
///
/// # Errors
/// Those of the database and of the template.
pub fn show(context: &mut Context<'_>, entry: &SiteEntry, edited: &Edited) -> ViewResult {
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    let listing = match wanted_listing(context, entry) {
        Ok(listing) => listing,
        Err(bad) => return bad_request(context, entry, &bad),
    };
    let views = saved_views::views(context, entry)?;
    let mut query = listing.canonical(&entry.spec, &context.query);
    if let Some(to) = saved_views::default_of(context, entry, &views, &query).filter(|_| edited.status == 200) {
        return Ok(Reply::Redirect {
            to,
            messages: Vec::new(),
        });
    }
    if views.iter().any(|view| view.is_default) {
        // No link of this list is bare: that would lead to the default view.
        query = query.set(VIEW, "");
    }
    let (wanted, count) = counted(context, entry, &listing.wanted)?;
    let last = (count.max(1) + PAGE_SIZE - 1) / PAGE_SIZE;
    let shows_all = listing.all && count <= SHOW_ALL_MAX;
    let page = listing.page.min(last);
    let (offset, limit) = if shows_all {
        (0, SHOW_ALL_MAX)
    } else {
        ((page - 1) * PAGE_SIZE, PAGE_SIZE)
    };
    let rows = rows(context, entry, &wanted, count, (offset, limit))?;
    let unfiltered = unfiltered(context, entry, &listing.wanted)?;
    let may_change = entry.may(&context.account, Action::Change);
    let columns = listing.shown_columns(&entry.spec);
    let is_editable = |place: &usize| entry.spec.columns[*place].editable;
    let drawing = Drawing {
        entry,
        editable: may_change && columns.iter().any(is_editable),
        zone: context.zone(),
        now: context.now,
        back: preserved(&query),
        columns,
    };
    let narrowing = filters::narrowing(context, entry, &listing, &query)?;
    let title = format!(
        "{}Select {} to {}",
        if edited.errors.is_empty() { "" } else { ERROR_PREFIX },
        entry.spec.singular,
        if may_change { "change" } else { "view" }
    );
    let whole = Query::new(
        query
            .get(VIEW)
            .map(|none| (VIEW.to_owned(), none.to_owned()))
            .into_iter()
            .collect(),
    );
    let shown_columns = drawing.columns.iter().map(|place| &entry.spec.columns[*place]);
    let page = ListPage {
        url: entry.url(),
        query: if query.is_empty() { String::new() } else { query.link() },
        plural: entry.spec.plural.to_owned(),
        singular: entry.spec.singular.to_owned(),
        add_url: entry
            .may(&context.account, Action::Add)
            .then(|| format!("{}{}", entry.address(ModelPage::Add), drawing.back)),
        tools: tools(context, entry, &query),
        search_help: entry.spec.search,
        search: listing.search.clone(),
        kept: kept(&query, &["q", "p"]),
        kept_by_filters: kept(&query, &narrowing.parameters()),
        filters_open: listing.facets || !listing.finds.is_empty(),
        columns: choosable(entry, &drawing.columns),
        kept_by_columns: kept(&query, &[COLUMNS]),
        dates: dates::dates(context, entry, listing.date, &wanted, &query)?,
        panels: narrowing.panels,
        ranges: narrowing.ranges,
        clear: narrowing.clear,
        chips: narrowing.chips,
        facets: (
            listing.facets,
            if listing.facets {
                query.without(&["_facets"]).link()
            } else {
                query.set("_facets", "True").link()
            },
        ),
        heads: links::heads(shown_columns, &listing, &query),
        rows: rows
            .into_iter()
            .enumerate()
            .map(|(index, row)| drawing.row(context, row, index, edited))
            .collect(),
        actions: actions(context, entry),
        too_many: i64::try_from(actions::ROWS_MAX)
            .is_ok_and(|most| count > most)
            .then(|| actions::too_many(entry)),
        editable: drawing.editable,
        errors: edited.errors.clone(),
        total: total(entry, count),
        unfiltered: unfiltered.filter(|all| *all != count).map(|all| total(entry, all)),
        whole: whole.link(),
        views: saved_views::tabs(&views, &query),
        view_query: saved_views::kept(&query).encoded(),
        back: drawing.back.clone(),
        count,
        pages: if shows_all {
            Vec::new()
        } else {
            links::page_links(page, last, &query)
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

/// Returns what the query string asks for.
pub(in crate::admin) fn wanted_listing(context: &Context<'_>, entry: &SiteEntry) -> Result<Listing, BadParameter> {
    understood(context, entry, &context.query)
}

/// Returns what any query string would ask this list for.
pub(super) fn understood(context: &Context<'_>, entry: &SiteEntry, query: &Query) -> Result<Listing, BadParameter> {
    let listing = Listing::read(&entry.spec, query, context.zone())?;
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
    Ok(listing)
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

/// Returns how many rows there are, and how to ask for them. What a search or filter has found, if it is little, is not looked for again.
fn counted(context: &mut Context<'_>, entry: &SiteEntry, wanted: &ListQuery) -> Result<(ListQuery, i64), ViewError> {
    let mut wanted = wanted.clone();
    if !wanted.is_everything() {
        let found = entry.admin.keys(context.conn, &wanted, FEW + 1)?;
        let count = i64::try_from(found.len()).unwrap_or(COUNT_MAX);
        if count <= FEW {
            let few = ListQuery {
                sort: wanted.sort,
                keys: Some(found),
                ..ListQuery::default()
            };
            return Ok((few, count));
        }
        wanted.many = true;
    }
    let count = entry.admin.count(context.conn, &wanted, COUNT_MAX)?;
    Ok((wanted, count))
}

/// Returns the rows of a page. Those of the second half are read from the end, so that the last page takes no longer than the first.
fn rows(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    wanted: &ListQuery,
    count: i64,
    (offset, limit): (i64, i64),
) -> Result<Vec<ListRow>, ViewError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    limit::check()?;
    if offset <= count / 2 || count >= COUNT_MAX {
        return Ok(entry.admin.rows(context.conn, wanted, offset, limit)?);
    }
    let length = limit.min(count - offset);
    let turned = ListQuery {
        backwards: true,
        ..wanted.clone()
    };
    let mut rows = entry
        .admin
        .rows(context.conn, &turned, count - offset - length, length)?;
    rows.reverse();
    Ok(rows)
}

/// Returns how many rows there are in all, where the list is narrowed and counting takes no time: the rows that any search goes through.
fn unfiltered(context: &mut Context<'_>, entry: &SiteEntry, wanted: &ListQuery) -> Result<Option<i64>, ViewError> {
    if wanted.is_everything() {
        return Ok(None);
    }
    Ok(Some(entry.admin.count(
        context.conn,
        &ListQuery::default(),
        COUNT_MAX,
    )?))
}

/// Returns the parameters that a form keeps beside its own.
fn kept(query: &Query, own: &[&str]) -> Vec<(String, String)> {
    let kept = query.without(own).without(&["p"]);
    kept.pairs()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Returns the columns to choose from, those that are shown first, in their order: key, words, whether it is shown, and whether it stays.
fn choosable(entry: &SiteEntry, shown: &[usize]) -> Vec<(&'static str, &'static str, bool, bool)> {
    let hidden = (0..entry.spec.columns.len()).filter(|place| !shown.contains(place));
    let only_link = shown.iter().filter(|place| entry.spec.columns[**place].links).count() == 1;
    let all = shown
        .iter()
        .copied()
        .map(|place| (place, true))
        .chain(hidden.map(|place| (place, false)));
    all.map(|(place, is_shown)| {
        let column = &entry.spec.columns[place];
        (
            column.key,
            column.label,
            is_shown,
            is_shown && only_link && column.links,
        )
    })
    .collect()
}

/// Returns what leads back to this very list.
#[must_use]
pub fn preserved(query: &Query) -> String {
    if query.is_empty() {
        String::new()
    } else {
        Query::default().with("_changelist_filters", &query.encoded()).link()
    }
}

fn total(entry: &SiteEntry, count: i64) -> String {
    if count >= COUNT_MAX {
        format!("{count} or more {}", entry.spec.plural)
    } else {
        entry.amount(count)
    }
}

/// Returns what the user may do to chosen rows.
pub(super) fn actions(context: &Context<'_>, entry: &SiteEntry) -> Vec<(String, String)> {
    let mut actions = Vec::new();
    if entry.may(&context.account, Action::Delete) {
        actions.push((
            "delete_selected".to_owned(),
            format!("Delete selected {}", entry.spec.plural),
        ));
    }
    if entry.may(&context.account, Action::Change) {
        if bulk::fields(&entry.spec).next().is_some() {
            let words = format!("Change selected {}", entry.spec.plural);
            actions.push((bulk::ACTION.to_owned(), words));
        }
        actions.extend(
            entry
                .spec
                .actions
                .iter()
                .map(|action| (action.name.to_owned(), action.label.to_owned())),
        );
    }
    actions.extend(export::action(context, entry));
    actions
}

/// Taking in and out, for who may.
fn tools(context: &Context<'_>, entry: &SiteEntry, query: &Query) -> Vec<(&'static str, String)> {
    let mut tools = Vec::new();
    if import::may(entry, &context.account) {
        tools.push(("Import", entry.address(ModelPage::Import).into()));
    }
    if export::may(entry, &context.account) {
        tools.push((
            "Export",
            format!(
                "{}{}",
                entry.address(ModelPage::Export),
                query.without(&["p", "all"]).link()
            ),
        ));
    }
    tools
}
