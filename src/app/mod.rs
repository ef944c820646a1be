//! The composition root: opens the database, builds the registry, installs the collector, serves.
//!
//! The only place that knows all modules.

mod attained;
mod cleaning;
pub mod closing;
mod event_writer;
mod file_limit;
mod lease;
mod measuring;
mod paced_queries;
pub mod registry;
mod server;
pub mod sign_in;
pub mod signals;
mod token_use_writer;
pub mod tzdata;

use std::path::Path;
use std::sync::Arc;

use actix_web::web;
use tokio::sync::Semaphore;

use crate::admin::checks;
use crate::apps;
use crate::apps::sla::api::SlaOperations;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::snapshot::load::DatabaseSource;
use crate::auth::token::ScrapeTokens;
use crate::clock::{Clock, SystemClock};
use crate::config::{MetricsAccess, ServeOptions};
use crate::db::migrate::{self, MigrationTarget, MigrationsDone};
use crate::db::name_keys;
use crate::db::pool::{LivePool, Pool};
use crate::db::{self, watchdog};
use crate::metrics::collector;
use crate::metrics::own::measuring::MeasuringMetrics;
use crate::prometheus_api::source::Sources;
use crate::web::admin::admission::Admission;
use crate::web::admin::hashing_queue::HashingQueue;
use crate::web::api::state::ApiState;
use crate::web::connection::stopping::Stopping;
use crate::web::guesses::CredentialGuesses;
use crate::web::request::client::ClientRules;
use crate::web::request::metrics::HttpMetrics;
use crate::web::request::security_log::SecurityLog;
use crate::web::request::work_threads::LowPriorityThreads;
use crate::web::state::{AdminState, AppState, IMPORTING_MAX, ScrapeState};
use crate::zones;

use self::cleaning::Cleaner;
use self::closing::Listening;
use self::event_writer::EventWriter;
use self::signals::{Serving, Signals};

/// Passwords that are hashed at a time; each takes 19 MiB and a processor.
const HASHING_MAX: usize = 4;

/// Why the application did not start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
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

