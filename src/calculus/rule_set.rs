//! The rules of a window or a calendar, bound to a zone, and the streams of spans that they give.

use super::horizon::{Direction, Horizon};
use super::occurrence::{Days, Occurrences, Recurring, Shape, Validity, once};
use super::rule::Rule;
use super::span::{Span, merge};
use super::stream::{SpanUnion, Stream};
use super::tiling;
use crate::zones::Zone;

/// Rules of one zone, bound to it: the union of their occurrences.
#[derive(Clone, Debug)]
pub(super) struct RuleSet {
    zone: Zone,
    /// Listed dates and one-offs, merged.
    explicit: Vec<Span>,
    recurring: Vec<Recurring>,
    /// A part of the recurring rules' union known to be without a hole; it only saves walking through them.
    solid: Option<Span>,
}

impl RuleSet {
    pub(super) fn new(zone: Zone, rules: &[Rule], validity: Validity) -> Self {
        let mut set = Self::without_solid(zone, rules, validity);
        set.solid = tiling::solid(zone, &set.recurring, validity);
        if set.solid == Some(Span::ALWAYS) {
            set.recurring.clear();
        }
        set
    }

    /// Returns the same set without looking for a part that has no hole; slower, and equal in every answer.
    pub(super) fn without_solid(zone: Zone, rules: &[Rule], validity: Validity) -> Self {
        let recurring = |days, schedule| Recurring::new(days, schedule, validity);
        let mut set = Self {
            zone,
            explicit: Vec::new(),
            recurring: Vec::new(),
            solid: None,
        };
        for rule in rules {
            match rule {
                Rule::Weekly { days, schedule } => {
                    set.recurring.push(recurring(Days::Weekly(*days), *schedule));
                }
                Rule::Recurring { recurrence, schedule } => {
                    let days = recurrence
                        .as_weekly()
                        .map_or_else(|| Days::Recurring(recurrence.clone()), Days::Weekly);
                    set.recurring.push(recurring(days, *schedule));
                }
                Rule::Dates { dates, schedule } => {
                    let shape = Shape::new(*schedule);
                    let admitted = dates.iter().filter(|date| validity.admits(**date));
                    set.explicit
                        .extend(admitted.filter_map(|date| shape.on(zone, i64::from(date.to_epoch_days())).span));
                }
                Rule::Once { start, end } => set.explicit.extend(once(zone, *start, *end).span),
            }
        }
        set.explicit = merge(set.explicit);
        set
    }

    /// Returns the smallest horizon that holds this one and every listed date and one-off.
    pub(super) fn widen(&self, horizon: Horizon) -> Horizon {
        let first = self.explicit.first().map(|span| span.start);
        let last = self.explicit.last().map(|span| span.end);
        Horizon {
            first: first.map_or(horizon.first, |first| first.min(horizon.first)),
            last: last.map_or(horizon.last, |last| last.max(horizon.last)),
        }
    }

    /// Returns the end of the last listed date or one-off.
    pub(super) fn last_explicit_end(&self) -> Option<i64> {
        self.explicit.last().map(|span| span.end)
    }

    /// Adds the streams of this set to a union, in the given direction.
    pub(super) fn add_to<'a>(&'a self, union: &mut SpanUnion<SpanSource<'a>>, horizon: Horizon, direction: Direction) {
        if !self.explicit.is_empty() {
            union.push(SpanSource::Explicit {
                spans: &self.explicit,
                direction,
            });
        }
        if let Some(solid) = self.solid.and_then(|solid| horizon.extend(solid)) {
            union.push(SpanSource::Solid(Some(direction.apply(solid))));
        }
        for rule in &self.recurring {
            union.push(SpanSource::Recurring(Occurrences::new(
                self.zone, rule, horizon, direction,
            )));
        }
    }

    /// Returns whether there is no rule, or none with an occurrence.
    pub(super) fn is_empty(&self) -> bool {
        self.explicit.is_empty() && self.recurring.is_empty() && self.solid.is_none()
    }

    /// Returns the number of streams that [`RuleSet::add_to`] adds at most.
    pub(super) fn sources(&self) -> usize {
        self.recurring.len() + 2
    }
}

/// A stream of the spans of one source, sorted by start and by end.
pub(super) enum SpanSource<'a> {
    /// Merged spans, of which those already read are cut off at the front (forwards) or the back.
    Explicit {
        spans: &'a [Span],
        direction: Direction,
    },
    /// One span, already on the time line of the direction.
    Solid(Option<Span>),
    Recurring(Occurrences<'a>),
}

impl Stream for SpanSource<'_> {
    fn next(&mut self, floor: i64) -> Option<Span> {
        match self {
            Self::Solid(span) => span.take().filter(|span| floor < span.end),
            Self::Recurring(occurrences) => occurrences.next(floor),
            Self::Explicit {
                spans,
                direction: Direction::Forwards,
            } => {
                let skipped = spans.partition_point(|span| span.end <= floor);
                let (next, rest) = spans[skipped..].split_first()?;
                *spans = rest;
                Some(*next)
            }
            Self::Explicit {
                spans,
                direction: Direction::Backwards,
            } => {
                let kept = spans.partition_point(|span| floor < -span.start);
                let (next, rest) = spans[..kept].split_last()?;
                *spans = rest;
                Some(next.mirrored())
            }
        }
    }
}
