//! What the engine asks of a model. It names no table and no field.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::input::Input;
use super::spec::{Sort, Spec};
use super::transfer::Exchange;
use crate::audit::{self, Tx};
use crate::auth::password::PasswordHash;
use crate::auth::{self, Account};
use crate::db::{self, Conn};

/// What a list shows, decided by the engine from the query string.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Each must be found in some searched column.
    pub terms: Vec<String>,
    /// Values of filters, checked: any of one filter's, all of the filters.
    pub filters: Vec<(&'static str, Vec<String>)>,
    /// Instants of the date hierarchy's column, half-open.
    pub between: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Columns and the instants that they may have, half-open.
    pub instants: Vec<(&'static str, NaiveDateTime, NaiveDateTime)>,
    /// Columns and the numbers that they may have, both ends included.
    pub numbers: Vec<(&'static str, i64, i64)>,
    /// The order; the key breaks ties, in the direction of the first.
    pub sort: Vec<Sort>,
    /// Whether the order is turned round as a whole: the last page is then the first, and as quick.
    pub backwards: bool,
    /// Only rows of these keys.
    pub keys: Option<Vec<i64>>,
    /// Whether so many rows pass that walking them in their order finds a page sooner than looking up all that pass.
    pub many: bool,
}

impl Wanted {
    /// Returns the values of one filter.
    #[must_use]
    pub fn filter(&self, key: &str) -> Option<&[String]> {
        self.filters
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, values)| values.as_slice())
    }

    /// Returns the order, turned round if wanted: column and whether it descends. The key follows the first of them.
    pub fn order(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.sort
            .iter()
            .map(|sort| (sort.key, sort.descending != self.backwards))
    }

    /// Returns whether the key, which breaks ties, descends.
    #[must_use]
    pub fn key_descends(&self) -> bool {
        self.sort.first().is_some_and(|sort| sort.descending) != self.backwards
    }

    /// Returns whether every row is wanted.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.is_by_filters_alone() && self.filters.is_empty()
    }

    /// Returns whether nothing but filters narrows the list, if anything does.
    #[must_use]
    pub fn is_by_filters_alone(&self) -> bool {
        self.terms.is_empty()
            && self.between.is_none()
            && self.instants.is_empty()
            && self.numbers.is_empty()
            && self.keys.is_none()
    }
}

/// A row of a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The object's key.
    pub id: i64,
    /// The object's version.
    pub version: i64,
    /// How people call it.
    pub title: String,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text; shown as a dash when blank.
    Text(String),
    /// A text that speaks of objects of these models, for those who may view all of them.
    Of(Vec<auth::Model>, String),
    /// A yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// An instant, UTC, shown in the viewer's zone.
    Instant(Option<NaiveDateTime>),
    /// Several objects in few words, or short texts.
    Many(Vec<Named>),
    /// A yes or no with its words: inside or outside.
    State(bool, String),
}

/// Values of form fields by name, each as HTML posts it: none, one or several texts.
pub type Values = BTreeMap<String, Vec<String>>;

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
    pub values: Values,
    /// The rows of its inline, each with its key under `id`.
    pub rows: Vec<Values>,
    /// What the page says beside the form.
    pub remarks: Vec<Remark>,
    /// What an earlier state had and cannot have again, because it is not there any more.
    pub missing: Vec<Missing>,
    /// Of which other objects it speaks, if it does.
    pub about: Option<About>,
}

/// Other objects of which an object speaks: those who may not view all of them see neither its title, nor these fields, nor its remarks.
#[derive(Clone, Debug)]
pub struct About {
    /// Their models.
    pub models: Vec<auth::Model>,
    /// The fields that name them.
    pub fields: &'static [&'static str],
}

/// What an earlier state of an object had and cannot have again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What kind of thing it is: `SLA window`.
    pub kind: &'static str,
    /// How it was called.
    pub title: String,
    /// The model of the object that it was; nothing if it was no object.
    pub model: Option<auth::Model>,
}

