//! Counts of requests by route pattern, never by path: what a client makes up cannot make series.

use actix_web::http::Method;
use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts};

use crate::admin::address::Address;
use crate::web::request::access_log::AnswerEnd;

/// Upper bounds of the duration histogram, seconds.
const DURATION_BUCKETS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The label value of a request that no route matched.
pub const UNMATCHED: &str = "<unmatched>";

/// Counts of connections. Copies share them.
#[derive(Clone)]
pub struct ConnectionMetrics {
    /// Open ones.
    pub open: IntGauge,
    /// The most that may be open.
    pub max: IntGauge,
    /// Refused ones by reason.
    pub refused: IntCounterVec,
    timed_out: IntCounterVec,
}

impl ConnectionMetrics {
    /// Creates metrics.
    #[must_use]
    pub fn new() -> Self {
        let counters = |name: &str, help: &str, label: &str, values: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), &[label]).expect(VALID);
            values
                .iter()
                .for_each(|value| drop(counters.with_label_values(&[*value])));
            counters
        };
        Self {
            open: IntGauge::new("http_connections", "Open connections.").expect(VALID),
            max: IntGauge::new("http_connections_max", "The most connections that may be open.").expect(VALID),
            refused: counters(
                "http_connections_refused_total",
                "Connections closed at once, because there were too many in total or of one client.",
                "reason",
                &["total", "client"],
            ),
            timed_out: counters(
                "http_connections_timed_out_total",
                "Connections cut because their client took too long to send a head or a body, or to take an answer.",
                "phase",
                &["head", "body", "send"],
            ),
        }
    }

    /// Counts a connection that was cut in a phase: `head`, `body` or `send`.
    pub fn timed_out(&self, phase: &str) {
        self.timed_out.with_label_values(&[phase]).inc();
    }
}

impl Default for ConnectionMetrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Counters and histograms of requests.
pub struct HttpMetrics {
    /// Counts of connections.
    pub connections: ConnectionMetrics,
    requests: IntCounterVec,
    duration: HistogramVec,
    /// Requests being answered.
    pub in_flight: IntGauge,
    panics: IntCounterVec,
    /// Scrapes being answered.
    pub scrapes_in_flight: IntGauge,
    scrapes: IntCounterVec,
    scrape_bytes: IntCounter,
    scrapes_aborted: IntCounter,
    /// Scrapes with a timeout header that is no time.
    pub timeout_headers_invalid: IntCounter,
}

const VALID: &str = "the names are constant and valid";

impl HttpMetrics {
    /// Creates metrics.
    #[must_use]
    pub fn new() -> Self {
        let counters =
            |name: &str, help: &str, labels: &[&str]| IntCounterVec::new(Opts::new(name, help), labels).expect(VALID);
        let gauge = |name: &str, help: &str| IntGauge::new(name, help).expect(VALID);
        let counter = |name: &str, help: &str| IntCounter::new(name, help).expect(VALID);
        let duration = HistogramOpts::new(
            "http_request_duration_seconds",
            "Time from a request's head to the end of its response, by route pattern.",
        );
        Self {
            connections: ConnectionMetrics::new(),
            requests: counters(
                "http_requests_total",
                "Requests answered, by route pattern.",
                &["route", "method", "status"],
            ),
            duration: HistogramVec::new(duration.buckets(DURATION_BUCKETS.to_vec()), &["route", "method"])
                .expect(VALID),
            in_flight: gauge("http_requests_in_flight", "Requests being answered."),
            panics: counters(
                "http_panics_total",
                "Requests whose handler failed, answered with 500.",
                &["route"],
            ),
            scrapes_in_flight: gauge("metrics_http_requests_in_flight", "Scrapes being answered."),
            scrapes: counters("metrics_http_requests_total", "Scrapes by status code.", &["code"]),
            scrape_bytes: counter(
                "metrics_http_response_bytes_total",
                "Bytes of responses to scrapes, as they were sent.",
            ),
            scrapes_aborted: counter(
                "metrics_http_responses_aborted_total",
                "Responses to scrapes whose client left before the last byte.",
            ),
            timeout_headers_invalid: counter(
                "metrics_http_timeout_headers_invalid_total",
                "Scrapes with a timeout header that is no time; it was passed over.",
            ),
        }
    }

    /// Returns the collectors, for the registry.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        vec![
            Box::new(self.connections.open.clone()),
            Box::new(self.connections.max.clone()),
            Box::new(self.connections.refused.clone()),
            Box::new(self.connections.timed_out.clone()),
            Box::new(self.requests.clone()),
            Box::new(self.duration.clone()),
            Box::new(self.in_flight.clone()),
            Box::new(self.panics.clone()),
            Box::new(self.scrapes_in_flight.clone()),
            Box::new(self.scrapes.clone()),
            Box::new(self.scrape_bytes.clone()),
            Box::new(self.scrapes_aborted.clone()),
            Box::new(self.timeout_headers_invalid.clone()),
        ]
    }

    /// Counts an answered request.
    pub(super) fn answered(&self, route: &str, method: &Method, end: AnswerEnd) {
        let method = known(method);
        let status = end.status.as_u16().to_string();
        self.requests.with_label_values(&[route, method, &status]).inc();
        let seconds = end.duration.as_secs_f64();
        self.duration.with_label_values(&[route, method]).observe(seconds);
        if route == Address::Metrics.pattern() {
            self.scrapes.with_label_values(&[status]).inc();
            self.scrape_bytes.inc_by(end.bytes);
            self.scrapes_aborted.inc_by(u64::from(end.is_cut));
        }
    }

    /// Counts a handler that panicked.
    pub fn panicked(&self, route: &str) {
        self.panics.with_label_values(&[route]).inc();
    }
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self::new()
    }
}

fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "<invalid>",
    }
}
