//! What rows say about promised time.

use proptest::prelude::*;
use sla_monitor::apps::sla::availability::measured_row::MeasuredRow;
use sla_monitor::apps::sla::availability::measured_time::{MeasuredTime, MonthSum};
use sla_monitor::apps::sla::availability::row::{AvailabilityRow, MeasuredBy, RowKind, SampleCount};
use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::correction::{CorrectedSpan, CorrectionEffect};
use sla_monitor::calculus::attainment::run::Run;
use sla_monitor::calculus::attainment::share::Share;
use sla_monitor::calculus::span::Span;

use super::instant;

/// A row about `[start, end)` seconds; `down` of it was down.
pub(super) fn row(id: i64, component_id: i64, (start, end): (i64, i64), down: Option<(i64, i64)>) -> AvailabilityRow {
    let range = Span { start, end };
    let spans = vec![Span {
        start: start * 1_000,
        end: end * 1_000,
    }];
    let runs: Vec<Run> = down
        .into_iter()
        .map(|(from, to)| Run {
            span: Span {
                start: from * 1_000,
                end: to * 1_000,
            },
            share: Some(Share::NONE),
        })
        .collect();
    AvailabilityRow {
        id,
        component_id,
        component_name: format!("component {component_id}"),
        kind: RowKind::Span,
        range,
        timezone: "UTC".to_owned(),
        definitions: Definitions::Then,
        indicator: MeasuredBy {
            id: Some(1),
            name: "probe".to_owned(),
            version: Some(3),
        },
        account: TimeAccount::of(&spans, &runs),
        excluded_ms: 0,
        corrections_until: None,
        samples: SampleCount { seen: 4, expected: 5 },
        step_s: 60,
        measured_at: instant(end + 600),
        tzdata: "2026a".to_owned(),
        warnings: Vec::new(),
        spans,
        runs,
    }
}

/// The sum of a month from a start to an end, in seconds, with seconds up, down and unknown.
pub(super) fn month(id: i64, component_id: i64, (start, end): (i64, i64), parts: (i64, i64, i64)) -> AvailabilityRow {
    let (up, down, unknown) = parts;
    let account = TimeAccount::from_parts(up * 1_000, down * 1_000, unknown * 1_000, (up + down + unknown) * 1_000);
    AvailabilityRow {
        kind: RowKind::Month,
        account: account.expect("no part is negative"),
        corrections_until: Some(0),
        spans: Vec::new(),
        runs: Vec::new(),
        ..row(id, component_id, (start, end), None)
    }
}

fn seconds(start: i64, end: i64) -> Span {
    Span {
        start: start * 1_000,
        end: end * 1_000,
    }
}

fn measured(promised: &[(i64, i64)], rows: &[AvailabilityRow]) -> MeasuredTime {
    let promised: Vec<Span> = promised.iter().map(|(start, end)| seconds(*start, *end)).collect();
    let rows: Vec<MeasuredRow> = rows.iter().map(MeasuredRow::from).collect();
    let time = MeasuredTime::of(&promised, seconds(-1_000_000, 1_000_000), &rows);
    let account = TimeAccount::of(&time.spans, &time.runs);
    assert_eq!(account.up() + account.down() + account.unknown(), account.promised());
    time
}

#[test]
fn time_without_a_row_is_unknown_and_said_to_be_unmeasured() {
    let time = measured(&[(0, 100), (200, 300)], &[row(1, 1, (0, 100), Some((10, 30)))]);
    assert_eq!(time.unmeasured, [seconds(200, 300)]);
    let account = TimeAccount::of(&time.spans, &time.runs);
    assert_eq!(
        (account.up(), account.down(), account.unknown()),
        (80_000, 20_000, 100_000)
    );
}

#[test]
fn the_newest_row_counts_at_each_instant() {
    let rows = [
        row(5, 1, (0, 100), Some((0, 100))),
        row(9, 1, (50, 120), None),
        row(2, 1, (80, 200), Some((80, 200))),
    ];
    let time = measured(&[(0, 150)], &rows);
    let account = TimeAccount::of(&time.spans, &time.runs);
    // 0..50 by 5, 50..120 by 9, 120..150 by 2.
    assert_eq!((account.up(), account.down()), (70_000, 80_000));
    assert_eq!(time.unmeasured, []);
}

