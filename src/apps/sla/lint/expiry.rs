//! What has run out or soon will: calendars by the last of their dates, windows by their validity or their last hours. Pure: a state
//! and an instant in.

use std::sync::Arc;

use chrono::NaiveDate;

use super::finding::Finding;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::rule::{are_one_offs, plain};
use crate::apps::sla::window::coverage;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::attainment::cutting::midnights;
use crate::calculus::civil::DAY;
use crate::calculus::coverage::{Coverage, CoveragePart, CoverageValues};
use crate::calculus::lint;
use crate::calculus::rule::Rule;
use crate::calculus::window::{CompiledWindow, WindowDefinition};
use crate::zones::Zone;

/// How many days ahead an end is reported.
pub const DAYS_AHEAD: i64 = 60;

/// Something that has run out, or will within [`DAYS_AHEAD`] days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    reason: ExpiryReason,
    /// The last date on which there is anything.
    date: NaiveDate,
    /// Days from today until that date; negative if it is past.
    pub days: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExpiryReason {
    /// The last date of a calendar's dates and one-offs.
    LastDate,
    /// The last date on which an occurrence of a window may start.
    ValidUntil,
    /// The last hours of a window in which nothing recurs.
    LastHours,
}

/// Returns the last date of the `dates` and `once` rules of an enabled calendar, after which it needs more of them. Returns nothing for a
/// calendar without such rules, and for one of `once` rules alone: exceptions are over one day, and that is as it should be.
#[must_use]
pub fn last_date(calendar: &CalendarState) -> Option<NaiveDate> {
    if !calendar.enabled || are_one_offs(&calendar.rules) {
        return None;
    }
    lint::last_date(&plain(&calendar.rules))
}

/// Judges a calendar by its [`last_date`]; a floating one by the date in UTC. Returns nothing for one that does not run out, and for one that
/// lasts longer.
#[must_use]
pub fn of_calendar(calendar: &CalendarState, now: i64) -> Option<Expiry> {
    let date = last_date(calendar)?;
    let zone = calendar.timezone.unwrap_or_else(Zone::utc);
    let expiry = Expiry::new(ExpiryReason::LastDate, date, zone, now);
    (expiry.days <= DAYS_AHEAD).then_some(expiry)
}

/// Judges an enabled window: one that is valid for at most [`DAYS_AHEAD`] days more, or whose rules list dates and one-offs alone and are
/// over. Returns nothing for every other, and for one that includes by `once` rules alone.
#[must_use]
pub fn of_window(window: &WindowState, now: i64) -> Option<Expiry> {
    if !window.enabled || are_one_offs(&window.rules) {
        return None;
    }
    let definition = coverage::definition(window);
    let is_bound = definition.rules.iter().any(Rule::is_bound_by_validity);
    if let Some(date) = window.valid_until.filter(|_| is_bound) {
        let expiry = Expiry::new(ExpiryReason::ValidUntil, date, window.timezone, now);
        let is_over = expiry.days < 0;
        if expiry.days <= DAYS_AHEAD && !(is_over && goes_on(&definition, now)) {
            return Some(expiry);
        }
    }
    let last_end = lint::last_end(&definition).filter(|end| *end <= now)?;
    let date = window.timezone.local_at(last_end - 1).date();
    Some(Expiry::new(ExpiryReason::LastHours, date, window.timezone, now))
}

/// Returns whether rules cover time at or after `now`: the last night of a window ends on the day after its last valid one, and one-offs
/// are not bound by its validity.
fn goes_on(definition: &WindowDefinition, now: i64) -> bool {
    let values = values_alone(definition, now);
    values.in_window || values.next_start.is_some()
}

/// Returns the values of what a window's own rules include.
fn values_alone(definition: &WindowDefinition, now: i64) -> CoverageValues {
    let part = CoveragePart {
        window: Arc::new(CompiledWindow::compile(definition.clone())),
        exclusions: Vec::new(),
    };
    Coverage::new(vec![part]).values(now)
}

