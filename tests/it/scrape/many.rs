//! The same equivalence as for a few components, for so many that they fill dozens of blocks, which edits
//! split, join and shift: what is kept from one scrape to the next must never show.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sla_monitor::apps::sla::snapshot::compile::SnapshotBuilder;
use sla_monitor::clock::{Clock, FixedClock};
use sla_monitor::metrics::answer::selection::Selection;
use sla_monitor::metrics::cache::ExpositionCache;
use sla_monitor::metrics::cache::page::PageKey;
use sla_monitor::metrics::format::families::families;
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::source::Refresh;
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::current::CurrentState;
use sla_monitor::metrics::state::shard::Shard;
use sla_monitor::metrics::state::snapshot::Snapshot;

use super::equivalence::{Component, Edit, Rules, START, World, check_bytes, check_lines, rendered, rules, step};

/// Components have keys below this; every second one is there in the beginning.
const KEYS: i64 = 4_800;

const WINDOWS: i64 = 30;
const CALENDARS: i64 = 3;

/// Neighbours use one window, and a few of them one more, so that a transition touches some blocks and leaves others.
fn component(key: i64) -> Component {
    let mut windows = BTreeSet::from([1 + key / 200]);
    windows.extend((key % 70 == 0).then_some(WINDOWS - key / 70 % 5));
    let number = usize::try_from(key).expect("keys are positive");
    Component {
        // Behind those that are called otherwise.
        name: 12 + number,
        enabled: key % 17 != 0,
        slo: (key % 3 == 0).then_some(99_000),
        labels: vec![number % 6],
        windows,
        calendars: (key % 500 == 2).then_some(1 + key % CALENDARS).into_iter().collect(),
    }
}

/// What one step of a test does.
#[derive(Clone, Debug)]
enum Deed {
    /// Components that stand together: they come, go, or move to the end of the order and back.
    Fill(i64, i64),
    Clear(i64, i64),
    Move(i64, i64),
    /// Components here and there get another name, or come with it.
    Rename(Vec<(i64, usize)>),
    Label(i64, Vec<usize>),
    One(Edit),
}

impl Deed {
    fn edits(&self, world: &World) -> Vec<Edit> {
        let known = |key: &i64| world.components.get(key).cloned();
        let changed = |key: i64, change: &dyn Fn(&mut Component)| {
            let mut own = known(&key).unwrap_or_else(|| component(key));
            change(&mut own);
            Edit::Component(key, own)
        };
        match self {
            Self::Fill(start, length) => (*start..start + length)
                .map(|key| Edit::Component(key, component(key)))
                .collect(),
            Self::Clear(start, length) => (*start..start + length).map(Edit::RemoveComponent).collect(),
            Self::Move(start, length) => {
                let far = |own: &mut Component| match own.name.checked_sub(5_000) {
                    Some(name) => own.name = name,
                    None => own.name += 5_000,
                };
                let keys = (*start..start + length).filter(|key| world.components.contains_key(key));
                keys.map(|key| changed(key, &far)).collect()
            }
            Self::Rename(names) => names
                .iter()
                .map(|(key, name)| changed(*key, &|own| own.name = *name))
                .collect(),
            Self::Label(key, labels) => vec![changed(*key, &|own| own.labels.clone_from(labels))],
            Self::One(edit) => vec![edit.clone()],
        }
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => (1..KEYS - 400, 1i64..400).prop_map(|(start, length)| Deed::Fill(start, length)),
        2 => (1..KEYS - 400, 1i64..400).prop_map(|(start, length)| Deed::Clear(start, length)),
        1 => (1..KEYS - 400, 1i64..200).prop_map(|(start, length)| Deed::Move(start, length)),
        2 => prop::collection::vec((1..KEYS, 0usize..5_000), 1..8).prop_map(Deed::Rename),
        2 => (1..KEYS, prop::collection::vec(0usize..6, 0..4)).prop_map(|(key, labels)| Deed::Label(key, labels)),
        1 => (1..KEYS, 1..KEYS).prop_map(|(a, b)| Deed::One(Edit::SwapNames(a / 2 * 2, b / 2 * 2))),
        2 => (1..=WINDOWS, rules()).prop_map(|(key, rules)| Deed::One(Edit::Window(key, rules))),
        1 => (1..=WINDOWS).prop_map(|key| Deed::One(Edit::RemoveWindow(key))),
        1 => (1..=CALENDARS, rules()).prop_map(|(key, rules)| Deed::One(Edit::Calendar(key, rules))),
        1 => Just(Deed::One(Edit::Nothing)),
    ]
}

