//! A pool that is renewed.

use std::time::{Duration, Instant};

use sla_monitor::apps::accounts::group::model::GroupState;
use sla_monitor::apps::accounts::{self, AccountChange};
use sla_monitor::audit;
use sla_monitor::auth::Actor;
use sla_monitor::clock::{Clock, SystemClock};
use sla_monitor::db::pool::{GENERATIONS_MAX, LivePool, Pool};
use sla_monitor::db::url::DatabaseUrl;

use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    connections_are_given_up_a_limited_number_of_times,
    nothing_is_committed_over_a_connection_that_was_given_up,
);

/// A pool of one connection: no other is on its way when that one comes back.
fn pool(database: &Database) -> LivePool {
    let url: DatabaseUrl = database.url.parse().expect("the URL is one");
    Pool::connect(&url, 1).expect("the database answers")
}

/// Waits until so many generations have connections: the thread that opened one may still be about to forget it.
#[track_caller]
fn wait_for_generations(pool: &Pool, count: u32) {
    let end = Instant::now() + Duration::from_secs(60);
    while pool.state().generations != count {
        assert!(Instant::now() < end, "{:?}", pool.state());
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

fn connections_are_given_up_a_limited_number_of_times(database: &Database) {
    let pool = pool(database);
    let pool = pool.pool();
    let dedicated = pool.dedicated().expect("a connection can be had");
    let mut loans = Vec::new();
    for number in 1..u64::from(GENERATIONS_MAX) {
        loans.push(pool.get().expect("a connection can be had"));
        assert!(pool.renew(number, "test").expect("there is room"));
        assert!(!dedicated.is_current());
        assert!(!pool.renew(number, "test").expect("it is done already"));
    }
    assert_eq!(pool.state().generations, GENERATIONS_MAX);
    let last = pool.generation();
    pool.renew(last, "test")
        .expect_err("too many connections did not come back");
    drop(pool.get().expect("the last generation goes on"));
    // The first generation has the dedicated connection as well.
    loans.remove(1);
    wait_for_generations(pool, GENERATIONS_MAX - 1);
    assert!(pool.renew(last, "test").expect("there is room again"));
    drop(pool.get().expect("a connection can be had"));
    drop((loans, dedicated));
    wait_for_generations(pool, 1);
}

fn nothing_is_committed_over_a_connection_that_was_given_up(database: &Database) {
    let pool = pool(database);
    let pool = pool.pool();
    let mut loan = pool.get().expect("a connection can be had");
    let change = AccountChange::AddGroup(GroupState {
        name: "late".to_owned(),
        ..GroupState::default()
    });
    let now = SystemClock.now();
    let saved = audit::transaction(&mut loan, &Actor::Command("test"), now, |tx| {
        let saved = accounts::apply(tx, &change);
        assert!(pool.renew(1, "test").expect("there is room"));
        saved
    });
    saved.expect_err("the connection was given up");
    drop(loan);
    assert_eq!(database.number("SELECT count(*) AS value FROM user_group"), 0);
    let mut loan = pool.get().expect("a connection can be had");
    audit::transaction(&mut loan, &Actor::Command("test"), now, |tx| {
        accounts::apply(tx, &change)
    })
    .expect("it is saved");
}