/// Returns until when [`of_calendar`] says the same of a calendar that is not edited: the next day of its zone.
#[must_use]
pub fn calendar_until(calendar: &CalendarState, now: i64) -> i64 {
    next_day(calendar.timezone.unwrap_or_else(Zone::utc), now)
}

/// Returns until when [`of_window`] says the same of a window that is not edited: the next day of its zone, or the end of its last hours, or of
/// hours that go on after its last valid date, if that is earlier.
#[must_use]
pub fn window_until(window: &WindowState, now: i64) -> i64 {
    let definition = coverage::definition(window);
    let is_past = |date| days_until(date, window.timezone, now) < 0;
    let going_on = window.valid_until.filter(|date| is_past(*date));
    let going_on = going_on.and_then(|_| values_alone(&definition, now).next_end);
    let ends = [lint::last_end(&definition), going_on].into_iter().flatten();
    ends.filter(|end| *end > now)
        .fold(next_day(window.timezone, now), i64::min)
}

/// Returns when the next day of a zone begins. A day that the clock skips is passed over.
fn next_day(zone: Zone, now: i64) -> i64 {
    let latest = now.saturating_add(3 * DAY);
    midnights(zone, now, latest).next().unwrap_or(latest)
}

/// Returns how many days a date of a zone lies ahead; negative if it is past.
#[must_use]
pub fn days_until(date: NaiveDate, zone: Zone, now: i64) -> i64 {
    date.signed_duration_since(zone.local_at(now).date()).num_days()
}

impl Expiry {
    fn new(reason: ExpiryReason, date: NaiveDate, zone: Zone, now: i64) -> Self {
        Self {
            reason,
            date,
            days: days_until(date, zone, now),
        }
    }

    /// Returns the finding about the window or calendar of this name.
    #[must_use]
    pub fn finding(&self, name: &str) -> Finding {
        let (id, model) = match self.reason {
            ExpiryReason::LastDate => ("sla.W007", "calendar"),
            ExpiryReason::ValidUntil | ExpiryReason::LastHours => ("sla.W008", "window"),
        };
        Finding {
            id,
            message: format!("{model} `{name}` {}", self.words()),
        }
    }

    /// Returns a predicate, with what to do about it: `has ended: it was valid until 2026-10-31`.
    #[must_use]
    pub fn words(&self) -> String {
        let date = self.date;
        let is_past = self.days < 0;
        let when = match self.days {
            ..0 => String::new(),
            0 => " (today)".to_owned(),
            1 => " (tomorrow)".to_owned(),
            days => format!(" (in {days} days)"),
        };
        match self.reason {
            ExpiryReason::LastDate if is_past => {
                format!(
                    "has run out: the last date of its rules “Listed days” and “Once” was {date}; add the dates to come"
                )
            }
            ExpiryReason::LastDate => {
                format!(
                    "runs out: the last date of its rules “Listed days” and “Once” is {date}{when}; add the dates to come"
                )
            }
            ExpiryReason::ValidUntil if is_past => format!("has ended: it was valid until {date}"),
            ExpiryReason::ValidUntil => format!("ends: it is valid until {date}{when}"),
            ExpiryReason::LastHours => format!("has ended: its last hours were on {date}, and no rule of it recurs"),
        }
    }

    /// Returns the title of a panel on the object's page.
    #[must_use]
    pub fn title(&self, what: &str) -> String {
        let verb = match (self.days < 0, self.reason) {
            (true, ExpiryReason::LastDate) => "has run out",
            (false, ExpiryReason::LastDate) => "runs out",
            (false, ExpiryReason::ValidUntil) => "ends",
            (true, ExpiryReason::ValidUntil) | (_, ExpiryReason::LastHours) => "has ended",
        };
        format!("This {what} {verb}")
    }
}
