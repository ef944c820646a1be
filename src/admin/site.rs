//! The models of the admin, in the order of their pages.

use super::address::{Address, ModelPage, ObjectKey};
use super::address_names::AddressNames;
use super::model::{ModelAdmin, StateWords};
use super::query::Query;
use super::spec::Spec;
use crate::auth::{Account, Action, Model, Permission};
use crate::db::{self, Conn};
use crate::text::thousands;

/// All models.
pub struct Site {
    entries: Vec<SiteEntry>,
    app_pages: Vec<AppPageDeclaration>,
    names: AddressNames,
    guide: Vec<GuideStep>,
    places: Vec<FoundPlace>,
}

/// A page that an app adds, at `/admin/{app}/{name}/`.
#[derive(Clone, Copy, Debug)]
pub struct AppPageDeclaration {
    /// The app's name in addresses.
    pub app: &'static str,
    /// The page's name in its address; no model of the app has it.
    pub name: &'static str,
    /// What the navigation calls it.
    pub title: &'static str,
    /// The models whose objects it shows, each with the parameter and value that choose it: users with the permission to view any of
    /// them may open it, and their lists link to it.
    pub shows: &'static [(Model, &'static str, &'static str)],
    /// Makes the query of the page of that of a list.
    pub adapt: fn(&Query) -> Query,
    /// Whether the navigation offers it.
    pub is_offered: bool,
    /// Words beside its title that find it.
    pub search_words: &'static str,
}

/// A place that a search for pages finds beside the pages themselves: a list that is narrowed, or a part of a page.
pub struct FoundPlace {
    /// What it is called.
    pub title: &'static str,
    /// Words beside the title that find it.
    pub search_words: &'static str,
    /// Users with the permission to view this model find it.
    pub model: Model,
    /// The page.
    pub address: Address,
    /// What follows the address of the page: a query or the name of a part.
    pub rest: &'static str,
}

impl AppPageDeclaration {
    /// Returns whether `account` may open the page.
    #[must_use]
    pub fn may(&self, account: &Account) -> bool {
        let mut shown = self.shows.iter();
        shown.any(|(model, ..)| account.may(model.permission(Action::View)))
    }
}

/// A page that a model adds to each of its objects, at `/admin/{app}/{model}/{id}/{name}/`.
#[derive(Clone, Copy, Debug)]
pub struct ObjectPageDeclaration {
    /// The model.
    pub model: Model,
    /// The page's name in its address.
    pub name: &'static str,
    /// What its users must be permitted to do to the object.
    pub action: Action,
}

/// A step from an empty installation to its first results.
pub struct GuideStep {
    /// Objects of which model are made in it; nothing for one that only looks.
    pub model: Option<Model>,
    /// Where it is done.
    pub address: Address,
    /// What to do.
    pub title: &'static str,
    /// What it is good for.
    pub why: &'static str,
}

/// A model and its declaration.
pub struct SiteEntry {
    /// The declaration, read once.
    pub spec: Spec,
    /// The functions.
    pub admin: Box<dyn ModelAdmin>,
    /// The pages that are added to each object.
    pub object_pages: Vec<ObjectPageDeclaration>,
    /// What it calls the properties of stored states, and how it says what changed in them.
    pub words: StateWords,
    /// What people call the app; its address keeps the short name.
    pub app_title: &'static str,
}

