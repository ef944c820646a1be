//! The list of a model: columns, order, search, filters, pages.

pub mod actions;
mod cells;
mod dates;
pub(in crate::admin::views) mod edit;
mod filter_offers;
pub(in crate::admin) mod filters;
mod offered;
pub(in crate::admin) mod request;
pub mod saved_views;

use askama::Template;

use self::cells::{Drawing, EditedCells};
use self::offered::offered;
use self::request::{ROWS_MAX, bad_request, too_many, wanted_listing};
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, ERROR_PREFIX, capitalised};
use crate::admin::links::{self, ColumnHead};
use crate::admin::listing::{COLUMNS, Listing, PAGE_SIZE, SHOW_ALL_MAX, VIEW, last_page};
use crate::admin::model::{COUNT_MAX, ListQuery, ListRow, ModelList};
use crate::admin::pages::list::ListPage;
use crate::admin::parameters::with_aliases;
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::saved_views::SavedView;
use crate::admin::site::SiteEntry;
use crate::admin::spec::ListColumn;
use crate::admin::transfer::{export, import};
use crate::admin::views::{ViewError, ViewResult, forbidden, way};
use crate::auth::Action;
use crate::db::limit;
use crate::text::thousands;

/// So many rows can be named by their keys without harm.
const FEW: i64 = 500;

/// Returns a list.
pub fn list(context: &mut Context<'_>, entry: &SiteEntry) -> ViewResult {
    show(context, entry, &EditedCells::none())
}

/// Returns a list, with the cells that were posted to it if it is shown for that.
fn show(context: &mut Context<'_>, entry: &SiteEntry, edited: &EditedCells) -> ViewResult {
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
    let list = entry.admin.list(context.conn)?;
    let (wanted, count) = counted(context, &*list, &listing.wanted)?;
    let paging = Paging::of(&listing, count);
    let found = DrawnList {
        list,
        listing,
        wanted,
        count,
        paging,
        query,
        tabs: views,
    };
    let page = page(context, entry, found, edited)?;
    Ok(Reply::Html {
        status: edited.status,
        body: page.render()?,
    })
}

/// A list to be drawn: what was asked for, and what was found.
struct DrawnList<'a> {
    list: Box<dyn ModelList + 'a>,
    listing: Listing,
    /// The query of its rows; of few rows it names the keys.
    wanted: ListQuery,
    count: i64,
    paging: Paging,
    /// The query string that its links change.
    query: Query,
    tabs: Vec<SavedView>,
}

/// The page of a list that is shown.
struct Paging {
    page: i64,
    last: i64,
    /// Whether all rows stand on one page because that was asked for.
    shows_all: bool,
    /// Whether all rows would fit on one page, and do not stand there.
    can_show_all: bool,
}

impl Paging {
    fn of(listing: &Listing, count: i64) -> Self {
        let last = last_page(count, PAGE_SIZE);
        let shows_all = listing.all && count <= SHOW_ALL_MAX;
        Self {
            page: listing.page.min(last),
            last,
            shows_all,
            can_show_all: !shows_all && count > PAGE_SIZE && count <= SHOW_ALL_MAX,
        }
    }

    /// Returns links to the other pages.
    fn links(&self, query: &Query) -> Vec<(String, Option<String>)> {
        match self.shows_all {
            true => Vec::new(),
            false => links::page_links(self.page, self.last, query),
        }
    }

    /// Returns the first row of the page, and how many rows it has at most.
    fn rows(&self) -> (i64, i64) {
        match self.shows_all {
            true => (0, SHOW_ALL_MAX),
            false => ((self.page - 1) * PAGE_SIZE, PAGE_SIZE),
        }
    }
}

/// Formats everything that a list shows.
fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    found: DrawnList<'_>,
    edited: &EditedCells,
) -> Result<ListPage, ViewError> {
    let DrawnList {
        list,
        listing,
        wanted,
        count,
        paging,
        query,
        tabs,
    } = found;
    let rows = rows(context, &*list, &wanted, count, paging.rows())?;
    let unfiltered = unfiltered(context, &*list, &listing.wanted)?;
    let narrowing = filters::narrowing(context, entry, &*list, &listing, &query)?;
    let drawing = Drawing::of(context, entry, listing.shown_columns(&entry.spec), preserved(&query));
    let shown_columns = drawing.columns.iter().map(|place| &entry.spec.columns[*place]);
    let model = entry.spec.model;
    // What is left out in narrow windows stays where it was chosen.
    let own = query.get(COLUMNS).map_or("", |_| " own-columns");
    let body = format!("app-{} model-{} change-list{own}", model.app, model.name);
    let most = i64::try_from(ROWS_MAX).unwrap_or(i64::MAX);
    Ok(ListPage {
        url: entry.url(),
        query: if query.is_empty() { String::new() } else { query.link() },
        plural: entry.spec.plural.to_owned(),
        purpose: entry.spec.purpose,
        singular: entry.spec.singular.to_owned(),
        add_url: add_url(context, entry, &drawing.back),
        tools: tools(context, entry, &query),
        search_help: entry.spec.search,
        search: listing.search.clone(),
        kept: kept(&query, &["q", "p"]),
        kept_by_filters: kept(&query, &narrowing.parameters()),
        filters_open: listing.facets || !listing.finds.is_empty(),
        columns: choosable(entry, &drawing.columns),
        kept_by_columns: kept(&query, &[COLUMNS]),
        dates: dates::dates(context, entry, &*list, listing.date, &wanted, &query)?,
        panels: narrowing.panels,
        ranges: narrowing.ranges,
        clear: narrowing.clear,
        chips: narrowing.chips,
        facets: facets(&listing, &query),
        heads: heads(shown_columns, (&*list, &listing), &query),
        rows: drawing.rows(context, rows, edited),
        actions: offered(context, entry),
        too_many: (count > most).then(|| too_many(entry)),
        editable: drawing.editable,
        errors: edited.errors.clone(),
        total: total(entry, count, list.count_max(&listing.wanted)),
        first: paging.rows().0,
        unfiltered: unfiltered
            .filter(|all| *all != count)
            .map(|all| total(entry, all, COUNT_MAX)),
        whole: whole(&query).link(),
        views: saved_views::tabs(&tabs, &query),
        view_query: saved_views::kept(&query).encoded(),
        back: drawing.back.clone(),
        count,
        pages: paging.links(&query),
        show_all: paging.can_show_all.then(|| query.without(&["p"]).set("all", "").link()),
        frame: context.frame(&title(entry, edited), way(entry, &[]), &body),
    })
}

