//! Rows of what was measured: stored and read again, never changed.

use diesel::connection::SimpleConnection;
use sla_monitor::apps::sla::availability::row::{AvailabilityRow, RowKind};
use sla_monitor::apps::sla::availability::store;
use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::audit;
use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::run::Run;
use sla_monitor::calculus::attainment::share::Share;
use sla_monitor::calculus::span::Span;

use super::instant;
use super::measured_time::row;
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    rows_are_read_as_they_were_written,
    rows_are_never_changed,
    a_row_that_cannot_be_read_says_so,
);

fn append(database: &Database, rows: &[AvailabilityRow]) {
    let appended = audit::record(&mut database.connect(), "test", instant(0), |writer| {
        store::append(writer, rows)
    });
    appended.expect("rows are added");
}

fn read(database: &Database, range: (i64, i64)) -> Vec<AvailabilityRow> {
    let conn = &mut database.connect();
    store::between(conn, Definitions::Then, range, None).expect("the database answers")
}

fn rows_are_read_as_they_were_written(database: &Database) {
    let mut span = row(1, 4, (1_000, 2_000), Some((1_100, 1_200)));
    span.runs.push(Run {
        span: Span {
            start: 1_500_250,
            end: 1_600_000,
        },
        share: None,
    });
    span.runs.push(Run {
        span: Span {
            start: 1_600_000,
            end: 1_600_001,
        },
        share: Share::from_parts_per_million(999_999),
    });
    span.account = TimeAccount::of(&span.spans, &span.runs);
    span.warnings = vec!["two \"series\"".to_owned(), "ü".to_owned()];
    let mut day = row(2, 4, (0, 86_400), None);
    day.kind = RowKind::Day;
    day.spans = vec![
        Span { start: 0, end: 5_000 },
        Span {
            start: 9_000,
            end: 86_400_000,
        },
    ];
    day.account = TimeAccount::of(&day.spans, &[]);
    let mut other = row(3, 5, (5_000, 6_000), None);
    other.indicator.id = None;
    other.indicator.version = None;
    let rows = [span, day, other];
    append(database, &rows);
    assert_eq!(read(database, (0, 100_000)), rows);
    assert_eq!(read(database, (2_000, 4_000)), rows[1..2], "ranges are half-open");
    let conn = &mut database.connect();
    let of = store::between(conn, Definitions::Then, (0, 100_000), Some(&[5])).expect("the database answers");
    assert_eq!(of, rows[2..]);
    let now = store::between(conn, Definitions::Now, (0, 100_000), None).expect("the database answers");
    assert_eq!(now, []);
    let spans = store::measured_spans(conn, Definitions::Then, (1_000, 6_000)).expect("the database answers");
    assert_eq!(spans, [(4, 1_000, 2_000), (5, 5_000, 6_000)]);
}

fn rows_are_never_changed(database: &Database) {
    append(database, &[row(1, 4, (1_000, 2_000), None)]);
    let conn = &mut database.connect();
    for sql in ["UPDATE availability SET up_ms = 1", "DELETE FROM availability"] {
        let refused = conn.batch_execute(sql).expect_err("it is refused").to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    let unbalanced = "INSERT INTO availability (component_id, component_name, kind, range_start, range_end, timezone, definitions, indicator_name, \
                      up_ms, down_ms, unknown_ms, samples_seen, samples_expected, step_s, measured_at, tzdata, warnings, spans, runs) \
                      VALUES (1, 'a', 'span', 0, 10, 'UTC', 'then', 'p', 9000, 999, 0, 0, 0, 60, '2026-01-01 00:00:00', '', '[]', '', '')";
    let refused = conn
        .batch_execute(unbalanced)
        .expect_err("the parts are not the whole")
        .to_string();
    assert!(refused.contains("availability_whole_check"), "{refused}");
    // What a sum has may go.
    let mut day = row(2, 4, (0, 86_400), None);
    day.kind = RowKind::Day;
    append(database, &[day]);
    conn.batch_execute("DELETE FROM availability WHERE kind = 'span'")
        .expect("the day has it");
    let refused = conn
        .batch_execute("DELETE FROM availability")
        .expect_err("nothing has the day");
    assert!(refused.to_string().contains("append-only"), "{refused}");
}

fn a_row_that_cannot_be_read_says_so(database: &Database) {
    database.execute(
        "INSERT INTO availability (component_id, component_name, kind, range_start, range_end, timezone, definitions, indicator_name,
            up_ms, down_ms, unknown_ms, samples_seen, samples_expected, step_s, measured_at, tzdata, warnings, spans, runs)
         VALUES (1, 'a', 'span', 0, 10, 'UTC', 'then', 'p', 10000, 0, 0, 0, 0, 60, '2026-01-01 00:00:00', '', '[]', '', '[[5,-3,0]]')",
    );
    let rows = read(database, (0, 100));
    assert_eq!(rows[0].account.unknown(), 10_000);
    assert!(rows[0].warnings[0].contains("cannot be read"), "{:?}", rows[0].warnings);
}
