//! Attained service levels: worked examples of reports, with the figures that people expect.

use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::attained::{Attainment, AttainmentTotal, PromiseVerdict, percent_text};
use sla_monitor::calculus::attainment::cell::{Sample, SampleKind, grid, runs};
use sla_monitor::calculus::attainment::correction::{CorrectedSpan, CorrectedTime, CorrectionEffect};
use sla_monitor::calculus::attainment::cutting::{cut_long, in_milliseconds, midnights};
use sla_monitor::calculus::attainment::outage::outages;
use sla_monitor::calculus::attainment::run::{Run, UnknownPolicy};
use sla_monitor::calculus::attainment::share::Share;
use sla_monitor::calculus::civil::{
    DurationMode, OccurrenceLength, WeekdaySet, parse_date, parse_date_time, parse_time,
};
use sla_monitor::calculus::coverage::{Coverage, CoveragePart};
use sla_monitor::calculus::period::{Period, PeriodKind};
use sla_monitor::calculus::rule::{Rule, Schedule};
use sla_monitor::calculus::span::Span;
use sla_monitor::calculus::window::{CompiledWindow, WindowDefinition};
use sla_monitor::zones::Zone;

const SLO: Option<i32> = Some(99_900);
const ALL_DAYS: &str = "MO,TU,WE,TH,FR,SA,SU";

fn berlin() -> Zone {
    crate::support::zone("Europe/Berlin")
}

fn at(local: &str) -> i64 {
    berlin().resolve(parse_date_time(local).expect("a local time"))
}

/// The same hours on each of the days, in Berlin.
fn weekly(days: &str, start: &str, hours: i64) -> Coverage {
    let rule = Rule::Weekly {
        days: WeekdaySet::parse(days.split(',')).expect("weekdays"),
        schedule: Schedule {
            start: parse_time(start).expect("a time"),
            length: OccurrenceLength::new(hours * 3_600, DurationMode::Wall).expect("a length"),
        },
    };
    let definition = WindowDefinition {
        timezone: berlin(),
        valid_from: None,
        valid_until: None,
        rules: vec![rule],
        excludes: Vec::new(),
    };
    Coverage::new(vec![CoveragePart {
        window: CompiledWindow::compile(definition).into(),
        exclusions: Vec::new(),
    }])
}

fn business() -> Coverage {
    weekly("MO,TU,WE,TH,FR", "08:00", 10)
}

fn always() -> Coverage {
    weekly(ALL_DAYS, "00:00", 24)
}

/// What is promised in the period that contains a date, in milliseconds.
fn promised(coverage: &Coverage, kind: PeriodKind, date: &str) -> Vec<Span> {
    let period = Period::containing(kind, parse_date(date).expect("a date"));
    let span = period.span(berlin()).expect("it has a midnight");
    in_milliseconds(&coverage.spans(span.start, span.end))
}

fn length(spans: &[Span]) -> i64 {
    spans.iter().map(Span::seconds).sum()
}

/// Down, from and until local times of Berlin.
fn down(from: &str, until: &str) -> Run {
    stated(from, until, Some(Share::NONE))
}

fn stated(from: &str, until: &str, share: Option<Share>) -> Run {
    let span = Span::new(at(from) * 1_000, at(until) * 1_000).expect("it is in order");
    Run { span, share }
}

/// What is attained of spans that have all been measured.
fn attained(spans: &[Span], runs: &[Run], corrections: &[CorrectedSpan], slo: Option<i32>) -> Attainment {
    let corrected = CorrectedTime::new(spans, runs, corrections);
    let account = TimeAccount::of(&corrected.spans, &corrected.runs);
    assert_eq!(account.promised(), length(&corrected.spans));
    Attainment::new(length(spans), length(&corrected.excluded), account, slo)
}

/// The seconds of a budget, as they are shown.
fn seconds(milliseconds: Option<i64>) -> Option<i64> {
    milliseconds.map(|milliseconds| milliseconds.div_euclid(1_000))
}

