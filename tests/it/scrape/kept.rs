//! What is kept of feeds and states from one scrape to the next, and what is not.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use sla_monitor::apps::sla::component::model::ComponentRow;
use sla_monitor::apps::sla::snapshot::compile::{SnapshotBuilder, SnapshotRows};
use sla_monitor::clock::{Clock, FixedClock};
use sla_monitor::metrics::cache::page::{Feed, FeedKey};
use sla_monitor::metrics::cache::pages::{Cell, Feeds};
use sla_monitor::metrics::cache::shared::Shared;
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::source::Refresh;
use sla_monitor::metrics::state::shard::Shard;
use sla_monitor::metrics::state::snapshot::Snapshot;
use sla_monitor::metrics::state::{Frame, State};

use super::put_once_window;

/// 2026-03-27 00:00 UTC.
const NOW: i64 = 1_774_569_600;

const WHOLE: FeedKey = FeedKey {
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
        version: 1,
    }
}

fn snapshot(components: i64, has_windows: bool) -> Arc<Snapshot> {
    Arc::new(SnapshotBuilder::new(rows(components, has_windows)).snapshot())
}

fn shared(snapshot: Arc<Snapshot>, now: i64) -> (Arc<FixedClock>, Shared) {
    let clock = Arc::new(FixedClock::at(now));
    let shared = Shared::new(Arc::clone(&clock) as Arc<dyn Clock>);
    shared.publish(snapshot, Refresh::Full);
    (clock, shared)
}

#[test]
fn forty_shards_in_turn_are_kept() {
    let (_clock, shared) = shared(snapshot(300, true), NOW);
    let scrape_all = || {
        for ordinal in 0..40 {
            let shard = Shard::new(ordinal, 40).expect("there is one");
            let key = FeedKey {
                layout: Layout::Names,
                shard: Some(shard),
            };
            shared.feed_now(key).expect("a snapshot was published");
            shared.prepare();
        }
    };
    scrape_all();
    let before = shared.instruments.segments.get();
    scrape_all();
    assert_eq!(
        shared.instruments.segments.get(),
        before,
        "a scrape that changes nothing makes nothing"
    );
}

/// Also while the preparer is busy.
#[test]
fn feeds_have_a_limit_at_all_times() {
    let feeds = Feeds::default();
    let mut cells: Vec<Weak<Cell>> = Vec::new();
    for total in 1_000..1_003 {
        for ordinal in 0..total {
            let key = FeedKey::new(Layout::Names, Some(Shard::new(ordinal, total).expect("there is one")));
            cells.push(Arc::downgrade(&feeds.used(key)));
        }
    }
    let alive = |cells: &[Weak<Cell>]| cells.iter().filter(|cell| cell.upgrade().is_some()).count();
    assert_eq!(alive(&cells), 1_024);
    assert_eq!(alive(&cells[cells.len() - 1_024..]), 1_024, "the last ones are kept");
}

#[test]
fn a_second_backwards_keeps_what_is_the_same() {
    let snapshot = snapshot(300, true);
    let (clock, shared) = shared(snapshot, NOW);
    shared.feed_now(WHOLE).expect("a snapshot was published");
    let before = shared.instruments.segments.get();
    clock.set(NOW - 1);
    shared.feed_now(WHOLE).expect("a snapshot was published");
    assert_eq!(
        shared.instruments.segments.get(),
        before,
        "no value is another one a second before"
    );
}

/// Also if what comes was made ahead before they were.
#[test]
fn a_transition_keeps_segments_that_are_compressed_well() {
    let snapshot = snapshot(2_000, true);
    let (state, _) = State::at(&[], &snapshot, NOW);
    let instant = state.valid_until().expect("the horizon moves");
    // The first instant at which something changes.
    let instant = state.next_transition().unwrap_or(instant);
    let (next, _) = State::at(&[&state], &snapshot, instant);
    let (own, _) = Feed::next(WHOLE, &state, &[]);
    let (ahead, _) = Feed::next(WHOLE, &next, &[&own]);
    let own = own.settled(Duration::ZERO, usize::MAX).expect("it was not settled");
    assert_eq!(own.settles_in(Duration::ZERO), None);
    let (alone, made) = Feed::next(WHOLE, &next, &[&own]);
    assert!((1..=2).contains(&made), "{made}");
    let (after, _) = Feed::next(WHOLE, &next, &[&ahead, &own]);
    assert!(
        after.deflated_length() <= alone.deflated_length(),
        "{} bytes with what was made ahead, {} without, {} before the transition",
        after.deflated_length(),
        alone.deflated_length(),
        own.deflated_length(),
    );
}

#[test]
fn what_was_made_ahead_goes_with_its_state() {
    let (_clock, shared) = shared(snapshot(300, true), NOW);
    let feed = shared.feed_now(WHOLE).expect("a snapshot was published");
    let old: Weak<State> = Arc::downgrade(feed.state());
    drop(feed);
    shared.prepare();
    // No component at all: nothing ever changes.
    shared.publish(snapshot(0, false), Refresh::Full);
    let feed = shared.feed_now(WHOLE).expect("a snapshot was published");
    assert_eq!(feed.state().valid_until(), None);
    drop(feed);
    shared.prepare();
    assert!(old.upgrade().is_none(), "the state before is still in memory");
}

