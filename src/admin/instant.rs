//! Instants for people: short words, the exact instant behind them, the zone always named. Pure: the time is an argument.

use askama::Template;
use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::dates;
use crate::zones::{Local, Zone};

/// How many days around today are called by their weekday.
const WEEKDAYS: i64 = 6;

/// An instant for people and for programs. It shows itself as an element `time`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    source = "<time datetime=\"{{ utc }}\"\
              {% if shown != exact %} title=\"{{ exact }}{% if !distance.is_empty() %} ({{ distance }}){% endif %}\"{% endif %}\
              >{{ shown }}{% if !self.shows_day() %} <span class=\"exact\">{{ exact }}</span>{% endif %}</time>",
    ext = "html"
)]
pub struct Instant {
    /// What is read first: `today 14:00 CET`.
    pub shown: String,
    /// Day, time to the second and zone.
    pub exact: String,
    /// How far away it is: `in 3 h 10 min`; empty beyond four weeks.
    pub distance: String,
    /// As the attribute `datetime` has it, UTC.
    pub utc: String,
    /// The same as the clocks of the zone show it, with their offset.
    pub offset: String,
}

/// It escapes what it holds.
impl askama::filters::HtmlSafe for Instant {}

impl Instant {
    /// Returns an instant to the second, seen from `zone`.
    #[must_use]
    pub fn new(at: NaiveDateTime, zone: Zone) -> Self {
        Self::of_local(at, &local(at, zone))
    }

    /// Returns the same of an instant of which it is known what the clocks show.
    fn of_local(at: NaiveDateTime, local: &Local) -> Self {
        let (day, time) = (local.time.date(), to_second(local.time.time()));
        let exact = format!("{day} {time} {}", local.zone_name());
        Self {
            shown: exact.clone(),
            exact,
            distance: String::new(),
            utc: format!("{}T{}Z", at.date(), to_second(at.time())),
            offset: with_offset(local.time, seconds(local.time) - seconds(at)),
        }
    }

    /// Returns a stored instant as a form takes it: what the clocks of `zone` show, with their offset. A text that is none stays as it is.
    #[must_use]
    pub fn typed(text: &str, zone: Zone) -> String {
        let at = text.strip_suffix('Z').and_then(|at| at.parse::<NaiveDateTime>().ok());
        match at.filter(|_| !zone.is_utc()) {
            Some(at) => Self::new(at, zone).offset,
            None => text.to_owned(),
        }
    }

    /// Returns an instant relative to `now`, seen from `zone`: `today 14:00 CET`.
    #[must_use]
    pub fn natural(at: NaiveDateTime, zone: Zone, now: NaiveDateTime) -> Self {
        let away = at.signed_duration_since(now);
        match away.num_seconds().abs() < 3600 {
            true => Self {
                shown: in_minutes(away),
                distance: distance(away),
                ..Self::new(at, zone)
            },
            false => Self::by_day(at, zone, now),
        }
    }

    /// Returns the same with the day and the time first, however near: `today 18:00 CET`.
    #[must_use]
    pub fn by_day(at: NaiveDateTime, zone: Zone, now: NaiveDateTime) -> Self {
        let away = at.signed_duration_since(now);
        let local = local(at, zone);
        let today = zone.local_at(seconds(now)).date();
        let days = local.time.date().signed_duration_since(today).num_days();
        let clock = format!(
            "{:02}:{:02} {}",
            local.time.hour(),
            local.time.minute(),
            local.zone_name()
        );
        let shown = match days {
            -1 => format!("yesterday {clock}"),
            0 => format!("today {clock}"),
            1 => format!("tomorrow {clock}"),
            _ if days.abs() <= WEEKDAYS => format!("{} {clock}", dates::short_day(local.time.date())),
            _ => format!("{} {clock}", local.time.date()),
        };
        Self {
            shown,
            distance: distance(away),
            ..Self::of_local(at, &local)
        }
    }

    /// Returns day, time and zone, to the second.
    #[must_use]
    pub fn words(&self) -> String {
        self.exact.clone()
    }

    /// Returns the short words without the zone, for a table that names it once.
    #[must_use]
    pub fn brief(&self) -> &str {
        let zone = self.exact.rsplit(' ').next().unwrap_or("");
        let is_clock = self.shown.contains(':');
        let brief = self.shown.strip_suffix(zone).filter(|_| is_clock);
        brief.map_or(self.shown.as_str(), str::trim_end)
    }

    /// Returns whether the short words begin with the day, and only seconds are missing from them.
    fn shows_day(&self) -> bool {
        self.shown.get(..10) == self.exact.get(..10)
    }
}

/// Returns a time of day without the parts of its second. Dates and times are written by their `Display`: a list has hundreds of them, and
/// patterns such as `%H:%M` are read anew each time.
fn to_second(time: NaiveTime) -> NaiveTime {
    time.with_nanosecond(0).unwrap_or(time)
}

/// Returns a local time with its offset in seconds, and with its own seconds if there are any; offsets to the second, of before there were
/// zones, are cut to the minute, as the format has no more.
fn with_offset(time: NaiveDateTime, offset: i64) -> String {
    let time = match (time.date(), time.hour(), time.minute(), time.second()) {
        (day, hour, minute, 0) => format!("{day}T{hour:02}:{minute:02}"),
        (day, ..) => format!("{day}T{}", to_second(time.time())),
    };
    let (hours, minutes) = (offset.abs() / 3600, offset.abs() / 60 % 60);
    match offset {
        0 => format!("{time}Z"),
        _ => format!("{time}{}{hours:02}:{minutes:02}", if offset < 0 { '-' } else { '+' }),
    }
}

/// Returns what the clocks of `zone` show at an instant.
fn local(at: NaiveDateTime, zone: Zone) -> Local {
    zone.at(seconds(at))
}

/// Returns a time as if a clock of UTC showed it, in seconds.
fn seconds(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp()
}

/// Returns a distance of less than an hour. The last minute before an instant is not over yet.
fn in_minutes(away: TimeDelta) -> String {
    let seconds = away.num_seconds();
    match seconds {
        -59..=0 => "just now".to_owned(),
        1..60 => "in less than a minute".to_owned(),
        60.. => format!("in {} min", seconds / 60),
        _ => format!("{} min ago", -seconds / 60),
    }
}

/// Returns how far away, in the two largest units that matter; nothing beyond four weeks, where a date is clearer.
fn distance(away: TimeDelta) -> String {
    let minutes = away.num_minutes().abs();
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let two = |large: i64, large_unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large} {large_unit}"),
        _ => format!("{large} {large_unit} {small} {small_unit}"),
    };
    let words = match (days, hours, minutes) {
        (29.., ..) | (0, 0, 0) => return String::new(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => two(hours, "h", minutes, "min"),
        (days, hours, _) => two(days, if days == 1 { "day" } else { "days" }, hours, "h"),
    };
    if away < TimeDelta::zero() {
        format!("{words} ago")
    } else {
        format!("in {words}")
    }
}
