//! The texts that reports read in place of rows say what the rows say, whichever program added or deleted them.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use sla_monitor::apps::sla::availability::measured_row::MeasuredRow;
use sla_monitor::apps::sla::availability::packed::{MeasuredComponents, renew};
use sla_monitor::apps::sla::availability::row::{AvailabilityRow, RowKind};
use sla_monitor::apps::sla::availability::store;
use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::audit;
use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::run::Run;
use sla_monitor::calculus::attainment::share::Share;
use sla_monitor::calculus::span::Span;
use sla_monitor::db::pool::Pool;

use super::measured_time::row;
use super::{at, instant};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    texts_say_what_rows_say,
    what_another_program_adds_or_deletes_is_seen_at_once,
    the_newest_of_rows_in_two_months_wins,
    a_text_that_cannot_be_read_is_passed_over,
);

const DAY: i64 = 86_400;

/// A row of another program, at an instant.
fn foreign(component: i64, start: i64) -> String {
    format!(
        "INSERT INTO availability (component_id, component_name, kind, range_start, range_end, timezone, definitions, indicator_name,
            up_ms, down_ms, unknown_ms, samples_seen, samples_expected, step_s, measured_at, tzdata, warnings, spans, runs)
         VALUES ({component}, 'a', 'span', {start}, {}, 'UTC', 'then', 'p', 10000, 0, 0, 0, 0, 60, '2026-01-01 00:00:00', '', '[]', '', '')",
        start + 10
    )
}

fn append(database: &Database, rows: &[AvailabilityRow]) {
    let appended = audit::record(&mut database.connect(), store::KEY, instant(0), |writer| {
        store::append(writer, rows)
    });
    appended.expect("rows are added");
}

/// How many texts lack rows or have some that were deleted.
fn behind(database: &Database) -> i64 {
    database.number("SELECT count(*) AS value FROM packed_availability WHERE packed <> changes")
}

/// What rows say, by component, without their keys.
fn in_order(rows: impl Iterator<Item = (i64, MeasuredRow)>) -> BTreeMap<i64, Vec<MeasuredRow>> {
    let mut of: BTreeMap<i64, Vec<MeasuredRow>> = BTreeMap::new();
    for (component, row) in rows {
        of.entry(component).or_default().push(row);
    }
    for rows in of.values_mut() {
        rows.sort_by_key(|row| (row.range, row.order));
        rows.iter_mut().for_each(|row| row.order = 0);
    }
    of
}

/// Reads rows of a span as a report does, of these components or of all, by component.
fn read(
    database: &Database,
    definitions: Definitions,
    span: Span,
    ids: Option<&[i64]>,
) -> BTreeMap<i64, Vec<MeasuredRow>> {
    let conn = &mut database.connect();
    let measured = MeasuredComponents::read(conn, definitions, span, ids).expect("the database answers");
    let mut rows_of = |id| measured.rows(conn, id).expect("the database answers");
    let rows = (1..=9).filter(|id| ids.is_none_or(|ids| ids.contains(id)));
    let rows = rows.map(|id| (id, rows_of(id)));
    rows.filter(|(_, rows)| !rows.is_empty()).collect()
}

/// Checks that what is read for a report of a span is what the rows say, of all components and of one.
fn check(database: &Database, (from, to): (i64, i64)) -> BTreeMap<i64, Vec<MeasuredRow>> {
    let conn = &mut database.connect();
    let mut all = BTreeMap::new();
    for ids in [None, Some(&[2][..])] {
        let span = Span { start: from, end: to };
        let read = read(database, Definitions::Then, span, ids).into_iter();
        let read = read.flat_map(|(id, rows)| rows.into_iter().map(move |row| (id, row)));
        let rows = store::between(conn, Definitions::Then, (from, to), ids).expect("the database answers");
        let rows = in_order(rows.iter().map(|row| (row.component_id, MeasuredRow::from(row))));
        assert_eq!(in_order(read), rows);
        all.extend(rows);
    }
    all
}

/// Rows of every kind, of three components in two months.
fn rows() -> Vec<AvailabilityRow> {
    let begin = at("2026-09-28T06:00:00Z");
    let span = |component, day: i64, down| {
        let start = begin + day * DAY;
        row(
            0,
            component,
            (start, start + 36_000),
            (down > 0).then_some((start + 60, start + 60 + down)),
        )
    };
    let mut rows: Vec<AvailabilityRow> = (0..5)
        .flat_map(|day| [span(1, day, day * 100), span(2, day, 0)])
        .collect();
    rows[3].runs = vec![Run {
        span: Span {
            start: rows[3].range.start * 1_000,
            end: rows[3].range.start * 1_000 + 1,
        },
        share: Share::from_parts_per_million(999_999),
    }];
    rows[5].runs = vec![Run {
        span: rows[5].range.in_milliseconds(),
        share: None,
    }];
    rows[7].indicator.id = None;
    let mut day = span(3, 1, 0);
    (day.kind, day.range) = (
        RowKind::Day,
        Span {
            start: begin - 6 * 3_600,
            end: begin + 18 * 3_600,
        },
    );
    let half = Span {
        start: begin * 1_000,
        end: begin * 1_000 + 500,
    };
    day.spans = vec![
        half,
        Span {
            start: half.end + 1,
            end: half.end + 9,
        },
    ];
    let mut month = span(3, 1, 0);
    month.kind = RowKind::Month;
    month.range = Span {
        start: at("2026-08-31T22:00:00Z"),
        end: at("2026-09-30T22:00:00Z"),
    };
    month.account = TimeAccount::from_parts(1, 2, 3, 6).expect("they are its parts");
    (month.excluded_ms, month.corrections_until) = (4, Some(5));
    month.timezone = "Europe/Berlin".to_owned();
    month.spans.clear();
    let mut now = span(2, 0, 9);
    now.definitions = Definitions::Now;
    rows.extend([day, month, now]);
    rows
}

