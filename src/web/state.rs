//! What the handlers share.

use std::sync::Arc;
use std::time::Duration;

use prometheus::Registry;
use tokio::sync::Semaphore;

use crate::admin::added_page::AddedPages;
use crate::admin::site::Site;
use crate::auth::token::{ScrapeTokens, TokenUses};
use crate::clock::Clock;
use crate::config::{AccessLog, Environment, MetricsAccess, OnError};
use crate::db::pool::Pool;
use crate::db::watchdog::Findings;
use crate::metrics::collector::CollectorHandle;
use crate::metrics::format::render::Layout;
use crate::web::admin::admission::Admission;
use crate::web::admin::hashing_queue::HashingQueue;
use crate::web::api::state::ApiState;
use crate::web::connection::stopping::Stopping;
use crate::web::guesses::CredentialGuesses;
use crate::web::request::client::ClientRules;
use crate::web::request::metrics::HttpMetrics;
use crate::web::request::security_log::SecurityLog;
use crate::web::request::work_threads::LowPriorityThreads;

/// Permits to read and plan a file that comes in. A large one needs all of them: 100,000 components take 700 MB.
pub const IMPORTING_MAX: usize = 2;

/// What every handler may use. One for the whole process.
pub struct AppState {
    /// Whether the server is going to stop.
    pub stopping: Stopping,
    /// Where work is done that takes long.
    pub low_priority: LowPriorityThreads,
    /// Where the components' states come from.
    pub collector: CollectorHandle,
    /// The metrics about the data; the collector is among them.
    pub registry: Registry,
    /// The metrics about the program and its requests.
    pub program_registry: Registry,
    /// How long a client may take to send what a request still lacks.
    pub read_timeout: Duration,
    /// Which requests have a line in the log.
    pub access_log: AccessLog,
    /// The security log and its counters.
    pub security: Arc<SecurityLog>,
    /// Counts of requests.
    pub http_metrics: HttpMetrics,
    /// What decides about the other side of requests.
    pub clients: ClientRules,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The label of this installation.
    pub environment: Option<Environment>,
    /// Wrong credentials of programs, by address.
    pub guesses: CredentialGuesses,
    /// Where uses of tokens are noted.
    pub token_uses: TokenUses,
    /// How /metrics behaves.
    pub scraping: ScrapeState,
    /// The admin.
    pub admin: AdminState,
    /// The API.
    pub api: ApiState,
}

/// What the admin's pages are made from.
pub struct AdminState {
    /// Where connections come from.
    pub pool: Pool,
    /// What the servers behind the pool say of themselves.
    pub database: Findings,
    /// The models.
    pub site: Site,
    /// The pages that apps and models add.
    pub pages: AddedPages,
    /// Permits to hash a password.
    pub hashing: HashingQueue,
    /// [`IMPORTING_MAX`] permits.
    pub importing: Arc<Semaphore>,
    /// Permits to use the database's connections.
    pub admission: Admission,
}

/// How /metrics behaves.
pub struct ScrapeState {
    /// The layout unless a request asks for another.
    pub layout: Layout,
    /// Who has access.
    pub access: MetricsAccess,
    /// The tokens with the scope `metrics`.
    pub tokens: Arc<ScrapeTokens>,
    /// What to do while the database does not answer.
    pub on_error: OnError,
    /// Age after which components are left out.
    pub max_stale: Option<Duration>,
    /// The longest wait for the database.
    pub refresh_timeout: Duration,
    /// Permits of scrapes in flight.
    pub permits: Arc<Semaphore>,
}
