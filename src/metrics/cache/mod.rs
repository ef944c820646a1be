//! What is kept between scrapes.
//!
//! | Word | Meaning |
//! |---|---|
//! | page | what is exposed of the components of a state, whole or a shard of it, in one layout; ready to be sent |
//! | section | what runs through all blocks of a page before the next section begins: families must not be interrupted |
//! | segment | one evaluated block in one section, rendered and compressed |
//! | group | some segments of a section that follow each other, as they are sent |
//!
//! A page is never changed. The next one shares every segment whose evaluated block is the same, so a scrape after a change waits
//! only for what changed. The first scrape that needs a page makes it; others wait for that and share it. [`preparer`] makes them
//! before, where it can.

pub mod page;
pub mod preparer;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use page::{CachedPage, PageKey};
use preparer::Wakeup;

use super::lock;
use super::state::ExposedState;
use super::state::current::CurrentState;

/// A page is freed when no scrape has asked for it for so long. Prometheus asks at least every few minutes.
const UNUSED_MAX: Duration = Duration::from_secs(600);

/// How many pages are kept at most: those that were asked for last.
pub const PAGES_MAX: usize = 64;

/// The pages that scrapes ask for.
pub struct ExpositionCache {
    current: Arc<CurrentState>,
    /// The one that was asked for last comes first.
    slots: Mutex<Vec<UsedSlot>>,
    wakeup: Wakeup,
}

struct UsedSlot {
    slot: Arc<PageSlot>,
    used: Instant,
}

/// Where a page of one key is kept.
struct PageSlot {
    key: PageKey,
    /// Held while the page is made.
    page: Mutex<Option<Arc<CachedPage>>>,
    /// The page of the state to come.
    prepared: Mutex<Option<Arc<CachedPage>>>,
}

impl ExpositionCache {
    /// Returns a cache of no page yet.
    #[must_use]
    pub fn new(current: Arc<CurrentState>) -> Self {
        Self {
            current,
            slots: Mutex::default(),
            wakeup: Wakeup::default(),
        }
    }

    /// Returns what is exposed now.
    #[must_use]
    pub fn current(&self) -> &Arc<CurrentState> {
        &self.current
    }

    /// Returns the page of the state now; nothing if no component was ever loaded.
    #[must_use]
    pub fn page(&self, key: PageKey) -> Option<Arc<CachedPage>> {
        let slot = self.take_slot(key);
        let before = lock(&slot.page).clone();
        let page = self.render(&slot)?;
        if before.is_none_or(|before| !Arc::ptr_eq(&before, &page)) {
            self.wakeup.wake();
        }
        if key.shard.is_none() {
            let instruments = &self.current.instruments;
            instruments.show_bytes(key.layout, page.length(), page.gzip_length());
        }
        Some(page)
    }

    /// Moves the slot of a key that a scrape asks for to the front, and frees those that were asked for longest ago.
    fn take_slot(&self, key: PageKey) -> Arc<PageSlot> {
        let mut slots = lock(&self.slots);
        let slot = match slots.iter().position(|used| used.slot.key == key) {
            Some(index) => slots.remove(index).slot,
            None => Arc::new(PageSlot {
                key,
                page: Mutex::default(),
                prepared: Mutex::default(),
            }),
        };
        slots.truncate(PAGES_MAX - 1);
        let used = UsedSlot {
            slot: Arc::clone(&slot),
            used: Instant::now(),
        };
        slots.insert(0, used);
        slot
    }

    /// Returns the page of a slot for the state now; renders it unless it is there.
    fn render(&self, slot: &PageSlot) -> Option<Arc<CachedPage>> {
        let mut page = lock(&slot.page);
        let state = self.current.state_now()?;
        if let Some(page) = page.as_ref().filter(|page| Arc::ptr_eq(page.state(), &state)) {
            return Some(Arc::clone(page));
        }
        let started = Instant::now();
        let prepared = lock(&slot.prepared).clone();
        let known: Vec<&CachedPage> = prepared.iter().chain(&*page).map(|page| &**page).collect();
        let (next, made) = CachedPage::next(slot.key, &state, &known);
        if made > 0 {
            self.current.instruments.compressed(made, started.elapsed());
        }
        let next = Arc::new(next);
        *page = Some(Arc::clone(&next));
        Some(next)
    }

    /// Makes the pages in use for the state now, and for the one that follows it. Returns how long to wait until there is more to do;
    /// nothing if that is until the next scrape.
    pub fn prepare(&self) -> Option<Duration> {
        let slots = self.free_unused();
        let pages: Vec<(&Arc<PageSlot>, Arc<CachedPage>)> = slots
            .iter()
            .filter_map(|slot| Some((slot, self.render(slot)?)))
            .collect();
        // If a snapshot is published meanwhile, the scrape that gets its page wakes the preparer again.
        let Some(state) = pages.first().map(|(_, page)| Arc::clone(page.state())) else {
            self.current.forget_prepared();
            return None;
        };
        let next = self.current.prepare_next(&state);
        for (slot, page) in &pages {
            slot.prepare(page, next.as_ref());
        }
        let transition = state
            .valid_until()
            .map(|instant| self.current.time_until(instant, UNUSED_MAX));
        Some(transition.map_or(UNUSED_MAX, |transition| transition.min(UNUSED_MAX)))
    }

    /// Frees the slots that no scrape asks for any more. Returns the others.
    fn free_unused(&self) -> Vec<Arc<PageSlot>> {
        let mut slots = lock(&self.slots);
        slots.retain(|used| used.used.elapsed() < UNUSED_MAX);
        slots.iter().map(|used| Arc::clone(&used.slot)).collect()
    }
}

impl PageSlot {
    /// Makes the page of the state to come after `page`.
    fn prepare(&self, page: &CachedPage, next: Option<&Arc<ExposedState>>) {
        let old = lock(&self.prepared).clone();
        let Some(next) = next else {
            lock(&self.prepared).take();
            return;
        };
        if old.as_ref().is_some_and(|old| Arc::ptr_eq(old.state(), next)) {
            return;
        }
        let known: Vec<&CachedPage> = old.iter().map(|old| &**old).chain([page]).collect();
        let (prepared, _) = CachedPage::next(self.key, next, &known);
        *lock(&self.prepared) = Some(Arc::new(prepared));
    }
}
