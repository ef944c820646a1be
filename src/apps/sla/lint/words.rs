//! What the lints of the calculus find, in words: predicates to stand behind “Rule 1 of …”, for `check`, forms and `explain` alike.

use std::fmt::Display;

use chrono::{NaiveDate, NaiveDateTime};

use crate::apps::sla::rule::describe::lasting;
use crate::calculus::civil::format_time;
use crate::calculus::lint::{Hole, Skip};
use crate::calculus::skip::SkipOutcome;

/// Says what becomes of an occurrence whose start or end the clocks in `zone` skip.
#[must_use]
pub fn skip(skip: &Skip, zone: impl Display) -> String {
    let (date, start) = (skip.start.date(), format_time(skip.start.time()));
    match skip.outcome {
        SkipOutcome::Dropped => format!(
            "does not take place on {date}, because the clocks in {zone} skip {start} that day; choose another time, or the duration mode elapsed"
        ),
        SkipOutcome::Starts { at, longer_s } => {
            let skipped_on = match at.date() == date {
                true => "that day".to_owned(),
                false => format!("on {date}"),
            };
            format!(
                "starts on {} at {}{}, because the clocks in {zone} skip {start} {skipped_on}",
                at.date(),
                format_time(at.time()),
                longer(longer_s)
            )
        }
        SkipOutcome::Ends { planned, at, longer_s } => format!(
            "ends on {} at {}{}, because the clocks in {zone} skip {} that day",
            planned.date(),
            time_of(at, planned.date()),
            longer(longer_s),
            format_time(planned.time())
        ),
    }
}

/// Says what becomes of an occurrence whose start is skipped, behind the words that say so: `it starts at 03:30`.
#[must_use]
pub fn outcome(start: NaiveDateTime, outcome: &SkipOutcome) -> String {
    match outcome {
        SkipOutcome::Dropped => format!("it does not take place on {}", start.date()),
        SkipOutcome::Starts { at, longer_s } => {
            format!("it starts at {}{}", time_of(*at, start.date()), longer(*longer_s))
        }
        SkipOutcome::Ends { at, longer_s, .. } => {
            format!("it ends at {}{}", time_of(*at, start.date()), longer(*longer_s))
        }
    }
}

/// Says what a rule leaves out before the next occurrence, and the way out.
#[must_use]
pub fn hole(hole: &Hole) -> String {
    let to = match format_time(hole.to.time()) {
        midnight if midnight == "00:00" => "24:00".to_owned(),
        time => time,
    };
    format!(
        "leaves a hole of {} before the next occurrence, first on {} at {}; let it end at {to}",
        lasting(hole.seconds),
        hole.from.date(),
        format_time(hole.from.time())
    )
}

/// Returns a time of day, with its date if that is another than `date`.
fn time_of(at: NaiveDateTime, date: NaiveDate) -> String {
    match at.date() == date {
        true => format_time(at.time()),
        false => format!("{} {}", at.date(), format_time(at.time())),
    }
}

/// Returns ` and is 1 h shorter`; nothing for no difference.
fn longer(seconds: i64) -> String {
    match seconds {
        0 => String::new(),
        1.. => format!(" and is {} longer", lasting(seconds)),
        _ => format!(" and is {} shorter", lasting(-seconds)),
    }
}
