//! Counts of what the database was asked, kept by diesel's instrumentation of every connection.
//!
//! Never sees the text of a query or a value in it: only how long it took and whether it failed.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounter};

use super::generation::Generation;

/// Upper bounds of the query duration histogram, seconds.
const DURATION_BUCKETS: [f64; 10] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

struct Statistics {
    queries: IntCounter,
    errors: IntCounter,
    connections: IntCounter,
    connection_errors: IntCounter,
    renewals: IntCounter,
    duration: Histogram,
}

static STATISTICS: LazyLock<Statistics> = LazyLock::new(|| {
    let counter =
        |name: &str, help: &str| IntCounter::new(name, help).expect("the name and help are constant and valid");
    Statistics {
        queries: counter("sla_monitor_database_queries_total", "Statements sent to the database."),
        errors: counter(
            "sla_monitor_database_query_errors_total",
            "Statements that the database answered with an error.",
        ),
        connections: counter("sla_monitor_database_connections_total", "Connections opened."),
        connection_errors: counter(
            "sla_monitor_database_connection_errors_total",
            "Connections that could not be opened.",
        ),
        renewals: counter(
            "sla_monitor_database_pool_renewals_total",
            "Times that all connections were given up and opened anew.",
        ),
        duration: Histogram::with_opts(
            HistogramOpts::new(
                "sla_monitor_database_query_duration_seconds",
                "Time from sending a statement to its end.",
            )
            .buckets(DURATION_BUCKETS.to_vec()),
        )
        .expect("the buckets are constant and ascending"),
    }
});

/// The collectors of these counts, for the registry.
#[must_use]
pub fn collectors() -> Vec<Box<dyn Collector>> {
    vec![
        Box::new(STATISTICS.queries.clone()),
        Box::new(STATISTICS.errors.clone()),
        Box::new(STATISTICS.connections.clone()),
        Box::new(STATISTICS.connection_errors.clone()),
        Box::new(STATISTICS.renewals.clone()),
        Box::new(STATISTICS.duration.clone()),
    ]
}

/// Makes every connection opened from here on count. Harmless when repeated.
///
/// # Errors
/// When another thread died while it set the same thing.
pub fn install() -> diesel::QueryResult<()> {
    diesel::connection::set_default_instrumentation(|| Some(Box::new(ConnectionRecord::default())))
}

/// Counts a renewal of the pool.
pub(super) fn count_renewal() {
    STATISTICS.renewals.inc();
}

/// What a connection carries with it: when its query began, and to which generation of a pool it belongs.
#[derive(Default)]
pub(super) struct ConnectionRecord {
    started: Option<Instant>,
    generation: Option<Arc<Generation>>,
}

impl ConnectionRecord {
    /// Makes the record of a connection that belongs to `generation`.
    pub(super) fn of(generation: Arc<Generation>) -> Self {
        Self {
            started: None,
            generation: Some(generation),
        }
    }

    /// Returns the generation; none if no pool opened the connection.
    pub(super) fn generation(&self) -> Option<Arc<Generation>> {
        self.generation.clone()
    }
}

impl Instrumentation for ConnectionRecord {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.started = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { error, .. } => {
                STATISTICS.queries.inc();
                if error.is_some() {
                    STATISTICS.errors.inc();
                }
                if let Some(started) = self.started.take() {
                    STATISTICS.duration.observe(started.elapsed().as_secs_f64());
                }
            }
            InstrumentationEvent::FinishEstablishConnection { error, .. } => match error {
                None => STATISTICS.connections.inc(),
                Some(_) => STATISTICS.connection_errors.inc(),
            },
            _ => {}
        }
    }
}
