//! What people say about time after the fact: applied when a report is read, never to what is stored.

use super::run::{Run, joined, within};
use super::share::Share;
use crate::calculus::span::{Span, intersections, merge, without};

/// What a correction makes of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CorrectionEffect {
    /// It is not accounted for, as if it had not been promised.
    Exclude,
    /// It was up.
    Up,
    /// It was down.
    Down,
    /// It is unknown.
    Unknown,
}

/// A correction of one component's time, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CorrectedSpan {
    /// When.
    pub span: Span,
    /// What becomes of it.
    pub effect: CorrectionEffect,
}

/// Promised time with its corrections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorrectedTime {
    /// What is to be accounted for.
    pub spans: Vec<Span>,
    /// Of that, what was not fully up.
    pub runs: Vec<Run>,
    /// What was promised and is excluded.
    pub excluded: Vec<Span>,
}

impl CorrectedTime {
    /// Applies corrections to promised spans and their runs. Excluded is excluded, whatever else is said about it; of the other effects
    /// the one that comes later in the list wins.
    #[must_use]
    pub fn new(spans: &[Span], runs: &[Run], corrections: &[CorrectedSpan]) -> Self {
        let exclusions = corrections
            .iter()
            .filter(|correction| correction.effect == CorrectionEffect::Exclude);
        let exclusions = merge(exclusions.map(|correction| correction.span).collect());
        let kept = without(spans, &exclusions);
        let stated = stated(corrections);
        let open = without(&kept, &merge(stated.iter().map(|(span, _)| *span).collect()));
        let mut corrected = within(runs, &open);
        for (span, share) in stated {
            if share != Some(Share::FULL) {
                let parts = intersections(&kept, &[span]);
                corrected.extend(parts.into_iter().map(|span| Run { span, share }));
            }
        }
        corrected.sort_unstable_by_key(|run| run.span);
        Self {
            spans: kept,
            runs: joined(corrected),
            excluded: intersections(spans, &exclusions),
        }
    }
}

/// Returns what corrections state about time, none twice: later ones take their time from earlier ones.
fn stated(corrections: &[CorrectedSpan]) -> Vec<(Span, Option<Share>)> {
    let mut stated: Vec<(Span, Option<Share>)> = Vec::new();
    for correction in corrections {
        let share = match correction.effect {
            CorrectionEffect::Exclude => continue,
            CorrectionEffect::Up => Some(Share::FULL),
            CorrectionEffect::Down => Some(Share::NONE),
            CorrectionEffect::Unknown => None,
        };
        let earlier = std::mem::take(&mut stated);
        for (span, share) in earlier {
            let left = without(&[span], &[correction.span]);
            stated.extend(left.into_iter().map(|span| (span, share)));
        }
        stated.push((correction.span, share));
    }
    stated
}
