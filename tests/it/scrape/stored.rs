//! The same as in `equivalence`, from rows in a real database on: whatever is stored, edited and at whatever time, the registry,
//! the bytes that scrapes get and a program that has only just started tell the same.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use prometheus::Registry;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use sla_monitor::apps::sla::rule::RuleRow;
use sla_monitor::apps::sla::snapshot::compile::{SnapshotBuilder, SnapshotRows};
use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::clock::{Clock, FixedClock};
use sla_monitor::db::pool::Pool;
use sla_monitor::metrics::answer::selection::Selection;
use sla_monitor::metrics::cache::page::PageKey;
use sla_monitor::metrics::collector::{CollectorHandle, install};
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::source::SnapshotSource;
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::refresher::RefreshOutcome;

use super::collector::{proofs, refresh};
use super::equivalence::{Edit, LABELS, START, World, check_bytes, check_lines, edit, rendered, step};
use super::say;
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(registry_bytes_and_a_new_start_tell_the_same_of_what_is_stored);

/// Edits of one transaction, then a step of the clock.
type Turn = (Vec<Edit>, i64);

fn registry_bytes_and_a_new_start_tell_the_same_of_what_is_stored(database: &Database) {
    let config = ProptestConfig {
        cases: 12,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1_774_569_600),
        max_shrink_iters: 100,
        ..ProptestConfig::default()
    };
    let turns = prop::collection::vec((prop::collection::vec(edit(), 1..4), step()), 1..16);
    let clock = Arc::new(FixedClock::at(START));
    let installed = [Layout::Names, Layout::Labels].map(|layout| install_on(database, &clock, layout));
    database.execute(&labels());
    let (_, pool) = proofs(database);
    let walk = |turns: Vec<Turn>| walk(database, pool.pool(), &clock, &installed, &turns);
    if let Err(error) = TestRunner::new(config).run(&turns, walk) {
        panic!("{error}");
    }
}

/// A registry with the collector in one layout, at a time that the test sets.
fn install_on(database: &Database, clock: &Arc<FixedClock>, layout: Layout) -> (Registry, CollectorHandle, Layout) {
    let (migrations, pool) = proofs(database);
    let registry = Registry::new();
    let source = DatabaseSource::new(pool.pool().clone());
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let handle = install(&registry, &migrations, &pool, source, clock, layout).expect("the registry is empty");
    (registry, handle, layout)
}

/// Begins with an empty database, and looks after each turn.
fn walk(
    database: &Database,
    pool: &Pool,
    clock: &FixedClock,
    installed: &[(Registry, CollectorHandle, Layout)],
    turns: &[Turn],
) -> Result<(), TestCaseError> {
    let mut conn = database.connect();
    say(
        &mut conn,
        "DELETE FROM component; DELETE FROM sla_window; DELETE FROM calendar",
    );
    let mut world = World::default();
    let mut now = START;
    for (edits, step) in turns {
        let changes = statements(&world.apply(edits));
        say(&mut conn, &format!("BEGIN; {changes} COMMIT"));
        now += step;
        clock.set(now);

        let started = DatabaseSource::new(pool.clone()).refresh(Duration::from_secs(30));
        let (read_now, _) = started.expect("the database answers");
        let (anew, _) = ExposedState::at(&[], &read_now, now);
        let (state, _) = ExposedState::at(&[], &Arc::new(SnapshotBuilder::new(world.everything()).snapshot()), now);
        for (registry, handle, layout) in installed {
            let page = rendered(&anew, *layout, &Selection::default())?;
            prop_assert_eq!(
                &page,
                &rendered(&state, *layout, &Selection::default())?,
                "what was stored was read"
            );
            prop_assert_eq!(refresh(handle), RefreshOutcome::Fresh);
            let cached = handle.cache().page(PageKey::new(*layout, None));
            check_bytes(&cached.expect("the components are loaded"), &page)?;
            let mut families = registry.gather();
            families.retain(|family| !family.name().starts_with("sla_monitor_"));
            check_lines(&page, &families)?;
        }
    }
    Ok(())
}

fn labels() -> String {
    LABELS.iter().fold(String::new(), |mut sql, (name, value)| {
        let _ = writeln!(
            sql,
            "INSERT INTO label (name, value) VALUES ({}, {});",
            text(name),
            text(value)
        );
        sql
    })
}

