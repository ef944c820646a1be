//! Attained service levels against an oracle that looks at every millisecond, over made-up hours, outages, gaps and grids.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::cell::{Sample, SampleKind, runs};
use sla_monitor::calculus::attainment::correction::{CorrectedSpan, CorrectedTime, CorrectionEffect};
use sla_monitor::calculus::attainment::cutting::cut_at;
use sla_monitor::calculus::attainment::outage::outages;
use sla_monitor::calculus::attainment::run::Run;
use sla_monitor::calculus::attainment::share::Share;
use sla_monitor::calculus::span::Span;

use super::generate::config;

/// How many milliseconds each case has.
const END: i64 = 600;
const EFFECTS: [CorrectionEffect; 4] = [
    CorrectionEffect::Exclude,
    CorrectionEffect::Up,
    CorrectionEffect::Down,
    CorrectionEffect::Unknown,
];

/// Spans that neither overlap nor touch.
fn spans() -> impl Strategy<Value = Vec<Span>> {
    vec((1_i64..60, 1_i64..120), 0..8).prop_map(|steps| {
        let mut at = 0;
        let mut spans = Vec::new();
        for (gap, length) in steps {
            spans.extend(Span::new(at + gap, (at + gap + length).min(END)));
            at += gap + length;
        }
        spans
    })
}

fn span() -> impl Strategy<Value = Span> {
    (0..END, 1_i64..150).prop_map(|(start, length)| Span {
        start,
        end: start + length,
    })
}

fn corrections() -> impl Strategy<Value = Vec<CorrectedSpan>> {
    vec(
        (span(), select(&EFFECTS[..])).prop_map(|(span, effect)| CorrectedSpan { span, effect }),
        0..5,
    )
}

/// Samples by cell: nothing, no number, or parts of the cell.
fn samples(step: i64, phase: i64) -> impl Strategy<Value = Vec<Sample>> {
    let cells = usize::try_from(END / step + 3).expect("it is positive");
    let share = prop_oneof![
        6 => Just(Share::FULL),
        2 => Just(Share::NONE),
        2 => (0_u32..=1_000_000).prop_map(|parts| Share::from_parts_per_million(parts).expect("at most a million")),
    ];
    vec(option::weighted(0.85, option::weighted(0.9, share)), cells).prop_map(move |cells| {
        let at = |index: usize| (i64::try_from(index).expect("it is small") - 1) * step + phase;
        let samples = cells.into_iter().enumerate();
        samples
            .filter_map(|(index, share)| {
                Some(Sample {
                    at: at(index),
                    share: share?,
                })
            })
            .collect()
    })
}

/// What is known about a millisecond: its share in parts per million.
type Known = Option<i64>;

/// The promised milliseconds, each with what the samples say about it.
fn expected(kind: SampleKind, step: i64, samples: &[Sample], spans: &[Span]) -> HashMap<i64, Known> {
    let mut known = HashMap::new();
    for span in spans {
        for instant in span.start..span.end {
            let sample = samples.iter().find(|sample| match kind {
                SampleKind::Mean => sample.at - step < instant && instant <= sample.at,
                SampleKind::State => sample.at <= instant && instant < sample.at + step,
            });
            let share = sample.and_then(|sample| sample.share);
            known.insert(instant, share.map(|share| i64::from(share.parts_per_million())));
        }
    }
    known
}

/// Checks an account against milliseconds: unknown exactly, down to half a millisecond.
fn check(account: TimeAccount, known: &HashMap<i64, Known>) -> Result<(), TestCaseError> {
    let promised = i64::try_from(known.len()).expect("it is small");
    let unknown = known.values().filter(|share| share.is_none()).count();
    let lost: i64 = known.values().flatten().map(|share| 1_000_000 - share).sum();
    prop_assert_eq!(account.promised(), promised);
    prop_assert_eq!(account.up() + account.down() + account.unknown(), promised);
    prop_assert_eq!(account.unknown(), i64::try_from(unknown).expect("it is small"));
    prop_assert!(
        (account.down() * 1_000_000 - lost).abs() <= 500_000,
        "{} of {lost}",
        account.down()
    );
    prop_assert!(account.up() >= 0 && account.down() >= 0);
    Ok(())
}

