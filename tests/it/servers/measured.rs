//! What a real Prometheus answers about a past that is known, and what that comes to.

use std::fmt::Write;
use std::time::Duration;

use chrono::DateTime;
use sla_monitor::apps::sla::measuring::measure::SpanMeasuring;
use sla_monitor::apps::sla::measuring::question::{MeasuredComponent, MeasuringIndicator};
use sla_monitor::apps::sla::measuring::reading::SpanReading;
use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::cell::SampleKind;
use sla_monitor::calculus::attainment::run::UnknownPolicy;
use sla_monitor::calculus::span::Span;
use sla_monitor::prometheus_api::client::{PrometheusClient, QueryLimits};
use sla_monitor::prometheus_api::source::{Source, SourceAuth, Sources};

use super::prometheus::Prometheus;

fn at(time: &str) -> i64 {
    let text = format!("2026-01-12T{time}+01:00");
    DateTime::parse_from_rfc3339(&text).expect("it is a time").timestamp()
}

/// A day of samples, 15 s apart: of each component at an instant, and whether there is one.
fn history() -> String {
    let value = |component: &str, second: i64| -> Option<i64> {
        let within = |from: &str, to: &str| (at(from)..at(to)).contains(&second);
        match component {
            "outage" => Some(i64::from(!within("10:00:00", "10:05:00"))),
            "short" => Some(i64::from(!within("10:00:15", "10:00:45"))),
            "gap" => (!within("10:00:00", "10:20:00")).then_some(1),
            "late" => (second >= at("12:00:00")).then_some(1),
            "evening" => Some(i64::from(second < at("17:50:00"))),
            "odd" => Some(if within("10:00:00", "10:01:00") { 7 } else { 1 }),
            _ => Some(1),
        }
    };
    let mut text = "# TYPE probe gauge\n".to_owned();
    for component in [
        "up", "outage", "short", "gap", "late", "evening", "odd", "twins", "split",
    ] {
        let instances: &[&str] = match component {
            "twins" | "split" => &["a", "b"],
            _ => &["a"],
        };
        for instance in instances {
            for second in (at("07:00:00")..at("19:00:00")).step_by(15) {
                // One of the two is down all day.
                let value = match (component, *instance) {
                    ("split", "b") => Some(0),
                    _ => value(component, second),
                };
                if let Some(value) = value {
                    writeln!(
                        text,
                        "probe{{component=\"{component}\",instance=\"{instance}\"}} {value} {second}"
                    )
                    .expect("a text can be written to");
                }
            }
        }
    }
    text.push_str("# EOF\n");
    text
}

/// The day of service: 36,000 s.
fn day() -> Span {
    Span {
        start: at("08:00:00") * 1_000,
        end: at("18:00:00") * 1_000,
    }
}

pub(super) fn indicator(kind: SampleKind, step_s: i64) -> MeasuringIndicator {
    MeasuringIndicator {
        id: 1,
        version: 1,
        name: "probe".to_owned(),
        source: "main".to_owned(),
        kind,
        step_s,
        threshold: None,
        unknown: UnknownPolicy::Separate,
    }
}

/// What measures by a Prometheus of its own.
pub(super) struct Measuring {
    client: PrometheusClient,
    _prometheus: Prometheus,
}

impl Measuring {
    /// Starts Prometheus with a past: series of the gauge `probe` in the text format of OpenMetrics.
    pub(super) fn start(history: &str) -> Self {
        let prometheus = Prometheus::with_history(history);
        let source = Source {
            name: "main".to_owned(),
            url: prometheus.url(),
            auth: SourceAuth::Open,
            tenant: None,
        };
        let limits = QueryLimits {
            timeout: Duration::from_secs(60),
            bytes_max: 100_000_000,
        };
        Self {
            client: PrometheusClient::new(Sources::new(vec![source]), limits),
            _prometheus: prometheus,
        }
    }