fn texts_say_what_rows_say(database: &Database) {
    let rows = rows();
    for rows in rows.chunks(5) {
        append(database, rows);
    }
    assert_eq!(behind(database), 0);
    let all = check(database, (at("2026-09-01T00:00:00Z"), at("2026-11-01T00:00:00Z")));
    assert_eq!(all.values().map(Vec::len).collect::<Vec<usize>>(), [5, 5, 2]);
    for (from, to) in [
        ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"),
        ("2026-09-29T12:00:00Z", "2026-09-29T12:00:01Z"),
        ("2026-09-29T16:00:00Z", "2026-09-30T06:00:00Z"),
        ("2026-10-10T00:00:00Z", "2027-10-10T00:00:00Z"),
        ("2025-01-01T00:00:00Z", "2026-09-01T00:00:00Z"),
    ] {
        check(database, (at(from), at(to)));
    }
    let span = Span {
        start: at("2026-09-01T00:00:00Z"),
        end: at("2026-10-01T00:00:00Z"),
    };
    let now = read(database, Definitions::Now, span, None);
    assert_eq!(now.keys().collect::<Vec<&i64>>(), [&2]);
}

fn what_another_program_adds_or_deletes_is_seen_at_once(database: &Database) {
    let (from, to) = (at("2026-09-01T00:00:00Z"), at("2026-11-01T00:00:00Z"));
    append(database, &rows());
    database.execute(&foreign(2, from + DAY));
    database.execute(&foreign(9, from + 40 * DAY));
    assert_eq!(behind(database), 2);
    assert_eq!(check(database, (from, to))[&2].len(), 6);
    // Rows that are added next are not the only ones of the text.
    append(database, &[row(0, 9, (from + 41 * DAY, from + 42 * DAY), None)]);
    assert_eq!(behind(database), 1);
    assert_eq!(check(database, (from, to))[&9].len(), 2);
    let url = database.url.parse().expect("tests give valid URLs");
    let pool = Pool::connect(&url, 2).expect("the test database answers");
    let mut asked = 0;
    let stopped = renew(pool.pool(), instant(to), &mut || std::mem::replace(&mut asked, 1) > 0);
    assert_eq!(stopped.expect("the database answers"), 0, "it can be stopped");
    assert_eq!(
        renew(pool.pool(), instant(to), &mut || true).expect("the database answers"),
        1
    );
    assert_eq!(behind(database), 0);
    check(database, (from, to));
    // A sum has it.
    let mut day = row(0, 2, (from + DAY, from + 2 * DAY), None);
    day.kind = RowKind::Day;
    append(database, &[day]);
    let delete = format!(
        "DELETE FROM availability WHERE component_id = 2 AND kind = 'span' AND range_start = {}",
        from + DAY
    );
    database.connect().batch_execute(&delete).expect("the day has it");
    assert_eq!(behind(database), 1);
    assert_eq!(check(database, (from, to))[&2].len(), 6);
    assert_eq!(
        renew(pool.pool(), instant(to), &mut || true).expect("the database answers"),
        1
    );
    check(database, (from, to));
}

fn the_newest_of_rows_in_two_months_wins(database: &Database) {
    let midnight = at("2026-10-01T00:00:00Z");
    // Most of the older one is in October.
    let older = row(0, 1, (midnight - 3_600, midnight + 7_200), None);
    let newer = row(0, 1, (midnight - 7_200, midnight), Some((midnight - 1_800, midnight)));
    append(database, &[older]);
    append(database, &[newer]);
    assert_eq!(behind(database), 0);
    let span = Span {
        start: midnight - DAY,
        end: midnight + DAY,
    };
    let read = read(database, Definitions::Then, span, None);
    let newest = read[&1].iter().max_by_key(|row| row.order).expect("there are rows");
    assert_eq!((newest.range.end, newest.runs.len()), (midnight, 1));
}

fn a_text_that_cannot_be_read_is_passed_over(database: &Database) {
    let (from, to) = (at("2026-09-01T00:00:00Z"), at("2026-11-01T00:00:00Z"));
    append(database, &rows());
    for content in ["[1]", "x", "[0,-5,null]", "[0,5,null,\"[[1]]\"]"] {
        database.execute(&format!(
            "UPDATE packed_availability SET content = '{content}' WHERE component_id = 2"
        ));
        assert_eq!(check(database, (from, to))[&2].len(), 5);
    }
}
