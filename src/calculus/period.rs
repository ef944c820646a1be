//! Days, weeks, months, quarters and years of a zone as ranges of time: a day has 23, 24, 25 or another number of hours, as its clock goes.

use chrono::{Datelike, Days, NaiveDate};

use super::span::Span;
use crate::zones::Zone;

/// A kind of period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PeriodKind {
    /// A civil day.
    Day,
    /// A week from Monday to Sunday (ISO 8601).
    Week,
    /// A month.
    Month,
    /// Three months, from January, April, July or October on.
    Quarter,
    /// A year.
    Year,
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    kind: PeriodKind,
    first: NaiveDate,
    last: NaiveDate,
}

impl Period {
    /// Returns the period of this kind that contains a date; the calendar's ends cut it off.
    #[must_use]
    pub fn containing(kind: PeriodKind, date: NaiveDate) -> Self {
        let month = |month: u32| date.with_day(1).and_then(|date| date.with_month(month));
        let first = match kind {
            PeriodKind::Day => Some(date),
            PeriodKind::Week => date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into())),
            PeriodKind::Month => month(date.month()),
            PeriodKind::Quarter => month(date.month0() / 3 * 3 + 1),
            PeriodKind::Year => month(1),
        };
        let first = first.unwrap_or(NaiveDate::MIN);
        let next = match kind {
            PeriodKind::Day => first.checked_add_days(Days::new(1)),
            PeriodKind::Week => first.checked_add_days(Days::new(7)),
            PeriodKind::Month => first.checked_add_months(chrono::Months::new(1)),
            PeriodKind::Quarter => first.checked_add_months(chrono::Months::new(3)),
            PeriodKind::Year => first.checked_add_months(chrono::Months::new(12)),
        };
        Self {
            kind,
            first,
            last: next.and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX),
        }
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> PeriodKind {
        self.kind
    }

    /// Returns its first date.
    #[must_use]
    pub fn first(&self) -> NaiveDate {
        self.first
    }

    /// Returns its last date.
    #[must_use]
    pub fn last(&self) -> NaiveDate {
        self.last
    }

    /// Returns the period after it; `None` at the end of the calendar.
    #[must_use]
    pub fn next(&self) -> Option<Self> {
        Some(Self::containing(self.kind, self.last.succ_opt()?))
    }

    /// Returns the period before it; `None` at the beginning of the calendar.
    #[must_use]
    pub fn previous(&self) -> Option<Self> {
        Some(Self::containing(self.kind, self.first.pred_opt()?))
    }

    /// Returns when it is in a zone, from its first midnight to the next one after it. `None` for a day that the clock skips as a whole.
    #[must_use]
    pub fn span(&self, zone: Zone) -> Option<Span> {
        let end = zone.start_of_day(self.last.succ_opt().unwrap_or(NaiveDate::MAX));
        Span::new(zone.start_of_day(self.first), end)
    }

    /// Returns the periods of a kind that have a part in `[from, to)`, in the dates of a zone, each with when it is.
    pub fn between(kind: PeriodKind, zone: Zone, from: i64, to: i64) -> impl Iterator<Item = (Self, Span)> {
        let first = Self::containing(kind, zone.local_at(from).date());
        // A clock that is put back over midnight shows a date again that had ended.
        let first = first.previous().unwrap_or(first);
        let periods = std::iter::successors(Some(first), Self::next).map(move |period| (period, period.span(zone)));
        let starts_in_time = move |period: &Self| from < to && zone.start_of_day(period.first) < to;
        let periods = periods.take_while(move |(period, _)| starts_in_time(period));
        periods.filter_map(move |(period, span)| Some((period, span.filter(|span| from < span.end)?)))
    }
}
