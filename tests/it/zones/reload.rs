//! Another set of zones under a running program: every coverage is evaluated anew.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::db::pool::Pool;
use sla_monitor::metrics::source::{Refresh, SnapshotSource};
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::zones::{ZoneDataOrigin, Zones};

use super::{folder, put, text, tzif};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    other_zones_make_other_hours_at_the_next_scrape,
    other_zones_make_other_hours_in_lists,
);

const DESK: &str = "
windows: [{name: Desk, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 60}]}]
components: [{name: web, windows: [Desk]}]
";

/// 2026-07-06, a Monday, 00:00 UTC.
const NOW: i64 = 1_783_296_000;

fn other_zones_make_other_hours_at_the_next_scrape(database: &Database) {
    apply(database, DESK);
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

fn other_zones_make_other_hours_in_lists(database: &Database) {
    apply(database, DESK);
    let zones = folder(Some("2024a"), &[("UTC", "UTC"), ("Europe/Berlin", "Europe/Berlin")]);
    let server = Server::start(database, &["--tzdata", text(&zones), "--log-level", "info"]);
    let mut browser = superuser(database, &server);
    let mut inside = |at: &str| {
        let list = format!("/admin/sla/component/?state=inside&at={at}");
        browser.get(&list).expect(200).texts("#result_list .field-name a")
    };
    assert_eq!(inside("2026-07-06T06:00:30Z"), ["web"]);
    assert!(inside("2026-07-06T07:00:30Z").is_empty());
    put(zones.path(), "Europe/Berlin", tzif("Europe/London"));
    server.signal("HUP");
    server.wait_for_log("time zone data was read again", 1);
    assert!(
        inside("2026-07-06T06:00:30Z").is_empty(),
        "without a change of the data"
    );
    assert_eq!(inside("2026-07-06T07:00:30Z"), ["web"]);
}
