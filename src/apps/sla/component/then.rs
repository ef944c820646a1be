//! How components stand at the instant or on the day that their list is asked about, and why.

use std::collections::HashMap;

use super::asked_time::{asked_day, asked_instant};
use super::idle;
use super::list::ComponentColumn;
use crate::admin::model::{ListQuery, StateThen};
use crate::admin::query::Query;
use crate::apps::list_key::ListKey;
use crate::apps::sla::hours::book::{CutOwner, HoursBook, NamedCut, NamedHours};
use crate::apps::sla::hours::stored::{ComponentHours, StoredHours};
use crate::apps::sla::hours::words;
use crate::apps::sla::window::state::WindowState;
use crate::apps::sla::{CALENDAR, WINDOW};
use crate::auth::Model;
use crate::calculus::span::Span;
use crate::db::{self, Conn, limit};
use crate::zones::Zone;

/// How many calendars and windows are named as the reason for the hours of a day.
const REASONS_MAX: usize = 5;

/// Half of a day, seconds.
const NOON: i64 = 43_200;

/// What a list is asked about, if it is not now.
#[derive(Clone, Copy)]
enum AskedTime {
    Day(Span),
    Instant(i64),
}

impl AskedTime {
    fn of(wanted: &ListQuery) -> Option<(Self, Zone)> {
        match asked_day(wanted) {
            Some((day, zone)) => day.map(|day| (Self::Day(day), zone)),
            None => asked_instant(wanted).map(|(at, zone)| (Self::Instant(at), zone)),
        }
    }

    /// Returns its last second.
    fn last(self) -> i64 {
        match self {
            Self::Day(day) => day.end - 1,
            Self::Instant(at) => at,
        }
    }

    /// Returns an instant to explain it by.
    fn middle(self) -> i64 {
        match self {
            Self::Day(day) => (day.start + NOON).min(day.end - 1),
            Self::Instant(at) => at,
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Day(day) => day,
            Self::Instant(at) => Span {
                start: at,
                end: at.saturating_add(1),
            },
        }
    }
}

/// How a component stands at the time that is asked about.
pub(super) struct ComponentThen {
    pub(super) state: StateThen,
    /// What is next after that time.
    pub(super) next_transition: Option<i64>,
}

/// Returns what the head of a column says, if the list is not asked about now.
pub(super) fn head(wanted: &ListQuery, column: &str) -> Option<&'static str> {
    let is = |meant: ComponentColumn| column == meant.key();
    match AskedTime::of(wanted)?.0 {
        AskedTime::Day(_) if is(ComponentColumn::State) => Some("Hours that day"),
        AskedTime::Instant(_) if is(ComponentColumn::State) => Some("State then"),
        AskedTime::Day(_) if is(ComponentColumn::NextTransition) => Some("Next after that day"),
        AskedTime::Instant(_) if is(ComponentColumn::NextTransition) => Some("Next transition then"),
        AskedTime::Day(_) | AskedTime::Instant(_) => None,
    }
}

/// Returns the instant after which transitions are the next ones; `now` where the list is asked about now.
pub(super) fn next_after(wanted: &ListQuery, now: i64) -> i64 {
    AskedTime::of(wanted).map_or(now, |(time, _)| time.last())
}

/// Returns the states of enabled components of these keys; nothing where the list is asked about now.
pub(super) fn states(
    conn: &mut Conn,
    wanted: &ListQuery,
    ids: &[i64],
) -> db::Result<Option<HashMap<i64, ComponentThen>>> {
    let Some((time, zone)) = AskedTime::of(wanted) else {
        return Ok(None);
    };
    let hours = StoredHours::of_components(conn, ids)?;
    let mut book = HoursBook::new(&hours);
    let mut states = HashMap::new();
    for component in hours.components.iter().filter(|component| component.enabled) {
        limit::check()?;
        // What cannot be read is said of the component as it is now.
        let then = state(&mut book, &hours, component, time, zone).and_then(|state| {
            let values = book.coverage(&component.key).ok()?.values(time.last());
            Some(ComponentThen {
                state,
                next_transition: values.next_transition(),
            })
        });
        states.extend(then.map(|then| (component.id, then)));
    }
    Ok(Some(states))
}

/// Returns how a component stands; nothing if that cannot be read.
fn state(
    book: &mut HoursBook,
    hours: &StoredHours,
    component: &ComponentHours,
    time: AskedTime,
    zone: Zone,
) -> Option<StateThen> {
    let key = &component.key;
    let query = |at: i64| {
        let query = Query::default().with("at", &at.to_string());
        query.with("zone", zone.name()).link()
    };
    let why_idle = || {
        let windows = hours.windows.iter().map(|window| &window.stored);
        let windows = windows.filter(|window| key.0.contains(&window.id));
        let windows: Vec<&WindowState> = windows.map(|window| &window.state).collect();
        Some((vec![WINDOW], listed(idle::reasons(&windows, time.span())?)))
    };
    if !book.has_enabled_window(key) {
        return Some(StateThen {
            is_inside: None,
            words: "no hours".to_owned(),
            why: why_idle(),
            query: query(time.middle()),
        });
    }
    let coverage = book.coverage(key).ok()?;
    let day = match time {
        AskedTime::Day(day) => day,
        AskedTime::Instant(at) => {
            let is_inside = coverage.covers(at);
            return Some(StateThen {
                is_inside: Some(is_inside),
                words: if is_inside { "inside" } else { "outside" }.to_owned(),
                why: None,
                query: query(at),
            });
        }
    };
    let NamedHours { spans, cuts } = book.day(key, day).ok()?;
    let first = cuts.first().map(|cut| cut.span).or(spans.first().copied());
    let mut why = why(&cuts);
    let words = match spans.as_slice() {
        [] => {
            why = why.or_else(why_idle);
            match why {
                Some(_) => "none".to_owned(),
                None => format!("none: {}", idle::without_rule(&coverage, day, zone)),
            }
        }
        [whole] if *whole == day => "all day".to_owned(),
        spans => words::times(spans, day, zone),
    };
    Some(StateThen {
        is_inside: Some(!spans.is_empty()),
        words,
        why,
        query: query(first.map_or(time.middle(), |first| first.start)),
    })
}

/// Names what cuts a day, and the models whose names that are.
fn why(cuts: &[NamedCut]) -> Option<(Vec<Model>, String)> {
    let mut models: Vec<Model> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for cut in cuts {
        let model = match &cut.by {
            CutOwner::Calendar(_) => CALENDAR,
            CutOwner::Window(_) => WINDOW,
        };
        if !models.contains(&model) {
            models.push(model);
        }
        names.push(match cut.name.as_str() {
            "" => cut.by.name().to_owned(),
            name => format!("{}, {name}", cut.by.name()),
        });
    }
    (!names.is_empty()).then(|| (models, listed(names)))
}

/// Returns reasons as one text; of many the first.
fn listed(mut reasons: Vec<String>) -> String {
    if reasons.len() > REASONS_MAX {
        let more = reasons.len() - REASONS_MAX;
        reasons.truncate(REASONS_MAX);
        reasons.push(format!("and {more} more"));
    }
    reasons.join("; ")
}
