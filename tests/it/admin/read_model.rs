//! Whatever is stored and asked for, the read model answers as a plain look at the rows does: fed by the thread that loads the metrics,
//! brought up to date by pages, and made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use sla_monitor::admin::model::ListQuery;
use sla_monitor::admin::site::Site;
use sla_monitor::admin::spec::Sort;
use sla_monitor::apps;
use sla_monitor::apps::sla::COMPONENT;
use sla_monitor::apps::sla::component::model::ComponentRow;
use sla_monitor::apps::sla::read_model::newest::ReadModels;
use sla_monitor::apps::sla::snapshot::compile::SnapshotRows;
use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::apps::sla::snapshot::read::all_rows;
use sla_monitor::clock::FixedClock;
use sla_monitor::db::Conn;
use sla_monitor::db::dialect;
use sla_monitor::db::pool::{LivePool, Pool};
use sla_monitor::metrics::source::SnapshotSource;
use sla_monitor::metrics::state::current::CurrentState;
use sla_monitor::text::folded;

use crate::scrape::say;
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    the_read_model_answers_as_the_rows_do,
    a_transaction_lists_what_it_sees_and_shows_it_to_no_other
);

/// How long a query of the test may take.
const LIMIT: Duration = Duration::from_secs(30);
/// 2026-01-01, from which rows have their instants.
const START: i64 = 1_767_225_600;
/// Names end in a number, so that none is twice.
const NAMES: [&str; 6] = [
    "payments-api",
    "Payments Gateway",
    "ÉCLAIR",
    "eclair",
    "مدفوعات x",
    "Ωmega ﬁne",
];
const TEXTS: [&str; 7] = [
    "",
    "Ärzte & Söhne",
    "ärzte",
    "Hello WORLD",
    "100% sure",
    "שָׁלוֹם",
    "straße ①",
];
const TERMS: [&str; 16] = [
    "pay",
    "API",
    "e",
    "é",
    "ecl",
    "OMEGA",
    "fin",
    "arzte",
    "מ",
    "שלום",
    "strasse",
    "1",
    "%",
    "team=",
    "TEAM=blü",
    "tier=gold",
];
const LABELS: [(&str, &str); 4] = [("team", "Blüte"), ("team", "red"), ("tier", "gold"), ("env", "prod")];
const SORTS: [&str; 4] = ["name", "display_name", "enabled", "updated_at"];

