//! What every view is given, and the frame that every page has.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;

use super::address::{Address, ModelPage, with_root};
pub use super::instant::Instant;
use super::look::Look;
use super::query::Query;
use super::reply::Message;
use super::site::{AppPageDeclaration, Site};
use crate::auth::actor::Request;
use crate::auth::session::{self, Session};
use crate::auth::{Account, Action, Actor};
use crate::db::pool::Pool;
use crate::db::{Conn, dialect};
pub use crate::text::capitalised;
use crate::zones::Zone;

/// A request to the admin with a session.
pub struct Context<'a> {
    /// The models.
    pub site: &'a Site,
    /// Who asks.
    pub account: Arc<Account>,
    /// The key of the session in which they ask.
    pub session: String,
    /// What the audit log keeps of the request.
    pub request: Request,
    /// The session of the request, to ask whether it goes on.
    pub session_check: SessionCheck,
    /// A connection.
    pub conn: &'a mut Conn,
    /// The instant of the request, UTC.
    pub now: NaiveDateTime,
    /// The root path: what stands before every link that leaves the program.
    pub root: String,
    /// The path that was asked for, below the root path.
    pub path: String,
    /// Its query.
    pub query: Query,
    /// The token that forms carry.
    pub csrf_token: String,
    /// What was to be said since the last page.
    pub waiting: WaitingMessages,
    /// What this page has to say itself.
    pub messages: Vec<Message>,
    /// Addresses of static files.
    pub assets: AssetUrls,
    /// How the page looks.
    pub look: Look,
}

/// The session of a request, which may end while a long answer is made or sent.
#[derive(Clone)]
pub struct SessionCheck {
    /// Where to ask.
    pub pool: Pool,
    /// The token of the session.
    pub token: String,
    /// Returns the time, UTC.
    pub now: Arc<dyn Fn() -> NaiveDateTime + Send + Sync>,
}

/// How long a question whether a session goes on waits for a connection; where all are in use, it is asked the next time.
const SESSION_CHECK_TIMEOUT: Duration = Duration::from_millis(200);

impl SessionCheck {
    /// Returns the account of the session as it is now, if the session goes on; none if that cannot be asked at the moment.
    #[must_use]
    pub fn account_now(&self) -> Option<Option<Arc<Account>>> {
        let mut conn = self.pool.get_within(SESSION_CHECK_TIMEOUT).ok()?;
        let found = session::find(&mut conn, &self.token, (self.now)());
        match found {
            Ok(session) => Some(
                session
                    .map(|session| session.account)
                    .filter(|account| account.is_staff),
            ),
            Err(error) => {
                tracing::warn!(%error, "a session could not be checked");
                None
            }
        }
    }
}

/// Addresses of static files.
#[derive(Clone, Debug)]
pub struct AssetUrls {
    /// The stylesheet.
    pub stylesheet: String,
    /// The module that imports the others.
    pub script: String,
    /// The icon.
    pub icon: String,
}

/// Messages that were left for the next page of a session. A page takes them as it is drawn, and nothing else ever has them: a script that
/// asks for data while the next page is on its way would otherwise keep them from it.
#[derive(Debug, Default)]
pub struct WaitingMessages {
    /// The key of the session, and what waited when its request came.
    seen: Option<(String, Vec<Message>)>,
    taken: Vec<Message>,
}

impl WaitingMessages {
    /// Returns those of a session.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let waits = !session.messages.is_empty();
        Self {
            seen: waits.then(|| (session.id_hash.clone(), session.messages.clone())),
            taken: Vec::new(),
        }
    }

    /// Returns what a page has taken.
    #[must_use]
    pub fn taken(&self) -> &[Message] {
        &self.taken
    }

    /// Takes them, so that no other page says them too. Those that were left since the request came are among them.
    fn take(&mut self, conn: &mut Conn) -> Vec<Message> {
        if let Some((id_hash, seen)) = self.seen.take() {
            // No page waits for a lock because of what it says.
            let taken = dialect::without_waiting(conn, |conn| session::take_messages(conn, &id_hash));
            self.taken = taken.unwrap_or_else(|error| {
                tracing::warn!(%error, "messages are said and may be said again");
                seen
            });
            return self.taken.clone();
        }
        Vec::new()
    }
}

impl Context<'_> {
    /// Returns the actor of changes.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::User {
            id: self.account.id,
            session: self.session.clone(),
            request: self.request.clone(),
        }
    }

    /// Returns the zone in which times are shown: the account's, otherwise UTC.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.account.timezone.unwrap_or_else(Zone::utc)
    }

    /// Returns a stored instant in the viewer's zone, in words and to the second; a text that is none stays as it is.
    #[must_use]
    pub fn shown_instant(&self, text: &str) -> String {
        let Ok(at) = text.parse::<NaiveDateTime>() else {
            return text.to_owned();
        };
        let exact = Instant::new(at, self.zone()).exact;
        let natural = self.natural(at);
        match natural.distance.as_str() {
            "" => exact,
            distance => format!("{exact} ({distance})"),
        }
    }

    /// Returns the address that was asked for.
    fn here(&self) -> String {
        match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}{}", self.path, self.query.link()),
        }
    }

    /// Returns an instant as the viewer speaks of it now.
    #[must_use]
    pub fn natural(&self, at: NaiveDateTime) -> Instant {
        Instant::natural(at, self.zone(), self.now)
    }
}

