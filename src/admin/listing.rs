//! What a list's query string asks for. Only declared names act; anything else is refused, so that no column can be probed.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use super::model::Wanted;
use super::query::Query;
use super::spec::{Choices, Sort, Spec};

/// Rows of a page.
pub const PAGE_SIZE: i64 = 100;
/// The most rows that are shown at once when all are asked for.
pub const SHOW_ALL_MAX: i64 = 200;
/// The most characters of a search.
const SEARCH_LENGTH_MAX: usize = 200;
/// The most words of a search.
const TERMS_MAX: usize = 20;
/// The most values of one filter.
const FILTER_VALUES_MAX: usize = 100;

/// What a list shows.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Rows and their order.
    pub wanted: Wanted,
    /// The page, from 1; it may lie beyond the last, which is shown then.
    pub page: i64,
    /// Whether all rows are asked for.
    pub all: bool,
    /// Whether filters count their choices.
    pub facets: bool,
    /// The search as typed.
    pub search: String,
    /// Year, month and day of the date hierarchy, as far as given.
    pub date: (Option<i32>, Option<u32>, Option<u32>),
}

/// A parameter that cannot be understood: its name and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadParameter {
    /// The parameter.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Listing {
    /// Reads a query string in the viewer's zone.
    ///
    /// # Errors
    /// The first parameter that is not declared, or whose value is malformed.
    pub fn read(spec: &Spec, query: &Query, zone: Tz) -> Result<Self, BadParameter> {
        let mut listing = Self {
            wanted: Wanted {
                sort: spec.default_sort.to_vec(),
                ..Wanted::default()
            },
            page: 1,
            all: false,
            facets: false,
            search: String::new(),
            date: (None, None, None),
        };
        for (name, value) in query.pairs() {
            listing.take(spec, name, value).map_err(|reason| BadParameter {
                name: name.chars().take(100).collect(),
                reason,
            })?;
        }
        if spec.date_hierarchy.is_some() {
            let deepest = match listing.date {
                (_, _, Some(_)) => "day",
                (_, Some(_), _) => "month",
                _ => "year",
            };
            listing.wanted.between = period(listing.date, zone).map_err(|reason| BadParameter {
                name: format!("{}__{deepest}", spec.date_hierarchy.unwrap_or("")),
                reason,
            })?;
        }
        Ok(listing)
    }

    fn take(&mut self, spec: &Spec, name: &str, value: &str) -> Result<(), String> {
        // A NUL is no part of any column's name, so that `o` skips it as it skips all that it does not know.
        if value.contains('\0') && name != "o" {
            return Err("the value holds a NUL character".to_owned());
        }
        match name {
            "q" if spec.search.is_some() => {
                if value.chars().count() > SEARCH_LENGTH_MAX {
                    return Err(format!("a search has at most {SEARCH_LENGTH_MAX} characters"));
                }
                value.trim().clone_into(&mut self.search);
                self.wanted.terms = terms(value);
                if self.wanted.terms.len() > TERMS_MAX {
                    return Err(format!("a search has at most {TERMS_MAX} words"));
                }
            }
            "o" => {
                let asked = sorts(spec, value);
                if !asked.is_empty() {
                    self.wanted.sort = asked;
                }
            }
            "p" => self.page = page(value)?,
            "all" => self.all = true,
            "_facets" => self.facets = true,
            name => return self.take_filter(spec, name, value),
        }
        Ok(())
    }

    fn take_filter(&mut self, spec: &Spec, name: &str, value: &str) -> Result<(), String> {
        let number = || value.parse::<u32>().map_err(|_| format!("`{value}` is no number"));
        if let Some(part) = spec.date_hierarchy.and_then(|column| name.strip_prefix(column)) {
            match part {
                "__year" => self.date.0 = Some(number()?.try_into().map_err(|_| format!("`{value}` is no year"))?),
                "__month" => self.date.1 = Some(number()?),
                "__day" => self.date.2 = Some(number()?),
                _ => return Err("this list has no such parameter".to_owned()),
            }
            return Ok(());
        }
        let Some(filter) = spec.filters.iter().find(|filter| filter.key == name) else {
            return Err("this list has no such parameter".to_owned());
        };
        let value = match filter.choices {
            Choices::Flag if !matches!(value, "0" | "1") => return Err(format!("`{value}` is neither 1 nor 0")),
            Choices::Related(_) => {
                let key = value.parse::<i64>().map_err(|_| format!("`{value}` is no key"))?;
                key.to_string()
            }
            Choices::Flag | Choices::Listed => value.to_owned(),
        };
        let filters = &mut self.wanted.filters;
        match filters.iter_mut().find(|(key, _)| *key == filter.key) {
            Some((_, values)) if values.len() >= FILTER_VALUES_MAX => {
                return Err(format!("{FILTER_VALUES_MAX} values are the most"));
            }
            Some((_, values)) => values.push(value),
            None => filters.push((filter.key, vec![value])),
        }
        Ok(())
    }
}

