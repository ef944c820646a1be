//! What needs a look: the findings of `check` that cannot wait, of windows and calendars, judged once for each state of them and each day.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use crate::apps::sla::calendar::running_out::LastListed;
use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::lint::expiry::{self, Expiry};
use crate::apps::sla::lint::{Finding, schedule};
use crate::apps::sla::names::ByName;
use crate::apps::sla::read_model::model::{ReadModel, WindowEntry};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::{WindowState, windows};
use crate::apps::sla::{CALENDAR, WINDOW};
use crate::auth::Model;
use crate::calculus::civil::DAY;
use crate::db::{self, Conn, limit};

/// How far ahead starts that the clocks skip are looked for, in seconds.
const SKIPS_AHEAD: i64 = 30 * DAY;

/// A window or calendar that needs a look.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub(super) model: Model,
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) finding: Finding,
    /// Days between today and its end, if it is about one.
    days: i64,
}

/// The newest judgements.
#[derive(Default)]
pub(super) struct NewestJudgements(Mutex<Option<Arc<Judged>>>);

/// All windows and calendars, judged.
#[derive(Default)]
pub(super) struct Judged {
    /// The state of the windows and calendars, known by its address: it is another one once any of them changed.
    of: Arc<BTreeMap<i64, WindowEntry>>,
    day: i64,
    windows: HashMap<i64, JudgedObject<CutWindow>>,
    calendars: HashMap<i64, JudgedObject<Arc<CalendarState>>>,
    /// The most urgent first.
    pub(super) all: Vec<Judgement>,
    /// Until when enabled calendars that can be read have dates.
    pub(super) last_dates: Vec<LastListed>,
    /// The calendar of these whose dates run out first, or have: the date, its name and its key.
    pub(super) first_to_run_out: Option<(NaiveDate, String, i64)>,
}

/// A window and its calendars.
type CutWindow = (WindowState, Vec<Arc<CalendarState>>);

/// An object with what was judged of it: the same state is not judged twice on one day.
struct JudgedObject<S> {
    state: S,
    unreadable: Option<String>,
    judgements: Arc<[Judgement]>,
}

impl NewestJudgements {
    /// Returns the judgements of the windows and calendars that a state of the read model has.
    pub(super) fn of(&self, conn: &mut Conn, model: &ReadModel, now: i64) -> db::Result<Arc<Judged>> {
        let newest = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let day = now.div_euclid(DAY);
        let is_same = |judged: &Arc<Judged>| judged.day == day && Arc::ptr_eq(&judged.of, model.shared_windows());
        if let Some(judged) = newest.clone().filter(is_same) {
            return Ok(judged);
        }
        let before = newest.filter(|judged| judged.day == day).unwrap_or_default();
        let judged = Arc::new(Judged::new(conn, model, &before, now)?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&judged));
        Ok(judged)
    }
}

impl Judged {
    fn new(conn: &mut Conn, model: &ReadModel, before: &Self, now: i64) -> db::Result<Self> {
        let mut judged = Self {
            of: Arc::clone(model.shared_windows()),
            day: now.div_euclid(DAY),
            ..Self::default()
        };
        let mut by_name: ByName<Arc<CalendarState>> = ByName::default();
        for stored in calendars(conn, None)? {
            limit::check()?;
            let state = Arc::new(stored.state);
            by_name.insert(&state.name, Arc::clone(&state));
            if state.enabled && stored.unreadable.is_none() {
                let last = expiry::last_date(&state).map(|date| (date, state.timezone));
                judged.last_dates.push(last);
                let run_out = last.map(|(date, _)| (date, state.name.clone(), stored.id));
                judged.first_to_run_out = judged.first_to_run_out.into_iter().chain(run_out).min();
            }
            let known = before.calendars.get(&stored.id);
            let known = known.filter(|known| known.is_of(&state, stored.unreadable.as_ref()));
            let judgements = match known {
                Some(known) => Arc::clone(&known.judgements),
                None => of_calendar(stored.id, &state, stored.unreadable.as_deref(), now),
            };
            let object = JudgedObject {
                state,
                unreadable: stored.unreadable,
                judgements,
            };
            judged.calendars.insert(stored.id, object);
        }
        for stored in windows(conn, None)? {
            limit::check()?;
            let own = stored.state.calendars.iter();
            let own: Vec<Arc<CalendarState>> = own.filter_map(|name| by_name.get(name).cloned()).collect();
            let Stored {
                id, state, unreadable, ..
            } = stored;
            let key = (state, own);
            let known = before.windows.get(&id);
            let known = known.filter(|known| known.is_of(&key, unreadable.as_ref()));
            let judgements = match known {
                Some(known) => Arc::clone(&known.judgements),
                None => of_window(id, &key.0, unreadable.as_deref(), &by_name, now),
            };
            let object = JudgedObject {
                state: key,
                unreadable,
                judgements,
            };
            judged.windows.insert(id, object);
        }
        judged.all = judged.in_order();
        Ok(judged)
    }