impl AppError {
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
pub fn prepare(pool: &LivePool, apply: bool) -> Result<MigrationsDone, AppError> {
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

/// What the command that serves hands over beside its options.
pub struct Start<'a> {
    /// The signals, which it waits for since its own start.
    pub signals: &'a Signals,
    /// The folder of `--tzdata`, to be read again on SIGHUP.
    pub tzdata: Option<&'a Path>,
}

/// Serves until a signal ends it; requests in flight finish. `announce` is called with the address once it is listened on.
///
/// # Errors
/// A port in use, a file of secrets that cannot be read, a collector that is there already.
pub fn serve(
    options: &ServeOptions,
    pool: &LivePool,
    migrations: &MigrationsDone,
    start: &Start<'_>,
    announce: impl FnOnce(std::net::SocketAddr),
) -> Result<(), AppError> {
    let access = MetricsAccess::read(options).map_err(AppError::Options)?;
    let sources = options.sources.read().map_err(AppError::Options)?;
    let months = options.availability_metrics.as_deref().map(zones::parse).transpose();
    let months = months.map_err(|error| AppError::Options(format!("--availability-metrics: {error}")))?;
    sign_in::install(&options.passwords, Some(&options.sessions))?;
    if !access.is_protected() && !access.is_public() && !options.bind.ip().is_loopback() {
        tracing::warn!(
            "/metrics answers loopback addresses only; see --metrics-token-file, --metrics-basic-auth-file and --metrics-public"
        );
    }
    pool.pool().watch_content();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let cleaner = Cleaner::start(pool.pool().clone(), Arc::clone(&clock)).map_err(system)?;
    let (measuring, measurer) = measuring::start(pool.pool(), &clock, &sources, options)?;
    let event_writer = EventWriter::start(pool.pool().clone()).map_err(system)?;
    let security = SecurityLog::new().storing(event_writer.queue(), Arc::clone(&clock));
    // Listening comes before the collector: a port in use is reported before anything is loaded.
    let listener = server::listen(options.bind).map_err(|error| {
        AppError::System(format!(
            "{} cannot be listened on: {error}; choose another address with --bind",
            options.bind
        ))
    })?;
    let address = listener.local_addr().map_err(system)?;
    let state = web::Data::new(state(
        options,
        pool,
        migrations,
        access.clone(),
        Arc::clone(&clock),
        security,
        (&sources, &measuring),
    )?);
    let attained = match months {
        Some(zone) => {
            let current = state.collector.current();
            Some(attained::start(pool.pool(), &clock, current, zone).map_err(system)?)
        }
        None => None,
    };
    let stopping = state.stopping.clone();
    fill_name_keys(pool.pool()).map_err(system)?;
    tracing::info!(%address, database = %pool.pool().url(), migrations = migrations.applied(), "listening");
    let listening = Listening::of(&listener).map_err(system)?;
    let server = server::server(options, listener, state).map_err(system)?;
    start.signals.serve(Serving {
        handle: server.handle(),
        listening,
        stopping,
        drain: options.drain,
        reload: reload(access, sources, start.tzdata, options),
    });
    announce(address);
    let served = actix_web::rt::System::new().block_on(server);
    served.map_err(|error| AppError::System(format!("the server stopped: {error}")))?;
    event_writer.flush();
    drop((cleaner, measurer, attained));
    tracing::info!("stopped");
    Ok(())
}

/// Returns what the handlers share, with the collector installed.
fn state(
    options: &ServeOptions,
    pool: &LivePool,
    migrations: &MigrationsDone,
    access: MetricsAccess,
    clock: Arc<dyn Clock>,
    security: SecurityLog,
    (sources, measuring): (&Sources, &MeasuringMetrics),
) -> Result<AppState, AppError> {
    let http_metrics = HttpMetrics::new();
    let program_registry = registry::program(&http_metrics, &security, measuring)?;
    let registry = registry::data(pool.pool())?;
    let read_models = Arc::new(ReadModels::default());
    let tokens = Arc::new(ScrapeTokens::default());
    let source = DatabaseSource::new(pool.pool().clone())
        .feeding(Arc::clone(&read_models))
        .admitting(Arc::clone(&tokens));
    let collector = collector::install(
        &registry,
        migrations,
        pool,
        source,
        Arc::clone(&clock),
        options.metrics_layout,
    )?;
    let pages = apps::pages(collector.current(), &read_models, options.metrics_layout, sources);
    let site = pages.declare(apps::site(collector.current(), &read_models));
    let faults = checks::faults(site.entries());
    if !faults.is_empty() {
        return Err(AppError::Declarations(faults.join("; ")));
    }
    Ok(AppState {
        stopping: Stopping::new(),
        low_priority: LowPriorityThreads::new().map_err(system)?,
        read_timeout: options.read_timeout,
        collector,
        registry,
        program_registry,
        access_log: options.access_log,
        security: Arc::new(security),
        http_metrics,
        clients: ClientRules::from(options),
        clock,
        guesses: CredentialGuesses::default(),
        token_uses: token_use_writer::start(pool.pool().clone()).map_err(system)?,
        environment: options.environment.clone(),
        scraping: ScrapeState {
            layout: options.metrics_layout,
            access,
            tokens,
            on_error: options.metrics_on_error,
            max_stale: options.metrics_max_stale,
            refresh_timeout: options.metrics_refresh_timeout,
            permits: Arc::new(Semaphore::new(options.metrics_max_in_flight as usize)),
        },
        admin: AdminState {
            pool: pool.pool().clone(),
            database: watchdog::start(pool.pool()).map_err(system)?,
            site,
            pages,
            hashing: HashingQueue::new(HASHING_MAX),
            importing: Arc::new(Semaphore::new(IMPORTING_MAX)),
            admission: admission(pool),
        },
        api: ApiState::new(Box::new(SlaOperations), options.api_rate)
            .map_err(|error| AppError::Declarations(error.to_string()))?,
    })
}

/// Returns the permits of the work for the admin.
fn admission(pool: &LivePool) -> Admission {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Admission::new(pool.pool().state().size_max, processors)
}

/// Returns the error of the operating system.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn system(error: std::io::Error) -> AppError {
    AppError::System(error.to_string())
}

/// Returns what SIGHUP does: reads the files of secrets, the denied passwords and the time zone data again. Zone data and denied passwords
/// that cannot be read stay as they are.
fn reload(
    access: MetricsAccess,
    sources: Sources,
    tzdata: Option<&Path>,
    options: &ServeOptions,
) -> Arc<dyn Fn() + Send + Sync> {
    let folder = tzdata.map(Path::to_owned);
    let (passwords, sessions) = (options.passwords.clone(), options.sessions.clone());
    Arc::new(move || {
        access.read_again();
        sources.read_again();
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
