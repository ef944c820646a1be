//! The form of a window, read for saving it and for its preview.

use super::state::{WindowState, windows};
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::Refusal;
use crate::apps::sla::declarative::form;
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::rule;
use crate::apps::sla::rule::form::RuleFormOwner;
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
    let after = read(conn, id, stored.as_ref().map(|stored| &stored.state), input)?;
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

fn read(
    conn: &mut Conn,
    id: Option<i64>,
    stored: Option<&WindowState>,
    input: &mut FormInput<'_>,
) -> db::Result<WindowState> {
    let mut state = LinkOptions::posted::<WindowState>(conn, &[&*input])?.read(input, stored);
    if let (Some(from), Some(until)) = (state.valid_from, state.valid_until)
        && from > until
    {
        input.refuse("valid_until", "The last date is before the first.");
    }
    let rules = match id {
        Some(id) => Some(rule::form::stored(&store::rules_of(conn, &[id])?)),
        None => None,
    };
    let posted = rule::form::read(conn, input, RuleFormOwner::Window, rules)?;
    (state.rules, state.excludes) = (posted.includes, posted.excludes);
    Ok(state)
}
