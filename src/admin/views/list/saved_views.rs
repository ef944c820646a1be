//! Views of a list that its user keeps: tabs above the list, and the page where they are renamed and deleted.

use askama::Template;

use super::request::{bad_request, understood};
use crate::admin::address::ModelPage;
use crate::admin::context::{Context, ERROR_PREFIX};
use crate::admin::listing::VIEW;
use crate::admin::pages::saved::{SavedViewsPage, ShownView};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::saved_views::{self, ListOwner, SavedView, SavedViewError, ViewWriter};
use crate::admin::site::SiteEntry;
use crate::admin::views::{ViewError, ViewResult, forbidden, way};
use crate::auth::Action;

/// What of a query is no part of a view: the page, and what leads to the list itself.
const NOT_KEPT: [&str; 2] = ["p", VIEW];

/// Returns the views of the model's list, and whether one is its default.
pub(super) fn views(context: &mut Context<'_>, entry: &SiteEntry) -> Result<Vec<SavedView>, ViewError> {
    let model = entry.spec.model.to_string();
    let of = ListOwner {
        user_id: context.account.id,
        model: &model,
    };
    Ok(saved_views::list(context.conn, of)?)
}

/// Returns where a list leads that is asked for nothing: to the default view, if there is one that the list still understands.
///
/// `asked` is the query of the list without what says nothing.
pub(super) fn default_of(
    context: &Context<'_>,
    entry: &SiteEntry,
    views: &[SavedView],
    asked: &Query,
) -> Option<String> {
    let view = views.iter().find(|view| view.is_default)?;
    let query = Query::parse(&view.query);
    let is_understood = !query.is_empty() && understood(context, entry, &query).is_ok();
    (asked.is_empty() && is_understood).then(|| format!("{}{}", entry.url(), query.link()))
}

/// Returns what of a list's query a view keeps.
pub(super) fn kept(query: &Query) -> Query {
    query.without(&NOT_KEPT)
}

/// Returns the views as tabs; the one that the list shows is the current one.
pub(super) fn tabs(views: &[SavedView], query: &Query) -> Vec<ShownView> {
    let current = kept(query);
    let tab = |view: &SavedView| {
        let query = Query::parse(&view.query);
        ShownView {
            id: view.id,
            name: view.name.clone(),
            link: if query.is_empty() {
                query.with(VIEW, "").link()
            } else {
                query.link()
            },
            is_current: view.query == current.encoded(),
            is_default: view.is_default,
        }
    };
    views.iter().map(tab).collect()
}

/// Returns the page of the views of a list, or what is done to them.
pub fn saved(context: &mut Context<'_>, entry: &SiteEntry, posted: Option<&Query>) -> ViewResult {
    if !entry.may(&context.account, Action::View) {
        return forbidden(context);
    }
    match posted {
        Some(posted) => change(context, entry, posted),
        None => page(context, entry, Vec::new(), None),
    }
}

fn change(context: &mut Context<'_>, entry: &SiteEntry, posted: &Query) -> ViewResult {
    let model = entry.spec.model.to_string();
    let of = ListOwner {
        user_id: context.account.id,
        model: &model,
    };
    let actor = context.actor();
    let by = ViewWriter {
        actor: &actor,
        permission: entry.spec.model.permission(Action::View),
        now: context.now,
    };
    let id = posted.get("view").and_then(|id| id.parse::<i64>().ok());
    let name = posted.get("name").unwrap_or("");
    let here = entry.address(ModelPage::Views).to_string();
    let redirected = |to: String, text: &str| Ok(redirect(to, Message::new(Level::Success, text)));
    let outcome = match (posted.get("do").unwrap_or(""), id) {
        ("save", _) => {
            let query = Query::parse(posted.get("query").unwrap_or("").trim_start_matches('?'));
            let listing = match understood(context, entry, &query) {
                Ok(listing) => listing,
                Err(bad) => return bad_request(context, entry, &bad),
            };
            let query = kept(&listing.canonical(&entry.spec, &query));
            let is_default = posted.get("default").is_some();
            let kept = saved_views::add(context.conn, by, of, (name, &query.encoded()), is_default);
            let query = if query.is_empty() { query.with(VIEW, "") } else { query };
            kept.map(|()| (format!("{}{}", entry.url(), query.link()), "The view is kept."))
        }
        ("rename", Some(id)) => {
            saved_views::rename(context.conn, by, of, id, name).map(|()| (here, "The view has another name."))
        }
        ("default", Some(id)) => {
            saved_views::set_default(context.conn, by, of, Some(id)).map(|()| (here, "The list begins with this view."))
        }
        ("no_default", _) => {
            saved_views::set_default(context.conn, by, of, None).map(|()| (here, "The list begins with all rows."))
        }
        ("delete", Some(id)) => saved_views::delete(context.conn, by, of, id).map(|()| (here, "The view was deleted.")),
        ("rename" | "default" | "delete", None) => Err(SavedViewError::Missing),
        _ => return Ok(redirect(here, Message::new(Level::Warning, "Nothing was asked for."))),
    };
    match outcome {
        Ok((to, text)) => redirected(to, text),
        Err(missing @ SavedViewError::Missing) => {
            let here = entry.address(ModelPage::Views).to_string();
            Ok(redirect(here, Message::new(Level::Warning, missing.to_string())))
        }
        Err(SavedViewError::Rule(error)) => page(context, entry, vec![error], Some(posted)),
        Err(SavedViewError::Refused(refused)) => Err(refused.into()),
    }
}

/// Returns the page, with what was posted to it if that was refused.
fn page(context: &mut Context<'_>, entry: &SiteEntry, errors: Vec<String>, posted: Option<&Query>) -> ViewResult {
    let views = views(context, entry)?;
    let tabs = tabs(&views, &Query::default().with("_none", ""));
    let field = |name: &str| posted.and_then(|posted| posted.get(name)).unwrap_or("").to_owned();
    let is_new = field("do") == "save";
    let prefix = if errors.is_empty() { "" } else { ERROR_PREFIX };
    let page = SavedViewsPage {
        url: entry.url(),
        plural: entry.spec.plural,
        refused: is_new.then(|| (field("name"), field("query"), !field("default").is_empty())),
        renamed: (!is_new).then(|| (field("view"), field("name"))),
        views: tabs,
        frame: context.frame(
            &format!("{prefix}Your views of {}", entry.spec.plural),
            way(entry, &[("Your views", None)]),
            "saved-views",
        ),
        errors,
    };
    Ok(Reply::Html {
        status: if page.errors.is_empty() { 200 } else { 422 },
        body: page.render()?,
    })
}
