//! The registries of metrics: about the program, and about its data without the components.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};

use super::AppError;
use crate::db::pool::Pool;
use crate::db::statistics;
use crate::metrics::own::measuring::MeasuringMetrics;
use crate::metrics::own::process::ProcessCollector;
use crate::web::request::metrics::HttpMetrics;
use crate::web::request::security_log::SecurityLog;
use crate::zones;

/// Returns the metrics about the program itself: build, process and requests. None of them changes by asking the database.
///
/// # Errors
/// When two collectors clash, a fault of the program.
pub fn program(
    http_metrics: &HttpMetrics,
    security: &SecurityLog,
    measuring: &MeasuringMetrics,
) -> Result<Registry, AppError> {
    let registry = Registry::new();
    registry.register(Box::new(build_info()?))?;
    registry.register(Box::new(ProcessCollector::new()))?;
    let collectors = http_metrics.collectors().into_iter().chain(security.collectors());
    for collector in collectors.chain(measuring.collectors()) {
        registry.register(collector)?;
    }
    Ok(registry)
}

/// Returns what is exposed of the data, without the components: the database's connections and statements, and the zone data in use.
///
/// # Errors
/// When two collectors clash, a fault of the program.
pub fn data(pool: &Pool) -> Result<Registry, AppError> {
    let registry = Registry::new();
    registry.register(Box::new(PoolCollector::new(pool.clone())?))?;
    registry.register(Box::new(TzdataCollector::new()?))?;
    for collector in statistics::collectors() {
        registry.register(collector)?;
    }
    Ok(registry)
}

fn build_info() -> Result<IntGaugeVec, AppError> {
    let options = Opts::new("sla_monitor_build_info", "The version of this program.");
    let info = IntGaugeVec::new(options, &["version"])?;
    info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    Ok(info)
}

/// Exposes how many connections the pool has.
struct PoolCollector {
    pool: Pool,
    connections: IntGaugeVec,
    generations: IntGauge,
}

impl PoolCollector {
    fn new(pool: Pool) -> Result<Self, AppError> {
        let options = Opts::new(
            "sla_monitor_database_pool_connections",
            "Connections of the pool by state; max is the most that may be open.",
        );
        Ok(Self {
            pool,
            connections: IntGaugeVec::new(options, &["state"])?,
            generations: IntGauge::new(
                "sla_monitor_database_pool_generations",
                "Generations of connections that are open: 1, and one for each time that connections were given up and did not come back.",
            )?,
        })
    }
}

impl Collector for PoolCollector {
    fn desc(&self) -> Vec<&Desc> {
        let mut desc = self.connections.desc();
        desc.extend(self.generations.desc());
        desc
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let state = self.pool.state();
        let put = |label: &str, count: u32| self.connections.with_label_values(&[label]).set(i64::from(count));
        put("idle", state.idle);
        put("in_use", state.open.saturating_sub(state.idle));
        put("max", state.size_max);
        self.generations.set(i64::from(state.generations));
        let mut families = self.connections.collect();
        families.extend(self.generations.collect());
        families
    }
}

/// Exposes which zone data is in use.
struct TzdataCollector {
    /// By which the registry knows the metric; it never has a sample.
    info: IntGaugeVec,
}

impl TzdataCollector {
    fn new() -> Result<Self, AppError> {
        Ok(Self { info: Self::info()? })
    }

    fn info() -> Result<IntGaugeVec, prometheus::Error> {
        let options = Opts::new(
            "sla_monitor_tzdata_info",
            "The release of the time zone data in use, and where it comes from.",
        );
        IntGaugeVec::new(options, &["version", "origin"])
    }
}

impl Collector for TzdataCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.info.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let zones = zones::current();
        // Scrapes collect at the same time; one that emptied a shared metric would take the sample from another.
        let info = TzdataCollector::info().expect("the same name and labels were taken at the start");
        info.with_label_values(&[zones.version(), zones.origin().as_str()])
            .set(1);
        info.collect()
    }
}
