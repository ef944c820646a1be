//! The thread that asks the source, so that no scrape ever blocks on a database.
//!
//! A thread that waits for a database that hangs cannot be woken. The next request for a refresh then has another thread take over, with a
//! source of its own; the old one ends when its call does, and publishes nothing.
//!
//! A scrape takes a ticket and waits for a refresh that started after it, at most until its deadline: what was committed before
//! the scrape began is then in. Scrapes that come together share one refresh.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::metrics::own::instruments::Failure;
use crate::metrics::source::{Refresh, SnapshotSource, SourceError, Standby};
use crate::metrics::state::current::CurrentState;

/// How long one query may take. Far beyond any scrape's deadline: the next scrape profits from a load that was too slow for one.
const QUERY_LIMIT: Duration = Duration::from_secs(60);

/// How long one query may take that no scrape asked for: one that comes meanwhile waits for it, and must still be in time.
const IDLE_LIMIT: Duration = Duration::from_secs(1);

/// How a refresh ended for the one that asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// The snapshot has everything committed before the request.
    Fresh,
    /// The source failed; the snapshot is the last good one.
    Failed,
    /// No answer before the deadline; the snapshot is the last good one.
    Late,
}

/// Runs refreshes, one at a time, as they are asked for.
pub struct Refresher {
    current: Arc<CurrentState>,
    requests: Mutex<Requests>,
    wake: Condvar,
    progress: watch::Sender<RefreshProgress>,
    turn: Mutex<LoaderTurn>,
}

#[derive(Default)]
struct Requests {
    last: u64,
    stopped: bool,
}

/// The thread that refreshes.
struct LoaderTurn {
    /// Counts the threads; those of smaller numbers have been taken over from.
    number: u64,
    standby: Option<Arc<dyn Standby>>,
}

#[derive(Clone, Copy, Default)]
struct RefreshProgress {
    completed: u64,
    succeeded: bool,
}