    fn in_order(&self) -> Vec<Judgement> {
        let of_windows = self.windows.values().flat_map(|object| object.judgements.iter());
        let of_calendars = self.calendars.values().flat_map(|object| object.judgements.iter());
        let mut all: Vec<Judgement> = of_windows.chain(of_calendars).cloned().collect();
        all.sort_by(|one, other| one.order().cmp(&other.order()));
        all
    }
}

impl<S: PartialEq> JudgedObject<S> {
    fn is_of(&self, state: &S, unreadable: Option<&String>) -> bool {
        self.state == *state && self.unreadable.as_ref() == unreadable
    }
}

impl Judgement {
    fn order(&self) -> (u8, bool, i64, &str, &str) {
        (
            urgency(self.finding.id),
            // What is over comes before what will be.
            self.days >= 0,
            self.days.abs(),
            &self.name,
            &self.finding.message,
        )
    }
}

/// Returns how urgent a finding is, the most urgent least: what has no metrics, what promises nothing, what ends, what is without effect.
pub(super) fn urgency(id: &str) -> u8 {
    match id {
        "sla.E001" => 0,
        "sla.W001" | "sla.W003" | "sla.W006" => 1,
        "sla.W007" | "sla.W008" => 2,
        "sla.W004" => 3,
        "sla.W002" => 4,
        _ => 5,
    }
}

/// Judges a calendar as `check` does.
fn of_calendar(id: i64, state: &CalendarState, unreadable: Option<&str>, now: i64) -> Arc<[Judgement]> {
    let of = (CALENDAR, id, state.name.as_str());
    if !state.enabled {
        return Arc::default();
    }
    if let Some(finding) = schedule::unreadable("calendar", &state.name, unreadable) {
        return judgements(of, None, vec![finding]);
    }
    let findings = schedule::calendar_excluding_nothing(state, now);
    judgements(of, expiry::of_calendar(state, now), findings)
}

/// Judges a window as `check` does.
fn of_window(
    id: i64,
    state: &WindowState,
    unreadable: Option<&str>,
    calendars: &ByName<Arc<CalendarState>>,
    now: i64,
) -> Arc<[Judgement]> {
    let of = (WINDOW, id, state.name.as_str());
    if !state.enabled {
        return Arc::default();
    }
    if let Some(finding) = schedule::unreadable("window", &state.name, unreadable) {
        return judgements(of, None, vec![finding]);
    }
    let expiry = expiry::of_window(state, now).filter(|_| !state.rules.is_empty());
    let until = now.saturating_add(SKIPS_AHEAD);
    judgements(of, expiry, schedule::window_until(state, calendars, now, until))
}

/// Returns what is to be said of an object, its end first.
fn judgements(
    (model, id, name): (Model, i64, &str),
    expiry: Option<Expiry>,
    findings: Vec<Finding>,
) -> Arc<[Judgement]> {
    let judgement = |finding, days| Judgement {
        model,
        id,
        name: name.to_owned(),
        finding,
        days,
    };
    let ending = expiry.map(|expiry| judgement(expiry.finding(name), expiry.days));
    let others = findings.into_iter().map(|finding| judgement(finding, 0));
    ending.into_iter().chain(others).collect()
}
