//! A search of the audit log finds in memory what the database finds: outside of a transaction the one is asked, within one the other.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime};
use sla_monitor::admin::model::{ListCell, ListQuery, ModelAdmin};
use sla_monitor::admin::spec::Sort;
use sla_monitor::apps::audit_log::admin::LogEntryAdmin;
use sla_monitor::apps::sla::correction::admin::CorrectionAdmin;
use sla_monitor::apps::sla::{COMPONENT, CORRECTION, LABEL};
use sla_monitor::db::{self, Conn, dialect};

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::server::Server;
use crate::support::statements::{COUNTED, statements};

on_both_databases!(
    searches_find_in_memory_what_the_database_finds,
    searches_look_at_the_titles_of_corrections_that_their_reader_is_shown,
    a_search_that_finds_many_asks_the_database_no_more_than_the_whole_log,
);

/// How long a query of the test may take.
const LIMIT: Duration = Duration::from_secs(30);
const FILTERS: [&str; 3] = ["user__id__exact", "action_flag__exact", "content_type"];
const TERMS: [&[&str]; 6] = [
    &["ÄRZTE"],
    &["1", "component", "11"],
    &["% 1"],
    &["_", "service_1"],
    &["σισυφοσ"],
    &["\u{301}"],
];

/// Stores entries of several users, kinds and actions, whose instants do not grow as their keys do.
fn store(database: &Database, from: u32, until: u32) {
    database.execute(&format!(
        "INSERT INTO log_entry (action_time, actor, user_id, action, content_type, object_id, object_repr, object_version, before, after) \
         WITH RECURSIVE numbers(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM numbers WHERE n < {until}) \
         SELECT {}, 'someone', CASE n % 4 WHEN 0 THEN NULL ELSE n % 4 END, \
         CASE n % 7 WHEN 0 THEN 'add' WHEN 1 THEN 'delete' ELSE 'change' END, \
         CASE n % 3 WHEN 0 THEN 'sla.component' WHEN 1 THEN 'sla.label' ELSE 'sla.slawindow' END, n, \
         CASE n % 5 WHEN 0 THEN 'Ärzte ' WHEN 1 THEN 'component-' WHEN 2 THEN 'Σίσυφος ' WHEN 3 THEN '100% ' ELSE 'SERVICE_' END || n, \
         2, CASE n % 7 WHEN 0 THEN NULL ELSE '{{}}' END, CASE n % 7 WHEN 1 THEN NULL ELSE '{{}}' END FROM numbers",
        match database.is_postgres() {
            false => "strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', '+' || ((n * 7919) % 90000) || ' minutes')",
            true => "timestamp '2026-01-01' + ((n * 7919) % 90000) * interval '1 minute'",
        }
    ));
}

fn midnight(month: u32, day: u32) -> NaiveDateTime {
    let date = NaiveDate::from_ymd_opt(2026, month, day).expect("it is a date");
    date.and_hms_opt(0, 0, 0).expect("it is a time")
}

fn sorted(key: &'static str, descending: bool) -> ListQuery {
    ListQuery {
        sort: vec![Sort { key, descending }],
        ..ListQuery::default()
    }
}

fn filtered(key: &'static str, values: &[&str]) -> (&'static str, Vec<String>) {
    (key, values.iter().map(ToString::to_string).collect())
}

/// Returns what a list may be narrowed by beside a search, and its orders.
fn narrowings() -> Vec<ListQuery> {
    vec![
        sorted("action_time", true),
        sorted("action_time", false),
        ListQuery {
            between: Some((midnight(1, 10), midnight(2, 20))),
            ..sorted("action_time", true)
        },
        ListQuery {
            filters: vec![filtered(FILTERS[0], &["1", "3"]), filtered(FILTERS[1], &["1", "2"])],
            between: Some((midnight(2, 1), midnight(2, 2))),
            ..sorted("action_time", false)
        },
        ListQuery {
            filters: vec![filtered(FILTERS[2], &["sla.label", "sla.component"])],
            hidden: vec![COMPONENT],
            ..sorted("action_time", true)
        },
        ListQuery {
            filters: vec![filtered(FILTERS[1], &["3"])],
            ..sorted("object", false)
        },
    ]
}

