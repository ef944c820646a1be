//! The coverages of all schedules that components use, to filter and sort by hours: compiled once for each state of the data.

use std::sync::{Arc, Mutex, PoisonError};

use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::read_model::model::{DataState, ReadModel};
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::db::{Conn, Result, limit};

/// What the components of one schedule are at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HoursState {
    Inside,
    Outside,
    /// No window of it is enabled.
    NoHours,
    /// A window or calendar of it cannot be read.
    Unknown,
}

/// How much of a day is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Covered {
    Full,
    Partly,
    None,
    /// A window or calendar cannot be read.
    Unknown,
}

/// The hours of a schedule.
#[derive(Clone, Debug)]
struct CompiledSchedule {
    /// Nothing if they cannot be read.
    coverage: Option<Arc<Coverage>>,
    has_windows: bool,
}

/// The hours of all schedules of a state of the data, by the place that the read model gives each.
#[derive(Clone, Debug, Default)]
pub(super) struct ScheduleHours(Vec<Option<CompiledSchedule>>);

/// The newest of them.
#[derive(Default)]
pub(super) struct NewestSchedules(Mutex<Option<(DataState, Arc<ScheduleHours>)>>);

impl NewestSchedules {
    /// Returns the hours of the schedules of a state of the read model.
    pub(super) fn of(&self, conn: &mut Conn, model: &ReadModel) -> Result<Arc<ScheduleHours>> {
        let newest = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, hours)) = newest.filter(|(state, _)| state == model.state()) {
            return Ok(hours);
        }
        let hours = Arc::new(ScheduleHours::compile(conn, model)?);
        let newest = (model.state().clone(), Arc::clone(&hours));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(newest);
        Ok(hours)
    }
}

impl ScheduleHours {
    fn compile(conn: &mut Conn, model: &ReadModel) -> Result<Self> {
        let mut book = HoursBook::new(&StoredHours::schedules(conn)?);
        let mut hours = Vec::new();
        for (place, key, _) in model.schedules() {
            limit::check()?;
            let place = place as usize;
            if hours.len() <= place {
                hours.resize(place + 1, None);
            }
            hours[place] = Some(CompiledSchedule {
                coverage: book.coverage(key).ok(),
                has_windows: book.has_enabled_window(key),
            });
        }
        Ok(Self(hours))
    }

    /// Returns what the components of each schedule are at an instant.
    pub(super) fn states(&self, at: i64) -> Result<Vec<HoursState>> {
        self.each(HoursState::Unknown, |schedule| match &schedule.coverage {
            _ if !schedule.has_windows => HoursState::NoHours,
            None => HoursState::Unknown,
            Some(coverage) if coverage.covers(at) => HoursState::Inside,
            Some(_) => HoursState::Outside,
        })
    }

    /// Returns of each schedule whether its hours begin at an instant; none if they neither begin nor end then.
    pub(super) fn turns(&self, at: i64) -> Result<Vec<Option<bool>>> {
        self.each(None, |schedule| {
            let coverage = schedule.coverage.as_ref()?;
            let is_inside = coverage.covers(at);
            (coverage.covers(at.saturating_sub(1)) != is_inside).then_some(is_inside)
        })
    }

    /// Returns how much of a range of time is covered by each schedule.
    pub(super) fn covered(&self, range: Span) -> Result<Vec<Covered>> {
        self.each(Covered::Unknown, |schedule| match &schedule.coverage {
            None => Covered::Unknown,
            Some(coverage) => match coverage.covered_seconds(range.start, range.end) {
                0 => Covered::None,
                seconds if seconds == range.seconds() => Covered::Full,
                _ => Covered::Partly,
            },
        })
    }

    /// Returns the next transition of each schedule, to sort by; the end of time where there is none.
    pub(super) fn next_transitions(&self, now: i64) -> Result<Vec<i64>> {
        self.each(i64::MAX, |schedule| {
            let values = schedule.coverage.as_ref().map(|coverage| coverage.values(now));
            values.and_then(|values| values.next_transition()).unwrap_or(i64::MAX)
        })
    }

    /// Returns an answer for each place; `unused` where no component has the schedule.
    fn each<T: Copy>(&self, unused: T, answer: impl Fn(&CompiledSchedule) -> T) -> Result<Vec<T>> {
        let mut answers = Vec::with_capacity(self.0.len());
        for schedule in &self.0 {
            limit::check()?;
            answers.push(schedule.as_ref().map_or(unused, &answer));
        }
        Ok(answers)
    }
}
