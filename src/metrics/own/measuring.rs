//! Metrics about measuring what was promised. Sources are options of the process, kinds of failures a fixed list.

use prometheus::core::Collector;
use prometheus::{IntCounter, IntCounterVec, IntGaugeVec, Opts};

/// The metrics of the job; copies share them.
#[derive(Clone, Debug)]
pub struct MeasuringMetrics {
    last_success: IntGaugeVec,
    waiting: IntGaugeVec,
    oldest: IntGaugeVec,
    failures: IntCounterVec,
    sum_failures: IntCounter,
}

impl MeasuringMetrics {
    /// Creates the metrics, with a sample of each kind of failure for each source.
    ///
    /// # Errors
    /// When a name is no name of a metric, a fault of the program.
    pub fn new<'a>(sources: impl Iterator<Item = &'a str>, kinds: &[&str]) -> Result<Self, prometheus::Error> {
        let metrics = Self {
            last_success: IntGaugeVec::new(
                Opts::new(
                    "sla_monitor_measuring_last_success_timestamp_seconds",
                    "When all spans of service that had ended were last measured by a source, or given up; no sample before that.",
                ),
                &["source"],
            )?,
            waiting: IntGaugeVec::new(
                Opts::new(
                    "sla_monitor_measuring_waiting_spans",
                    "Spans of service of components that have ended and wait to be measured by a source, as far as they were looked for.",
                ),
                &["source"],
            )?,
            oldest: IntGaugeVec::new(
                Opts::new(
                    "sla_monitor_measuring_oldest_waiting_timestamp_seconds",
                    "When the oldest span of service ended that waits to be measured by a source; no sample if none waits.",
                ),
                &["source"],
            )?,
            failures: IntCounterVec::new(
                Opts::new(
                    "sla_monitor_measuring_failures_total",
                    "How often a source could not be asked, by the kind of failure.",
                ),
                &["source", "kind"],
            )?,
            sum_failures: IntCounter::new(
                "sla_monitor_measuring_sum_failures_total",
                "How often old rows of what was measured could not be summed.",
            )?,
        };
        for source in sources {
            metrics.waiting(source, 0, None);
            for kind in kinds {
                metrics.failures.with_label_values(&[source, kind]);
            }
        }
        Ok(metrics)
    }

    /// Notes that everything was measured by a source at an instant.
    pub fn succeeded(&self, source: &str, at: i64) {
        self.last_success.with_label_values(&[source]).set(at);
    }

    /// Notes how many spans wait for a source, and when the oldest of them ended.
    pub fn waiting(&self, source: &str, spans: usize, oldest: Option<i64>) {
        let spans = i64::try_from(spans).unwrap_or(i64::MAX);
        self.waiting.with_label_values(&[source]).set(spans);
        match oldest {
            Some(end) => self.oldest.with_label_values(&[source]).set(end),
            // There is nothing to remove if none has waited.
            None => drop(self.oldest.remove_label_values(&[source])),
        }
    }

    /// Notes that a source could not be asked.
    pub fn failed(&self, source: &str, kind: &str) {
        self.failures.with_label_values(&[source, kind]).inc();
    }

    /// Notes that old rows could not be summed.
    pub fn sum_failed(&self) {
        self.sum_failures.inc();
    }

    /// Returns the metrics for a registry.
    #[must_use]
    pub fn collectors(&self) -> Vec<Box<dyn Collector>> {
        vec![
            Box::new(self.last_success.clone()),
            Box::new(self.waiting.clone()),
            Box::new(self.oldest.clone()),
            Box::new(self.failures.clone()),
            Box::new(self.sum_failures.clone()),
        ]
    }
}
