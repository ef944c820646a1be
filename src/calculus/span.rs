//! Spans of time, and the two ends of time itself.

/// A half-open span `[start, end)` in Unix seconds, UTC.
///
/// Wherever the calculus hands one out, `start < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First second inside.
    pub start: i64,
    /// First second after it.
    pub end: i64,
}

/// Start of a span that has always been. The negation of [`END_OF_TIME`], so that mirroring cannot overflow.
pub const BEGINNING_OF_TIME: i64 = -i64::MAX;

/// End of a span that goes on for ever.
pub const END_OF_TIME: i64 = i64::MAX;

impl Span {
    /// All time.
    pub(super) const ALWAYS: Self = Self {
        start: BEGINNING_OF_TIME,
        end: END_OF_TIME,
    };

    /// Returns the span from `start` to `end`, or `None` if it would be empty.
    #[must_use]
    pub fn new(start: i64, end: i64) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// Returns whether `instant` lies in `[start, end)`.
    #[must_use]
    pub fn contains(&self, instant: i64) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Returns the common part of two spans, or `None` if they share no second.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }

    /// Returns the length in seconds; saturates for a span without an end.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.end.saturating_sub(self.start)
    }

    /// Returns the span in milliseconds, of one in seconds; saturates for a span without an end.
    #[must_use]
    pub fn in_milliseconds(&self) -> Self {
        Self {
            start: self.start.saturating_mul(1_000),
            end: self.end.saturating_mul(1_000),
        }
    }

    /// Returns the same span seen on the reversed time line.
    pub(super) fn mirrored(self) -> Self {
        Self {
            start: -self.end,
            end: -self.start,
        }
    }
}

/// Returns the seconds that lie both in `range` and in one of the spans, which must be maximal and in order.
#[must_use]
pub fn seconds_within(spans: &[Span], range: Span) -> i64 {
    let first = spans.partition_point(|span| span.end <= range.start);
    let within = spans[first..].iter().map_while(|span| span.intersection(&range));
    within.map(|span| span.seconds()).sum()
}

/// Returns what lies both in spans of `one` and of `other`; each must be maximal and in order, as the result is.
#[must_use]
pub fn intersections(one: &[Span], other: &[Span]) -> Vec<Span> {
    let mut common = Vec::new();
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        common.extend(first.intersection(second));
        if first.end < second.end {
            left.next();
        } else {
            right.next();
        }
    }
    common
}

/// Returns what lies in spans of `kept` and in none of `cuts`; each must be maximal and in order, as the result is.
#[must_use]
pub fn without(kept: &[Span], cuts: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut cuts = cuts.iter().peekable();
    for span in kept {
        let mut start = span.start;
        while cuts.next_if(|cut| cut.end <= start).is_some() {}
        while let Some(cut) = cuts.peek().filter(|cut| cut.start < span.end) {
            left.extend(Span::new(start, cut.start));
            start = cut.end;
            if span.end <= cut.end {
                break;
            }
            cuts.next();
        }
        left.extend(Span::new(start, span.end));
    }
    left
}

/// Sorts the spans and merges those that overlap or touch.
#[must_use]
pub fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}
