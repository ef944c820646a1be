//! Tombstones are pruned, and the floor tells up to where.

use super::{execute, number};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(tombstones_are_pruned_as_others_come, what_is_rolled_back_prunes_nothing);

/// Makes as many components, and deletes them.
fn come_and_go(count: u32) -> String {
    format!(
        "INSERT INTO component (name) WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers \
         WHERE number < {count}) SELECT 'many-' || number FROM numbers; DELETE FROM component"
    )
}

const COUNT: &str = "SELECT count(*) AS value FROM tombstone";
const FLOOR: &str = "SELECT tombstone_floor AS value FROM data_version";

fn tombstones_are_pruned_as_others_come(database: &Database) {
    let mut conn = database.connect();
    let floor = number(&mut conn, FLOOR);
    execute(&mut conn, &come_and_go(10_500));
    assert_eq!(number(&mut conn, COUNT), 10_500);
    assert_eq!(number(&mut conn, FLOOR), floor, "nothing was pruned so far");
    let first = number(&mut conn, "SELECT min(version) AS value FROM tombstone");
    execute(&mut conn, &come_and_go(2_000));
    // The twelve thousandth pruned all but ten thousand.
    assert_eq!(number(&mut conn, COUNT), 10_500);
    let floor = number(&mut conn, FLOOR);
    assert!(
        first <= floor,
        "{first} is among what was pruned, and {floor} is the last of it"
    );
    let kept = number(&mut conn, "SELECT min(version) AS value FROM tombstone");
    let last = number(&mut conn, "SELECT version AS value FROM data_version");
    assert!(floor <= kept && kept <= last, "{floor}, {kept}, {last}");
}

fn what_is_rolled_back_prunes_nothing(database: &Database) {
    let mut conn = database.connect();
    execute(&mut conn, &come_and_go(10_500));
    let floor = number(&mut conn, FLOOR);
    execute(&mut conn, &format!("BEGIN; {}; ROLLBACK", come_and_go(2_000)));
    assert_eq!((number(&mut conn, COUNT), number(&mut conn, FLOOR)), (10_500, floor));
}