impl Refresher {
    /// Starts the thread; its first refresh begins at once.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(current: Arc<CurrentState>, source: impl SnapshotSource) -> std::io::Result<Arc<Self>> {
        let refresher = Arc::new(Self {
            current,
            requests: Mutex::new(Requests {
                last: 1,
                stopped: false,
            }),
            wake: Condvar::new(),
            progress: watch::Sender::default(),
            turn: Mutex::new(LoaderTurn {
                number: 0,
                standby: source.standby(),
            }),
        });
        refresher.spawn(0, source)?;
        Ok(refresher)
    }

    fn spawn(self: &Arc<Self>, turn: u64, source: impl SnapshotSource) -> std::io::Result<()> {
        let runner = Arc::clone(self);
        std::thread::Builder::new()
            .name("snapshot-refresher".to_owned())
            .spawn(move || runner.run(turn, source))
            .map(drop)
    }

    /// Has another thread take over from one that is stuck.
    fn take_over(self: &Arc<Self>) {
        let mut turn = crate::metrics::lock(&self.turn);
        let Some(standby) = turn.standby.clone().filter(|standby| standby.is_stuck()) else {
            return;
        };
        let source = standby.source();
        let next = LoaderTurn {
            number: turn.number + 1,
            standby: source.standby(),
        };
        match self.spawn(next.number, source) {
            Ok(()) => {
                tracing::warn!("the database does not answer the thread that loads components; another one takes over");
                *turn = next;
            }
            Err(error) => tracing::error!(%error, "no thread can take over from the one that loads components"),
        }
    }

    fn has_turn(&self, turn: u64) -> bool {
        crate::metrics::lock(&self.turn).number == turn
    }

    /// Ends the thread after the refresh that it is in.
    pub fn stop(&self) {
        self.requests().stopped = true;
        self.wake.notify_all();
    }

    /// Asks for a refresh that starts after this call; what is returned waits for it, at most `limit`. Asking is not part of the
    /// waiting, so that something can be done between both.
    pub fn refresh(self: &Arc<Self>, limit: Duration) -> impl Future<Output = RefreshOutcome> + use<> {
        self.take_over();
        let ticket = {
            let mut requests = self.requests();
            requests.last += 1;
            requests.last
        };
        self.wake.notify_all();
        Arc::clone(self).wait(ticket, limit)
    }

    async fn wait(self: Arc<Self>, ticket: u64, limit: Duration) -> RefreshOutcome {
        let mut progress = self.progress.subscribe();
        let done = tokio::time::timeout(limit, progress.wait_for(|progress| progress.completed >= ticket)).await;
        let outcome = match done {
            Ok(Ok(progress)) if progress.succeeded => RefreshOutcome::Fresh,
            Ok(_) => RefreshOutcome::Failed,
            Err(_) => {
                tracing::warn!(
                    ?limit,
                    "the database did not answer a scrape in time; the last good components are shown"
                );
                self.current.instruments.failed(Failure::Timeout);
                self.current.instruments.writable.set(0);
                RefreshOutcome::Late
            }
        };
        self.current
            .instruments
            .up
            .set(i64::from(outcome == RefreshOutcome::Fresh));
        outcome
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        crate::metrics::lock(&self.requests)
    }

    fn run(&self, turn: u64, mut source: impl SnapshotSource) {
        let mut completed = 0;
        loop {
            let mut requests = self.requests();
            while requests.last == completed && !requests.stopped {
                requests = self.wake.wait(requests).unwrap_or_else(PoisonError::into_inner);
            }
            if requests.stopped {
                return;
            }
            // Everyone who asked before this moment is served by the refresh that starts now.
            let serving = requests.last;
            drop(requests);
            let succeeded = self.refresh_once(turn, &mut source);
            if !self.has_turn(turn) {
                return;
            }
            let is_writable = succeeded && source.is_writable();
            self.current.instruments.writable.set(i64::from(is_writable));
            completed = serving;
            self.progress.send_replace(RefreshProgress { completed, succeeded });
            if succeeded && idle_once(&mut source) {
                self.refresh_once(turn, &mut source);
            }
            if !self.has_turn(turn) {
                return;
            }
        }
    }

    /// Refreshes once and contains panics, so that the thread goes on: without it no scrape would ever be fresh again.
    fn refresh_once(&self, turn: u64, source: &mut impl SnapshotSource) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "instants stay far below 2^53")]
        let now = self.current.now_seconds() as f64;
        let refreshed = catch_unwind(AssertUnwindSafe(|| self.load(turn, source)));
        let instruments = &self.current.instruments;
        let failure = match refreshed {
            Ok(Ok(())) => {
                instruments.last_success.set(now);
                return true;
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the components could not be refreshed; the last good ones are shown");
                Failure::Database
            }
            Err(_) => {
                tracing::error!("a refresh of the components panicked; the last good ones are shown");
                Failure::Panic
            }
        };
        instruments.failed(failure);
        instruments.last_error.set(now);
        false
    }

    fn load(&self, turn: u64, source: &mut impl SnapshotSource) -> Result<(), SourceError> {
        let started = Instant::now();
        let (snapshot, refresh) = source.refresh(QUERY_LIMIT)?;
        // Held until the snapshot is in place: no other thread takes over meanwhile.
        let in_turn = crate::metrics::lock(&self.turn);
        if refresh != Refresh::Unchanged && in_turn.number == turn {
            let elapsed = started.elapsed();
            let phase = &self.current.instruments.duration;
            phase.with_label_values(&["load"]).set(elapsed.as_secs_f64());
            let components = snapshot.components.len();
            tracing::debug!(
                ?refresh,
                version = snapshot.version,
                components,
                ?elapsed,
                "components loaded"
            );
            self.current.publish(snapshot, refresh);
        }
        Ok(())
    }
}

/// Lets the source do what need not be done before an answer; whether a refresh should follow.
fn idle_once(source: &mut impl SnapshotSource) -> bool {
    catch_unwind(AssertUnwindSafe(|| source.idle(IDLE_LIMIT))).unwrap_or_else(|_| {
        tracing::error!("a comparison of the components with the database panicked");
        false
    })
}