/// A page number. What lies before the first page or beyond all numbers stands for the last page.
fn page(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{text}` is no page number"));
    }
    Ok(text.parse().ok().filter(|page| *page >= 1).unwrap_or(i64::MAX))
}

/// Words, and phrases in quotes with backslash escapes. A quote that none closes is a character like others.
fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut term = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => term.extend(characters.next()),
            (Some(open), character) if character == open => {
                quote = None;
                terms.push(std::mem::take(&mut term));
            }
            (None, '"' | '\'') if term.is_empty() && closes(characters.as_str(), character) => quote = Some(character),
            (None, character) if character.is_whitespace() => terms.push(std::mem::take(&mut term)),
            (_, character) => term.push(character),
        }
    }
    terms.push(term);
    terms.retain(|term| !term.trim().is_empty());
    terms
}

/// Whether an unescaped `quote` follows.
fn closes(rest: &str, quote: char) -> bool {
    let mut escaped = false;
    rest.chars().any(|character| {
        let closes = character == quote && !escaped;
        escaped = character == '\\' && !escaped;
        closes
    })
}

/// `enabled.-name`, or 1-based numbers of columns; unknown parts are skipped, a column counts once.
fn sorts(spec: &Spec, text: &str) -> Vec<Sort> {
    let mut sorts: Vec<Sort> = Vec::new();
    for part in text.split('.') {
        let (descending, name) = part.strip_prefix('-').map_or((false, part), |name| (true, name));
        let by_number = || {
            name.parse::<usize>()
                .ok()
                .and_then(|number| spec.columns.get(number.checked_sub(1)?))
        };
        let column = spec
            .columns
            .iter()
            .find(|column| column.key == name)
            .or_else(by_number)
            .filter(|column| column.sorts);
        if let Some(column) = column
            && sorts.iter().all(|sort| sort.key != column.key)
        {
            sorts.push(Sort {
                key: column.key,
                descending,
            });
        }
    }
    sorts
}

/// The instants of a year, month or day of `zone`, half-open; nothing without a date.
///
/// # Errors
/// A date that does not exist, or one whose year or month is missing.
pub(super) fn period(
    date: (Option<i32>, Option<u32>, Option<u32>),
    zone: Tz,
) -> Result<Option<(NaiveDateTime, NaiveDateTime)>, String> {
    let (first, after) = match date {
        (None, None, None) => return Ok(None),
        (Some(year), None, None) => (day(year, 1, 1)?, next_year(year)?),
        (Some(year), Some(month @ 1..=11), None) => (day(year, month, 1)?, day(year, month + 1, 1)?),
        (Some(year), Some(month), None) => (day(year, month, 1)?, next_year(year)?),
        (Some(year), Some(month), Some(dom)) => {
            let first = day(year, month, dom)?;
            (first, first.succ_opt().ok_or("the day is too far away")?)
        }
        _ => return Err("a month needs a year, and a day a month".to_owned()),
    };
    Ok(Some((midnight(first, zone), midnight(after, zone))))
}

/// The first day of the year after one that can be asked for, which itself need not be such a year.
fn next_year(year: i32) -> Result<NaiveDate, String> {
    NaiveDate::from_ymd_opt(year + 1, 1, 1).ok_or_else(|| format!("{year} is no year"))
}

fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate, String> {
    let date = (1000..=9998)
        .contains(&year)
        .then(|| NaiveDate::from_ymd_opt(year, month, day))
        .flatten();
    date.ok_or_else(|| format!("{year}-{month}-{day} is no date"))
}

/// The instant at which a day begins in `zone`. Where midnight is skipped, or the whole day, it is the end of what is skipped.
fn midnight(date: NaiveDate, zone: Tz) -> NaiveDateTime {
    let local = date.and_time(chrono::NaiveTime::MIN);
    // Clocks are put forward by whole minutes, by a day at the most.
    let later = (0..=24 * 60).filter_map(|minutes| {
        let local = local + chrono::Duration::minutes(minutes);
        zone.from_local_datetime(&local).earliest()
    });
    later.map(|at| at.naive_utc()).next().unwrap_or(local)
}

/// The day on which an instant falls in `zone`.
#[must_use]
pub fn local_date(at: NaiveDateTime, zone: Tz) -> (i32, u32, u32) {
    let date = zone.from_utc_datetime(&at).date_naive();
    (date.year(), date.month(), date.day())
}
