//! The next spans of a coverage.

use super::own::AHEAD;
use crate::admin::model::PreviewSpan;
use crate::apps::sla::rule;
use crate::calculus::coverage::Coverage;
use crate::zones::Zone;

/// How many spans are shown.
const SPANS: usize = 10;

/// Returns the next spans, the one that goes on at `now` among them, each from its first second to its last.
pub(super) fn next(coverage: &Coverage, zone: Zone, now: i64) -> Vec<PreviewSpan> {
    let until = now.saturating_add(AHEAD);
    let spans = coverage.each_span(now, until).take(SPANS);
    let whole = spans.map(|span| {
        let start = match span.start == now {
            true => coverage.values(now).last_start.unwrap_or(now),
            false => span.start,
        };
        let end = match span.end == until {
            true => coverage.values(span.start).next_end,
            false => Some(span.end),
        };
        PreviewSpan {
            start,
            end: end.unwrap_or(until),
            words: rule::preview::span(zone, start, end),
        }
    });
    whole.collect()
}
