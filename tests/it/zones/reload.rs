//! Another set of zones under a running collector: every coverage is evaluated anew.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::db::pool::Pool;
use sla_monitor::metrics::source::{Refresh, SnapshotSource};
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::zones::{ZoneDataOrigin, Zones};

use super::tzif;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;

on_both_databases!(other_zones_make_other_hours_at_the_next_scrape);

/// 2026-07-06, a Monday, 00:00 UTC.
const NOW: i64 = 1_783_296_000;

fn other_zones_make_other_hours_at_the_next_scrape(database: &Database) {
    apply(
        database,
        "windows: [{name: Desk, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 60}]}]
components: [{name: web, windows: [Desk]}]",
    );
    let url = database.url.parse().expect("tests give valid URLs");
    let pool = Pool::connect(&url, 2).expect("the database answers");
    let zones = Arc::new(Mutex::new(Arc::new(Zones::built_in())));
    let in_use = Arc::clone(&zones);
    let mut source =
        DatabaseSource::new(pool.pool().clone()).with_zones(move || Arc::clone(&in_use.lock().expect("not poisoned")));
    let mut next_start = || {
        let (snapshot, refresh) = source.refresh(Duration::from_secs(30)).expect("the database answers");
        let (state, _) = ExposedState::at(&[], &snapshot, NOW);
        let component = snapshot.components.iter().next().expect("a component");
        (state.values(component).and_then(|values| values.next_start), refresh)
    };
    assert_eq!(next_start(), (Some(NOW + 6 * 3_600), Refresh::Full));
    assert_eq!(next_start(), (Some(NOW + 6 * 3_600), Refresh::Unchanged));
    let other = Zones::from_files(
        ZoneDataOrigin::Directory,
        None,
        [("Europe/Berlin".to_owned(), Ok(tzif("Europe/London").to_vec()))],
    );
    *zones.lock().expect("not poisoned") = Arc::new(other);
    assert_eq!(next_start(), (Some(NOW + 7 * 3_600), Refresh::Full));
    assert_eq!(next_start(), (Some(NOW + 7 * 3_600), Refresh::Unchanged));
}
