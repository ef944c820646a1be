//! Failures to sign in: when they block, whom, and for how long.

use std::sync::Barrier;
use std::thread;

use std::net::IpAddr;

use sla_monitor::auth::throttle::{self, AttemptKeys, Ceiling, Failures, Verdict};

use super::at;
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    five_failures_block_for_a_quarter_of_an_hour,
    success_clears_and_others_are_not_affected,
    parallel_failures_are_all_counted,
    what_is_over_is_cleared,
    one_place_is_blocked_over_any_users,
    one_user_is_slowed_down_from_strange_places,
);

const MINUTE: i64 = 60;

/// Attempts for a user name from an address of its own.
fn subject(username: &str) -> AttemptKeys {
    let last = username.bytes().fold(0_u8, u8::wrapping_add);
    AttemptKeys::new(username, Some(IpAddr::from([192, 0, 2, last])))
}

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
        let after = throttle::after_failure(Ceiling::Pair, before.as_ref(), at(now));
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
    let key = |username: &str, address: &str| {
        let subject = AttemptKeys::new(username, address.parse().ok());
        subject.key(Ceiling::Pair).to_owned()
    };
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
            throttle::check(conn, &subject("key"), None, at(second)).expect("it answers"),
            Verdict::Go
        );
        assert_eq!(
            throttle::fail(conn, &subject("key"), at(second)).expect("it answers"),
            Verdict::Go
        );
    }
    assert_eq!(
        throttle::fail(conn, &subject("key"), at(4)).expect("it answers"),
        Verdict::Wait(900)
    );
    for (second, expected) in [(5, Verdict::Wait(899)), (903, Verdict::Wait(1)), (904, Verdict::Go)] {
        assert_eq!(
            throttle::check(conn, &subject("key"), None, at(second)).expect("it answers"),
            expected,
            "{second}"
        );
    }
    assert_eq!(
        throttle::check(conn, &subject("other"), None, at(5)).expect("it answers"),
        Verdict::Go
    );
    assert_eq!(
        throttle::fail(conn, &subject("key"), at(904)).expect("it answers"),
        Verdict::Go,
        "the count begins anew"
    );
}

fn success_clears_and_others_are_not_affected(database: &Database) {
    let conn = &mut database.connect();
    let fail = |conn: &mut _, key: &str, times| {
        for _ in 0..times {
            throttle::fail(conn, &subject(key), at(0)).expect("it answers");
        }
    };
    assert_eq!(
        throttle::succeed(conn, &subject("new"), 1, at(0)).expect("it answers"),
        Verdict::Go
    );
    fail(conn, "one", 4);
    fail(conn, "two", 4);
    assert_eq!(
        throttle::succeed(conn, &subject("one"), 1, at(1)).expect("it answers"),
        Verdict::Go
    );
    fail(conn, "one", 4);
    assert_eq!(
        throttle::check(conn, &subject("one"), None, at(1)).expect("it answers"),
        Verdict::Go,
        "it was cleared"
    );
    fail(conn, "two", 1);
    // A right password that was under way when the block began.
    assert_eq!(
        throttle::succeed(conn, &subject("two"), 1, at(2)).expect("it answers"),
        Verdict::Wait(898)
    );
    assert_eq!(
        throttle::check(conn, &subject("two"), None, at(2)).expect("it answers"),
        Verdict::Wait(898)
    );
    assert_eq!(
        throttle::check(conn, &subject("one"), None, at(2)).expect("it answers"),
        Verdict::Go
    );
}

/// A role may have been given another level of isolation than the program counts on.
#[test]
fn parallel_failures_are_all_counted_by_a_role_whose_transactions_are_serializable() {
    let database = Database::postgres();
    let name = database.url.rsplit('/').next().expect("the URL ends with a database");
    database.execute(&format!(
        "ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"
    ));
    parallel_failures_are_all_counted(&database);
}

fn parallel_failures_are_all_counted(database: &Database) {
    for (key, attempts, counted) in [("some", 4, 4), ("many", 12, 5)] {
        let barrier = Barrier::new(attempts);
        thread::scope(|scope| {
            for _ in 0..attempts {
                scope.spawn(|| {
                    let mut conn = database.connect();
                    barrier.wait();
                    throttle::fail(&mut conn, &subject(key), at(0)).expect("it answers");
                });
            }
        });
        let subject = subject(key);
        let count = format!(
            "SELECT failures AS value FROM login_failure WHERE key = '{}'",
            subject.key(Ceiling::Pair)
        );
        assert_eq!(database.number(&count), counted, "{attempts} attempts");
    }
    let conn = &mut database.connect();
    assert_eq!(
        throttle::check(conn, &subject("some"), None, at(0)).expect("it answers"),
        Verdict::Go
    );
    assert_eq!(
        throttle::check(conn, &subject("many"), None, at(0)).expect("it answers"),
        Verdict::Wait(900)
    );
}

