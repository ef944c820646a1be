//! Recurrence rules in plain English, read from their normal form.

use chrono::{Datelike, NaiveDate};

use super::{EVERY_DAY, WEEKDAYS, only_day, runs, weekdays};
use crate::calculus::civil::WeekdaySet;
use crate::calculus::recurrence::Recurrence;

/// Names of months, January first.
pub(in crate::apps::sla::rule) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Behind days that not every month has.
const IF_THERE: &str = " (where there is one)";

/// The dates of a recurrence.
pub(super) enum RecurringDates {
    /// These weekdays of every week.
    Weekdays(WeekdaySet),
    /// In words.
    Text(String),
}

/// The parts of the text of a rule.
struct RecurrenceText {
    frequency: &'static str,
    interval: u32,
    months: Vec<usize>,
    month_days: Vec<i32>,
    /// Weekdays of every week.
    every: Option<WeekdaySet>,
    /// Ordinals and weekdays.
    ordinals: Vec<(i32, usize)>,
    positions: Vec<i32>,
    week_start: usize,
}

/// Days, and the months that they are in.
struct Phrase {
    text: String,
    /// Whether days of a month are named, and not weekdays alone.
    is_dated: bool,
    /// Whether some month has no such day.
    is_rare: bool,
}

/// Returns the dates of a rule in words; nothing if there are none for it.
pub(super) fn dates(recurrence: &Recurrence) -> Option<RecurringDates> {
    let parts = RecurrenceText::read(recurrence.text())?;
    let is_plain = parts.months.is_empty() && parts.month_days.is_empty() && parts.ordinals.is_empty();
    if parts.interval == 1 && is_plain && parts.positions.is_empty() {
        return Some(RecurringDates::Weekdays(
            parts.every.or_else(|| WeekdaySet::from_bits(EVERY_DAY).ok())?,
        ));
    }
    let phrase = parts.phrase()?;
    let rare = if phrase.is_rare { IF_THERE } else { "" };
    if parts.interval == 1 {
        // What is on certain days of certain months comes once a year.
        let yearly = if phrase.is_dated && !parts.months.is_empty() {
            " every year"
        } else {
            ""
        };
        return Some(RecurringDates::Text(format!("{}{yearly}{rare}", phrase.text)));
    }
    let (every, counted) = (parts.interval, parts.phase(recurrence.anchor()?)?);
    Some(RecurringDates::Text(if parts.frequency == "DAILY" {
        match phrase.text.strip_prefix("every day") {
            Some("") => format!("every {every} days, {counted}"),
            Some(months) => format!("every {every} days, {counted}, only{months}"),
            None => format!("every {every} days, {counted}, only on {}{rare}", phrase.text),
        }
    } else {
        format!("{} in every {} {counted}{rare}", phrase.text, ordinal(every))
    }))
}

impl RecurrenceText {
    /// Reads the normal form.
    fn read(text: &str) -> Option<Self> {
        let mut parts = Self {
            frequency: "",
            interval: 1,
            months: Vec::new(),
            month_days: Vec::new(),
            every: None,
            ordinals: Vec::new(),
            positions: Vec::new(),
            week_start: 0,
        };
        for part in text.split(';') {
            let (name, value) = part.split_once('=')?;
            match name {
                "FREQ" => {
                    let known = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
                    parts.frequency = known.into_iter().find(|known| *known == value)?;
                }
                "INTERVAL" => parts.interval = value.parse().ok()?,
                "BYMONTH" => parts.months = numbers(value)?,
                "BYMONTHDAY" => parts.month_days = numbers(value)?,
                "BYDAY" => parts.read_weekdays(value)?,
                "BYSETPOS" => parts.positions = numbers(value)?,
                "WKST" => parts.week_start = WEEKDAYS.iter().position(|(code, ..)| *code == value)?,
                _ => return None,
            }
        }
        if parts.months.len() == 12 {
            parts.months.clear();
        }
        Some(parts)
    }

    /// Reads BYDAY: `MO,TU` or `1MO,-1FR`.
    fn read_weekdays(&mut self, list: &str) -> Option<()> {
        let mut every = Vec::new();
        for item in list.split(',') {
            let (number, code) = item.split_at_checked(item.len().checked_sub(2)?)?;
            let day = WEEKDAYS.iter().position(|(known, ..)| *known == code)?;
            if number.is_empty() {
                every.push(code);
            } else {
                self.ordinals.push((number.parse().ok()?, day));
            }
        }
        self.every = WeekdaySet::parse(every).ok();
        Some(())
    }

