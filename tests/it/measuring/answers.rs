//! What the answers of a server come to: worked examples, and every fault of a server.

use std::time::Duration;

use sla_monitor::apps::sla::measuring::measure::SpanMeasuring;
use sla_monitor::apps::sla::measuring::question::{MeasuredComponent, MeasuringIndicator};
use sla_monitor::apps::sla::measuring::reading::SpanReading;
use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::cell::SampleKind;
use sla_monitor::calculus::attainment::run::UnknownPolicy;
use sla_monitor::calculus::span::Span;
use sla_monitor::prometheus_api::error::{ExpressionPlace, QueryError};

use super::at;
use super::computed::{ComputedServer, too_much};

pub(super) fn indicator() -> MeasuringIndicator {
    MeasuringIndicator {
        id: 1,
        version: 1,
        name: "probe".to_owned(),
        source: "main".to_owned(),
        kind: SampleKind::Mean,
        step_s: 60,
        threshold: None,
        unknown: UnknownPolicy::Separate,
    }
}

pub(super) fn components(count: usize) -> Vec<MeasuredComponent> {
    let component = |index| MeasuredComponent {
        id: i64::try_from(index).expect("there are few") + 1,
        name: format!("c{index}"),
        expression: format!("probe{{component=\"c{index}\"}}"),
    };
    (0..count).map(component).collect()
}

/// The day of service of the worked examples: 36,000 s from 08:00 in Berlin.
pub(super) fn day() -> Span {
    Span {
        start: at("2026-11-16T08:00:00+01:00") * 1_000,
        end: at("2026-11-16T18:00:00+01:00") * 1_000,
    }
}

pub(super) fn measured(
    server: &mut ComputedServer,
    indicator: &MeasuringIndicator,
    span: Span,
    count: usize,
) -> Result<Vec<SpanReading>, QueryError> {
    let mut measuring = SpanMeasuring {
        queries: server,
        indicator,
        span,
    };
    let readings = measuring.measure(&components(count))?;
    let places: Vec<usize> = readings.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, (0..count).collect::<Vec<_>>(), "each component has a reading");
    Ok(readings.into_iter().map(|(_, reading)| reading).collect())
}

fn one(server: &mut ComputedServer, indicator: &MeasuringIndicator, span: Span) -> (TimeAccount, SpanReading) {
    let reading = measured(server, indicator, span, 1)
        .expect("the server answers")
        .remove(0);
    (TimeAccount::of(&[span], &reading.runs), reading)
}

/// Seconds up, down and unknown.
fn seconds(account: TimeAccount) -> (i64, i64, i64) {
    assert_eq!(
        account.up() + account.down() + account.unknown(),
        account.promised(),
        "the parts are the whole"
    );
    (account.up() / 1_000, account.down() / 1_000, account.unknown() / 1_000)
}

/// A value that is down in `[from, to)`, by the part of each cell that it has.
fn down(from: &str, to: &str) -> impl Fn(&str, i64) -> Option<f64> + Send + Sync + 'static {
    let (from, to) = (at(from) * 1_000, at(to) * 1_000);
    move |_, cell| {
        let common = (cell + 60_000).min(to) - cell.max(from);
        #[expect(clippy::cast_precision_loss, reason = "cells are short")]
        let down = common.max(0) as f64 / 60_000.0;
        Some(1.0 - down)
    }
}

#[test]
fn a_day_that_was_up_takes_one_query() {
    let mut server = ComputedServer::new(|_, _| Some(1.0));
    let (account, reading) = one(&mut server, &indicator(), day());
    assert_eq!(seconds(account), (36_000, 0, 0));
    assert_eq!((reading.samples.seen, reading.samples.expected), (600, 600));
    assert_eq!((server.queries, server.ranges), (1, 0));
}

