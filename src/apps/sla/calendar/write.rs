//! Calendars written.

use super::model::CalendarColumns;
use super::state::CalendarState;
use super::store;
use crate::apps::sla::CALENDAR;
use crate::apps::sla::declarative::change::Change;
use crate::apps::sla::declarative::keys::Keys;
use crate::apps::sla::declarative::write::{entry, rules, write};
use crate::apps::sla::rule::{Effect, NewRule, RuleOwner};
use crate::audit::{Error, Tx, Writer};
use crate::auth::Action;

/// Adds and changes calendars, and notes their keys.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn save_calendars(tx: &mut Tx<'_>, changes: &[Change<CalendarState>], keys: &mut Keys) -> Result<(), Error> {
    let columns = |state: &CalendarState, version, updated_at| CalendarColumns {
        name: state.name.clone(),
        description: state.description.clone(),
        timezone: state.timezone.map(|zone| zone.name().to_owned()),
        enabled: state.enabled,
        version,
        updated_at,
    };
    let put_rules = |writer: &mut Writer<'_>, id, state: &CalendarState| {
        let rules: Vec<NewRule> = rules(RuleOwner::Calendar(id), Effect::Exclude, &state.rules).collect();
        store::replace_rules(writer, id, &rules)
    };
    for change in changes {
        match change {
            Change::Add(state) => write(tx, Action::Add, CALENDAR, |writer| {
                let row = columns(state, 1, writer.now());
                let id = store::insert(writer, &row)?;
                put_rules(writer, id, state)?;
                keys.calendars.insert(&state.name, id);
                Ok(vec![entry(id, 1, None, Some(state))])
            })?,
            Change::Update {
                id,
                version,
                before,
                after,
            } => write(tx, Action::Change, CALENDAR, |writer| {
                let row = columns(after, version + 1, writer.now());
                store::update(writer, *id, &row)?;
                if before.name != after.name {
                    store::set_key(writer, *id, &after.name)?;
                    keys.calendars.insert(&after.name, *id);
                }
                put_rules(writer, *id, after)?;
                Ok(vec![entry(*id, version + 1, Some(before), Some(after))])
            })?,
            Change::Delete { .. } => {}
        }
    }
    Ok(())
}