/// What makes the stored rows these, in an order that no constraint minds.
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn statements(rows: &SnapshotRows) -> String {
    let mut sql = String::new();
    let mut say = |statement: String| sql.push_str(&(statement + ";\n"));
    // A name may go from one to the other; and what is deleted may be in use still.
    for row in &rows.components {
        say(format!(
            "UPDATE component SET name = 'moving {0}' WHERE id = {0}",
            row.id
        ));
        for table in ["component_label", "component_window", "component_calendar"] {
            say(format!("DELETE FROM {table} WHERE component_id = {}", row.id));
        }
    }
    for row in &rows.windows {
        say(format!("DELETE FROM window_calendar WHERE window_id = {}", row.id));
        say(format!("DELETE FROM rule WHERE window_id = {}", row.id));
    }
    for row in &rows.calendars {
        say(format!("DELETE FROM rule WHERE calendar_id = {}", row.id));
    }
    for model in ["component", "sla_window", "calendar"] {
        for (_, id) in rows.tombstones.iter().filter(|(of, _)| of == model) {
            say(format!("DELETE FROM {model} WHERE id = {id}"));
        }
    }
    let calendars = rows.calendars.iter();
    let calendars = calendars.map(|row| ("calendar", row.id, &row.name, row.timezone.as_deref(), row.enabled));
    let windows = rows.windows.iter();
    let windows = windows.map(|row| {
        (
            "sla_window",
            row.id,
            &row.name,
            Some(row.timezone.as_str()),
            row.enabled,
        )
    });
    for (table, id, name, timezone, enabled) in calendars.chain(windows) {
        say(format!(
            "INSERT INTO {table} (id, name, timezone, enabled) VALUES ({id}, {}, {}, {enabled}) ON CONFLICT (id) DO UPDATE SET \
             timezone = excluded.timezone, enabled = excluded.enabled",
            text(name),
            optional(timezone)
        ));
    }
    for row in &rows.components {
        say(format!(
            "INSERT INTO component (id, name, enabled, slo_millipercent, created_at) VALUES ({}, {}, {}, {}, '1970-01-01 00:00:00') \
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, enabled = excluded.enabled, slo_millipercent = excluded.slo_millipercent",
            row.id,
            text(&row.name),
            row.enabled,
            number(row.slo_millipercent)
        ));
    }
    rows.window_rules
        .iter()
        .chain(&rows.calendar_rules)
        .map(rule)
        .for_each(&mut say);
    for (table, links) in [
        ("window_calendar (window_id, calendar_id)", &rows.window_calendars),
        ("component_window (component_id, window_id)", &rows.component_windows),
        (
            "component_calendar (component_id, calendar_id)",
            &rows.component_calendars,
        ),
    ] {
        for (from, to) in links {
            say(format!("INSERT INTO {table} VALUES ({from}, {to})"));
        }
    }
    for (component, _, name, value) in &rows.component_labels {
        say(format!(
            "INSERT INTO component_label (component_id, label_id, label_name) SELECT {component}, id, name FROM label \
             WHERE name = {} AND value = {}",
            text(name),
            text(value)
        ));
    }
    sql
}

fn rule(rule: &RuleRow) -> String {
    format!(
        "INSERT INTO rule (window_id, calendar_id, position, effect, kind, weekdays, rrule, dates, start_time, duration_s, \
         duration_mode, start_local, end_local) VALUES ({}, {}, {}, '{}', '{}', {}, {}, {}, {}, {}, '{}', {}, {})",
        number(rule.window_id),
        number(rule.calendar_id),
        rule.position,
        rule.effect,
        rule.kind,
        number(rule.weekdays),
        optional(rule.rrule.as_deref()),
        optional(rule.dates.as_deref()),
        optional(rule.start_time.as_deref()),
        number(rule.duration_s),
        rule.duration_mode,
        optional(rule.start_local.as_deref()),
        optional(rule.end_local.as_deref())
    )
}

/// A text as SQL; both databases take it as it is, but for the quote.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn optional(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), text)
}

fn number(value: Option<impl std::fmt::Display>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |value| value.to_string())
}
