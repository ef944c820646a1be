//! An object as its form shows it, and what a save of it gives.

use std::collections::BTreeMap;

use super::past::StoredState;
use crate::auth;

/// Values of form fields by name, each as HTML posts it: none, one or several texts.
pub type FormValues = BTreeMap<String, Vec<String>>;

/// An object, ready for its form.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// Its key; 0 for one that is not stored yet.
    pub id: i64,
    /// Its version.
    pub version: i64,
    /// How people call it.
    pub title: String,
    /// Its fields.
    pub values: FormValues,
    /// The rows of its inline, each with its key under `id`.
    pub rows: Vec<FormValues>,
    /// What the page says beside the form.
    pub side_panels: Vec<SidePanel>,
    /// What an earlier state had and cannot have again, because it is not there any more.
    pub missing: Vec<NotRestored>,
    /// Of which other objects it speaks, if it does.
    pub about: Option<About>,
}

/// What stands in the place of what a user may not view.
pub const NOT_SHOWN: &str = "(you may not view it)";

/// Other objects that an object names: users without the permission to view all of them see none of these fields, and of an object that is called
/// after them ([`ModelAdmin::is_called_after_others`](super::ModelAdmin::is_called_after_others)) neither its title nor its side panels.
#[derive(Clone, Debug)]
pub struct About {
    /// Their models.
    pub models: Vec<auth::Model>,
    /// The fields that name them.
    pub fields: &'static [&'static str],
}

/// Says of which other objects one with a state of the audit log or of a file speaks, if it does, beside those that its fields choose; nothing stands
/// for a state that cannot be read, of which it says what it may speak of.
pub type AboutState = fn(Option<&StoredState>) -> Option<About>;

impl About {
    /// Says of every state that it speaks of no others.
    pub const NOTHING: AboutState = |_| None;

    /// Returns whether some of them are objects of models that a user may not view.
    #[must_use]
    pub fn is_of_any(&self, hidden: &[auth::Model]) -> bool {
        self.models.iter().any(|model| hidden.contains(model))
    }
}

/// What an earlier state of an object had and cannot have again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRestored {
    /// What kind of thing it is: `SLA window`.
    pub kind: &'static str,
    /// How it was called.
    pub title: String,
    /// The model of the object that it was; nothing if it was no object.
    pub model: Option<auth::Model>,
}

impl NotRestored {
    /// Returns an object of this model, called so.
    #[must_use]
    pub fn object(model: auth::Model, title: impl Into<String>) -> Self {
        Self {
            kind: model.title,
            title: title.into(),
            model: Some(model),
        }
    }
}

/// What a page says beside a form.
#[derive(Clone, Debug, Default)]
pub struct SidePanel {
    /// Its title.
    pub title: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// Further lines that name objects, for users with the permission to view them.
    pub users: Vec<ObjectLines>,
    /// The list that shows all that it speaks of: the model and the query string. The title leads there for users with the permission to view it.
    pub list: Option<(auth::Model, String)>,
}

/// Lines that name objects of one model.
#[derive(Clone, Debug)]
pub struct ObjectLines {
    /// The model.
    pub model: auth::Model,
    /// The lines.
    pub lines: Vec<String>,
    /// How many objects there are, those that no line names among them.
    pub count: i64,
}

impl SidePanel {
    /// Returns a panel that names objects.
    #[must_use]
    pub fn naming(title: String, users: Vec<ObjectLines>) -> Self {
        Self {
            title,
            users,
            ..Self::default()
        }
    }

    /// Returns its title leads to a list.
    #[must_use]
    pub fn leading_to(mut self, model: auth::Model, query: String) -> Self {
        self.list = Some((model, query));
        self
    }
}

impl From<(String, Vec<String>)> for SidePanel {
    fn from((title, lines): (String, Vec<String>)) -> Self {
        Self {
            title,
            lines,
            ..Self::default()
        }
    }
}

/// What was saved.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The object's key.
    pub id: i64,
    /// How people call it.
    pub title: String,
    /// Whether anything changed.
    pub changed: bool,
    /// What came of it, in a sentence without its full stop, if there is anything to say.
    pub outcome: Option<String>,
    /// What to mind.
    pub warnings: Vec<String>,
}

/// Something in words, and the object that it speaks of, for pages to lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedObject {
    /// What is said.
    pub words: String,
    /// The object.
    pub object: Option<(auth::Model, i64)>,
}

impl NamedObject {
    /// Returns an object in words.
    #[must_use]
    pub fn object(model: auth::Model, id: i64, words: String) -> Self {
        Self {
            words,
            object: Some((model, id)),
        }
    }
}

impl From<String> for NamedObject {
    fn from(words: String) -> Self {
        Self { words, object: None }
    }
}
