//! Components in blocks stay sorted and whole through any changes, and blocks that a change does not touch are shared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sla_monitor::metrics::state::block::{Block, Blocks};
use sla_monitor::metrics::state::snapshot::Component;

/// A name; one in eight shares its prefix with others.
fn name(number: u16) -> String {
    match number % 8 {
        0 => format!(
            "shared{}{}x",
            ["-", "_", ".", " "][usize::from(number / 8 % 4)],
            ["-", "_", "."][usize::from(number / 32 % 3)]
        ),
        _ => format!("c{:04}", number / 2),
    }
}

fn component(name: &str, coverage: usize) -> Arc<Component> {
    Arc::new(Component::new(name, &[], coverage, None))
}

fn check(blocks: &Blocks, model: &BTreeMap<(String, String), Arc<Component>>) -> Result<(), TestCaseError> {
    prop_assert_eq!(blocks.len(), model.len());
    prop_assert_eq!(blocks.is_empty(), model.is_empty());
    prop_assert!(
        blocks.iter().eq(model.values()),
        "the same components in the same order"
    );
    let mut prefixes = BTreeSet::new();
    for block in blocks.blocks() {
        let own: BTreeSet<&str> = block.components().iter().map(|component| component.prefix()).collect();
        prop_assert!(!own.is_empty() && (block.components().len() <= 64 || own.len() == 1));
        prop_assert!(
            block
                .coverages()
                .eq(block.components().iter().map(|component| component.coverage()))
        );
        let count = prefixes.len() + own.len();
        prefixes.extend(own);
        prop_assert_eq!(prefixes.len(), count, "no prefix is in two blocks");
    }
    for (prefix, name) in model.keys() {
        prop_assert!(
            blocks
                .find(prefix, name)
                .is_some_and(|component| component.name() == name)
        );
    }
    prop_assert!(blocks.find("nothing", "nothing").is_none());
    Ok(())
}

proptest! {
    // The same cases in every run.
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1_774_569_600),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_changes_leave_them_sorted_and_whole(
        changes in prop::collection::vec(
            prop_oneof![
                4 => prop::collection::vec((any::<bool>(), 0u16..2_000), 1..6),
                1 => prop::collection::vec((any::<bool>(), 0u16..2_000), 200..900),
            ],
            1..12,
        ),
    ) {
        let mut blocks = Blocks::default();
        let mut model: BTreeMap<(String, String), Arc<Component>> = BTreeMap::new();
        for (round, change) in changes.iter().enumerate() {
            // All of it, so that no address of a block that went is used again.
            let before = blocks.clone();
            let wanted: BTreeMap<String, bool> = change.iter().map(|(is_there, number)| (name(*number), *is_there)).collect();
            let (mut removed, mut added) = (Vec::new(), Vec::new());
            for (name, is_there) in &wanted {
                let new = component(name, round);
                let rank = (new.prefix().to_owned(), name.clone());
                removed.extend(model.remove(&rank));
                if *is_there {
                    model.insert(rank, Arc::clone(&new));
                    added.push(new);
                }
            }
            let touched = removed.len() + added.len();
            blocks.change(removed, added);
            check(&blocks, &model)?;
            let is_kept = |block: &&Arc<Block>| before.blocks().iter().any(|other| Arc::ptr_eq(other, block));
            let kept = blocks.blocks().iter().filter(is_kept).count();
            // A change touches its block and may join it with the one before.
            let count = before.blocks().len();
            prop_assert!(kept + 2 * touched >= count, "{kept} of {count} are kept after {touched} changes");
        }
        let anew: Blocks = model.values().cloned().collect();
        check(&anew, &model)?;
    }
}

#[test]
fn labels_are_read_back_as_they_were_given() {
    for (name, labels) in [
        ("plain", vec![]),
        ("q\"uo\\te", vec![("a", "b"), ("c", "")]),
        (
            "x",
            vec![
                ("path", "C:\\new\n\"dir\""),
                ("weird", "{a=\"b\",c=\"d\"}"),
                ("z", "\\"),
            ],
        ),
    ] {
        let labels: Vec<(String, String)> = labels
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let component = Component::new(name, &labels, 0, None);
        let read: Vec<(String, String)> = component
            .labels()
            .map(|(name, value)| (name.to_owned(), value.into_owned()))
            .collect();
        assert_eq!(read, labels);
        assert_eq!(component.label("component").as_deref(), Some(name));
        assert!(
            labels
                .iter()
                .all(|(name, value)| component.label(name).as_deref() == Some(value))
        );
        assert_eq!(component.label("missing"), None);
    }
}