#[test]
fn a_month_of_business_hours_has_its_budget_of_promised_time() {
    let spans = promised(&business(), PeriodKind::Month, "2026-11-11");
    let untouched = attained(&spans, &[], &[], SLO);
    assert_eq!((untouched.planned(), untouched.budget()), (756_000_000, Some(756_000)));
    assert_eq!(
        (untouched.attained(), untouched.verdict()),
        (Some(100_000), PromiseVerdict::Met)
    );

    let outage = [down("2026-11-16T10:00", "2026-11-16T10:05")];
    let result = attained(&spans, &outage, &[], SLO);
    assert_eq!(result.account().down(), 300_000);
    assert_eq!(result.attained().map(percent_text).as_deref(), Some("99.960 %"));
    assert_eq!((result.left(), result.verdict()), (Some(456_000), PromiseVerdict::Met));

    let spans = promised(&always(), PeriodKind::Month, "2026-11-11");
    let result = attained(&spans, &outage, &[], SLO);
    assert_eq!((result.planned(), result.budget()), (2_592_000_000, Some(2_592_000)));
    assert_eq!(result.attained().map(percent_text).as_deref(), Some("99.988 %"));

    let second = [down("2026-11-16T10:00", "2026-11-16T10:00:01")];
    let spans = promised(&business(), PeriodKind::Month, "2026-11-11");
    assert_eq!(
        attained(&spans, &second, &[], SLO).attained(),
        Some(99_999),
        "it is never rounded up"
    );
}

#[test]
fn an_outage_costs_the_promised_time_in_it_alone() {
    let spans = promised(&business(), PeriodKind::Month, "2026-11-11");
    let runs = [down("2026-11-16T17:50", "2026-11-17T08:10")];
    assert_eq!(attained(&spans, &runs, &[], SLO).account().down(), 1_200_000);
    let outages = outages(&spans, &runs);
    assert_eq!(outages.len(), 1, "a night without service does not end it: {outages:?}");
    assert_eq!((outages[0].down, outages[0].promised), (1_200_000, 1_200_000));
    assert_eq!(outages[0].span, runs[0].span);
}

#[test]
fn outages_end_where_service_was_up_or_nothing_is_known() {
    let spans = promised(&business(), PeriodKind::Month, "2026-11-11");
    let half = Share::from_parts_per_million(500_000);
    let runs = [
        down("2026-11-16T10:00", "2026-11-16T10:05"),
        stated("2026-11-16T10:05", "2026-11-16T10:07", half),
        stated("2026-11-16T10:07", "2026-11-16T10:08", None),
        down("2026-11-16T10:08", "2026-11-16T10:09"),
        down("2026-11-16T17:00", "2026-11-16T17:59"),
        down("2026-11-17T08:00", "2026-11-17T08:01"),
    ];
    let found: Vec<_> = outages(&spans, &runs)
        .iter()
        .map(|outage| (outage.is_unknown, outage.promised, outage.down))
        .collect();
    let expected = [
        (false, 420_000, 360_000),
        (true, 60_000, 0),
        (false, 60_000, 60_000),
        (false, 3_540_000, 3_540_000),
        (false, 60_000, 60_000),
    ];
    assert_eq!(found, expected);
}

#[test]
fn months_have_the_hours_of_their_clock() {
    for (date, promised_s, budget_s) in [("2026-03-01", 2_674_800, 2_674), ("2026-10-01", 2_682_000, 2_682)] {
        let result = attained(&promised(&always(), PeriodKind::Month, date), &[], &[], SLO);
        assert_eq!(
            (result.planned(), seconds(result.budget())),
            (promised_s * 1_000, Some(budget_s))
        );
    }
    let year = promised(&business(), PeriodKind::Year, "2026-06-01");
    assert_eq!((year.len(), length(&year)), (261, 9_396_000_000));
}

#[test]
fn excluded_time_leaves_the_denominator_too() {
    let spans = promised(&business(), PeriodKind::Day, "2026-11-16");
    let runs = [
        down("2026-11-16T10:00", "2026-11-16T11:40"),
        down("2026-11-16T13:00", "2026-11-16T13:05"),
    ];
    let exclude = CorrectedSpan {
        span: runs[0].span,
        effect: CorrectionEffect::Exclude,
    };
    let result = attained(&spans, &runs, &[exclude], SLO);
    assert_eq!(
        (result.account().promised(), result.account().down()),
        (30_000_000, 300_000)
    );
    assert_eq!((result.excluded(), result.attained()), (6_000_000, Some(99_000)));
    assert_eq!((result.budget(), result.left()), (Some(30_000), Some(-270_000)));
    assert_eq!(result.verdict(), PromiseVerdict::Missed);
}

