//! Corrections of time of which only sums are kept: a sum of a month has the corrections that there were, and another one is applied only if
//! it has the whole month.

use std::collections::BTreeSet;

use super::state::CorrectionState;
use crate::apps::sla::availability::store as availability;
use crate::apps::sla::availability::sum_store::{self, SummedMonth};
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::promised_then::promised::{Definitions, PromisedComponent, PromisedTime};
use crate::apps::sla::properties::text::instant_text;
use crate::db::{Conn, Result, dialect};

/// Returns why a change of a correction cannot be made, if it changes a part of what is kept in sums.
///
/// # Errors
/// Those of [`crate::db`].
pub(super) fn refusal(conn: &mut Conn, change: &ObjectChange<CorrectionState>) -> Result<Option<String>> {
    let (id, before, after) = match change {
        ObjectChange::Add(after) => (None, None, Some(after)),
        ObjectChange::Update { before, after, .. } if is_same(before, after) => return Ok(None),
        ObjectChange::Update { id, before, after, .. } => (Some(*id), Some(before), Some(after)),
        ObjectChange::Delete { id, before, .. } => (Some(*id), Some(before), None),
    };
    // No month is summed between this question and the end of the transaction.
    dialect::wait_for_key(conn, availability::KEY)?;
    let states = || before.into_iter().chain(after);
    let (Some(start), Some(end)) = (
        states().map(|state| state.start).min(),
        states().map(|state| state.end).max(),
    ) else {
        return Ok(None);
    };
    let months = sum_store::months_touching(conn, (start, end))?;
    if months.is_empty() {
        return Ok(None);
    }
    let ids: BTreeSet<i64> = months.iter().map(|month| month.component_id).collect();
    let components = PromisedTime::read(conn, (start, end), Definitions::Then, Some(&ids))?.components;
    for component in &components {
        let mut of_it = months.iter().filter(|month| month.component_id == component.id);
        let refused = of_it.find_map(|month| month_refusal(component, month, (id, before, after)));
        if refused.is_some() {
            return Ok(refused);
        }
    }
    Ok(None)
}

/// Returns whether two states correct the same time in the same way.
fn is_same(before: &CorrectionState, after: &CorrectionState) -> bool {
    let CorrectionState {
        component,
        selector,
        start,
        end,
        effect,
        reason: _,
    } = before;
    (component, selector, start, end, effect)
        == (
            &after.component,
            &after.selector,
            &after.start,
            &after.end,
            &after.effect,
        )
}

/// A change: the key of the correction, if it is stored, its state before and its state after.
type CorrectionChange<'a> = (Option<i64>, Option<&'a CorrectionState>, Option<&'a CorrectionState>);

fn month_refusal(component: &PromisedComponent, month: &SummedMonth, change: CorrectionChange<'_>) -> Option<String> {
    let (id, before, after) = change;
    let touches = |state: &&CorrectionState| {
        let has_part = state.start < month.range_end && month.range_start < state.end;
        has_part && state.is_about(&component.name, &component.labels)
    };
    let (before, after) = (before.filter(touches), after.filter(touches));
    let of = format!(
        "only the sum of the month from {} to {} is kept of `{}`",
        instant_text(month.range_start),
        instant_text(month.range_end),
        component.name
    );
    let is_part_of_sum = id.is_some_and(|id| id <= month.corrections_until.unwrap_or(0));
    if is_part_of_sum && (before.is_some() || after.is_some()) {
        return Some(format!(
            "{of}, which has the corrections that there were: this one can be neither changed nor deleted for it. Add another correction, of the \
             whole month (midnights of {})",
            month.timezone
        ));
    }
    let after = after?;
    let is_whole = after.start <= month.range_start && month.range_end <= after.end;
    (!is_whole).then(|| {
        format!(
            "{of}, and a part of it cannot be corrected any more. Correct the whole month (midnights of {}), or leave it out; serve with a \
             greater --availability-sum-days to keep days for longer",
            month.timezone
        )
    })
}