#[test]
fn outages_cost_what_they_last() {
    let cases = [
        ("2026-11-16T10:00:00+01:00", "2026-11-16T10:05:00+01:00", 300),
        // Less than a cell, and over the edges of two.
        ("2026-11-16T10:00:15+01:00", "2026-11-16T10:00:45+01:00", 30),
        ("2026-11-16T10:00:45+01:00", "2026-11-16T10:01:15+01:00", 30),
        // What is not promised costs nothing.
        ("2026-11-16T17:50:00+01:00", "2026-11-17T08:10:00+01:00", 600),
        ("2026-11-16T18:00:00+01:00", "2026-11-17T08:00:00+01:00", 0),
    ];
    for (from, to, cost) in cases {
        let (account, _) = one(&mut ComputedServer::new(down(from, to)), &indicator(), day());
        assert_eq!(seconds(account), (36_000 - cost, cost, 0), "{from} to {to}");
    }
}

#[test]
fn twenty_minutes_without_samples_are_unknown() {
    let (from, to) = (
        at("2026-11-16T10:00:00+01:00") * 1_000,
        at("2026-11-16T10:20:00+01:00") * 1_000,
    );
    let mut server = ComputedServer::new(move |_, cell| (!(from..to).contains(&cell)).then_some(1.0));
    let (account, reading) = one(&mut server, &indicator(), day());
    assert_eq!(seconds(account), (34_800, 0, 1_200));
    assert_eq!((reading.samples.seen, reading.samples.expected), (580, 600));
    // As the indicator wants it.
    for (policy, expected, word) in [
        (UnknownPolicy::Down, (34_800, 1_200, 0), "down"),
        (UnknownPolicy::Up, (36_000, 0, 0), "up"),
    ] {
        let indicator = MeasuringIndicator {
            unknown: policy,
            ..indicator()
        };
        let (account, reading) = one(&mut server, &indicator, day());
        assert_eq!(seconds(account), expected);
        assert!(
            reading.warnings[0].contains(&format!("count as {word}")),
            "{:?}",
            reading.warnings
        );
    }
}

#[test]
fn an_indicator_from_noon_on_leaves_the_morning_unknown() {
    let noon = at("2026-11-16T12:00:00+01:00") * 1_000;
    let mut server = ComputedServer::new(move |_, cell| (cell >= noon).then_some(1.0));
    let (account, _) = one(&mut server, &indicator(), day());
    assert_eq!(seconds(account), (21_600, 0, 14_400));
}

#[test]
fn edges_of_spans_count_to_the_second() {
    let span = Span {
        start: day().start + 17_000,
        end: day().end - 5_000,
    };
    let mut server = ComputedServer::new(|_, _| Some(0.0));
    let (account, reading) = one(&mut server, &indicator(), span);
    assert_eq!(seconds(account), (0, 35_978, 0));
    assert_eq!(reading.samples.expected, 600);
    let (account, _) = one(&mut ComputedServer::new(|_, _| Some(1.0)), &indicator(), span);
    assert_eq!(seconds(account), (35_978, 0, 0));
}

#[test]
fn what_is_no_share_is_unknown_and_said() {
    for odd in [f64::NAN, 1.5, -0.1, f64::INFINITY] {
        let start = day().start;
        let mut server = ComputedServer::new(move |_, cell| Some(if cell == start { odd } else { 1.0 }));
        let (account, reading) = one(&mut server, &indicator(), day());
        assert_eq!(seconds(account), (35_940, 0, 60), "{odd}");
        assert!(
            reading.warnings[0].contains("1 sample was no number from 0 to 1, and says nothing about its time"),
            "{:?}",
            reading.warnings
        );
    }
}

