//! The collector's metrics about itself. They are there in every case, also while the database is down.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Gauge, GaugeVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts};

use crate::metrics::format::render::Layout;
use crate::metrics::source::Refresh;
use crate::metrics::state::shard::Shard;
use crate::metrics::state::snapshot::Snapshot;

/// Why a refresh or a scrape went wrong, as label values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The database answered with an error or not at all.
    Database,
    /// The refresh did not end before the scrape's deadline.
    Timeout,
    /// The program failed; the scrape was answered all the same.
    Panic,
}

impl Failure {
    const ALL: [Self; 3] = [Self::Database, Self::Timeout, Self::Panic];

    fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Timeout => "timeout",
            Self::Panic => "panic",
        }
    }
}

/// All of the collector's own metrics.
pub struct Instruments {
    /// Whether the last scrape saw the newest data.
    pub up: IntGauge,
    /// Whether the database takes changes.
    pub writable: IntGauge,
    /// Whether a snapshot was ever loaded.
    pub snapshot_loaded: IntGauge,
    /// Coverages evaluated.
    pub evaluations: IntCounter,
    /// Segments rendered and compressed.
    pub segments: IntCounter,
    /// How long phases took the last time.
    pub duration: GaugeVec,
    /// When a refresh last succeeded.
    pub last_success: Gauge,
    /// When a refresh last failed.
    pub last_error: Gauge,
    /// When the next value changes.
    pub next_transition: Gauge,
    errors: IntCounterVec,
    refreshes: IntCounterVec,
    snapshot: SnapshotInstruments,
}

/// What the newest snapshot and the page of it hold.
struct SnapshotInstruments {
    version: IntGauge,
    shown: IntGauge,
    bytes: IntGaugeVec,
    components: IntGaugeVec,
    invalid: IntGaugeVec,
    calendar_ends: CalendarEnds,
}

/// The metric that says whether a scrape shows the newest data.
pub const UP: &str = "sla_monitor_collector_up";

const VALID: &str = "the names are constant and valid";

fn gauge(name: &str, help: &str) -> IntGauge {
    IntGauge::new(name, help).expect(VALID)
}

fn timestamp(name: &str, help: &str) -> Gauge {
    Gauge::new(name, help).expect(VALID)
}

fn counter(name: &str, help: &str) -> IntCounter {
    IntCounter::new(name, help).expect(VALID)
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    IntGaugeVec::new(Opts::new(name, help), labels).expect(VALID)
}

/// Returns counters with a sample for each value of their label from the beginning.
fn counters(name: &str, help: &str, label: &str, values: &[&str]) -> IntCounterVec {
    let counters = IntCounterVec::new(Opts::new(name, help), &[label]).expect(VALID);
    for value in values {
        counters.with_label_values(&[*value]);
    }
    counters
}

/// Returns how long each phase took, with a sample for each from the beginning.
fn durations() -> GaugeVec {
    let opts = Opts::new(
        "sla_monitor_collector_last_duration_seconds",
        "How long the phase took the last time.",
    );
    let durations = GaugeVec::new(opts, &["phase"]).expect(VALID);
    for phase in ["load", "evaluate", "compress", "render"] {
        durations.with_label_values(&[phase]);
    }
    durations
}

impl SnapshotInstruments {
    fn new() -> Self {
        Self {
            version: gauge("sla_monitor_snapshot_version", "Data version of the components shown."),
            shown: gauge("sla_monitor_snapshot_components", "Components shown."),
            bytes: gauges(
                "sla_monitor_snapshot_bytes",
                "Bytes about components in the whole page of this layout, as last shown in either encoding.",
                &["layout", "encoding"],
            ),
            components: gauges(
                "sla_monitor_components",
                "Components by state; without_windows counts enabled ones with no enabled window, ended those that had \
                 hours, have none now and none to come within 50 years.",
                &["state"],
            ),
            invalid: gauges(
                "sla_monitor_components_invalid",
                "Enabled components left out, by reason.",
                &["reason"],
            ),
            calendar_ends: CalendarEnds::new(),
        }
    }

