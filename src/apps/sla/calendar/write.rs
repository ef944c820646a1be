//! Calendars written.

use super::state::CalendarState;
use super::store;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::write::{ObjectUpdate, added_entry, rules, write};
use crate::apps::sla::rule::{Effect, NewRule, RuleOwner};
use crate::audit::{Error, Tx, Writer};
use crate::auth::Action;
use crate::db;

/// Adds and changes calendars, and notes their keys.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn save_calendars(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<CalendarState>],
    keys: &mut LinkKeys,
) -> Result<(), Error> {
    for change in changes {
        if let ObjectChange::Add(state) = change {
            add(tx, state, keys)?;
        }
        if let Some(update) = ObjectUpdate::of(change) {
            change_one(tx, &update, keys)?;
        }
    }
    Ok(())
}

fn add(tx: &mut Tx<'_>, state: &CalendarState, keys: &mut LinkKeys) -> Result<(), Error> {
    write::<CalendarState>(tx, Action::Add, |writer| {
        let row = state.columns(1, writer.now());
        let id = store::insert(writer, &row)?;
        replace_rules(writer, id, state)?;
        keys.calendars.insert(&state.name, id);
        keys.added.push(id);
        Ok(vec![added_entry(id, state)])
    })
}

fn change_one(tx: &mut Tx<'_>, update: &ObjectUpdate<'_, CalendarState>, keys: &mut LinkKeys) -> Result<(), Error> {
    write::<CalendarState>(tx, Action::Change, |writer| {
        let row = update.after.columns(update.version, writer.now());
        store::update(writer, update.id, &row)?;
        if update.before.name != update.after.name {
            store::set_key(writer, update.id, &update.after.name)?;
            keys.calendars.insert(&update.after.name, update.id);
        }
        replace_rules(writer, update.id, update.after)?;
        Ok(vec![update.entry()])
    })
}

fn replace_rules(writer: &mut Writer<'_>, id: i64, state: &CalendarState) -> db::Result<()> {
    let rules: Vec<NewRule> = rules(RuleOwner::Calendar(id), Effect::Exclude, &state.rules).collect();
    store::replace_rules(writer, id, &rules)
}
