//! Spans of service, as they are measured one by one: the maximal spans of the definition in force, cut where that changed, and those that
//! are longer than a day at local midnights.
//!
//! The same span comes out whichever range is asked for, as long as the pieces reach [`MARGIN`] beyond it: so no time is measured twice.

use super::promised::PromisedPiece;
use crate::calculus::attainment::cutting::cut_long;
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::zones::Zone;

/// How far pieces have to reach beyond the range whose spans are asked for, in seconds: what is longer is cut at midnights.
pub const MARGIN: i64 = 3 * 86_400;

/// How far spans are looked at beyond a piece to see whether they are longer than a day.
const LOOKED_AT: i64 = 2 * 86_400;

/// Returns the spans that have a part in `[from, to)`, whole.
#[must_use]
pub fn service_spans(pieces: &[PromisedPiece], from: i64, to: i64) -> Vec<Span> {
    let mut spans = Vec::new();
    for piece in pieces {
        let Some(Ok(coverage)) = &piece.coverage else { continue };
        let part = Span::new(piece.from.max(from), piece.to.min(to));
        let Some(part) = part else { continue };
        let whole = whole_spans(coverage, piece.zone, part).into_iter();
        let in_force = Span {
            start: piece.from,
            end: piece.to,
        };
        let whole = whole.filter_map(|span| span.intersection(&in_force));
        spans.extend(whole.filter(|span| span.start < to && from < span.end));
    }
    spans
}

/// Returns the spans of one definition that have a part in a range, those longer than a day cut at midnights.
fn whole_spans(coverage: &Coverage, zone: Zone, part: Span) -> Vec<Span> {
    let around = coverage.spans(part.start - LOOKED_AT, part.end + LOOKED_AT);
    let around: Vec<Span> = around
        .into_iter()
        .filter(|span| span.intersection(&part).is_some())
        .collect();
    let cut = cut_long(&around, zone).into_iter();
    cut.filter(|span| span.intersection(&part).is_some()).collect()
}

/// Returns why the hours of pieces in `[from, to)` cannot be said.
#[must_use]
pub fn unreadable(pieces: &[PromisedPiece], from: i64, to: i64) -> Vec<&str> {
    let within = pieces.iter().filter(|piece| piece.from < to && from < piece.to);
    let mut reasons: Vec<&str> = within
        .filter_map(|piece| match &piece.coverage {
            Some(Err(reason)) => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    reasons.dedup();
    reasons
}
