//! Where promised time is cut into spans that are measured one by one.

use chrono::NaiveDate;

use crate::calculus::span::Span;
use crate::zones::Zone;

/// Seconds beyond which a span is cut at midnights.
const LONG: i64 = 86_400;

/// Returns spans in milliseconds, of spans in seconds.
#[must_use]
pub fn in_milliseconds(spans: &[Span]) -> Vec<Span> {
    spans.iter().map(Span::in_milliseconds).collect()
}

/// Returns the spans cut at each of the instants, which must be in order and of the spans' unit.
#[must_use]
pub fn cut_at(spans: &[Span], instants: &[i64]) -> Vec<Span> {
    let mut pieces = Vec::with_capacity(spans.len());
    for span in spans {
        let first = instants.partition_point(|instant| *instant <= span.start);
        let mut start = span.start;
        for instant in instants[first..].iter().take_while(|instant| **instant < span.end) {
            pieces.extend(Span::new(start, *instant));
            start = *instant;
        }
        pieces.extend(Span::new(start, span.end));
    }
    pieces
}

/// Returns the instants, in seconds, in `(from, to)` at which a day of the zone begins.
pub fn midnights(zone: Zone, from: i64, to: i64) -> impl Iterator<Item = i64> {
    let first: NaiveDate = zone.local_at(from).date();
    let mut before = from;
    first
        .iter_days()
        .map(move |day| zone.start_of_day(day))
        .take_while(move |instant| *instant < to)
        .filter(move |instant| {
            // A day that the clock skips begins with the next one.
            let is_next = before < *instant;
            before = before.max(*instant);
            is_next
        })
}

/// Returns spans in seconds with those that are longer than a day cut at the midnights of a zone.
#[must_use]
pub fn cut_long(spans: &[Span], zone: Zone) -> Vec<Span> {
    let mut pieces = Vec::with_capacity(spans.len());
    for span in spans {
        if span.seconds() <= LONG {
            pieces.push(*span);
            continue;
        }
        let midnights: Vec<i64> = midnights(zone, span.start, span.end).collect();
        pieces.extend(cut_at(&[*span], &midnights));
    }
    pieces
}