/// What every page shows around its content.
#[derive(Clone, Debug)]
pub struct PageFrame {
    /// The root path, which [`PageFrame::url`] puts before links.
    pub root: String,
    /// Addresses of static files.
    pub assets: AssetUrls,
    /// The page's title.
    pub title: String,
    /// Whether the page is shown again because of errors, which its window's title says first.
    pub has_errors: bool,
    /// The user's name; empty without a login.
    pub user: String,
    /// The user's key, by which scripts know whose something is; empty without a login.
    pub user_key: String,
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
    /// The viewer's zone, where the page is in another one.
    pub own_zone: Option<String>,
    /// Whether the page offers the zone of the browser, because the account has none.
    pub offers_zone: bool,
    /// How the page looks.
    pub look: Look,
    /// The address of this page, to come back to.
    pub here: String,
}

/// An app and its models, as one user sees them.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Its address.
    pub url: String,
    /// The pages that it adds.
    pub pages: Vec<AppPageLink>,
    /// Its models.
    pub models: Vec<AppModel>,
}

/// A page of an app, as one user sees it.
#[derive(Clone, Debug)]
pub struct AppPageLink {
    /// Its name for people.
    pub title: &'static str,
    /// Its address.
    pub url: String,
    /// Whether the user is looking at it.
    pub current: bool,
}

/// A model, as one user sees it.
#[derive(Clone, Debug)]
pub struct AppModel {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub plural: String,
    /// The name of one.
    pub singular: String,
    /// Its list.
    pub url: String,
    /// The form for a new one.
    pub add_url: String,
    /// Whether the user may add one.
    pub can_add: bool,
    /// Whether the user may change one.
    pub can_change: bool,
    /// Whether the user is looking at it.
    pub current: bool,
}

impl PageFrame {
    /// Returns a link as browsers need it: with the root path before it, unless it is relative to this page.
    #[must_use]
    pub fn url(&self, link: impl Display) -> String {
        with_root(&self.root, &link.to_string())
    }

    /// Returns the address of the form for the user's own time zone, which leads back to this page.
    #[must_use]
    pub fn zone_url(&self) -> String {
        let form = Address::Timezone.pattern();
        match self.here.as_str() {
            "" => form.to_owned(),
            here if here.starts_with(form) => here.to_owned(),
            here => format!("{form}{}", Query::default().with("next", &self.url(here)).link()),
        }
    }
}

/// The most words of a breadcrumb.
const CRUMB_WORDS_MAX: usize = 18;

/// The beginning of the titles of pages that are shown again because of errors.
pub const ERROR_PREFIX: &str = "Error: ";

impl Context<'_> {
    /// Returns the frame of a page. Takes the messages: they are said once.
    pub fn frame(&mut self, title: &str, breadcrumbs: Vec<(String, Option<String>)>, body_class: &str) -> PageFrame {
        let breadcrumbs = breadcrumbs
            .into_iter()
            .map(|(words, link)| self.crumb(&words, link))
            .collect();
        let mut messages = self.waiting.take(self.conn);
        messages.append(&mut self.messages);
        PageFrame {
            root: self.root.clone(),
            breadcrumbs,
            assets: self.assets.clone(),
            title: title.strip_prefix(ERROR_PREFIX).unwrap_or(title).to_owned(),
            has_errors: title.starts_with(ERROR_PREFIX),
            user: self.account.full_name(),
            user_key: self.account.id.to_string(),
            csrf_token: self.csrf_token.clone(),
            messages,
            apps: self.apps(),
            body_class: body_class.to_owned(),
            zone: self.zone().name().to_owned(),
            own_zone: None,
            offers_zone: self.account.timezone.is_none() && self.path != Address::Timezone.pattern(),
            look: self.look.clone(),
            here: self.here(),
        }
    }

    /// Returns a step of the way here: short, and without a link to a list that the user may not see.
    fn crumb(&self, words: &str, link: Option<String>) -> (String, Option<String>) {
        let hidden = |link: &String| {
            let mut entries = self.site.entries().iter();
            entries.any(|entry| entry.url() == *link && !entry.may(&self.account, Action::View))
        };
        let all = words.split_whitespace().count();
        let mut short: Vec<&str> = words.split_whitespace().take(CRUMB_WORDS_MAX).collect();
        if all > CRUMB_WORDS_MAX {
            short.push("…");
        }
        (short.join(" "), link.filter(|link| !hidden(link)))
    }

    /// Returns the pages of an app that the user may see.
    fn app_pages(&self, app: &str) -> Vec<AppPageLink> {
        let pages = self.site.app_pages().iter();
        let seen = pages.filter(|page| page.is_offered && page.app == app && page.may(&self.account));
        let link = |page: &AppPageDeclaration| {
            let url = String::from(Address::AppPage(page.app, page.name));
            AppPageLink {
                title: page.title,
                current: self.path == url,
                url,
            }
        };
        seen.map(link).collect()
    }

    /// Returns the models that the user may see, by app: the apps in the order of the site, the models in that of their names for people.
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
                plural: capitalised(entry.spec.plural),
                singular: entry.spec.singular.to_owned(),
                current: self.path.starts_with(&entry.url()),
                url: if may(Action::View) { entry.url() } else { String::new() },
                add_url: entry.address(ModelPage::Add).into(),
                can_add: may(Action::Add),
                can_change: may(Action::Change) && !entry.spec.read_only,
            };
            match apps.iter_mut().find(|app| app.name == model.app) {
                Some(app) => app.models.push(shown),
                None => apps.push(App {
                    name: model.app.to_owned(),
                    title: entry.app_title.to_owned(),
                    url: Address::App(model.app).into(),
                    pages: self.app_pages(model.app),
                    models: vec![shown],
                }),
            }
        }
        apps.iter_mut()
            .for_each(|app| app.models.sort_by_key(|model| model.plural.to_lowercase()));
        apps
    }
}
