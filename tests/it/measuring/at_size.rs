//! A month of ten thousand components.

use std::fmt::Write;
use std::time::{Duration, Instant};

use sla_monitor::apps::sla::measuring::book::Circumstances;
use sla_monitor::apps::sla::measuring::due::DueRange;
use sla_monitor::apps::sla::measuring::run::{RunPlan, RunScope};
use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::db::pool::Pool;

use super::computed::ComputedServer;
use super::{apply_at, at, instant};
use crate::support::database::Database;

const COMPONENTS: usize = 10_000;

/// How long it may take, on a machine with two processors and without the optimizer.
const LIMIT: Duration = Duration::from_secs(600);

fn document() -> String {
    let mut text = "indicators:\n  - {name: probe, source: main, expression: 'probe{component=$component}', kind: mean, step_s: 60, selector: '{}'}\n\
                    windows:\n  - {name: W, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: \"08:00\", \
                    duration_s: 36000}]}\ncomponents:\n"
        .to_owned();
    for index in 0..COMPONENTS {
        writeln!(text, "  - {{name: c{index}, windows: [W]}}").expect("a text can be written to");
    }
    text
}

mod sqlite {
    use super::*;

    #[test]
    fn ten_thousand_components_are_measured_for_a_month() {
        let database = Database::sqlite();
        apply_at(&database, at("2026-10-30T00:00:00+01:00"), &document());
        let (from, to) = (at("2026-11-01T00:00:00+01:00"), at("2026-12-01T00:00:00+01:00"));
        let outage = at("2026-11-16T10:00:00+01:00") * 1_000;
        let mut server = ComputedServer::new(move |component, cell| {
            let is_down = (outage..outage + 300_000).contains(&cell) && component.ends_with("77");
            Some(if is_down { 0.0 } else { 1.0 })
        });
        let url = database.url.parse().expect("tests give valid URLs");
        let pool = Pool::connect(&url, 2).expect("the test database answers");
        let circumstances = Circumstances {
            definitions: Definitions::Then,
            now: instant(to + 3_600),
            tzdata: "2026a".to_owned(),
        };
        let scope = RunScope {
            range: DueRange::Ending(from, to),
            components: None,
            source: Some("main".to_owned()),
            again: false,
        };
        let started = Instant::now();
        let plan = RunPlan::read(
            &mut pool.pool().get().expect("the pool has a connection"),
            &circumstances,
            &scope,
        )
        .expect("the database answers");
        assert_eq!(plan.len(), 21 * COMPONENTS);
        let outcome = plan
            .carry_out(pool.pool(), &mut server, &circumstances, &mut |_| true)
            .expect("the database answers");
        let elapsed = started.elapsed();
        assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
        assert_eq!(outcome.booked.added, 21 * COMPONENTS);
        assert!(elapsed < LIMIT, "it took {elapsed:?}");
        // 21 days, a query for 200 components of each, and the samples of those that were down.
        assert!(
            server.queries <= 21 * COMPONENTS / 200 && server.ranges <= 50,
            "{} and {}",
            server.queries,
            server.ranges
        );
        let sum = |column: &str| database.number(&format!("SELECT sum({column}) AS value FROM availability"));
        let promised = 756_000_000 * i64::try_from(COMPONENTS).expect("it fits");
        assert_eq!(sum("down_ms"), 100 * 300_000);
        assert_eq!(sum("up_ms"), promised - 100 * 300_000);
        assert_eq!(sum("unknown_ms"), 0);
        // Nothing is left to do.
        let plan = RunPlan::read(
            &mut pool.pool().get().expect("the pool has a connection"),
            &circumstances,
            &scope,
        )
        .expect("the database answers");
        assert!(plan.is_empty());
    }
}