    /// Measures a span of components, whose series have their names as a label.
    pub(super) fn measure(
        &self,
        indicator: &MeasuringIndicator,
        span: Span,
        names: &[impl std::fmt::Display],
    ) -> Vec<SpanReading> {
        let component = |(index, name)| MeasuredComponent {
            id: i64::try_from(index).expect("there are few"),
            name: format!("{name} {index}"),
            expression: format!("probe{{component=\"{name}\"}}"),
        };
        let components: Vec<MeasuredComponent> = names.iter().enumerate().map(component).collect();
        let mut queries = &self.client;
        let mut measuring = SpanMeasuring {
            queries: &mut queries,
            indicator,
            span,
        };
        let readings = measuring.measure(&components).expect("Prometheus answers");
        readings.into_iter().map(|(_, reading)| reading).collect()
    }
}

/// Seconds up, down and unknown.
pub(super) fn seconds(reading: &SpanReading, span: Span) -> (i64, i64, i64) {
    let account = TimeAccount::of(&[span], &reading.runs);
    assert_eq!(account.up() + account.down() + account.unknown(), account.promised());
    (account.up() / 1_000, account.down() / 1_000, account.unknown() / 1_000)
}

#[test]
fn a_known_day_comes_to_what_it_was() {
    let prometheus = Measuring::start(&history());
    let expected = [
        ("up", (36_000, 0, 0)),
        ("outage", (35_700, 300, 0)),
        // Half a minute, seen by samples that are 15 s apart, in cells of a minute.
        ("short", (35_970, 30, 0)),
        ("gap", (34_800, 0, 1_200)),
        ("late", (21_600, 0, 14_400)),
        ("evening", (35_400, 600, 0)),
        ("odd", (35_940, 0, 60)),
        ("twins", (0, 0, 36_000)),
        ("absent", (0, 0, 36_000)),
        ("split", (0, 0, 36_000)),
    ];
    let names = expected.map(|(name, _)| name);
    let readings = prometheus.measure(&indicator(SampleKind::Mean, 60), day(), &names);
    for ((name, parts), reading) in expected.iter().zip(&readings) {
        assert_eq!(seconds(reading, day()), *parts, "{name}: {:?}", reading.warnings);
    }
    assert!(
        readings[7].warnings[0].contains(r#"instance="b""#),
        "{:?}",
        readings[7].warnings
    );
    assert!(
        readings[8].warnings[0].contains("no series"),
        "{:?}",
        readings[8].warnings
    );
    // Edges of a span that are on no grid.
    let span = Span {
        start: at("09:59:37") * 1_000,
        end: at("10:02:11") * 1_000,
    };
    let readings = prometheus.measure(&indicator(SampleKind::Mean, 60), span, &["up", "outage"]);
    assert_eq!(seconds(&readings[0], span), (154, 0, 0));
    assert_eq!(seconds(&readings[1], span), (23, 131, 0));
    states_and_many_components(&prometheus);
}

fn states_and_many_components(prometheus: &Measuring) {
    // States: each holds for its step, and a gap is bridged for five minutes.
    let readings = prometheus.measure(
        &indicator(SampleKind::State, 15),
        day(),
        &["up", "outage", "gap", "twins", "split"],
    );
    assert_eq!(seconds(&readings[0], day()), (36_000, 0, 0));
    assert_eq!(seconds(&readings[1], day()), (35_700, 300, 0));
    let (_, down, unknown) = seconds(&readings[2], day());
    assert_eq!(down, 0);
    assert!((900..=930).contains(&unknown), "{unknown} s of the gap are unknown");
    assert_eq!(seconds(&readings[3], day()), (0, 0, 36_000));
    assert_eq!(seconds(&readings[4], day()), (0, 0, 36_000));
    let thresholded = MeasuringIndicator {
        threshold: Some(1.0),
        ..indicator(SampleKind::State, 15)
    };
    let readings = prometheus.measure(&thresholded, day(), &["odd", "outage"]);
    assert_eq!(seconds(&readings[0], day()), (36_000, 0, 0), "7 is no less than 1");
    assert_eq!(seconds(&readings[1], day()), (35_700, 300, 0));

    // Five hundred components, a few of them not always up.
    let many: Vec<&str> = (0..500)
        .map(|index| if index % 50 == 7 { "outage" } else { "up" })
        .collect();
    let readings = prometheus.measure(&indicator(SampleKind::Mean, 60), day(), &many);
    let down: i64 = readings.iter().map(|reading| seconds(reading, day()).1).sum();
    assert_eq!(down, 10 * 300);
}
