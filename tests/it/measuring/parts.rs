//! What is asked for in parts, because a server does not answer it as a whole.

use std::time::Duration;

use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::prometheus_api::error::QueryError;

use super::answers::{day, indicator, measured};
use super::computed::ComputedServer;

#[test]
fn what_takes_a_server_too_long_is_asked_for_in_parts() {
    let source = || "main".to_owned();
    let own_limit = QueryError::TimedOut {
        source: source(),
        timeout: Duration::from_secs(130),
    };
    // Prometheus gives up after two minutes unless it is configured otherwise.
    let limit_of_server = QueryError::Refused {
        source: source(),
        status: 503,
        message: "query timed out in expression evaluation".to_owned(),
        place: None,
    };
    for error in [own_limit, limit_of_server] {
        let fault = error.clone();
        let mut server = ComputedServer::new(|_, _| Some(1.0))
            .failing(move |query| (query.matches("label_replace(").count() > 3).then(|| fault.clone()));
        let readings = measured(&mut server, &indicator(), day(), 8).expect("the server answers for three");
        assert!(readings.iter().all(|reading| reading.runs.is_empty()), "{error}");
        // One alone that takes too long: the server hangs.
        let fault = error.clone();
        let mut server = ComputedServer::new(|_, _| Some(1.0)).failing(move |_| Some(fault.clone()));
        assert_eq!(measured(&mut server, &indicator(), day(), 8), Err(error));
        assert_eq!(server.queries, 2);
    }
}

#[test]
fn histograms_of_one_component_hold_up_no_others() {
    let mut server = ComputedServer::new(|_, _| Some(1.0)).failing(|query| {
        query.contains("\"c2\"").then(|| QueryError::NoNumbers {
            source: "main".to_owned(),
        })
    });
    let readings = measured(&mut server, &indicator(), day(), 6).expect("a refusal is an answer");
    assert!(readings[2].warnings[0].contains("histograms"), "{:?}", readings[2]);
    let accounts = readings.iter().map(|reading| TimeAccount::of(&[day()], &reading.runs));
    let unknown: Vec<i64> = accounts.map(|account| account.unknown()).collect();
    assert_eq!(unknown, [0, 0, 36_000_000, 0, 0, 0]);
}
