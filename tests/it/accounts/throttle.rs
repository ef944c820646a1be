//! Failures to sign in: when they block, whom, and for how long.

use std::sync::Barrier;
use std::thread;

use sla_monitor::auth::throttle::{self, Failures, Verdict};

use super::at;
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    five_failures_block_for_a_quarter_of_an_hour,
    success_clears_and_others_are_not_affected,
    parallel_failures_are_all_counted,
    what_is_over_is_cleared,
);

const MINUTE: i64 = 60;

#[test]
fn the_decision() {
    let failures = |count, first, blocked: Option<i64>| Failures {
        count,
        first_at: at(first),
        last_at: at(first),
        blocked_until: blocked.map(at),
    };
    // Before, the instant of the failure, the count after it, and until when it blocks.
    let cases = [
        (None, 0, 1, None),
        (Some(failures(1, 0, None)), 10, 2, None),
        (Some(failures(4, 0, None)), 15 * MINUTE - 1, 5, Some(30 * MINUTE - 1)),
        (Some(failures(4, 0, None)), 15 * MINUTE, 1, None),
        // One that was under way when the block began changes nothing.
        (Some(failures(5, 0, Some(900))), 899, 5, Some(900)),
        (Some(failures(5, 0, Some(900))), 900, 1, None),
        // A clock that went back.
        (Some(failures(2, 1000, None)), 0, 3, None),
    ];
    for (before, now, count, blocked) in cases {
        let after = throttle::after_failure(before.as_ref(), at(now));
        assert_eq!(
            (after.count, after.blocked_until),
            (count, blocked.map(at)),
            "{before:?} at {now}"
        );
    }
    let verdicts = [
        (None, 0, Verdict::Go),
        (Some(failures(4, 0, None)), 0, Verdict::Go),
        (Some(failures(5, 0, Some(900))), 0, Verdict::Wait(900)),
        (Some(failures(5, 0, Some(900))), 899, Verdict::Wait(1)),
        (Some(failures(5, 0, Some(900))), 900, Verdict::Go),
        (Some(failures(5, 100_000, Some(100_900))), 0, Verdict::Wait(900)),
    ];
    for (failures, now, expected) in verdicts {
        assert_eq!(
            throttle::verdict(failures.as_ref(), at(now)),
            expected,
            "{failures:?} at {now}"
        );
    }
}

#[test]
fn the_key() {
    let key = |username: &str, address: &str| throttle::key(username, address.parse().ok());
    let ada = key("ada", "192.0.2.1");
    assert_eq!(key("ADA", "192.0.2.1"), ada);
    assert_eq!(key("Ada", "::ffff:192.0.2.1"), ada);
    for other in [
        key("bert", "192.0.2.1"),
        key("ada", "192.0.2.2"),
        key("ada", ""),
        key("ada", "2001:db8::1"),
    ] {
        assert_ne!(other, ada);
    }
    assert_eq!(
        key("ada", "2001:db8::1"),
        key("ada", "2001:db8::ffff:1"),
        "neighbours are one"
    );
    assert_ne!(key("ada", "2001:db8::1"), key("ada", "2001:db8:0:1::1"));
    assert_eq!(key(&"x".repeat(100_000), "192.0.2.1").len(), 64);
}

fn five_failures_block_for_a_quarter_of_an_hour(database: &Database) {
    let conn = &mut database.connect();
    for second in 0..4 {
        assert_eq!(
            throttle::check(conn, "key", at(second)).expect("it answers"),
            Verdict::Go
        );
        assert_eq!(
            throttle::fail(conn, "key", at(second)).expect("it answers"),
            Verdict::Go
        );
    }
    assert_eq!(
        throttle::fail(conn, "key", at(4)).expect("it answers"),
        Verdict::Wait(900)
    );
    for (second, expected) in [(5, Verdict::Wait(899)), (903, Verdict::Wait(1)), (904, Verdict::Go)] {
        assert_eq!(
            throttle::check(conn, "key", at(second)).expect("it answers"),
            expected,
            "{second}"
        );
    }
    assert_eq!(throttle::check(conn, "other", at(5)).expect("it answers"), Verdict::Go);
    assert_eq!(
        throttle::fail(conn, "key", at(904)).expect("it answers"),
        Verdict::Go,
        "the count begins anew"
    );
}

fn success_clears_and_others_are_not_affected(database: &Database) {
    let conn = &mut database.connect();
    let fail = |conn: &mut _, key: &str, times| {
        for _ in 0..times {
            throttle::fail(conn, key, at(0)).expect("it answers");
        }
    };
    assert_eq!(throttle::succeed(conn, "new", at(0)).expect("it answers"), Verdict::Go);
    fail(conn, "one", 4);
    fail(conn, "two", 4);
    assert_eq!(throttle::succeed(conn, "one", at(1)).expect("it answers"), Verdict::Go);
    fail(conn, "one", 4);
    assert_eq!(
        throttle::check(conn, "one", at(1)).expect("it answers"),
        Verdict::Go,
        "it was cleared"
    );
    fail(conn, "two", 1);
    // A right password that was under way when the block began.
    assert_eq!(
        throttle::succeed(conn, "two", at(2)).expect("it answers"),
        Verdict::Wait(898)
    );
    assert_eq!(
        throttle::check(conn, "two", at(2)).expect("it answers"),
        Verdict::Wait(898)
    );
    assert_eq!(throttle::check(conn, "one", at(2)).expect("it answers"), Verdict::Go);
}

fn parallel_failures_are_all_counted(database: &Database) {
    for (key, attempts, counted) in [("some", 4, 4), ("many", 12, 5)] {
        let barrier = Barrier::new(attempts);
        thread::scope(|scope| {
            for _ in 0..attempts {
                scope.spawn(|| {
                    let mut conn = database.connect();
                    barrier.wait();
                    throttle::fail(&mut conn, key, at(0)).expect("it answers");
                });
            }
        });
        let count = format!("SELECT failures AS value FROM login_failure WHERE key = '{key}'");
        assert_eq!(database.number(&count), counted, "{attempts} attempts");
    }
    let conn = &mut database.connect();
    assert_eq!(throttle::check(conn, "some", at(0)).expect("it answers"), Verdict::Go);
    assert_eq!(
        throttle::check(conn, "many", at(0)).expect("it answers"),
        Verdict::Wait(900)
    );
}

fn what_is_over_is_cleared(database: &Database) {
    let conn = &mut database.connect();
    throttle::fail(conn, "old", at(0)).expect("it answers");
    throttle::fail(conn, "young", at(100)).expect("it answers");
    assert_eq!(throttle::clear_old(conn, at(900)).expect("it answers"), 0);
    assert_eq!(throttle::clear_old(conn, at(901)).expect("it answers"), 1);
    assert_eq!(database.texts("SELECT key AS value FROM login_failure"), ["young"]);
}
