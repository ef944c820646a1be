//! What a save does to the hours of components, in one sentence: `10 components: −1 h a week from Fri 4 Dec`. A save waits for it while it
//! holds the write lock, so that what is read and compared is bounded by numbers: sets of windows and calendars that components share are
//! compared once each, those of the most components first, and of a part the sentence says so. Keys are counted before anything is read of
//! them; of what is too much nothing is said. Which sets there are is known to the read model, whose sets are walked in memory.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::Datelike;

use super::impact::{ComponentImpact, impact};
use super::stored::{self, ComponentHours, StoredHours};
use super::words;
use crate::admin::dates;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::read_model::model::ReadModel;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::{calendar, window};
use crate::db::{Conn, Result};
use crate::text::counted;
use crate::zones::Zone;

/// How many sets of windows and calendars are compared.
const SETS_MAX: usize = 12;
/// How many windows are read for them at most, and how many calendars.
const SCHEDULES_MAX: usize = 40;
/// How far ahead few sets are compared, in seconds.
const FAR: i64 = words::YEAR;
/// So many sets are few.
const FEW_SETS: usize = 3;
/// How far ahead more of them are compared.
const NEAR: i64 = 13 * words::WEEK;

/// Says what a plan with one change does to components; nothing if it does nothing within the time that is looked at, and nothing where
/// hours cannot be read. Call it before the plan is carried out.
///
/// # Errors
/// Those of [`crate::db`].
pub fn effect(conn: &mut Conn, read_models: &ReadModels, plan: &ChangePlan, now: i64) -> Result<Option<String>> {
    let keeps_hours = plan.components.iter().all(keeps_hours);
    if keeps_hours && plan.windows.is_empty() && plan.calendars.is_empty() {
        return Ok(None);
    }
    if !plan.components.is_empty() {
        return of_component(conn, plan, now);
    }
    let model = read_models.current(conn)?;
    let sets = SharedSets::touched(&model, plan);
    if sets.compared.is_empty() {
        return Ok(None);
    }
    let keys = sets.compared.iter().map(|(key, _)| *key);
    let Some(mut hours) = read(conn, keys, plan)? else {
        return Ok(None);
    };
    hours.components = sets.as_components();
    let ahead = if sets.compared.len() <= FEW_SETS { FAR } else { NEAR };
    let found = impact(&hours, plan, (now, now.saturating_add(ahead)), &mut |_| true);
    let users = |impact: &ComponentImpact| {
        let place = impact.id.and_then(|id| usize::try_from(id).ok());
        place
            .and_then(|place| sets.compared.get(place))
            .map_or(0, |(_, users)| *users)
    };
    let weighed: Vec<(&ComponentImpact, u64)> = found.components.iter().map(|impact| (impact, users(impact))).collect();
    let count = weighed.iter().map(|(_, users)| users).sum::<u64>();
    let Some(words) = in_words(&weighed, now, ahead) else {
        return Ok(None);
    };
    let count = counted(count, "component");
    let least = if sets.is_part { "At least " } else { "" };
    Ok(Some(format!("{least}{count}: {words}")))
}

/// Returns whether a change of a component leaves its hours as they are. Most changes do, and nothing has to be read for them.
fn keeps_hours(change: &ObjectChange<ComponentState>) -> bool {
    let ObjectChange::Update { before, after, .. } = change else {
        return false;
    };
    let ComponentState {
        name: _,
        display_name: _,
        description: _,
        enabled,
        slo_millipercent: _,
        indicator: _,
        labels: _,
        windows,
        calendars,
    } = after;
    (enabled, windows, calendars) == (&before.enabled, &before.windows, &before.calendars)
}

/// Says what becomes of the hours of the one component that a plan changes.
fn of_component(conn: &mut Conn, plan: &ChangePlan, now: i64) -> Result<Option<String>> {
    let ids: Vec<i64> = plan.components.iter().filter_map(key_of_update).collect();
    let components = stored::components(conn, &ids)?;
    let keys: Vec<ScheduleKey> = components.iter().map(|component| component.key.clone()).collect();
    let Some(mut hours) = read(conn, keys.iter(), plan)? else {
        return Ok(None);
    };
    hours.components = components;
    let found = impact(&hours, plan, (now, now.saturating_add(FAR)), &mut |_| true);
    let weighed: Vec<(&ComponentImpact, u64)> = found.components.iter().map(|impact| (impact, 1)).collect();
    Ok(in_words(&weighed, now, FAR).map(|words| format!("Its hours: {words}")))
}