#[test]
fn a_month_stands_for_its_time_as_a_sum() {
    let mut month = row(7, 1, (0, 1_000), Some((0, 100)));
    (month.kind, month.excluded_ms) = (RowKind::Month, 5_000);
    month.spans.clear();
    month.runs.clear();
    let time = measured(&[(0, 100), (500, 600), (1_200, 1_300)], &[month.clone()]);
    assert_eq!(time.spans, [seconds(1_200, 1_300)]);
    let sum = &time.months[0];
    assert_eq!(
        (sum.account.down(), sum.account.promised(), sum.excluded),
        (100_000, 1_000_000, 5_000)
    );

    // What lies in a part of it is unknown, and not because it was never measured.
    let promised = [seconds(500, 600), seconds(1_200, 1_300)];
    let time = MeasuredTime::of(&promised, seconds(500, 2_000), &[MeasuredRow::from(&month)]);
    assert_eq!(
        (time.months.len(), &time.unmeasured[..], &time.cut[..]),
        (0, &promised[1..], &promised[..1])
    );
    assert_eq!(TimeAccount::of(&time.spans, &time.runs).unknown(), 200_000);
}

#[test]
fn a_later_correction_of_a_whole_month_applies_to_its_sum() {
    let mut month = row(7, 1, (0, 1_000), Some((0, 100)));
    (month.kind, month.excluded_ms, month.corrections_until) = (RowKind::Month, 5_000, Some(3));
    let correction = |(from, to), effect| CorrectedSpan {
        span: seconds(from, to),
        effect,
    };
    let after = |corrections: &[(i64, CorrectedSpan)]| {
        let mut time = MeasuredTime::of(&[], seconds(0, 1_000), &[MeasuredRow::from(&month)]);
        time.correct_months(corrections);
        let sum = &time.months[0];
        (
            sum.account.up(),
            sum.account.down(),
            sum.account.unknown(),
            sum.excluded,
        )
    };
    let whole = (-5, 1_000);
    assert_eq!(after(&[]), (900_000, 100_000, 0, 5_000));
    assert_eq!(
        after(&[(3, correction(whole, CorrectionEffect::Up))]),
        (900_000, 100_000, 0, 5_000),
        "the sum has it"
    );
    assert_eq!(
        after(&[(4, correction((0, 999), CorrectionEffect::Up))]),
        (900_000, 100_000, 0, 5_000),
        "a part"
    );
    assert_eq!(
        after(&[(4, correction(whole, CorrectionEffect::Up))]),
        (1_000_000, 0, 0, 5_000)
    );
    assert_eq!(
        after(&[(4, correction(whole, CorrectionEffect::Unknown))]),
        (0, 0, 1_000_000, 5_000)
    );
    let two = [
        (4, correction(whole, CorrectionEffect::Exclude)),
        (5, correction(whole, CorrectionEffect::Down)),
    ];
    assert_eq!(
        after(&two),
        (0, 0, 0, 1_005_000),
        "excluded is excluded, whatever else is said"
    );
}

/// What sums count: seconds up, down, unknown and excluded of each, and what of that is unknown because they overlap.
fn sums(rows: &[AvailabilityRow], promised: (i64, i64)) -> (Vec<[i64; 4]>, Option<i64>) {
    let rows: Vec<MeasuredRow> = rows.iter().map(MeasuredRow::from).collect();
    let promised = [seconds(promised.0, promised.1)];
    let time = MeasuredTime::of(&promised, seconds(-1_000_000, 1_000_000), &rows);
    let of = |sum: &MonthSum| {
        let account = sum.account;
        [account.up(), account.down(), account.unknown(), sum.excluded].map(|part| part / 1_000)
    };
    let unknown = time.overlap_unknown().map(|unknown| unknown / 1_000);
    (time.months.iter().map(of).collect(), unknown)
}

#[test]
fn sums_that_overlap_count_once() {
    let known = month(1, 1, (0, 1_000), (900, 100, 0));
    // Made of what the first had left: the last hundred seconds, of which it knows fifty.
    let left = month(2, 1, (100, 1_100), (50, 0, 950));
    let both = [known.clone(), left];
    assert_eq!(
        sums(&both, (0, 2_000)),
        (vec![[900, 100, 0, 0], [0, 0, 100, 0]], Some(50))
    );
    // Nothing was promised in what they share.
    let beside = month(2, 1, (900, 1_100), (80, 20, 0));
    assert_eq!(
        sums(&[month(1, 1, (0, 1_000), (0, 0, 0)), beside], (1_000, 1_100)),
        (vec![[0, 0, 0, 0], [80, 20, 0, 0]], None)
    );
    // What was up as a whole was up in each part.
    let next = month(2, 1, (990, 1_990), (1_000, 0, 0));
    let long = month(1, 1, (0, 1_500), (1_400, 100, 0));
    assert_eq!(
        sums(&[long, next.clone()], (0, 1_990)),
        (vec![[1_400, 100, 0, 0], [490, 0, 0, 0]], Some(0)),
    );
    // Of two that know as much the newer one counts as it is.
    assert_eq!(
        sums(&[known.clone(), next], (0, 1_990)),
        (vec![[890, 90, 10, 0], [1_000, 0, 0, 0]], Some(10)),
    );
    // They begin at the same time, and the newer one knows less.
    let longer = month(9, 1, (0, 1_010), (0, 5, 1_005));
    assert_eq!(
        sums(&[known.clone(), longer], (0, 1_010)),
        (vec![[900, 100, 0, 0], [0, 0, 10, 0]], Some(5))
    );
    // The same month, summed again: the newest counts alone.
    let again = month(3, 1, (0, 1_000), (0, 0, 1_000));
    assert_eq!(sums(&[again, known], (0, 1_000)), (vec![[0, 0, 1_000, 0]], None));
}

