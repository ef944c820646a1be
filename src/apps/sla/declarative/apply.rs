//! Carries out a plan: one transaction, every object audited, all or nothing.

use super::change::Plan;
use super::keys::Keys;
use super::write::delete;
use crate::apps::sla::calendar::write::save_calendars;
use crate::apps::sla::component::write::{add_components, delete_components, update_components};
use crate::apps::sla::label::write::add_labels;
use crate::apps::sla::window::write::save_windows;
use crate::apps::sla::{CALENDAR, LABEL, WINDOW, calendar, label, window};
use crate::audit::{Error, Tx};

/// Carries out `plan`, whose links are among `keys` or added by it, and tells `progress` how many changes are done.
///
/// # Errors
/// A permission that the actor lacks, and those of the database; the caller's transaction is then rolled back.
pub fn execute(tx: &mut Tx<'_>, mut keys: Keys, plan: &Plan, progress: &mut dyn FnMut(usize)) -> Result<(), Error> {
    let mut done = 0;
    let mut tell = |count: usize| {
        done += count;
        progress(done);
    };
    add_labels(tx, &plan.labels, &mut keys)?;
    save_calendars(tx, &plan.calendars, &mut keys)?;
    save_windows(tx, &plan.windows, &mut keys)?;
    tell(plan.labels.len() + plan.calendars.len() + plan.windows.len());
    add_components(tx, &plan.components, &keys, &mut tell)?;
    update_components(tx, &plan.components, &keys, &mut tell)?;
    delete_components(tx, &plan.components, &mut tell)?;
    // What was linked goes last: the links that kept it are gone by now.
    delete(tx, WINDOW, &plan.windows, window::store::delete)?;
    delete(tx, CALENDAR, &plan.calendars, calendar::store::delete)?;
    delete(tx, LABEL, &plan.labels, label::store::delete)
}
