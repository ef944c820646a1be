//! Every address of the program: which ones there are, and what each is called in links, in requests and in metrics.
//! Links are made of an [`Address`], never of text, and requests are answered by an exhaustive `match` on one. Addresses stand below the
//! root path of the installation, which is added where a link leaves the program.

use std::fmt;

use super::address_names::AddressNames;
use crate::auth::Model;

/// An address of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The root, which leads to the admin.
    Root,
    /// The exposition.
    Metrics,
    /// Whether the process lives.
    Healthy,
    /// Whether requests can be answered.
    Ready,
    /// A static file, by its name.
    Static(String),
    /// The start page of the admin.
    Index,
    /// The form for logging in.
    Login,
    /// The end of the session.
    Logout,
    /// The user's own password.
    PasswordChange,
    /// The page that follows on a change of the own password.
    PasswordChanged,
    /// The user's sessions.
    Sessions,
    /// The user's tokens for programs.
    Tokens,
    /// The choice of light or dark.
    Theme,
    /// The user's own time zone.
    Timezone,
    /// The options of a select that searches.
    Autocomplete,
    /// The entries of the command palette.
    Palette,
    /// The search over all models.
    Search,
    /// The start page of one app.
    App(&'static str),
    /// A page that an app adds: the app and the name of the page.
    AppPage(&'static str, &'static str),
    /// A page of a model.
    Model(Model, ModelPage),
}

/// A page of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelPage {
    /// The list.
    List,
    /// The form for a new object.
    Add,
    /// A row of a form in words.
    ReadRow,
    /// Objects as a file.
    Export,
    /// A file that comes in.
    Import,
    /// The views of the list that the user keeps.
    Views,
    /// An object, which leads to its form.
    Object(ObjectKey),
    /// The form of an object.
    Change(ObjectKey),
    /// The page before a deletion.
    Delete(ObjectKey),
    /// The history of an object.
    History(ObjectKey),
    /// The password of a user.
    Password(ObjectKey),
    /// A page that the model adds to each object, by its name.
    Added(ObjectKey, &'static str),
}

/// The key of an object as an address names it: a number, or whatever a client wrote in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// What scripts replace in an address by the key of an object.
    pub const PLACEHOLDER: &str = "__fk__";

    /// Returns the key in an address whose object is not known yet.
    #[must_use]
    pub fn placeholder() -> Self {
        Self(Self::PLACEHOLDER.to_owned())
    }

    /// Returns what a client wrote as a key.
    pub(super) fn written(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// Returns the key as the address has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this can be the key of an object.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.0.parse::<i64>().is_ok()
    }
}

impl From<i64> for ObjectKey {
    fn from(id: i64) -> Self {
        Self(id.to_string())
    }
}

