//! The registered collector, in this process: registered once, by proof, and never in the way of others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use prometheus::{Encoder, IntGauge, Registry, TextEncoder};
use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;
use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::calculus::coverage::Coverage;
use sla_monitor::clock::{Clock, FixedClock, SystemClock};
use sla_monitor::db::migrate::{self, MigrationsDone};
use sla_monitor::db::pool::{LivePool, Pool};
use sla_monitor::metrics::collector::{CollectorHandle, InstallError, gather_without_components, install};
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::source::{Refresh, SnapshotSource, SourceError};
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::current::CurrentState;
use sla_monitor::metrics::state::refresher::RefreshOutcome;
use sla_monitor::metrics::state::snapshot::{Component, Snapshot};

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

use super::{WORLD, component_lines, scrape, scrape_by_labels};

/// The two proofs that registering asks for.
pub(super) fn proofs(database: &Database) -> (MigrationsDone, LivePool) {
    let pool = Pool::connect(&database.url.parse().expect("tests give valid URLs"), 2).expect("the database answers");
    let mut conn = pool.pool().get().expect("the pool has a connection");
    let migrations = migrate::ensure_current(&mut conn).expect("the database was migrated");
    drop(conn);
    (migrations, pool)
}

fn install_on(database: &Database, registry: &Registry, layout: Layout) -> Result<CollectorHandle, InstallError> {
    let (migrations, pool) = proofs(database);
    let source = DatabaseSource::new(pool.pool().clone());
    install(registry, &migrations, &pool, source, Arc::new(SystemClock), layout)
}

pub(super) fn refresh(handle: &CollectorHandle) -> RefreshOutcome {
    actix_web::rt::System::new().block_on(handle.refresher().refresh(Duration::from_secs(30)))
}

fn text(registry: &Registry) -> String {
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&registry.gather(), &mut text)
        .expect("every family has samples");
    String::from_utf8(text).expect("pages are UTF-8")
}

/// Lines in an order of their own: the registry sorts families and samples in its way.
fn sorted(page: &str) -> Vec<&str> {
    let mut lines = component_lines(page);
    lines.sort_unstable();
    lines
}

fn gathering_gives_what_the_page_shows(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    for (layout, page) in [
        (Layout::Names, scrape(&server)),
        (Layout::Labels, scrape_by_labels(&server)),
    ] {
        let registry = Registry::new();
        let handle = install_on(database, &registry, layout).expect("the registry is empty");
        assert_eq!(refresh(&handle), RefreshOutcome::Fresh);
        let gathered = text(&registry);
        assert_eq!(sorted(&gathered), sorted(&page));
        assert!(!component_lines(&gathered).is_empty());
        // Self-metrics stand beside the components, and alone where the page renders components itself.
        assert!(gathered.contains("sla_monitor_collector_up 1"));
        let own = gather_without_components(&registry);
        assert!(own.iter().any(|family| family.name() == "sla_monitor_collector_up"));
        assert!(own.iter().all(|family| family.name().starts_with("sla_monitor_")));
        assert_eq!(
            text(&registry).len(),
            gathered.len(),
            "leaving them out was for that one time"
        );
    }
}

fn a_second_installation_is_an_error_and_the_first_works_on(database: &Database) {
    apply(database, WORLD);
    let registry = Registry::new();
    let first = install_on(database, &registry, Layout::Names).expect("the registry is empty");
    for _ in 0..2 {
        let second = install_on(database, &registry, Layout::Labels);
        assert!(matches!(second, Err(InstallError::AlreadyInstalled)));
    }
    let message = InstallError::AlreadyInstalled.to_string();
    assert!(message.contains("registered once"), "{message}");
    assert_eq!(refresh(&first), RefreshOutcome::Fresh);
    let page = text(&registry);
    assert_eq!(page.matches("# TYPE api_service_window_in_window gauge").count(), 1);
    assert_eq!(page.matches("# TYPE sla_monitor_collector_up gauge").count(), 1);
    // Another registry is another matter.
    let other = Registry::new();
    assert!(install_on(database, &other, Layout::Names).is_ok());
    assert!(matches!(
        install_on(database, &other, Layout::Names),
        Err(InstallError::AlreadyInstalled)
    ));
}

