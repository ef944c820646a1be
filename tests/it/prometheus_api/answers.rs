//! What is asked, and what is understood of the answers.

use std::collections::BTreeMap;

use sla_monitor::prometheus_api::client::{QueriedSample, QueriedSeries, QueryRange};

use super::client;
use crate::support::stand_in::{Reply, StandIn};

fn sample(at_ms: i64, value: f64) -> QueriedSample {
    QueriedSample { at_ms, value }
}

#[test]
fn an_instant_is_asked_by_a_form_and_a_vector_is_understood() {
    let server = StandIn::answering(|_| {
        let series = r#"[{"metric":{"__name__":"up","job":"a \"b\" é"},"value":[1700000000.123,"1"]},
            {"metric":{},"value":[1700000001,"+Inf"]}]"#;
        Reply::result("vector", series)
    });
    let expression = r#"up{job="a&b=c"} > 0"#;
    let answer = client(&server)
        .query("main", expression, 1_700_000_000_123)
        .expect("it answers");
    let labels = BTreeMap::from([
        ("__name__".to_owned(), "up".to_owned()),
        ("job".to_owned(), "a \"b\" é".to_owned()),
    ]);
    let expected = [
        QueriedSeries {
            labels,
            samples: vec![sample(1_700_000_000_123, 1.0)],
        },
        QueriedSeries {
            labels: BTreeMap::new(),
            samples: vec![sample(1_700_000_001_000, f64::INFINITY)],
        },
    ];
    assert_eq!(answer.series, expected);
    let asked = server.requests().remove(0);
    assert_eq!(asked.path, "/api/v1/query");
    assert_eq!(asked.field("query"), expression);
    assert_eq!(asked.field("time"), "1700000000.123");
    assert_eq!(asked.field("timeout"), "20000ms");
    assert!(!asked.headers.contains_key("authorization"), "{asked:?}");
}

#[test]
fn a_range_has_the_instants_that_the_server_gives() {
    let server = StandIn::answering(|_| {
        let matrix = r#"[{"metric":{"a":"b"},"values":[[59.5,"0.25"],[119.5,"NaN"],[179.5,"-1e3"]]}]"#;
        let body = format!(
            r#"{{"warnings":["one"],"infos":["two"],"status":"success","data":{{"resultType":"matrix","result":{matrix}}}}}"#
        );
        Reply::Status(200, body)
    });
    let range = QueryRange {
        start_ms: 59_999,
        end_ms: 179_999,
        step_ms: 60_000,
    };
    let answer = client(&server).query_range("main", "x", range).expect("it answers");
    assert_eq!(answer.warnings, ["one", "two"]);
    let samples = &answer.series[0].samples;
    assert_eq!(
        (samples[0], samples[2]),
        (sample(59_500, 0.25), sample(179_500, -1000.0))
    );
    assert!(samples[1].value.is_nan() && samples[1].at_ms == 119_500, "{samples:?}");
    let asked = server.requests().remove(0);
    assert_eq!(asked.path, "/api/v1/query_range");
    let fields = ["start", "end", "step"].map(|name| asked.milliseconds(name));
    assert_eq!(fields, [59_999, 179_999, 60_000]);
}

#[test]
fn a_scalar_is_a_series_without_labels_and_nothing_is_no_series() {
    let server = StandIn::answering(|asked| match asked.field("query") {
        "1" => Reply::result("scalar", r#"[60.5,"1"]"#),
        _ => Reply::result("vector", "[]"),
    });
    let client = client(&server);
    let scalar = client.query("main", "1", -1).expect("it answers");
    assert_eq!(scalar.series[0].samples, [sample(60_500, 1.0)]);
    assert_eq!(server.requests()[0].field("time"), "-0.001");
    assert_eq!(client.query("main", "x", 0).expect("it answers").series, []);
}
