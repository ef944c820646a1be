//! A year of a calendar: which days it excludes, whole or in part, and what they are called.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use crate::admin::dates;
use crate::apps::sla::hours::words;
use crate::apps::sla::rule::RuleDefinition;
use crate::apps::sla::rule::describe;
use crate::calculus::coverage::{Coverage, CoveragePart};
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::{Span, merge, seconds_within};
use crate::calculus::window::{CompiledWindow, WindowDefinition};
use crate::db::{self, limit};
use crate::zones::Zone;

/// A day that a calendar excludes, whole or in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExcludedDay {
    /// The names of the rules, each once.
    pub(super) names: Vec<String>,
    /// Whether nothing of the day is left.
    pub(super) is_whole: bool,
    /// The times of day that are excluded; empty for a whole day.
    pub(super) times: String,
}

/// Days in a row that are excluded alike.
pub(super) struct ExcludedDays {
    /// `Fri 25 Dec`, `24 Dec – 2 Jan`.
    pub(super) dates: String,
    /// `Christmas`.
    pub(super) name: String,
    /// `all day`, `14:00–24:00`.
    pub(super) times: String,
}

/// A month as weeks from Monday on.
pub(super) struct YearMonth {
    pub(super) name: String,
    pub(super) weeks: Vec<Vec<Option<YearDay>>>,
}

/// A day of a month.
pub(super) struct YearDay {
    pub(super) number: u32,
    pub(super) date: NaiveDate,
    /// `whole`, `part`, or nothing.
    pub(super) class: &'static str,
    pub(super) words: String,
    pub(super) is_today: bool,
}

/// Returns the excluded days of a year, in order.
///
/// # Errors
/// The end of the time for the work.
pub(super) fn excluded(
    rules: &[RuleDefinition],
    zone: Zone,
    year: i32,
) -> db::Result<BTreeMap<NaiveDate, ExcludedDay>> {
    let days = days(zone, year);
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Ok(BTreeMap::new());
    };
    let (start, end) = (first.1.start, last.1.end);
    let mut names: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    let mut all = Vec::new();
    for definition in rules {
        limit::check()?;
        let spans = spans(definition, zone, start, end);
        for (date, day) in &days {
            if seconds_within(&spans, *day) > 0 {
                let own = names.entry(*date).or_default();
                let name = name(definition, *date);
                if !own.contains(&name) {
                    own.push(name);
                }
            }
        }
        all.extend(spans);
    }
    let all = merge(all);
    let excluded = days.iter().filter_map(|(date, day)| {
        let names = names.remove(date)?;
        let within: Vec<Span> = all.iter().filter_map(|span| span.intersection(day)).collect();
        let is_whole = within.iter().map(Span::seconds).sum::<i64>() == day.seconds();
        let times = match is_whole {
            true => String::new(),
            false => words::times(&within, *day, zone),
        };
        Some((*date, ExcludedDay { names, is_whole, times }))
    });
    Ok(excluded.collect())
}

/// Returns the days of a year that the clock of a zone has.
fn days(zone: Zone, year: i32) -> Vec<(NaiveDate, Span)> {
    let Some(first) = NaiveDate::from_ymd_opt(year, 1, 1) else {
        return Vec::new();
    };
    let dates = first.iter_days().take_while(|date| date.year() == year);
    let days = dates.filter_map(|date| Some((date, Period::containing(PeriodKind::Day, date).span(zone)?)));
    days.collect()
}

fn spans(definition: &RuleDefinition, zone: Zone, start: i64, end: i64) -> Vec<Span> {
    let window = CompiledWindow::compile(WindowDefinition {
        timezone: zone,
        valid_from: None,
        valid_until: None,
        rules: vec![definition.rule.clone()],
        excludes: Vec::new(),
    });
    let part = CoveragePart {
        window: Arc::new(window),
        exclusions: Vec::new(),
    };
    Coverage::new(vec![part]).spans(start, end)
}

/// Returns what a rule calls a day: the name of the listed day, otherwise its note, otherwise when it holds.
fn name(definition: &RuleDefinition, date: NaiveDate) -> String {
    let listed = definition
        .listed
        .iter()
        .find(|days| days.contains(date) && !days.name.is_empty());
    match (listed, definition.note.as_str()) {
        (Some(days), _) => days.name.clone(),
        (None, "") => describe::words(definition),
        (None, note) => note.to_owned(),
    }
}

/// Returns the excluded days as lines: days in a row that are excluded alike are one.
pub(super) fn lines(excluded: &BTreeMap<NaiveDate, ExcludedDay>) -> Vec<ExcludedDays> {
    let mut runs: Vec<(NaiveDate, NaiveDate, &ExcludedDay)> = Vec::new();
    for (date, day) in excluded {
        match runs.last_mut() {
            Some((_, last, of_run)) if *of_run == day && last.succ_opt() == Some(*date) => *last = *date,
            _ => runs.push((*date, *date, day)),
        }
    }
    let line = |(first, last, day): (NaiveDate, NaiveDate, &ExcludedDay)| ExcludedDays {
        dates: match first == last {
            true => dates::short_day(first),
            false => format!("{} – {}", dates::short_day(first), dates::short_day(last)),
        },
        name: day.names.join(", "),
        times: if day.is_whole {
            "all day".to_owned()
        } else {
            day.times.clone()
        },
    };
    runs.into_iter().map(line).collect()
}

/// Returns the twelve months of a year.
pub(super) fn months(year: i32, excluded: &BTreeMap<NaiveDate, ExcludedDay>, today: NaiveDate) -> Vec<YearMonth> {
    let months = (1..=12).filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1));
    let month = |first: NaiveDate| {
        let blanks = first.weekday().num_days_from_monday();
        let dates = first
            .iter_days()
            .take_while(|date| date.month() == first.month() && date.year() == first.year());
        let mut cells: Vec<Option<YearDay>> = (0..blanks).map(|_| None).collect();
        cells.extend(dates.map(|date| Some(day(date, excluded.get(&date), today))));
        let mut weeks: Vec<Vec<Option<YearDay>>> = Vec::new();
        let mut cells = cells.into_iter().peekable();
        while cells.peek().is_some() {
            let mut week: Vec<Option<YearDay>> = cells.by_ref().take(7).collect();
            week.resize_with(7, || None);
            weeks.push(week);
        }
        YearMonth {
            name: dates::month_name(first),
            weeks,
        }
    };
    months.map(month).collect()
}

fn day(date: NaiveDate, excluded: Option<&ExcludedDay>, today: NaiveDate) -> YearDay {
    YearDay {
        number: date.day(),
        date,
        class: match excluded {
            None => "",
            Some(day) if day.is_whole => "whole",
            Some(_) => "part",
        },
        words: excluded.map_or_else(String::new, |day| match day.is_whole {
            true => day.names.join(", "),
            false => format!("{}: {}", day.times, day.names.join(", ")),
        }),
        is_today: date == today,
    }
}
