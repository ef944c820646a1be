//! What the cache keeps of pages and states from one scrape to the next, and what it frees.

use chrono::NaiveDateTime;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use sla_monitor::apps::sla::component::model::ComponentRow;
use sla_monitor::apps::sla::snapshot::compile::{SnapshotBuilder, SnapshotRows};
use sla_monitor::clock::{Clock, FixedClock};
use sla_monitor::metrics::cache::page::{CachedPage, PageKey};
use sla_monitor::metrics::cache::{ExpositionCache, PAGES_MAX};
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::source::Refresh;
use sla_monitor::metrics::state::current::CurrentState;
use sla_monitor::metrics::state::shard::Shard;
use sla_monitor::metrics::state::snapshot::Snapshot;
use sla_monitor::metrics::state::{EvaluatedBlock, ExposedState};

use super::put_once_window;

/// 2026-03-27 00:00 UTC.
const NOW: i64 = 1_774_569_600;

const WHOLE: PageKey = PageKey {
    layout: Layout::Names,
    shard: None,
};

/// 2030-01-01 00:00 UTC.
const BOUNDARY: i64 = 1_893_456_000;

/// So many components; number 150 is on a window that begins in 2030, the others on one that is there until 2040.
fn rows(components: i64, has_windows: bool) -> SnapshotRows {
    let mut rows = SnapshotRows {
        version: 1,
        ..SnapshotRows::default()
    };
    for (id, start, end) in [
        (1, "2020-01-01T00:00", "2040-01-01T00:00"),
        (2, "2030-01-01T00:00", "2030-01-02T00:00"),
    ] {
        put_once_window(&mut rows, id, start, end);
    }
    for id in 1..=components {
        rows.components.push(component(id));
        if has_windows {
            rows.component_windows.push((id, if id == 150 { 2 } else { 1 }));
        }
    }
    rows
}

fn component(id: i64) -> ComponentRow {
    ComponentRow {
        id,
        name: format!("service-{id:05}"),
        display_name: String::new(),
        description: String::new(),
        enabled: true,
        slo_millipercent: None,
        indicator_id: None,
        version: 1,
        created_at: NaiveDateTime::default(),
        updated_at: NaiveDateTime::default(),
    }
}

fn snapshot(components: i64, has_windows: bool) -> Arc<Snapshot> {
    Arc::new(SnapshotBuilder::new(rows(components, has_windows)).snapshot())
}

fn cache(snapshot: Arc<Snapshot>, now: i64) -> (Arc<FixedClock>, ExpositionCache) {
    let clock = Arc::new(FixedClock::at(now));
    let current = CurrentState::new(Arc::clone(&clock) as Arc<dyn Clock>);
    current.publish(snapshot, Refresh::Full);
    (clock, ExpositionCache::new(Arc::new(current)))
}

/// A scrape, and how many segments were made for it.
fn scraped(cache: &ExpositionCache, key: PageKey) -> (Arc<CachedPage>, u64) {
    let segments = &cache.current().instruments.segments;
    let before = segments.get();
    let page = cache.page(key).expect("a snapshot was published");
    (page, segments.get() - before)
}

fn shard(ordinal: u32, total: u32) -> PageKey {
    PageKey::new(Layout::Names, Some(Shard::new(ordinal, total).expect("there is one")))
}

#[test]
fn forty_shards_in_turn_are_cached() {
    let (_clock, cache) = cache(snapshot(300, true), NOW);
    let scrape_all = || -> u64 {
        let made = (0..40).map(|ordinal| {
            let (_, made) = scraped(&cache, shard(ordinal, 40));
            cache.prepare();
            made
        });
        made.sum()
    };
    assert!(scrape_all() > 0);
    assert_eq!(scrape_all(), 0, "a scrape that changes nothing makes nothing");
}

#[test]
fn the_pages_that_were_asked_for_last_are_cached() {
    let (_clock, cache) = cache(snapshot(300, true), NOW);
    let total = u32::try_from(PAGES_MAX).expect("it is small") + 10;
    let pages: Vec<Weak<CachedPage>> = (0..total)
        .map(|ordinal| Arc::downgrade(&scraped(&cache, shard(ordinal, total)).0))
        .collect();
    let alive: Vec<bool> = pages.iter().map(|page| page.upgrade().is_some()).collect();
    assert!(alive[..10].iter().all(|is_alive| !is_alive));
    assert!(alive[10..].iter().all(|is_alive| *is_alive));
}

#[test]
fn a_second_backwards_makes_nothing() {
    let (clock, cache) = cache(snapshot(300, true), NOW);
    scraped(&cache, WHOLE);
    clock.set(NOW - 1);
    let (_, made) = scraped(&cache, WHOLE);
    assert_eq!(made, 0, "all values are the same a second before");
}