#[test]
fn a_correction_of_a_whole_month_applies_to_what_it_has_beside_others() {
    let rows = [
        month(1, 1, (0, 1_000), (900, 100, 0)),
        month(2, 1, (100, 1_100), (50, 0, 950)),
    ];
    let rows: Vec<MeasuredRow> = rows.iter().map(MeasuredRow::from).collect();
    let mut time = MeasuredTime::of(&[seconds(0, 2_000)], seconds(0, 2_000), &rows);
    let correction = CorrectedSpan {
        span: seconds(100, 1_100),
        effect: CorrectionEffect::Up,
    };
    time.correct_months(&[(1, correction)]);
    let of = |sum: &MonthSum| (sum.account.up(), sum.account.down(), sum.account.unknown());
    let counted: Vec<(i64, i64, i64)> = time.months.iter().map(of).collect();
    assert_eq!(counted, [(900_000, 100_000, 0), (100_000, 0, 0)]);
    assert_eq!(time.overlap_unknown(), Some(0));
}

proptest! {
    #![proptest_config(crate::measuring::measured_time::config())]

    /// Sums of any months count each second once, and nothing as up or down that was not.
    #[test]
    fn sums_claim_nothing_that_is_not_certain(
        truth in proptest::collection::vec(0_usize..3, 60),
        months in proptest::collection::vec((0_usize..50, 1_usize..40), 1..5),
    ) {
        let count = |range: std::ops::Range<usize>, part: usize| {
            truth[range].iter().filter(|found| **found == part).count() as i64
        };
        let rows: Vec<AvailabilityRow> = months.iter().enumerate().map(|(index, (start, length))| {
            let end = (start + length).min(60);
            let parts = [0, 1, 2].map(|part| count(*start..end, part));
            month(index as i64 + 1, 1, (*start as i64, end as i64), parts.into())
        }).collect();
        let (sums, _) = sums(&rows, (0, 60));
        let is_summed = |second: &usize| rows.iter().any(|row| row.range.contains(*second as i64));
        let summed: Vec<usize> = (0..60).filter(is_summed).collect();
        let of = |part: usize| summed.iter().filter(|second| truth[**second] == part).count() as i64;
        let total = |part: usize| sums.iter().map(|sum| sum[part]).sum::<i64>();
        prop_assert!(total(0) <= of(0) && total(1) <= of(1), "{:?}", sums);
        prop_assert_eq!((0..4).map(total).sum::<i64>(), summed.len() as i64);
    }

    /// Against a brute force second by second.
    #[test]
    fn each_second_is_that_of_the_newest_row(
        rows in proptest::collection::vec((0_i64..60, 1_i64..30, 0_i64..30, 0_i64..30), 0..8),
        promised in proptest::collection::vec((1_i64..12, 1_i64..12), 1..6),
    ) {
        let rows: Vec<AvailabilityRow> = rows.iter().enumerate().map(|(index, (start, length, from, down))| {
            let end = start + length;
            let (from, to) = ((start + from).min(end), (start + from + down).min(end));
            row(index as i64 * 7 % 11 + 1, 1, (*start, end), (from < to).then_some((from, to)))
        }).collect();
        let mut at = 0;
        let promised: Vec<(i64, i64)> = promised.iter().map(|(gap, length)| {
            let start = at + gap;
            at = start + length;
            (start, at)
        }).collect();
        let time = measured(&promised, &rows);
        for second in 0..100 {
            let here = seconds(second, second + 1);
            let is_promised = promised.iter().any(|(start, end)| (*start..*end).contains(&second));
            let newest = rows.iter().filter(|row| row.range.contains(second)).max_by_key(|row| row.id);
            let expected = match newest {
                _ if !is_promised => None,
                None => Some(None),
                Some(row) => row.runs.iter().find(|run| run.span.intersection(&here).is_some()).map(|_| Some(Share::NONE)),
            };
            let found = time.runs.iter().find(|run| run.span.intersection(&here).is_some()).map(|run| run.share);
            prop_assert_eq!(found, expected, "second {}", second);
        }
    }
}

pub(super) fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 200,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(17),
        ..ProptestConfig::default()
    }
}
