//! The composition root: opens the database, builds the registry, installs the collector, serves.
//!
//! The only place that knows all modules.

mod cleaning;
pub mod closing;
mod event_writer;
mod file_limit;
mod server;
pub mod sign_in;
pub mod signals;
pub mod tzdata;

use std::path::Path;
use std::sync::Arc;

use actix_web::web;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};
use tokio::sync::Semaphore;

use crate::admin::checks;
use crate::apps;
use crate::apps::sla::snapshot::load::DatabaseSource;
use crate::clock::{Clock, SystemClock};
use crate::config::{MetricsAccess, ServeOptions};
use crate::db::migrate::{self, MigrationTarget, MigrationsDone};
use crate::db::name_keys;
use crate::db::pool::{LivePool, Pool};
use crate::db::{self, statistics, watchdog};
use crate::metrics::collector;
use crate::metrics::own::process::ProcessCollector;
use crate::web::admin::admission::Admission;
use crate::web::admin::hashing_queue::HashingQueue;
use crate::web::connection::stopping::Stopping;
use crate::web::metrics::guesses::CredentialGuesses;
use crate::web::request::client::ClientRules;
use crate::web::request::metrics::HttpMetrics;
use crate::web::request::security_log::SecurityLog;
use crate::web::state::{AdminState, AppState, ScrapeState};
use crate::zones;

use self::cleaning::Cleaner;
use self::closing::Listening;
use self::event_writer::EventWriter;
use self::signals::{Serving, Signals};

/// Passwords that are hashed at a time; each takes 19 MiB and a processor.
const HASHING_MAX: usize = 4;
/// Files that are read and planned at a time; a large one takes some hundred megabytes.
const IMPORTING_MAX: usize = 2;

/// Why the application did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The collector.
    #[error(transparent)]
    Install(#[from] collector::InstallError),
    /// An option or a file that it names.
    #[error("{0}")]
    Options(String),
    /// The network or the operating system.
    #[error("{0}")]
    System(String),
    /// What the models declare to the admin, a fault of the program.
    #[error("the admin cannot be built: {0}")]
    Declarations(String),
    /// The registry, at start-up.
    #[error("the metrics registry refused a collector: {0}")]
    Registry(#[from] prometheus::Error),
}

impl Error {
    /// Returns the error of signals that cannot be waited for.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
    pub fn signals(error: std::io::Error) -> Self {
        Self::System(format!("signals cannot be handled: {error}"))
    }
}

/// Returns the proof that the schema is current, after applying what is pending if `apply` says so.
///
/// # Errors
/// The database's, and [`db::Error::Schema`] when migrations are pending and may not be applied.
pub fn prepare(pool: &LivePool, apply: bool) -> Result<MigrationsDone, Error> {
    let mut conn = pool.pool().get()?;
    if apply {
        for step in migrate::migrate(&mut conn, &MigrationTarget::Latest)? {
            tracing::info!(?step, "migration");
        }
    }
    Ok(migrate::ensure_current(&mut conn)?)
}

/// Fills the keys of names that SQL wrote since the last start. Look-ups do without, so a failure is logged and stops nothing; and it is
/// done beside the start, because another program may hold a lock on the tables.
fn fill_name_keys(pool: &Pool) -> std::io::Result<()> {
    let pool = pool.clone();
    let fill = move || match pool.get().and_then(|mut conn| name_keys::fill_empty(&mut conn)) {
        Ok(0) => {}
        Ok(filled) => tracing::info!(filled, "keys of names were filled"),
        Err(error) => tracing::warn!(%error, "keys of names were not filled"),
    };
    std::thread::Builder::new()
        .name("name-keys".to_owned())
        .spawn(fill)
        .map(drop)
}

/// Returns what is told of the program itself: build, process and requests. Nothing of it changes by asking the database.
///
/// # Errors
/// When two collectors clash, a fault of the program.
pub fn program_registry(http_metrics: &HttpMetrics, security: &SecurityLog) -> Result<Registry, Error> {
    let registry = Registry::new();
    registry.register(Box::new(build_info()?))?;
    registry.register(Box::new(ProcessCollector::new()))?;
    for collector in http_metrics.collectors().into_iter().chain(security.collectors()) {
        registry.register(collector)?;
    }
    Ok(registry)
}

/// Returns what is exposed of the data, without the components: the database's connections and statements, and the zone data in use.
///
/// # Errors
/// When two collectors clash, a fault of the program.
pub fn data_registry(pool: &Pool) -> Result<Registry, Error> {
    let registry = Registry::new();
    registry.register(Box::new(PoolCollector::new(pool.clone())?))?;
    registry.register(Box::new(TzdataCollector::new()?))?;
    for collector in statistics::collectors() {
        registry.register(collector)?;
    }
    Ok(registry)
}

fn build_info() -> Result<IntGaugeVec, Error> {
    let options = Opts::new("sla_monitor_build_info", "The version of this program.");
    let info = IntGaugeVec::new(options, &["version"])?;
    info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
    Ok(info)
}

/// What the command that serves hands over beside its options.
pub struct Start<'a> {
    /// The signals, which it waits for since its own start.
    pub signals: &'a Signals,
    /// The folder of `--tzdata`, to be read again on SIGHUP.
    pub tzdata: Option<&'a Path>,
}

