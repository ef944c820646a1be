//! What has run out or soon will: calendars by the last of their dates, windows by their validity or their last hours. Pure: a state
//! and an instant in.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::rule::plain;
use crate::apps::sla::window::coverage;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::coverage::{Coverage, CoveragePart};
use crate::calculus::lint;
use crate::calculus::rule::Rule;
use crate::calculus::window::{CompiledWindow, WindowDefinition};
use crate::zones::Zone;

/// How many days ahead an ending is reported.
pub const DAYS_AHEAD: i64 = 60;

/// Something that has run out, or will within [`DAYS_AHEAD`] days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    kind: Kind,
    /// The last date on which there is anything.
    date: NaiveDate,
    /// Days from today until that date; negative if it is past.
    pub days: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The last date of a calendar's dates and one-offs.
    LastDate,
    /// The last date on which an occurrence of a window may start.
    ValidUntil,
    /// The last hours of a window in which nothing recurs.
    LastHours,
}

/// Judges an enabled calendar by the last date of its `dates` and `once` rules; a floating one by the date in UTC. Returns nothing for a
/// calendar without such rules, and for one that lasts longer.
#[must_use]
pub fn of_calendar(calendar: &CalendarState, now: i64) -> Option<Ending> {
    let date = lint::last_date(&plain(&calendar.rules)).filter(|_| calendar.enabled)?;
    let days = days_until(date, calendar.timezone.unwrap_or_else(Zone::utc), now);
    (days <= DAYS_AHEAD).then_some(Ending {
        kind: Kind::LastDate,
        date,
        days,
    })
}

/// Judges an enabled window: one that is valid for at most [`DAYS_AHEAD`] days more, or whose rules list dates and one-offs alone and are
/// over. Returns nothing for every other.
#[must_use]
pub fn of_window(window: &WindowState, now: i64) -> Option<Ending> {
    if !window.enabled {
        return None;
    }
    let definition = coverage::definition(window);
    // One-offs are not bound by the validity.
    let is_bound = definition.rules.iter().any(|rule| !matches!(rule, Rule::Once { .. }));
    let valid_until = window.valid_until.filter(|_| is_bound);
    let ending = |kind, date| {
        Some(Ending {
            kind,
            date,
            days: days_until(date, window.timezone, now),
        })
    };
    let valid_until = valid_until
        .and_then(|date| ending(Kind::ValidUntil, date))
        .filter(|ending| ending.days >= 0 || !goes_on(&definition, now));
    let last_hours = lint::last_end(&definition).filter(|end| *end <= now);
    valid_until.filter(|ending| ending.days <= DAYS_AHEAD).or_else(|| {
        let last_second = last_hours? - 1;
        ending(Kind::LastHours, window.timezone.local_at(last_second).date())
    })
}

/// Returns whether rules cover time at or after `now`: the last night of a window ends on the day after its last valid one, and one-offs
/// are not bound by its validity.
fn goes_on(definition: &WindowDefinition, now: i64) -> bool {
    let window = Arc::new(CompiledWindow::compile(definition.clone()));
    let exclusions = Vec::new();
    let values = Coverage::new(vec![CoveragePart { window, exclusions }]).values(now);
    values.in_window || values.next_start.is_some()
}

fn days_until(date: NaiveDate, zone: Zone, now: i64) -> i64 {
    let today = zone.local_at(now).date();
    date.signed_duration_since(today).num_days()
}

impl Ending {
    /// Says so as a predicate, with the way out: `has ended: it is valid until 2026-10-31`.
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
        match self.kind {
            Kind::LastDate if is_past => {
                format!("has run out: the last date of its rules dates and once was {date}; add the dates to come")
            }
            Kind::LastDate => {
                format!("runs out: the last date of its rules dates and once is {date}{when}; add the dates to come")
            }
            Kind::ValidUntil if is_past => format!("has ended: it was valid until {date}"),
            Kind::ValidUntil => format!("ends: it is valid until {date}{when}"),
            Kind::LastHours => format!("has ended: its last hours were on {date}, and no rule of it recurs"),
        }
    }

    /// Returns the title of a remark on the object's page.
    #[must_use]
    pub fn title(&self, what: &str) -> String {
        let verb = match (self.days < 0, self.kind) {
            (true, Kind::LastDate) => "has run out",
            (false, Kind::LastDate) => "runs out",
            (false, Kind::ValidUntil) => "ends",
            (true, Kind::ValidUntil) | (_, Kind::LastHours) => "has ended",
        };
        format!("This {what} {verb}")
    }
}