/// One statement on the rows.
#[derive(Clone, Debug)]
enum Edit {
    Add(usize, usize),
    Rename(i64, usize),
    Describe(i64, usize),
    Enable(i64, bool),
    Promise(i64, Option<i32>),
    Touch(i64, i64),
    Delete(i64),
    Link(&'static str, i64, i64),
    Unlink(&'static str, i64, i64),
    EnableWindow(i64, bool),
    RenameLabel(i64),
}

/// What a list is asked for: terms, filters with values, a range of creation, of SLOs, an order, and whether keys are named.
#[derive(Clone, Debug)]
struct Asked {
    terms: Vec<usize>,
    filters: Vec<(&'static str, Vec<i64>)>,
    created: Option<(i64, i64)>,
    updated: Option<(i64, i64)>,
    slo: Option<(i64, i64)>,
    sorts: Vec<(usize, bool)>,
    keys: Option<Vec<i64>>,
}

fn edit() -> impl Strategy<Value = Edit> {
    let id = || 1..40_i64;
    let link = || {
        (
            prop::sample::select(vec!["label", "window", "calendar"]),
            id(),
            1..4_i64,
        )
    };
    prop_oneof![
        6 => (0..NAMES.len(), 0..TEXTS.len()).prop_map(|(name, text)| Edit::Add(name, text)),
        2 => (id(), 0..NAMES.len()).prop_map(|(id, name)| Edit::Rename(id, name)),
        2 => (id(), 0..TEXTS.len()).prop_map(|(id, text)| Edit::Describe(id, text)),
        2 => (id(), any::<bool>()).prop_map(|(id, enabled)| Edit::Enable(id, enabled)),
        2 => (id(), prop::option::of(prop::sample::select(vec![99_000, 99_900, 100_000])))
            .prop_map(|(id, slo)| Edit::Promise(id, slo)),
        2 => (id(), 0..9_i64).prop_map(|(id, days)| Edit::Touch(id, days)),
        1 => id().prop_map(Edit::Delete),
        4 => link().prop_map(|(table, id, target)| Edit::Link(table, id, target)),
        2 => link().prop_map(|(table, id, target)| Edit::Unlink(table, id, target)),
        1 => (1..4_i64, any::<bool>()).prop_map(|(id, enabled)| Edit::EnableWindow(id, enabled)),
        1 => (1..4_i64).prop_map(Edit::RenameLabel),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let keys = || prop::collection::vec(1..5_i64, 1..3);
    let flags = || prop::collection::vec(0..2_i64, 1..3);
    let filter = prop_oneof![
        flags().prop_map(|values| ("enabled__exact", values)),
        keys().prop_map(|values| ("labels__id__exact", values)),
        keys().prop_map(|values| ("labels__id__not", values)),
        keys().prop_map(|values| ("windows__id__exact", values)),
        keys().prop_map(|values| ("calendars__id__exact", values)),
        flags().prop_map(|values| ("labels__isnull", values)),
        flags().prop_map(|values| ("windows__isnull", values)),
        flags().prop_map(|values| ("calendars__isnull", values)),
        flags().prop_map(|values| ("slo__isnull", values)),
    ];
    let days = || prop::option::weighted(0.2, (0..5_i64, 3..9_i64));
    (
        prop::collection::vec(0..TERMS.len(), 0..3),
        prop::collection::vec(filter, 0..3),
        days(),
        days(),
        prop::option::weighted(0.2, (99_000..99_950_i64, 99_900..100_001_i64)),
        prop::collection::vec((0..SORTS.len(), any::<bool>()), 0..4),
        prop::option::weighted(0.2, prop::collection::vec(1..40_i64, 0..20)),
    )
        .prop_map(|(terms, filters, created, updated, slo, sorts, keys)| Asked {
            terms,
            filters,
            created,
            updated,
            slo,
            sorts,
            keys,
        })
}

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

    /// Returns keys in order, the count, a page, and the counts of a filter.
    fn answer(&self, conn: &mut Conn, asked: &Asked) -> Answer {
        let wanted = asked.query();
        let entry = self.site.get(COMPONENT).expect("components are a model");
        let list = entry.admin.list(conn).expect("the list opens");
        let mut facets = BTreeMap::new();
        for filter in &entry.spec.filters {
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
        let mut turned = list.keys_in_order(conn, &backwards).expect("keys are found");
        turned.reverse();
        let keys = list.keys_in_order(conn, &wanted).expect("keys are found");
        assert_eq!(turned, keys, "backwards");
        Answer {
            count: list.count(conn, &wanted, 1_000).expect("rows are counted"),
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

#[derive(Debug, PartialEq)]
struct Answer {
    keys: Vec<i64>,
    count: i64,
    page: Vec<i64>,
    facets: BTreeMap<(&'static str, String), i64>,
    edges: [Option<NaiveDateTime>; 2],
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
        let rows = all_rows(&mut conn, LIMIT).expect("the rows are read");
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

/// Returns the statement of an edit; one that touches nothing is as good as any.
fn statement(edit: &Edit, number: &mut usize) -> String {
    *number += 1;
    let at = |days: i64| {
        let at = DateTime::from_timestamp(START + days * 86_400, 0).expect("it is an instant");
        at.format("%Y-%m-%d %H:%M:%S").to_string()
    };
    let of = |id: &i64| format!("(SELECT id FROM component ORDER BY id LIMIT 1 OFFSET {id})");
    match edit {
        Edit::Add(name, text) => format!(
            "INSERT INTO component (name, display_name, created_at, updated_at) VALUES ('{} {number}', '{}', '{}', '{}');",
            NAMES[*name],
            TEXTS[*text],
            at(i64::try_from(*number % 9).unwrap_or(0)),
            at(i64::try_from(*number % 7).unwrap_or(0)),
        ),
        Edit::Rename(id, name) => format!(
            "UPDATE component SET name = '{} {number}' WHERE id = {};",
            NAMES[*name],
            of(id)
        ),
        Edit::Describe(id, text) => format!(
            "UPDATE component SET description = '{}' WHERE id = {};",
            TEXTS[*text],
            of(id)
        ),
        Edit::Enable(id, enabled) => format!("UPDATE component SET enabled = {enabled} WHERE id = {};", of(id)),
        Edit::Promise(id, slo) => format!(
            "UPDATE component SET slo_millipercent = {} WHERE id = {};",
            slo.map_or_else(|| "NULL".to_owned(), |slo| slo.to_string()),
            of(id)
        ),
        Edit::Touch(id, days) => format!(
            "UPDATE component SET updated_at = '{}' WHERE id = {};",
            at(*days),
            of(id)
        ),
        Edit::Delete(id) => format!("DELETE FROM component WHERE id = {};", of(id)),
        Edit::Link("label", id, target) => format!(
            "INSERT INTO component_label (component_id, label_id, label_name) SELECT component.id, label.id, label.name \
             FROM component, label WHERE component.id = {} AND label.id = {target} ON CONFLICT DO NOTHING;",
            of(id)
        ),
        Edit::Link(table, id, target) => format!(
            "INSERT INTO component_{table} (component_id, {table}_id) SELECT component.id, {target} FROM component \
             WHERE component.id = {} ON CONFLICT DO NOTHING;",
            of(id)
        ),
        Edit::Unlink(table, id, target) => format!(
            "DELETE FROM component_{table} WHERE component_id = {} AND {table}_id = {target};",
            of(id)
        ),
        Edit::EnableWindow(id, enabled) => format!("UPDATE sla_window SET enabled = {enabled} WHERE id = {id};"),
        Edit::RenameLabel(id) => format!("UPDATE label SET value = 'Blüte {number}' WHERE id = {id};"),
    }
}

impl Asked {
    fn query(&self) -> ListQuery {
        let range = |(from, to): (i64, i64)| {
            [from, to].map(|days| {
                DateTime::from_timestamp(START + days * 86_400, 0)
                    .expect("it is an instant")
                    .naive_utc()
            })
        };
        let mut sort: Vec<Sort> = Vec::new();
        for (column, descending) in &self.sorts {
            let key = SORTS[*column];
            if sort.iter().all(|known| known.key != key) {
                sort.push(Sort {
                    key,
                    descending: *descending,
                });
            }
        }
        let value = |key: &str, value: &i64| match key.ends_with("__isnull") {
            true => if *value == 1 { "True" } else { "False" }.to_owned(),
            false => value.to_string(),
        };
        let mut filters: Vec<(&'static str, Vec<String>)> = Vec::new();
        for (key, values) in &self.filters {
            if filters.iter().all(|(known, _)| known != key) {
                filters.push((key, values.iter().map(|of| value(key, of)).collect()));
            }
        }
        ListQuery {
            terms: self.terms.iter().map(|term| TERMS[*term].to_owned()).collect(),
            filters,
            between: self.created.map(range).map(|[from, to]| (from, to)),
            instants: self
                .updated
                .map(range)
                .map(|[from, to]| ("updated_at", from, to))
                .into_iter()
                .collect(),
            numbers: self.slo.map(|(from, to)| ("slo", from, to)).into_iter().collect(),
            sort,
            keys: self.keys.clone(),
            ..ListQuery::default()
        }
    }
}

/// A component with what it is linked to, as the rows have it.
struct Known<'a> {
    row: &'a ComponentRow,
    labels: Vec<(i64, String, String)>,
    windows: Vec<i64>,
    calendars: Vec<i64>,
    has_window: bool,
}

impl Known<'_> {
    /// Returns the values of a filter that find it.
    fn values(&self, filter: &str) -> Vec<String> {
        let flag = |flag: bool| vec![if flag { "True" } else { "False" }.to_owned()];
        let texts = |ids: Vec<i64>| ids.iter().map(i64::to_string).collect();
        match filter {
            "enabled__exact" => vec![i64::from(self.row.enabled).to_string()],
            "labels__id__exact" => texts(self.labels.iter().map(|(id, ..)| *id).collect()),
            "windows__id__exact" => texts(self.windows.clone()),
            "calendars__id__exact" => texts(self.calendars.clone()),
            "labels__isnull" => flag(self.labels.is_empty()),
            "windows__isnull" => flag(!self.has_window),
            "calendars__isnull" => flag(self.calendars.is_empty()),
            "slo__isnull" => flag(self.row.slo_millipercent.is_none()),
            other => panic!("{other} is not known"),
        }
    }

    fn passes(&self, filter: &str, wanted: &[String]) -> bool {
        match filter {
            "labels__id__not" => self.labels.iter().all(|(id, ..)| !wanted.contains(&id.to_string())),
            filter => self.values(filter).iter().any(|value| wanted.contains(value)),
        }
    }

    fn holds(&self, term: &str) -> bool {
        let term = folded(term).into_owned();
        let ComponentRow {
            name,
            display_name,
            description,
            ..
        } = self.row;
        let is_labelled = |(name, value): (&str, &str)| {
            self.labels
                .iter()
                .any(|(_, of, own)| folded(of) == name && folded(own).contains(value))
        };
        [name, display_name, description]
            .iter()
            .any(|text| folded(text).contains(&term))
            || term.split_once('=').is_some_and(is_labelled)
    }
}

/// Returns the answer that a plain look at the rows gives.
fn expected(rows: &SnapshotRows, asked: &Asked) -> Answer {
    let wanted = asked.query();
    let enabled: BTreeSet<i64> = rows
        .windows
        .iter()
        .filter(|row| row.enabled)
        .map(|row| row.id)
        .collect();
    let linked = |links: &[(i64, i64)], id: i64| links.iter().filter(|(of, _)| *of == id).map(|(_, to)| *to).collect();
    let known = rows.components.iter().map(|row| {
        let windows: Vec<i64> = linked(&rows.component_windows, row.id);
        let labels = rows.component_labels.iter().filter(|(of, ..)| *of == row.id);
        Known {
            row,
            labels: labels
                .map(|(_, id, name, value)| (*id, name.clone(), value.clone()))
                .collect(),
            has_window: windows.iter().any(|id| enabled.contains(id)),
            windows,
            calendars: linked(&rows.component_calendars, row.id),
        }
    });
    let mut found: Vec<Known<'_>> = known
        .filter(|known| {
            let ComponentRow {
                id,
                created_at,
                updated_at,
                slo_millipercent,
                ..
            } = known.row;
            let slo = slo_millipercent.map(i64::from);
            wanted.keys.as_ref().is_none_or(|keys| keys.contains(id))
                && wanted.terms.iter().all(|term| known.holds(term))
                && wanted.filters.iter().all(|(key, values)| known.passes(key, values))
                && wanted
                    .between
                    .is_none_or(|(from, to)| from <= *created_at && *created_at < to)
                && wanted
                    .instants
                    .iter()
                    .all(|(_, from, to)| from <= updated_at && updated_at < to)
                && wanted
                    .numbers
                    .iter()
                    .all(|(_, from, to)| slo.is_some_and(|slo| *from <= slo && slo <= *to))
        })
        .collect();
    found.sort_by(|one, other| {
        let by_column = wanted.sort.iter().map(|sort| {
            let (one, other) = (one.row, other.row);
            let order = match sort.key {
                "name" => folded(&one.name).cmp(&folded(&other.name)),
                "display_name" => folded(&one.display_name).cmp(&folded(&other.display_name)),
                "enabled" => one.enabled.cmp(&other.enabled),
                _ => one.updated_at.cmp(&other.updated_at),
            };
            if sort.descending { order.reverse() } else { order }
        });
        let by_key = one.row.id.cmp(&other.row.id);
        let by_key = if wanted.key_descends() {
            by_key.reverse()
        } else {
            by_key
        };
        by_column.into_iter().find(|order| order.is_ne()).unwrap_or(by_key)
    });
    let keys: Vec<i64> = found.iter().map(|known| known.row.id).collect();
    let created = || found.iter().map(|known| known.row.created_at);
    Answer {
        count: i64::try_from(keys.len()).expect("they are few"),
        page: keys.iter().copied().skip(1).take(3).collect(),
        keys,
        facets: facets(&found),
        edges: [created().min(), created().max()],
    }
}

/// Returns how many components each value of each filter finds, as far as any is linked to it.
fn facets(found: &[Known<'_>]) -> BTreeMap<(&'static str, String), i64> {
    let filters = [
        "enabled__exact",
        "labels__id__exact",
        "windows__id__exact",
        "calendars__id__exact",
        "labels__isnull",
        "windows__isnull",
        "calendars__isnull",
        "slo__isnull",
    ];
    let mut counts = BTreeMap::new();
    for known in found {
        for filter in filters {
            for value in known.values(filter) {
                *counts.entry((filter, value)).or_default() += 1;
            }
        }
    }
    let all = i64::try_from(found.len()).expect("they are few");
    let with: Vec<(String, i64)> = counts
        .iter()
        .filter(|((filter, _), _)| *filter == "labels__id__exact")
        .map(|((_, value), count)| (value.clone(), *count))
        .collect();
    let without = with
        .into_iter()
        .map(|(value, count)| (("labels__id__not", value), all - count));
    counts.extend(without.filter(|(_, count)| *count > 0));
    counts
}

fn a_transaction_lists_what_it_sees_and_shows_it_to_no_other(database: &Database) {
    database.execute("INSERT INTO component (name) VALUES ('first')");
    let pool = pool(database);
    let reader = Reader::new();
    let count = |conn: &mut Conn| {
        let list = reader
            .site
            .get(COMPONENT)
            .expect("components are a model")
            .admin
            .list(conn)
            .expect("the list opens");
        list.count(conn, &ListQuery::default(), 100).expect("rows are counted")
    };
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
