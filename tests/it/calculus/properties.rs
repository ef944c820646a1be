//! Properties that hold for every definition and every instant.

use proptest::prelude::*;
use sla_monitor::calculus::coverage::{Coverage, CoveragePart, CoverageValues};
use sla_monitor::calculus::explain::explain;
use sla_monitor::calculus::lint;
use sla_monitor::calculus::recurrence::Recurrence;

use super::generate::{self, Case};
use super::oracle::{self, DayRule};

/// What section "the five values" says about them at any instant.
fn check_invariants(values: CoverageValues, now: i64) -> Result<(), TestCaseError> {
    let CoverageValues {
        in_window,
        last_start,
        last_end,
        next_start,
        next_end,
    } = values;
    for last in [last_start, last_end].into_iter().flatten() {
        prop_assert!(last <= now);
    }
    for next in [next_start, next_end].into_iter().flatten() {
        prop_assert!(now < next);
    }
    if let (Some(start), Some(end)) = (last_start, last_end) {
        prop_assert_eq!(in_window, end < start);
    }
    if let (Some(start), Some(end)) = (next_start, next_end) {
        prop_assert_eq!(in_window, end < start);
    }
    // Without a beginning there is no start to look back on, and outside nothing can end before it has begun.
    if in_window {
        prop_assert!(last_start.is_some() || last_end.is_none());
        prop_assert!(next_end.is_some() || next_start.is_none());
    } else {
        prop_assert!(last_end.is_some() || last_start.is_none());
        prop_assert!(next_start.is_some() || next_end.is_none());
    }
    prop_assert_eq!(values.next_transition(), next_start.into_iter().chain(next_end).min());
    Ok(())
}

/// The values hold up to the next transition, and there they change as they must.
fn check_constancy(coverage: &Coverage, now: i64) -> Result<(), TestCaseError> {
    let values = coverage.values(now);
    let Some(transition) = values.next_transition() else {
        return Ok(());
    };
    // The horizon moves along with the instant, so what is an instant away from it may come into view.
    if transition - now > 5 * 365 * 86_400 {
        return Ok(());
    }
    for instant in [now + (transition - now) / 2, transition - 1] {
        let later = coverage.values(instant);
        prop_assert_eq!(later.in_window, values.in_window);
        prop_assert_eq!(later.next_transition(), Some(transition));
        if values.last_start.is_some() {
            prop_assert_eq!((later.last_start, later.last_end), (values.last_start, values.last_end));
        }
    }
    let after = coverage.values(transition);
    prop_assert_eq!(after.in_window, !values.in_window);
    let reached = if after.in_window {
        after.last_start
    } else {
        after.last_end
    };
    prop_assert_eq!(reached, Some(transition));
    Ok(())
}

fn check_spans(case: &Case, coverage: &Coverage, from: i64, to: i64) -> Result<(), TestCaseError> {
    let spans = coverage.spans(from, to);
    prop_assert_eq!(&spans, &oracle::spans(&case.windows, from, to));
    for span in &spans {
        prop_assert!(from <= span.start && span.start < span.end && span.end <= to);
    }
    for pair in spans.windows(2) {
        prop_assert!(pair[0].end < pair[1].start, "{:?} touches {:?}", pair[0], pair[1]);
    }
    let seconds = coverage.covered_seconds(from, to);
    prop_assert_eq!(seconds, spans.iter().map(|span| span.end - span.start).sum::<i64>());
    for cut in [from, from + 1, from + (to - from) / 3, to - 1, to] {
        let parts = coverage.covered_seconds(from, cut) + coverage.covered_seconds(cut, to);
        prop_assert_eq!(parts, seconds);
    }
    prop_assert_eq!(coverage.covered_seconds(to, from), 0);
    Ok(())
}

proptest! {
    #![proptest_config(generate::config(100))]

    #[test]
    fn values_are_those_of_the_oracle(case in generate::case()) {
        let now = case.now();
        let coverage = case.coverage(false);
        let values = coverage.values(now);
        prop_assert_eq!(values, oracle::values(&case.windows, now), "at {}", now);
        check_invariants(values, now)?;
        check_constancy(&coverage, now)?;
    }

    #[test]
    fn spans_are_maximal_and_add_up(case in generate::case(), before in 0_i64..9_000_000, after in 1_i64..9_000_000) {
        let now = case.now();
        check_spans(&case, &case.coverage(false), now - before, now + after)?;
    }
}