fn another_collector_comes_and_goes_without_harm(database: &Database) {
    apply(database, WORLD);
    let registry = Registry::new();
    let gauge =
        || Box::new(IntGauge::new("other_metric", "A metric of another collector.").expect("the name is valid"));
    registry.register(gauge()).expect("the registry is empty");
    let handle = install_on(database, &registry, Layout::Names).expect("the names do not clash");
    assert_eq!(refresh(&handle), RefreshOutcome::Fresh);
    let with_both = text(&registry);
    assert!(with_both.contains("other_metric 0"));
    registry.unregister(gauge()).expect("it is registered");
    let alone = text(&registry);
    assert!(!alone.contains("other_metric"));
    assert_eq!(component_lines(&alone), component_lines(&with_both));
    registry.register(gauge()).expect("it may come back");
    assert_eq!(component_lines(&text(&registry)), component_lines(&with_both));
    database.execute("UPDATE component SET name = 'api-2' WHERE name = 'api'");
    assert_eq!(refresh(&handle), RefreshOutcome::Fresh);
    assert!(text(&registry).contains(r#"api_2_service_window_in_window{component="api-2",team="blue"} 0"#));
}

fn a_family_named_like_a_components_is_refused(database: &Database) {
    for name in [
        "api_service_window_in_window",
        "x_service_window_last_start",
        "service_window_in_window",
        "service_window_slo_ratio",
        "service_window_anything",
    ] {
        let registry = Registry::new();
        let gauge = IntGauge::new(name, "In the way.").expect("the name is valid");
        registry.register(Box::new(gauge)).expect("the registry is empty");
        match install_on(database, &registry, Layout::Names) {
            Err(InstallError::FamilyClash(family)) => assert_eq!(family, name),
            Err(other) => panic!("{name}: {other}"),
            Ok(_) => panic!("{name} was let pass"),
        }
        assert_eq!(registry.gather().len(), 1, "nothing was registered");
    }
    let registry = Registry::new();
    let gauge = IntGauge::new("my_service_windows", "Not in the way.").expect("the name is valid");
    registry.register(Box::new(gauge)).expect("the registry is empty");
    assert!(install_on(database, &registry, Layout::Names).is_ok());
}

/// Commands that only work on the database tell nothing of a collector; the one that prints a page renders without it.
fn commands_that_do_not_serve_register_no_collector(database: &Database) {
    let said = run_on(database, &["migrate", "--log-level", "debug"]);
    assert_eq!(said.code, 0);
    let applied = crate::support::program::run_on_input(database, &["apply", "-", "--log-level", "debug"], WORLD);
    assert_eq!(applied.code, 0);
    for err in [said.err, applied.err] {
        assert!(
            !err.contains("components loaded") && !err.contains("collector"),
            "{err}"
        );
    }
    let printed = run_on(database, &["metrics"]).ok();
    let server = Server::start(database, &[]);
    assert_eq!(component_lines(&printed), component_lines(&scrape(&server)));
    assert!(printed.contains("sla_monitor_collector_up 1"));
}

on_both_databases!(
    gathering_gives_what_the_page_shows,
    a_second_installation_is_an_error_and_the_first_works_on,
    another_collector_comes_and_goes_without_harm,
    a_family_named_like_a_components_is_refused,
    commands_that_do_not_serve_register_no_collector,
);

/// A source that does not answer until the gate opens, and fails once a test sets it to.
struct Gated {
    gate: Option<Receiver<()>>,
    snapshot: Arc<Snapshot>,
    fails: Arc<AtomicBool>,
}

impl SnapshotSource for Gated {
    fn refresh(&mut self, _limit: Duration) -> Result<(Arc<Snapshot>, Refresh), SourceError> {
        if let Some(gate) = self.gate.take() {
            gate.recv().map_err(|error| SourceError(error.to_string()))?;
        }
        if self.fails.load(Ordering::SeqCst) {
            return Err(SourceError("set to fail".to_owned()));
        }
        Ok((Arc::clone(&self.snapshot), Refresh::Full))
    }
}

#[test]
fn collecting_never_waits_for_the_source() {
    let database = Database::sqlite();
    let (migrations, pool) = proofs(&database);
    let registry = Registry::new();
    let (open, gate) = channel();
    let fails = Arc::new(AtomicBool::new(false));
    let source = Gated {
        gate: Some(gate),
        snapshot: Arc::new(snapshot(&[once("1970-01-01T01:00", "1970-01-01T02:00")])),
        fails: Arc::clone(&fails),
    };
    let clock = Arc::new(FixedClock::at(0));
    let handle = install(&registry, &migrations, &pool, source, clock, Layout::Names).expect("the registry is empty");
    // The source is being asked and says nothing.
    let page = text(&registry);
    assert!(
        page.contains("sla_monitor_snapshot_loaded 0") && component_lines(&page).is_empty(),
        "{page}"
    );
    let waited = actix_web::rt::System::new().block_on(handle.refresher().refresh(Duration::from_millis(20)));
    assert_eq!(waited, RefreshOutcome::Late);
    assert!(text(&registry).contains("sla_monitor_collector_up 0"));

    open.send(()).expect("the source waits");
    assert_eq!(refresh(&handle), RefreshOutcome::Fresh);
    let page = text(&registry);
    assert!(page.contains("sla_monitor_collector_up 1") && page.contains("sla_monitor_snapshot_loaded 1"));
    let line = r#"c0_service_window_next_start{component="c0"} 3600"#;
    assert!(page.contains(line), "{page}");
    fails.store(true, Ordering::SeqCst);
    assert_eq!(refresh(&handle), RefreshOutcome::Failed);
    let page = text(&registry);
    assert!(page.contains("sla_monitor_collector_up 0"));
    assert!(page.contains(line), "the last good ones stay");
}

fn coverage(windows: &str) -> Arc<Coverage> {
    let line = format!(r#"{{"windows": {windows}, "now": 0}}"#);
    Arc::new(Evaluation::read(&line).expect("tests give valid windows").coverage)
}

fn once(start: &str, end: &str) -> Arc<Coverage> {
    coverage(&format!(
        r#"[{{"timezone": "UTC", "rules": [{{"type": "once", "start_local": "{start}", "end_local": "{end}"}}]}}]"#
    ))
}

/// Components `c0`, `c1`, … each with a coverage of its own.
fn snapshot(coverages: &[Arc<Coverage>]) -> Snapshot {
    Snapshot {
        components: (0..coverages.len())
            .map(|slot| Arc::new(Component::new(&format!("c{slot}"), &[], slot, None)))
            .collect(),
        coverages: coverages.iter().cloned().map(Some).collect(),
        ..Snapshot::default()
    }
}

fn first(state: &ExposedState) -> &Component {
    state.snapshot().components.iter().next().expect("there is a component")
}

const DAY: i64 = 86_400;

#[test]
fn values_change_at_the_very_second_and_are_evaluated_no_sooner() {
    // Inside from 3600 to 7200 and from 2 to 3 days after the epoch.
    let two = coverage(
        r#"[{"timezone": "UTC", "rules": [
            {"type": "once", "start_local": "1970-01-01T01:00", "end_local": "1970-01-01T02:00"},
            {"type": "once", "start_local": "1970-01-03T00:00", "end_local": "1970-01-04T00:00"}]}]"#,
    );
    let clock = Arc::new(FixedClock::at(0));
    let current = CurrentState::new(Arc::clone(&clock) as Arc<dyn Clock>);
    assert!(current.state_now().is_none(), "nothing was loaded");
    current.publish(Arc::new(snapshot(&[two])), Refresh::Full);
    // Instant, in window, the four instants, evaluations so far.
    for (now, in_window, last_start, last_end, next_start, next_end, evaluations) in [
        (0, false, None, None, Some(3600), Some(7200), 1),
        (3599, false, None, None, Some(3600), Some(7200), 1),
        (3600, true, Some(3600), None, Some(2 * DAY), Some(7200), 2),
        (7199, true, Some(3600), None, Some(2 * DAY), Some(7200), 2),
        (7200, false, Some(3600), Some(7200), Some(2 * DAY), Some(3 * DAY), 3),
        (
            2 * DAY - 1,
            false,
            Some(3600),
            Some(7200),
            Some(2 * DAY),
            Some(3 * DAY),
            3,
        ),
        (2 * DAY, true, Some(2 * DAY), Some(7200), None, Some(3 * DAY), 4),
        (3 * DAY - 1, true, Some(2 * DAY), Some(7200), None, Some(3 * DAY), 4),
        (3 * DAY, false, Some(2 * DAY), Some(3 * DAY), None, None, 5),
        // Nothing is in sight: looked at again after a day.
        (4 * DAY - 1, false, Some(2 * DAY), Some(3 * DAY), None, None, 5),
        (4 * DAY, false, Some(2 * DAY), Some(3 * DAY), None, None, 6),
        (5 * DAY - 1, false, Some(2 * DAY), Some(3 * DAY), None, None, 6),
        // The clock goes back, stands still, and jumps over several transitions.
        (3600, true, Some(3600), None, Some(2 * DAY), Some(7200), 7),
        (3600, true, Some(3600), None, Some(2 * DAY), Some(7200), 7),
        (3599, false, None, None, Some(3600), Some(7200), 8),
        (3 * DAY, false, Some(2 * DAY), Some(3 * DAY), None, None, 9),
    ] {
        clock.set(now);
        let state = current.state_now().expect("a snapshot was published");
        let values = state.values(first(&state)).expect("its coverage can be read");
        assert_eq!(
            (
                values.in_window,
                values.last_start,
                values.last_end,
                values.next_start,
                values.next_end
            ),
            (in_window, last_start, last_end, next_start, next_end),
            "at {now}"
        );
        assert_eq!(current.instruments.evaluations.get(), evaluations, "at {now}");
        assert_eq!(
            state.next_transition(),
            next_start.into_iter().chain(next_end).min(),
            "at {now}"
        );
    }
}