impl Missing {
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
pub struct Remark {
    /// Its title.
    pub title: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// Further lines that name objects, for those who may view them.
    pub users: Vec<Users>,
    /// The list that shows all that it speaks of: the model and the query string. The title leads there for those who may see it.
    pub list: Option<(auth::Model, String)>,
}

/// Lines that name objects of one model.
#[derive(Clone, Debug)]
pub struct Users {
    /// The model.
    pub model: auth::Model,
    /// The lines.
    pub lines: Vec<String>,
    /// How many objects there are, those that no line names among them.
    pub count: i64,
}

impl Remark {
    /// Returns a remark that names objects.
    #[must_use]
    pub fn naming(title: String, users: Vec<Users>) -> Self {
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

impl From<(String, Vec<String>)> for Remark {
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
    /// What to mind.
    pub warnings: Vec<String>,
}

/// What is wrong with one field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name.
    pub field: &'static str,
    /// A sentence.
    pub message: String,
}

fn sentences(errors: &[FieldError]) -> String {
    let mut sentences = Vec::new();
    for FieldError { field, message } in errors {
        sentences.push(format!("{field}: {message}"));
    }
    sentences.join(" ")
}

/// Why nothing was saved or deleted.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The input holds the errors, beside their fields.
    #[error("the form has errors")]
    Input,
    /// Fields are wrong; a form shows the errors beside them.
    #[error("{}", sentences(.0))]
    Fields(Vec<FieldError>),
    /// A rule of the model forbids it.
    #[error("{0}")]
    Rule(String),
    /// The permission, the database or the trail.
    #[error(transparent)]
    Audit(#[from] audit::Error),
}

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        Self::Audit(error.into())
    }
}

/// What deleting takes along and what forbids it.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    /// How many of which kind go, the objects themselves first.
    pub counts: Vec<(String, u64)>,
    /// The objects and what goes with each, samples of both.
    pub tree: Vec<(Named, Vec<Named>)>,
    /// What still uses them; then nothing can be deleted.
    pub protected: Vec<Named>,
}

/// Something in words, and the object that it speaks of, for pages to lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What is said.
    pub words: String,
    /// The object.
    pub object: Option<(auth::Model, i64)>,
}

impl Named {
    /// Returns an object in words.
    #[must_use]
    pub fn object(model: auth::Model, id: i64, words: String) -> Self {
        Self {
            words,
            object: Some((model, id)),
        }
    }
}

impl From<String> for Named {
    fn from(words: String) -> Self {
        Self { words, object: None }
    }
}

/// An object that has come to its end or soon will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The object's key.
    pub id: i64,
    /// How people call it.
    pub title: String,
    /// A predicate: `has ended: …`.
    pub words: String,
    /// Days until the end; negative if it is past.
    pub days: i64,
}

/// A number that tells at a glance how things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The number.
    pub count: u64,
    /// What it counts.
    pub words: &'static str,
    /// How it is meant.
    pub tone: Tone,
    /// The query string of the model's list that shows those that it counts, if there is one.
    pub query: Option<&'static str>,
}

/// How a number is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither good nor bad.
    Quiet,
    /// To be looked at.
    Warn,
    /// Wrong.
    Bad,
}

/// Says why no object of a model can be chosen by a user who may not view them: the same of those that exist and of others, so that
/// nobody can find out which there are.
#[must_use]
pub fn not_to_choose(model: auth::Model) -> String {
    format!("You may not view {}s, so none can be chosen here.", model.title)
}

/// What a row of a form says, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowWords {
    /// The row as a sentence; empty if it has errors.
    pub words: String,
    /// When it comes next, the nearest first.
    pub next: Vec<String>,
    /// What to mind about it.
    pub notes: Vec<String>,
}

/// A model of the admin.
pub trait ModelAdmin: Send + Sync {
    /// Returns the declaration.
    fn spec(&self) -> Spec;

    /// Returns how many rows there are, counted no further than `limit`.
    fn count(&self, conn: &mut Conn, wanted: &Wanted, limit: i64) -> db::Result<i64>;

    /// Returns some rows.
    fn rows(&self, conn: &mut Conn, wanted: &Wanted, offset: i64, limit: i64) -> db::Result<Vec<Row>>;

    /// Returns the keys of all rows, at most `limit`.
    fn keys(&self, conn: &mut Conn, wanted: &Wanted, limit: i64) -> db::Result<Vec<i64>>;

    /// Returns the keys of all rows, in the order of the list.
    fn keys_in_order(&self, conn: &mut Conn, wanted: &Wanted) -> db::Result<Vec<i64>> {
        self.keys(conn, wanted, i64::MAX)
    }

    /// Returns how its objects go out as files and come in from them; nothing if they do not.
    fn exchange(&self) -> Option<&dyn Exchange> {
        None
    }

    /// Returns an object.
    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>>;

    /// Returns an object that is not stored yet, with its first values.
    fn blank(&self) -> Object {
        Object::default()
    }

    /// Returns the first or the last instant that the date hierarchy's column has among the rows.
    fn date(&self, _conn: &mut Conn, _wanted: &Wanted, _last: bool) -> db::Result<Option<NaiveDateTime>> {
        Ok(None)
    }

    /// Returns how many of the rows each value of a filter has; a value that none has may be missing.
    fn facets(&self, _conn: &mut Conn, _filter: &str, _wanted: &Wanted) -> db::Result<Vec<(String, i64)>> {
        Ok(Vec::new())
    }

