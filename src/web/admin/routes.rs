//! The engine's addresses.

use super::answer::{Answer, Asked};
use super::password;
use crate::admin::context::Context;
use crate::admin::reply::Reply;
use crate::admin::site::Entry;
use crate::admin::views::{self, Error, Outcome};
use crate::auth::Action;

/// The view of a path below `/admin/`.
pub(super) fn route(context: &mut Context<'_>, asked: &Asked) -> Result<Answer, Error> {
    let parts: Vec<&str> = asked.path.split('/').skip(2).collect();
    let Some((&"", parts)) = parts.split_last() else {
        return slash(context, asked).map(Answer::from);
    };
    let site = context.site;
    if let [app, model, id, "password"] = parts
        && let Some(entry) = site.find(app, model).filter(|entry| entry.admin.has_password())
    {
        return password::of_any(context, asked, entry, id);
    }
    let outcome = match parts {
        [] => views::index::index(context),
        ["autocomplete"] => views::autocomplete::autocomplete(context),
        ["palette"] => views::palette::data(context),
        ["search"] => views::palette::page(context),
        [app] => views::index::app(context, app),
        [app, model, rest @ ..] => match site.find(app, model) {
            Some(entry) => of_model(context, entry, rest, asked),
            None => views::not_found(context),
        },
    };
    outcome.map(Answer::from)
}

/// A model's addresses.
fn of_model(context: &mut Context<'_>, entry: &Entry, rest: &[&str], asked: &Asked) -> Outcome {
    match (rest, asked.posted.as_ref()) {
        ([], None) => views::list::list(context, entry),
        ([], Some(posted)) => views::select::post(context, entry, posted),
        (["add"], None) => views::change::add(context, entry),
        (["add"], Some(posted)) => views::change::save(context, entry, None, posted),
        (["read-row"], _) => views::read_row::read_row(context, entry),
        (["export"], _) => views::export::export(context, entry),
        (["import"], posted) => views::import::import(context, entry, posted, asked.upload.as_ref()),
        (["views"], posted) => views::saved::saved(context, entry, posted),
        ([_], _) if !entry.may(&context.account, Action::View) => views::forbidden(context),
        ([id], _) => Ok(Reply::Redirect {
            to: format!("{}{}/change/", entry.url(), crate::admin::query::encode(id)),
            messages: Vec::new(),
        }),
        ([id, "change"], None) => views::change::change(context, entry, id),
        ([id, "change"], Some(posted)) => views::change::save(context, entry, Some(id), posted),
        ([id, "delete"], posted) => views::delete::delete(context, entry, id, posted),
        ([id, "history"], _) => views::history::history(context, entry, id),
        _ => views::not_found(context),
    }
}

/// The same address with a slash behind it, if there is a page; forms would lose what they hold on the way.
fn slash(context: &mut Context<'_>, asked: &Asked) -> Outcome {
    let path = format!("{}/", asked.path);
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').skip(2).collect();
    let known = match parts.as_slice() {
        []
        | [
            "login" | "logout" | "password_change" | "sessions" | "theme" | "timezone" | "autocomplete" | "palette"
            | "search",
        ] => true,
        [app] => context.site.entries().iter().any(|entry| entry.spec.model.app == *app),
        [app, model] | [app, model, "add" | _] | [app, model, _, "change" | "delete" | "history" | "password"] => {
            context.site.find(app, model).is_some()
        }
        _ => false,
    };
    if !known || asked.posted.is_some() {
        return views::not_found(context);
    }
    let query = if asked.query.is_empty() {
        String::new()
    } else {
        asked.query.link()
    };
    Ok(Reply::Moved(format!("{path}{query}")))
}
