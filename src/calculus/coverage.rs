//! Coverage of one component: the union of its windows, and the questions that it answers.

use std::sync::Arc;

use super::horizon::{Direction, Horizon};
use super::rule_set::SpanSource;
use super::span::{BEGINNING_OF_TIME, END_OF_TIME, Span};
use super::stream::{SpanDifference, SpanUnion, Stream};
use super::window::{CompiledWindow, Exclusion, HORIZON};

/// The farthest instant looked at: no rule has an occurrence beyond, and what is added to it cannot overflow.
const INSTANT_MAX: i64 = i64::MAX / 4;

/// A window and the calendars that cut it. They act on this window alone: another may grant what they take.
#[derive(Clone, Debug)]
pub struct CoveragePart {
    /// What is covered.
    pub window: Arc<CompiledWindow>,
    /// What is cut out of it.
    pub exclusions: Vec<Arc<Exclusion>>,
}

/// The union of any number of windows, none included.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    parts: Vec<CoveragePart>,
}

/// The state of a coverage at an instant. Instants are Unix seconds; `None` stands for one that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct CoverageValues {
    /// True if the instant lies in some span `[start, end)`.
    pub in_window: bool,
    /// The latest start at or before the instant; inside, the start of the current span.
    pub last_start: Option<i64>,
    /// The latest end at or before the instant.
    pub last_end: Option<i64>,
    /// The first start after the instant.
    pub next_start: Option<i64>,
    /// The first end after the instant; inside, the end of the current span.
    pub next_end: Option<i64>,
}

impl CoverageValues {
    /// Returns whether there was coverage and none is there and none follows, as far as it is looked for: not inside, a start or end behind, and
    /// neither a start nor an end ahead.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        let was_covered = self.last_start.is_some() || self.last_end.is_some();
        !self.in_window && was_covered && self.next_start.is_none() && self.next_end.is_none()
    }

    /// Returns the next instant at which any of the values changes; `None` if they hold for good.
    #[must_use]
    pub fn next_transition(&self) -> Option<i64> {
        match (self.next_start, self.next_end) {
            (Some(start), Some(end)) => Some(start.min(end)),
            (start, end) => start.or(end),
        }
    }
}

/// The spans of a coverage in one direction.
type Spans<'a> = SpanUnion<SpanDifference<SpanUnion<SpanSource<'a>>, SpanUnion<SpanSource<'a>>>>;

impl Coverage {
    /// Returns the union of the parts.
    #[must_use]
    pub fn new(parts: Vec<CoveragePart>) -> Self {
        Self { parts }
    }

    /// Returns the parts, in the order in which they were given.
    #[must_use]
    pub fn parts(&self) -> &[CoveragePart] {
        &self.parts
    }

    /// Returns how many rules it has, with those that cut it. Each has at most one occurrence a day, but for listed dates and one-offs.
    #[must_use]
    pub fn rules(&self) -> usize {
        let rules = |part: &CoveragePart| {
            let cuts: usize = part.cutters().map(|cutter| cutter.rules.len()).sum();
            part.window.definition().rules.len() + cuts
        };
        self.parts.iter().map(rules).sum()
    }

    /// Returns the five values at `now`.
    #[must_use]
    pub fn values(&self, now: i64) -> CoverageValues {
        let now = now.clamp(-INSTANT_MAX, INSTANT_MAX);
        let horizon = Horizon {
            first: now - HORIZON,
            last: now + HORIZON,
        };

        let (current, next) = match first_two(self.stream(horizon, Direction::Forwards), now) {
            (Some(first), second) if first.start <= now => (Some(first), second),
            (first, _) => (None, first),
        };
        // Seen backwards, the spans that begin at or before now are those that end after it.
        let (latest, before) = first_two(self.stream(horizon, Direction::Backwards), -(now + 1));
        let (latest, before) = (latest.map(Span::mirrored), before.map(Span::mirrored));

        let last = if current.is_some() { before } else { latest };
        CoverageValues {
            in_window: current.is_some(),
            last_start: latest.map(|span| span.start).filter(is_an_instant),
            last_end: last.map(|span| span.end).filter(is_an_instant),
            next_start: next.map(|span| span.start).filter(is_an_instant),
            next_end: current.or(next).map(|span| span.end).filter(is_an_instant),
        }
    }

