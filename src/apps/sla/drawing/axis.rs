//! What stands above bars: days or hours of a zone, weekends, changes of its clock, and now.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Timelike, Weekday};

use super::Percent;
use crate::apps::sla::hours::words;
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::zones::{ClockChange, Zone};

/// The hours that a day has labels for.
const HOUR_LABELS: [u32; 8] = [0, 3, 6, 9, 12, 15, 18, 21];

/// The most days that each have a label with their weekday.
const WEEKDAYS_MAX: usize = 16;

/// The most days that each have a label.
const DAYS_MAX: usize = 31;

/// How many days the name of a month takes in a longer range, and how many a day of the month.
const MONTH_ROOM: u32 = 5;
const DAY_ROOM: u32 = 3;

/// A mark on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisTick {
    /// Where it is.
    pub x: Percent,
    /// What stands just behind it; empty where it has no room.
    pub label: String,
    /// Whether it is the first of a day, where marks are hours, or begins a week, where they are days.
    pub is_major: bool,
    /// Whether it begins a month, where marks are weeks.
    pub is_month: bool,
}

/// A part of the picture that is shaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shade {
    /// Where it begins.
    pub x: Percent,
    /// How wide it is.
    pub width: Percent,
}

/// What is drawn above and behind bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Marks, in order.
    pub ticks: Vec<AxisTick>,
    /// Saturdays and Sundays.
    pub weekends: Vec<Shade>,
    /// Now, if it is in the picture.
    pub now: Option<Percent>,
    /// The changes of the clock in the picture.
    pub changes: Vec<ClockMark>,
}

/// A change of the clock on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockMark {
    /// Where it is.
    pub x: Percent,
    /// By how much the clock goes forward, or back: `+1 h`, `−30 min`.
    pub words: String,
    /// The change.
    pub change: ClockChange,
}

impl Axis {
    /// Returns the axis of a range of time in the dates of a zone.
    #[must_use]
    pub fn new(range: Span, zone: Zone, now: i64) -> Self {
        let days: Vec<(Period, Span)> = Period::between(PeriodKind::Day, zone, range.start, range.end).collect();
        let ticks = match days.len() {
            0..=2 => hours(&days, range, zone),
            _ => dates(&days, range),
        };
        let mark = |change: &ClockChange| ClockMark {
            x: Percent::of(change.at, range),
            words: words::difference(change.forward()),
            change: *change,
        };
        Self {
            ticks,
            weekends: if days.len() > 2 {
                weekends(&days, range)
            } else {
                Vec::new()
            },
            now: range.contains(now).then(|| Percent::of(now, range)),
            changes: zone
                .clock_changes(range.start, range.end)
                .map(|change| mark(&change))
                .collect(),
        }
    }

    /// Returns whether marks are weeks and months.
    #[must_use]
    pub fn is_in_weeks(&self) -> bool {
        self.ticks.iter().any(|tick| tick.is_month)
    }
}

/// Returns a mark for each third hour of the clock. One that the clock skips is where the clock goes on, with what it shows there; of one that
/// it shows twice, the first is marked.
fn hours(days: &[(Period, Span)], range: Span, zone: Zone) -> Vec<AxisTick> {
    let (mut ticks, mut last) = (Vec::new(), None);
    for (day, _) in days {
        for hour in HOUR_LABELS {
            let Some(time) = NaiveTime::from_hms_opt(hour, 0, 0) else {
                continue;
            };
            let local = day.first().and_time(time);
            let at = zone.first_at_or_past(local);
            let shown = zone.local_at(at);
            if !range.contains(at) || last.is_some_and(|last| last >= at) {
                continue;
            }
            let tick = AxisTick {
                x: Percent::of(at, range),
                label: format!("{:02}:{:02}", shown.hour(), shown.minute()),
                is_major: hour == 0,
                is_month: false,
            };
            last = Some(at);
            ticks.push(tick);
        }
    }
    ticks
}

/// Returns a mark for each day; in a long range for each Monday and the first of each month.
fn dates(days: &[(Period, Span)], range: Span) -> Vec<AxisTick> {
    let is_long = days.len() > DAYS_MAX;
    let ticks = days
        .iter()
        .filter(|(_, span)| span.start >= range.start)
        .map(|(day, span)| {
            let date = day.first();
            AxisTick {
                x: Percent::of(span.start, range),
                label: match days.len() {
                    count if count <= WEEKDAYS_MAX => date.format("%a %-d").to_string(),
                    count if count <= DAYS_MAX => date.format("%-d").to_string(),
                    _ => label_of_week(date),
                },
                is_major: date.weekday() == Weekday::Mon,
                is_month: is_long && date.day() == 1,
            }
        });
    ticks
        .filter(|tick| !is_long || tick.is_major || tick.is_month)
        .collect()
}

/// Returns what stands behind the mark of a Monday or of the first of a month. A Monday too near to that has no label.
fn label_of_week(date: NaiveDate) -> String {
    let next = date.checked_add_days(Days::new(DAY_ROOM.into()));
    match date.day() {
        1 => date.format("%b").to_string(),
        day if day <= MONTH_ROOM || next.is_none_or(|next| next.day() <= DAY_ROOM) => String::new(),
        day => day.to_string(),
    }
}

fn weekends(days: &[(Period, Span)], range: Span) -> Vec<Shade> {
    let is_weekend = |day: &Period| matches!(day.first().weekday(), Weekday::Sat | Weekday::Sun);
    let mut shades: Vec<Span> = Vec::new();
    for (_, span) in days.iter().filter(|(day, _)| is_weekend(day)) {
        match shades.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => shades.push(*span),
        }
    }
    let shade = |span: Span| {
        let x = Percent::of(span.start, range);
        Shade {
            x,
            width: x.width_to(Percent::of(span.end, range), Percent(0)),
        }
    };
    shades.into_iter().map(shade).collect()
}
