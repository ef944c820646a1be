//! The spans of a row as text: one by one, or in a long range by weeks that are alike.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use crate::admin::dates;
use crate::apps::sla::drawing::bars;
use crate::apps::sla::hours::book::NamedCut;
use crate::apps::sla::hours::words;
use crate::calculus::span::Span;
use crate::zones::Zone;

/// A line of the list of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpokenSpan {
    /// When, in the zone of the page.
    pub(super) words: String,
    /// The same in UTC; empty where the page is in UTC, and for several spans.
    pub(super) utc: String,
    /// From the start of its first span to the end of its last.
    pub(super) span: Span,
}

/// The most lines of a row about what is promised, and about what is cut.
pub(super) const LINES_MAX: usize = 100;

/// The most runs of days of a week that are named.
const RUNS_MAX: usize = 14;

/// Seconds of a week.
const WEEK: i64 = 7 * 86_400;

/// Returns spans as text, one by one.
pub(super) fn spoken(spans: &[Span], zone: Zone) -> Vec<SpokenSpan> {
    let one = |span: &Span| SpokenSpan {
        words: bars::words(*span, zone),
        utc: if zone.is_utc() {
            String::new()
        } else {
            bars::words(*span, Zone::utc())
        },
        span: *span,
    };
    spans.iter().take(LINES_MAX).map(one).collect()
}

/// What cuts, and when.
pub(super) struct SpokenCut {
    /// Whose rules.
    pub(super) by: String,
    pub(super) words: String,
    /// What people call it; may be empty.
    pub(super) name: String,
    /// When; none for a sum.
    pub(super) span: Option<Span>,
}

/// Returns what cuts and when; in a long range how often and how much in all.
pub(super) fn spoken_cuts(cuts: &[NamedCut], zone: Zone, in_sums: bool) -> Vec<SpokenCut> {
    if !in_sums {
        let one = |cut: &NamedCut| SpokenCut {
            by: cut.by.name().to_owned(),
            words: bars::words(cut.span, zone),
            name: cut.name.clone(),
            span: Some(cut.span),
        };
        return cuts.iter().take(LINES_MAX).map(one).collect();
    }
    let mut sums: BTreeMap<&str, (usize, i64)> = BTreeMap::new();
    for cut in cuts {
        let (times, seconds) = sums.entry(cut.by.name()).or_default();
        *times += 1;
        *seconds += cut.span.seconds();
    }
    let sum = |(by, (times, seconds)): (&str, (usize, i64))| {
        let times = if times == 1 {
            "once".to_owned()
        } else {
            format!("{times} times")
        };
        SpokenCut {
            by: by.to_owned(),
            words: format!("{times}, {} in all", words::length(seconds)),
            name: String::new(),
            span: None,
        }
    };
    sums.into_iter().map(sum).collect()
}

/// Weeks in a row with the same hours, or a span that is longer than a week.
struct AlikeWeeks {
    /// The hours of each week; empty for a long span.
    hours: String,
    /// The Monday of the first week and the Sunday of the last.
    first: NaiveDate,
    last: NaiveDate,
    span: Span,
}

/// Returns a line for all weeks in a row with the same hours, `30 Nov – 13 Dec: Mon–Fri 08:00–18:00 CET`, and for each span that is longer
/// than a week; dates are those between the first and the last of the page.
pub(super) fn weeks(spans: &[Span], zone: Zone, (from, until): (NaiveDate, NaiveDate)) -> Vec<SpokenSpan> {
    let monday = |span: &Span| {
        let date = zone.local_at(span.start).date();
        date - Days::new(date.weekday().num_days_from_monday().into())
    };
    let is_long = |span: &Span| span.seconds() > WEEK;
    let mut alike: Vec<AlikeWeeks> = Vec::new();
    for week in spans.chunk_by(|one, other| !is_long(one) && !is_long(other) && monday(one) == monday(other)) {
        let (Some(first), Some(last)) = (week.first(), week.last()) else {
            continue;
        };
        let hours = if is_long(first) {
            String::new()
        } else {
            hours_of_week(week, zone)
        };
        let begins = monday(first);
        let span = Span {
            start: first.start,
            end: last.end,
        };
        match alike.last_mut() {
            Some(before) if !hours.is_empty() && before.hours == hours && before.last + Days::new(1) == begins => {
                before.last = begins + Days::new(6);
                before.span.end = span.end;
            }
            _ => alike.push(AlikeWeeks {
                hours,
                first: begins,
                last: begins + Days::new(6),
                span,
            }),
        }
    }
    let line = |weeks: &AlikeWeeks| SpokenSpan {
        words: match weeks.hours.is_empty() {
            true => bars::words(weeks.span, zone),
            false => format!(
                "{}: {}",
                dates::short_range(weeks.first.max(from), weeks.last.min(until)),
                weeks.hours
            ),
        },
        utc: String::new(),
        span: weeks.span,
    };
    alike.iter().take(LINES_MAX).map(line).collect()
}

/// Returns the hours of one week: `Mon–Fri 08:00–18:00 CET, Sat 22:00–06:00 CET`. An end that is not after the start is on the next day.
fn hours_of_week(spans: &[Span], zone: Zone) -> String {
    // The first day, the last day, and the hours of each.
    let mut runs: Vec<(NaiveDate, NaiveDate, String)> = Vec::new();
    for span in spans {
        let day = zone.local_at(span.start).date();
        let words = bars::words_in_week(*span, zone);
        match runs.last_mut() {
            Some((_, last, hours)) if *hours == words && *last + Days::new(1) == day => *last = day,
            _ => runs.push((day, day, words)),
        }
    }
    let run = |(first, last, hours): &(NaiveDate, NaiveDate, String)| match first == last {
        true => format!("{} {hours}", first.format("%a")),
        false => format!("{}–{} {hours}", first.format("%a"), last.format("%a")),
    };
    let mut named: Vec<String> = runs.iter().take(RUNS_MAX).map(run).collect();
    if runs.len() > RUNS_MAX {
        named.push(format!("and {} more", runs.len() - RUNS_MAX));
    }
    named.join(", ")
}
