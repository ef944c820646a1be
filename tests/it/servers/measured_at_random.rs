//! Made-up outages and gaps, as a real Prometheus knows them, against interval algebra over the seconds that were made up.

use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sla_monitor::calculus::attainment::cell::SampleKind;
use sla_monitor::calculus::span::Span;

use super::measured::{Measuring, indicator, seconds};

/// 2026-01-12 00:00 UTC, a multiple of every step.
const START: i64 = 1_768_176_000;
/// How long each past is, in seconds.
const LENGTH: i64 = 36_000;
/// How far samples are apart.
const INTERVAL: i64 = 15;
const STEP: i64 = 60;
/// For how long Prometheus lets an old value stand for now.
const LOOKBACK: i64 = 300;

/// What happened to a component, in seconds from the start.
#[derive(Clone, Debug)]
struct Past {
    down: Vec<(i64, i64)>,
    gaps: Vec<(i64, i64)>,
}

fn is_within(ranges: &[(i64, i64)], second: i64) -> bool {
    ranges.iter().any(|(from, to)| (*from..*to).contains(&second))
}

impl Past {
    fn text(&self, component: &str) -> String {
        let mut text = String::new();
        for second in (0..LENGTH).step_by(15).filter(|second| !is_within(&self.gaps, *second)) {
            let value = i32::from(!is_within(&self.down, second));
            writeln!(text, "probe{{component=\"{component}\"}} {value} {}", START + second)
                .expect("a text can be written to");
        }
        text
    }

    /// Seconds of a span up, down and unknown.
    fn seconds(&self, span: Span) -> (i64, i64, i64) {
        let (mut down, mut unknown) = (0, 0);
        for second in span.start - START..span.end - START {
            match (is_within(&self.gaps, second), is_within(&self.down, second)) {
                (true, _) => unknown += 1,
                (false, true) => down += 1,
                (false, false) => {}
            }
        }
        (span.seconds() - down - unknown, down, unknown)
    }
}

/// Up to five ranges whose edges are multiples of `grid`; they may overlap.
fn ranges(grid: i64) -> impl Strategy<Value = Vec<(i64, i64)>> {
    let range = (0..LENGTH / grid, 1..3_000 / grid);
    vec(
        range.prop_map(move |(from, length)| (from * grid, (from + length) * grid)),
        0..6,
    )
}

fn past(outages: i64, gaps: i64) -> impl Strategy<Value = Past> {
    (ranges(outages), ranges(gaps)).prop_map(|(down, gaps)| Past { down, gaps })
}

fn span(grid: i64) -> impl Strategy<Value = Span> {
    (0..LENGTH / grid - 1, 1..=LENGTH / grid).prop_map(move |(from, length)| Span {
        start: START + from * grid,
        end: START + (from * grid + length * grid).min(LENGTH),
    })
}

fn drawn<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).expect("nothing is filtered").current()
}

struct Case {
    name: String,
    past: Past,
    /// Whether each edge is where a sample or a cell begins.
    is_on_grid: bool,
}

#[test]
fn what_prometheus_knows_of_made_up_days_is_what_they_were() {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(11_001),
        ..Config::default()
    });
    let mut cases = Vec::new();
    for number in 0..20 {
        let is_on_grid = number % 2 == 0;
        let past = match is_on_grid {
            true => drawn(&mut runner, past(INTERVAL, STEP)),
            false => drawn(&mut runner, past(1, 1)),
        };
        cases.push(Case {
            name: format!("c{number}"),
            past,
            is_on_grid,
        });
    }
    let text: String = cases.iter().map(|case| case.past.text(&case.name)).collect();
    let prometheus = Measuring::start(&format!("# TYPE probe gauge\n{text}# EOF\n"));
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    for number in 0..24 {
        let grid = if number % 2 == 0 { STEP } else { 1 };
        let span = drawn(&mut runner, span(grid));
        let milliseconds = span.in_milliseconds();
        let mean = prometheus.measure(&indicator(SampleKind::Mean, STEP), milliseconds, &names);
        let state = prometheus.measure(&indicator(SampleKind::State, INTERVAL), milliseconds, &names);
        for ((case, mean), state) in cases.iter().zip(&mean).zip(&state) {
            mean_fits(case, span, seconds(mean, milliseconds), grid == STEP);
            state_fits(case, span, seconds(state, milliseconds));
        }
    }
}

/// Means are exact if nothing is cut within a cell, and else to a step at each edge.
fn mean_fits(case: &Case, span: Span, measured: (i64, i64, i64), is_whole: bool) {
    let expected = case.past.seconds(span);
    let edges = i64::try_from(2 * (case.past.down.len() + case.past.gaps.len()) + 2).expect("there are few");
    let allowed = if case.is_on_grid && is_whole { 0 } else { STEP * edges };
    let errors = [
        measured.0 - expected.0,
        measured.1 - expected.1,
        measured.2 - expected.2,
    ];
    assert!(
        errors.iter().all(|error| error.abs() <= allowed),
        "{measured:?} and not {expected:?} of {span:?}, {allowed} s may be wrong: {:?}",
        case.past
    );
}

/// States are exact to a step at each edge, and bridge the beginning of each gap.
fn state_fits(case: &Case, span: Span, (_, down, unknown): (i64, i64, i64)) {
    let (_, exact_down, exact_unknown) = case.past.seconds(span);
    let (outages, gaps) = (case.past.down.len(), case.past.gaps.len());
    let [outages, gaps] = [outages, gaps].map(|count| i64::try_from(count).expect("there are few"));
    let bridged = gaps * (LOOKBACK + INTERVAL);
    let late = if case.is_on_grid { 0 } else { INTERVAL };
    let allowed = 2 * late * outages + bridged;
    assert!(
        (down - exact_down).abs() <= allowed && (-late * gaps..=bridged).contains(&(exact_unknown - unknown)),
        "{down} and {unknown} s and not {exact_down} and {exact_unknown} of {span:?}, {allowed} s may be wrong: {:?}",
        case.past
    );
}