fn what_is_over_is_cleared(database: &Database) {
    let conn = &mut database.connect();
    throttle::fail(conn, &subject("old"), at(0)).expect("it answers");
    throttle::fail(conn, &subject("young"), at(100)).expect("it answers");
    assert_eq!(throttle::clear_old(conn, at(900), 100).expect("it answers"), 0);
    assert_eq!(
        throttle::clear_old(conn, at(901), 2).expect("it answers"),
        2,
        "a portion"
    );
    assert_eq!(
        throttle::clear_old(conn, at(901), 2).expect("it answers"),
        1,
        "what is left"
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM login_failure"), 3);
    assert_eq!(throttle::unlock(conn, "YOUNG").expect("it answers"), 2);
    assert_eq!(database.number("SELECT count(*) AS value FROM login_failure"), 1);
}

fn one_place_is_blocked_over_any_users(database: &Database) {
    let conn = &mut database.connect();
    let here = |number: usize| AttemptKeys::new(&format!("user-{number}"), "192.0.2.1".parse().ok());
    for number in 0..50 {
        assert_eq!(
            throttle::check(conn, &here(number), None, at(0)).expect("it answers"),
            Verdict::Go
        );
        throttle::fail(conn, &here(number), at(0)).expect("it answers");
    }
    assert_eq!(
        throttle::check(conn, &here(99), None, at(1)).expect("it answers"),
        Verdict::Wait(899)
    );
    let elsewhere = AttemptKeys::new("user-1", "192.0.2.2".parse().ok());
    assert_eq!(
        throttle::check(conn, &elsewhere, None, at(1)).expect("it answers"),
        Verdict::Go
    );
    assert_eq!(
        throttle::check(conn, &here(99), None, at(900)).expect("it answers"),
        Verdict::Go
    );
}

fn one_user_is_slowed_down_from_strange_places(database: &Database) {
    let conn = &mut database.connect();
    let id = super::add_user(conn, &super::superuser("ada"));
    database.execute(&format!(
        "INSERT INTO login_place (user_id, place, last_at) VALUES ({id}, '192.0.2.1', '2026-01-01 00:00:00')"
    ));
    let from = |number: u8| AttemptKeys::new("ada", Some(IpAddr::from([203, 0, 113, number])));
    let known = AttemptKeys::new("ADA", "192.0.2.1".parse().ok());
    let mut second = 0;
    let waits: Vec<Verdict> = (1..=30)
        .map(|number| {
            throttle::fail(conn, &from(number), at(second)).expect("it answers");
            let verdict = throttle::check(conn, &from(200), Some(id), at(second)).expect("it answers");
            if let Verdict::Wait(seconds) = verdict {
                second += i64::try_from(seconds).expect("waits are short");
                let after = throttle::check(conn, &from(200), Some(id), at(second));
                assert_eq!(after.expect("it answers"), Verdict::Go, "after the wait");
            }
            verdict
        })
        .collect();
    assert_eq!(waits[..19], [Verdict::Go; 19]);
    let seconds = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60].map(Verdict::Wait);
    assert_eq!(waits[19..], seconds);
    throttle::fail(conn, &from(31), at(second)).expect("it answers");
    let check =
        |conn: &mut _, subject: &AttemptKeys, id| throttle::check(conn, subject, id, at(second)).expect("it answers");
    assert_eq!(check(conn, &from(200), Some(id)), Verdict::Wait(60));
    assert_eq!(
        check(conn, &known, Some(id)),
        Verdict::Go,
        "they have logged in from there"
    );
    assert_eq!(
        check(conn, &known, Some(id + 1)),
        Verdict::Wait(60),
        "another user has not"
    );
    assert_eq!(
        throttle::succeed(conn, &known, id, at(second)).expect("it answers"),
        Verdict::Go
    );
    assert_eq!(throttle::unlock(conn, "ada").expect("it answers"), 32);
    assert_eq!(check(conn, &from(200), Some(id)), Verdict::Go);
}