#[test]
fn only_what_is_new_or_due_is_evaluated() {
    let (first, second) = (
        once("1970-01-01T01:00", "1970-01-01T02:00"),
        once("1970-01-01T05:00", "1970-01-01T06:00"),
    );
    let both = Arc::new(snapshot(&[Arc::clone(&first), Arc::clone(&second)]));
    let (state, evaluations) = ExposedState::at(&[], &both, 0);
    assert_eq!(evaluations, 2);
    let (same, evaluations) = ExposedState::at(&[&state], &both, 3599);
    assert_eq!(evaluations, 0);
    assert!(Arc::ptr_eq(&same, &state), "a state is current while it holds");
    let (state, evaluations) = ExposedState::at(&[&state], &both, 3600);
    assert_eq!(evaluations, 1, "one of two is due");
    let third = Arc::new(snapshot(&[first, once("1970-01-01T05:00", "1970-01-01T07:00")]));
    let (state, evaluations) = ExposedState::at(&[&state], &third, 3600);
    assert_eq!(evaluations, 1, "one of two is new");
    let second = third.components.iter().nth(1).expect("there are two");
    assert_eq!(state.values(second).and_then(|values| values.next_end), Some(25_200));
    let swapped = Arc::new(Snapshot {
        components: third.components.iter().skip(1).cloned().collect(),
        ..(*third).clone()
    });
    assert_eq!(
        ExposedState::at(&[&state], &swapped, 3600).1,
        0,
        "only a component is gone"
    );
    assert_eq!(ExposedState::at(&[&state], &third, 3599).1, 2, "the clock went back");
    let (empty, evaluations) = ExposedState::at(&[], &Arc::default(), 0);
    assert_eq!((evaluations, empty.next_transition()), (0, None));
}

