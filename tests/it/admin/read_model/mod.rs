//! Whatever is stored and asked for, the read model answers as a plain look at the rows does: fed by the thread that loads the metrics,
//! brought up to date by pages, and made anew.

mod asked;
mod edits;
mod expected;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use sla_monitor::admin::model::ListQuery;
use sla_monitor::admin::site::Site;
use sla_monitor::admin::spec::Filter;
use sla_monitor::apps;
use sla_monitor::apps::sla::COMPONENT;
use sla_monitor::apps::sla::read_model::newest::ReadModels;
use sla_monitor::apps::sla::snapshot::compile::SnapshotRows;
use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::apps::sla::snapshot::read::everything;
use sla_monitor::clock::FixedClock;
use sla_monitor::db::Conn;
use sla_monitor::db::dialect;
use sla_monitor::db::pool::{LivePool, Pool};
use sla_monitor::metrics::source::SnapshotSource;
use sla_monitor::metrics::state::current::CurrentState;

use self::asked::{Asked, SORTS, asked};
use self::edits::{Edit, START, edit, statement};
use self::expected::{Answer, expected};
use crate::scrape::say;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;

on_both_databases!(
    the_read_model_answers_as_the_rows_do,
    many_equal_components_are_sorted_by_the_next_column,
    a_transaction_lists_what_it_sees_and_shows_it_to_no_other,
    a_version_that_went_back_is_read_anew,
    hours_are_those_of_a_state_that_is_read_anew
);

/// How long a query of the test may take.
const LIMIT: Duration = Duration::from_secs(30);
const LABELS: [(&str, &str); 4] = [("team", "Blüte"), ("team", "red"), ("tier", "gold"), ("env", "prod")];

fn the_read_model_answers_as_the_rows_do(database: &Database) {
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1_774_569_600),
        max_shrink_iters: 100,
        ..ProptestConfig::default()
    };
    let turns = prop::collection::vec(
        (
            prop::collection::vec(edit(), 1..12),
            prop::collection::vec(asked(), 1..5),
        ),
        1..12,
    );
    let pool = pool(database);
    for (name, value) in LABELS {
        database.execute(&format!("INSERT INTO label (name, value) VALUES ('{name}', '{value}')"));
    }
    let mut fed = Reader::new();
    fed.source = Some(DatabaseSource::new(pool.pool().clone()).feeding(Arc::clone(&fed.read_models)));
    let mut readers = [fed, Reader::new()];
    let walk = |turns: Vec<(Vec<Edit>, Vec<Asked>)>| walk(database, pool.pool(), &mut readers, &turns);
    let walk = std::cell::RefCell::new(walk);
    if let Err(error) = TestRunner::new(config).run(&turns, |turns| (walk.borrow_mut())(turns)) {
        panic!("{error}");
    }
}

fn pool(database: &Database) -> LivePool {
    Pool::connect(&database.url.parse().expect("tests give valid URLs"), 3).expect("the database answers")
}

/// One way to a state of the read model.
struct Reader {
    read_models: Arc<ReadModels>,
    source: Option<DatabaseSource>,
    site: Site,
}

impl Reader {
    fn new() -> Self {
        let read_models: Arc<ReadModels> = Arc::default();
        let metrics = Arc::new(CurrentState::new(Arc::new(FixedClock::at(START))));
        Self {
            site: apps::site(&metrics, &read_models),
            read_models,
            source: None,
        }
    }

    /// Has what changed offered, if there is a source.
    fn refresh(&mut self) {
        if let Some(source) = &mut self.source {
            source.refresh(LIMIT).expect("the database answers");
            source.idle(LIMIT);
        }
    }

    /// Reads everything by another source.
    fn read_anew(&mut self, pool: &LivePool) {
        self.source = Some(DatabaseSource::new(pool.pool().clone()).feeding(Arc::clone(&self.read_models)));
        self.refresh();
    }

    /// Returns the names of the components that are in service now.
    fn inside(&self, conn: &mut Conn) -> Vec<String> {
        let entry = self.site.get(COMPONENT).expect("components are a model");
        let list = entry.admin.list(conn).expect("the list opens");
        let wanted = ListQuery {
            filters: vec![("state", vec!["inside".to_owned()])],
            ..ListQuery::default()
        };
        let titles = list.titles(conn, &wanted, 100).expect("titles are found");
        titles.into_iter().map(|(_, title)| title).collect()
    }

    fn count(&self, conn: &mut Conn) -> i64 {
        let entry = self.site.get(COMPONENT).expect("components are a model");
        let list = entry.admin.list(conn).expect("the list opens");
        list.count(conn, &ListQuery::default(), 100).expect("rows are counted")
    }