/// Samples of the mean over each minute of a day, up in all of them but those that `share` says otherwise about.
fn minutes(day: Span, share: impl Fn(i64) -> Option<Option<Share>>) -> Vec<Sample> {
    let (first, last) = grid(day, 60_000);
    let starts = (first..=last).step_by(60_000);
    let samples = starts.filter_map(|start| {
        let at = SampleKind::Mean.evaluated_at(start, 60_000);
        Some(Sample {
            at,
            share: share(start)?,
        })
    });
    samples.collect()
}

#[test]
fn time_without_samples_is_unknown_and_leaves_nothing_proven() {
    let spans = promised(&business(), PeriodKind::Day, "2026-11-16");
    let gap = (at("2026-11-16T12:00") * 1_000)..(at("2026-11-16T12:20") * 1_000);
    let samples = minutes(spans[0], |start| (!gap.contains(&start)).then_some(Some(Share::FULL)));
    let measured = runs(SampleKind::Mean, 60_000, samples, &spans);
    let result = attained(&spans, &measured, &[], SLO);
    assert_eq!(result.account().unknown(), 1_200_000);
    assert_eq!((result.attained(), result.measured()), (Some(100_000), Some(96_666)));
    assert_eq!((result.worst(), result.best()), (Some(96_666), Some(100_000)));
    assert_eq!(result.verdict(), PromiseVerdict::NotProven);

    let as_down = attained(&spans, &UnknownPolicy::Down.apply(measured.clone()), &[], SLO);
    assert_eq!(
        (as_down.account().down(), as_down.verdict()),
        (1_200_000, PromiseVerdict::Missed)
    );
    let as_up = attained(&spans, &UnknownPolicy::Up.apply(measured), &[], SLO);
    assert_eq!(
        (as_up.account().up(), as_up.verdict()),
        (36_000_000, PromiseVerdict::Met)
    );

    let noon = at("2026-11-16T12:00") * 1_000;
    let samples = minutes(spans[0], |start| (noon <= start).then_some(Some(Share::FULL)));
    let result = attained(&spans, &runs(SampleKind::Mean, 60_000, samples, &spans), &[], SLO);
    assert_eq!(
        (result.account().unknown(), result.measured()),
        (14_400_000, Some(60_000))
    );
    assert_eq!(result.verdict(), PromiseVerdict::NotProven);
}

#[test]
fn a_mean_sees_outages_that_are_shorter_than_its_step() {
    let spans = promised(&business(), PeriodKind::Day, "2026-11-16");
    let half = at("2026-11-16T12:00") * 1_000;
    let samples = minutes(spans[0], |start| {
        Some(Share::from_value(if start == half { 0.5 } else { 1.0 }))
    });
    let measured = runs(SampleKind::Mean, 60_000, samples, &spans);
    assert_eq!(TimeAccount::of(&spans, &measured).down(), 30_000);
}

#[test]
fn spans_over_the_end_of_a_month_are_cut_at_its_midnight() {
    let weekend = weekly("FR", "18:00", 60);
    let range = (at("2026-10-30T00:00"), at("2026-11-03T00:00"));
    let whole = weekend.spans(range.0, range.1);
    assert_eq!(whole.len(), 1);
    let cut = cut_long(&whole, berlin());
    assert!(cut.iter().any(|piece| piece.start == at("2026-11-01T00:00")), "{cut:?}");
    assert_eq!((cut.len(), length(&cut)), (4, length(&whole)));
    let months = ["2026-10-01", "2026-11-01"].map(|date| {
        let period = Period::containing(PeriodKind::Month, parse_date(date).expect("a date"));
        let span = period.span(berlin()).expect("it has a midnight");
        weekend.covered_seconds(span.start.max(range.0), span.end.min(range.1))
    });
    assert_eq!(months[0] + months[1], length(&whole));

    let night = weekly("MO", "22:00", 8).spans(range.0, range.1 + 86_400);
    assert_eq!(
        cut_long(&night, berlin()),
        night,
        "a span of less than a day stays whole"
    );
}