/// Returns the heads of columns, as the list calls them for what is asked.
fn heads<'a>(
    columns: impl Iterator<Item = &'a ListColumn>,
    (list, listing): (&dyn ModelList, &Listing),
    query: &Query,
) -> Vec<ColumnHead> {
    let mut heads = links::heads(columns, listing, query);
    for head in &mut heads {
        head.label = list.head(&listing.wanted, head.key).unwrap_or(head.label);
    }
    heads
}

fn title(entry: &SiteEntry, edited: &EditedCells) -> String {
    let prefix = if edited.errors.is_empty() { "" } else { ERROR_PREFIX };
    format!("{prefix}{}", capitalised(entry.spec.plural))
}

/// Returns whether filters count their choices, and the link that changes it.
fn facets(listing: &Listing, query: &Query) -> (bool, String) {
    match listing.facets {
        true => (true, query.without(&["_facets"]).link()),
        false => (false, query.set("_facets", "True").link()),
    }
}

/// Returns the query of the whole list, whatever its default view is.
fn whole(query: &Query) -> Query {
    match query.get(VIEW) {
        Some(none) => Query::default().with(VIEW, none),
        None => Query::default(),
    }
}

fn add_url(context: &Context<'_>, entry: &SiteEntry, back: &str) -> Option<String> {
    entry
        .may(&context.account, Action::Add)
        .then(|| format!("{}{}", entry.address(ModelPage::Add), back))
}

/// Returns how many rows there are, and how to ask for them. What a search or filter has found, if it is little, is not looked for again.
fn counted(context: &mut Context<'_>, list: &dyn ModelList, wanted: &ListQuery) -> Result<(ListQuery, i64), ViewError> {
    let mut wanted = wanted.clone();
    if !wanted.is_everything() {
        let found = list.keys(context.conn, &wanted, FEW + 1)?;
        let count = i64::try_from(found.len()).unwrap_or(COUNT_MAX);
        if count <= FEW {
            let few = ListQuery {
                sort: wanted.sort,
                keys: Some(found),
                inputs: wanted.inputs,
                zone: wanted.zone,
                ..ListQuery::default()
            };
            return Ok((few, count));
        }
        wanted.many = true;
    }
    let count = list.count(context.conn, &wanted, list.count_max(&wanted))?;
    Ok((wanted, count))
}

/// Returns the rows of a page. Those of the second half are read from the end, so that the last page takes no longer than the first.
fn rows(
    context: &mut Context<'_>,
    list: &dyn ModelList,
    wanted: &ListQuery,
    count: i64,
    (offset, limit): (i64, i64),
) -> Result<Vec<ListRow>, ViewError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    limit::check()?;
    if offset <= count / 2 || count >= list.count_max(wanted) {
        return Ok(list.rows(context.conn, wanted, offset, limit)?);
    }
    let length = limit.min(count - offset);
    let turned = ListQuery {
        backwards: true,
        ..wanted.clone()
    };
    let mut rows = list.rows(context.conn, &turned, count - offset - length, length)?;
    rows.reverse();
    Ok(rows)
}

/// Returns how many rows there are in all, where the list is narrowed and counting takes no time: the rows that any search goes through.
fn unfiltered(context: &mut Context<'_>, list: &dyn ModelList, wanted: &ListQuery) -> Result<Option<i64>, ViewError> {
    if wanted.is_everything() {
        return Ok(None);
    }
    Ok(Some(list.count(context.conn, &ListQuery::default(), COUNT_MAX)?))
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

fn total(entry: &SiteEntry, count: i64, count_max: i64) -> String {
    if count >= count_max {
        format!("{} or more {}", thousands(count), entry.spec.plural)
    } else {
        entry.amount(count)
    }
}

/// Returns the links to import and export, for users with the permission.
fn tools(context: &Context<'_>, entry: &SiteEntry, query: &Query) -> Vec<(&'static str, String)> {
    let pages = context.site.app_pages().iter().filter(|page| page.is_offered);
    let shown = pages.filter_map(|page| {
        let (_, name, value) = page.shows.iter().find(|(model, ..)| *model == entry.spec.model)?;
        let query = query.without(&["p", "all", VIEW, COLUMNS, "_facets"]);
        let query = (page.adapt)(&with_aliases(&entry.spec, &query)).with(name, value);
        let address = Address::AppPage(page.app, page.name);
        Some((page.title, format!("{address}{}", query.link())))
    });
    let mut tools: Vec<(&'static str, String)> = shown.collect();
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
