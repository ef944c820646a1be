//! The newest snapshot, the state that was last asked for and the feeds made of it: what the collector, the refresher, the preparer
//! and the scrapes have in common.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use crate::clock::Clock;
use crate::metrics::cache::page::{Feed, FeedKey};
use crate::metrics::cache::pages::{Brought, Cell, Feeds, UNUSED_MAX};
use crate::metrics::lock;
use crate::metrics::own::instruments::Instruments;
use crate::metrics::source::Refresh;
use crate::metrics::state::State;
use crate::metrics::state::snapshot::Snapshot;

/// An evaluation that takes longer is worth a line in the log: scrapes wait for it.
const EVALUATION_SLOW: Duration = Duration::from_secs(1);

/// Segments that have been the same for so long are compressed better when there is nothing else to do.
const SETTLING_AGE: Duration = Duration::from_secs(30);

/// How many segments are compressed better at a time, before looking whether there is something else to do.
const SETTLING_SEGMENTS: usize = 64;

/// What the collector, the refresher, the preparer and the scrapes share.
pub struct Shared {
    /// The collector's metrics about itself.
    pub instruments: Instruments,
    clock: Arc<dyn Clock>,
    snapshot: ArcSwapOption<Snapshot>,
    state: ArcSwapOption<State>,
    /// Held by whoever makes the next state.
    turn: Mutex<()>,
    feeds: Feeds,
    ahead: Mutex<Option<Arc<Ahead>>>,
    errand: Mutex<Errand>,
    called: Condvar,
}

/// The state that will hold from the next known instant on, and its feeds.
struct Ahead {
    /// The state after which it comes, and its feeds.
    base: Arc<State>,
    bases: Vec<Arc<Feed>>,
    state: Arc<State>,
    feeds: Vec<Arc<Feed>>,
    /// How many coverages were evaluated for it.
    evaluations: usize,
}

/// What the preparer is told.
#[derive(Default)]
struct Errand {
    is_called: bool,
    is_over: bool,
}