impl Address {
    /// Returns the pattern of the address: its route, and the label `route` of metrics.
    #[must_use]
    pub const fn pattern(&self) -> &'static str {
        match self {
            Self::Root => "/",
            Self::Metrics => "/metrics",
            Self::Healthy => "/-/healthy",
            Self::Ready => "/-/ready",
            Self::Static(_) => "/static/{name:.*}",
            Self::Index => "/admin/",
            Self::Login => "/admin/login/",
            Self::Logout => "/admin/logout/",
            Self::PasswordChange => "/admin/password_change/",
            Self::PasswordChanged => "/admin/password_change/done/",
            Self::Sessions => "/admin/sessions/",
            Self::Tokens => "/admin/tokens/",
            Self::Theme => "/admin/theme/",
            Self::Timezone => "/admin/timezone/",
            Self::Autocomplete => "/admin/autocomplete/",
            Self::Palette => "/admin/palette/",
            Self::Search => "/admin/search/",
            Self::App(_) => "/admin/{app}/",
            Self::AppPage(..) => "/admin/{app}/{page}/",
            Self::Model(_, ModelPage::List) => "/admin/{app}/{model}/",
            Self::Model(_, ModelPage::Add) => "/admin/{app}/{model}/add/",
            Self::Model(_, ModelPage::ReadRow) => "/admin/{app}/{model}/read-row/",
            Self::Model(_, ModelPage::Export) => "/admin/{app}/{model}/export/",
            Self::Model(_, ModelPage::Import) => "/admin/{app}/{model}/import/",
            Self::Model(_, ModelPage::Views) => "/admin/{app}/{model}/views/",
            Self::Model(_, ModelPage::Object(_)) => "/admin/{app}/{model}/{id}/",
            Self::Model(_, ModelPage::Change(_)) => "/admin/{app}/{model}/{id}/change/",
            Self::Model(_, ModelPage::Delete(_)) => "/admin/{app}/{model}/{id}/delete/",
            Self::Model(_, ModelPage::History(_)) => "/admin/{app}/{model}/{id}/history/",
            Self::Model(_, ModelPage::Password(_)) => "/admin/{app}/{model}/{id}/password/",
            Self::Model(_, ModelPage::Added(..)) => "/admin/{app}/{model}/{id}/{page}/",
        }
    }

    /// Returns the address at `path`, below the root path, if there is one.
    #[must_use]
    pub fn parse(path: &str, names: &AddressNames) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        Some(match *segments {
            [""] => Self::Root,
            ["metrics"] => Self::Metrics,
            ["-", "healthy"] => Self::Healthy,
            ["-", "ready"] => Self::Ready,
            ["static", ref name @ ..] if !name.is_empty() => Self::Static(name.join("/")),
            ["admin", ""] => Self::Index,
            ["admin", "login", ""] => Self::Login,
            ["admin", "logout", ""] => Self::Logout,
            ["admin", "password_change", ""] => Self::PasswordChange,
            ["admin", "password_change", "done", ""] => Self::PasswordChanged,
            ["admin", "sessions", ""] => Self::Sessions,
            ["admin", "tokens", ""] => Self::Tokens,
            ["admin", "theme", ""] => Self::Theme,
            ["admin", "timezone", ""] => Self::Timezone,
            ["admin", "autocomplete", ""] => Self::Autocomplete,
            ["admin", "palette", ""] => Self::Palette,
            ["admin", "search", ""] => Self::Search,
            ["admin", app, ""] => Self::App(names.models.iter().find(|model| model.app == app)?.app),
            ["admin", app, name, ref page @ .., ""] => match names.model(app, name) {
                Some(model) => Self::Model(model, names.model_page(model, page)?),
                None if page.is_empty() => names.app_page(app, name)?,
                None => return None,
            },
            _ => return None,
        })
    }

    /// Returns the names of the app, of the model and of the page in the address, as far as it has them.
    fn names(&self) -> (&str, &str, &str) {
        match self {
            Self::App(app) => (app, "", ""),
            Self::AppPage(app, page) => (app, "", page),
            Self::Model(model, ModelPage::Added(_, page)) => (model.app, model.name, page),
            Self::Model(model, _) => (model.app, model.name, ""),
            Self::Root
            | Self::Metrics
            | Self::Healthy
            | Self::Ready
            | Self::Static(_)
            | Self::Index
            | Self::Login
            | Self::Logout
            | Self::PasswordChange
            | Self::PasswordChanged
            | Self::Sessions
            | Self::Tokens
            | Self::Theme
            | Self::Timezone
            | Self::Autocomplete
            | Self::Palette
            | Self::Search => ("", "", ""),
        }
    }
}

impl ModelPage {
    /// The name of a page to read that a model may add to its objects: without the permission to change one, links lead to it and not to a form.
    pub const READ: &'static str = "view";

    /// The name of a page that a model may add to say why an object is in its state: the states of a list lead to it.
    pub const EXPLAIN: &'static str = "explain";

    /// Returns the page of the engine at the segments behind a model's name, without the empty one at the end.
    pub(super) fn parse(segments: &[&str]) -> Option<Self> {
        let key = |id: &str| ObjectKey::written(id);
        Some(match *segments {
            [] => Self::List,
            ["add"] => Self::Add,
            ["read-row"] => Self::ReadRow,
            ["export"] => Self::Export,
            ["import"] => Self::Import,
            ["views"] => Self::Views,
            [id] => Self::Object(key(id)),
            [id, "change"] => Self::Change(key(id)),
            [id, "delete"] => Self::Delete(key(id)),
            [id, "history"] => Self::History(key(id)),
            [id, "password"] => Self::Password(key(id)),
            _ => return None,
        })
    }

    /// Returns the key of the object that the page is about, if it is about one.
    #[must_use]
    pub fn key(&self) -> Option<&ObjectKey> {
        match self {
            Self::List | Self::Add | Self::ReadRow | Self::Export | Self::Import | Self::Views => None,
            Self::Object(key)
            | Self::Change(key)
            | Self::Delete(key)
            | Self::History(key)
            | Self::Password(key)
            | Self::Added(key, _) => Some(key),
        }
    }
}

