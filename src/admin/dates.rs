//! Dates for people: which form is for what, with one function for each. Pure: the date is an argument.
//!
//! - `Fri 4 Dec` ([`short_day`]): a day whose year stands beside it or is this one, such as spans of a picture and days of a year.
//! - `Fri 4 Dec 2026` ([`day`]): a day in a sentence, with or without a time.
//! - `4 Dec 2026` ([`date`]): a date whose weekday says nothing, such as the last one of a list.
//! - `30 Nov – 6 Dec 2026` ([`range`]): the title of several days; without the year ([`short_range`]) below such a title.
//! - `Friday 4 December 2026` ([`day_title`]): the title of a page or picture of one day.
//! - `December 2026` ([`month_title`]): a month; without the year ([`month_name`]) where that is known.
//! - `2026-12-04` (`Display` of the date): what is typed and stored, such as fields and the dates of rules; rows that are compared, such as
//!   those of lists and histories; exact instants; findings, files and the command line, whose tables have `Fri 2026-12-04`.
//!
//! Marks on an axis have less: `Fri 4`, `4`, `Dec`. How instants are shown is said by [`super::instant`].

use chrono::NaiveDate;

/// Returns `Fri 4 Dec`.
#[must_use]
pub fn short_day(date: NaiveDate) -> String {
    date.format("%a %-d %b").to_string()
}

/// Returns `Fri 4 Dec 2026`.
#[must_use]
pub fn day(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

/// Returns `4 Dec 2026`.
#[must_use]
pub fn date(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// Returns `30 Nov – 6 Dec 2026`, from the first day to the last.
#[must_use]
pub fn range(first: NaiveDate, last: NaiveDate) -> String {
    format!("{} – {}", first.format("%-d %b"), date(last))
}

/// Returns `30 Nov – 6 Dec`.
#[must_use]
pub fn short_range(first: NaiveDate, last: NaiveDate) -> String {
    format!("{} – {}", first.format("%-d %b"), last.format("%-d %b"))
}

/// Returns `Friday 4 December 2026`.
#[must_use]
pub fn day_title(date: NaiveDate) -> String {
    date.format("%A %-d %B %Y").to_string()
}

/// Returns `December 2026`.
#[must_use]
pub fn month_title(date: NaiveDate) -> String {
    date.format("%B %Y").to_string()
}

/// Returns `December`.
#[must_use]
pub fn month_name(date: NaiveDate) -> String {
    date.format("%B").to_string()
}
