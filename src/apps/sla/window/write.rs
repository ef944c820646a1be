//! SLA windows written.

use super::model::WindowCalendar;
use super::state::WindowState;
use super::store;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::write::{ObjectUpdate, added_entry, rules, write};
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::{Effect, NewRule, RuleOwner};
use crate::audit::{Error, Tx, Writer};
use crate::auth::Action;
use crate::db;

/// Adds and changes SLA windows, and notes their keys.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn save_windows(tx: &mut Tx<'_>, changes: &[ObjectChange<WindowState>], keys: &mut LinkKeys) -> Result<(), Error> {
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

fn add(tx: &mut Tx<'_>, state: &WindowState, keys: &mut LinkKeys) -> Result<(), Error> {
    write::<WindowState>(tx, Action::Add, |writer| {
        let row = state.columns(1, writer.now());
        let id = store::insert(writer, &row)?;
        replace_parts(writer, id, state, &keys.calendars)?;
        keys.windows.insert(&state.name, id);
        keys.added.push(id);
        Ok(vec![added_entry(id, state)])
    })
}

fn change_one(tx: &mut Tx<'_>, update: &ObjectUpdate<'_, WindowState>, keys: &mut LinkKeys) -> Result<(), Error> {
    write::<WindowState>(tx, Action::Change, |writer| {
        let row = update.after.columns(update.version, writer.now());
        store::update(writer, update.id, &row)?;
        if update.before.name != update.after.name {
            store::set_key(writer, update.id, &update.after.name)?;
            keys.windows.insert(&update.after.name, update.id);
        }
        replace_parts(writer, update.id, update.after, &keys.calendars)?;
        Ok(vec![update.entry()])
    })
}

/// Makes the rules and calendars of a window what `state` has. The plan saw to it that every calendar exists.
fn replace_parts(writer: &mut Writer<'_>, id: i64, state: &WindowState, calendars: &ByName<i64>) -> db::Result<()> {
    let owner = RuleOwner::Window(id);
    let includes = rules(owner, Effect::Include, &state.rules);
    let rules: Vec<NewRule> = includes.chain(rules(owner, Effect::Exclude, &state.excludes)).collect();
    let mut links = Vec::new();
    for &calendar_id in state.calendars.iter().filter_map(|name| calendars.get(name)) {
        links.push(WindowCalendar {
            window_id: id,
            calendar_id,
        });
    }
    store::replace_parts(writer, id, &rules, &links)
}