#[test]
fn a_prepared_state_is_freed_with_the_snapshot() {
    let (_clock, cache) = cache(snapshot(300, true), NOW);
    let (page, _) = scraped(&cache, WHOLE);
    let old: Weak<ExposedState> = Arc::downgrade(page.state());
    drop(page);
    cache.prepare();
    // No component at all: nothing ever changes.
    cache.current().publish(snapshot(0, false), Refresh::Full);
    let (page, _) = scraped(&cache, WHOLE);
    assert_eq!(page.state().valid_until(), None);
    drop(page);
    cache.prepare();
    assert!(old.upgrade().is_none(), "the state before is still in memory");
}

/// So many components have 42 blocks: a group of 32 and one of 10.
const MANY: i64 = 2_000;
const BLOCKS: usize = 42;

/// The sections by labels without figures of the current month.
const SECTIONS_BY_LABELS: u64 = 8;

const BY_LABELS: PageKey = PageKey {
    layout: Layout::Labels,
    shard: None,
};

/// How many evaluated blocks of one state are in another.
fn blocks_in_common(a: &ExposedState, b: &ExposedState) -> usize {
    let is_same = |(a, b): (&Arc<EvaluatedBlock>, &Arc<EvaluatedBlock>)| Arc::ptr_eq(a, b);
    assert_eq!((a.blocks().len(), b.blocks().len()), (BLOCKS, BLOCKS));
    a.blocks().iter().zip(b.blocks()).filter(|pair| is_same(*pair)).count()
}

/// How many groups of segments of one page are in another: the same memory, while both are there.
fn groups_in_common(a: &CachedPage, b: &CachedPage) -> usize {
    let is_in_a = |b: &&Bytes| !b.is_empty() && a.gzip_chunks().any(|a| a.as_ptr() == b.as_ptr());
    b.gzip_chunks().filter(is_in_a).count()
}

/// One block is another one, and with it one of the two groups of each section. By labels three sections have a sample in the other
/// group: no component there was outside of a window, or will be inside of another one.
#[track_caller]
fn check_one_block_changed(before: &CachedPage, after: &CachedPage) {
    assert_eq!(blocks_in_common(before.state(), after.state()), BLOCKS - 1);
    let sections = after.key().layout.sections(false).len();
    let common = groups_in_common(before, after);
    assert!(
        (sections.div_ceil(2)..=sections).contains(&common),
        "{common} groups are the same"
    );
}

#[test]
fn an_unchanged_scrape_makes_nothing() {
    let (_clock, cache) = cache(snapshot(MANY, true), NOW);
    for (key, sections) in [(WHOLE, 1), (BY_LABELS, SECTIONS_BY_LABELS)] {
        let (first, made) = scraped(&cache, key);
        assert_eq!(made, BLOCKS as u64 * sections);
        let (second, made) = scraped(&cache, key);
        assert!(made == 0 && Arc::ptr_eq(&first, &second));
    }
}

#[test]
fn an_edit_makes_one_segment_of_each_section() {
    let mut builder = SnapshotBuilder::new(rows(MANY, true));
    let (_clock, cache) = cache(Arc::new(builder.snapshot()), NOW);
    let before: Vec<Arc<CachedPage>> = [WHOLE, BY_LABELS].map(|key| scraped(&cache, key).0).into();
    // What is prepared does not show the edit.
    cache.prepare();
    builder.update(SnapshotRows {
        version: 2,
        components: vec![component(77)],
        component_labels: vec![(77, 1, "team".to_owned(), "blue".to_owned())],
        component_windows: vec![(77, 1)],
        ..SnapshotRows::default()
    });
    cache.current().publish(Arc::new(builder.snapshot()), Refresh::Delta);
    for (before, segments) in before.iter().zip([1, SECTIONS_BY_LABELS]) {
        let (after, made) = scraped(&cache, before.key());
        assert_eq!(made, segments);
        check_one_block_changed(before, &after);
    }
}

#[test]
fn a_transition_makes_only_what_it_touches() {
    let (clock, cache) = cache(snapshot(MANY, true), BOUNDARY - 1);
    let before: Vec<Arc<CachedPage>> = [WHOLE, BY_LABELS].map(|key| scraped(&cache, key).0).into();
    clock.set(BOUNDARY);
    // A start changes the latest start, the next one and whether it is inside; no end, and no sum of what has ended.
    for (before, segments) in before.iter().zip([1, 3]) {
        let (after, made) = scraped(&cache, before.key());
        assert_eq!(made, segments);
        check_one_block_changed(before, &after);
    }
}

#[test]
fn a_transition_that_was_prepared_makes_nothing() {
    let (clock, cache) = cache(snapshot(MANY, true), BOUNDARY - 1);
    let before: Vec<Arc<CachedPage>> = [WHOLE, BY_LABELS].map(|key| scraped(&cache, key).0).into();
    cache.prepare();
    clock.set(BOUNDARY);
    for before in &before {
        let (after, made) = scraped(&cache, before.key());
        assert_eq!(made, 0);
        check_one_block_changed(before, &after);
    }
}
