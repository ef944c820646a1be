//! Spans as bars, and the same spans as lines of text.

use chrono::NaiveTime;

use super::Percent;
use crate::apps::sla::hours::book::NamedHours;
use crate::calculus::civil::format_time;
use crate::calculus::span::Span;
use crate::zones::Zone;

/// The least width of a bar, so that a short span is seen: about two pixels.
const WIDTH_MIN: Percent = Percent(20);

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
        let cuts = hours.cuts.iter();
        Self {
            spans: hours
                .spans
                .iter()
                .map(|span| bar(*span, range, String::new()))
                .collect(),
            cuts: cuts.map(|cut| bar(cut.span, range, cut.by.name().to_owned())).collect(),
        }
    }
}

fn bar(span: Span, range: Span, by: String) -> Bar {
    let x = Percent::of(span.start, range);
    Bar {
        x,
        width: x.width_to(Percent::of(span.end, range), WIDTH_MIN),
        span,
        by,
    }
}

/// Returns a span for people: `Mon 30 Nov 08:00–18:00 CET`, the day of the end only if it is another one.
#[must_use]
pub fn words(span: Span, zone: Zone) -> String {
    let day = zone.local_at(span.start).format("%a %-d %b");
    format!("{day} {}", words_on_day(span, zone))
}

/// Returns the times of a span whose first day is known: `08:00–18:00 CET`, `22:00–Tue 1 Dec 06:00 CET`.
#[must_use]
pub fn words_on_day(span: Span, zone: Zone) -> String {
    let (start, end) = (zone.at(span.start), zone.at(span.end));
    let is_midnight = end.time.time() == NaiveTime::MIN;
    let last = match end.time.date() {
        day if day == start.time.date() => format_time(end.time.time()),
        day if is_midnight && day.pred_opt() == Some(start.time.date()) => "24:00".to_owned(),
        _ => format!("{} {}", end.time.format("%a %-d %b"), format_time(end.time.time())),
    };
    let first = format_time(start.time.time());
    match start.zone_name() == end.zone_name() {
        true => format!("{first}–{last} {}", end.zone_name()),
        false => format!("{first} {}–{last} {}", start.zone_name(), end.zone_name()),
    }
}
