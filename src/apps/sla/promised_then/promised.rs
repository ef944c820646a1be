//! What was promised in a range of time: for each component pieces of time, each with the coverage that was in force.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime};

use super::past_objects::{self, PastComponent, PastObjects, PresentObjects};
use super::past_schedules::{KeyedPiece, PastSchedules, put};
use super::store;
use super::timeline::Timeline;
use crate::apps::grouped::grouped;
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::{ComponentHours, StoredHours};
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::{component, label};
use crate::calculus::coverage::Coverage;
use crate::db::{Conn, Result};
use crate::zones::Zone;

/// Which definition of a component's hours is meant for the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Definitions {
    /// The one that was in force at each instant.
    Then,
    /// The one that is in force now, also for the time before the component was there.
    Now,
}

/// The hours of a piece of time.
#[derive(Clone, Debug)]
pub struct PromisedPiece {
    /// The first second.
    pub from: i64,
    /// The first second after it.
    pub to: i64,
    /// What was promised, or why that cannot be said; nothing where no component or no enabled one was there.
    pub coverage: Option<std::result::Result<Arc<Coverage>, String>>,
    /// The zone at whose midnights long spans are cut.
    pub zone: Zone,
}

/// What was promised for a component.
#[derive(Clone, Debug)]
pub struct PromisedComponent {
    /// Its key.
    pub id: i64,
    /// Its name now, or the last one that it had.
    pub name: String,
    /// Its labels, likewise.
    pub labels: Arc<BTreeMap<String, String>>,
    /// Whether it is still there.
    pub is_there: bool,
    /// Pieces of time in order, without gaps, each with another definition than the one before. Components with the same hours share them.
    pub pieces: Arc<[PromisedPiece]>,
}

/// What was promised in a range of time.
#[derive(Clone, Debug, Default)]
pub struct PromisedTime {
    /// Components by their keys.
    pub components: Vec<PromisedComponent>,
    /// What is not known for certain, in sentences.
    pub notes: Vec<String>,
}

impl Definitions {
    /// Returns `then` or `now`, as options and rows have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Then => "then",
            Self::Now => "now",
        }
    }

    /// Returns the definitions of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Then, Self::Now].into_iter().find(|one| one.as_str() == text)
    }
}

impl PromisedTime {
    /// Reads what was promised in `[from, to)` for the components of these keys, or for all; those that were deleted since are among them.
    /// Call it in one transaction.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn read(
        conn: &mut Conn,
        (from, to): (i64, i64),
        definitions: Definitions,
        ids: Option<&BTreeSet<i64>>,
    ) -> Result<Self> {
        let since = instant(from);
        let created = match definitions {
            Definitions::Then => store::created_after(conn, since)?,
            Definitions::Now => Vec::new(),
        };
        let present = present(conn, created)?;
        let there: BTreeSet<i64> = present.components.keys().copied().collect();
        let objects = match definitions {
            Definitions::Then => past_objects::read(conn, since, present)?,
            Definitions::Now => unchanged(present),
        };
        let PastObjects {
            calendars,
            windows,
            mut components,
            notes,
        } = objects;
        if let Some(ids) = ids {
            components.retain(|id, _| ids.contains(id));
        }
        let mut schedules = PastSchedules::new(calendars, windows);
        let mut distinct: Vec<KeyedTime> = Vec::new();
        let mut steady: HashMap<&ScheduleKey, usize> = HashMap::new();
        let mut places: Vec<usize> = Vec::with_capacity(components.len());
        for timeline in components.values() {
            let key = steady_key(timeline, from, to);
            let known = key.and_then(|key| steady.get(key).copied());
            let place = known.unwrap_or(distinct.len());
            if known.is_none() {
                distinct.push(keyed(&mut schedules, timeline, from, to));
                steady.extend(key.map(|key| (key, place)));
            }
            places.push(place);
        }
        let mut shared = SharedPieces::new(&schedules);
        let pieces: Vec<Arc<[PromisedPiece]>> = distinct.into_iter().map(|time| shared.of(time)).collect();
        let components = components.iter().zip(places).filter_map(|((id, timeline), place)| {
            let known = timeline.last_known()?;
            Some(PromisedComponent {
                id: *id,
                name: known.name.clone(),
                labels: Arc::clone(&known.labels),
                is_there: there.contains(id),
                pieces: Arc::clone(&pieces[place]),
            })
        });
        Ok(Self {
            components: components.collect(),
            notes,
        })
    }
}

/// Returns the instant of a second as the database has it; the first or last one that it can have for one beyond them.
fn instant(seconds: i64) -> NaiveDateTime {
    const YEAR_ONE: i64 = -62_135_596_800;
    const YEAR_9999: i64 = 253_402_214_400;
    DateTime::from_timestamp(seconds.clamp(YEAR_ONE, YEAR_9999), 0)
        .unwrap_or_default()
        .naive_utc()
}

/// Reads everything as it is now, with when components were created, as far as that is asked for.
fn present(conn: &mut Conn, created: Vec<(i64, NaiveDateTime)>) -> Result<PresentObjects> {
    let created = created.into_iter();
    let created: HashMap<i64, i64> = created.map(|(id, at)| (id, at.and_utc().timestamp())).collect();
    let StoredHours {
        windows,
        calendars,
        components,
    } = StoredHours::all(conn)?;
    let labels = labels(conn)?;
    let component = |hours: ComponentHours| {
        let state = PastComponent {
            name: hours.name,
            enabled: hours.enabled,
            labels: labels.get(&hours.id).cloned().unwrap_or_default(),
            key: hours.key,
            unreadable: None,
        };
        (hours.id, (created.get(&hours.id).copied().unwrap_or(i64::MIN), state))
    };
    Ok(PresentObjects {
        components: components.into_iter().map(component).collect(),
        calendars: calendars.into_iter().map(|stored| (stored.id, stored)).collect(),
        windows: windows.into_iter().map(|window| (window.stored.id, window)).collect(),
    })
}

