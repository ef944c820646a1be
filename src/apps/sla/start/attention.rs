//! What needs a look: the findings of `check` that cannot wait, of windows and calendars, judged once for each state of them and each day of
//! their zones.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use crate::apps::sla::calendar::running_out::LastListed;
use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::lint::expiry::{self, Expiry};
use crate::apps::sla::lint::{Finding, schedule};
use crate::apps::sla::names::ByName;
use crate::apps::sla::read_model::model::{ReadModel, WindowEntry};
use crate::apps::sla::window::state::{WindowState, windows};
use crate::apps::sla::{CALENDAR, WINDOW};
use crate::auth::Model;
use crate::calculus::civil::DAY;
use crate::db::{self, Conn, limit};
use crate::zones::{self, Zones};

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
    /// The time zone data that it was judged by.
    zones: Option<Arc<Zones>>,
    /// When it was judged.
    since: i64,
    /// The first instant at which one of them may be judged otherwise without an edit.
    until: i64,
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

/// An object with what was judged of it: the same state is not judged twice on one day of its zone.
struct JudgedObject<S> {
    state: S,
    unreadable: Option<String>,
    judgements: Arc<[Judgement]>,
    /// The first instant at which it may be judged otherwise.
    until: i64,
}

impl NewestJudgements {
    /// Returns the judgements of the windows and calendars that a state of the read model has.
    pub(super) fn of(&self, conn: &mut Conn, model: &ReadModel, now: i64) -> db::Result<Arc<Judged>> {
        let newest = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let zones = zones::current();
        let is_by_these = |judged: &Arc<Judged>| judged.zones.as_ref().is_some_and(|of| Arc::ptr_eq(of, &zones));
        // A clock that was put back makes it judge anew.
        let before = newest.filter(|judged| judged.since <= now && is_by_these(judged));
        let is_same = |judged: &Arc<Judged>| now < judged.until && Arc::ptr_eq(&judged.of, model.shared_windows());
        if let Some(judged) = before.clone().filter(is_same) {
            return Ok(judged);
        }
        let mut judged = Judged {
            of: Arc::clone(model.shared_windows()),
            zones: Some(zones),
            since: now,
            until: i64::MAX,
            ..Judged::default()
        };
        judged.judge(conn, &before.unwrap_or_default())?;
        let judged = Arc::new(judged);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&judged));
        Ok(judged)
    }
}

impl Judged {
    /// Judges all calendars and windows that are stored; what was judged of the same ones `before` is taken over.
    fn judge(&mut self, conn: &mut Conn, before: &Self) -> db::Result<()> {
        let mut by_name: ByName<Arc<CalendarState>> = ByName::default();
        for stored in calendars(conn, None)? {
            limit::check()?;
            let state = Arc::new(stored.state);
            by_name.insert(&state.name, Arc::clone(&state));
            if state.enabled && stored.unreadable.is_none() {
                let last = expiry::last_date(&state).map(|date| (date, state.timezone));
                self.last_dates.push(last);
                let run_out = last.map(|(date, _)| (date, state.name.clone(), stored.id));
                self.first_to_run_out = self.first_to_run_out.take().into_iter().chain(run_out).min();
            }
            let id = stored.id;
            let object = JudgedObject::of(
                before.calendars.get(&id),
                state,
                stored.unreadable,
                self.since,
                |object, now| {
                    let judgements = of_calendar(id, &object.state, object.unreadable.as_deref(), now);
                    (judgements, expiry::calendar_until(&object.state, now))
                },
            );
            self.until = self.until.min(object.until);
            self.calendars.insert(id, object);
        }
        for stored in windows(conn, None)? {
            limit::check()?;
            let own = stored.state.calendars.iter();
            let own: Vec<Arc<CalendarState>> = own.filter_map(|name| by_name.get(name).cloned()).collect();
            let (id, key) = (stored.id, (stored.state, own));
            let object = JudgedObject::of(
                before.windows.get(&id),
                key,
                stored.unreadable,
                self.since,
                |object, now| {
                    let (state, unreadable) = (&object.state.0, object.unreadable.as_deref());
                    let judgements = of_window(id, state, unreadable, &by_name, now);
                    (judgements, expiry::window_until(state, now))
                },
            );
            self.until = self.until.min(object.until);
            self.windows.insert(id, object);
        }
        self.all = self.in_order();
        Ok(())
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
    /// Returns an object with what `judge` says of it and until when; with what was `known` of it, if it is still the same and holds.
    fn of(
        known: Option<&Self>,
        state: S,
        unreadable: Option<String>,
        now: i64,
        judge: impl FnOnce(&Self, i64) -> (Arc<[Judgement]>, i64),
    ) -> Self {
        let mut object = Self {
            state,
            unreadable,
            judgements: Arc::default(),
            until: now,
        };
        let is_same =
            |known: &&Self| known.state == object.state && known.unreadable == object.unreadable && now < known.until;
        (object.judgements, object.until) = match known.filter(is_same) {
            Some(known) => (Arc::clone(&known.judgements), known.until),
            None => judge(&object, now),
        };
        object
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
