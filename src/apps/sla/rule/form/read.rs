//! Posted rows: fields in, a rule out, each refusal beside its field.

use super::fields::{EFFECT, posted};
use super::rows::{RuleFormOwner, StoredRule, inline};
use crate::admin::input::{FormInput, InputRow};
use crate::apps::sla::rule::fields::RuleFieldFault;
use crate::apps::sla::rule::kind::{RuleField, RuleKind};
use crate::apps::sla::rule::{Effect, RULES_MAX, RuleDefinition, note_line};
use crate::apps::sla::store::rules_that_exist;
use crate::db::{self, Conn};

/// The rules of a form.
#[derive(Default)]
pub struct PostedRules {
    /// What includes time.
    pub includes: Vec<RuleDefinition>,
    /// What excludes it.
    pub excludes: Vec<RuleDefinition>,
}

impl PostedRules {
    fn put(&mut self, effect: Effect, definition: RuleDefinition) {
        match effect {
            Effect::Include => self.includes.push(definition),
            Effect::Exclude => self.excludes.push(definition),
        }
    }

    fn len(&self) -> usize {
        self.includes.len() + self.excludes.len()
    }
}

/// Reads one row, its effect aside: while it is typed.
pub fn read_one(input: &mut FormInput<'_>, row: &str) -> Option<RuleDefinition> {
    definition(input, row, None)
}

/// Reads all rows. Of a stored object, `stored` are its rules, and a rule that the form does not contain stays; the key of a rule of
/// something else is refused. Of a new object or a copy all rules are new.
///
/// # Errors
/// A database that does not answer.
pub fn read(
    conn: &mut Conn,
    input: &mut FormInput<'_>,
    owner: RuleFormOwner,
    stored: Option<Vec<StoredRule>>,
) -> db::Result<PostedRules> {
    let mut rules = PostedRules::default();
    let is_copy = stored.is_none();
    let mut stored = stored.unwrap_or_default();
    let rows = input.rows(&inline(owner));
    let foreign = if is_copy {
        Vec::new()
    } else {
        foreign_rules(conn, &rows, &stored)?
    };
    for row in &rows {
        let mut now = None;
        if let (Some(id), false) = (row.id, is_copy) {
            match stored.iter().position(|rule| rule.id == id) {
                Some(place) => now = Some(stored.remove(place).definition),
                None if foreign.contains(&id) => {
                    input.refuse(&row.prefix, "This rule belongs to something else.");
                    continue;
                }
                // It was deleted since the form was drawn, which the form's version finds: who sends it wants it back.
                None => {}
            }
        }
        if row.deleted {
            continue;
        }
        let effect = match owner {
            RuleFormOwner::Window => effect(input, &row.prefix),
            RuleFormOwner::Calendar => Some(Effect::Exclude),
        };
        if let (Some(effect), Some(definition)) = (effect, definition(input, &row.prefix, now.as_ref())) {
            rules.put(effect, definition);
        }
    }
    for rule in stored {
        rules.put(rule.effect, rule.definition);
    }
    let count = rules.len();
    if count > RULES_MAX && input.is_valid() {
        input.refuse(
            "rules",
            format!("{count} rules are too many; the limit is {RULES_MAX}."),
        );
    }
    Ok(rules)
}

/// Returns the keys of posted rows that are those of other rules than `stored`.
fn foreign_rules(conn: &mut Conn, rows: &[InputRow], stored: &[StoredRule]) -> db::Result<Vec<i64>> {
    let is_unknown = |id: &i64| stored.iter().all(|rule| rule.id != *id);
    let unknown: Vec<i64> = rows.iter().filter_map(|row| row.id).filter(is_unknown).collect();
    if unknown.is_empty() {
        return Ok(unknown);
    }
    rules_that_exist(conn, &unknown)
}

fn effect(input: &mut FormInput<'_>, row: &str) -> Option<Effect> {
    input.take(&format!("{row}-{EFFECT}"), |text| match text {
        "include" | "" => Ok(Effect::Include),
        "exclude" => Ok(Effect::Exclude),
        other => Err(format!("“{other}” is neither include nor exclude.")),
    })
}

/// Reads the row of this prefix; `stored` is the rule as it is stored.
fn definition(input: &mut FormInput<'_>, row: &str, stored: Option<&RuleDefinition>) -> Option<RuleDefinition> {
    let name = |field: RuleField| format!("{row}-{}", field.as_str());
    let stored_note = stored.map(|stored| stored.note.as_str());
    let note = input.take(&name(RuleField::Note), |text| note_line(stored_note, text));
    let kind = input.take(&name(RuleField::Kind), |text| match text {
        "" => Err("Choose a kind.".to_owned()),
        text => RuleKind::parse(text).map_err(|error| format!("{error}.")),
    })?;
    let (fields, is_read) = posted(input, row, kind, stored);
    match fields.read() {
        Ok(mut definition) if is_read => {
            definition.note = note?;
            Some(definition)
        }
        Ok(_) => None,
        Err(errors) => {
            // A list of dates that cannot be read is refused already, line by line.
            for error in errors.iter().filter(|error| is_read || error.field != RuleField::Dates) {
                match &error.fault {
                    RuleFieldFault::Missing => input.refuse(&name(error.field), "This field is required."),
                    RuleFieldFault::Refused(message) => input.refuse(&name(error.field), message),
                }
            }
            None
        }
    }
}
