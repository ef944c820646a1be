//! What a token may be used for.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::auth::permission::{Action, Model, Permission};

/// The app whose objects programs read and change. Accounts and logs are not among them: no token gives itself or another one more rights.
const REACHED_APP: &str = "sla";

/// What the user of a token must be permitted that opens the metrics: they show components with their labels.
pub(super) const SHOWN_BY_METRICS: [Permission; 2] = [may_view("component"), may_view("label")];

const fn may_view(name: &'static str) -> Permission {
    let model = Model {
        app: REACHED_APP,
        name,
        title: name,
    };
    model.permission(Action::View)
}

/// Something that a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenScope {
    /// To write files by `apply`; what a plan shows of what is stored is part of it.
    Apply,
    /// To read the metrics.
    Metrics,
    /// To read components, windows, calendars and their hours.
    Read,
}

impl TokenScope {
    /// Every scope, in the order of their names.
    pub const ALL: [Self; 3] = [Self::Apply, Self::Metrics, Self::Read];

    /// Returns `apply`, `metrics` or `read`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Metrics => "metrics",
            Self::Read => "read",
        }
    }

    /// Returns what it permits, in words for forms.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Apply => "apply files: add, change and delete",
            Self::Metrics => "read /metrics",
            Self::Read => "export, and read hours and explanations",
        }
    }

    fn allows(self, permission: Permission) -> bool {
        let of_app = permission.model.app == REACHED_APP;
        match self {
            Self::Apply => of_app,
            Self::Read => of_app && matches!(permission.action, Action::Export | Action::View),
            Self::Metrics => false,
        }
    }
}

impl FromStr for TokenScope {
    type Err = String;

    /// Reads the name of a scope.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.name() == text);
        found.ok_or_else(|| format!("there is no scope `{text}`; there are apply, metrics and read"))
    }
}

/// The scopes of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenScopes(BTreeSet<TokenScope>);

impl TokenScopes {
    /// Returns whether `scope` is among them.
    #[must_use]
    pub fn has(&self, scope: TokenScope) -> bool {
        self.0.contains(&scope)
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether they reach as far as `permission`, if the user has it.
    #[must_use]
    pub fn allow(&self, permission: Permission) -> bool {
        self.0.iter().any(|scope| scope.allows(permission))
    }

    /// Returns the names in their order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|scope| scope.name())
    }

    /// Reads what `to_string` wrote. A scope that this program does not know permits nothing.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        text.split(' ').filter_map(|name| name.parse().ok()).collect()
    }
}

impl FromIterator<TokenScope> for TokenScopes {
    fn from_iter<I: IntoIterator<Item = TokenScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl std::fmt::Display for TokenScopes {
    /// Writes the names with a blank between them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.names().collect::<Vec<_>>().join(" "))
    }
}
