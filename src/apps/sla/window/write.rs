//! SLA windows written.

use super::model::{WindowCalendar, WindowColumns};
use super::state::WindowState;
use super::store;
use crate::apps::sla::WINDOW;
use crate::apps::sla::declarative::change::Change;
use crate::apps::sla::declarative::keys::Keys;
use crate::apps::sla::declarative::write::{entry, rules, write};
use crate::apps::sla::rule::{Effect, NewRule, RuleOwner};
use crate::audit::{Error, Tx, Writer};
use crate::auth::Action;

/// Adds and changes SLA windows, and notes their keys.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn save_windows(tx: &mut Tx<'_>, changes: &[Change<WindowState>], keys: &mut Keys) -> Result<(), Error> {
    let columns = |state: &WindowState, version, updated_at| WindowColumns {
        name: state.name.clone(),
        description: state.description.clone(),
        timezone: state.timezone.name().to_owned(),
        valid_from: state.valid_from,
        valid_until: state.valid_until,
        enabled: state.enabled,
        version,
        updated_at,
    };
    let calendars = &keys.calendars;
    let put_parts = |writer: &mut Writer<'_>, id, state: &WindowState| {
        let owner = RuleOwner::Window(id);
        let includes = rules(owner, Effect::Include, &state.rules);
        let rules: Vec<NewRule> = includes.chain(rules(owner, Effect::Exclude, &state.excludes)).collect();
        let linked = state.calendars.iter().filter_map(|name| calendars.get(name));
        let links: Vec<WindowCalendar> = linked
            .map(|&calendar_id| WindowCalendar {
                window_id: id,
                calendar_id,
            })
            .collect();
        store::replace_parts(writer, id, &rules, &links)
    };
    for change in changes {
        match change {
            Change::Add(state) => write(tx, Action::Add, WINDOW, |writer| {
                let row = columns(state, 1, writer.now());
                let id = store::insert(writer, &row)?;
                put_parts(writer, id, state)?;
                keys.windows.insert(&state.name, id);
                Ok(vec![entry(id, 1, None, Some(state))])
            })?,
            Change::Update {
                id,
                version,
                before,
                after,
            } => write(tx, Action::Change, WINDOW, |writer| {
                let row = columns(after, version + 1, writer.now());
                store::update(writer, *id, &row)?;
                if before.name != after.name {
                    store::set_key(writer, *id, &after.name)?;
                    keys.windows.insert(&after.name, *id);
                }
                put_parts(writer, *id, after)?;
                Ok(vec![entry(*id, version + 1, Some(before), Some(after))])
            })?,
            Change::Delete { .. } => {}
        }
    }
    Ok(())
}
