//! What is learned about a request while it is answered: who sent it, which page answers it, and where the time went.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::error::BlockingError;
use actix_web::{HttpMessage, HttpRequest, web};
use tracing::Span;

use crate::db::database_time::{self, DatabaseTime};
use crate::web::request::client::RequestClient;
use crate::web::request::security_log::{EventDetails, SecurityEvent, SecurityLog};

/// What is known of a request, shared by all threads that work on it.
#[derive(Debug, Default)]
pub struct RequestRecord {
    /// The id in the log, in the answer and in the audit log.
    pub id: String,
    /// The other side.
    pub client: RequestClient,
    /// The path below the root path as it is logged: cut, without tokens.
    pub path: String,
    /// Where events of the request are logged; nowhere if nothing wraps it.
    security: Option<Arc<SecurityLog>>,
    learned: Mutex<RequestFacts>,
}

/// What is learned on the way.
#[derive(Debug, Default)]
struct RequestFacts {
    user: Option<String>,
    route: Option<&'static str>,
    times: RequestTimes,
}

/// Where the time of a request went, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestTimes {
    /// Waiting: for a permit, a thread, a connection of the pool, the newest components.
    pub waiting: Duration,
    /// In the database.
    pub database: Duration,
    /// In how many statements.
    pub statements: u32,
    /// All other work: reading the form, deciding, rendering the page.
    pub rendering: Duration,
}

impl RequestRecord {
    /// Returns a record of a request of which nothing but this is known.
    #[must_use]
    pub fn new(id: String, client: RequestClient, path: String, security: Option<Arc<SecurityLog>>) -> Self {
        Self {
            id,
            client,
            path,
            security,
            learned: Mutex::default(),
        }
    }

    /// Returns the record of a request; an empty one if nothing wraps the request, as in tests of single handlers.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Arc<Self> {
        request.extensions().get::<Arc<Self>>().cloned().unwrap_or_default()
    }

    fn learned(&self) -> MutexGuard<'_, RequestFacts> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the name of the user who sent the request.
    pub fn set_user(&self, name: &str) {
        self.learned().user = Some(name.to_owned());
    }

    /// Returns the name of the user who sent the request, once it is known.
    #[must_use]
    pub fn user(&self) -> Option<String> {
        self.learned().user.clone()
    }

    /// Keeps the pattern of the page that answers.
    pub fn set_route(&self, pattern: &'static str) {
        self.learned().route = Some(pattern);
    }

    /// Returns the pattern of the page that answers, if a handler has set one.
    #[must_use]
    pub fn route(&self) -> Option<&'static str> {
        self.learned().route
    }

    /// Writes a line of the security log, and counts it.
    pub fn event(&self, event: SecurityEvent, details: EventDetails<'_>) {
        if let Some(security) = &self.security {
            security.log(event, self, details);
        }
    }

    /// Adds time spent waiting.
    pub fn waited(&self, taken: Duration) {
        self.learned().times.waiting += taken;
    }

    /// Adds the time of work on one thread, of which `spent` went to the database.
    pub fn worked(&self, taken: Duration, spent: DatabaseTime) {
        let times = &mut self.learned().times;
        times.waiting += spent.waiting;
        times.database += spent.database;
        times.statements += spent.statements;
        times.rendering += taken.saturating_sub(spent.waiting + spent.database);
    }

    /// Returns where the time went so far.
    #[must_use]
    pub fn times(&self) -> RequestTimes {
        self.learned().times
    }

    /// Adds the time until `future` is ready as time spent waiting.
    pub async fn waiting<T>(&self, future: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let output = future.await;
        self.waited(started.elapsed());
        output
    }
}

/// Does `work` beside the threads that serve connections. What it logs carries the id of the request, and `record` gets the times.
///
/// # Errors
/// When `work` panicked, or the runtime ends.
pub async fn block<T: Send + 'static>(
    record: &Arc<RequestRecord>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BlockingError> {
    web::block(timed(record, work)).await
}

/// Returns the same `work` for another thread: what it logs carries the id of the request, and `record` gets the times.
pub fn timed<T, F: FnOnce() -> T>(record: &Arc<RequestRecord>, work: F) -> impl FnOnce() -> T + use<T, F> {
    let (record, span, asked) = (Arc::clone(record), Span::current(), Instant::now());
    move || {
        let _entered = span.enter();
        record.waited(asked.elapsed());
        let started = Instant::now();
        // What other work on this thread left is not of this request.
        let _ = database_time::take();
        let done = work();
        record.worked(started.elapsed(), database_time::take());
        done
    }
}