/// What a list says of one query.
#[derive(Debug, PartialEq)]
struct Answer {
    count: i64,
    keys: Vec<i64>,
    pages: Vec<Vec<i64>>,
    rows: Vec<i64>,
    edges: Vec<Option<NaiveDateTime>>,
    facets: BTreeMap<(&'static str, String), i64>,
}

fn answer(admin: &LogEntryAdmin, conn: &mut Conn, wanted: &ListQuery) -> db::Result<Answer> {
    let list = admin.list(conn)?;
    let mut facets = BTreeMap::new();
    for filter in FILTERS {
        let counts = list.facets(conn, filter, wanted)?.into_iter();
        facets.extend(counts.map(|(value, count)| ((filter, value), count)));
    }
    let mut pages = Vec::new();
    for (offset, limit) in [(0, 5), (3, 4), (0, i64::MAX)] {
        pages.push(list.keys_in_order(conn, wanted, offset, limit)?);
    }
    let mut edges = Vec::new();
    for last in [false, true] {
        edges.push(list.date(conn, wanted, last)?);
    }
    let rows = list.rows(conn, wanted, 1, 3)?.into_iter();
    Ok(Answer {
        count: list.count(conn, wanted, 150)?,
        keys: list.keys(conn, wanted, i64::MAX)?,
        pages,
        rows: rows.map(|row| row.id).collect(),
        edges,
        facets,
    })
}

/// Compares the answers to searches, and returns how many entries they found in all.
fn compare(admin: &LogEntryAdmin, conn: &mut Conn, searches: &[&[&str]]) -> usize {
    let mut n_found = 0;
    for terms in searches {
        for narrowing in narrowings() {
            let wanted = ListQuery {
                terms: terms.iter().map(ToString::to_string).collect(),
                ..narrowing
            };
            let in_memory = answer(admin, conn, &wanted).expect("the list answers");
            let asked = dialect::read_snapshot(conn, LIMIT, |conn| answer(admin, conn, &wanted));
            assert_eq!(in_memory, asked.expect("the database answers"), "{wanted:?}");
            n_found += in_memory.keys.len();
        }
    }
    n_found
}

fn searches_find_in_memory_what_the_database_finds(database: &Database) {
    let admin = LogEntryAdmin::new(&[]);
    let conn = &mut database.connect();
    assert_eq!(compare(&admin, conn, &TERMS[..1]), 0, "an empty log");
    // More than a block.
    store(database, 1, 1_300);
    let before = compare(&admin, conn, &TERMS);
    assert!(before > 1_000, "{before} found");
    // What is added is found by what was read before, within its last block and in the next one.
    store(database, 1_301, 2_100);
    assert!(compare(&admin, conn, &TERMS[..2]) > 200);
    // Another log in its place.
    database.execute(match database.is_postgres() {
        true => "DROP TRIGGER log_entry_not_changed ON log_entry",
        false => "DROP TRIGGER log_entry_not_deleted",
    });
    database.execute("DELETE FROM log_entry");
    store(database, 1, 100);
    assert!(compare(&admin, conn, &TERMS[..2]) < 100);
}

/// Stores entries about corrections by a component, by labels and of all components: they are added, deleted, and changed from and to each of these.
fn store_corrections(database: &Database) {
    let scopes = [
        ("api", r#"'{"component": "api"}'"#),
        (r#"{team="a"}"#, r#"'{"selector": "{team=\"a\"}"}'"#),
        ("{}", r#"'{"selector": "{}"}'"#),
    ];
    let mut rows = Vec::new();
    let mut row = |scope: &str, action: &str, before: &str, after: &str| {
        let number = rows.len() + 1;
        rows.push(format!(
            "('2026-01-01 00:00:00', 'ada', '{action}', 'sla.correction', {number}, '{scope}, 2026-01-02', 1, {before}, {after})"
        ));
    };
    for (scope, state) in scopes {
        row(scope, "add", "NULL", state);
        row(scope, "delete", state, "NULL");
        for (_, before) in scopes {
            row(scope, "change", before, state);
        }
    }
    database.execute(&format!(
        "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after) VALUES {}",
        rows.join(", ")
    ));
}

fn searches_look_at_the_titles_of_corrections_that_their_reader_is_shown(database: &Database) {
    let admin = LogEntryAdmin::new(&[Box::new(CorrectionAdmin)]);
    let conn = &mut database.connect();
    store(database, 1, 30);
    store_corrections(database);
    let mut counts = Vec::new();
    for hidden in [
        vec![],
        vec![LABEL],
        vec![COMPONENT],
        vec![COMPONENT, LABEL],
        vec![LABEL, CORRECTION],
    ] {
        let listed = ListQuery {
            filters: vec![filtered(FILTERS[2], &["sla.correction"])],
            hidden: hidden.clone(),
            ..sorted("action_time", false)
        };
        let rows = admin.list(conn).and_then(|list| list.rows(conn, &listed, 0, 100));
        let mut rows = rows.expect("the list has rows");
        rows.retain(|row| {
            let mut models = row.cells.iter().flat_map(|cell| match cell {
                ListCell::Of(models, _) => models.as_slice(),
                _ => &[],
            });
            !models.any(|model| hidden.contains(model))
        });
        let search = ListQuery {
            terms: vec!["2026-01-02".to_owned()],
            ..listed
        };
        let in_memory = answer(&admin, conn, &search).expect("the list answers");
        let asked = dialect::read_snapshot(conn, LIMIT, |conn| answer(&admin, conn, &search));
        assert_eq!(in_memory, asked.expect("the database answers"), "{hidden:?}");
        assert_eq!(
            in_memory.keys,
            rows.iter().map(|row| row.id).collect::<Vec<_>>(),
            "{hidden:?}"
        );
        counts.push(in_memory.count);
    }
    assert_eq!(counts, [15, 8, 8, 3, 0]);
}

fn a_search_that_finds_many_asks_the_database_no_more_than_the_whole_log(database: &Database) {
    store(database, 1, 3_000);
    let server = Server::start(database, &COUNTED);
    let browser = &mut superuser(database, &server);
    let mut counts = Vec::new();
    for (number, query) in ["", "?q=component"].into_iter().enumerate() {
        let path = format!("/admin/audit/logentry/{query}");
        // The second time, when what is kept is there.
        statements(&server, browser, &path, &format!("first-{number}"));
        counts.push(statements(&server, browser, &path, &format!("second-{number}")));
    }
    assert!(counts[1] <= counts[0], "{counts:?}");
}
