//! Why there is no answer: each reason is an error of its own, in time, and says what to do.

use std::time::{Duration, Instant};

use sla_monitor::prometheus_api::client::{QueryLimits, QueryRange};
use sla_monitor::prometheus_api::error::{ExpressionPlace, QueryError};

use super::{LIMITS, client, client_of};
use crate::support::free_port;
use crate::support::stand_in::{Reply, StandIn};

/// Returns what comes of a query to which a server always answers the same.
fn error(reply: impl Fn() -> Reply + Send + Sync + 'static) -> QueryError {
    let server = StandIn::answering(move |_| reply());
    client(&server).query("main", "up", 0).expect_err("it is refused")
}

fn status(status: u16, body: &'static str) -> QueryError {
    error(move || Reply::Status(status, body.to_owned()))
}

#[test]
fn a_refused_expression_has_the_servers_message_and_its_place() {
    let message = r#"invalid parameter "query": 12:34: parse error: unclosed left parenthesis"#;
    let refused = error(move || Reply::error(400, message));
    assert_eq!(
        refused,
        QueryError::Refused {
            source: "main".to_owned(),
            status: 400,
            message: message.to_owned(),
            place: Some(ExpressionPlace { line: 12, column: 34 }),
        }
    );
    assert!(refused.to_string().contains("unclosed left parenthesis") && !refused.may_pass());
    for message in [
        "bad things",
        ": parse error:",
        "1:x: parse error: a",
        "99999999999:1: parse error: a",
    ] {
        let QueryError::Refused { place, .. } = error(move || Reply::error(400, message)) else {
            panic!("it is refused");
        };
        assert_eq!(place, None, "{message}");
    }
}

#[test]
fn too_many_points_and_samples_are_no_other_refusal() {
    let points = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution";
    let samples = "query processing would load too many samples into memory in query execution";
    assert!(error(move || Reply::error(400, points)).is_too_much());
    assert!(error(move || Reply::error(422, samples)).is_too_much());
    assert!(status(413, "nginx says no").is_too_much());
    assert!(status(422, "the query exceeds the limit").is_too_much());
    let duplicates = "found duplicate series for the match group {} on the left hand-side of the operation";
    assert!(!error(move || Reply::error(422, duplicates)).is_too_much());
}

#[test]
fn answers_that_are_none_are_said_to_be_none() {
    let texts = [
        "",
        "<html>hello</html>",
        "{}",
        "[]",
        r#"{"status":"success"}"#,
        r#"{"status":"error"}"#,
        r#"{"status":"perhaps","data":{"resultType":"vector","result":[]}}"#,
        r#"{"status":"success","data":{"resultType":"string","result":[1,"1"]}}"#,
        r#"{"status":"success","data":{"resultType":"scalar","result":[1]}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":[1]}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e300,"1"]}]}}"#,
        r#"{"status":"success","data":{"resultType":"vector","result":["#,
    ];
    for text in texts {
        let refused = status(200, text);
        assert!(matches!(refused, QueryError::NotUnderstood { .. }), "{text}: {refused}");
        assert!(
            refused.may_pass() && refused.to_string().contains("check its URL"),
            "{refused}"
        );
    }
    let with_status = status(
        206,
        r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
    );
    assert!(matches!(with_status, QueryError::NotUnderstood { .. }), "{with_status}");
}

#[test]
fn histograms_are_a_refusal_of_what_is_asked() {
    for text in [
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}"#,
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"]]},{"metric":{},"histograms":[[1,{}]]}]}}"#,
    ] {
        let refused = status(200, text);
        assert!(matches!(refused, QueryError::NoNumbers { .. }), "{text}: {refused}");
        assert!(!refused.may_pass(), "it stays so, and holds up no others");
        assert!(refused.to_string().contains("as with histogram_count"), "{refused}");
    }
}

#[test]
fn statuses_without_json_say_what_to_do() {
    for (code, words, may_pass) in [
        (401, "--prometheus-token-file", true),
        (403, "--prometheus-basic-auth-file", true),
        (404, "check the path of its URL", true),
        (503, "the gateway is away", true),
        (429, "the gateway is away", true),
        (500, "the gateway is away", true),
    ] {
        let refused = status(code, "<p>the\n gateway   is away");
        assert!(refused.to_string().contains(words), "{code}: {refused}");
        assert_eq!(refused.may_pass(), may_pass, "{code}");
    }
    let elsewhere = error(|| Reply::Header(302, "location", "http://127.0.0.1:1/"));
    assert!(elsewhere.to_string().contains("it redirects"), "{elsewhere}");
    assert!(elsewhere.may_pass(), "a proxy may want a login for a while");
}

#[test]
fn nothing_is_waited_for_longer_than_the_timeout() {
    let limits = QueryLimits {
        timeout: Duration::from_millis(300),
        bytes_max: u64::MAX,
    };
    for reply in [|| Reply::Silence, || Reply::Drip, || Reply::Endless] {
        let server = StandIn::answering(move |_| reply());
        let started = Instant::now();
        let refused = client_of(&server.url, limits).query("main", "up", 0);
        assert!(
            matches!(refused, Err(QueryError::TimedOut { timeout, .. }) if timeout == limits.timeout),
            "{refused:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}

#[test]
fn a_body_is_read_up_to_its_limit() {
    let refused = error(|| Reply::Endless);
    assert!(
        matches!(refused, QueryError::TooLarge { bytes_max, .. } if bytes_max == LIMITS.bytes_max),
        "{refused}"
    );
    assert!(
        refused.is_too_much() && refused.to_string().contains("fewer series"),
        "{refused}"
    );
    assert!(status(200, "x").may_pass());
}

#[test]
fn a_source_that_is_away_or_breaks_off_is_not_reached() {
    let away = client_of(&format!("http://127.0.0.1:{}", free_port()), LIMITS).query("main", "up", 0);
    assert!(matches!(away, Err(QueryError::Unreachable { .. })), "{away:?}");
    let no_host = client_of("http://no-such-host.invalid", LIMITS).query("main", "up", 0);
    assert!(matches!(no_host, Err(QueryError::Unreachable { .. })), "{no_host:?}");
    let broken = error(|| Reply::Broken);
    assert!(
        matches!(broken, QueryError::Unreachable { .. }) && broken.may_pass(),
        "{broken}"
    );
}

#[test]
fn an_unknown_source_is_not_asked_for() {
    let server = StandIn::answering(|_| Reply::Silence);
    let range = QueryRange {
        start_ms: 0,
        end_ms: 0,
        step_ms: 1000,
    };
    let refused = client(&server)
        .query_range("other", "up", range)
        .expect_err("it is unknown");
    let words = "source `other` is not known to this process, which knows main; give it --prometheus other=URL";
    assert_eq!(refused.to_string(), words);
    assert_eq!(server.requests().len(), 0);
}
