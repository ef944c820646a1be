//! Counts of what the database was asked, kept by diesel's instrumentation of every connection.
//!
//! Never sees the text of a query or a value in it: only how long it took and whether it failed.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use prometheus::core::Collector;
use prometheus::{Histogram, HistogramOpts, IntCounter, IntGauge};

use super::calls_in_progress::Call;
use super::{database_time, request_writes};

/// Upper bounds of the query duration histogram, seconds.
const DURATION_BUCKETS: [f64; 10] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

struct Statistics {
    queries: IntCounter,
    errors: IntCounter,
    connections: IntCounter,
    connection_errors: IntCounter,
    renewals: IntCounter,
    primaries: IntGauge,
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
        primaries: IntGauge::new(
            "sla_monitor_database_primaries",
            "Hosts of the database URL that claim to be the primary, where it names several; else 0.",
        )
        .expect("the name and help are constant and valid"),
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

/// Returns the collectors of these counts, for the registry.
pub fn collectors() -> Vec<Box<dyn Collector>> {
    vec![
        Box::new(STATISTICS.queries.clone()),
        Box::new(STATISTICS.errors.clone()),
        Box::new(STATISTICS.connections.clone()),
        Box::new(STATISTICS.connection_errors.clone()),
        Box::new(STATISTICS.renewals.clone()),
        Box::new(STATISTICS.primaries.clone()),
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

/// Notes how many hosts claim to be the primary.
pub(super) fn set_primaries(count: usize) {
    STATISTICS.primaries.set(i64::try_from(count).unwrap_or(i64::MAX));
}

/// Counts a renewal of the pool.
pub(super) fn count_renewal() {
    STATISTICS.renewals.inc();
}

/// What a connection carries with it: when its query began, and the call that it is in.
#[derive(Default)]
pub(super) struct ConnectionRecord {
    started: Option<Instant>,
    call: Arc<Call>,
}

impl ConnectionRecord {
    /// Makes the record of a connection that notes its calls in `call`.
    pub(super) fn of(call: Arc<Call>) -> Self {
        Self { started: None, call }
    }

    /// Returns the call of the connection.
    pub(super) fn call(&self) -> Arc<Call> {
        Arc::clone(&self.call)
    }
}

impl Instrumentation for ConnectionRecord {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => {
                self.started = Some(Instant::now());
                request_writes::note_call(&self.call);
                self.call.begin();
            }
            InstrumentationEvent::FinishQuery { error, .. } => {
                self.call.end();
                STATISTICS.queries.inc();
                if let Some(error) = error {
                    STATISTICS.errors.inc();
                    if matches!(
                        error,
                        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
                    ) {
                        self.call.set_read_only();
                    }
                }
                if let Some(started) = self.started.take() {
                    let taken = started.elapsed();
                    STATISTICS.duration.observe(taken.as_secs_f64());
                    database_time::add_database(taken);
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
