//! Sums of old rows: what was up, down and unknown stays, and so does what corrections make of it.

use proptest::prelude::*;
use sla_monitor::apps::sla::availability::measured_row::MeasuredRow;
use sla_monitor::apps::sla::availability::measured_time::MeasuredTime;
use sla_monitor::apps::sla::availability::row::{AvailabilityRow, RowKind};
use sla_monitor::apps::sla::availability::store;
use sla_monitor::apps::sla::availability::sum::sum;
use sla_monitor::apps::sla::availability::summing::{SummedRows, days};
use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::audit;
use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::correction::{CorrectedSpan, CorrectedTime, CorrectionEffect};
use sla_monitor::calculus::span::{Span, merge};
use sla_monitor::db::pool::Pool;

use super::measured_time::row;
use super::{at, instant};
use crate::support::database::Database;
use crate::support::{on_both_databases, zone};

on_both_databases!(old_spans_become_days);

const DAY: i64 = 86_400;

/// Replaces rows by their sums, as the database does; new rows are newer.
fn replaced(mut rows: Vec<AvailabilityRow>, summed: SummedRows) -> Vec<AvailabilityRow> {
    let next = rows.iter().map(|row| row.id).max().unwrap_or(0) + 1;
    rows.retain(|row| !summed.replaced.contains(&row.id));
    rows.extend(
        (next..)
            .zip(summed.added)
            .map(|(id, row)| AvailabilityRow { id, ..row }),
    );
    rows
}

fn whole() -> Span {
    Span {
        start: at("2026-09-01T00:00:00Z") * 1_000,
        end: at("2027-01-01T00:00:00Z") * 1_000,
    }
}

fn account(promised: &[Span], rows: &[AvailabilityRow], corrections: &[CorrectedSpan]) -> TimeAccount {
    let rows: Vec<MeasuredRow> = rows.iter().map(MeasuredRow::from).collect();
    let time = MeasuredTime::of(promised, whole(), &rows);
    let corrected = CorrectedTime::new(&time.spans, &time.runs, corrections);
    TimeAccount::of(&corrected.spans, &corrected.runs)
}

fn promised(rows: &[AvailabilityRow]) -> Vec<Span> {
    merge(rows.iter().flat_map(|row| row.spans.clone()).collect())
}

proptest! {
    #![proptest_config(super::measured_time::config())]

    #[test]
    fn sums_keep_what_was_measured(
        spans in proptest::collection::vec((0_i64..60, 0_i64..DAY, 1_i64..25 * 3_600, 0_i64..50_000, 0_i64..50_000), 1..14),
        until in 10_i64..70,
        correction in (0_i64..60 * DAY, 1_i64..DAY),
    ) {
        // From the end of summer time to the next month.
        let begin = at("2026-10-20T00:00:00+02:00");
        let rows: Vec<AvailabilityRow> = spans.iter().enumerate().map(|(index, (day, second, length, from, down))| {
            let start = begin + day * DAY + second;
            let end = start + length;
            let (from, to) = ((start + from).min(end), (start + from + down).min(end));
            row(index as i64 + 1, 7, (start, end), (from < to).then_some((from, to)))
        }).collect();
        let promised = promised(&rows);
        let corrections = [CorrectedSpan {
            span: Span { start: (begin + correction.0) * 1_000, end: (begin + correction.0 + correction.1) * 1_000 },
            effect: CorrectionEffect::Down,
        }];
        let (zone, now) = (zone("Europe/Berlin"), instant(begin + 100 * DAY));
        let before = account(&promised, &rows, &[]);
        let corrected = account(&promised, &rows, &corrections);

        let first = days(&rows, zone, begin + until / 2 * DAY, now);
        let rows = replaced(rows, first);
        prop_assert_eq!(account(&promised, &rows, &[]), before, "a part is summed to days");
        prop_assert_eq!(account(&promised, &rows, &corrections), corrected, "and can be corrected");
        let second = days(&rows, zone, begin + until * DAY, now);
        let rows = replaced(rows, second);
        prop_assert_eq!(account(&promised, &rows, &[]), before, "and the rest");
        let again = days(&rows, zone, begin + until * DAY, now);
        prop_assert!(again.added.is_empty(), "nothing is summed twice: {:?}", again.added);
        prop_assert_eq!(account(&promised, &rows, &corrections), corrected);
    }
}

fn old_spans_become_days(database: &Database) {
    let begin = at("2026-03-02T00:00:00Z");
    let rows: Vec<AvailabilityRow> = (0..4)
        .flat_map(|day| {
            let start = begin + day * DAY + 8 * 3_600;
            let down = (day == 1).then_some((start + 60, start + 360));
            // Two components, and the first is measured twice.
            [1, 2, 1].map(|component| row(0, component, (start, start + 36_000), down))
        })
        .collect();
    let conn = &mut database.connect();
    audit::record(conn, store::KEY, instant(begin), |writer| store::append(writer, &rows)).expect("rows are added");
    let range = (begin, begin + 5 * DAY);
    let read = |conn: &mut _| store::between(conn, Definitions::Then, range, None).expect("the database answers");
    let figures = |rows: &[AvailabilityRow]| {
        let of = |component| {
            let rows: Vec<AvailabilityRow> = rows
                .iter()
                .filter(|row| row.component_id == component)
                .cloned()
                .collect();
            account(&promised(&rows), &rows, &[])
        };
        (of(1), of(2))
    };
    let before = figures(&read(conn));
    let url = database.url.parse().expect("tests give valid URLs");
    let pool = Pool::connect(&url, 2).expect("the test database answers");
    let summed =
        sum(pool.pool(), begin + 2 * DAY, instant(begin + 90 * DAY), &mut || true).expect("the database answers");
    assert_eq!(summed, 6, "two days of three rows");
    let after = read(conn);
    let kinds = |kind| after.iter().filter(|row| row.kind == kind).count();
    assert_eq!((kinds(RowKind::Day), kinds(RowKind::Span)), (4, 6));
    assert_eq!(figures(&after), before);
    let again =
        sum(pool.pool(), begin + 2 * DAY, instant(begin + 91 * DAY), &mut || true).expect("the database answers");
    assert_eq!(again, 0);
}
