//! Permissions as values, and [`Permit`], the proof that one was checked.

use std::fmt;

/// A kind of object: its app and its name, as in URLs, permissions and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Model {
    /// The group of models, e.g. `sla`.
    pub app: &'static str,
    /// The model itself, e.g. `slawindow`.
    pub name: &'static str,
    /// What people call one of them, e.g. `SLA window`.
    pub title: &'static str,
}

impl Model {
    /// Returns the right to do `action` to objects of this model.
    #[must_use]
    pub const fn permission(self, action: Action) -> Permission {
        Permission { action, model: self }
    }
}

impl fmt::Display for Model {
    /// Returns `sla.component`: the form of the audit log's `content_type`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.app, self.name)
    }
}

/// What can be done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make one.
    Add,
    /// Change one.
    Change,
    /// Delete one.
    Delete,
    /// Take them out as a file, which leaves the admin's sight.
    Export,
    /// See one.
    View,
}

impl Action {
    /// Every action, in the order of their names.
    pub const ALL: [Self; 5] = [Self::Add, Self::Change, Self::Delete, Self::Export, Self::View];

    /// Returns `add`, `change`, `delete`, `export` or `view`: the form of codenames and, of the first three, of the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Change => "change",
            Self::Delete => "delete",
            Self::Export => "export",
            Self::View => "view",
        }
    }
}

/// The right to do an action to objects of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Permission {
    /// What is done.
    pub action: Action,
    /// To which kind of object.
    pub model: Model,
}

impl Permission {
    /// Returns `change_component`.
    #[must_use]
    pub fn codename(self) -> String {
        format!("{}_{}", self.action.as_str(), self.model.name)
    }

    /// Returns `sla | component | Can change component`: how pages offer it.
    #[must_use]
    pub fn label(self) -> String {
        let Model { app, title, .. } = self.model;
        format!("{app} | {title} | Can {} {title}", self.action.as_str())
    }
}

impl fmt::Display for Permission {
    /// Returns `sla.change_component`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.model.app, self.codename())
    }
}

/// The proof that an actor holds a permission in the transaction that writes; only [`super::Acting`] makes one, and every audited write asks
/// for one.
#[derive(Debug)]
pub struct Permit(Permission);

impl Permit {
    pub(super) fn new(permission: Permission) -> Self {
        Self(permission)
    }

    /// Returns what was permitted.
    #[must_use]
    pub fn permission(&self) -> Permission {
        self.0
    }
}

/// The actor lacks a permission.
#[derive(Debug, thiserror::Error)]
#[error("{actor} has no permission {permission}")]
pub struct Denied {
    /// Who asked.
    pub actor: String,
    /// For what.
    pub permission: Permission,
}
