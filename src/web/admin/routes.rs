//! What the admin does at each address: what a request has to bring before its view is called, and the view.

use super::answer::AdminAnswer;
use super::request::AdminRequest;
use super::{password, theme, timezone, tokens};
use crate::admin::added_page::AddedPages;
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::Context;
use crate::admin::reply::Reply;
use crate::admin::site::{Site, SiteEntry};
use crate::admin::transfer;
use crate::admin::views::{self, ViewError, ViewResult};
use crate::auth::{Account, Action};
use crate::web::request::metrics::UNMATCHED;

/// What is at the path of a request to the admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// An address.
    Page(Address),
    /// An address without the slash at its end.
    WithoutSlash,
    /// Nothing.
    Unknown,
}

impl Route {
    /// Returns what is at `path`, below the root path.
    pub(super) fn of(path: &str, site: &Site) -> Self {
        let known = |path: &str| site.address(path);
        match known(path) {
            Some(address) => Self::Page(address),
            None if known(&format!("{path}/")).is_some() => Self::WithoutSlash,
            None => Self::Unknown,
        }
    }

    /// Returns the label `route` of metrics.
    pub(super) fn pattern(&self) -> &'static str {
        match self {
            Self::Page(address) => address.pattern(),
            Self::WithoutSlash => "/admin/{without_slash}",
            Self::Unknown => UNMATCHED,
        }
    }

    /// Returns the address, if the path is one.
    pub(super) fn address(&self) -> Option<&Address> {
        match self {
            Self::Page(address) => Some(address),
            Self::WithoutSlash | Self::Unknown => None,
        }
    }

    /// Returns what holds for the forms of this page.
    pub(super) fn form_rules(&self, site: &Site) -> FormRules {
        self.address()
            .map_or(FormRules::PLAIN, |address| FormRules::of(address, site))
    }
}

/// What holds for the forms of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FormRules {
    /// Whether they hold a password that is hashed.
    pub(super) holds_password: bool,
    /// Whether they show all of their values, so that users see what they save.
    pub(super) shows_all: bool,
}

impl FormRules {
    const PLAIN: Self = Self {
        holds_password: false,
        shows_all: false,
    };
    const PASSWORD: Self = Self {
        holds_password: true,
        ..Self::PLAIN
    };

    fn of(address: &Address, site: &Site) -> Self {
        match address {
            Address::Login | Address::PasswordChange | Address::Tokens => Self::PASSWORD,
            Address::Model(model, page) => match page {
                ModelPage::Password(_) => Self::PASSWORD,
                ModelPage::Add => Self {
                    holds_password: site.get(*model).is_some_and(|entry| entry.admin.accounts().is_some()),
                    shows_all: true,
                },
                ModelPage::Change(_) => Self {
                    holds_password: false,
                    shows_all: true,
                },
                ModelPage::List
                | ModelPage::ReadRow
                | ModelPage::Export
                | ModelPage::Import
                | ModelPage::Views
                | ModelPage::Object(_)
                | ModelPage::Delete(_)
                | ModelPage::History(_)
                | ModelPage::Added(..) => Self::PLAIN,
            },
            Address::Root
            | Address::Metrics
            | Address::Healthy
            | Address::Ready
            | Address::Static(_)
            | Address::Index
            | Address::Logout
            | Address::PasswordChanged
            | Address::Sessions
            | Address::Theme
            | Address::Timezone
            | Address::Autocomplete
            | Address::Palette
            | Address::Search
            | Address::App(_)
            | Address::AppPage(..) => Self::PLAIN,
        }
    }
}

/// Returns whether an account may send a file to this address.
pub(super) fn takes_files(route: &Route, account: &Account, site: &Site) -> bool {
    let Route::Page(Address::Model(model, ModelPage::Import)) = route else {
        return false;
    };
    site.get(*model)
        .is_some_and(|entry| transfer::import::may(entry, account))
}