    /// Returns whether `now` is covered; `in_window` of [`Coverage::values`] without the search for the starts and ends around it.
    #[must_use]
    pub fn covers(&self, now: i64) -> bool {
        self.covers_any(now, now.saturating_add(1))
    }

    /// Returns the maximal spans of the coverage, as far as they lie in `[from, to)`; none if `to <= from`.
    /// Reads every occurrence in that range, so the caller should bound it.
    #[must_use]
    pub fn spans(&self, from: i64, to: i64) -> Vec<Span> {
        self.each_span(from, to).collect()
    }

    /// Returns the seconds covered in `[from, to)`; 0 if `to <= from`.
    /// Reads every occurrence in that range, so the caller should bound it.
    #[must_use]
    pub fn covered_seconds(&self, from: i64, to: i64) -> i64 {
        self.each_span(from, to).map(|span| span.seconds()).sum()
    }

    /// Returns whether any second of `[from, to)` is covered; stops reading at the first.
    pub(super) fn covers_any(&self, from: i64, to: i64) -> bool {
        self.each_span(from, to).next().is_some()
    }

    /// Returns what [`Coverage::spans`] does, one span after the other.
    pub fn each_span(&self, from: i64, to: i64) -> impl Iterator<Item = Span> {
        let range = range(from, to);
        let spans = range.map(|range| clipped(self.stream(Horizon::of(range), Direction::Forwards), range));
        spans.into_iter().flatten()
    }

    fn stream(&self, horizon: Horizon, direction: Direction) -> Spans<'_> {
        let mut union = SpanUnion::with_capacity(self.parts.len());
        for part in &self.parts {
            union.push(part.stream(horizon, direction));
        }
        union
    }
}

impl CoveragePart {
    fn stream(
        &self,
        horizon: Horizon,
        direction: Direction,
    ) -> SpanDifference<SpanUnion<SpanSource<'_>>, SpanUnion<SpanSource<'_>>> {
        let window = &self.window;
        let mut kept = SpanUnion::with_capacity(window.includes.sources());
        window.includes.add_to(&mut kept, horizon, direction);

        // One-offs are known beyond the horizon, and must be cut there as well.
        let horizon = window.includes.widen(horizon);
        let sources = self.cutters().map(|cutter| cutter.compiled.sources());
        let mut cuts = SpanUnion::with_capacity(sources.sum());
        for cutter in self.cutters() {
            cutter.compiled.add_to(&mut cuts, horizon, direction);
        }
        SpanDifference::new(kept, cuts)
    }
}

/// Returns the range from `from` to `to` of the instants that are looked at; nothing if it is empty.
pub(super) fn range(from: i64, to: i64) -> Option<Span> {
    Span::new(
        from.clamp(-INSTANT_MAX, INSTANT_MAX),
        to.clamp(-INSTANT_MAX, INSTANT_MAX),
    )
}

/// Returns the spans of a stream as far as they lie in a range.
pub(super) fn clipped(mut stream: impl Stream, range: Span) -> impl Iterator<Item = Span> {
    let mut floor = range.start;
    std::iter::from_fn(move || {
        let span = stream.next(floor)?;
        floor = span.end;
        span.intersection(&range)
    })
}

/// Returns the first two spans that end after `floor`.
fn first_two(mut stream: impl Stream, floor: i64) -> (Option<Span>, Option<Span>) {
    let first = stream.next(floor);
    let second = first.and_then(|span| stream.next(span.end));
    (first, second)
}

fn is_an_instant(bound: &i64) -> bool {
    BEGINNING_OF_TIME < *bound && *bound < END_OF_TIME
}