#[test]
fn days_that_the_clock_skips_have_no_midnight_of_their_own() {
    let apia = crate::support::zone("Pacific/Apia");
    let from = apia.resolve(parse_date_time("2011-12-28T12:00").expect("a local time"));
    let days: Vec<i64> = midnights(apia, from, from + 4 * 86_400).collect();
    let steps: Vec<i64> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(steps, [86_400, 86_400, 86_400], "30 December 2011 does not exist there");
}

#[test]
fn groups_add_time_and_never_percentages() {
    let outage = |spans: &[Span]| {
        vec![Run {
            span: Span {
                start: spans[0].start,
                end: spans[0].end,
            },
            share: Some(Share::NONE),
        }]
    };
    let day = promised(&business(), PeriodKind::Day, "2026-11-16");
    let bad = attained(&day, &outage(&day), &[], SLO);
    assert_eq!((bad.planned(), bad.attained()), (36_000_000, Some(0)));
    let month = promised(&always(), PeriodKind::Month, "2026-11-01");
    let loss = Run {
        span: Span {
            start: month[0].start,
            end: month[0].start + 2_592_000,
        },
        share: Some(Share::NONE),
    };
    let good = attained(&month, &[loss], &[], SLO);
    assert_eq!((good.attained(), good.verdict()), (Some(99_900), PromiseVerdict::Met));

    let mut total = AttainmentTotal::default();
    total.add(&bad);
    total.add(&good);
    assert_eq!(total.attained().map(percent_text).as_deref(), Some("98.531 %"));
    assert_eq!((total.members, total.verdict), (2, Some(PromiseVerdict::Missed)));
    assert_eq!(total.left, Some(36_000 + 2_592_000 - 36_000_000 - 2_592_000));
    assert!(bad.compare(&good).is_lt());
}

#[test]
fn without_service_there_is_no_percentage() {
    let sunday = attained(&promised(&business(), PeriodKind::Day, "2026-11-15"), &[], &[], SLO);
    assert_eq!(
        (sunday.planned(), sunday.attained(), sunday.forecast()),
        (0, None, None)
    );
    assert_eq!(sunday.verdict(), PromiseVerdict::NoService);
    let later = Attainment::new(36_000_000, 0, TimeAccount::default(), SLO);
    assert_eq!(
        (later.verdict(), later.forecast()),
        (PromiseVerdict::NotMeasured, Some(100_000))
    );
    assert_eq!(later.remaining(), 36_000_000);
}

#[test]
fn an_slo_of_everything_has_no_budget() {
    let spans = promised(&business(), PeriodKind::Month, "2026-11-01");
    let result = attained(
        &spans,
        &[down("2026-11-16T10:00", "2026-11-16T10:00:01")],
        &[],
        Some(100_000),
    );
    assert_eq!((result.budget(), result.left()), (Some(0), Some(-1_000)));
    assert_eq!(result.verdict(), PromiseVerdict::Missed);
}

#[test]
fn a_period_that_goes_on_is_at_risk_before_it_is_missed() {
    let account = |down: i64| TimeAccount::from_parts(100_000_000 - down, down, 0, 100_000_000).expect("it adds up");
    let result = |down: i64| Attainment::new(756_000_000, 0, account(down), SLO);
    assert_eq!(result(100_000).verdict(), PromiseVerdict::Met);
    assert_eq!(result(100_001).verdict(), PromiseVerdict::AtRisk);
    assert_eq!(result(756_000).verdict(), PromiseVerdict::AtRisk);
    assert_eq!(result(756_001).verdict(), PromiseVerdict::Missed);
    assert_eq!(result(756_000).forecast(), Some(99_900));
    assert_eq!(TimeAccount::from_parts(1, 2, 3, 7), None);
    assert_eq!(TimeAccount::from_parts(-1, 2, 3, 4), None);
}

#[test]
fn seconds_add_up() {
    let account = TimeAccount::from_parts(1_499, 1_500, 2_400, 5_399).expect("it adds up");
    let shown = account.in_seconds();
    assert_eq!(
        (shown.up(), shown.down(), shown.unknown(), shown.promised()),
        (1, 2, 2, 5)
    );
}
