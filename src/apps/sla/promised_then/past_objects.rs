//! Entries of the audit log as timelines of calendars, windows and components.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::names_then::{LogPosition, NamesThen};
use super::past_log::{KeptComponent, Logged, PastLog, StateBefore, names};
use super::timeline::Timeline;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::hours::stored::WindowHours;
use crate::apps::sla::rule::plain;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::WindowState;
use crate::db::{Conn, Result};

/// A component as it was, as far as its hours and what is measured of it depend on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PastComponent {
    /// Its name.
    pub(super) name: String,
    /// Whether it was enabled: a disabled component promises nothing.
    pub(super) enabled: bool,
    /// Its labels.
    pub(super) labels: Arc<BTreeMap<String, String>>,
    /// The keys of its windows and of its own calendars, sorted.
    pub(super) key: ScheduleKey,
    /// Why this state cannot be read.
    pub(super) unreadable: Option<String>,
}

/// The timelines of everything that hours depend on.
pub(super) struct PastObjects {
    pub(super) calendars: BTreeMap<i64, Timeline<Stored<CalendarState>>>,
    pub(super) windows: BTreeMap<i64, Timeline<WindowHours>>,
    pub(super) components: BTreeMap<i64, Timeline<PastComponent>>,
    /// What is not known for certain.
    pub(super) notes: Vec<String>,
}

/// Everything as it is now.
pub(super) struct PresentObjects {
    pub(super) calendars: HashMap<i64, Stored<CalendarState>>,
    pub(super) windows: HashMap<i64, WindowHours>,
    /// Each with the first second in which it is there.
    pub(super) components: HashMap<i64, (i64, PastComponent)>,
}

/// Reads the timelines from the instant `since` on; `present` is what is stored now.
///
/// # Errors
/// Those of [`crate::db`].
pub(super) fn read(conn: &mut Conn, since: NaiveDateTime, present: PresentObjects) -> Result<PastObjects> {
    let log = PastLog::read(conn, since)?;
    let mut notes = Vec::new();
    let (calendar_names, window_names) = past_names(&log, &present);
    let PastLog {
        calendars,
        windows,
        components,
        transactions,
    } = log;
    let mut join = Join {
        transactions: &transactions,
        notes: &mut notes,
    };
    let dated = present
        .calendars
        .into_iter()
        .map(|(id, stored)| (id, (i64::MIN, stored)));
    let calendars = join.timelines(
        "calendar",
        calendars,
        dated,
        |stored, _| stored,
        same_calendar,
        |stored| &stored.state.name,
    );
    let dated = present.windows.into_iter().map(|(id, window)| (id, (i64::MIN, window)));
    let window = |mut stored: Stored<WindowState>, at| {
        let (calendars, missing) = calendar_names.find_all(&stored.state.calendars, at);
        stored.unreadable = stored
            .unreadable
            .or_else(|| missing.map(|name| unknown_name("calendar", &name)));
        WindowHours { stored, calendars }
    };
    let windows = join.timelines("window", windows, dated, window, same_window, |window| {
        &window.stored.state.name
    });
    let component = |kept: KeptComponent, at| kept.resolved(&window_names, &calendar_names, at);
    let components = join.timelines(
        "component",
        components,
        present.components.into_iter(),
        component,
        same_component,
        |component| &component.name,
    );
    Ok(PastObjects {
        calendars: compact(calendars, same_calendar),
        windows: compact(windows, same_window),
        components,
        notes,
    })
}

/// Returns what calendars and windows were called when.
fn past_names(log: &PastLog, present: &PresentObjects) -> (NamesThen, NamesThen) {
    let calendars = present.calendars.iter();
    let calendars = calendars.map(|(id, stored)| (*id, &stored.state.name));
    let windows = present.windows.iter();
    let windows = windows.map(|(id, window)| (*id, &window.stored.state.name));
    (
        names(&log.calendars, &log.transactions, calendars, |stored| {
            &stored.state.name
        }),
        names(&log.windows, &log.transactions, windows, |stored| &stored.state.name),
    )
}

fn unknown_name(kind: &str, name: &str) -> String {
    format!("the audit log does not say which {kind} `{name}` was")
}

impl KeptComponent {
    fn resolved(self, windows: &NamesThen, calendars: &NamesThen, at: LogPosition) -> PastComponent {
        let (window_ids, no_window) = windows.find_all(&self.windows, at);
        let (calendar_ids, no_calendar) = calendars.find_all(&self.calendars, at);
        let missing = no_window.map(|name| unknown_name("window", &name));
        let missing = missing.or_else(|| no_calendar.map(|name| unknown_name("calendar", &name)));
        PastComponent {
            name: self.name,
            enabled: self.enabled,
            labels: Arc::new(self.labels),
            key: (window_ids, calendar_ids),
            unreadable: self.unreadable.or(missing),
        }
    }
}

