//! What the forms of all models share: a plan of one change, carried out as `apply` carries out many.

use super::apply::execute;
use super::change::{Change, Plan};
use super::document::draft::{NAME_LENGTH_MAX, TEXT_LENGTH_MAX};
use super::keys::Keys;
use crate::admin::input::FormInput;
use crate::admin::model::{NamedObject, NotRestored, Refusal, Saved};
use crate::apps::sla::CALENDAR;
use crate::apps::sla::rule::{self, RuleRow};
use crate::apps::sla::selecting::Parts;
use crate::apps::sla::stored::{State, Stored};
use crate::audit::{Error, Tx};
use crate::db;
use crate::text;

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

/// Returns `1 component`, `2 components`.
#[must_use]
pub fn counted(count: i64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// Carries out `plan` in the transaction of a form.
///
/// # Errors
/// [`Refusal::Rule`] for what a constraint of the schema refuses, and what else stops a transaction.
pub fn carry_out(tx: &mut Tx<'_>, plan: &Plan) -> Result<(), Refusal> {
    let keys = Keys::load(tx.reader())?;
    execute(tx, keys, plan, &mut |_| {}).map_err(|error| match error {
        Error::Database(db::Error::Violation(message)) => Refusal::Rule(format!("The database refused it: {message}.")),
        error => error.into(),
    })
}

/// Returns the change from a stored state, if there is one, to `after`; nothing if they are the same. What could only be read in part is
/// written anew in any case.
#[must_use]
pub fn change<T: State>(stored: Option<Stored<T>>, after: T) -> Option<Change<T>> {
    match stored {
        None => Some(Change::Add(after)),
        Some(stored) if stored.unreadable.is_none() && stored.state == after => None,
        Some(stored) => Some(Change::Update {
            id: stored.id,
            version: stored.version,
            before: stored.state,
            after,
        }),
    }
}

/// Returns what a save says. Of many warnings the first: the next page has room for some, and success is not to be drowned.
#[must_use]
pub fn saved(id: i64, title: String, changed: bool, mut warnings: Vec<String>) -> Saved {
    let more = warnings.len().saturating_sub(WARNINGS_MAX);
    if more > 0 {
        warnings.truncate(WARNINGS_MAX);
        warnings.push(format!(
            "There are {more} more warnings; the command `check` tells all of them."
        ));
    }
    Saved {
        id,
        title,
        changed,
        warnings,
    }
}

/// Says what rules are, as their form reads them, by the key of the window or calendar that each belongs to; `key` finds that. Rules of
/// calendars have no effect to speak of.
#[must_use]
pub fn rules_in_words(rules: &[RuleRow], has_effect: bool, key: impl Fn(&RuleRow) -> Option<i64>) -> Parts {
    let mut parts = Parts::new();
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

/// Returns the calendars among `wanted` of which there are none of these names.
#[must_use]
pub fn missing_calendars(wanted: &[String], known: &[(i64, String)]) -> Vec<NotRestored> {
    let missing = wanted
        .iter()
        .filter(|name| known.iter().all(|(_, known)| known != *name));
    missing
        .map(|name| NotRestored::object(CALENDAR, name.clone()))
        .collect()
}

/// Reads a text of several lines; `stored` is what the object has now.
pub fn area(input: &mut FormInput<'_>, name: &str, stored: Option<&str>) -> Option<String> {
    input.take(name, |text| {
        let text = text::settle_area(stored, text);
        match text.chars().count() {
            _ if text.contains('\0') => Err("The text holds a NUL character.".to_owned()),
            length if length > TEXT_LENGTH_MAX && stored != Some(text.as_str()) => Err(format!(
                "The text has at most {TEXT_LENGTH_MAX} characters, not {length}."
            )),
            _ => Ok(text),
        }
    })
}

/// Reads a text of one line that may be empty; `stored` is what the object has now.
pub fn line(input: &mut FormInput<'_>, name: &str, stored: Option<&str>) -> Option<String> {
    let check = |text: &str| text::check_line(text, TEXT_LENGTH_MAX);
    input.take(name, |text| text::settle_line(stored, text, check))
}

/// Reads the name of a window or calendar; `stored` is the one that it has now.
pub fn name(input: &mut FormInput<'_>, stored: Option<&str>) -> Option<String> {
    input.take_required("name", |text| {
        text::settle_line(stored, text, |name| text::check_name(name, NAME_LENGTH_MAX))
    })
}

/// Says beside the field `name` that another object has a name with the same key.
pub fn refuse_twin(input: &mut FormInput<'_>, singular: &str, name: &str, twin: &str) {
    if twin == name {
        input.refuse("name", format!("{singular} with this Name already exists."));
    } else {
        input.refuse("name", format!("{singular} with this Name already exists: “{twin}”."));
    }
}

/// Returns names behind the keys that a multiple select posted, sorted; an unknown key is an error.
pub fn linked(input: &mut FormInput<'_>, field: &str, names: &std::collections::HashMap<i64, String>) -> Vec<String> {
    let mut linked = Vec::new();
    for value in input.many(field) {
        match value.parse::<i64>().ok().and_then(|id| names.get(&id)) {
            Some(name) => linked.push(name.clone()),
            None => input.refuse(
                field,
                format!("“{value}” is not one of the choices. Perhaps it was deleted meanwhile."),
            ),
        }
    }
    linked.sort();
    linked.dedup();
    linked
}