/// Serves until a signal ends it; requests in flight finish. `announce` is told the address once it is listened on.
///
/// # Errors
/// A port in use, a file of secrets that cannot be read, a collector that is there already.
pub fn serve(
    options: &ServeOptions,
    pool: &LivePool,
    migrations: &MigrationsDone,
    start: &Start<'_>,
    announce: impl FnOnce(std::net::SocketAddr),
) -> Result<(), Error> {
    let access = MetricsAccess::read(options).map_err(Error::Options)?;
    sign_in::install(&options.passwords, Some(&options.sessions))?;
    if !access.is_protected() && !access.is_public() && !options.bind.ip().is_loopback() {
        tracing::warn!(
            "/metrics answers loopback addresses only; see --metrics-token-file, --metrics-basic-auth-file and --metrics-public"
        );
    }
    pool.pool().watch_content();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let cleaner =
        Cleaner::start(pool.pool().clone(), Arc::clone(&clock)).map_err(|error| Error::System(error.to_string()))?;
    let http_metrics = HttpMetrics::new();
    let event_writer = EventWriter::start(pool.pool().clone()).map_err(|error| Error::System(error.to_string()))?;
    let security = Arc::new(SecurityLog::new().storing(event_writer.queue(), Arc::clone(&clock)));
    let program_registry = program_registry(&http_metrics, &security)?;
    let registry = data_registry(pool.pool())?;
    // Listening comes before the collector: a port in use is told before anything is loaded.
    let listener = server::listen(options.bind).map_err(|error| {
        Error::System(format!(
            "{} cannot be listened on: {error}; choose another address with --bind",
            options.bind
        ))
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| Error::System(error.to_string()))?;
    let source = DatabaseSource::new(pool.pool().clone());
    let collector = collector::install(
        &registry,
        migrations,
        pool,
        source,
        Arc::clone(&clock),
        options.metrics_layout,
    )?;
    let site = apps::site(collector.current());
    let faults = checks::faults(site.entries());
    if !faults.is_empty() {
        return Err(Error::Declarations(faults.join("; ")));
    }
    let stopping = Stopping::new();
    let shared = web::Data::new(AppState {
        stopping: stopping.clone(),
        read_timeout: options.read_timeout,
        collector,
        registry,
        program_registry,
        access_log: options.access_log,
        security,
        http_metrics,
        clients: ClientRules::from(options),
        clock,
        environment: options.environment.clone(),
        scraping: ScrapeState {
            layout: options.metrics_layout,
            access: access.clone(),
            guesses: CredentialGuesses::default(),
            on_error: options.metrics_on_error,
            max_stale: options.metrics_max_stale,
            refresh_timeout: options.metrics_refresh_timeout,
            permits: Arc::new(Semaphore::new(options.metrics_max_in_flight as usize)),
        },
        admin: AdminState {
            pool: pool.pool().clone(),
            database: watchdog::start(pool.pool()).map_err(|error| Error::System(error.to_string()))?,
            site,
            hashing: HashingQueue::new(HASHING_MAX),
            importing: Arc::new(Semaphore::new(IMPORTING_MAX)),
            admission: Admission::new(pool.pool().state().size_max, pool.pool().has_one_writer()),
        },
    });
    fill_name_keys(pool.pool()).map_err(|error| Error::System(error.to_string()))?;
    tracing::info!(%address, database = %pool.pool().url(), migrations = migrations.applied(), "listening");
    let listening = Listening::of(&listener).map_err(|error| Error::System(error.to_string()))?;
    let server = server::server(options, listener, shared).map_err(|error| Error::System(error.to_string()))?;
    start.signals.serve(Serving {
        handle: server.handle(),
        listening,
        stopping,
        drain: options.drain,
        reload: reload(access, start.tzdata, options),
    });
    announce(address);
    let served = actix_web::rt::System::new().block_on(server);
    served.map_err(|error| Error::System(format!("the server stopped: {error}")))?;
    event_writer.flush();
    drop(cleaner);
    tracing::info!("stopped");
    Ok(())
}

/// Returns what SIGHUP does: reads the files of secrets, the denied passwords and the time zone data again. Zone data and denied passwords
/// that cannot be read stay as they are.
fn reload(access: MetricsAccess, tzdata: Option<&Path>, options: &ServeOptions) -> Arc<dyn Fn() + Send + Sync> {
    let folder = tzdata.map(Path::to_owned);
    let (passwords, sessions) = (options.passwords.clone(), options.sessions.clone());
    Arc::new(move || {
        access.read_again();
        match tzdata::install(folder.as_deref()) {
            Ok(()) => tracing::info!(version = zones::current().version(), "time zone data was read again"),
            Err(error) => {
                tracing::error!(%error, "time zone data was not read again; what was read before stays in use");
            }
        }
        if let Err(error) = sign_in::install(&passwords, Some(&sessions)) {
            tracing::error!(%error, "denied passwords were not read again; those that were read before stay in use");
        }
    })
}

/// Tells how many connections the pool has.
struct PoolCollector {
    pool: Pool,
    connections: IntGaugeVec,
    generations: IntGauge,
}

impl PoolCollector {
    fn new(pool: Pool) -> Result<Self, Error> {
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
    fn new() -> Result<Self, Error> {
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