    /// Returns the days within the months, INTERVAL aside: `last Friday of the month`, `Mon–Fri in June and July`.
    fn phrase(&self) -> Option<Phrase> {
        let months = self
            .months
            .iter()
            .map(|month| Some(*MONTHS.get(month.checked_sub(1)?)?));
        let months = joined(&months.collect::<Option<Vec<_>>>()?);
        let of_months = if months.is_empty() {
            "of the month".to_owned()
        } else {
            format!("of {months}")
        };
        if !self.positions.is_empty() {
            return self.placed(&of_months);
        }
        if self.every.is_none() && self.ordinals.is_empty() {
            return self.numbered(&months);
        }
        if let Some(phrase) = self.between(&of_months) {
            return Some(phrase);
        }
        let is_dated = !self.ordinals.is_empty();
        let mut text = match self.every {
            None => match self.counted().as_slice() {
                [one] => format!("{one} {of_months}"),
                several => format!("{} {of_months}", joined(&with_article(several))),
            },
            Some(every) if is_dated => {
                let every = weekdays(every);
                let every = every.strip_prefix("every ").unwrap_or(&every);
                // Both are in these months alone.
                let months = if months.is_empty() {
                    of_months
                } else {
                    format!("in {months}")
                };
                let mut days = vec![format!("every {every}")];
                days.extend(with_article(&self.counted()));
                format!("{} {months}", joined(&days))
            }
            Some(every) if months.is_empty() => weekdays(every),
            Some(every) => format!("{} in {months}", weekdays(every)),
        };
        if !self.month_days.is_empty() {
            text = match self.run() {
                Some((first, last)) => format!("{text}, if it is from the {first} to the {last} of the month"),
                None => format!(
                    "{text}, if it is the {} of the month",
                    joined(&ordinals(&self.month_days))
                ),
            };
        }
        Some(Phrase {
            text,
            is_dated: is_dated && self.month_days.is_empty(),
            is_rare: self.ordinals.iter().any(|(place, _)| place.abs() == 5),
        })
    }

    /// Returns days by their numbers: `25 December`, `1st and 15th of the month`, `every day in June`.
    fn numbered(&self, months: &str) -> Option<Phrase> {
        if self.month_days.is_empty() {
            let text = if months.is_empty() {
                "every day".to_owned()
            } else {
                format!("every day in {months}")
            };
            return Some(Phrase {
                text,
                is_dated: false,
                is_rare: false,
            });
        }
        let is_simple = self.months.len() == 1 && self.month_days.iter().all(|day| *day > 0);
        let text = if is_simple {
            let days: Option<Vec<usize>> = self.month_days.iter().map(|day| usize::try_from(*day).ok()).collect();
            format!("{} {months}", runs(&days?, |day| day.to_string()))
        } else {
            let months = if months.is_empty() { "the month" } else { months };
            format!("{} of {months}", joined(&ordinals(&self.month_days)))
        };
        Some(Phrase {
            text,
            is_dated: true,
            is_rare: self.month_days.iter().any(|day| day.abs() > self.shortest_month()),
        })
    }

    /// Returns a weekday within seven days of a month, which have it once: `the Friday from the 23rd to the 29th of the month`.
    fn between(&self, of_months: &str) -> Option<Phrase> {
        let day = only_day(self.every?).filter(|_| self.ordinals.is_empty() && self.month_days.len() == 7)?;
        let (first, last) = self.run()?;
        Some(Phrase {
            text: format!("the {} from the {first} to the {last} {of_months}", WEEKDAYS[day].1),
            is_dated: true,
            // A month that is too short for some of the days may be without it.
            is_rare: self.month_days.iter().any(|day| day.abs() > self.shortest_month()),
        })
    }

    /// Returns the first and the last of the days of the month, if they are three or more and follow each other: `23rd`, `29th`.
    fn run(&self) -> Option<(String, String)> {
        let mut days = self.month_days.clone();
        days.sort_unstable();
        let is_run = days.len() > 2 && days.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        let ends = ordinals(&[*days.first()?, *days.last()?]);
        let [first, last] = <[String; 2]>::try_from(ends).ok()?;
        is_run.then_some((first, last))
    }

