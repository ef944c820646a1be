//! The feeds that are asked for, each brought to the newest state by the first who asks, while the others wait for that and share
//! it. Those that nobody asks for any more are forgotten.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use crate::metrics::cache::page::{Feed, FeedKey};
use crate::metrics::lock;
use crate::metrics::state::State;

/// A feed is forgotten when nobody has asked for it for so long. Prometheus asks at least every few minutes.
pub const UNUSED_MAX: Duration = Duration::from_secs(600);

/// How many feeds are kept at most.
const FEEDS_MAX: usize = 1024;

/// How many bytes all feeds but the one that was asked for last may take.
const MEMORY_MAX: u64 = 64 * 1024 * 1024;

/// All feeds, the one that was asked for last first.
#[derive(Default)]
pub struct Feeds {
    cells: Mutex<Vec<Place>>,
}

/// A cell and when it was last asked for.
struct Place {
    cell: Arc<Cell>,
    used: Instant,
}

/// A feed that others may wait for.
pub struct Cell {
    /// What it is a feed of.
    pub key: FeedKey,
    held: Mutex<Option<Arc<Feed>>>,
    memory: AtomicU64,
}

/// A feed, and what was done to have it.
pub struct Brought {
    /// The feed.
    pub feed: Arc<Feed>,
    /// Whether it is another one than before.
    pub is_new: bool,
    /// How many segments had to be made.
    pub made: usize,
}

impl Feeds {
    /// Returns the cell of `key`, which somebody asks for. Others that were of no use for the longest time go if there are too many.
    pub fn used(&self, key: FeedKey) -> Arc<Cell> {
        let mut places = lock(&self.cells);
        let known = places.iter().position(|place| place.cell.key == key);
        let cell = known.map_or_else(|| Arc::new(Cell::new(key)), |index| places.remove(index).cell);
        let used = Instant::now();
        let place = Place {
            cell: Arc::clone(&cell),
            used,
        };
        places.insert(0, place);
        let mut memory = 0;
        let mut is_first = true;
        places.truncate(FEEDS_MAX);
        places.retain(|place| {
            let is_asked_for = std::mem::replace(&mut is_first, false);
            if !is_asked_for {
                memory += place.cell.memory.load(Ordering::Relaxed);
            }
            is_asked_for || memory <= MEMORY_MAX
        });
        cell
    }

    /// Returns the cells that are still in use, the latest first; the others are forgotten.
    pub fn in_use(&self) -> Vec<Arc<Cell>> {
        let mut places = lock(&self.cells);
        places.retain(|place| place.used.elapsed() < UNUSED_MAX);
        places.iter().map(|place| Arc::clone(&place.cell)).collect()
    }
}

impl Cell {
    fn new(key: FeedKey) -> Self {
        Self {
            key,
            held: Mutex::new(None),
            memory: AtomicU64::new(0),
        }
    }

    /// Returns the feed, if it is that of this state and nobody is at work on another one.
    pub fn at_hand(&self, state: &Arc<State>) -> Option<Arc<Feed>> {
        let held = match self.held.try_lock() {
            Ok(held) => held,
            Err(TryLockError::Poisoned(held)) => held.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let feed = held.as_ref().filter(|feed| Arc::ptr_eq(feed.state(), state))?;
        Some(Arc::clone(feed))
    }

    /// Returns the feed of the state that `state` returns; it is asked when the feed is nobody else's. `ahead` may have parts of it
    /// already.
    pub fn bring(
        &self,
        state: impl FnOnce() -> Option<Arc<State>>,
        ahead: impl FnOnce() -> Option<Arc<Feed>>,
    ) -> Option<Brought> {
        let mut own = lock(&self.held);
        let state = state()?;
        if let Some(held) = own.as_ref().filter(|held| Arc::ptr_eq(held.state(), &state)) {
            return Some(Brought {
                feed: Arc::clone(held),
                is_new: false,
                made: 0,
            });
        }
        let ahead = ahead();
        let known: Vec<&Feed> = ahead.iter().chain(&*own).map(|feed| &**feed).collect();
        let (feed, made) = Feed::next(self.key, &state, &known);
        let feed = Arc::new(feed);
        self.memory.store(feed.memory(), Ordering::Relaxed);
        *own = Some(Arc::clone(&feed));
        Some(Brought {
            feed,
            is_new: true,
            made,
        })
    }

    /// Puts a feed of the same state in the place of `old`, unless another has taken it meanwhile.
    pub fn replace(&self, old: &Arc<Feed>, new: Feed) {
        let mut held = lock(&self.held);
        if let Some(held) = held.as_mut().filter(|held| Arc::ptr_eq(held, old)) {
            self.memory.store(new.memory(), Ordering::Relaxed);
            *held = Arc::new(new);
        }
    }
}
