//! The registered collector, and the one way to register it.
//!
//! [`install`] asks for the proof of finished migrations and the proof of a live pool, which only `db` can make: a command that
//! migrates, or a test, has no way to register the collector by accident. `collect` sends no query and never waits for one.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use prometheus::Registry;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;

use crate::clock::Clock;
use crate::db::migrate::MigrationsDone;
use crate::db::pool::LivePool;
use crate::metrics::cache::ExpositionCache;
use crate::metrics::cache::preparer::Preparer;
use crate::metrics::format::families::families;
use crate::metrics::format::names::Fact;
use crate::metrics::format::render::Layout;
use crate::metrics::own::instruments::{Failure, Instruments, UP};
use crate::metrics::source::SnapshotSource;
use crate::metrics::state::current::CurrentState;
use crate::metrics::state::refresher::Refresher;

/// Why the collector was not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// This registry has it already.
    #[error("the service window collector is installed already; it is registered once, at start-up")]
    AlreadyInstalled,
    /// Something else in the registry is named like a component's metric.
    #[error("the registry has a family `{0}`, which is named like a component's metric")]
    FamilyClash(String),
    /// The registry refused it.
    #[error("the registry refused the service window collector: {0}")]
    Registry(prometheus::Error),
    /// A thread that reads or prepares the components could not be started.
    #[error("a thread that reads or prepares the components could not be started: {0}")]
    Thread(std::io::Error),
}

/// The installed collector: where scrapes get their pages from.
pub struct CollectorHandle {
    cache: Arc<ExpositionCache>,
    refresher: Arc<Refresher>,
    _preparer: Preparer,
}

/// The collector that the registry holds.
struct ServiceWindowCollector {
    current: Arc<CurrentState>,
    layout: Layout,
}

/// Registers the collector in `registry`, once, and starts to load components from `source`. `layout` is that of
/// [`Registry::gather`]; a scrape may ask for the other one.
///
/// # Errors
/// [`InstallError`]; nothing is registered then.
pub fn install(
    registry: &Registry,
    _migrations: &MigrationsDone,
    _pool: &LivePool,
    source: impl SnapshotSource,
    clock: Arc<dyn Clock>,
    layout: Layout,
) -> Result<CollectorHandle, InstallError> {
    let families = registry.gather();
    if families.iter().any(|family| family.name() == UP) {
        return Err(InstallError::AlreadyInstalled);
    }
    if let Some(family) = families.iter().find(|family| is_named_like_ours(family.name())) {
        return Err(InstallError::FamilyClash(family.name().to_owned()));
    }
    let current = Arc::new(CurrentState::new(clock));
    let cache = Arc::new(ExpositionCache::new(Arc::clone(&current)));
    let collector = ServiceWindowCollector {
        current: Arc::clone(&current),
        layout,
    };
    // Each of them ends its thread again if what follows fails; the handle does if the registry refuses.
    let preparer = Preparer::start(&cache).map_err(InstallError::Thread)?;
    let refresher = Refresher::start(current, source).map_err(InstallError::Thread)?;
    let handle = CollectorHandle {
        cache,
        refresher,
        _preparer: preparer,
    };
    registry.register(Box::new(collector)).map_err(|error| match error {
        prometheus::Error::AlreadyReg => InstallError::AlreadyInstalled,
        other => InstallError::Registry(other),
    })?;
    Ok(handle)
}

fn is_named_like_ours(name: &str) -> bool {
    name.starts_with("service_window_") || Fact::split(name).is_some()
}

impl CollectorHandle {
    /// Returns the thread that keeps the snapshot true.
    #[must_use]
    pub fn refresher(&self) -> &Arc<Refresher> {
        &self.refresher
    }

    /// Returns the collector's metrics about itself.
    #[must_use]
    pub fn instruments(&self) -> &Instruments {
        &self.current().instruments
    }

    /// Returns what is exposed now.
    #[must_use]
    pub fn current(&self) -> &Arc<CurrentState> {
        self.cache.current()
    }

    /// Returns the pages that are kept between scrapes.
    #[must_use]
    pub fn cache(&self) -> &ExpositionCache {
        &self.cache
    }
}

impl Drop for CollectorHandle {
    fn drop(&mut self) {
        self.refresher.stop();
    }
}

thread_local! {
    static OWN_METRICS_ONLY: Cell<bool> = const { Cell::new(false) };
}

/// Returns everything in the registry but the components, whose bytes are rendered apart: `gather` calls the collector on this thread,
/// which then leaves them out.
#[must_use]
pub fn gather_without_components(registry: &Registry) -> Vec<MetricFamily> {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            OWN_METRICS_ONLY.set(false);
        }
    }
    OWN_METRICS_ONLY.set(true);
    let _reset = Reset;
    registry.gather()
}

impl Collector for ServiceWindowCollector {
    /// Returns the fixed metrics alone. An empty list would give every such collector the same identity, so that a second one could not be
    /// registered and removing any of them would remove this one.
    fn desc(&self) -> Vec<&Desc> {
        self.current.instruments.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        if OWN_METRICS_ONLY.get() {
            return self.current.instruments.collect();
        }
        // The registry would pass a panic on to its caller, and all other metrics would be lost.
        let components = catch_unwind(AssertUnwindSafe(|| {
            self.current.state_now().map(|state| families(&state, self.layout))
        }));
        if components.is_err() {
            self.current.instruments.failed(Failure::Panic);
        }
        let mut all = self.current.instruments.collect();
        all.extend(components.ok().flatten().unwrap_or_default());
        all
    }
}
