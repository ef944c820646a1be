//! The windows and calendars of components as they were at an instant: each distinct set of them has a key of its own, by which the book of
//! hours compiles it once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::timeline::Timeline;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::WindowHours;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::stored::Stored;
use crate::zones::Zone;

/// A piece of time in which a definition was in force, by the key of the definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyedPiece {
    pub(super) from: i64,
    pub(super) to: i64,
    /// Nothing where nothing was promised.
    pub(super) key: Option<ScheduleKey>,
}

/// Windows and calendars in their states, each of which has a key of its own.
pub(super) struct PastSchedules {
    calendars: BTreeMap<i64, Timeline<Stored<CalendarState>>>,
    windows: BTreeMap<i64, Timeline<WindowHours>>,
    calendar_keys: HashMap<(i64, usize), i64>,
    calendar_states: Vec<Stored<CalendarState>>,
    window_keys: HashMap<(i64, usize, Vec<i64>), i64>,
    window_states: Vec<WindowHours>,
    pieces: HashMap<(ScheduleKey, i64, i64), Arc<[KeyedPiece]>>,
}

impl PastSchedules {
    pub(super) fn new(
        calendars: BTreeMap<i64, Timeline<Stored<CalendarState>>>,
        windows: BTreeMap<i64, Timeline<WindowHours>>,
    ) -> Self {
        Self {
            calendars,
            windows,
            calendar_keys: HashMap::new(),
            calendar_states: Vec::new(),
            window_keys: HashMap::new(),
            window_states: Vec::new(),
            pieces: HashMap::new(),
        }
    }

    /// Returns `[from, to)` in pieces, each with the key of what these windows and calendars were in it.
    pub(super) fn pieces(&mut self, linked: &ScheduleKey, from: i64, to: i64) -> Arc<[KeyedPiece]> {
        let asked = (linked.clone(), from, to);
        if let Some(pieces) = self.pieces.get(&asked) {
            return Arc::clone(pieces);
        }
        let mut bounds: Vec<i64> = self.changes(linked, from, to).into_iter().collect();
        bounds.insert(0, from);
        bounds.push(to);
        let mut pieces: Vec<KeyedPiece> = Vec::new();
        for pair in bounds.windows(2) {
            let key = Some(self.key_at(linked, pair[0]));
            put(
                &mut pieces,
                KeyedPiece {
                    from: pair[0],
                    to: pair[1],
                    key,
                },
            );
        }
        let pieces: Arc<[KeyedPiece]> = pieces.into();
        self.pieces.insert(asked, Arc::clone(&pieces));
        pieces
    }

    /// Returns the instants in `(from, to)` at which these windows and calendars, or calendars of these windows, change.
    fn changes(&self, (windows, calendars): &ScheduleKey, from: i64, to: i64) -> BTreeSet<i64> {
        let mut cutting: BTreeSet<i64> = calendars.iter().copied().collect();
        let mut changes = BTreeSet::new();
        for timeline in windows.iter().filter_map(|id| self.windows.get(id)) {
            changes.extend(timeline.changes(from, to));
            let states = timeline.states().iter().filter_map(|dated| dated.state.as_ref());
            cutting.extend(states.flat_map(|window| window.calendars.iter().copied()));
        }
        for timeline in cutting.iter().filter_map(|id| self.calendars.get(id)) {
            changes.extend(timeline.changes(from, to));
        }
        changes
    }

    /// Returns the key of what these windows and calendars were at an instant.
    fn key_at(&mut self, (windows, calendars): &ScheduleKey, at: i64) -> ScheduleKey {
        let mut key = (Vec::with_capacity(windows.len()), Vec::with_capacity(calendars.len()));
        for id in windows {
            key.0.extend(self.window_at(*id, at));
        }
        for id in calendars {
            key.1.extend(self.calendar_at(*id, at));
        }
        key.0.sort_unstable();
        key.1.sort_unstable();
        key
    }

    fn calendar_at(&mut self, id: i64, at: i64) -> Option<i64> {
        let timeline = self.calendars.get(&id)?;
        let position = timeline.position_at(at);
        let state = timeline.at(at)?;
        if let Some(key) = self.calendar_keys.get(&(id, position)) {
            return Some(*key);
        }
        let key = key_of(self.calendar_states.len());
        self.calendar_states.push(Stored {
            id: key,
            ..state.clone()
        });
        self.calendar_keys.insert((id, position), key);
        Some(key)
    }

    fn window_at(&mut self, id: i64, at: i64) -> Option<i64> {
        let timeline = self.windows.get(&id)?;
        let position = timeline.position_at(at);
        let linked = timeline.at(at)?.calendars.clone();
        let calendars: Vec<i64> = linked.into_iter().filter_map(|id| self.calendar_at(id, at)).collect();
        let asked = (id, position, calendars);
        if let Some(key) = self.window_keys.get(&asked) {
            return Some(*key);
        }
        let key = key_of(self.window_states.len());
        let mut stored = self.windows.get(&id)?.at(at)?.stored.clone();
        stored.id = key;
        self.window_states.push(WindowHours {
            stored,
            calendars: asked.2.clone(),
        });
        self.window_keys.insert(asked, key);
        Some(key)
    }

    /// Returns the zone in which long spans of a key are cut: that of its first window.
    pub(super) fn zone(&self, key: &ScheduleKey) -> Zone {
        let first = key.0.first().and_then(|key| usize::try_from(*key).ok());
        let first = first.and_then(|index| self.window_states.get(index));
        first.map_or_else(Zone::utc, |window| window.stored.state.timezone)
    }

    /// Returns the book of the hours of all keys.
    pub(super) fn book(&self) -> HoursBook {
        HoursBook::of(self.window_states.iter().cloned(), self.calendar_states.clone())
    }
}

/// Adds a piece; one that goes on where the last one ends with the same key makes that longer.
pub(super) fn put(pieces: &mut Vec<KeyedPiece>, piece: KeyedPiece) {
    match pieces.last_mut() {
        Some(last) if last.to == piece.from && last.key == piece.key => last.to = piece.to,
        _ => pieces.push(piece),
    }
}

fn key_of(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