    fn show(&self, snapshot: &Snapshot) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let counts = snapshot.counts;
        self.version.set(snapshot.version);
        self.shown.set(number(counts.shown()));
        for (state, count) in [
            ("enabled", counts.enabled),
            ("disabled", counts.disabled),
            ("without_windows", counts.without_windows),
        ] {
            self.components.with_label_values(&[state]).set(number(count));
        }
        self.invalid
            .with_label_values(&["schedule"])
            .set(number(counts.invalid));
        self.calendar_ends.show(&snapshot.calendar_ends);
    }
}

impl Instruments {
    /// Returns fresh metrics, all at their first values.
    #[must_use]
    pub fn new() -> Self {
        let instruments = Self {
            up: gauge(
                UP,
                "1 if this scrape shows every change committed before it, 0 if the database did not answer in time.",
            ),
            writable: gauge(
                "sla_monitor_database_writable",
                "1 if the database takes changes, 0 if it does not answer, is a standby, read-only or full.",
            ),
            snapshot_loaded: gauge(
                "sla_monitor_snapshot_loaded",
                "1 once components were loaded from the database.",
            ),
            evaluations: counter(
                "sla_monitor_window_evaluations_total",
                "Sets of windows evaluated; a scrape that changes nothing adds none.",
            ),
            segments: counter(
                "sla_monitor_snapshot_segments_total",
                "Segments of the page rendered and compressed; a scrape that changes nothing adds none.",
            ),
            duration: durations(),
            last_success: timestamp(
                "sla_monitor_collector_last_success_timestamp_seconds",
                "When the components were last known to be as in the database.",
            ),
            last_error: timestamp(
                "sla_monitor_collector_last_error_timestamp_seconds",
                "When the database last failed to answer; 0 if never.",
            ),
            next_transition: timestamp(
                "sla_monitor_next_transition_timestamp_seconds",
                "When a service window of any component next starts or ends; 0 if none does.",
            ),
            errors: counters(
                "sla_monitor_collector_errors_total",
                "Failed refreshes and scrapes by reason.",
                "reason",
                &Failure::ALL.map(Failure::as_str),
            ),
            refreshes: counters(
                "sla_monitor_snapshot_refreshes_total",
                "Loads of components by kind: full, delta or transition.",
                "kind",
                &["full", "delta", "transition"],
            ),
            snapshot: SnapshotInstruments::new(),
        };
        instruments.show_snapshot(&Snapshot::default());
        instruments.show_ended(0);
        instruments
    }

    /// Counts a failure.
    pub fn failed(&self, failure: Failure) {
        self.errors.with_label_values(&[failure.as_str()]).inc();
    }

    /// Counts a load of components.
    pub fn refreshed(&self, refresh: Refresh) {
        match refresh {
            Refresh::Unchanged => {}
            Refresh::Delta => self.refreshes.with_label_values(&["delta"]).inc(),
            Refresh::Full => self.refreshes.with_label_values(&["full"]).inc(),
        }
    }

    /// Counts an evaluation that only the time called for.
    pub fn transitioned(&self) {
        self.refreshes.with_label_values(&["transition"]).inc();
    }

    /// Counts evaluations and how long they took.
    pub fn evaluated(&self, evaluations: usize, elapsed: Duration) {
        if evaluations > 0 {
            self.evaluations.inc_by(evaluations as u64);
            self.duration
                .with_label_values(&["evaluate"])
                .set(elapsed.as_secs_f64());
        }
    }

    /// Counts segments that a scrape had to wait for, and how long.
    pub fn compressed(&self, segments: usize, elapsed: Duration) {
        self.segments.inc_by(segments as u64);
        self.duration
            .with_label_values(&["compress"])
            .set(elapsed.as_secs_f64());
    }

