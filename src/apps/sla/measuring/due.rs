//! Which spans are to be measured, of which components.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::question::{MeasuredComponent, MeasuringIndicator};
use crate::apps::sla::availability::store::RowRange;
use crate::apps::sla::promised_then::promised::{PromisedPiece, PromisedTime};
use crate::apps::sla::promised_then::service_span::service_spans;
use crate::calculus::span::Span;
use crate::zones::Zone;

/// The indicator of a component, and its expression for it.
#[derive(Clone, Debug)]
pub struct AssignedIndicator {
    /// The indicator.
    pub indicator: Arc<MeasuringIndicator>,
    /// The component.
    pub component: MeasuredComponent,
}

/// A span that is to be measured, of all components that share it and their indicator.
#[derive(Clone, Debug)]
pub struct DueSpan {
    /// The span, in seconds.
    pub span: Span,
    /// The zone at whose midnights it is cut.
    pub zone: Zone,
    /// What measures it.
    pub indicator: Arc<MeasuringIndicator>,
    /// The components.
    pub components: Vec<MeasuredComponent>,
}

/// Which spans are asked for.
#[derive(Clone, Copy, Debug)]
pub enum DueRange {
    /// Those that end behind the first instant, and at or before the second.
    Ending(i64, i64),
    /// Those that have a part from the first instant to before the second, and end at or before the third.
    Touching(i64, i64, i64),
}

impl DueRange {
    /// Returns the range that pieces have to reach over.
    #[must_use]
    pub fn bounds(&self) -> (i64, i64) {
        match self {
            Self::Ending(from, to) => (*from, to.saturating_add(1)),
            Self::Touching(from, to, _) => (*from, *to),
        }
    }

    fn has(&self, span: &Span) -> bool {
        match self {
            Self::Ending(from, to) => *from < span.end && span.end <= *to,
            Self::Touching(from, to, until) => span.start < *to && *from < span.end && span.end <= *until,
        }
    }

    /// Returns the spans of pieces that are asked for.
    fn spans(&self, pieces: &[PromisedPiece]) -> Vec<Span> {
        // A span that ends with the range's first instant but one has a part in it.
        let (from, to) = self.bounds();
        let mut spans = service_spans(pieces, from.saturating_sub(1), to);
        spans.retain(|span| self.has(span));
        spans
    }
}

/// Returns the spans that are to be measured, oldest first: those of components with an indicator that are not among `measured`.
#[must_use]
pub fn due_spans(
    promised: &PromisedTime,
    assigned: &HashMap<i64, AssignedIndicator>,
    range: DueRange,
    measured: &HashSet<RowRange>,
) -> Vec<DueSpan> {
    let mut known: HashMap<*const PromisedPiece, Vec<Span>> = HashMap::new();
    let mut due: BTreeMap<(i64, i64, i64, &str), DueSpan> = BTreeMap::new();
    for component in &promised.components {
        let Some(AssignedIndicator {
            indicator,
            component: asked,
        }) = assigned.get(&component.id)
        else {
            continue;
        };
        let spans = known
            .entry(component.pieces.as_ptr())
            .or_insert_with(|| range.spans(&component.pieces));
        for span in spans {
            if measured.contains(&(component.id, span.start, span.end)) {
                continue;
            }
            let zone = zone_at(&component.pieces, span.start);
            let key = (span.end, span.start, indicator.id, zone.name());
            let due = due.entry(key).or_insert_with(|| DueSpan {
                span: *span,
                zone,
                indicator: Arc::clone(indicator),
                components: Vec::new(),
            });
            due.components.push(asked.clone());
        }
    }
    due.into_values().collect()
}

/// How far ahead the end of a span is looked for, in seconds.
const AHEAD: i64 = 86_400;

/// Returns the end of the first span of components with an indicator that ends at or behind an instant; an instant before it, if that is far.
#[must_use]
pub fn next_end(promised: &PromisedTime, assigned: &HashMap<i64, AssignedIndicator>, from: i64) -> i64 {
    let far = from.saturating_add(AHEAD);
    let assigned = promised.components.iter().filter(|one| assigned.contains_key(&one.id));
    let shared: HashMap<*const PromisedPiece, &[PromisedPiece]> =
        assigned.map(|one| (one.pieces.as_ptr(), &*one.pieces)).collect();
    // A span that ends with the first instant has a part before it.
    let spans = shared
        .into_values()
        .flat_map(|pieces| service_spans(pieces, from.saturating_sub(1), far));
    let ends = spans.map(|span| span.end).filter(|end| from <= *end);
    ends.min().unwrap_or(far).min(far)
}

fn zone_at(pieces: &[PromisedPiece], at: i64) -> Zone {
    let next = pieces.partition_point(|piece| piece.to <= at);
    pieces.get(next).map_or_else(Zone::utc, |piece| piece.zone)
}
