//! What the forms of all models share: a plan of one change, carried out as `apply` carries out many.

use std::collections::HashMap;

use super::apply::{execute, link_keys};
use super::change::ObjectChange;
use super::change_plan::ChangePlan;
use super::kinds::FileKind;
use crate::admin::input::FormInput;
use crate::admin::model::{NamedObject, Refusal, Saved};
use crate::apps::listed::ObjectParts;
use crate::apps::sla::rule::{self, RuleRow};
use crate::apps::sla::stored::Stored;
use crate::audit::{Error, Tx};
use crate::db;

/// The most warnings of one save.
const WARNINGS_MAX: usize = 10;

/// Returns names of users, and how many more there are.
#[must_use]
pub fn users(mut names: Vec<String>, count: i64) -> Vec<String> {
    let more = count - i64::try_from(names.len()).unwrap_or(count);
    if more > 0 {
        names.push(format!("… and {more} more"));
    }
    names
}

/// Returns what storing the posted forms of `stored` objects would change; those that are gone, or whose form is refused, are left out.
///
/// # Errors
/// Those of `read`, which returns what a form says of an object.
pub fn changes<S: PartialEq>(
    forms: &mut [(i64, FormInput<'_>)],
    stored: Vec<Stored<S>>,
    mut read: impl FnMut(&mut FormInput<'_>, &Stored<S>) -> db::Result<S>,
) -> db::Result<Vec<ObjectChange<S>>> {
    let mut stored: HashMap<i64, Stored<S>> = stored.into_iter().map(|stored| (stored.id, stored)).collect();
    let mut changes = Vec::with_capacity(forms.len());
    for (id, input) in forms {
        let Some(stored) = stored.remove(id) else { continue };
        let after = read(input, &stored)?;
        let change = ObjectChange::between(Some(stored), after);
        changes.extend(change.filter(|_| input.is_valid()));
    }
    Ok(changes)
}

/// Carries out `plan` in the transaction of a form; returns the keys of what was added.
///
/// # Errors
/// [`Refusal::Rule`] for what a constraint of the schema refuses, and what else stops a transaction.
pub fn carry_out(tx: &mut Tx<'_>, plan: &ChangePlan) -> Result<Vec<i64>, Refusal> {
    let keys = link_keys(tx.reader(), plan)?;
    execute(tx, keys, plan, &mut |_| {}).map_err(|error| match error {
        Error::Database(db::Error::Violation(message)) => Refusal::Rule(format!("The database refused it: {message}.")),
        error => error.into(),
    })
}

/// Stores what a form says of what is `stored`, or of a new object.
///
/// # Errors
/// [`Refusal`]; the transaction is then rolled back.
pub fn store<S: FileKind>(
    tx: &mut Tx<'_>,
    stored: Option<Stored<S>>,
    after: S,
    warnings: Vec<String>,
) -> Result<Saved, Refusal> {
    store_saying(tx, stored, after, warnings, |_, _| Ok(None))
}

/// Stores the same; `outcome` says what comes of the plan, before it is carried out.
///
/// # Errors
/// [`Refusal`]; the transaction is then rolled back.
pub fn store_saying<S: FileKind>(
    tx: &mut Tx<'_>,
    stored: Option<Stored<S>>,
    after: S,
    warnings: Vec<String>,
    outcome: impl FnOnce(&mut Tx<'_>, &ChangePlan) -> db::Result<Option<String>>,
) -> Result<Saved, Refusal> {
    let id = stored.as_ref().map(|stored| stored.id);
    let title = after.title();
    let change = ObjectChange::between(stored, after);
    let changed = change.is_some();
    let plan = ChangePlan::of(change);
    let outcome = outcome(tx, &plan)?;
    let added = carry_out(tx, &plan)?;
    let id = id.or(added.first().copied()).ok_or(db::Error::NotFound)?;
    Ok(Saved {
        outcome,
        ..saved(id, title, changed, warnings)
    })
}

/// Deletes objects.
///
/// # Errors
/// [`Refusal`]; the transaction is then rolled back.
pub fn delete<S: FileKind>(tx: &mut Tx<'_>, stored: Vec<Stored<S>>) -> Result<(), Refusal> {
    let plan = ChangePlan::of(stored.into_iter().map(ObjectChange::deletion));
    carry_out(tx, &plan).map(drop)
}

/// Returns what a save says.
#[must_use]
pub fn saved(id: i64, title: String, changed: bool, warnings: Vec<String>) -> Saved {
    Saved {
        id,
        title,
        changed,
        outcome: None,
        warnings: first_warnings(warnings),
    }
}

/// Returns of many warnings the first: a page has room for some, and success is not to be drowned.
#[must_use]
pub fn first_warnings(mut warnings: Vec<String>) -> Vec<String> {
    let more = warnings.len().saturating_sub(WARNINGS_MAX);
    if more > 0 {
        warnings.truncate(WARNINGS_MAX);
        warnings.push(format!(
            "There are {more} more warnings; the command `check` lists all of them."
        ));
    }
    warnings
}

/// Says what rules are, as their form reads them, by the key of the window or calendar that each belongs to; `key` finds that. Rules of
/// calendars have no effect to speak of.
#[must_use]
pub fn rules_in_words(rules: &[RuleRow], has_effect: bool, key: impl Fn(&RuleRow) -> Option<i64>) -> ObjectParts {
    let mut parts = ObjectParts::new();
    for rule in rules {
        let Some(key) = key(rule) else { continue };
        let words = match rule.read() {
            Ok(definition) => {
                let words = rule::describe::words_with_effect(&definition, has_effect.then(|| rule.effect()));
                match definition.note.as_str() {
                    "" => format!("rule: {words}"),
                    note => format!("rule: {words} ({note})"),
                }
            }
            Err(error) => format!("rule that cannot be read: {error}"),
        };
        parts.entry(key).or_default().push(NamedObject::from(words));
    }
    parts
}

/// Says beside the field `name` that another object has a name with the same key.
pub fn refuse_twin(input: &mut FormInput<'_>, singular: &str, name: &str, twin: &str) {
    if twin == name {
        input.refuse("name", format!("{singular} with this Name already exists."));
    } else {
        input.refuse("name", format!("{singular} with this Name already exists: “{twin}”."));
    }
}
