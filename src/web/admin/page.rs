//! The pages of the admin by their addresses. A new page is a variant here, for which the compiler asks for a pattern and a view, so that
//! no page is missing from the metrics.

use crate::admin::context::TIMEZONE;
use crate::admin::site::{Entry, Site};
use crate::web::request::metrics::UNMATCHED;

/// A page of the admin.
#[derive(Clone, Copy)]
pub(super) enum Page<'a> {
    /// The start page.
    Index,
    /// The form for logging in.
    Login,
    /// The end of the session.
    Logout,
    /// The user's own password.
    PasswordChange,
    /// What follows on a change of the own password.
    PasswordChanged,
    /// The user's sessions.
    Sessions,
    /// The choice of light or dark.
    Theme,
    /// The user's own time zone.
    Timezone,
    /// What a select that searches offers.
    Autocomplete,
    /// What the command palette offers.
    Palette,
    /// The search over all models.
    Search,
    /// The start page of one app.
    App(&'a str),
    /// A page of a model.
    Model(&'a Entry, ModelPage<'a>),
    /// The address of a page without the slash at its end.
    WithoutSlash,
    /// No page.
    Unknown,
}

/// A page of a model; an object is named as the address names it.
#[derive(Clone, Copy)]
pub(super) enum ModelPage<'a> {
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
    /// The views that the user keeps.
    Views,
    /// An object, which leads to its form.
    Object(&'a str),
    /// The form of an object.
    Change(&'a str),
    /// The page before a deletion.
    Delete(&'a str),
    /// The history of an object.
    History(&'a str),
    /// The password of a user.
    Password(&'a str),
}

impl<'a> Page<'a> {
    /// Returns the page at a path from `/admin` on.
    pub(super) fn of(path: &'a str, site: &'a Site) -> Self {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        let Some((&"", parts)) = parts.split_last() else {
            return Self::without_slash(path, site);
        };
        Self::of_parts(parts, site)
    }

    fn of_parts(parts: &[&'a str], site: &'a Site) -> Self {
        match *parts {
            [] => Self::Index,
            ["login"] => Self::Login,
            ["logout"] => Self::Logout,
            ["password_change"] => Self::PasswordChange,
            ["password_change", "done"] => Self::PasswordChanged,
            ["sessions"] => Self::Sessions,
            ["theme"] => Self::Theme,
            ["timezone"] => Self::Timezone,
            ["autocomplete"] => Self::Autocomplete,
            ["palette"] => Self::Palette,
            ["search"] => Self::Search,
            [app] if site.entries().iter().any(|entry| entry.spec.model.app == app) => Self::App(app),
            [app, model, ref rest @ ..] => match site.find(app, model) {
                Some(entry) => ModelPage::of(rest, entry).map_or(Self::Unknown, |page| Self::Model(entry, page)),
                None => Self::Unknown,
            },
            [_] => Self::Unknown,
        }
    }

    fn without_slash(path: &'a str, site: &'a Site) -> Self {
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        match Self::of_parts(&parts, site) {
            Self::Unknown => Self::Unknown,
            _ => Self::WithoutSlash,
        }
    }

    /// Returns the pattern of the address, the label `route` of metrics.
    pub(super) fn pattern(self) -> &'static str {
        match self {
            Self::Index => "/admin/",
            Self::Login => super::LOGIN,
            Self::Logout => "/admin/logout/",
            Self::PasswordChange => super::PASSWORD_CHANGE,
            Self::PasswordChanged => super::password::DONE,
            Self::Sessions => "/admin/sessions/",
            Self::Theme => super::theme::THEME,
            Self::Timezone => TIMEZONE,
            Self::Autocomplete => "/admin/autocomplete/",
            Self::Palette => "/admin/palette/",
            Self::Search => "/admin/search/",
            Self::App(_) => "/admin/{app}/",
            Self::Model(_, page) => page.pattern(),
            Self::WithoutSlash => "/admin/{without_slash}",
            Self::Unknown => UNMATCHED,
        }
    }
}

impl<'a> ModelPage<'a> {
    fn of(rest: &[&'a str], entry: &Entry) -> Option<Self> {
        Some(match *rest {
            [] => Self::List,
            ["add"] => Self::Add,
            ["read-row"] => Self::ReadRow,
            ["export"] => Self::Export,
            ["import"] => Self::Import,
            ["views"] => Self::Views,
            [id] => Self::Object(id),
            [id, "change"] => Self::Change(id),
            [id, "delete"] => Self::Delete(id),
            [id, "history"] => Self::History(id),
            [id, "password"] if entry.admin.has_password() => Self::Password(id),
            _ => return None,
        })
    }

    fn pattern(self) -> &'static str {
        match self {
            Self::List => "/admin/{app}/{model}/",
            Self::Add => "/admin/{app}/{model}/add/",
            Self::ReadRow => "/admin/{app}/{model}/read-row/",
            Self::Export => "/admin/{app}/{model}/export/",
            Self::Import => "/admin/{app}/{model}/import/",
            Self::Views => "/admin/{app}/{model}/views/",
            Self::Object(_) => "/admin/{app}/{model}/{id}/",
            Self::Change(_) => "/admin/{app}/{model}/{id}/change/",
            Self::Delete(_) => "/admin/{app}/{model}/{id}/delete/",
            Self::History(_) => "/admin/{app}/{model}/{id}/history/",
            Self::Password(_) => "/admin/{app}/{model}/{id}/password/",
        }
    }
}
