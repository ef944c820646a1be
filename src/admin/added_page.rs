//! Pages that apps and models add to those of the engine.

use super::context::Context;
use super::query::Query;
use super::reply::Reply;
use super::site::SiteEntry;
use super::views::{ViewError, ViewResult};
use crate::auth::Account;

/// A page that an app adds, at `/admin/{app}/{name}/`. It takes GET only.
pub trait AppPage: Send + Sync {
    /// Returns the app's name in addresses.
    fn app(&self) -> &'static str;

    /// Returns the page's name in its address; no model of the app has it.
    fn name(&self) -> &'static str;

    /// Returns what the navigation calls it.
    fn title(&self) -> &'static str;

    /// Returns whether `account` may see it. It is asked before [`AppPage::view`] is called.
    fn may(&self, account: &Account) -> bool;

    /// Returns the page.
    ///
    /// # Errors
    /// Those of views.
    fn view(&self, context: &mut Context<'_>) -> ViewResult;
}

/// A page that a model adds to each of its objects, at `/admin/{app}/{model}/{id}/{name}/`.
pub trait ObjectPage: Send + Sync {
    /// Returns the page's name in its address; the engine's own pages of objects have others.
    fn name(&self) -> &'static str;

    /// Returns the page of an object that the user may view; nothing if there is no object with this key.
    ///
    /// # Errors
    /// Those of views.
    fn view(
        &self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        id: i64,
        posted: Option<&Query>,
    ) -> Result<Option<Reply>, ViewError>;
}