fn case() -> impl Strategy<Value = (SampleKind, i64, Vec<Sample>, Vec<Span>, Vec<CorrectedSpan>, Vec<i64>)> {
    let kinds = select(&[SampleKind::Mean, SampleKind::State][..]);
    (kinds, 1_i64..40).prop_flat_map(|(kind, step)| {
        let cuts = vec(0..END, 0..6).prop_map(|mut cuts| {
            cuts.sort_unstable();
            cuts
        });
        let samples = (0..step).prop_flat_map(move |phase| samples(step, phase));
        (Just(kind), Just(step), samples, spans(), corrections(), cuts)
    })
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn accounts_are_those_of_every_millisecond((kind, step, samples, spans, corrections, cuts) in case()) {
        let measured = runs(kind, step, samples.clone(), &spans);
        let mut known = expected(kind, step, &samples, &spans);
        check(TimeAccount::of(&spans, &measured), &known)?;
        for pair in measured.windows(2) {
            prop_assert!(pair[0].span.end <= pair[1].span.start);
            prop_assert!(pair[0].span.end < pair[1].span.start || pair[0].share != pair[1].share
                || spans.iter().any(|span| span.end == pair[0].span.end));
        }
        prop_assert!(measured.iter().all(|run| run.share != Some(Share::FULL)));

        // Measured in pieces, time is the same.
        let pieces = cut_at(&spans, &cuts);
        prop_assert_eq!(pieces.iter().map(Span::seconds).sum::<i64>(), spans.iter().map(Span::seconds).sum::<i64>());
        let by_piece: Vec<Run> = pieces.iter().flat_map(|piece| runs(kind, step, samples.clone(), &[*piece])).collect();
        prop_assert_eq!(TimeAccount::of(&spans, &by_piece), TimeAccount::of(&spans, &measured));

        let corrected = CorrectedTime::new(&spans, &measured, &corrections);
        let mut excluded = 0;
        for correction in &corrections {
            for instant in correction.span.start..correction.span.end {
                let entry = known.get_mut(&instant);
                match (correction.effect, entry) {
                    (CorrectionEffect::Up, Some(share)) => *share = Some(1_000_000),
                    (CorrectionEffect::Down, Some(share)) => *share = Some(0),
                    (CorrectionEffect::Unknown, Some(share)) => *share = None,
                    _ => {}
                }
            }
        }
        for correction in corrections.iter().filter(|correction| correction.effect == CorrectionEffect::Exclude) {
            for instant in correction.span.start..correction.span.end {
                excluded += i64::from(known.remove(&instant).is_some());
            }
        }
        prop_assert_eq!(corrected.excluded.iter().map(Span::seconds).sum::<i64>(), excluded);
        let account = TimeAccount::of(&corrected.spans, &corrected.runs);
        check(account, &known)?;

        // Outages have all that is down or unknown, each once.
        let found = outages(&corrected.spans, &corrected.runs);
        let unknown: i64 = found.iter().filter(|outage| outage.is_unknown).map(|outage| outage.promised).sum();
        prop_assert_eq!(unknown, account.unknown());
        let down: i64 = found.iter().map(|outage| outage.down).sum();
        prop_assert!((down - account.down()).abs() <= i64::try_from(found.len()).expect("it is small"));
    }

    /// A state that is sampled is known to a step at each of its edges, and exactly if they are on the grid, wherever the grid begins.
    #[test]
    fn states_are_exact_on_the_grid(
        (step, phase, outages, gaps, spans) in (1_i64..40, 0_i64..40, spans(), spans(), spans()), is_on_grid in any::<bool>()
    ) {
        let phase = phase % step;
        let on_grid = |instant: i64| if is_on_grid { (instant - phase).div_euclid(step) * step + phase } else { instant };
        let placed = |spans: &[Span]| -> Vec<Span> {
            spans.iter().filter_map(|span| Span::new(on_grid(span.start), on_grid(span.end))).collect()
        };
        let is_in = |spans: &[Span], instant: i64| spans.iter().any(|span| span.start <= instant && instant < span.end);
        let (down, gaps) = (placed(&outages), placed(&gaps));
        let instants = (-1..=END / step).map(|index| index * step + phase);
        let samples = instants.filter(|at| !is_in(&gaps, *at)).map(|at| Sample {
            at,
            share: Some(if is_in(&down, at) { Share::NONE } else { Share::FULL }),
        });
        let measured = runs(SampleKind::State, step, samples.collect(), &spans);
        let account = TimeAccount::of(&spans, &measured);
        let promised: Vec<i64> = spans.iter().flat_map(|span| span.start..span.end).collect();
        let count = |holds: &dyn Fn(i64) -> bool| -> i64 {
            i64::try_from(promised.iter().filter(|instant| holds(**instant)).count()).expect("it is small")
        };
        let exact_unknown = count(&|instant| is_in(&gaps, instant));
        let exact_down = count(&|instant| is_in(&down, instant) && !is_in(&gaps, instant));
        prop_assert_eq!(account.up() + account.down() + account.unknown(), account.promised());
        let edges = 2 * i64::try_from(down.len() + gaps.len()).expect("it is small");
        let allowed = if is_on_grid { 0 } else { step * edges };
        for error in [account.down() - exact_down, account.unknown() - exact_unknown] {
            prop_assert!(error.abs() <= allowed, "{error} at {edges} edges of {step}");
        }
    }
}
