//! The form of a window, read for saving it and for its preview.

use super::state::{WindowState, windows};
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::Refusal;
use crate::apps::grouped::grouped;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::form;
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::rule::form::RuleFormOwner;
use crate::apps::sla::rule::{self, RuleRow};
use crate::apps::sla::selecting::in_portions;
use crate::apps::sla::stored::Stored;
use crate::db::{self, Conn};

/// Reads a window.
pub(super) fn load(conn: &mut Conn, id: i64) -> db::Result<Option<Stored<WindowState>>> {
    Ok(windows(conn, Some(&[id]))?.pop())
}

/// Returns what is stored of a window, and what its form says.
///
/// # Errors
/// [`Refusal::Input`] for what it must not say, which is noted in it.
pub(super) fn posted(
    conn: &mut Conn,
    id: Option<i64>,
    input: &mut FormInput<'_>,
) -> Result<(Option<Stored<WindowState>>, WindowState), Refusal> {
    let stored = match id {
        Some(id) => load(conn, id)?,
        None => None,
    };
    let options = LinkOptions::posted::<WindowState>(conn, &[&*input])?;
    let rules = match id {
        Some(id) => Some(store::rules_of(conn, &[id])?),
        None => None,
    };
    let after = read(conn, &options, (stored.as_ref(), rules.as_deref()), input)?;
    if stored.as_ref().is_none_or(|stored| stored.state.name != after.name)
        && let Some(twin) = store::twin(conn, &after.name, id)?
    {
        form::refuse_twin(input, "SLA window", &after.name, &twin);
    }
    match input.is_valid() {
        true => Ok((stored, after)),
        false => Err(Refusal::Input),
    }
}

/// Returns what storing the posted forms of windows would change; those that are gone, or whose form is refused, are left out.
pub(super) fn changes(
    conn: &mut Conn,
    forms: &mut [(i64, FormInput<'_>)],
) -> db::Result<Vec<ObjectChange<WindowState>>> {
    let options = LinkOptions::posted::<WindowState>(conn, &forms.iter().map(|(_, input)| input).collect::<Vec<_>>())?;
    let ids: Vec<i64> = forms.iter().map(|(id, _)| *id).collect();
    let rules = in_portions(&ids, |ids| store::rules_of(conn, &ids))?.into_iter();
    let rules = grouped(rules.map(|rule| (rule.window_id, rule)));
    let stored = in_portions(&ids, |ids| windows(conn, Some(&ids)))?;
    form::changes(forms, stored, |input, stored| {
        let rules = rules.get(&Some(stored.id)).map_or(&[][..], Vec::as_slice);
        read(conn, &options, (Some(stored), Some(rules)), input)
    })
}

/// Returns what a form says of what is stored, with the rows of its rules.
fn read(
    conn: &mut Conn,
    options: &LinkOptions,
    (stored, rules): (Option<&Stored<WindowState>>, Option<&[RuleRow]>),
    input: &mut FormInput<'_>,
) -> db::Result<WindowState> {
    let mut state = options.read(input, stored.map(|stored| &stored.state));
    if let (Some(from), Some(until)) = (state.valid_from, state.valid_until)
        && from > until
    {
        input.refuse("valid_until", "The last date is before the first.");
    }
    let rules = rules.map(rule::form::stored);
    let posted = rule::form::read(conn, input, RuleFormOwner::Window, rules)?;
    (state.rules, state.excludes) = (posted.includes, posted.excludes);
    Ok(state)
}