proptest! {
    #![proptest_config(generate::config(60))]

    #[test]
    fn knowing_that_there_is_no_hole_changes_nothing(case in generate::case()) {
        let now = case.now();
        let (quick, plain) = (case.coverage(false), case.coverage(true));
        prop_assert_eq!(quick.values(now), plain.values(now), "at {}", now);
        let (from, to) = (now - 40 * 86_400, now + 40 * 86_400);
        prop_assert_eq!(quick.spans(from, to), plain.spans(from, to));
    }

    #[test]
    fn warnings_are_true(case in generate::case()) {
        let now = case.now();
        for part in case.coverage(false).parts() {
            let definition = part.window.definition();
            for rule in lint::never_firing(definition, now) {
                let mut alone = definition.clone();
                alone.rules = vec![definition.rules[rule].clone()];
                alone.excludes = Vec::new();
                let window = std::sync::Arc::new(sla_monitor::calculus::window::CompiledWindow::compile(alone));
                let values = Coverage::new(vec![CoveragePart { window, exclusions: Vec::new() }]).values(now);
                prop_assert_eq!(values, CoverageValues::default());
            }
            if lint::is_swallowed(part, now) {
                let coverage = Coverage::new(vec![part.clone()]);
                prop_assert_eq!(coverage.covered_seconds(now, now + lint::LOOKAHEAD), 0);
            }
            for skip in lint::skips(definition, now) {
                prop_assert!(skip.rule < definition.rules.len());
            }
            for hole in lint::minute_holes(definition, now) {
                prop_assert!(hole.rule < definition.rules.len());
                prop_assert!((1..=60).contains(&hole.seconds));
            }
        }
    }
}

proptest! {
    #![proptest_config(generate::config(100))]

    #[test]
    fn explanations_agree_with_the_values(case in generate::case()) {
        let now = case.now();
        let coverage = case.coverage(false);
        let explanations = explain(&coverage, now);
        let covered = explanations.iter().any(|part| part.is_covered());
        prop_assert_eq!(covered, coverage.values(now).in_window);
        prop_assert_eq!(covered, coverage.covers(now));
        for part in &explanations {
            let cuts = part.cuts.iter().map(|cut| cut.occurrence);
            for occurrence in part.inclusions.iter().map(|inclusion| inclusion.occurrence).chain(cuts) {
                prop_assert!(occurrence.span.contains(now));
            }
            for inclusion in part.inclusions.iter().filter(|_| part.is_covered()) {
                let is_carried_on = inclusion.carried_on.is_some();
                prop_assert_eq!(is_carried_on, coverage.covers(inclusion.occurrence.span.end));
            }
        }
    }
}

proptest! {
    #![proptest_config(generate::config(250))]

    #[test]
    fn a_recurrence_is_the_day_by_day_reading_of_its_text(
        (text, anchor) in generate::recurrence(),
        year in 1_990_i32..2_030,
    ) {
        let recurrence = Recurrence::parse(&text, anchor).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let expected = DayRule::read(&text, anchor);
        for date in generate::days_around(year, 1) {
            prop_assert_eq!(recurrence.matches(date), expected.recurs(date), "{} on {}", text, date);
        }
        let again = Recurrence::parse(recurrence.text(), anchor).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&again, &recurrence);
        // What the text says explicitly, no other anchor can change; only a phase still needs it.
        if !recurrence.text().contains("INTERVAL") {
            let free = Recurrence::parse(recurrence.text(), None).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(free.text(), recurrence.text());
        }
    }
}

proptest! {
    #![proptest_config(generate::config(2000))]

    #[test]
    fn a_local_time_resolves_to_the_instant_that_shows_it(
        zone in generate::any_zone(),
        index in any::<usize>(),
        distance in -90_000_i64..=90_000,
    ) {
        let clock = oracle::clock(zone);
        let changes = clock.changes();
        let local = index.checked_rem(changes.len()).map_or(0, |index| changes[index]) + distance;
        let civil = chrono::DateTime::from_timestamp(local, 0).map(|local| local.naive_utc());
        prop_assert_eq!(civil.map(|civil| zone.resolve(civil)), Some(clock.resolve(local)));
    }
}

proptest! {
    #![proptest_config(generate::config(60))]

    #[test]
    fn no_instant_is_too_far_away(case in generate::case(), now in any::<i64>()) {
        let coverage = case.coverage(false);
        for now in [now, i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX, now >> 8, now >> 20, now >> 24] {
            let values = coverage.values(now);
            check_invariants(values, now)?;
            prop_assert_eq!(values, case.coverage(true).values(now));
            let covered = explain(&coverage, now).iter().any(|part| part.is_covered());
            prop_assert_eq!(covered, values.in_window);
            let seconds = coverage.covered_seconds(now, now.saturating_add(1));
            prop_assert_eq!(seconds, i64::from(covered && now < i64::MAX));
        }
    }
}
