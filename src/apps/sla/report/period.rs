//! Which period is meant.

use chrono::NaiveDate;

use crate::admin::dates;
use crate::calculus::civil::parse_date;
use crate::calculus::period::{Period, PeriodKind};

/// The kinds of periods, the shortest first.
pub const PERIOD_KINDS: [PeriodKind; 5] = [
    PeriodKind::Day,
    PeriodKind::Week,
    PeriodKind::Month,
    PeriodKind::Quarter,
    PeriodKind::Year,
];

/// Returns the name of a kind, in options and addresses.
#[must_use]
pub fn kind_name(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Day => "day",
        PeriodKind::Week => "week",
        PeriodKind::Month => "month",
        PeriodKind::Quarter => "quarter",
        PeriodKind::Year => "year",
    }
}

/// Reads the name of a kind.
///
/// # Errors
/// Refuses every other name, and says which there are.
pub fn parse_kind(text: &str) -> Result<PeriodKind, String> {
    let kind = PERIOD_KINDS.into_iter().find(|kind| kind_name(*kind) == text);
    kind.ok_or_else(|| format!("`{text}` is no period; use day, week, month, quarter or year"))
}

/// Reads a date in a period: a day, or a month or a year, whose first day is meant.
///
/// # Errors
/// Refuses everything else, and names the accepted forms.
pub fn parse_at(text: &str) -> Result<NaiveDate, String> {
    let padded = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    parse_date(&padded).map_err(|_| format!("`{text}` is no date; write 2026-11-30, 2026-11 or 2026"))
}

/// Returns a period in words: `November 2026`.
#[must_use]
pub fn title(period: &Period) -> String {
    let (first, last) = (period.first(), period.last());
    match period.kind() {
        PeriodKind::Day => dates::day_title(first),
        PeriodKind::Week => dates::range(first, last),
        PeriodKind::Month => dates::month_title(first),
        PeriodKind::Quarter => format!("{} – {}", dates::month_name(first), dates::month_title(last)),
        PeriodKind::Year => first.format("%Y").to_string(),
    }
}
