//! The feeds that are asked for, each brought to the newest state by the first who asks, while the others wait for that and share
//! it. Those that nobody asks for any more are forgotten.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::feed::{Feed, FeedKey};
use super::state::State;

/// A feed is forgotten when nobody has asked for it for so long. Prometheus asks at least every few minutes.
pub const UNUSED_MAX: Duration = Duration::from_secs(600);

/// How many feeds are kept at most; the one that has been of no use for the longest goes first.
const FEEDS_MAX: usize = 32;

/// How many bytes of segments are kept at most, of all feeds but the one that was asked for last.
const MEMORY_MAX: u64 = 128 * 1024 * 1024;

/// All feeds.
#[derive(Default)]
pub struct Feeds {
    cells: Mutex<Vec<Arc<Cell>>>,
}

/// A place for a feed.
pub struct Cell {
    /// What it is a feed of.
    pub key: FeedKey,
    feed: Mutex<Option<Arc<Feed>>>,
    used: Mutex<Instant>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is half-written: what is behind these locks is replaced as a whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Feeds {
    /// The place for the feed of `key`, which somebody asks for.
    pub fn used(&self, key: FeedKey) -> Arc<Cell> {
        let mut cells = lock(&self.cells);
        let cell = cells.iter().find(|cell| cell.key == key).map(Arc::clone);
        let cell = cell.unwrap_or_else(|| {
            let cell = Arc::new(Cell {
                key,
                feed: Mutex::new(None),
                used: Mutex::new(Instant::now()),
            });
            cells.push(Arc::clone(&cell));
            cell
        });
        *lock(&cell.used) = Instant::now();
        cell
    }

    /// The places of all feeds that are still in use, the latest first; the others are forgotten.
    pub fn in_use(&self) -> Vec<Arc<Cell>> {
        let mut cells = lock(&self.cells);
        cells.retain(|cell| lock(&cell.used).elapsed() < UNUSED_MAX);
        cells.sort_by_key(|cell| std::cmp::Reverse(*lock(&cell.used)));
        let mut memory = 0;
        let mut is_first = true;
        cells.retain(|cell| {
            memory += cell.newest().map_or(0, |feed| feed.memory());
            std::mem::replace(&mut is_first, false) || memory <= MEMORY_MAX
        });
        cells.truncate(FEEDS_MAX);
        cells.clone()
    }
}

impl Cell {
    /// The feed as it was last made, if it is not being made just now.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<Feed>> {
        self.feed.try_lock().ok()?.clone()
    }

    /// The feed of the state that `state` returns; it is asked when the feed is nobody else's. `ahead` may have parts of it
    /// already. Returns with it how many segments had to be made.
    pub fn bring(
        &self,
        state: impl FnOnce() -> Option<Arc<State>>,
        ahead: impl FnOnce(&Arc<State>) -> Option<Arc<Feed>>,
    ) -> Option<(Arc<Feed>, usize)> {
        let mut own = lock(&self.feed);
        let state = state()?;
        if let Some(feed) = own.as_ref().filter(|feed| Arc::ptr_eq(feed.state(), &state)) {
            return Some((Arc::clone(feed), 0));
        }
        let ahead = ahead(&state);
        let known: Vec<&Feed> = ahead.iter().chain(own.iter()).map(|feed| &**feed).collect();
        let (feed, made) = Feed::next(self.key, &state, &known);
        let feed = Arc::new(feed);
        *own = Some(Arc::clone(&feed));
        Some((feed, made))
    }

    /// Puts a feed of the same state in the place of `old`, unless another has taken it meanwhile.
    pub fn replace(&self, old: &Arc<Feed>, new: Feed) {
        let mut own = lock(&self.feed);
        if own.as_ref().is_some_and(|own| Arc::ptr_eq(own, old)) {
            *own = Some(Arc::new(new));
        }
    }
}
