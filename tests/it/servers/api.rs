//! The client of Prometheus' HTTP API and a real Prometheus.

use std::time::Duration;

use sla_monitor::prometheus_api::client::{PrometheusClient, QueryLimits, QueryRange};
use sla_monitor::prometheus_api::error::{ExpressionPlace, QueryError};
use sla_monitor::prometheus_api::source::{Source, SourceAuth, Sources};

use super::prometheus::Prometheus;

const LIMITS: QueryLimits = QueryLimits {
    timeout: Duration::from_secs(30),
    bytes_max: 10_000_000,
};

#[test]
fn a_real_prometheus_answers_and_refuses() {
    let prometheus = Prometheus::configured("global: {scrape_interval: 1h}\n", &[]);
    let source = Source {
        name: "main".to_owned(),
        url: prometheus.url(),
        auth: SourceAuth::Open,
        tenant: None,
    };
    let client = PrometheusClient::new(Sources::new(vec![source]), LIMITS);
    let at_ms = 1_700_000_000_001;
    let answer = client.query("main", "vector(time())", at_ms).expect("it answers");
    assert_eq!(answer.series[0].samples[0].at_ms, at_ms);
    assert!((answer.series[0].samples[0].value - 1_700_000_000.001).abs() < 0.0001);
    let scalar = client.query("main", "0/0", at_ms).expect("it answers");
    assert!(scalar.series[0].samples[0].value.is_nan());
    assert_eq!(
        client.query("main", "absent_metric", at_ms).expect("it answers").series,
        []
    );

    let range = |points: i64| QueryRange {
        start_ms: at_ms,
        end_ms: at_ms + (points - 1) * 15_000,
        step_ms: 15_000,
    };
    let answer = client.query_range("main", "1", range(11_001)).expect("it answers");
    let samples = &answer.series[0].samples;
    assert_eq!(
        (samples.len(), samples[11_000].at_ms),
        (11_001, at_ms + 11_000 * 15_000)
    );
    let refused = client
        .query_range("main", "1", range(11_002))
        .expect_err("they are too many");
    assert!(refused.is_too_much(), "{refused}");

    let refused = client
        .query("main", "up +\n  (1", at_ms)
        .expect_err("a parenthesis is open");
    assert!(
        matches!(
            refused,
            QueryError::Refused {
                status: 400,
                place: Some(ExpressionPlace { line: 2, .. }),
                ..
            }
        ),
        "{refused:?}"
    );
    let refused = client.query("main", "\"text\"", at_ms).expect_err("it is no number");
    assert!(refused.to_string().contains("the result is a string"), "{refused}");
}
