//! What was promised since a component exists, as scrapes see it one after the other, against sums over every span.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;
use sla_monitor::calculus::coverage::Coverage;
use sla_monitor::calculus::span::{Span, merge};
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::accounted::{AccountedTime, YEARS_COUNTED};
use sla_monitor::metrics::state::snapshot::{Component, Snapshot};

/// 2010 and 2034.
const FIRST: i64 = 1_262_304_000;
const LAST: i64 = 2_019_686_400;

fn local(instant: i64) -> String {
    let instant = DateTime::from_timestamp(instant, 0).expect("it is within the calendar");
    instant.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The union of these spans.
fn coverage(spans: &[Span]) -> Arc<Coverage> {
    let rule = |span: &Span| {
        let (start, end) = (local(span.start), local(span.end));
        format!(r#"{{"type": "once", "start_local": "{start}", "end_local": "{end}"}}"#)
    };
    let rules: Vec<String> = spans.iter().map(rule).collect();
    let line = format!(
        r#"{{"windows": [{{"timezone": "UTC", "rules": [{}]}}], "now": 0}}"#,
        rules.join(",")
    );
    Arc::new(Evaluation::read(&line).expect("they are rules").coverage)
}

/// Components that were created at these instants, in turns on each of the coverages.
fn snapshot(coverages: &[Arc<Coverage>], created: &[i64]) -> Arc<Snapshot> {
    let component = |(number, created): (usize, &i64)| {
        let component = Component::new(&format!("c{number:03}"), &[], number % coverages.len(), None);
        Arc::new(component.created_at(*created))
    };
    Arc::new(Snapshot {
        components: created.iter().enumerate().map(component).collect(),
        coverages: coverages.iter().cloned().map(Some).collect(),
        ..Snapshot::default()
    })
}

/// What the definitions say, span by span.
fn expected(spans: &[Span], created: i64, now: i64) -> AccountedTime {
    let ended: Vec<Span> = merge(spans.to_vec())
        .into_iter()
        .filter(|span| span.end <= now)
        .collect();
    let Some(last) = ended.last() else {
        return AccountedTime {
            since: created,
            completed: 0,
        };
    };
    let year = DateTime::from_timestamp(last.end, 0)
        .expect("it is within the calendar")
        .year()
        - YEARS_COUNTED;
    let first = NaiveDate::from_ymd_opt(year, 1, 1)
        .expect("it is a date")
        .and_hms_opt(0, 0, 0);
    let since = created.max(first.expect("it has a midnight").and_utc().timestamp());
    let seconds = |span: &Span| (span.end - span.start.max(since)).max(0);
    AccountedTime {
        since,
        completed: ended.iter().map(seconds).sum(),
    }
}

fn span() -> impl Strategy<Value = Span> {
    let length = prop_oneof![1_i64..100_000, 1_i64..60_000_000];
    (FIRST..LAST, length).prop_map(|(start, length)| Span {
        start,
        end: start + length,
    })
}

/// What happens: the time now, or other hours, or other components.
#[derive(Clone, Debug)]
enum Step {
    Now(i64),
    Later(i64),
    Hours(Vec<Span>),
    Components(Vec<i64>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (FIRST..LAST).prop_map(Step::Now),
        4 => (0_i64..5_000_000).prop_map(Step::Later),
        1 => vec(span(), 1..12).prop_map(Step::Hours),
        2 => vec(FIRST..LAST, 1..120).prop_map(Step::Components),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 120,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(756_000),
        max_shrink_iters: 500,
        ..ProptestConfig::default()
    })]

    #[test]
    fn sums_are_those_of_every_span(
        hours in vec(span(), 1..30),
        created in vec(FIRST..LAST, 1..120),
        now in FIRST..LAST,
        steps in vec(step(), 1..25),
    ) {
        let mut hours = [hours, vec![Span { start: FIRST, end: FIRST + 60 }]];
        let mut coverages = hours.each_ref().map(|spans| coverage(spans));
        let (mut created, mut now) = (created, now);
        let mut shown = snapshot(&coverages, &created);
        let mut state = ExposedState::at(&[], &shown, now).0;
        for step in steps {
            match step {
                Step::Now(instant) => now = instant,
                Step::Later(seconds) => now += seconds,
                Step::Hours(spans) => {
                    hours[0] = spans;
                    coverages[0] = coverage(&hours[0]);
                    shown = snapshot(&coverages, &created);
                }
                Step::Components(instants) => {
                    created = instants;
                    shown = snapshot(&coverages, &created);
                }
            }
            state = ExposedState::at(&[&state], &shown, now).0;
            for block in state.blocks() {
                for index in 0..block.len() {
                    let component = &block.block().components()[index];
                    let wanted = expected(&hours[component.coverage()], component.created(), now);
                    prop_assert_eq!(block.accounted(index), wanted, "{} at {}", component.name(), now);
                }
            }
        }
    }
}

#[test]
fn more_windows_than_are_counted_begin_later() {
    let line = r#"{"windows": [{"timezone": "UTC", "rules": [RULES]}], "now": 0}"#;
    let rule = |minute: i64| {
        let time = format!("{:02}:{:02}", minute / 60, minute % 60);
        format!(
            r#"{{"type": "weekly", "days": ["MO","TU","WE","TH","FR","SA","SU"], "start": "{time}", "duration_s": 60}}"#
        )
    };
    let rules: Vec<String> = (0..96).map(|quarter| rule(quarter * 15)).collect();
    let evaluation = Evaluation::read(&line.replace("RULES", &rules.join(","))).expect("they are rules");
    let shown = snapshot(&[Arc::new(evaluation.coverage)], &[FIRST, LAST - 86_400]);
    let state = ExposedState::at(&[], &shown, LAST).0;
    let block = &state.blocks()[0];
    let (old, new) = (block.accounted(0), block.accounted(1));
    assert_eq!(
        new,
        AccountedTime {
            since: LAST - 86_400,
            completed: 96 * 60
        }
    );
    let windows = old.completed / 60;
    assert!((20_000..=50_000).contains(&windows), "{windows}");
    assert!(
        ((LAST - old.since) / 900 - windows).abs() <= 1,
        "what is counted begins at {}",
        old.since
    );
}