/// The beginning: windows and calendars of these rules, and half of the components that there may be.
fn world(windows: &[Rules], calendars: &[Rules]) -> World {
    let mut world = World::default();
    let calendars = (1..)
        .zip(calendars.iter().cloned())
        .map(|(key, rules)| Edit::Calendar(key, rules));
    let windows = (1..)
        .zip(windows.iter().cloned())
        .map(|(key, rules)| Edit::Window(key, rules));
    let components = (2..KEYS).step_by(2).map(|key| Edit::Component(key, component(key)));
    let edits: Vec<Edit> = calendars.chain(windows).chain(components).collect();
    world.apply(&edits);
    world
}

fn keys() -> [PageKey; 4] {
    let half = Some(Shard::new(1, 2).expect("there are two"));
    [
        PageKey::new(Layout::Names, None),
        PageKey::new(Layout::Labels, None),
        PageKey::new(Layout::Names, half),
        PageKey::new(Layout::Labels, half),
    ]
}

/// The cached page is that of a state that is made anew.
fn check(cache: &ExpositionCache, key: PageKey, anew: &Arc<ExposedState>) -> Result<(), TestCaseError> {
    let selection = Selection {
        shard: key.shard,
        ..Selection::default()
    };
    let page = rendered(anew, key.layout, &selection)?;
    let cached = cache.page(key).expect("a snapshot was published");
    check_bytes(&cached, &page)
}

/// The page of a state has the lines of the registry's own families.
fn check_registry(state: &Arc<ExposedState>) -> Result<(), TestCaseError> {
    for layout in [Layout::Names, Layout::Labels] {
        check_lines(
            &rendered(state, layout, &Selection::default())?,
            &families(state, layout),
        )?;
    }
    Ok(())
}

fn anew(world: &World, now: i64) -> Arc<ExposedState> {
    let fresh: Arc<Snapshot> = Arc::new(SnapshotBuilder::new(world.everything()).snapshot());
    ExposedState::at(&[], &fresh, now).0
}

proptest! {
    // The same cases in every run.
    #![proptest_config(ProptestConfig {
        cases: 6,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1_774_569_600),
        max_shrink_iters: 40,
        ..ProptestConfig::default()
    })]

    #[test]
    fn cached_pages_of_many_blocks_equal_pages_made_anew(
        windows in prop::collection::vec(rules(), 30),
        calendars in prop::collection::vec(rules(), 3),
        steps in prop::collection::vec((deed(), step(), 0u8..32, 1u8..16), 2..5),
    ) {
        let mut world = world(&windows, &calendars);
        let mut builder = SnapshotBuilder::new(world.everything());
        let mut now = START;
        let clock = Arc::new(FixedClock::at(now));
        let current = Arc::new(CurrentState::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let cache = ExpositionCache::new(Arc::clone(&current));
        current.publish(Arc::new(builder.snapshot()), Refresh::Full);
        let first = anew(&world, now);
        prop_assert!(first.blocks().len() > 32, "several threads render them");
        check_registry(&first)?;
        for key in keys() {
            check(&cache, key, &first)?;
        }
        for (number, (deed, step, chores, asked)) in steps.iter().enumerate() {
            let does = |chore: u8| chores & (1 << chore) != 0;
            now += step;
            builder.update(world.apply(&deed.edits(&world)));
            current.publish(Arc::new(builder.snapshot()), Refresh::Delta);
            if does(0) {
                cache.prepare();
            }
            clock.set(now);
            if does(1) {
                cache.prepare();
            }
            let is_last = number + 1 == steps.len();
            let anew_now = anew(&world, now);
            // Pages that are not asked for have more to make up for the next time.
            for (_, key) in (0..).zip(keys()).filter(|(bit, _)| is_last || asked & (1 << bit) != 0) {
                check(&cache, key, &anew_now)?;
            }
            // What was prepared is what holds then.
            if let Some(instant) = anew_now.valid_until().filter(|_| does(3)) {
                cache.prepare();
                clock.set(instant);
                check(&cache, keys()[usize::from(*asked) % 4], &anew(&world, instant))?;
                // Sometimes the clock goes back from there, sometimes on.
                if does(4) {
                    now = instant;
                } else {
                    clock.set(now);
                }
            }
            if is_last {
                check_registry(&anew_now)?;
            }
        }
    }
}
