//! Turns at work that takes memory and a processor: few at a time, and no address has more than its share of them, so that a flood from one
//! address does not delay the others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns of one address at a time, at work or next in line.
const OF_ONE_MAX: usize = 2;
/// Requests of one address that wait for its turns; more are refused at once.
const WAITING_MAX: usize = 20;
/// Addresses that are remembered before those without a request are forgotten.
const REMEMBERED_MAX: usize = 1024;

/// The turns of a process.
pub struct HashingQueue {
    all: Arc<Semaphore>,
    places: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// A turn; it ends when this is dropped.
pub struct HashingTurn {
    _all: OwnedSemaphorePermit,
    _of_place: OwnedSemaphorePermit,
}

impl HashingQueue {
    /// Allows so many turns at a time.
    #[must_use]
    pub fn new(at_once_max: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(at_once_max)),
            places: Mutex::default(),
        }
    }

    /// Waits for a turn; gives nothing where too many of the same place wait already.
    pub async fn take(&self, place: &str) -> Option<HashingTurn> {
        let of_place = self.of(place);
        // One is held by the map, one by each that works or waits, this one included.
        if Arc::strong_count(&of_place) > 1 + OF_ONE_MAX + WAITING_MAX {
            return None;
        }
        let of_place = of_place.acquire_owned().await.ok()?;
        // Those of all addresses come one after the other; of each at most its share stands in line.
        let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(HashingTurn {
            _all: all,
            _of_place: of_place,
        })
    }

    fn of(&self, place: &str) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= REMEMBERED_MAX {
            places.retain(|_, of_place| Arc::strong_count(of_place) > 1);
        }
        let of_place = places.entry(place.to_owned());
        Arc::clone(of_place.or_insert_with(|| Arc::new(Semaphore::new(OF_ONE_MAX))))
    }
}