/// Returns the labels of all components. Those with the same ones share them.
fn labels(conn: &mut Conn) -> Result<HashMap<i64, Arc<BTreeMap<String, String>>>> {
    let texts = label::store::all(conn)?.into_iter();
    let texts: HashMap<i64, (String, String)> = texts.map(|label| (label.id, (label.name, label.value))).collect();
    let mut shared: HashMap<Vec<i64>, Arc<BTreeMap<String, String>>> = HashMap::new();
    let links = grouped(component::store::label_links(conn)?.into_iter()).into_iter();
    let labels = links.map(|(id, labels)| {
        let of_keys = |keys: &Vec<i64>| Arc::new(keys.iter().filter_map(|key| texts.get(key).cloned()).collect());
        (id, Arc::clone(shared.entry(labels).or_insert_with_key(of_keys)))
    });
    Ok(labels.collect())
}

/// Returns everything as if it had always been as it is now.
fn unchanged(present: PresentObjects) -> PastObjects {
    let PresentObjects {
        calendars,
        windows,
        components,
    } = present;
    let components = components.into_iter();
    let calendars = calendars.into_iter();
    let windows = windows.into_iter();
    PastObjects {
        calendars: calendars
            .map(|(id, state)| (id, Timeline::constant(i64::MIN, state)))
            .collect(),
        windows: windows
            .map(|(id, state)| (id, Timeline::constant(i64::MIN, state)))
            .collect(),
        components: components
            .map(|(id, (_, state))| (id, Timeline::constant(i64::MIN, state)))
            .collect(),
        notes: Vec::new(),
    }
}

/// Pieces by key, and instead of a key the reason why there is none.
type KeyedTime = Vec<(KeyedPiece, Option<String>)>;

/// Returns the key that all of a component's time has; nothing if it changes in between, or where nothing is promised.
fn steady_key(timeline: &Timeline<PastComponent>, from: i64, to: i64) -> Option<&ScheduleKey> {
    let is_steady = timeline.changes(from, to).next().is_none();
    let component = timeline.at(from).filter(|component| is_steady && component.enabled)?;
    component.unreadable.is_none().then_some(&component.key)
}

/// Returns the pieces of a component's time.
fn keyed(schedules: &mut PastSchedules, timeline: &Timeline<PastComponent>, from: i64, to: i64) -> KeyedTime {
    let mut bounds: Vec<i64> = timeline.changes(from, to).collect();
    bounds.insert(0, from);
    bounds.push(to);
    let mut time: KeyedTime = Vec::new();
    let mut pieces: Vec<KeyedPiece> = Vec::new();
    for pair in bounds.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        match timeline.at(from).filter(|component| component.enabled) {
            Some(PastComponent {
                unreadable: Some(reason),
                name,
                ..
            }) => {
                time.extend(std::mem::take(&mut pieces).into_iter().map(|piece| (piece, None)));
                let piece = KeyedPiece { from, to, key: None };
                time.push((piece, Some(format!("component `{name}`: {reason}"))));
            }
            Some(component) => {
                let found = schedules.pieces(&component.key, from, to);
                found.iter().for_each(|piece| put(&mut pieces, piece.clone()));
            }
            None => put(&mut pieces, KeyedPiece { from, to, key: None }),
        }
    }
    time.extend(pieces.into_iter().map(|piece| (piece, None)));
    time
}

/// What distinguishes the time of components with different hours.
type TimeIdentity = Vec<(i64, Option<ScheduleKey>, Option<String>)>;

/// Compiles pieces, those of components with the same hours once.
struct SharedPieces<'a> {
    schedules: &'a PastSchedules,
    book: HoursBook,
    known: HashMap<TimeIdentity, Arc<[PromisedPiece]>>,
}

impl<'a> SharedPieces<'a> {
    fn new(schedules: &'a PastSchedules) -> Self {
        Self {
            book: schedules.book(),
            schedules,
            known: HashMap::new(),
        }
    }

    fn of(&mut self, time: KeyedTime) -> Arc<[PromisedPiece]> {
        let identity = time
            .iter()
            .map(|(piece, reason)| (piece.from, piece.key.clone(), reason.clone()));
        let identity: TimeIdentity = identity.collect();
        if let Some(known) = self.known.get(&identity) {
            return Arc::clone(known);
        }
        let mut pieces = Vec::with_capacity(time.len());
        for (KeyedPiece { from, to, key }, reason) in time {
            let (coverage, zone) = match (key, reason) {
                (_, Some(reason)) => (Some(Err(reason)), Zone::utc()),
                (Some(key), None) => (Some(self.book.coverage(&key)), self.schedules.zone(&key)),
                (None, None) => (None, Zone::utc()),
            };
            pieces.push(PromisedPiece {
                from,
                to,
                coverage,
                zone,
            });
        }
        let pieces: Arc<[PromisedPiece]> = pieces.into();
        self.known.insert(identity, Arc::clone(&pieces));
        pieces
    }
}
