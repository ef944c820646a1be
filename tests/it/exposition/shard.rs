//! Shares of the components: how they are written, which one a component belongs to, and what one more of them moves.

use std::num::NonZeroU32;

use proptest::prelude::*;
use sla_monitor::metrics::state::shard::{SHARDS_MAX, Shard, fnv1a, jump};

fn shard(ordinal: u32, total: u32) -> Shard {
    Shard::new(ordinal, total).expect("there is such a shard")
}

/// The one shard of `total` that holds the component.
fn holder(component_name: &str, total: u32) -> u32 {
    let mut holders = (0..total).filter(|ordinal| shard(*ordinal, total).holds(component_name));
    let holder = holders.next().expect("a shard holds it");
    assert_eq!(holders.next(), None, "{component_name} of {total}");
    holder
}

#[test]
fn shards_are_written_as_two_numbers() {
    for (text, ordinal, total) in [
        ("0/1", 0, 1),
        ("0/4", 0, 4),
        ("3/4", 3, 4),
        ("1023/1024", 1023, 1024),
        ("01/04", 1, 4),
    ] {
        let read: Shard = text.parse().expect("it is a shard");
        assert_eq!((read.ordinal(), read.total().get()), (ordinal, total), "{text}");
        assert_eq!(read.to_string().parse(), Ok(read));
    }
    assert_eq!(shard(3, 4).to_string(), "3/4");
}

#[test]
fn what_is_no_shard_is_said() {
    for (text, message) in [
        (
            "4/4",
            "there is no shard 4 of 4; they are counted from 0, so the last one is 3/4",
        ),
        (
            "1/1",
            "there is no shard 1 of 1; they are counted from 0, so the last one is 0/1",
        ),
        (
            "99999999999999999999/2",
            "there is no shard 18446744073709551615 of 2; they are counted from 0, so the last one is 1/2",
        ),
        ("0/0", "there cannot be 0 shards; use 1 to 1024"),
        ("0/1025", "there cannot be 1025 shards; use 1 to 1024"),
        ("0/4294967297", "there cannot be 4294967297 shards; use 1 to 1024"),
    ] {
        let error = text.parse::<Shard>().expect_err(text);
        assert_eq!(error.to_string(), message);
    }
    for text in [
        "", "/", "1", "0/", "/4", "a/b", "0/4/8", "-1/4", "+0/4", "0 / 4", " 0/4", "0x0/4", "0.0/4", "٠/٤", "0/4\n",
    ] {
        let error = text.parse::<Shard>().expect_err(text).to_string();
        let expected = format!(
            "`{}` is no shard; write its number, counted from 0, and how many there are: 0/4",
            text.escape_debug()
        );
        assert_eq!(error, expected);
    }
    let long = "9".repeat(1000).parse::<Shard>().expect_err("no slash").to_string();
    assert!(long.len() < 120, "{long}");
}

/// The values that Fowler, Noll and Vo publish.
#[test]
fn the_hash_is_fnv_1a() {
    for (text, hash) in [
        ("", 0xcbf2_9ce4_8422_2325),
        ("a", 0xaf63_dc4c_8601_ec8c),
        ("b", 0xaf63_df4c_8601_f1a5),
        ("hello", 0xa430_d846_80aa_bd0b),
        ("foobar", 0x8594_4171_f739_67e8),
    ] {
        assert_eq!(fnv1a(text.as_bytes()), hash, "{text}");
    }
}

/// Keys and buckets that other implementations are tested with.
#[test]
fn buckets_are_those_of_the_jump_consistent_hash() {
    for (key, buckets, bucket) in [
        (1, 1, 0),
        (42, 57, 43),
        (256, 1024, 520),
        (0xdead_10cc, 1, 0),
        (0xdead_10cc, 666, 361),
        (0, 2, 0),
        (4, 2, 1),
        (7, 2, 0),
        (1, 128, 55),
        (129, 128, 120),
        (128, 100_000_000, 38_172_097),
        (u64::MAX, 128, 92),
        (u64::MAX - 41, 57, 8),
    ] {
        let buckets = NonZeroU32::new(buckets).expect("there are some");
        assert_eq!(jump(key, buckets), bucket, "{key} of {buckets}");
    }
}

/// A shard must have the same components after an update of the program, or the stored series of its scrape job end.
#[test]
fn components_stay_where_they_are() {
    for (component_name, holders) in [
        ("payments-api", [0, 0, 3, 4, 45, 439]),
        ("größe 1", [0, 0, 0, 5, 41, 782]),
        ("a", [1, 2, 2, 2, 31, 163]),
        ("サービス1", [1, 1, 1, 1, 47, 520]),
    ] {
        let found = [2, 3, 4, 8, 100, 1024].map(|total| holder(component_name, total));
        assert_eq!(found, holders, "{component_name}");
    }
}

#[test]
fn shares_of_numbered_components_are_alike() {
    let count = 20_000_u32;
    for total in [2, 3, 7, 16] {
        let mut sizes = vec![0_u32; total as usize];
        (0..count).for_each(|number| sizes[holder(&format!("svc-{number:06}"), total) as usize] += 1);
        let fair = count / total;
        for size in sizes {
            assert!(
                size.abs_diff(fair) * 10 < fair,
                "{size} instead of {fair} in one of {total}"
            );
        }
    }
}

#[test]
fn one_shard_more_takes_its_share_and_moves_nothing_else() {
    let names: Vec<String> = (0..10_000).map(|number| format!("{number}-api")).collect();
    for total in [1, 2, 4, 9] {
        let moved = names
            .iter()
            .filter(|name| holder(name, total) != holder(name, total + 1))
            .inspect(|name| assert_eq!(holder(name, total + 1), total, "{name}"))
            .count();
        let fair = names.len() / (total as usize + 1);
        assert!(
            moved.abs_diff(fair) * 10 < fair,
            "{moved} instead of {fair} from {total}"
        );
    }
}

proptest! {
    #[test]
    fn every_component_is_in_one_shard_and_only_ever_jumps_to_a_later_one(name in any::<String>(), total in 1..64_u32) {
        let before = holder(&name, total);
        let after = holder(&name, total + 1);
        prop_assert!(after == before || after == total);
        prop_assert!(shard(0, 1).holds(&name));
    }

    #[test]
    fn every_shard_is_written_as_it_is_read(total in 1..=SHARDS_MAX, part in any::<u32>()) {
        let shard = shard(part % total, total);
        prop_assert_eq!(shard.to_string().parse(), Ok(shard));
    }

    #[test]
    fn no_text_is_too_strange(text in prop_oneof![any::<String>(), "[0-9/+ -]{0,24}"]) {
        if let Err(error) = text.parse::<Shard>() {
            let message = error.to_string();
            prop_assert!(!message.chars().any(char::is_control) && message.len() < 300, "{}", message);
        }
    }
}