impl fmt::Display for Address {
    /// Writes the pattern with the names in their places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (app, model, page) = self.names();
        for piece in self.pattern().split(['{', '}']) {
            f.write_str(match (piece, self) {
                ("app", _) => app,
                ("model", _) => model,
                ("page", _) => page,
                ("id", Self::Model(_, page)) => page.key().map_or("", ObjectKey::as_str),
                ("name:.*", Self::Static(name)) => name,
                (literal, _) => literal,
            })?;
        }
        Ok(())
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// Returns a link as browsers need it: a path of this program with the root path before it, anything else as it is.
#[must_use]
pub fn with_root(root: &str, link: &str) -> String {
    match link.starts_with('/') {
        true => format!("{root}{link}"),
        false => link.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MODELS: [Model; 3] = [model("sla", "component"), model("sla", "label"), model("auth", "user")];

    const fn model(app: &'static str, name: &'static str) -> Model {
        Model { app, name, title: "" }
    }

    fn names() -> AddressNames {
        AddressNames {
            models: MODELS.to_vec(),
            app_pages: vec![("sla", "timeline")],
            object_pages: vec![(MODELS[0], "explain")],
        }
    }

    fn page() -> impl Strategy<Value = ModelPage> {
        // Whatever a request may have as a segment, but for the names of pages, which are no keys.
        let text = "[!-.0-~]{0,12}".prop_filter("a page", |id| {
            ModelPage::parse(&[id.as_str()]).is_some_and(|page| page.key().is_some())
        });
        let key = prop_oneof![any::<i64>().prop_map(ObjectKey::from), text.prop_map(ObjectKey)];
        key.prop_flat_map(|key| {
            prop::sample::select(vec![
                ModelPage::List,
                ModelPage::Add,
                ModelPage::ReadRow,
                ModelPage::Export,
                ModelPage::Import,
                ModelPage::Views,
                ModelPage::Object(key.clone()),
                ModelPage::Change(key.clone()),
                ModelPage::Delete(key.clone()),
                ModelPage::History(key.clone()),
                ModelPage::Password(key),
            ])
        })
    }

    fn address() -> impl Strategy<Value = Address> {
        let plain = prop::sample::select(vec![
            Address::Root,
            Address::Metrics,
            Address::Healthy,
            Address::Ready,
            Address::Index,
            Address::Login,
            Address::Logout,
            Address::PasswordChange,
            Address::PasswordChanged,
            Address::Sessions,
            Address::Tokens,
            Address::Theme,
            Address::Timezone,
            Address::Autocomplete,
            Address::Palette,
            Address::Search,
            Address::App("sla"),
            Address::App("auth"),
            Address::AppPage("sla", "timeline"),
            Address::Model(MODELS[0], ModelPage::Added(ObjectKey::from(7), "explain")),
        ]);
        let of_model = (prop::sample::select(MODELS.to_vec()), page());
        prop_oneof![
            plain,
            "[!-~]{0,20}".prop_map(Address::Static),
            of_model.prop_map(|(model, page)| Address::Model(model, page)),
        ]
    }

    proptest! {
        #[test]
        fn an_address_is_read_back_as_it_was_written(address in address()) {
            prop_assert_eq!(Address::parse(&address.to_string(), &names()), Some(address));
        }

        #[test]
        fn a_path_is_written_back_as_it_was_read(path in "/(admin|static|metrics|-)?(/([a-z]{0,8}|sla|label|[0-9]{1,3}|change)){0,5}/?") {
            if let Some(address) = Address::parse(&path, &names()) {
                prop_assert_eq!(address.to_string(), path);
            }
        }
    }

    #[test]
    fn unknown_models_and_pages_have_no_address() {
        for path in [
            "",
            "admin/",
            "/admin",
            "/admin/none/",
            "/admin/sla/none/",
            "/admin/sla/label/1/none/",
            "/admin/sla/label/1/explain/",
            "/admin/auth/timeline/",
            "/admin/sla/timeline/1/",
            "/static",
            "//",
        ] {
            assert_eq!(Address::parse(path, &names()), None, "{path}");
        }
    }
}
