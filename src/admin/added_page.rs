//! Pages that apps and models add to those of the engine, and parts of the start page: what holds before each of them is called, and what they need of the engine.

use super::address::Address;
use super::context::{Context, PageFrame};
use super::listing::{BadParameter, Listing};
use super::parameters::check_texts;
use super::query::Query;
use super::reply::Reply;
use super::site::{AppPageDeclaration, ObjectPageDeclaration, Site, SiteEntry};
use super::views::list::{filters, request};
use super::views::{ViewError, ViewResult, forbidden, message_page, missing, not_found};
use crate::auth::{Action, Model};
use crate::zones::Zone;

/// A page that an app adds, at `/admin/{app}/{name}/`.
pub trait AppPage: Send + Sync {
    /// Returns its declaration.
    fn declaration(&self) -> AppPageDeclaration;

    /// Returns the page, for users with the permission to open it.
    ///
    /// # Errors
    /// Those of views.
    fn view(&self, context: &mut Context<'_>) -> ViewResult;

    /// Answers a form that was sent to the page by a user with the permission to open it. A page without a form says so with status 405.
    ///
    /// # Errors
    /// Those of views.
    fn post(&self, context: &mut Context<'_>, _posted: &Query) -> ViewResult {
        takes_no_form(context)
    }
}

/// A page that a model adds to each of its objects, at `/admin/{app}/{model}/{id}/{name}/`.
pub trait ObjectPage: Send + Sync {
    /// Returns the model.
    fn model(&self) -> Model;

    /// Returns the page's name in its address; the engine's own pages of objects have others.
    fn name(&self) -> &'static str;

    /// Returns what its users must be permitted to do to the object: without it no link leads to the page.
    fn action(&self) -> Action {
        Action::View
    }

    /// Returns the page of an object, for users with the permission to open it; nothing if there is no object with this key.
    ///
    /// # Errors
    /// Those of views.
    fn view(&self, context: &mut Context<'_>, entry: &SiteEntry, id: i64) -> Result<Option<Reply>, ViewError>;

    /// Answers a form that was sent to the page of an object by a user with the permission to open it; nothing if there is no object with this
    /// key. A page without a form says so with status 405.
    ///
    /// # Errors
    /// Those of views.
    fn post(
        &self,
        context: &mut Context<'_>,
        _entry: &SiteEntry,
        _id: i64,
        _posted: &Query,
    ) -> Result<Option<Reply>, ViewError> {
        takes_no_form(context).map(Some)
    }
}

/// What an app adds to the start page, between the counts and the models.
pub trait StartPart: Send + Sync {
    /// Returns it as HTML, of what the user may view; nothing if there is nothing to show.
    ///
    /// # Errors
    /// Those of views.
    fn html(&self, context: &mut Context<'_>) -> Result<Option<String>, ViewError>;
}

/// All pages that are added.
#[derive(Default)]
pub struct AddedPages {
    /// Parts of the start page, in their order.
    pub on_start: Vec<Box<dyn StartPart>>,
    /// Pages of apps, in the order in which they are offered.
    pub of_apps: Vec<Box<dyn AppPage>>,
    /// Pages of objects.
    pub of_objects: Vec<Box<dyn ObjectPage>>,
}

impl AddedPages {
    /// Declares the pages to a site.
    #[must_use]
    pub fn declare(&self, site: Site) -> Site {
        let of_objects = self.of_objects.iter().map(|page| ObjectPageDeclaration {
            model: page.model(),
            name: page.name(),
            action: page.action(),
        });
        site.declaring(
            self.of_apps.iter().map(|page| page.declaration()).collect(),
            of_objects.collect(),
        )
    }

    /// Returns a page of an app.
    ///
    /// # Errors
    /// Those of views.
    pub fn app_page(&self, context: &mut Context<'_>, (app, name): (&str, &str), posted: Option<&Query>) -> ViewResult {
        let mut pages = self.of_apps.iter();
        let page = pages.find(|page| {
            let declaration = page.declaration();
            declaration.app == app && declaration.name == name
        });
        match page {
            Some(page) if !page.declaration().may(&context.account) => forbidden(context),
            Some(page) => {
                let shown = page
                    .declaration()
                    .shows
                    .iter()
                    .find_map(|(model, ..)| context.site.get(*model));
                match (check_texts(&context.query), shown) {
                    (Err(bad), Some(entry)) => bad_request(context, entry, &bad),
                    _ => match posted {
                        Some(posted) => page.post(context, posted),
                        None => page.view(context),
                    },
                }
            }
            None => not_found(context),
        }
    }

    /// Returns a page of an object.
    ///
    /// # Errors
    /// Those of views.
    pub fn object_page(
        &self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        (id, name): (&str, &str),
        posted: Option<&Query>,
    ) -> ViewResult {
        let mut pages = self.of_objects.iter();
        let page = pages.find(|page| page.model() == entry.spec.model && page.name() == name);
        let Some(page) = page else {
            return not_found(context);
        };
        if !entry.may(&context.account, page.action()) {
            return forbidden(context);
        }
        let Ok(key) = id.parse::<i64>() else {
            return missing(context, entry, id);
        };
        if !entry.may_do(context.conn, &context.account, page.action(), key)? {
            return forbidden(context);
        }
        if let Err(bad) = check_texts(&context.query) {
            return bad_request(context, entry, &bad);
        }
        let answer = match posted {
            Some(posted) => page.post(context, entry, key, posted)?,
            None => page.view(context, entry, key)?,
        };
        match answer {
            Some(reply) => Ok(reply),
            None => missing(context, entry, id),
        }
    }
}

/// Refuses a form that was sent to a page without one.
fn takes_no_form(context: &mut Context<'_>) -> ViewResult {
    let link = ("Back to the start page", Address::Index.pattern());
    let text = "This page takes no form: it only shows something. Nothing was changed.";
    message_page(context, 405, "Nothing to send", text, link)
}

impl PageFrame {
    /// Returns the frame of a page that shows times in this zone.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        if zone.name() != self.zone {
            self.own_zone = Some(std::mem::replace(&mut self.zone, zone.name().to_owned()));
        }
        self
    }
}

/// Returns what `query` asks the list of a model for: a page that shows the same objects in the same order begins with it.
///
/// # Errors
/// The parameter that cannot be understood.
pub fn listing(context: &Context<'_>, entry: &SiteEntry, query: &Query) -> Result<Listing, BadParameter> {
    request::understood(context, entry, query)
}

/// Returns a chip for each value by which `listing` narrows the list of a model: words, and the link that takes it out of `query`.
///
/// # Errors
/// Those of views.
pub fn chips(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    listing: &Listing,
    query: &Query,
) -> Result<Vec<(String, String)>, ViewError> {
    filters::chips(context, entry, listing, query)
}

/// Returns the page that names a parameter which cannot be understood, and leads back to the list of a model.
///
/// # Errors
/// Those of views.
pub fn bad_request(context: &mut Context<'_>, entry: &SiteEntry, bad: &BadParameter) -> ViewResult {
    request::bad_request(context, entry, bad)
}
