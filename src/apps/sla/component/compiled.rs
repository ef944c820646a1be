//! The coverages of all schedules that components use, to filter and sort by hours: compiled once for each state of the data.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::read_model::model::ReadModel;
use crate::apps::sla::read_model::newest::lock;
use crate::apps::sla::read_model::per_state::PerState;
use crate::calculus::civil::DAY;
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::db::{Conn, Result, limit};

/// In how many ranges of time the spans of schedules are kept: those of the day now, of the day of the list's zone, and of a day that is asked about.
const RANGES_MAX: usize = 4;

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
#[derive(Debug, Default)]
pub(super) struct ScheduleHours {
    schedules: Vec<Option<CompiledSchedule>>,
    /// The spans of each schedule in ranges that pages asked for, the newest last: a page asks for the same days several times, and so does the next.
    spans: Mutex<VecDeque<(Span, SpansBySchedule)>>,
    /// The next transitions, and until when they are: from the instant for which they were looked for to the first of them.
    next: Mutex<Option<(Span, Arc<Vec<i64>>)>>,
}

/// The spans of each schedule, by its place.
type SpansBySchedule = Arc<Vec<Vec<Span>>>;

/// The newest of them.
pub(super) type NewestSchedules = PerState<ScheduleHours>;

impl ScheduleHours {
    /// Compiles the hours of the schedules of a state of the read model.
    ///
    /// # Errors
    /// Those of queries and of limits of the work.
    pub(super) fn compile(conn: &mut Conn, model: &ReadModel) -> Result<Self> {
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
        Ok(Self {
            schedules: hours,
            ..Self::default()
        })
    }

    /// Returns what the components of each schedule are at an instant.
    pub(super) fn states(&self, at: i64) -> Result<Vec<HoursState>> {
        let spans = self.spans_in(about(at))?;
        let state = |schedule: &CompiledSchedule, spans: &[Span]| match &schedule.coverage {
            _ if !schedule.has_windows => HoursState::NoHours,
            None => HoursState::Unknown,
            Some(_) if holds(spans, at) => HoursState::Inside,
            Some(_) => HoursState::Outside,
        };
        Ok(self.each(&spans, HoursState::Unknown, state))
    }

    /// Returns of each schedule whether its hours begin at an instant; none if they neither begin nor end then.
    pub(super) fn turns(&self, at: i64) -> Result<Vec<Option<bool>>> {
        let spans = self.spans_in(about(at))?;
        let turn = |_: &CompiledSchedule, spans: &[Span]| {
            let is_inside = holds(spans, at);
            (holds(spans, at.saturating_sub(1)) != is_inside).then_some(is_inside)
        };
        Ok(self.each(&spans, None, turn))
    }

    /// Returns how much of a range of time is covered by each schedule.
    pub(super) fn covered(&self, range: Span) -> Result<Vec<Covered>> {
        let spans = self.spans_in(range)?;
        let covered = |schedule: &CompiledSchedule, spans: &[Span]| {
            let seconds: i64 = spans.iter().map(Span::seconds).sum();
            match &schedule.coverage {
                None => Covered::Unknown,
                Some(_) if seconds == 0 => Covered::None,
                Some(_) if seconds == range.seconds() => Covered::Full,
                Some(_) => Covered::Partly,
            }
        };
        Ok(self.each(&spans, Covered::Unknown, covered))
    }

    /// Returns the next transition of each schedule, to sort by; the end of time where there is none.
    pub(super) fn next_transitions(&self, now: i64) -> Result<Arc<Vec<i64>>> {
        let known = lock(&self.next).clone();
        if let Some((_, next)) = known.filter(|(until, _)| until.contains(now)) {
            return Ok(next);
        }
        let mut next = Vec::with_capacity(self.schedules.len());
        for schedule in &self.schedules {
            limit::check()?;
            let coverage = schedule.as_ref().and_then(|schedule| schedule.coverage.as_ref());
            let values = coverage.map(|coverage| coverage.values(now));
            next.push(values.and_then(|values| values.next_transition()).unwrap_or(i64::MAX));
        }
        let next = Arc::new(next);
        // What has no transition now may have one later, when the search for it reaches further.
        let first = next.iter().copied().min().unwrap_or(now).min(now.saturating_add(DAY));
        *lock(&self.next) = Span::new(now, first).map(|until| (until, Arc::clone(&next)));
        Ok(next)
    }

    /// Returns the spans of each schedule in a range of time.
    fn spans_in(&self, range: Span) -> Result<SpansBySchedule> {
        let is_asked = |(known, _): &&(Span, SpansBySchedule)| *known == range;
        if let Some((_, spans)) = lock(&self.spans).iter().find(is_asked) {
            return Ok(Arc::clone(spans));
        }
        let mut spans = Vec::with_capacity(self.schedules.len());
        for schedule in &self.schedules {
            limit::check()?;
            let coverage = schedule.as_ref().and_then(|schedule| schedule.coverage.as_ref());
            spans.push(coverage.map_or_else(Vec::new, |coverage| coverage.spans(range.start, range.end)));
        }
        let spans = Arc::new(spans);
        let mut known = lock(&self.spans);
        known.push_back((range, Arc::clone(&spans)));
        if known.len() > RANGES_MAX {
            known.pop_front();
        }
        Ok(spans)
    }

    /// Returns an answer for each place; `unused` where no component has the schedule.
    fn each<T: Copy>(
        &self,
        spans: &[Vec<Span>],
        unused: T,
        answer: impl Fn(&CompiledSchedule, &[Span]) -> T,
    ) -> Vec<T> {
        let each = self.schedules.iter().zip(spans);
        let answers =
            each.map(|(schedule, spans)| schedule.as_ref().map_or(unused, |schedule| answer(schedule, spans)));
        answers.collect()
    }
}

/// Returns the day of UTC with an instant, and the second before it.
fn about(at: i64) -> Span {
    let day = at.div_euclid(DAY).saturating_mul(DAY);
    Span {
        start: day.saturating_sub(1),
        end: day.saturating_add(DAY),
    }
}

fn holds(spans: &[Span], at: i64) -> bool {
    spans.iter().any(|span| span.contains(at))
}
