//! Components in numbers, for the start page.

use crate::admin::model::{DashboardCount, Tone};
use crate::metrics::state::ExposedState;

/// Returns how the components stand, as the metrics show them.
#[must_use]
pub fn glances(state: &ExposedState) -> Vec<DashboardCount> {
    let snapshot = state.snapshot();
    let counts = snapshot.counts;
    let users = state.users_by_slot();
    let slots = state.values_by_slot().zip(&users);
    let inside = slots.filter(|(values, _)| values.is_some_and(|values| values.in_window));
    let inside = inside.map(|(_, users)| *users as usize).sum();
    let outside = counts.shown().saturating_sub(inside + counts.without_windows);
    let number = |count: usize, words, tone, query| DashboardCount {
        count: count as u64,
        words,
        tone,
        query,
    };
    let mut glances = vec![
        number(
            inside,
            "components inside their hours",
            Tone::Active,
            Some("?state=inside"),
        ),
        number(outside, "outside their hours", Tone::Quiet, Some("?state=outside")),
    ];
    // What there is none of is not shown.
    glances.extend(
        [
            number(
                counts.without_windows,
                "without SLA windows",
                Tone::Warn,
                Some("?enabled__exact=1&windows__isnull=True"),
            ),
            number(
                counts.invalid,
                "left out: their windows cannot be read",
                Tone::Bad,
                None,
            ),
            number(counts.disabled, "disabled", Tone::Quiet, Some("?enabled__exact=0")),
        ]
        .into_iter()
        .filter(|glance| glance.count > 0),
    );
    glances
}
