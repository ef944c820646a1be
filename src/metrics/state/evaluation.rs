//! The values of a coverage at an instant, out of those that are known.

use std::sync::Arc;

use crate::calculus::coverage::{Coverage, CoverageValues};

/// Values that lack an instant ahead are asked for again after this many seconds: the horizon of the search moves with time.
const UNBOUNDED_VALID_S: i64 = 86_400;

/// Returns the values of a coverage now and until when they hold. What was known `before` is taken if it holds; values that are found
/// anew and are the same as before are shared.
pub(super) fn evaluated<'a>(
    before: impl Iterator<Item = (&'a Arc<CoverageValues>, Option<i64>)>,
    coverage: &Coverage,
    now: i64,
    evaluations: &mut usize,
) -> (Arc<CoverageValues>, i64) {
    let mut candidates = Vec::new();
    for (values, due) in before {
        if let Some(due) = due {
            return (Arc::clone(values), due);
        }
        candidates.push(values);
    }
    *evaluations += 1;
    let values = coverage.values(now);
    let is_unbounded = values.next_start.is_none() || values.next_end.is_none();
    let unbounded = is_unbounded.then(|| now.saturating_add(UNBOUNDED_VALID_S));
    let due = values.next_transition().into_iter().chain(unbounded).min();
    let same = candidates.into_iter().find(|candidate| ***candidate == values);
    (
        same.map_or_else(|| Arc::new(values), Arc::clone),
        due.unwrap_or(i64::MAX),
    )
}