/// Joins what is logged and what is there now.
struct Join<'a> {
    transactions: &'a [(LogPosition, LogPosition)],
    notes: &'a mut Vec<String>,
}

impl Join<'_> {
    fn timelines<T, U>(
        &mut self,
        kind: &str,
        logged: Logged<T>,
        present: impl Iterator<Item = (i64, (i64, U))>,
        resolve: impl Fn(T, LogPosition) -> U,
        is_same: impl Fn(&U, &U) -> bool + Copy,
        name: impl Fn(&U) -> &String,
    ) -> BTreeMap<i64, Timeline<U>> {
        let mut present: BTreeMap<i64, (i64, U)> = present.collect();
        let mut timelines = BTreeMap::new();
        for (id, entries) in logged {
            let mut uncertain = false;
            let created = present.get(&id).map_or(i64::MIN, |(since, _)| *since);
            let mut timeline: Option<Timeline<U>> = None;
            let is_known = |known: Option<&U>, found: Option<&U>| match (known, found) {
                (Some(known), Some(found)) => is_same(known, found),
                (None, None) => true,
                _ => false,
            };
            for entry in entries {
                let (first, last) = self.transactions[entry.transaction];
                let after = entry.after.map(|state| resolve(state, last));
                if let StateBefore::Logged(before) = entry.before {
                    let before = before.map(|state| resolve(state, first - 1));
                    match &timeline {
                        Some(timeline) => uncertain |= !is_known(timeline.last(), before.as_ref()),
                        None => timeline = Some(beginning(before, created)),
                    }
                }
                if let Some(timeline) = &mut timeline {
                    timeline.push(entry.at, after);
                }
            }
            let Some(timeline) = timeline else { continue };
            let now = present.remove(&id);
            uncertain |= !is_known(timeline.last(), now.as_ref().map(|(_, state)| state));
            if uncertain {
                let state = timeline.last_known().or(now.as_ref().map(|(_, state)| state));
                let name = state.map_or_else(|| id.to_string(), |state| name(state).clone());
                self.notes.push(format!(
                    "the {kind} `{name}` was changed without an entry in the audit log: what was promised between its entries is \
                     taken from the earlier one"
                ));
            }
            timelines.insert(id, timeline);
        }
        for (id, (since, state)) in present {
            timelines.insert(id, Timeline::constant(since, state));
        }
        timelines
    }
}

/// Returns the timeline of an object that had this state before its first entry, and that was created at an instant.
fn beginning<U>(before: Option<U>, created: i64) -> Timeline<U> {
    match before {
        Some(state) => Timeline::constant(created, state),
        None => Timeline::beginning_with(None),
    }
}

/// Returns each timeline without states that come to the same as the one before.
fn compact<U>(timelines: BTreeMap<i64, Timeline<U>>, is_same: fn(&U, &U) -> bool) -> BTreeMap<i64, Timeline<U>> {
    let compact = |(id, timeline): (i64, Timeline<U>)| (id, timeline.without_repetitions(is_same));
    timelines.into_iter().map(compact).collect()
}

/// Returns whether two calendars exclude the same time.
fn same_calendar(one: &Stored<CalendarState>, other: &Stored<CalendarState>) -> bool {
    let parts = |stored: &Stored<CalendarState>| {
        let state = &stored.state;
        (
            state.enabled,
            state.timezone,
            plain(&state.rules),
            stored.unreadable.is_some(),
        )
    };
    parts(one) == parts(other)
}

/// Returns whether two windows cover the same time, as far as it depends on them.
fn same_window(one: &WindowHours, other: &WindowHours) -> bool {
    let parts = |window: &WindowHours| {
        let state = &window.stored.state;
        let mut calendars = window.calendars.clone();
        calendars.sort_unstable();
        let dates = (state.valid_from, state.valid_until);
        let rules = (plain(&state.rules), plain(&state.excludes));
        let is_unreadable = window.stored.unreadable.is_some();
        (state.enabled, state.timezone, dates, rules, calendars, is_unreadable)
    };
    parts(one) == parts(other)
}

/// Returns whether two components have the same windows and calendars, or both promise nothing.
fn same_component(one: &PastComponent, other: &PastComponent) -> bool {
    let parts = |component: &PastComponent| {
        let key = component.enabled.then(|| component.key.clone());
        (key, component.unreadable.is_some())
    };
    parts(one) == parts(other)
}
