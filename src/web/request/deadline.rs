//! Work beside the threads that serve connections, and a deadline for it where a database may hang.
//!
//! The deadline stands where the work is waited for: the thread that does it cannot be woken from a call to a database that does not
//! answer. It keeps its connection until the system ends the call, and commits nothing any more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::rt::time::timeout;
use tracing::Instrument;

use super::work_threads::WorkThreads;
use crate::db::request_writes::{RequestWork, RequestWrites};

/// How long a request waits for one call to the database that nothing is heard of.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// How often is looked whether a call does not come back.
const STEP: Duration = Duration::from_millis(250);

/// Why there is no result.
#[derive(Debug)]
pub(in crate::web) enum WorkFailure {
    /// The work panicked.
    Panicked,
    /// The database did not come back; what was written until then.
    TimedOut(RequestWrites),
}

impl std::fmt::Display for WorkFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Panicked => "the work panicked",
            Self::TimedOut(_) => "the database did not answer in time",
        })
    }
}

impl std::error::Error for WorkFailure {}

/// Does `work` on a thread of the usual priority, as [`beside_on`].
///
/// # Errors
/// [`WorkFailure`].
pub(in crate::web) async fn beside<T: Send + 'static>(
    held: impl Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(T, RequestWrites), WorkFailure> {
    beside_on(WorkThreads::Usual, held, work).await
}

/// Does `work` on one of `threads`, and says what it wrote beside its result. `held` is let go when the work is done or given up, also if
/// its request has ended meanwhile.
///
/// # Errors
/// [`WorkFailure`].
pub(in crate::web) async fn beside_on<T: Send + 'static>(
    threads: WorkThreads,
    held: impl Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(T, RequestWrites), WorkFailure> {
    // A task of its own: the future of a request ends with its client.
    let done = actix_web::rt::spawn(watched(threads, held, work).in_current_span());
    done.await.unwrap_or(Err(WorkFailure::Panicked))
}

async fn watched<T: Send + 'static>(
    threads: WorkThreads,
    held: impl Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(T, RequestWrites), WorkFailure> {
    let unit = Arc::new(RequestWork::default());
    let held = Arc::new(Mutex::new(Some(held)));
    let (of_thread, held_by_thread) = (Arc::clone(&unit), Arc::clone(&held));
    let done = threads.run(move || {
        let done = of_thread.run(work);
        // What waits for it may go on before the answer is on its way.
        let_go(&held_by_thread);
        done
    });
    let mut done = std::pin::pin!(done);
    loop {
        match timeout(STEP, done.as_mut()).await {
            Ok(Ok(value)) => return Ok((value, unit.written())),
            Ok(Err(_)) => {
                let_go(&held);
                return Err(WorkFailure::Panicked);
            }
            Err(_) if unit.is_stuck(CALL_LIMIT) => {
                let written = unit.give_up();
                let_go(&held);
                tracing::error!(?written, "a request was given up, because the database did not answer");
                return Err(WorkFailure::TimedOut(written));
            }
            Err(_) => {}
        }
    }
}

fn let_go<T>(held: &Mutex<Option<T>>) {
    drop(held.lock().unwrap_or_else(PoisonError::into_inner).take());
}