    /// Shows when the next value changes.
    pub fn show_next_transition(&self, instant: Option<i64>) {
        #[expect(clippy::cast_precision_loss, reason = "instants stay far below 2^53")]
        self.next_transition.set(instant.unwrap_or(0) as f64);
    }

    /// Shows how many components have ended.
    pub fn show_ended(&self, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.snapshot.components.with_label_values(&["ended"]).set(count);
    }

    /// Shows what `snapshot` holds.
    pub fn show_snapshot(&self, snapshot: &Snapshot) {
        self.snapshot.show(snapshot);
    }

    /// Shows how many bytes the components take on the whole page of a layout, plain and in gzip.
    pub fn show_bytes(&self, layout: Layout, identity: u64, gzip: u64) {
        for (encoding, bytes) in [("identity", identity), ("gzip", gzip)] {
            self.snapshot
                .bytes
                .with_label_values(&[layout.as_str(), encoding])
                .set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
    }

    fn all(&self) -> [&dyn Collector; 17] {
        [
            &self.up,
            &self.writable,
            &self.snapshot_loaded,
            &self.evaluations,
            &self.segments,
            &self.duration,
            &self.last_success,
            &self.last_error,
            &self.next_transition,
            &self.errors,
            &self.refreshes,
            &self.snapshot.version,
            &self.snapshot.shown,
            &self.snapshot.bytes,
            &self.snapshot.components,
            &self.snapshot.invalid,
            &self.snapshot.calendar_ends,
        ]
    }

    /// Returns the descriptions of these metrics: by them the registry knows the collector.
    #[must_use]
    pub fn desc(&self) -> Vec<&Desc> {
        self.all().into_iter().flat_map(Collector::desc).collect()
    }

    /// Returns the metrics as they stand.
    #[must_use]
    pub fn collect(&self) -> Vec<MetricFamily> {
        self.all().into_iter().flat_map(Collector::collect).collect()
    }
}

impl Default for Instruments {
    fn default() -> Self {
        Self::new()
    }
}

/// When the dates of calendars end. All of them are replaced at once: a scrape never meets half of them.
struct CalendarEnds {
    shown: ArcSwap<GaugeVec>,
    desc: Vec<Desc>,
}

impl CalendarEnds {
    fn new() -> Self {
        let empty = Self::gauges();
        Self {
            desc: empty.desc().into_iter().cloned().collect(),
            shown: ArcSwap::from_pointee(empty),
        }
    }

    fn gauges() -> GaugeVec {
        let opts = Opts::new(
            "sla_monitor_calendar_last_date_timestamp_seconds",
            "Midnight UTC after the last date that an enabled calendar lists; no sample if it lists none, or has rules of kind once alone.",
        );
        GaugeVec::new(opts, &["calendar"]).expect(VALID)
    }

    fn show(&self, ends: &[(String, i64)]) {
        let gauges = Self::gauges();
        for (calendar, end) in ends {
            #[expect(clippy::cast_precision_loss, reason = "instants stay far below 2^53")]
            gauges.with_label_values(&[calendar]).set(*end as f64);
        }
        self.shown.store(Arc::new(gauges));
    }
}

impl Collector for CalendarEnds {
    fn desc(&self) -> Vec<&Desc> {
        self.desc.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.shown.load().collect()
    }
}

/// Returns what an answer for one shard says of itself.
#[must_use]
pub fn of_shard(shard: Shard) -> Vec<MetricFamily> {
    let gauge = |name: &str, help: &str, value: u32| {
        let gauge = IntGauge::new(name, help).expect(VALID);
        gauge.set(value.into());
        gauge.collect()
    };
    let ordinal = gauge(
        "sla_monitor_shard_ordinal",
        "Which share of the components this answer has, counted from 0.",
        shard.ordinal(),
    );
    let total = gauge(
        "sla_monitor_shard_total",
        "Into how many shares the components are parted.",
        shard.total().get(),
    );
    ordinal.into_iter().chain(total).collect()
}