#[test]
fn components_have_ended_from_the_second_of_their_last_end() {
    let always = r#"[{"timezone": "UTC", "rules": [{"type": "rrule", "rrule": "FREQ=DAILY", "start": "00:00", "duration_s": 86400}]}]"#;
    let coverages = [
        once("1970-01-01T01:00", "1970-01-01T02:00"),
        coverage("[]"),
        coverage(always),
        once("1970-01-01T03:00", "1970-01-01T04:00"),
    ];
    let snapshot = Arc::new(snapshot(&coverages));
    let mut state = ExposedState::at(&[], &snapshot, 0).0;
    for (now, ended) in [
        (0, 0),
        (7199, 0),
        (7200, 1),
        (10_800, 1),
        (14_399, 1),
        (14_400, 2),
        (7199, 0),
    ] {
        state = ExposedState::at(&[&state], &snapshot, now).0;
        assert_eq!(state.ended(), ended, "{now}");
    }
    // What is shown changes with the time alone.
    let clock = Arc::new(FixedClock::at(7199));
    let current = CurrentState::new(clock.clone());
    current.publish(snapshot, Refresh::Full);
    let shown = |current: &CurrentState| -> f64 {
        assert!(current.state_now().is_some(), "a snapshot was published");
        let families = current.instruments.collect();
        let components = families.iter().find(|family| family.name() == "sla_monitor_components");
        let metrics = components.expect("the family is there").get_metric().iter();
        let mut ended = metrics.filter(|metric| metric.get_label().iter().any(|label| label.value() == "ended"));
        ended.next().expect("the state is there").get_gauge().get_value()
    };
    assert_eq!(shown(&current), 0.0);
    clock.set(7200);
    assert_eq!(shown(&current), 1.0);
}
