//! Sorted streams of spans, merged and subtracted lazily.
//!
//! Knows neither rules nor directions: a stream that looks back is a stream of mirrored spans.

use super::span::Span;

/// Spans in ascending order, by start as by end.
pub(super) trait Stream {
    /// Returns the next span that ends after `floor`; those that end before are passed over, which may be much faster than
    /// reading them. What begins before `floor` may be handed out as if it began later, though not after `floor`.
    /// A floor must not lie before the end of the span handed out last.
    fn next(&mut self, floor: i64) -> Option<Span>;
}

/// The union of streams: maximal spans, with those that overlap or touch made one.
pub(super) struct SpanUnion<S> {
    sources: Vec<UnionHead<S>>,
    started: bool,
}

/// A stream and its first span not yet used.
struct UnionHead<S> {
    stream: S,
    span: Option<Span>,
}

impl<S: Stream> SpanUnion<S> {
    pub(super) fn with_capacity(sources: usize) -> Self {
        Self {
            sources: Vec::with_capacity(sources),
            started: false,
        }
    }

    /// Adds a stream; only before the first span is taken.
    pub(super) fn push(&mut self, stream: S) {
        self.sources.push(UnionHead { stream, span: None });
    }

    /// Brings every head to its first span that ends after `floor`.
    fn advance(&mut self, floor: i64) {
        for head in &mut self.sources {
            if !self.started || head.span.is_some_and(|span| span.end <= floor) {
                head.span = head.stream.next(floor);
            }
        }
        self.started = true;
    }
}

impl<S: Stream> Stream for SpanUnion<S> {
    fn next(&mut self, floor: i64) -> Option<Span> {
        self.advance(floor);
        let mut run = self.sources.iter().filter_map(|head| head.span).min()?;
        loop {
            let before = run.end;
            for head in &mut self.sources {
                while let Some(span) = head.span.filter(|span| span.start <= run.end) {
                    run.end = run.end.max(span.end);
                    head.span = head.stream.next(run.end);
                }
            }
            // A source read early in the round may touch what a later one added.
            if run.end == before {
                return Some(run);
            }
        }
    }
}

/// How many spans on end may be swallowed, each by cuts of its own, before nothing more is expected: 27 years of one a day. A single cut,
/// however long, counts once. Without this bound one window could keep every scrape waiting for minutes.
const SWALLOWED_MAX: usize = 10_000;

/// What the first stream covers and the second does not. Both must hand out maximal spans, as [`SpanUnion`] does.
pub(super) struct SpanDifference<A, B> {
    kept: A,
    cuts: B,
    /// What is left of the last span taken from `kept`, behind the cut that ended the last piece.
    rest: Option<Span>,
    /// The last cut read; it may reach into spans to come.
    cut: CutState,
}

enum CutState {
    Unread,
    At(Span),
    Exhausted,
}

impl<A: Stream, B: Stream> SpanDifference<A, B> {
    pub(super) fn new(kept: A, cuts: B) -> Self {
        Self {
            kept,
            cuts,
            rest: None,
            cut: CutState::Unread,
        }
    }

    /// Returns the first cut that ends after `instant`.
    fn cut_after(&mut self, instant: i64) -> Option<Span> {
        let unread = match self.cut {
            CutState::Unread => true,
            CutState::At(cut) => cut.end <= instant,
            CutState::Exhausted => false,
        };
        if unread {
            self.cut = self.cuts.next(instant).map_or(CutState::Exhausted, CutState::At);
        }
        match self.cut {
            CutState::At(cut) => Some(cut),
            CutState::Unread | CutState::Exhausted => None,
        }
    }
}

impl<A: Stream, B: Stream> Stream for SpanDifference<A, B> {
    fn next(&mut self, floor: i64) -> Option<Span> {
        let mut floor = floor;
        for _ in 0..SWALLOWED_MAX {
            let piece = match self.rest.take().filter(|rest| floor < rest.end) {
                Some(rest) => rest,
                None => self.kept.next(floor)?,
            };
            let start = piece.start.max(floor);
            let Some(cut) = self.cut_after(start).filter(|cut| cut.start < piece.end) else {
                return Span::new(start, piece.end);
            };
            self.rest = Span::new(cut.end, piece.end);
            if start < cut.start {
                return Span::new(start, cut.start);
            }
            floor = cut.end;
        }
        None
    }
}
