//! What every view is given, and the frame that every page has.

use std::sync::Arc;

use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use super::query::Query;
use super::reply::Message;
use super::site::Site;
use crate::auth::{Account, Action, Actor};
use crate::db::Conn;

/// A request to the admin by somebody who is logged in.
pub struct Context<'a> {
    /// The models.
    pub site: &'a Site,
    /// Who asks.
    pub account: Arc<Account>,
    /// A connection.
    pub conn: &'a mut Conn,
    /// The instant of the request, UTC.
    pub now: NaiveDateTime,
    /// The path that was asked for.
    pub path: String,
    /// Its query.
    pub query: Query,
    /// The token that forms carry.
    pub csrf_token: String,
    /// What was to be said since the last page.
    pub messages: Vec<Message>,
    /// Addresses of static files.
    pub assets: Assets,
}

/// Addresses of static files.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The stylesheet.
    pub stylesheet: String,
    /// The script.
    pub script: String,
    /// The icon.
    pub icon: String,
}

impl Context<'_> {
    /// The actor of changes.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::User(Arc::clone(&self.account))
    }

    /// The zone in which times are shown: the account's, otherwise UTC.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.account.timezone.unwrap_or(Tz::UTC)
    }
}

/// An instant in a zone, the zone named.
#[must_use]
pub fn shown_instant(at: NaiveDateTime, zone: Tz) -> String {
    zone.from_utc_datetime(&at).format("%Y-%m-%d %H:%M %Z").to_string()
}

/// What every page shows around its content.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Addresses of static files.
    pub assets: Assets,
    /// The page's title.
    pub title: String,
    /// The user's name; empty when nobody is logged in.
    pub user: String,
    /// The token that forms carry.
    pub csrf_token: String,
    /// What to say once.
    pub messages: Vec<Message>,
    /// The way here: words and address; the last has none.
    pub breadcrumbs: Vec<(String, Option<String>)>,
    /// The models that the user may see, by app.
    pub apps: Vec<App>,
    /// Classes of the body.
    pub body_class: String,
    /// The zone in which times are shown.
    pub zone: String,
}

/// An app and its models, as one user sees them.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Its models.
    pub models: Vec<AppModel>,
}

/// A model, as one user sees it.
#[derive(Clone, Debug)]
pub struct AppModel {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub plural: String,
    /// Its list.
    pub url: String,
    /// Whether the user may add one.
    pub can_add: bool,
    /// Whether the user may change one.
    pub can_change: bool,
    /// Whether the user is looking at it.
    pub current: bool,
}

impl Context<'_> {
    /// The frame of a page. Takes the messages: they are said once.
    pub fn frame(&mut self, title: &str, breadcrumbs: Vec<(String, Option<String>)>, body_class: &str) -> Frame {
        Frame {
            assets: self.assets.clone(),
            title: title.to_owned(),
            user: self.account.full_name(),
            csrf_token: self.csrf_token.clone(),
            messages: std::mem::take(&mut self.messages),
            breadcrumbs,
            apps: self.apps(),
            body_class: body_class.to_owned(),
            zone: self.zone().name().to_owned(),
        }
    }

    /// The models that the user may see, by app, both in alphabetical order.
    #[must_use]
    pub fn apps(&self) -> Vec<App> {
        let mut apps: Vec<App> = Vec::new();
        for entry in self.site.entries() {
            let may = |action| entry.may(&self.account, action);
            if ![Action::View, Action::Add, Action::Change, Action::Delete]
                .into_iter()
                .any(may)
            {
                continue;
            }
            let model = entry.spec.model;
            let shown = AppModel {
                name: model.name.to_owned(),
                plural: entry.spec.plural.to_owned(),
                current: self.path.starts_with(&entry.url()),
                url: if may(Action::View) { entry.url() } else { String::new() },
                can_add: may(Action::Add),
                can_change: may(Action::Change),
            };
            match apps.iter_mut().find(|app| app.name == model.app) {
                Some(app) => app.models.push(shown),
                None => apps.push(App {
                    name: model.app.to_owned(),
                    url: format!("/admin/{}/", model.app),
                    models: vec![shown],
                }),
            }
        }
        apps.sort_by(|a, b| a.name.cmp(&b.name));
        apps.iter_mut()
            .for_each(|app| app.models.sort_by(|a, b| a.plural.cmp(&b.plural)));
        apps
    }
}
