//! Queries that follow each other, at most so many in a second.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::lease::HeldLease;
use crate::apps::sla::measuring::measure::Queries;
use crate::prometheus_api::client::{PrometheusClient, QueryAnswer, QueryRange};
use crate::prometheus_api::error::QueryError;

/// The least time from one query to the next.
const QUERY_PAUSE: Duration = Duration::from_millis(50);

/// Asks at a limited rate.
pub(super) struct PacedQueries<'a> {
    client: &'a PrometheusClient,
    stopped: &'a Receiver<()>,
    next: Instant,
    lease: &'a HeldLease<'a>,
}

impl<'a> PacedQueries<'a> {
    /// Returns what asks this client until the program ends, and renews a lease meanwhile.
    pub(super) fn new(client: &'a PrometheusClient, stopped: &'a Receiver<()>, lease: &'a HeldLease<'a>) -> Self {
        Self {
            client,
            stopped,
            next: Instant::now(),
            lease,
        }
    }

    fn wait(&mut self) {
        // Queries may take longer than the lease lasts; whether it was lost is asked before each span.
        let _ = self.lease.is_held();
        // Whether the program ends is asked before each span.
        let _ = self
            .stopped
            .recv_timeout(self.next.saturating_duration_since(Instant::now()));
        self.next = Instant::now() + QUERY_PAUSE;
    }
}

impl Queries for PacedQueries<'_> {
    fn query(&mut self, source: &str, expression: &str, at_ms: i64) -> std::result::Result<QueryAnswer, QueryError> {
        self.wait();
        self.client.query(source, expression, at_ms)
    }

    fn query_range(
        &mut self,
        source: &str,
        expression: &str,
        range: QueryRange,
    ) -> std::result::Result<QueryAnswer, QueryError> {
        self.wait();
        self.client.query_range(source, expression, range)
    }
}