#[test]
fn no_series_and_two_series_are_unknown_and_said() {
    let (account, reading) = one(&mut ComputedServer::new(|_, _| None), &indicator(), day());
    assert_eq!(seconds(account), (0, 0, 36_000));
    assert!(reading.warnings[0].contains("no series"), "{:?}", reading.warnings);
    let mut server = ComputedServer::new(|_, _| Some(1.0));
    server.twins = vec!["c0"];
    let readings = measured(&mut server, &indicator(), day(), 3).expect("the server answers");
    let warning = &readings[0].warnings[0];
    assert!(
        warning.contains("2 series") && warning.contains(r#"{component="c0", instance="b"}"#),
        "{warning}"
    );
    assert_eq!(TimeAccount::of(&[day()], &readings[0].runs).unknown(), 36_000_000);
    assert!(
        readings[1].runs.is_empty() && readings[2].runs.is_empty(),
        "others are measured"
    );
}

#[test]
fn a_series_that_was_never_up_counts_beside_one_that_always_was() {
    let mut server = ComputedServer::new(|_, _| Some(1.0));
    server.lost_twins = vec!["c1"];
    let readings = measured(&mut server, &indicator(), day(), 3).expect("the server answers");
    assert!(
        readings[1].warnings[0].contains("2 series"),
        "{:?}",
        readings[1].warnings
    );
    let unknown = |reading: &SpanReading| TimeAccount::of(&[day()], &reading.runs).unknown();
    assert_eq!(readings.iter().map(unknown).collect::<Vec<_>>(), [0, 36_000_000, 0]);
}

#[test]
fn samples_count_where_the_server_put_them() {
    let mut server = ComputedServer::new(down("2026-11-16T10:00:00+01:00", "2026-11-16T10:05:00+01:00"));
    server.moved_ms = -20_000;
    let (account, reading) = one(&mut server, &indicator(), day());
    // The outage is met exactly, because its edges are weighed; at the end 20 s have no sample.
    assert_eq!(seconds(account), (35_680, 300, 20));
    assert!(
        reading.warnings[0].contains("moved the samples by up to 40000 ms"),
        "{:?}",
        reading.warnings
    );
}

#[test]
fn long_spans_are_asked_for_in_chunks() {
    let indicator = MeasuringIndicator {
        step_s: 1,
        ..indicator()
    };
    let span = Span {
        start: day().start,
        end: day().start + 86_400_000,
    };
    let mut server = ComputedServer::new(|_, cell| Some(if cell / 1_000 % 10 == 0 { 0.0 } else { 1.0 }));
    let (account, reading) = one(&mut server, &indicator, span);
    assert_eq!(seconds(account), (77_760, 8_640, 0));
    assert_eq!(reading.samples.seen, 86_400);
    assert_eq!(
        (server.ranges, server.points),
        (9, 86_400),
        "each point is asked for once"
    );
}

#[test]
fn what_is_too_much_is_asked_for_in_halves() {
    let mut server = ComputedServer::new(|component, _| Some(if component == "c7" { 0.0 } else { 1.0 }));
    server.samples_max = 3_000;
    let readings = measured(&mut server, &indicator(), day(), 20).expect("the server answers");
    let lost: Vec<i64> = readings
        .iter()
        .map(|reading| TimeAccount::of(&[day()], &reading.runs).down())
        .collect();
    let expected: Vec<i64> = (0..20).map(|index| if index == 7 { 36_000_000 } else { 0 }).collect();
    assert_eq!(lost, expected);
    // Less than one component a query: its time is halved.
    server.samples_max = 900;
    let readings = measured(&mut server, &indicator(), day(), 8).expect("the server answers");
    assert_eq!(TimeAccount::of(&[day()], &readings[7].runs).down(), 36_000_000);
    assert!(readings[..7].iter().all(|reading| reading.runs.is_empty()));
    // Nothing helps: it is said, and others are measured.
    let mut server = ComputedServer::new(|_, _| Some(1.0))
        .failing(|query| query.contains("\"c3\"").then(|| too_much("main", "at most 0 samples")));
    let readings = measured(&mut server, &indicator(), day(), 8).expect("the server answers");
    assert!(
        readings[3].warnings[0].contains("at most 0 samples"),
        "{:?}",
        readings[3]
    );
    assert_eq!(readings.iter().filter(|reading| reading.runs.is_empty()).count(), 7);
}

#[test]
fn an_expression_that_is_none_is_refused_for_all_at_once() {
    let mut server = ComputedServer::new(|_, _| Some(1.0)).failing(|_| {
        Some(QueryError::Refused {
            source: "main".to_owned(),
            status: 400,
            message: "1:7: parse error: unexpected end of input".to_owned(),
            place: Some(ExpressionPlace { line: 1, column: 7 }),
        })
    });
    let readings = measured(&mut server, &indicator(), day(), 200).expect("a refusal is an answer");
    assert!(
        readings
            .iter()
            .all(|reading| reading.warnings[0].contains("parse error")),
        "{:?}",
        readings[5]
    );
    assert_eq!((server.queries, server.ranges), (1, 1));
}

#[test]
fn a_text_that_cannot_be_read_is_that_of_one_component() {
    let of_texts = "1:7: parse error: error parsing regexp: missing closing ): `^(?:h()$`";
    let other = "1:7: parse error: an error of another kind";
    for (refused, message) in [(0_usize, of_texts), (5, of_texts), (5, other)] {
        let values = |component: &str, _: i64| Some(if component == "c1" { 0.0 } else { 1.0 });
        let mut server = ComputedServer::new(values).failing(move |query| {
            let named = format!("\"c{refused}\"");
            query.contains(&named).then(|| QueryError::Refused {
                source: "main".to_owned(),
                status: 400,
                message: message.to_owned(),
                place: Some(ExpressionPlace { line: 1, column: 7 }),
            })
        });
        let readings = measured(&mut server, &indicator(), day(), 9).expect("a refusal is an answer");
        assert!(
            readings[refused].warnings[0].contains(message),
            "{:?}",
            readings[refused]
        );
        let accounts = readings.iter().map(|reading| TimeAccount::of(&[day()], &reading.runs));
        let lost: Vec<i64> = accounts.map(|account| account.down() + account.unknown()).collect();
        let expected = (0..9).map(|index| if index == 1 || index == refused { 36_000_000 } else { 0 });
        assert_eq!(lost, expected.collect::<Vec<i64>>(), "{refused}: {message}");
    }
}

#[test]
fn one_component_that_is_refused_leaves_the_others() {
    let mut server = ComputedServer::new(|_, _| Some(1.0)).failing(|query| {
        query.contains("\"c5\"").then(|| QueryError::Refused {
            source: "main".to_owned(),
            status: 422,
            message: "found duplicate series for the match group".to_owned(),
            place: None,
        })
    });
    let readings = measured(&mut server, &indicator(), day(), 40).expect("a refusal is an answer");
    assert!(
        readings[5].warnings[0].contains("duplicate series"),
        "{:?}",
        readings[5]
    );
    assert_eq!(readings.iter().filter(|reading| reading.runs.is_empty()).count(), 39);
    assert!(server.queries < 20, "{} queries", server.queries);
}

#[test]
fn a_server_that_may_answer_later_leaves_nothing_known() {
    let source = || "main".to_owned();
    let errors = [
        QueryError::Unreachable {
            source: source(),
            reason: "connection refused".to_owned(),
        },
        QueryError::TimedOut {
            source: source(),
            timeout: Duration::from_secs(1),
        },
        QueryError::NotUnderstood {
            source: source(),
            status: 200,
            reason: "no such JSON".to_owned(),
        },
        QueryError::Refused {
            source: source(),
            status: 503,
            message: "starting".to_owned(),
            place: None,
        },
    ];
    for error in errors {
        let fault = error.clone();
        let mut server = ComputedServer::new(|_, _| Some(1.0)).failing(move |_| Some(fault.clone()));
        assert_eq!(measured(&mut server, &indicator(), day(), 4), Err(error));
    }
}