impl Shared {
    /// Returns nothing loaded yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            instruments: Instruments::new(),
            clock,
            snapshot: ArcSwapOption::empty(),
            state: ArcSwapOption::empty(),
            turn: Mutex::new(()),
            feeds: Feeds::default(),
            ahead: Mutex::new(None),
            errand: Mutex::new(Errand::default()),
            called: Condvar::new(),
        }
    }

    /// Makes `snapshot` the one that states are made from.
    pub fn publish(&self, snapshot: Arc<Snapshot>, refresh: Refresh) {
        self.instruments.refreshed(refresh);
        self.instruments.show_snapshot(&snapshot);
        self.instruments.snapshot_loaded.set(1);
        self.snapshot.store(Some(snapshot));
    }

    /// Returns the instant now in Unix seconds.
    #[must_use]
    pub fn now_seconds(&self) -> i64 {
        self.clock.now_seconds()
    }

    /// Returns the state of the newest snapshot now. Whoever comes first makes it; the others wait for that and share it.
    #[must_use]
    pub fn state_now(&self) -> Option<Arc<State>> {
        if let Some(state) = self.state_at_hand() {
            return Some(state);
        }
        // Whoever has the turn takes the newest snapshot, so that no older one can replace its state.
        let _turn = lock(&self.turn);
        let snapshot = self.snapshot.load_full()?;
        let now = self.now_seconds();
        let last = self.state.load_full();
        let ahead = lock(&self.ahead).clone();
        let started = Instant::now();
        let prepared = ahead.as_ref().map(|ahead| &ahead.state);
        let known: Vec<&Arc<State>> = last.iter().chain(prepared).collect();
        let (state, mut evaluations) = State::at(&known, &snapshot, now);
        if started.elapsed() > EVALUATION_SLOW {
            tracing::warn!(evaluations, elapsed = ?started.elapsed(), "evaluating windows took long; `check` names those that exclude all they include");
        }
        if last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &state)) {
            return Some(state);
        }
        // What was evaluated ahead counts when it is shown.
        evaluations += ahead
            .filter(|ahead| Arc::ptr_eq(&ahead.state, &state))
            .map_or(0, |ahead| ahead.evaluations);
        self.instruments.evaluated(evaluations, started.elapsed());
        if evaluations > 0 && last.is_some_and(|last| Arc::ptr_eq(last.snapshot(), &snapshot)) {
            self.instruments.transitioned();
        }
        self.instruments.show_next_transition(state.next_transition());
        self.instruments.show_ended(state.ended());
        self.state.store(Some(Arc::clone(&state)));
        Some(state)
    }

    /// Returns the state that was asked for last, if it is that of the newest snapshot now.
    fn state_at_hand(&self) -> Option<Arc<State>> {
        let snapshot = self.snapshot.load();
        let snapshot = snapshot.as_ref()?;
        let state = self.state.load_full()?;
        state.holds(snapshot, self.now_seconds()).then_some(state)
    }

    /// Returns the feed of the state now, if it was made already. Waits for none that is being made.
    #[must_use]
    pub fn feed_at_hand(&self, key: FeedKey) -> Option<Arc<Feed>> {
        let state = self.state_at_hand()?;
        let feed = self.feeds.used(key).at_hand(&state)?;
        self.show_bytes(&feed);
        Some(feed)
    }

    /// Returns the feed of the state now. Whoever comes first makes it; the others wait for that and share it.
    #[must_use]
    pub fn feed_now(&self, key: FeedKey) -> Option<Arc<Feed>> {
        let cell = self.feeds.used(key);
        let brought = self.bring(&cell)?;
        if brought.is_new {
            self.call_preparer();
        }
        self.show_bytes(&brought.feed);
        Some(brought.feed)
    }

    fn show_bytes(&self, feed: &Feed) {
        let key = feed.key();
        if key.shard.is_none() {
            self.instruments
                .show_bytes(key.layout, feed.length(), feed.deflated_length());
        }
    }

    fn bring(&self, cell: &Cell) -> Option<Brought> {
        let started = Instant::now();
        let of_key = |ahead: &Ahead| ahead.feeds.iter().find(|feed| feed.key() == cell.key).cloned();
        let ahead = || lock(&self.ahead).as_deref().and_then(of_key);
        let brought = cell.bring(|| self.state_now(), ahead)?;
        if brought.made > 0 {
            self.instruments.compressed(brought.made, started.elapsed());
        }
        Some(brought)
    }

    /// Does what can be done before anybody asks: brings every feed that is in use to the state now, makes the next state and its
    /// feeds, and compresses better what has not changed for a while. Returns how long to wait until there is more to do, nothing if that
    /// is until a call.
    pub fn prepare(&self) -> Option<Duration> {
        let cells = self.feeds.in_use();
        let brought = cells.iter().filter_map(|cell| Some((cell, self.bring(cell)?.feed)));
        let feeds: Vec<(&Arc<Cell>, Arc<Feed>)> = brought.collect();
        // If something is published meanwhile, whoever brings its feed calls again.
        let Some(state) = feeds.first().map(|(_, feed)| Arc::clone(feed.state())) else {
            lock(&self.ahead).take();
            return None;
        };
        self.look_ahead(&state, feeds.iter().map(|(_, feed)| Arc::clone(feed)).collect());
        for (cell, feed) in &feeds {
            if let Some(settled) = feed.settled(SETTLING_AGE, SETTLING_SEGMENTS) {
                cell.replace(feed, settled);
                return Some(Duration::ZERO);
            }
        }
        let until_next = state.valid_until().map(|instant| self.until(instant));
        let until_settling = feeds.iter().filter_map(|(_, feed)| feed.settles_in(SETTLING_AGE)).max();
        until_next.into_iter().chain(until_settling).chain([UNUSED_MAX]).min()
    }

    /// Makes what comes after `state` and these feeds, unless that was done.
    fn look_ahead(&self, state: &Arc<State>, bases: Vec<Arc<Feed>>) {
        let Some(instant) = state.valid_until() else {
            lock(&self.ahead).take();
            return;
        };
        let old = lock(&self.ahead).clone();
        let is_same = |old: &Arc<Ahead>| {
            Arc::ptr_eq(&old.base, state)
                && old.bases.len() == bases.len()
                && old.bases.iter().zip(&bases).all(|(old, base)| Arc::ptr_eq(old, base))
        };
        if old.as_ref().is_some_and(is_same) {
            return;
        }
        let known: Vec<&Arc<State>> = std::iter::once(state)
            .chain(old.as_ref().map(|old| &old.state))
            .collect();
        let (next, evaluations) = State::at(&known, state.snapshot(), instant);
        let feeds = bases.iter().map(|base| {
            let old = old.iter().flat_map(|old| &old.feeds);
            let known: Vec<&Feed> = old.chain([base]).map(|feed| &**feed).collect();
            Arc::new(Feed::next(base.key(), &next, &known).0)
        });
        let before = old.as_ref().filter(|old| old.state.at_seconds() == instant);
        let ahead = Ahead {
            base: Arc::clone(state),
            feeds: feeds.collect(),
            state: next,
            evaluations: evaluations + before.map_or(0, |old| old.evaluations),
            bases,
        };
        *lock(&self.ahead) = Some(Arc::new(ahead));
    }

    /// Returns how long it is until an instant, as the clock goes now.
    fn until(&self, instant: i64) -> Duration {
        let now = self.clock.now().and_utc();
        // What lies beyond all dates does not come; what is past is due.
        chrono::DateTime::from_timestamp(instant, 0)
            .map_or(UNUSED_MAX, |instant| (instant - now).to_std().unwrap_or_default())
    }

    /// Tells the preparer that there may be something to do.
    fn call_preparer(&self) {
        lock(&self.errand).is_called = true;
        self.called.notify_all();
    }

    /// Tells the preparer to end.
    pub fn end_preparer(&self) {
        lock(&self.errand).is_over = true;
        self.called.notify_all();
    }

    /// Waits until the preparer is called, at most so long; false if it is to end.
    #[must_use]
    pub fn wait_for_call(&self, limit: Option<Duration>) -> bool {
        let mut errand = lock(&self.errand);
        let deadline = limit.map(|limit| Instant::now() + limit);
        while !errand.is_called && !errand.is_over {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            errand = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    self.called
                        .wait_timeout(errand, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self.called.wait(errand).unwrap_or_else(PoisonError::into_inner),
            };
        }
        errand.is_called = false;
        !errand.is_over
    }
}
