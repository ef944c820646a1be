//! The forms of windows and calendars, read for saving them and for their previews: fields, and rows of rules.

use super::change::ObjectChange;
use super::form;
use super::kinds::FileKind;
use crate::admin::input::FormInput;
use crate::admin::model::Refusal;
use crate::apps::grouped::grouped;
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::rule::form::{PostedRules, RuleFormOwner};
use crate::apps::sla::rule::{self, RuleRow};
use crate::apps::sla::selecting::in_portions;
use crate::apps::sla::stored::Stored;
use crate::db::{self, Conn};

/// An object with rules of its own, found by its name.
pub trait RuledObject: FileKind {
    /// What a sentence about one begins with: `Calendar`.
    const SINGULAR: &'static str;
    /// What the rules of its form belong to.
    const OWNER: RuleFormOwner;

    /// Returns the rows of the rules of these objects.
    ///
    /// # Errors
    /// Those of [`db`].
    fn rules_of(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<RuleRow>>;

    /// Returns the key of the object that a rule belongs to, if it is one of the kind.
    fn owner_of(rule: &RuleRow) -> Option<i64>;

    /// Returns the name of another object that has the key of this name.
    ///
    /// # Errors
    /// Those of [`db`].
    fn twin(conn: &mut Conn, name: &str, id: Option<i64>) -> db::Result<Option<String>>;

    /// Takes the rules of a form.
    fn set_rules(&mut self, posted: PostedRules);

    /// Refuses fields that contradict each other.
    fn refuse_fields(&self, _input: &mut FormInput<'_>) {}
}

/// Reads an object.
///
/// # Errors
/// Those of [`db`].
pub fn load<S: RuledObject>(conn: &mut Conn, id: i64) -> db::Result<Option<Stored<S>>> {
    Ok(S::load(conn, Some(&[id]))?.pop())
}

/// Returns what is stored of an object, and what its form says.
///
/// # Errors
/// [`Refusal::Input`] for what it must not say, which is noted in it.
pub fn posted<S: RuledObject>(
    conn: &mut Conn,
    id: Option<i64>,
    input: &mut FormInput<'_>,
) -> Result<(Option<Stored<S>>, S), Refusal> {
    let (stored, rules) = match id {
        Some(id) => (load::<S>(conn, id)?, Some(S::rules_of(conn, &[id])?)),
        None => (None, None),
    };
    let options = LinkOptions::posted::<S>(conn, &[&*input])?;
    let after = read(conn, &options, (stored.as_ref(), rules.as_deref()), input)?;
    let name = after.title();
    if stored.as_ref().is_none_or(|stored| stored.state.title() != name)
        && let Some(twin) = S::twin(conn, &name, id)?
    {
        form::refuse_twin(input, S::SINGULAR, &name, &twin);
    }
    match input.is_valid() {
        true => Ok((stored, after)),
        false => Err(Refusal::Input),
    }
}

/// Returns what storing the posted forms of objects would change; those that are gone, or whose form is refused, are left out.
///
/// # Errors
/// Those of [`db`].
pub fn changes<S: RuledObject>(
    conn: &mut Conn,
    forms: &mut [(i64, FormInput<'_>)],
) -> db::Result<Vec<ObjectChange<S>>> {
    let options = LinkOptions::posted::<S>(conn, &forms.iter().map(|(_, input)| input).collect::<Vec<_>>())?;
    let ids: Vec<i64> = forms.iter().map(|(id, _)| *id).collect();
    let rules = in_portions(&ids, |ids| S::rules_of(conn, &ids))?.into_iter();
    let rules = grouped(rules.map(|rule| (S::owner_of(&rule), rule)));
    let stored = in_portions(&ids, |ids| S::load(conn, Some(&ids)))?;
    form::changes(forms, stored, |input, stored| {
        let rules = rules.get(&Some(stored.id)).map_or(&[][..], Vec::as_slice);
        read(conn, &options, (Some(stored), Some(rules)), input)
    })
}

/// Returns what a form says of what is stored, with the rows of its rules.
fn read<S: RuledObject>(
    conn: &mut Conn,
    options: &LinkOptions,
    (stored, rules): (Option<&Stored<S>>, Option<&[RuleRow]>),
    input: &mut FormInput<'_>,
) -> db::Result<S> {
    let mut state: S = options.read(input, stored.map(|stored| &stored.state));
    state.refuse_fields(input);
    let rules = rules.map(rule::form::stored);
    state.set_rules(rule::form::read(conn, input, S::OWNER, rules)?);
    Ok(state)
}