    /// Returns keys in order, the count, a page, and the counts of a filter.
    fn answer(&self, conn: &mut Conn, asked: &Asked) -> Answer {
        let wanted = asked.query();
        let entry = self.site.get(COMPONENT).expect("components are a model");
        let list = entry.admin.list(conn).expect("the list opens");
        let mut facets = BTreeMap::new();
        // Filters by hours have tests of their own: the rows of this one have none.
        let by_rows = |filter: &&Filter| filter.inputs.is_empty();
        for filter in entry.spec.filters.iter().filter(by_rows) {
            let counts = list.facets(conn, filter.key, &wanted).expect("values are counted");
            facets.extend(
                counts
                    .into_iter()
                    .filter(|(_, count)| *count > 0)
                    .map(|(value, count)| ((filter.key, value), count)),
            );
        }
        let backwards = ListQuery {
            backwards: true,
            ..wanted.clone()
        };
        let mut turned = list
            .keys_in_order(conn, &backwards, 0, i64::MAX)
            .expect("keys are found");
        turned.reverse();
        let keys = list.keys_in_order(conn, &wanted, 0, i64::MAX).expect("keys are found");
        assert_eq!(turned, keys, "backwards");
        Answer {
            count: list.count(conn, &wanted, 10_000).expect("rows are counted"),
            page: list
                .rows(conn, &wanted, 1, 3)
                .expect("rows are read")
                .into_iter()
                .map(|row| row.id)
                .collect(),
            keys,
            facets,
            edges: [false, true].map(|last| list.date(conn, &wanted, last).expect("dates are found")),
        }
    }
}

fn walk(
    database: &Database,
    pool: &Pool,
    readers: &mut [Reader; 2],
    turns: &[(Vec<Edit>, Vec<Asked>)],
) -> Result<(), TestCaseError> {
    let mut conn = database.connect();
    say(
        &mut conn,
        "DELETE FROM component; DELETE FROM sla_window; DELETE FROM calendar",
    );
    for id in 1..4 {
        say(
            &mut conn,
            &format!(
                "INSERT INTO sla_window (id, name, timezone) VALUES ({id}, 'window {id}', 'UTC'); \
                 INSERT INTO calendar (id, name) VALUES ({id}, 'calendar {id}')"
            ),
        );
    }
    let mut number = 0;
    for (edits, lists) in turns {
        let changes: String = edits.iter().map(|edit| statement(edit, &mut number)).collect();
        say(&mut conn, &format!("BEGIN; {changes} COMMIT"));
        let rows = all_rows(&mut conn);
        let mut page = pool.get().expect("there is a connection");
        let anew = Reader::new();
        for reader in readers.iter_mut() {
            reader.refresh();
        }
        for asked in lists {
            let expected = expected(&rows, asked);
            for reader in readers.iter().chain([&anew]) {
                prop_assert_eq!(&reader.answer(&mut page, asked), &expected, "{:?}", asked);
            }
        }
    }
    Ok(())
}

/// Returns all rows, from one unmoving state of the database.
fn all_rows(conn: &mut Conn) -> SnapshotRows {
    let mut all = SnapshotRows::default();
    let read = dialect::read_snapshot(conn, LIMIT, |conn| {
        let version = dialect::mark(conn)?.version;
        everything(conn, version, i64::MAX, |rows| {
            all = rows;
            Ok(())
        })
    });
    read.expect("the rows are read");
    all
}

fn a_transaction_lists_what_it_sees_and_shows_it_to_no_other(database: &Database) {
    database.execute("INSERT INTO component (name) VALUES ('first')");
    let pool = pool(database);
    let reader = Reader::new();
    let count = |conn: &mut Conn| reader.count(conn);
    let mut outside = pool.pool().get().expect("there is a connection");
    assert_eq!(count(&mut outside), 1);
    // A change that is not committed is in the lists of its transaction alone.
    let mut inside = pool.pool().get().expect("there is another connection");
    let rolled_back: Result<(), sla_monitor::db::Error> = dialect::write_transaction(&mut inside, None, |conn| {
        say(conn, "INSERT INTO component (name) VALUES ('second')");
        assert_eq!(count(conn), 2);
        assert_eq!(count(&mut outside), 1);
        Err(sla_monitor::db::Error::NotFound)
    });
    rolled_back.expect_err("it was rolled back");
    assert_eq!(count(&mut inside), 1);
    // What was committed since a transaction began is not in its lists.
    let read = dialect::read_snapshot(&mut inside, LIMIT, |conn| {
        assert_eq!(count(conn), 1);
        database.execute("INSERT INTO component (name) VALUES ('third')");
        assert_eq!(count(&mut outside), 2);
        assert_eq!(count(conn), 1);
        Ok::<(), sla_monitor::db::Error>(())
    });
    read.expect("the rows are read");
    assert_eq!(count(&mut inside), 2);
}

