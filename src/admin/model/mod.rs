//! What the engine asks of a model. It names no table and no field.

mod accounts;
mod dashboard;
mod deletion;
mod inline;
mod list;
mod object;
mod past;
mod preview;
mod refusal;
mod tokens;

use serde_json::{Map, Value};

pub use self::accounts::Accounts;
pub use self::dashboard::{Dashboard, DashboardCount, Tone};
pub use self::deletion::Deletion;
pub use self::inline::{InlinePreview, RowWords};
pub use self::list::{COUNT_MAX, KnownTargets, ListCell, ListQuery, ListRow, ModelList, StateThen, TakenKeys};
pub use self::object::{
    About, AboutState, FormValues, NOT_SHOWN, NamedObject, NotRestored, Object, ObjectLines, Saved, SidePanel,
};
pub use self::past::{ChangePart, ChangeWords, LinkedPast, OutcomeWords, PropertyChange, StateWords, StoredState};
pub use self::preview::{
    FormPreview, PreviewBar, PreviewFigures, PreviewImpact, PreviewName, PreviewRect, PreviewRow, PreviewSeconds,
    PreviewSpan, PreviewSum, PreviewWeek, SavePreview,
};
pub use self::refusal::{FieldError, Refusal, not_to_choose};
pub use self::tokens::{OwnToken, TokenWish, Tokens};
use super::input::FormInput;
use super::spec::Spec;
use super::transfer::Exchange;
use crate::audit::{self, Tx};
use crate::auth::{self, Account};
use crate::db::{self, Conn};

/// A model of the admin.
pub trait ModelAdmin: Send + Sync {
    /// Returns the declaration.
    fn spec(&self) -> Spec;

    /// Opens the list, once for each page: it has everything that was committed before.
    ///
    /// # Errors
    /// Those of [`db`].
    fn list(&self, conn: &mut Conn) -> db::Result<Box<dyn ModelList + '_>>;

    /// Returns what the queries of the list take. What is declared and not taken would show rows that were not asked for, so that it is an
    /// error at the start.
    fn taken(&self) -> TakenKeys;

    /// Returns how its objects go out as files and come in from them; nothing if they do not.
    fn exchange(&self) -> Option<&dyn Exchange> {
        None
    }

    /// Returns the passwords and time zones of its objects, if they are users.
    fn accounts(&self) -> Option<&dyn Accounts> {
        None
    }

    /// Returns the tokens of users, if its objects are tokens.
    fn tokens(&self) -> Option<&dyn Tokens> {
        None
    }

    /// Returns what describes the rows of its inline, if anything does.
    fn inline_preview(&self) -> Option<&dyn InlinePreview> {
        None
    }

    /// Returns what says what saving its form would come to, if anything does.
    fn form_preview(&self) -> Option<&dyn FormPreview> {
        None
    }

    /// Returns how it says what changed in the properties of its stored states.
    fn change_words(&self) -> ChangeWords {
        |_, _, _| None
    }

    /// Returns how it says what a change of an object led to.
    fn outcome_words(&self) -> OutcomeWords {
        |_, _, _| None
    }

    /// Returns the other objects whose changes belong to the history of an object, those of one model one after the other. At most so many
    /// entries of the audit log are read of each model to find out what was linked when; what was linked before them is left out.
    fn linked_past(&self, _conn: &mut Conn, _id: i64, _entries_max: i64) -> db::Result<Vec<LinkedPast>> {
        Ok(Vec::new())
    }

    /// Returns what it shows on the start page, if anything.
    fn dashboard(&self) -> Option<&dyn Dashboard> {
        None
    }

    /// Returns an object.
    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>>;

    /// Returns an object as its form has it, without what its page says beside the form.
    fn form_object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        self.object(conn, id)
    }

    /// Returns how it says of which other objects one with a state speaks, because its title or its texts name them. Titles, histories, files, cells
    /// of the log and its searches are covered by what it says, for users without the permission to view these; a model whose texts name no others
    /// says [`About::NOTHING`].
    fn about(&self) -> AboutState;

    /// Returns whether an object that speaks of others is called after them: its title, and what its pages say beside the form, are then for users
    /// with the permission to view those.
    fn is_called_after_others(&self) -> bool {
        true
    }

    /// Returns the version of an object, if it is there.
    fn version(&self, conn: &mut Conn, id: i64) -> db::Result<Option<i64>> {
        Ok(self.form_object(conn, id)?.map(|object| object.version))
    }

    /// Returns an object that is not stored yet, with its first values.
    fn blank(&self) -> Object {
        Object::default()
    }

    /// Returns whether a filter of listed texts can have this value at all.
    fn is_filter_value(&self, _filter: &str, _value: &str) -> bool {
        true
    }

    /// Returns why a parameter beside a filter cannot have this value; nothing if it can.
    fn filter_input_fault(&self, _key: &str, _value: &str) -> Option<String> {
        None
    }

    /// Returns what a filter or a field offers: value and words, at most `limit`, containing `term`.
    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>>;

    /// Returns whether `account`, which has the permission for `action` on the model, may do it to this object: to look, to change (which includes
    /// its password) or to delete. Asked by every page of an object, and of each object that an action or an edited list is for.
    fn may(&self, _conn: &mut Conn, _account: &Account, _action: auth::Action, _id: i64) -> db::Result<bool> {
        Ok(true)
    }

    /// Stores an object, new or old. The caller has compared versions.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal>;

    /// Returns the objects of these keys, in their order; those that are not there are left out.
    fn objects(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Object>> {
        let mut objects = Vec::with_capacity(ids.len());
        for id in ids {
            objects.extend(self.form_object(conn, *id)?);
        }
        Ok(objects)
    }

    /// Returns how people call the objects of these keys; those that are not there are left out.
    fn titles(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<(i64, String)>> {
        let objects = self.objects(conn, ids)?.into_iter();
        Ok(objects.map(|object| (object.id, object.title)).collect())
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
        forms: &mut [(i64, FormInput<'_>)],
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

    /// Carries out one of the declared actions.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn act(&self, _tx: &mut Tx<'_>, action: &str, _ids: &[i64]) -> Result<usize, Refusal> {
        Err(Refusal::unknown_action(action))
    }

    /// Returns what can be opened of an object beside its page to read, its history and its form: words and address. Those that the user
    /// may not open are left out by the engine.
    fn tools(&self, _object: &Object) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Returns the form values that a state of the audit log stands for, to restore it, and what of it is missing; nothing if it cannot
    /// be restored.
    fn restored(&self, _conn: &mut Conn, _state: &Map<String, Value>) -> db::Result<Option<Object>> {
        Ok(None)
    }
}