/// Returns the view of an address, but for those that need the session.
pub(super) fn route(context: &mut Context<'_>, asked: &AdminRequest) -> Result<AdminAnswer, ViewError> {
    let address = match &asked.route {
        Route::Page(address) => address,
        Route::WithoutSlash => return slash(context, asked).map(AdminAnswer::from),
        Route::Unknown => return views::not_found(context).map(AdminAnswer::from),
    };
    let outcome = match address {
        Address::PasswordChange => return password::own(context, asked),
        Address::PasswordChanged => return password::done(context),
        Address::Tokens => return tokens::own(context, asked),
        Address::Theme => return theme::look(context),
        Address::Timezone => return timezone::own(context, asked),
        Address::Autocomplete => views::autocomplete::autocomplete(context),
        Address::Palette => views::palette::data(context),
        Address::Search => views::palette::page(context),
        Address::App(app) => views::index::app(context, app),
        Address::Model(model, page) => match context.site.get(*model) {
            Some(entry) => return of_model(context, asked, entry, page),
            None => views::not_found(context),
        },
        // The first five are answered where the session and the pages of apps are known, the others beside the admin.
        Address::Login
        | Address::Logout
        | Address::Sessions
        | Address::Index
        | Address::AppPage(..)
        | Address::Root
        | Address::Metrics
        | Address::Healthy
        | Address::Ready
        | Address::Static(_) => views::not_found(context),
    };
    outcome.map(AdminAnswer::from)
}

/// Returns the page that an app or a model added at an address, or added something to; nothing if the address is another one of the engine's.
pub(super) fn added(context: &mut Context<'_>, asked: &AdminRequest, pages: &AddedPages) -> Option<ViewResult> {
    match &asked.route {
        Route::Page(Address::Index) => Some(views::index::index(context, &pages.on_start)),
        Route::Page(Address::AppPage(app, name)) => Some(pages.app_page(context, (app, name), asked.posted.as_ref())),
        Route::Page(Address::Model(model, ModelPage::Added(key, name))) => {
            let entry = context.site.get(*model)?;
            Some(pages.object_page(context, entry, (key.as_str(), name), asked.posted.as_ref()))
        }
        Route::Page(_) | Route::WithoutSlash | Route::Unknown => None,
    }
}

/// Returns the view of a model's page.
fn of_model(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    entry: &SiteEntry,
    page: &ModelPage,
) -> Result<AdminAnswer, ViewError> {
    let posted = asked.posted.as_ref();
    let outcome = match (page, posted) {
        (ModelPage::List, None) => views::list::list(context, entry),
        (ModelPage::List, Some(posted)) => views::list::actions::post(context, entry, posted),
        (ModelPage::Add, None) => views::form::open::add(context, entry),
        (ModelPage::Add, Some(posted)) => views::form::save::save(context, entry, None, posted),
        (ModelPage::ReadRow, _) => views::form::preview_row::read_row(context, entry),
        (ModelPage::Export, _) => transfer::export::export(context, entry),
        (ModelPage::Import, posted) => transfer::import::import(context, entry, posted, asked.upload.as_ref()),
        (ModelPage::Views, posted) => views::list::saved_views::saved(context, entry, posted),
        (ModelPage::Object(_), _) if !entry.may(&context.account, Action::View) => views::forbidden(context),
        (ModelPage::Object(key), _) => Ok(Reply::Redirect {
            to: match key.as_str().parse::<i64>() {
                Ok(id) => entry.object_url(&context.account, id),
                Err(_) => entry.address(ModelPage::Change(key.clone())).into(),
            },
            messages: Vec::new(),
        }),
        (ModelPage::Change(key), None) => views::form::open::change(context, entry, key.as_str()),
        (ModelPage::Change(key), Some(posted)) => views::form::save::save(context, entry, Some(key.as_str()), posted),
        (ModelPage::Delete(key), posted) => views::delete::delete(context, entry, key.as_str(), posted),
        (ModelPage::History(key), _) => views::history::history(context, entry, key.as_str()),
        // Answered where the pages that models add are known.
        (ModelPage::Added(..), _) => views::not_found(context),
        (ModelPage::Password(key), _) => return password::of_any(context, asked, entry, key.as_str()),
    };
    outcome.map(AdminAnswer::from)
}

/// Returns the same address with a slash behind it; forms would lose what they hold on the way.
fn slash(context: &mut Context<'_>, asked: &AdminRequest) -> ViewResult {
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