fn many_equal_components_are_sorted_by_the_next_column(database: &Database) {
    let components = (0..1_500).map(|number| {
        let (name, enabled) = (number * 7_919 % 1_500, number % 3 == 0);
        let day = 1 + number % 2;
        format!(
            "('c-{name}', 'group {}', {enabled}, '2026-01-0{day} 00:00:00')",
            number % 4
        )
    });
    let components: Vec<String> = components.collect();
    database.execute(&format!(
        "INSERT INTO component (name, display_name, enabled, updated_at) VALUES {}",
        components.join(", ")
    ));
    let mut conn = database.connect();
    let rows = all_rows(&mut conn);
    let reader = Reader::new();
    for sorts in [
        vec![("display_name", false), ("name", true)],
        vec![("display_name", true), ("updated_at", false), ("enabled", true)],
        vec![
            ("enabled", true),
            ("updated_at", true),
            ("display_name", false),
            ("name", false),
        ],
        vec![("updated_at", false), ("enabled", false)],
    ] {
        let place = |key| SORTS.iter().position(|known| *known == key);
        let asked = Asked {
            sorts: sorts
                .iter()
                .filter_map(|(key, descends)| Some((place(*key)?, *descends)))
                .collect(),
            ..Asked::default()
        };
        let expected = expected(&rows, &asked);
        assert_eq!(reader.answer(&mut conn, &asked), expected, "{sorts:?}");
        let list = reader
            .site
            .get(COMPONENT)
            .expect("components are a model")
            .admin
            .list(&mut conn)
            .expect("the list opens");
        for offset in [0, 99, 370, 749, 1_400, 1_499, 1_500] {
            let page = list
                .rows(&mut conn, &asked.query(), offset, 100)
                .expect("rows are read");
            let page: Vec<i64> = page.into_iter().map(|row| row.id).collect();
            let keys = expected.keys.iter().copied();
            let whole = usize::try_from(offset).expect("it is not negative");
            assert_eq!(
                page,
                keys.skip(whole).take(100).collect::<Vec<i64>>(),
                "{sorts:?} from {offset}"
            );
        }
    }
}

fn a_version_that_went_back_is_read_anew(database: &Database) {
    database.execute("INSERT INTO component (name) VALUES ('first'), ('second'), ('third')");
    let pool = pool(database);
    let mut conn = pool.pool().get().expect("there is a connection");
    let reader = Reader::new();
    let mut fed = Reader::new();
    fed.source = Some(DatabaseSource::new(pool.pool().clone()).feeding(Arc::clone(&fed.read_models)));
    fed.refresh();
    assert_eq!([reader.count(&mut conn), fed.count(&mut conn)], [3, 3]);
    // As after a backup was restored row by row.
    database.execute("BEGIN; DELETE FROM component WHERE name = 'second'; UPDATE data_version SET version = 1; COMMIT");
    assert_eq!([reader.count(&mut conn), fed.count(&mut conn)], [2, 2]);
    fed.refresh();
    database.execute("INSERT INTO component (name) VALUES ('fourth')");
    assert_eq!([reader.count(&mut conn), fed.count(&mut conn)], [3, 3]);
}

/// As after SIGHUP: of the same version, with schedules at other places.
fn hours_are_those_of_a_state_that_is_read_anew(database: &Database) {
    apply(
        database,
        "
windows:
- {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
- {name: Never, timezone: UTC, rules: [{type: dates, dates: [2001-01-01], start: '08:00', duration_s: 60}]}
components: [{name: first, windows: [Always]}, {name: second, windows: [Never]}]
",
    );
    let pool = pool(database);
    let mut conn = pool.pool().get().expect("there is a connection");
    let mut fed = Reader::new();
    fed.read_anew(&pool);
    assert_eq!(fed.inside(&mut conn), ["first"]);
    apply(
        database,
        "components: [{name: first, windows: [Never]}, {name: second, windows: [Always]}]",
    );
    fed.refresh();
    assert_eq!(fed.inside(&mut conn), ["second"]);
    fed.read_anew(&pool);
    assert_eq!(fed.inside(&mut conn), ["second"]);
}