    /// Returns the fewest days that one of the months has: 28 with February, and without any month.
    fn shortest_month(&self) -> i32 {
        let length = |month: &usize| match month {
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        self.months.iter().map(length).min().unwrap_or(28)
    }

    /// Returns the n-th weekdays of a month, each weekday an item: `1st and 3rd Monday`.
    fn counted(&self) -> Vec<String> {
        let mut days: Vec<usize> = self.ordinals.iter().map(|(_, day)| *day).collect();
        days.sort_unstable();
        days.dedup();
        let described = days.iter().map(|day| {
            let places = self
                .ordinals
                .iter()
                .filter(|(_, of)| of == day)
                .map(|(place, _)| *place);
            let places: Vec<i32> = places.collect();
            format!("{} {}", joined(&ordinals(&places)), WEEKDAYS[*day].1)
        });
        described.collect()
    }

    /// Returns places among the weekdays of a month (BYSETPOS): `last weekday (Mon–Fri) of the month`. Among anything else there are
    /// no short words for it.
    fn placed(&self, of_months: &str) -> Option<Phrase> {
        let every = self
            .every
            .filter(|_| self.ordinals.is_empty() && self.month_days.is_empty())?;
        let places = joined(&ordinals(&self.positions));
        let names: Vec<String> = (0..7)
            .filter(|day| every.bits() & (1 << day) != 0)
            .map(|day| format!("{}s", WEEKDAYS[day].1))
            .collect();
        let text = match every.bits() {
            EVERY_DAY => format!("{places} day {of_months}"),
            0b001_1111 => format!("{places} weekday (Mon–Fri) {of_months}"),
            bits if bits.count_ones() == 1 => {
                let day = WEEKDAYS[bits.trailing_zeros() as usize].1;
                format!("{places} {day} {of_months}")
            }
            _ => format!("{places} among the {} {of_months}", joined(&names)),
        };
        let days = i32::try_from(every.bits().count_ones()).unwrap_or(7);
        Some(Phrase {
            text,
            is_dated: true,
            // Each weekday is in every month four times.
            is_rare: self.positions.iter().any(|place| place.abs() > 4 * days),
        })
    }

    /// Returns what INTERVAL counts, and from when: `week, counted from the week of 2026-11-23`.
    fn phase(&self, anchor: NaiveDate) -> Option<String> {
        Some(match self.frequency {
            "DAILY" => format!("counted from {anchor}"),
            "WEEKLY" => {
                let (_, name, start) = WEEKDAYS[self.week_start];
                let begins = if self.week_start == 0 {
                    String::new()
                } else {
                    format!(" (weeks begin on {name})")
                };
                let first = anchor.week(start).checked_first_day()?;
                format!("week, counted from the week of {first}{begins}")
            }
            "MONTHLY" => format!(
                "month, counted from {} {}",
                MONTHS[anchor.month0() as usize],
                anchor.year()
            ),
            _ => format!("year, counted from {}", anchor.year()),
        })
    }
}

/// Returns `the 1st Monday` for `1st Monday`.
fn with_article(days: &[String]) -> Vec<String> {
    days.iter().map(|day| format!("the {day}")).collect()
}

/// Reads `1,15,-1`.
fn numbers<T: std::str::FromStr>(list: &str) -> Option<Vec<T>> {
    list.split(',').map(|number| number.parse().ok()).collect()
}

/// Returns `a`, `a and b`, `a, b and c`.
fn joined<T: AsRef<str>>(parts: &[T]) -> String {
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match parts.as_slice() {
        [first @ .., one, last] => {
            let first: String = first.iter().map(|part| format!("{part}, ")).collect();
            format!("{first}{one} and {last}")
        }
        few => few.concat(),
    }
}

/// Returns `1st`, `last`, `2nd-last`.
fn ordinals(places: &[i32]) -> Vec<String> {
    let described = |place: &i32| match place {
        -1 => "last".to_owned(),
        place if *place < 0 => format!("{}-last", ordinal(place.unsigned_abs())),
        place => ordinal(place.unsigned_abs()),
    };
    places.iter().map(described).collect()
}

/// Returns `1st`, `2nd`, `13th`.
fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
