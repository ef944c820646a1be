//! The application in the test's own process: around a site, a source and a clock that no program can be started with.

use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::rt::System;
use actix_web::{App, HttpServer, web};
use prometheus::Registry;
use sla_monitor::admin::added_page::AddedPages;
use sla_monitor::admin::site::Site;
use sla_monitor::apps::sla::api::SlaOperations;
use sla_monitor::auth::token::TokenUses;
use sla_monitor::clock::{Clock, SystemClock};
use sla_monitor::config::{AccessLog, MetricsAccess, OnError};
use sla_monitor::db::migrate;
use sla_monitor::db::pool::Pool;
use sla_monitor::metrics::collector;
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::source::{Refresh, SnapshotSource, SourceError};
use sla_monitor::metrics::state::snapshot::Snapshot;
use sla_monitor::web::admin::admission::Admission;
use sla_monitor::web::admin::hashing_queue::HashingQueue;
use sla_monitor::web::api::state::ApiState;
use sla_monitor::web::connection::stopping::Stopping;
use sla_monitor::web::guesses::CredentialGuesses;
use sla_monitor::web::request::client::ClientRules;
use sla_monitor::web::request::metrics::HttpMetrics;
use sla_monitor::web::request::work_threads::LowPriorityThreads;
use sla_monitor::web::state::{AdminState, AppState, IMPORTING_MAX, ScrapeState};
use sla_monitor::web::{request, routes};

use super::database::Database;

/// Connections to the database, more than one so that a request that waits stops no other.
const POOL_SIZE: u32 = 4;

/// What a test decides about the application.
pub struct Parts<S> {
    pub source: S,
    pub clock: Arc<dyn Clock>,
    pub access: MetricsAccess,
    pub max_stale: Option<Duration>,
    pub site: Site,
}

/// Returns what handlers share, around these parts.
pub fn state<S: SnapshotSource>(database: &Database, parts: Parts<S>) -> AppState {
    let Parts {
        source,
        clock,
        access,
        max_stale,
        site,
    } = parts;
    let url = database.url.parse().expect("tests give valid URLs");
    let pool = Pool::connect(&url, POOL_SIZE).expect("the test database answers");
    let migrations = {
        let mut conn = pool.pool().get().expect("the pool has a connection");
        migrate::ensure_current(&mut conn).expect("the template was migrated")
    };
    let registry = Registry::new();
    let http_metrics = HttpMetrics::new();
    for metrics in http_metrics.collectors() {
        registry.register(metrics).expect("the registry is empty");
    }
    let collector = collector::install(&registry, &migrations, &pool, source, clock.clone(), Layout::Names)
        .expect("nothing is installed yet");
    AppState {
        stopping: Stopping::new(),
        low_priority: LowPriorityThreads::new().expect("a runtime can be made"),
        read_timeout: Duration::from_secs(30),
        environment: None,
        collector,
        registry,
        program_registry: Registry::new(),
        access_log: AccessLog::All,
        security: Arc::default(),
        http_metrics,
        clients: ClientRules::default(),
        clock,
        guesses: CredentialGuesses::default(),
        token_uses: TokenUses::new().0,
        scraping: ScrapeState {
            layout: Layout::Names,
            access,
            tokens: Arc::default(),
            on_error: OnError::Stale,
            max_stale,
            refresh_timeout: Duration::from_secs(30),
            permits: Arc::new(tokio::sync::Semaphore::new(4)),
        },
        admin: AdminState {
            pool: pool.pool().clone(),
            database: sla_monitor::db::watchdog::Findings::default(),
            site,
            pages: AddedPages::default(),
            hashing: HashingQueue::new(1),
            importing: Arc::new(tokio::sync::Semaphore::new(IMPORTING_MAX)),
            admission: Admission::new(8, 4),
        },
        api: ApiState::new(Box::new(SlaOperations), 600).expect("the API can be described"),
    }
}

/// A source without components.
pub struct Nothing;

impl SnapshotSource for Nothing {
    fn refresh(&mut self, _limit: Duration) -> Result<(Arc<Snapshot>, Refresh), SourceError> {
        Ok((Arc::default(), Refresh::Full))
    }
}

/// A server in this process, which ends when it is dropped.
pub struct InsideServer {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl InsideServer {
    /// Serves the pages of a site.
    pub fn start(database: &Database, site: Site) -> Self {
        let parts = Parts {
            source: Nothing,
            clock: Arc::new(SystemClock),
            access: MetricsAccess::default(),
            max_stale: None,
            site,
        };
        let state = web::Data::new(state(database, parts));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let (started, handle) = mpsc::channel();
        let serve = move || {
            System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(state.clone())
                        .wrap(from_fn(request::wrap))
                        .configure(routes::configure)
                };
                let server = HttpServer::new(app).workers(1).disable_signals();
                let server = server.listen(listener).expect("the socket listens").run();
                started.send(server.handle()).expect("the test waits for it");
                server.await.expect("the server ends as it should");
            });
        };
        let thread = std::thread::spawn(serve);
        Self {
            url: format!("http://{address}"),
            handle: handle.recv().expect("the server starts"),
            thread: Some(thread),
        }
    }
}

impl Drop for InsideServer {
    fn drop(&mut self) {
        System::new().block_on(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            std::thread::panicking() || ended.is_none_or(|ended| ended.is_ok()),
            "the server panicked"
        );
    }
}
