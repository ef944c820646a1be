//! Spans as bars, and the same spans as lines of text.

use chrono::{NaiveDate, NaiveTime};

use super::Percent;
use crate::admin::dates;
use crate::apps::sla::hours::book::NamedHours;
use crate::calculus::civil::format_time;
use crate::calculus::span::Span;
use crate::zones::Zone;

/// The least width of a bar, so that a short span is seen: about two pixels.
const WIDTH_MIN: Percent = Percent(20);

/// The most bars of a row that are drawn one by one. More are merged where less than this part of the picture lies between them.
pub const BARS_MAX: usize = 400;

/// What cuts several bars that are drawn as one.
const SEVERAL: &str = "several";

/// A span as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Where it begins.
    pub x: Percent,
    /// How wide it is.
    pub width: Percent,
    /// The span.
    pub span: Span,
    /// Whose rules cut it; empty for a span that is promised.
    pub by: String,
    /// How many spans are drawn as this one.
    pub count: usize,
}

/// The bars of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    /// What is promised.
    pub spans: Vec<Bar>,
    /// What is cut.
    pub cuts: Vec<Bar>,
}

impl Bars {
    /// Returns hours in a picture of `range`.
    #[must_use]
    pub fn of(hours: &NamedHours, range: Span) -> Self {
        let spans = hours.spans.iter().map(|span| (*span, ""));
        let cuts = hours.cuts.iter().map(|cut| (cut.span, cut.by.name()));
        let spans = drawn(spans, hours.spans.len(), range);
        let cuts = drawn(cuts, hours.cuts.len(), range);
        let bar = |((span, by), count): ((Span, &str), usize)| bar(span, range, by.to_owned(), count);
        Self {
            spans: spans.into_iter().map(bar).collect(),
            cuts: cuts.into_iter().map(bar).collect(),
        }
    }
}

/// Returns the least time between two bars of a row of many.
#[must_use]
pub fn least_gap(range: Span) -> i64 {
    range.seconds() / i64::try_from(BARS_MAX).unwrap_or(1)
}

/// Returns what is drawn of `count` spans, and how many each stands for.
fn drawn<'a>(spans: impl Iterator<Item = (Span, &'a str)>, count: usize, range: Span) -> Vec<((Span, &'a str), usize)> {
    if count <= BARS_MAX {
        return spans.map(|span| (span, 1)).collect();
    }
    let gap = least_gap(range);
    let mut merged: Vec<((Span, &str), usize)> = Vec::new();
    for (span, by) in spans {
        match merged.last_mut() {
            Some(((last, of), count)) if span.start - last.end < gap => {
                last.end = last.end.max(span.end);
                *count += 1;
                if *of != by {
                    *of = SEVERAL;
                }
            }
            _ => merged.push(((span, by), 1)),
        }
    }
    merged
}

fn bar(span: Span, range: Span, by: String, count: usize) -> Bar {
    let x = Percent::of(span.start, range);
    Bar {
        x,
        width: x.width_to(Percent::of(span.end, range), WIDTH_MIN),
        span,
        by,
        count,
    }
}

/// Returns a span for people: `Mon 30 Nov 08:00–18:00 CET`, the day of the end only if it is another one.
#[must_use]
pub fn words(span: Span, zone: Zone) -> String {
    let day = dates::short_day(zone.local_at(span.start).date());
    format!("{day} {}", words_on_day(span, zone))
}

/// Returns the times of a span whose first day is known: `08:00–18:00 CET`, `22:00–Tue 1 Dec 06:00 CET`.
#[must_use]
pub fn words_on_day(span: Span, zone: Zone) -> String {
    times(span, zone, dates::short_day, false)
}

/// Returns the times of a span of at most a week whose first day is known: `08:00–18:00 CET`, `22:00–06:00 CET` for one that ends on the next
/// day, `Fri 22:00–Mon 06:00` without `Fri`.
#[must_use]
pub fn words_in_week(span: Span, zone: Zone) -> String {
    times(span, zone, |day| day.format("%a").to_string(), true)
}

/// Returns the times of a span, and of an end on another day what `day_words` calls that. Where it is known that an end which is not after the
/// start is on the next day, that day is not named.
fn times(span: Span, zone: Zone, day_words: fn(NaiveDate) -> String, is_next_day_known: bool) -> String {
    let (start, end) = (zone.at(span.start), zone.at(span.end));
    let is_midnight = end.time.time() == NaiveTime::MIN;
    let is_next = end.time.date().pred_opt() == Some(start.time.date());
    let last = match end.time.date() {
        day if day == start.time.date() => format_time(end.time.time()),
        _ if is_midnight && is_next => "24:00".to_owned(),
        _ if is_next_day_known && is_next && end.time.time() <= start.time.time() => format_time(end.time.time()),
        day => format!("{} {}", day_words(day), format_time(end.time.time())),
    };
    let first = format_time(start.time.time());
    match start.zone_name() == end.zone_name() {
        true => format!("{first}–{last} {}", end.zone_name()),
        false => format!("{first} {}–{last} {}", start.zone_name(), end.zone_name()),
    }
}
