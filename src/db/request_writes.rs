//! What one request does with the database, for the task that waits for its answer: whether something was committed, whether a COMMIT was
//! sent, and whether a call to the database does not return.
//!
//! A thread that waits for a database that hangs cannot be woken. The task that waits for the thread gives the work up instead; the work
//! then commits nothing any more, so that what the answer says stays true.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::calls_in_progress::Call;
use super::error::{Error, Result};

/// How long a request tries to find out whether its transaction was committed, after the answer to COMMIT was lost.
const REQUEST_LOOK_TIMEOUT: Duration = Duration::from_secs(8);

/// How long a command tries.
const COMMAND_LOOK_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a call may take before it matters that its connection was given up.
const CALL_STEP: Duration = Duration::from_secs(1);

/// The work of one request on one thread.
#[derive(Debug, Default)]
pub struct RequestWork(Mutex<WorkProgress>);

#[derive(Debug, Default)]
struct WorkProgress {
    is_given_up: bool,
    is_committing: bool,
    has_written: bool,
    /// The call of the connection that was used last.
    call: Option<Arc<Call>>,
}

/// What is known of the changes of a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestWrites {
    /// Nothing was committed, and nothing will be.
    Nothing,
    /// A transaction was committed.
    Something,
    /// A transaction was sent to be committed, and there is no answer.
    Unknown,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<RequestWork>>> = const { RefCell::new(None) };
}

impl RequestWork {
    /// Runs `work` on this thread as the work of the request.
    pub fn run<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        struct WorkRestorer(Option<Arc<RequestWork>>);
        impl Drop for WorkRestorer {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _restorer = WorkRestorer(CURRENT.replace(Some(Arc::clone(self))));
        work()
    }

    /// Returns what was written so far.
    pub fn written(&self) -> RequestWrites {
        self.progress().written()
    }

    /// Gives the work up: what was not sent to be committed is rolled back if its thread ever continues. Returns what was written.
    pub fn give_up(&self) -> RequestWrites {
        let mut progress = self.progress();
        progress.is_given_up = true;
        progress.written()
    }

    /// Returns whether a call to the database hangs: it takes longer than `limit` and no other connection reports that the server works on it,
    /// or its connection was given up.
    pub fn is_stuck(&self, limit: Duration) -> bool {
        let call = self.progress().call.clone();
        call.filter(|call| call.can_hang()).is_some_and(|call| {
            let elapsed = call.elapsed();
            elapsed.is_some_and(|elapsed| {
                (elapsed >= CALL_STEP && call.is_given_up()) || (elapsed >= limit && !call.is_worked_on())
            })
        })
    }

    fn progress(&self) -> MutexGuard<'_, WorkProgress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WorkProgress {
    fn written(&self) -> RequestWrites {
        match (self.is_committing, self.has_written) {
            (true, _) => RequestWrites::Unknown,
            (false, true) => RequestWrites::Something,
            (false, false) => RequestWrites::Nothing,
        }
    }
}

/// Notes over which connection this thread's work calls the database.
pub(super) fn note_call(call: &Arc<Call>) {
    CURRENT.with_borrow(|work| {
        let Some(work) = work else { return };
        let mut progress = work.progress();
        if !progress.call.as_ref().is_some_and(|known| Arc::ptr_eq(known, call)) {
            progress.call = Some(Arc::clone(call));
        }
    });
}

/// Returns what the work of this thread has written so far; nothing on a thread that works for no request.
pub fn written_by_thread() -> RequestWrites {
    CURRENT.with_borrow(|work| work.as_ref().map_or(RequestWrites::Nothing, |work| work.written()))
}

/// Runs bookkeeping, such as a count of failures: what it commits is nothing that the user of the request sent to be saved.
pub fn bookkeeping<T>(work: impl FnOnce() -> T) -> T {
    let had_written = written_by_thread() == RequestWrites::Something;
    let done = work();
    if !had_written {
        CURRENT.with_borrow(|work| {
            if let Some(work) = work {
                work.progress().has_written = false;
            }
        });
    }
    done
}

/// Returns how long this thread may try to find out whether a transaction was committed.
pub(super) fn look_timeout() -> Duration {
    CURRENT.with_borrow(|work| match work {
        Some(_) => REQUEST_LOOK_TIMEOUT,
        None => COMMAND_LOOK_TIMEOUT,
    })
}

/// Waits a moment before the next look, at most until `end`. Returns whether there is time for one.
pub(super) fn wait_for_next_look(end: Instant) -> bool {
    const STEP: Duration = Duration::from_millis(200);
    let left = end.saturating_duration_since(Instant::now());
    pause(left.min(STEP));
    left > STEP
}

/// Waits until it is time to ask a server again.
#[expect(
    clippy::disallowed_methods,
    reason = "a server sends no event when it has ended a transaction, hangs or is promoted; it can only be asked"
)]
pub(super) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// A COMMIT that was sent. Dropped without [`Committing::done`], nothing was written.
pub(super) struct Committing(Option<Arc<RequestWork>>);

/// Begins a COMMIT.
///
/// # Errors
/// [`Error::Unavailable`] if the work was given up; then nothing may be committed.
pub(super) fn committing() -> Result<Committing> {
    let work = CURRENT.with_borrow(Option::clone);
    if let Some(work) = &work {
        let mut progress = work.progress();
        if progress.is_given_up {
            return Err(Error::Unavailable(
                "the database did not answer in time, and the request was given up".to_owned(),
            ));
        }
        progress.is_committing = true;
    }
    Ok(Committing(work))
}

impl Committing {
    /// Ends it with a transaction that is committed.
    pub(super) fn done(self) {
        if let Some(work) = &self.0 {
            work.progress().has_written = true;
        }
    }

    /// Ends it without knowing whether the transaction is committed; that stays so for the whole work.
    pub(super) fn unknown(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Committing {
    fn drop(&mut self) {
        if let Some(work) = &self.0 {
            work.progress().is_committing = false;
        }
    }
}
