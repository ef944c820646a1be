//! What exclusions take away from a coverage in a range of time, and whose they are.

use super::coverage::{Coverage, CoveragePart, clipped, range};
use super::explain::CutBy;
use super::horizon::{Direction, Horizon};
use super::rule::Rule;
use super::rule_set::RuleSet;
use super::span::{Span, intersections, without};
use super::stream::SpanUnion;
use super::window::CompiledWindow;
use crate::zones::Zone;

/// Time that is outside although rules of a window include it, because other rules exclude it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CutSpan {
    /// When it is.
    pub span: Span,
    /// Index of the part of the coverage from which it is taken.
    pub part: usize,
    /// Whose rules take it.
    pub by: CutBy,
}

/// A coverage in a range of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageHours {
    /// What is covered: maximal spans, clipped to the range.
    pub spans: Vec<Span>,
    /// What is cut, in order: maximal spans of each owner, clipped to the range. Where several exclude the same time, each has a span.
    pub cuts: Vec<CutSpan>,
}

impl Coverage {
    /// Returns what is covered in `[from, to)`, and what exclusions take away there: time that a part includes, an exclusion of that part
    /// excludes, and no other part covers. Reads every occurrence in that range, so the caller should bound it.
    #[must_use]
    pub fn hours(&self, from: i64, to: i64) -> CoverageHours {
        self.hours_up_to(from, to, usize::MAX).unwrap_or_default()
    }

    /// Returns what [`Coverage::hours`] does, unless it has more than `most` spans or cuts, or the rules of a window have more than so many.
    #[must_use]
    pub fn hours_up_to(&self, from: i64, to: i64, most: usize) -> Option<CoverageHours> {
        let Some(range) = range(from, to) else {
            return Some(CoverageHours::default());
        };
        let spans = collected(self.each_span(from, to), most)?;
        let mut cuts = Vec::new();
        for (index, part) in self.parts().iter().enumerate() {
            let cutters: Vec<Cutter<'_>> = part.cutters().filter(|cutter| !cutter.compiled.is_empty()).collect();
            if cutters.is_empty() {
                continue;
            }
            let included = collected(each_of(&part.window.includes, range), most)?;
            let missing = without(&included, &spans);
            for Cutter { by, compiled, .. } in cutters.into_iter().filter(|_| !missing.is_empty()) {
                let excluded = intersections(&missing, &collected(each_of(compiled, range), most)?);
                cuts.extend(excluded.into_iter().map(|span| CutSpan { span, part: index, by }));
                if cuts.len() > most {
                    return None;
                }
            }
        }
        cuts.sort_unstable();
        Some(CoverageHours { spans, cuts })
    }
}

/// The exclude rules of one owner.
#[derive(Clone, Copy)]
pub(super) struct Cutter<'a> {
    pub(super) by: CutBy,
    /// The zone that they are read in.
    pub(super) zone: Zone,
    pub(super) rules: &'a [Rule],
    pub(super) compiled: &'a RuleSet,
}

impl CoveragePart {
    /// Returns the exclude rules by their owner: those of the window, then those of each calendar.
    pub(super) fn cutters(&self) -> impl Iterator<Item = Cutter<'_>> {
        let definition = self.window.definition();
        let own = Cutter {
            by: CutBy::Window,
            zone: definition.timezone,
            rules: &definition.excludes,
            compiled: &self.window.excludes,
        };
        let calendars = self.exclusions.iter().enumerate();
        let calendars = calendars.map(|(index, exclusion)| Cutter {
            by: CutBy::Exclusion(index),
            zone: exclusion.timezone(),
            rules: exclusion.rules(),
            compiled: &exclusion.cuts,
        });
        std::iter::once(own).chain(calendars)
    }
}

/// Returns the union of rules in a range, clipped to it.
fn each_of(rules: &RuleSet, range: Span) -> impl Iterator<Item = Span> {
    let mut union = SpanUnion::with_capacity(rules.sources());
    rules.add_to(&mut union, Horizon::of(range), Direction::Forwards);
    clipped(union, range)
}

/// Returns all spans, unless they are more than `most`.
fn collected(spans: impl Iterator<Item = Span>, most: usize) -> Option<Vec<Span>> {
    let spans: Vec<Span> = spans.take(most.saturating_add(1)).collect();
    (spans.len() <= most).then_some(spans)
}

impl CompiledWindow {
    /// Returns what the window's rules include in `[from, to)`, exclusions aside: maximal spans, clipped to the range.
    #[must_use]
    pub fn included(&self, from: i64, to: i64) -> Vec<Span> {
        range(from, to).map_or_else(Vec::new, |range| each_of(&self.includes, range).collect())
    }
}