/// Whatever called the preparer meanwhile.
#[test]
fn what_settles_is_waited_for_no_longer_than_it_takes() {
    let (state, _) = State::at(&[], &snapshot(2_000, true), NOW);
    let age = Duration::from_secs(30);
    let (feed, _) = Feed::next(WHOLE, &state, &[]);
    let first = feed.settles_in(age).expect("it was made quickly");
    let second = feed.settles_in(age).expect("it was made quickly");
    assert!(second < first && first < age, "{first:?}, then {second:?}");
    assert_eq!(feed.settles_in(Duration::ZERO), Some(Duration::ZERO));
    let settled = feed.settled(Duration::ZERO, usize::MAX).expect("all is due");
    assert_eq!(settled.settles_in(age), None);
}

/// So many components have 42 frames, 32 in a first group and 10 in a second.
const MANY: i64 = 2_000;
const FRAMES: usize = 42;

const BY_LABELS: FeedKey = FeedKey {
    layout: Layout::Labels,
    shard: None,
};

/// A scrape, and how many segments were made for it.
fn scraped(shared: &Shared, key: FeedKey) -> (Arc<Feed>, u64) {
    let before = shared.instruments.segments.get();
    let feed = shared.feed_now(key).expect("a snapshot was published");
    (feed, shared.instruments.segments.get() - before)
}

/// How many frames of one state are in another.
fn frames_in_common(a: &State, b: &State) -> usize {
    let is_same = |(a, b): (&Arc<Frame>, &Arc<Frame>)| Arc::ptr_eq(a, b);
    assert_eq!((a.frames().len(), b.frames().len()), (FRAMES, FRAMES));
    a.frames().iter().zip(b.frames()).filter(|pair| is_same(*pair)).count()
}

/// How many groups of one feed are in another: the same memory, while both are there.
fn groups_in_common(a: &Feed, b: &Feed) -> usize {
    let is_in_a = |b: &&Bytes| a.deflated().iter().any(|a| a.as_ptr() == b.as_ptr());
    b.deflated().iter().filter(is_in_a).count()
}

/// One frame is another one, and one group of the two of each column. By labels three columns show anything in the other group:
/// no component there has been outside of a window, or will be inside of another one.
#[track_caller]
fn check_one_frame_changed(before: &Feed, after: &Feed) {
    assert_eq!(frames_in_common(before.state(), after.state()), FRAMES - 1);
    // One group of each column that shows anything, and there are two of each.
    let new = after.deflated().len() - groups_in_common(before, after);
    assert!(
        (1..=after.key().layout.columns().len()).contains(&new),
        "{new} groups are new"
    );
    assert!(after.deflated().len() >= 2 * new);
}

#[test]
fn an_unchanged_scrape_makes_nothing() {
    let (_clock, shared) = shared(snapshot(MANY, true), NOW);
    for (key, columns) in [(WHOLE, 1), (BY_LABELS, 6)] {
        let (first, made) = scraped(&shared, key);
        assert_eq!(made, FRAMES as u64 * columns);
        let (second, made) = scraped(&shared, key);
        assert!(made == 0 && Arc::ptr_eq(&first, &second));
    }
}

#[test]
fn an_edit_makes_one_segment_of_each_column() {
    let mut builder = SnapshotBuilder::new(rows(MANY, true));
    let (_clock, shared) = shared(Arc::new(builder.snapshot()), NOW);
    let before: Vec<Arc<Feed>> = [WHOLE, BY_LABELS].map(|key| scraped(&shared, key).0).into();
    // What is there ahead of time does not show the edit.
    shared.prepare();
    builder.update(SnapshotRows {
        version: 2,
        components: vec![component(77)],
        component_labels: vec![(77, "team".to_owned(), "blue".to_owned())],
        component_windows: vec![(77, 1)],
        ..SnapshotRows::default()
    });
    shared.publish(Arc::new(builder.snapshot()), Refresh::Delta);
    for (before, segments) in before.iter().zip([1, 6]) {
        let (after, made) = scraped(&shared, before.key());
        assert_eq!(made, segments);
        check_one_frame_changed(before, &after);
    }
}

#[test]
fn a_transition_makes_only_what_it_touches() {
    let (clock, shared) = shared(snapshot(MANY, true), BOUNDARY - 1);
    let before: Vec<Arc<Feed>> = [WHOLE, BY_LABELS].map(|key| scraped(&shared, key).0).into();
    clock.set(BOUNDARY);
    for (before, segments) in before.iter().zip([1, 6]) {
        let (after, made) = scraped(&shared, before.key());
        assert_eq!(made, segments);
        check_one_frame_changed(before, &after);
    }
}

#[test]
fn a_transition_that_was_prepared_makes_nothing() {
    let (clock, shared) = shared(snapshot(MANY, true), BOUNDARY - 1);
    let before: Vec<Arc<Feed>> = [WHOLE, BY_LABELS].map(|key| scraped(&shared, key).0).into();
    shared.prepare();
    clock.set(BOUNDARY);
    for before in &before {
        let (after, made) = scraped(&shared, before.key());
        assert_eq!(made, 0);
        check_one_frame_changed(before, &after);
    }
}