/// Reads the windows and calendars of keys, and those that a plan links to; nothing if they are too many.
fn read<'a>(
    conn: &mut Conn,
    keys: impl Iterator<Item = &'a ScheduleKey>,
    plan: &ChangePlan,
) -> Result<Option<StoredHours>> {
    let (mut windows, mut calendars) = (BTreeSet::new(), BTreeSet::new());
    for key in keys {
        windows.extend(key.0.iter().copied());
        calendars.extend(key.1.iter().copied());
    }
    let (mut window_names, mut calendar_names) = (Vec::new(), Vec::new());
    for component in plan.components.iter().filter_map(ObjectChange::after) {
        window_names.extend(component.windows.iter().cloned());
        calendar_names.extend(component.calendars.iter().cloned());
    }
    for window in plan.windows.iter().filter_map(ObjectChange::after) {
        calendar_names.extend(window.calendars.iter().cloned());
    }
    let are_few = |count: usize| count <= SCHEDULES_MAX;
    if ![&window_names, &calendar_names]
        .iter()
        .all(|names| are_few(names.len()))
    {
        return Ok(None);
    }
    let named = window::store::keys_by_names(conn, &window_names)?.into_iter();
    windows.extend(named.map(|(id, _)| id));
    let named = calendar::store::keys_by_names(conn, &calendar_names)?.into_iter();
    calendars.extend(named.map(|(id, _)| id));
    if !are_few(windows.len()) {
        return Ok(None);
    }
    StoredHours::of_few_schedules(conn, windows, calendars, SCHEDULES_MAX)
}

/// Sets of windows and calendars that components share and a plan touches.
struct SharedSets<'a> {
    /// With how many enabled components have each, the most first.
    compared: Vec<(&'a ScheduleKey, u64)>,
    /// Whether there are more.
    is_part: bool,
}

impl<'a> SharedSets<'a> {
    fn touched(model: &'a ReadModel, plan: &ChangePlan) -> Self {
        let mut windows: BTreeSet<i64> = plan.windows.iter().filter_map(key_of_update).collect();
        let calendars: BTreeSet<i64> = plan.calendars.iter().filter_map(key_of_update).collect();
        let cut = model.windows().iter();
        let cut = cut.filter(|(_, window)| window.calendars.iter().any(|id| calendars.contains(id)));
        windows.extend(cut.map(|(id, _)| *id));
        let enabled = model.users_by_schedule(&model.enabled());
        let mut touched: Vec<(&ScheduleKey, u64)> = Vec::new();
        for (place, key, _) in model.schedules() {
            let users = enabled.get(place as usize).copied().unwrap_or(0);
            let is_touched =
                key.0.iter().any(|id| windows.contains(id)) || key.1.iter().any(|id| calendars.contains(id));
            if users > 0 && is_touched {
                touched.push((key, users));
            }
        }
        touched.sort_by_key(|(_, users)| Reverse(*users));
        let is_part = touched.len() > SETS_MAX;
        touched.truncate(SETS_MAX);
        Self {
            compared: touched,
            is_part,
        }
    }

    /// Returns a component for each set: its place is its key.
    fn as_components(&self) -> Vec<ComponentHours> {
        let sets = (0..).zip(&self.compared);
        let component = |(id, (key, _)): (i64, &(&ScheduleKey, u64))| ComponentHours {
            id,
            name: String::new(),
            enabled: true,
            key: (*key).clone(),
        };
        sets.map(component).collect()
    }
}

fn key_of_update<S>(change: &ObjectChange<S>) -> Option<i64> {
    match change {
        ObjectChange::Update { id, .. } => Some(*id),
        ObjectChange::Add(_) | ObjectChange::Delete { .. } => None,
    }
}

/// Returns `−1 h a week from Fri 4 Dec`, of several differences the range.
fn in_words(found: &[(&ComponentImpact, u64)], now: i64, ahead: i64) -> Option<String> {
    let (most, _) = found.iter().max_by_key(|(_, users)| *users)?;
    let earliest = found.iter().filter_map(|(impact, _)| impact.difference.first);
    let first = day(earliest.min()?, most.zone, now);
    let by_week = found.iter().map(|(impact, _)| impact.week.unwrap_or(0));
    let by_week: BTreeSet<i64> = by_week.collect();
    let (least, largest) = (*by_week.first()?, *by_week.last()?);
    let all: BTreeSet<i64> = found.iter().map(|(impact, _)| impact.difference.seconds()).collect();
    let (fewest, greatest) = (*all.first()?, *all.last()?);
    Some(match (least == largest, fewest == greatest) {
        (true, same) if least != 0 || same => words::change(least, fewest, time(ahead), &first),
        (false, _) => format!("{} a week, first on {first}", between(least, largest)),
        (true, _) => format!("{} within {}, first on {first}", between(fewest, greatest), time(ahead)),
    })
}

/// Returns `between −2 h and +1 h`, or `up to −2 h` where others have no difference.
fn between(least: i64, largest: i64) -> String {
    match (least, largest) {
        (least, 0) => format!("up to {}", words::difference(least)),
        (0, largest) => format!("up to {}", words::difference(largest)),
        _ => format!(
            "between {} and {}",
            words::difference(least),
            words::difference(largest)
        ),
    }
}

fn time(ahead: i64) -> &'static str {
    if ahead == FAR { "a year" } else { "13 weeks" }
}

/// Returns `Fri 4 Dec`, with the year if it is another one.
fn day(at: i64, zone: Zone, now: i64) -> String {
    let (date, today) = (zone.local_at(at).date(), zone.local_at(now).date());
    match date.year() == today.year() {
        true => dates::short_day(date),
        false => dates::day(date),
    }
}