    /// Returns whether a filter of listed texts can have this value at all.
    fn is_filter_value(&self, _filter: &str, _value: &str) -> bool {
        true
    }

    /// Returns what a filter or a field offers: value and words, at most `limit`, containing `term`.
    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>>;

    /// Does what takes its time before a save begins, outside of its transaction: a password's hash is made here.
    fn prepare(&self, _id: Option<i64>, _input: &mut Input<'_>) {}

    /// Returns whether `account`, who may do `action` to objects of the model, may do it to this one: to look, to change (which includes
    /// its password) or to delete. Asked by every page of an object, and of each object that an action or an edited list is for.
    fn may(&self, _conn: &mut Conn, _account: &Account, _action: auth::Action, _id: i64) -> db::Result<bool> {
        Ok(true)
    }

    /// Returns what a row of the inline says, while it is typed: `input` holds its fields under `row-…`, and the form's own beside them.
    /// Nothing if there are no words for rows.
    fn read_row(&self, _input: &mut Input<'_>, _row: &str) -> Option<RowWords> {
        None
    }

    /// Stores an object, new or old. The caller has compared versions.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut Input<'_>) -> Result<Saved, Refusal>;

    /// Returns the objects of these keys, in their order; those that are not there are left out.
    fn objects(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Object>> {
        let mut objects = Vec::with_capacity(ids.len());
        for id in ids {
            objects.extend(self.object(conn, *id)?);
        }
        Ok(objects)
    }

    /// Stores many objects that are stored already, each as its form says: what became of each, in their order. What is refused is
    /// not stored, and says so in its form or in its refusal. The caller has compared versions, and rolls back if it wants all or
    /// none. A model with many objects shares between them what [`ModelAdmin::save`] looks up for one.
    ///
    /// # Errors
    /// [`Refusal`] of all of them; the transaction is then rolled back.
    fn save_many(
        &self,
        tx: &mut Tx<'_>,
        forms: &mut [(i64, Input<'_>)],
    ) -> Result<Vec<Result<Saved, Refusal>>, Refusal> {
        let mut outcomes: Vec<Result<Saved, Refusal>> = Vec::with_capacity(forms.len());
        for (id, input) in forms {
            let outcome = match self.save(tx, Some(*id), input) {
                // After a statement that was refused, PostgreSQL takes no other in the same transaction.
                Err(Refusal::Audit(audit::Error::Database(_)))
                    if outcomes.iter().any(|outcome| matches!(outcome, Err(Refusal::Rule(_)))) =>
                {
                    Err(Refusal::Rule(
                        "This was not tried, because another one was refused.".to_owned(),
                    ))
                }
                Err(Refusal::Audit(error)) => return Err(error.into()),
                outcome => outcome,
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Returns what deleting would do.
    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion>;

    /// Deletes objects.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal>;

    /// Returns whether its objects have passwords.
    fn has_password(&self) -> bool {
        false
    }

    /// Returns what is wrong with a password for this object.
    fn password_complaints(&self, _conn: &mut Conn, _id: i64, _password: &str) -> db::Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Sets the password of an object that has one; with `must_change` its user has to choose another one at the next login. The hash is made before: it takes its time, and a transaction that writes holds
    /// up all others.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn set_password(
        &self,
        _tx: &mut Tx<'_>,
        _id: i64,
        _password: &PasswordHash,
        _must_change: bool,
    ) -> Result<(), Refusal> {
        Err(Refusal::Rule("This has no password.".to_owned()))
    }

    /// Sets the time zone of a user, the field `timezone` of `input`; an empty one is none. Gives whether anything changed.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn set_timezone(&self, _tx: &mut Tx<'_>, _id: i64, _input: &mut Input<'_>) -> Result<bool, Refusal> {
        Err(Refusal::Rule("This has no time zone.".to_owned()))
    }

    /// Carries out one of the declared actions.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn act(&self, _tx: &mut Tx<'_>, action: &str, _ids: &[i64]) -> Result<usize, Refusal> {
        Err(Refusal::Rule(format!("there is no action `{action}`")))
    }

    /// Numbers for the start page, from what is at hand: no query, and quick with 100,000 objects.
    fn glances(&self) -> Vec<Glance> {
        Vec::new()
    }

    /// Returns the objects that have come to their end or soon will, for the start page.
    fn endings(&self, _conn: &mut Conn) -> db::Result<Vec<Ending>> {
        Ok(Vec::new())
    }

    /// Further links beside an object's history: words and address.
    fn tools(&self, _object: &Object, _can_change: bool) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Returns the form values that a state of the audit trail stands for, to restore it, and what of it is missing; nothing if it cannot
    /// be restored.
    fn restored(&self, _conn: &mut Conn, _state: &Map<String, Value>) -> db::Result<Option<Object>> {
        Ok(None)
    }
}
