//! Carries out a plan: one transaction, every object audited, all or nothing.

use super::change::ChangePlan;
use super::keys::LinkKeys;
use super::write::delete;
use crate::apps::sla::calendar::write::save_calendars;
use crate::apps::sla::component::write::{add_components, delete_components, update_components};
use crate::apps::sla::label::write::save_labels;
use crate::apps::sla::window::write::save_windows;
use crate::apps::sla::{calendar, label, window};
use crate::audit::{Error, Tx};

/// Carries out `plan`, whose links are among `keys` or added by it, and reports to `progress` how many changes are done. Returns the keys of
/// what was added, in the order of the plan: labels, calendars, windows, components.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses; the caller's transaction is then rolled back.
pub fn execute(
    tx: &mut Tx<'_>,
    mut keys: LinkKeys,
    plan: &ChangePlan,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<i64>, Error> {
    let ChangePlan {
        labels,
        calendars,
        windows,
        components,
    } = plan;
    let mut done = 0;
    let mut report = |count: usize| {
        done += count;
        progress(done);
    };
    save_labels(tx, labels, &mut keys)?;
    save_calendars(tx, calendars, &mut keys)?;
    save_windows(tx, windows, &mut keys)?;
    report(labels.len() + calendars.len() + windows.len());
    add_components(tx, components, &mut keys, &mut report)?;
    update_components(tx, components, &keys, &mut report)?;
    delete_components(tx, components, &mut report)?;
    // What was linked is deleted last: the links that kept it are deleted by then.
    delete(tx, windows, window::store::delete)?;
    delete(tx, calendars, calendar::store::delete)?;
    delete(tx, labels, label::store::delete)?;
    Ok(keys.added)
}
