//! The engine's addresses.

use super::answer::{AdminAnswer, AdminRequest};
use super::page::{ModelPage, Page};
use super::{password, theme, timezone};
use crate::admin::context::Context;
use crate::admin::reply::Reply;
use crate::admin::site::Entry;
use crate::admin::transfer;
use crate::admin::views::{self, Error, Outcome};
use crate::auth::Action;

/// Returns the view of a path below `/admin/`, but for those that need the session.
pub(super) fn route(context: &mut Context<'_>, asked: &AdminRequest) -> Result<AdminAnswer, Error> {
    let outcome = match Page::of(&asked.path, context.site) {
        Page::Index => views::index::index(context),
        Page::PasswordChange => return password::own(context, asked),
        Page::PasswordChanged => return password::done(context),
        Page::Theme => return theme::look(context),
        Page::Timezone => return timezone::own(context, asked),
        Page::Autocomplete => views::autocomplete::autocomplete(context),
        Page::Palette => views::palette::data(context),
        Page::Search => views::palette::page(context),
        Page::App(app) => views::index::app(context, app),
        Page::Model(entry, ModelPage::Password(id)) => return password::of_any(context, asked, entry, id),
        Page::Model(entry, page) => of_model(context, entry, page, asked),
        Page::WithoutSlash => slash(context, asked),
        // The first three are answered where the session is known.
        Page::Login | Page::Logout | Page::Sessions | Page::Unknown => views::not_found(context),
    };
    outcome.map(AdminAnswer::from)
}

/// Returns a model's addresses.
fn of_model(context: &mut Context<'_>, entry: &Entry, page: ModelPage<'_>, asked: &AdminRequest) -> Outcome {
    let posted = asked.posted.as_ref();
    match (page, posted) {
        (ModelPage::List, None) => views::list::list(context, entry),
        (ModelPage::List, Some(posted)) => views::list::actions::post(context, entry, posted),
        (ModelPage::Add, None) => views::form::save::add(context, entry),
        (ModelPage::Add, Some(posted)) => views::form::save::save(context, entry, None, posted),
        (ModelPage::ReadRow, _) => views::form::preview_row::read_row(context, entry),
        (ModelPage::Export, _) => transfer::export::export(context, entry),
        (ModelPage::Import, posted) => transfer::import::import(context, entry, posted, asked.upload.as_ref()),
        (ModelPage::Views, posted) => views::list::saved_views::saved(context, entry, posted),
        (ModelPage::Object(_), _) if !entry.may(&context.account, Action::View) => views::forbidden(context),
        (ModelPage::Object(id), _) => Ok(Reply::Redirect {
            to: format!("{}{}/change/", entry.url(), crate::admin::query::encode(id)),
            messages: Vec::new(),
        }),
        (ModelPage::Change(id), None) => views::form::save::change(context, entry, id),
        (ModelPage::Change(id), Some(posted)) => views::form::save::save(context, entry, Some(id), posted),
        (ModelPage::Delete(id), posted) => views::delete::delete(context, entry, id, posted),
        (ModelPage::History(id), _) => views::history::history(context, entry, id),
        (ModelPage::Password(_), _) => views::not_found(context),
    }
}

/// Returns the same address with a slash behind it; forms would lose what they hold on the way.
fn slash(context: &mut Context<'_>, asked: &AdminRequest) -> Outcome {
    if asked.posted.is_some() {
        return views::not_found(context);
    }
    let query = if asked.query.is_empty() {
        String::new()
    } else {
        asked.query.link()
    };
    Ok(Reply::Moved(format!("{}/{query}", asked.path)))
}
