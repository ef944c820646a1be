//! When the dates of calendars run out: the filter of their list, and the counts of the start page that lead to it.

use chrono::NaiveDate;

use crate::admin::address::{Address, ModelPage};
use crate::admin::query::Query;
use crate::apps::sla::CALENDAR;
use crate::apps::sla::lint::expiry;
use crate::zones::Zone;

/// The parameter of the filter.
pub const FILTER: &str = "runs_out";

/// When dates run out, as the filter has it. A calendar whose dates run out within 30 days is one of those of 90 days, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunOut {
    /// They have run out.
    Past,
    /// Within 30 days.
    Within30,
    /// Within 90 days.
    Within90,
    /// There are none that would run out.
    Never,
}

/// The last date of an enabled calendar that can be read, if it has dates that run out, and the zone in which it is one; none of a calendar
/// that takes those of others, where it is the date in UTC.
pub type LastListed = Option<(NaiveDate, Option<Zone>)>;

impl RunOut {
    /// All of them, as the filter offers them.
    pub const ALL: [Self; 4] = [Self::Past, Self::Within30, Self::Within90, Self::Never];

    /// Returns the value of the parameter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Past => "past",
            Self::Within30 => "30",
            Self::Within90 => "90",
            Self::Never => "never",
        }
    }

    /// Returns what the filter calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Past => "have run out",
            Self::Within30 => "within 30 days",
            Self::Within90 => "within 90 days",
            Self::Never => "never",
        }
    }

    /// Returns what the start page says of so many calendars.
    #[must_use]
    pub fn counted(self, count: usize) -> String {
        let (calendars, have, run) = match count {
            1 => ("calendar", "has", "runs"),
            _ => ("calendars", "have", "run"),
        };
        match self {
            Self::Past => format!("{count} {calendars} {have} run out"),
            Self::Within30 | Self::Within90 => format!("{count} {calendars} {run} out {}", self.title()),
            Self::Never => format!("{count} {calendars} never {run} out"),
        }
    }

    /// Returns whether a calendar with this last date is one of them.
    #[must_use]
    pub fn has(self, last: LastListed, now: i64) -> bool {
        let days = last.map(|(date, zone)| expiry::days_until(date, zone.unwrap_or_else(Zone::utc), now));
        match (self, days) {
            (Self::Never, days) => days.is_none(),
            (_, None) => false,
            (Self::Past, Some(days)) => days < 0,
            (Self::Within30, Some(days)) => (0..=30).contains(&days),
            (Self::Within90, Some(days)) => (0..=90).contains(&days),
        }
    }

    /// Returns the list of these calendars, the first to run out first.
    #[must_use]
    pub fn list_url(self) -> String {
        let query = Query::default().with(FILTER, self.as_str()).with("o", "last_date");
        format!("{}{}", Address::Model(CALENDAR, ModelPage::List), query.link())
    }
}