impl Site {
    /// Returns a site of these models.
    #[must_use]
    pub fn new(admins: Vec<Box<dyn ModelAdmin>>) -> Self {
        let entries: Vec<SiteEntry> = admins
            .into_iter()
            .map(|admin| {
                let spec = admin.spec();
                SiteEntry {
                    app_title: spec.model.app,
                    object_pages: Vec::new(),
                    words: StateWords::new(&spec, (admin.change_words(), admin.outcome_words())),
                    spec,
                    admin,
                }
            })
            .collect();
        Self {
            names: AddressNames {
                models: entries.iter().map(|entry| entry.spec.model).collect(),
                app_pages: Vec::new(),
                object_pages: Vec::new(),
            },
            app_pages: Vec::new(),
            entries,
            guide: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Declares pages that apps add, and pages of objects.
    #[must_use]
    pub fn declaring(mut self, pages: Vec<AppPageDeclaration>, of_objects: Vec<ObjectPageDeclaration>) -> Self {
        self.names.app_pages = pages.iter().map(|page| (page.app, page.name)).collect();
        self.names.object_pages = of_objects.iter().map(|page| (page.model, page.name)).collect();
        for page in of_objects {
            let mut entries = self.entries.iter_mut();
            if let Some(entry) = entries.find(|entry| entry.spec.model == page.model) {
                entry.object_pages.push(page);
            }
        }
        self.app_pages = pages;
        self
    }

    /// Returns the pages that apps add, in the order in which they are offered.
    #[must_use]
    pub fn app_pages(&self) -> &[AppPageDeclaration] {
        &self.app_pages
    }

    /// Returns the address at a path below the root path, if there is one. Only accounts have a page for their password.
    #[must_use]
    pub fn address(&self, path: &str) -> Option<Address> {
        let address = Address::parse(path, &self.names)?;
        let is_there = match &address {
            Address::Model(model, ModelPage::Password(_)) => {
                self.get(*model).is_some_and(|entry| entry.admin.accounts().is_some())
            }
            _ => true,
        };
        is_there.then_some(address)
    }

    /// Says what people call the apps.
    #[must_use]
    pub fn titled(mut self, titles: &[(&str, &'static str)]) -> Self {
        for entry in &mut self.entries {
            if let Some((_, title)) = titles.iter().find(|(app, _)| *app == entry.spec.model.app) {
                entry.app_title = title;
            }
        }
        self
    }

    /// Says how to get from nothing to the first results.
    #[must_use]
    pub fn guided(mut self, guide: Vec<GuideStep>) -> Self {
        self.guide = guide;
        self
    }

    /// Returns the way from nothing to the first results.
    #[must_use]
    pub fn guide(&self) -> &[GuideStep] {
        &self.guide
    }

    /// Says which places searches find beside the pages.
    #[must_use]
    pub fn finding(mut self, places: Vec<FoundPlace>) -> Self {
        self.places = places;
        self
    }

    /// Returns the places that searches find beside the pages.
    #[must_use]
    pub fn places(&self) -> &[FoundPlace] {
        &self.places
    }

    /// Returns all models.
    #[must_use]
    pub fn entries(&self) -> &[SiteEntry] {
        &self.entries
    }

    /// Returns a model by its address.
    #[must_use]
    pub fn find(&self, app: &str, model: &str) -> Option<&SiteEntry> {
        self.entries
            .iter()
            .find(|entry| entry.spec.model.app == app && entry.spec.model.name == model)
    }

    /// Returns a model by its name.
    #[must_use]
    pub fn get(&self, model: Model) -> Option<&SiteEntry> {
        self.find(model.app, model.name)
    }
}

impl SiteEntry {
    /// Returns whether `account` may do this to objects of the model. Where adding has a form of its own, it goes on with changing, and
    /// takes that right as well.
    #[must_use]
    pub fn may(&self, account: &Account, action: Action) -> bool {
        let may = |action| {
            account.may(Permission {
                action,
                model: self.spec.model,
            })
        };
        let goes_on = action == Action::Add && self.spec.add_fieldsets.is_some();
        let is_possible = match action {
            Action::Export | Action::View => true,
            Action::Change => !self.spec.is_log(),
            Action::Add | Action::Delete => !self.spec.read_only,
        };
        is_possible && may(action) && (!goes_on || may(Action::Change))
    }

    /// Returns whether `account` may do this to the object of a key.
    pub fn may_do(&self, conn: &mut Conn, account: &Account, action: Action, id: i64) -> db::Result<bool> {
        Ok(self.may(account, action) && self.admin.may(conn, account, action, id)?)
    }

    /// Returns whether `account` may do this to the objects of all these keys.
    pub fn may_do_to_all(&self, conn: &mut Conn, account: &Account, action: Action, ids: &[i64]) -> db::Result<bool> {
        for id in ids {
            if !self.may_do(conn, account, action, *id)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns `1 component`, `2 components`.
    #[must_use]
    pub fn amount<N: TryInto<i64> + PartialEq + From<u8> + Copy>(&self, count: N) -> String {
        let name = if count == N::from(1) {
            self.spec.singular
        } else {
            self.spec.plural
        };
        format!("{} {name}", thousands(count))
    }

    /// Returns the address of one of the model's pages.
    #[must_use]
    pub const fn address(&self, page: ModelPage) -> Address {
        Address::Model(self.spec.model, page)
    }

    /// Returns the address of the model's list.
    #[must_use]
    pub fn url(&self) -> String {
        self.address(ModelPage::List).into()
    }

    /// Returns the address of an object's form.
    #[must_use]
    pub fn change_url(&self, id: impl Into<ObjectKey>) -> String {
        self.address(ModelPage::Change(id.into())).into()
    }

    /// Returns where an account is led to see an object: its form, or the page to read if there is one and the account may change none.
    #[must_use]
    pub fn object_url(&self, account: &Account, id: impl Into<ObjectKey>) -> String {
        let id: ObjectKey = id.into();
        match self.reading_url(id.clone()) {
            Some(url) if !self.may(account, Action::Change) => url,
            _ => self.change_url(id),
        }
    }

    /// Returns the page to read of an object, if there is one.
    #[must_use]
    pub fn reading_url(&self, id: impl Into<ObjectKey>) -> Option<String> {
        self.added_url(id, ModelPage::READ)
    }

    /// Returns where the state of an object is explained, if there is such a page.
    #[must_use]
    pub fn explanation_url(&self, id: impl Into<ObjectKey>) -> Option<String> {
        self.added_url(id, ModelPage::EXPLAIN)
    }

    fn added_url(&self, id: impl Into<ObjectKey>, name: &'static str) -> Option<String> {
        let is_added = self.object_pages.iter().any(|page| page.name == name);
        is_added.then(|| self.address(ModelPage::Added(id.into(), name)).into())
    }

    /// Returns what users must be permitted to do to open a page of the model: to its objects, or to the one that the page is about.
    #[must_use]
    pub fn action_of(&self, page: &ModelPage) -> Action {
        match page {
            ModelPage::Add | ModelPage::Import => Action::Add,
            ModelPage::Export => Action::Export,
            ModelPage::Delete(_) => Action::Delete,
            ModelPage::Password(_) => Action::Change,
            ModelPage::Added(_, name) => {
                let mut pages = self.object_pages.iter();
                pages
                    .find(|page| page.name == *name)
                    .map_or(Action::View, |page| page.action)
            }
            ModelPage::List
            | ModelPage::ReadRow
            | ModelPage::Views
            | ModelPage::Object(_)
            | ModelPage::Change(_)
            | ModelPage::History(_) => Action::View,
        }
    }

    /// Returns the address of an object's history.
    #[must_use]
    pub fn history_url(&self, id: i64) -> String {
        self.address(ModelPage::History(id.into())).into()
    }
}
