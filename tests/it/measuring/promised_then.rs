//! What was promised then, case by case, and the spans that are measured.

use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::apps::sla::promised_then::service_span::{MARGIN, service_spans};
use sla_monitor::calculus::span::Span;

use super::{apply_at, at, hours, named, promised};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    a_window_widened_at_noon_is_promised_from_noon_on,
    a_change_without_an_entry_is_said,
    objects_from_before_the_log_are_taken_from_their_first_entry,
    a_deleted_component_keeps_what_was_promised,
    spans_are_the_same_whatever_range_is_asked_for,
    definitions_of_now_hold_also_before,
    a_definition_that_cannot_be_read_is_said,
);

const HOUR: i64 = 3_600;

fn document(zone: &str, start: u32, seconds: i64) -> String {
    format!(
        "windows:\n  - {{name: W, timezone: {zone}, rules: [{{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: \"{start:02}:00\", \
         duration_s: {seconds}}}]}}\ncomponents:\n  - {{name: api, windows: [W]}}\n"
    )
}

fn span(start: &str, end: &str) -> Span {
    Span {
        start: at(start),
        end: at(end),
    }
}

fn a_window_widened_at_noon_is_promised_from_noon_on(database: &Database) {
    apply_at(database, at("2026-11-02T00:00:00Z"), &document("UTC", 8, 10 * HOUR));
    apply_at(database, at("2026-11-10T12:00:00Z"), &document("UTC", 6, 14 * HOUR));
    let range = (at("2026-11-10T00:00:00Z"), at("2026-11-12T00:00:00Z"));
    let time = promised(database, range, Definitions::Then);
    let component = named(&time, "api");
    let expected = [
        span("2026-11-10T08:00:00Z", "2026-11-10T20:00:00Z"),
        span("2026-11-11T06:00:00Z", "2026-11-11T20:00:00Z"),
    ];
    assert_eq!(hours(component, range.0, range.1), expected);
    // What is measured is cut where the definition changed.
    let cut = [
        span("2026-11-10T08:00:00Z", "2026-11-10T12:00:00Z"),
        span("2026-11-10T12:00:00Z", "2026-11-10T20:00:00Z"),
        span("2026-11-11T06:00:00Z", "2026-11-11T20:00:00Z"),
    ];
    assert_eq!(service_spans(&component.pieces, range.0, range.1), cut);
    assert!(time.notes.is_empty(), "{:?}", time.notes);
    // A description changes no hours, and cuts nothing.
    let described = document("UTC", 6, 14 * HOUR).replace("{name: W,", "{name: W, description: wide,");
    apply_at(database, at("2026-11-11T10:00:00Z"), &described);
    let time = promised(database, range, Definitions::Then);
    assert_eq!(service_spans(&named(&time, "api").pieces, range.0, range.1), cut);
}

fn a_change_without_an_entry_is_said(database: &Database) {
    let range = (at("2026-11-10T00:00:00Z"), at("2026-11-11T00:00:00Z"));
    apply_at(database, range.0, &document("UTC", 8, 10 * HOUR));
    database.execute("UPDATE rule SET start_time = '10:00'");
    let time = promised(database, range, Definitions::Then);
    assert_eq!(time.notes.len(), 1, "{:?}", time.notes);
    assert!(
        time.notes[0].contains("the window `W` was changed without an entry"),
        "{:?}",
        time.notes
    );
    assert_eq!(
        hours(named(&time, "api"), range.0, range.1),
        [span("2026-11-10T08:00:00Z", "2026-11-10T18:00:00Z")]
    );
    // The next entry has what it found; the change came somewhere between.
    apply_at(database, range.0 + 12 * HOUR, &document("UTC", 6, 14 * HOUR));
    let time = promised(database, range, Definitions::Then);
    assert_eq!(time.notes.len(), 1, "{:?}", time.notes);
    assert_eq!(
        hours(named(&time, "api"), range.0, range.1),
        [span("2026-11-10T08:00:00Z", "2026-11-10T20:00:00Z")]
    );
}

fn objects_from_before_the_log_are_taken_from_their_first_entry(database: &Database) {
    database.execute(
        "INSERT INTO component (id, name, created_at) VALUES (1, 'api', '2026-01-01 00:00:00');
         INSERT INTO sla_window (id, name, timezone, created_at) VALUES (1, 'W', 'UTC', '2026-01-01 00:00:00');
         INSERT INTO component_window (component_id, window_id) VALUES (1, 1);
         INSERT INTO rule (window_id, position, effect, kind, weekdays, start_time, duration_s)
            VALUES (1, 0, 'include', 'weekly', 127, '08:00', 36000);",
    );
    let range = (at("2025-12-31T00:00:00Z"), at("2026-01-03T00:00:00Z"));
    let expected = [
        span("2026-01-01T08:00:00Z", "2026-01-01T18:00:00Z"),
        span("2026-01-02T08:00:00Z", "2026-01-02T18:00:00Z"),
    ];
    let time = promised(database, range, Definitions::Then);
    assert_eq!(
        hours(named(&time, "api"), range.0, range.1),
        expected,
        "without any entry"
    );
    // Fields that files leave out stay as they are.
    apply_at(database, at("2026-02-01T00:00:00Z"), &document("UTC", 6, 14 * HOUR));
    let time = promised(database, range, Definitions::Then);
    assert_eq!(
        hours(named(&time, "api"), range.0, range.1),
        expected,
        "by the state before the first"
    );
    assert!(time.notes.is_empty(), "{:?}", time.notes);
}

fn a_deleted_component_keeps_what_was_promised(database: &Database) {
    let range = (at("2026-11-10T00:00:00Z"), at("2026-11-12T00:00:00Z"));
    apply_at(database, range.0, &document("UTC", 8, 10 * HOUR));
    apply_at(database, at("2026-11-10T12:00:00Z"), "{}");
    let wide = document("UTC", 6, 14 * HOUR);
    apply_at(database, at("2026-11-11T00:00:00Z"), &wide);
    let time = promised(database, range, Definitions::Then);
    let [old, new] = time.components.as_slice() else {
        panic!("there are two: {:?}", time.components)
    };
    assert_eq!((old.name.as_str(), old.is_there), ("api", false));
    assert_eq!(
        hours(old, range.0, range.1),
        [span("2026-11-10T08:00:00Z", "2026-11-10T12:00:00Z")]
    );
    assert!(new.is_there);
    assert_eq!(
        hours(new, range.0, range.1),
        [span("2026-11-11T06:00:00Z", "2026-11-11T20:00:00Z")]
    );
}

fn spans_are_the_same_whatever_range_is_asked_for(database: &Database) {
    let weekend = "windows:\n  - {name: W, timezone: Europe/Berlin, rules: [{type: weekly, days: [FR], start: \"18:00\", duration_s: 216000}]}\n  \
                   - {name: N, timezone: Europe/Berlin, rules: [{type: weekly, days: [TU], start: \"22:00\", duration_s: 28800}]}\n  \
                   - {name: A, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: \"00:00\", duration_s: 86400}]}\n\
                   components:\n  - {name: weekend, windows: [W]}\n  - {name: night, windows: [N]}\n  - {name: always, windows: [A]}\n";
    apply_at(database, at("2026-10-01T09:30:00Z"), weekend);
    let (from, to) = (at("2026-10-19T00:00:00Z"), at("2026-11-04T00:00:00Z"));
    let time = promised(database, (from - MARGIN, to + MARGIN), Definitions::Then);
    let all = |name: &str| service_spans(&named(&time, name).pieces, from, to);
    // 60 h from Friday 18:00, cut at the local midnights, in summer time and over its end.
    let expected = [
        span("2026-10-18T22:00:00Z", "2026-10-19T04:00:00Z"),
        span("2026-10-23T16:00:00Z", "2026-10-23T22:00:00Z"),
        span("2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z"),
        span("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        span("2026-10-25T23:00:00Z", "2026-10-26T05:00:00Z"),
        span("2026-10-30T17:00:00Z", "2026-10-30T23:00:00Z"),
        span("2026-10-30T23:00:00Z", "2026-10-31T23:00:00Z"),
        span("2026-10-31T23:00:00Z", "2026-11-01T23:00:00Z"),
        span("2026-11-01T23:00:00Z", "2026-11-02T05:00:00Z"),
    ];
    assert_eq!(all("weekend"), expected);
    // A night is no longer than a day and stays whole.
    assert_eq!(all("night")[0], span("2026-10-20T20:00:00Z", "2026-10-21T04:00:00Z"));
    assert_eq!(all("always").len(), 17);
    for name in ["weekend", "night", "always"] {
        let whole = all(name);
        for hour in 0..40 {
            let begin = from + 2 * 86_400 + hour * 7 * HOUR + 11;
            for length in [1, 5 * HOUR, 30 * HOUR] {
                let range = (begin - MARGIN, begin + length + MARGIN);
                let part = promised(database, range, Definitions::Then);
                let found = service_spans(&named(&part, name).pieces, begin, begin + length);
                let expected = whole
                    .iter()
                    .filter(|span| span.start < begin + length && begin < span.end);
                assert_eq!(
                    found,
                    expected.copied().collect::<Vec<_>>(),
                    "{name} at {begin} + {length}"
                );
            }
            if database.is_postgres() && hour > 3 {
                break;
            }
        }
    }
}

fn definitions_of_now_hold_also_before(database: &Database) {
    apply_at(database, at("2026-11-10T12:00:00Z"), &document("UTC", 8, 10 * HOUR));
    let range = (at("2026-11-01T00:00:00Z"), at("2026-11-02T00:00:00Z"));
    let then = promised(database, range, Definitions::Then);
    assert_eq!(hours(named(&then, "api"), range.0, range.1), []);
    let now = promised(database, range, Definitions::Now);
    assert_eq!(
        hours(named(&now, "api"), range.0, range.1),
        [span("2026-11-01T08:00:00Z", "2026-11-01T18:00:00Z")]
    );
}

fn a_definition_that_cannot_be_read_is_said(database: &Database) {
    apply_at(database, at("2026-11-10T00:00:00Z"), &document("UTC", 8, 10 * HOUR));
    let kind = "sla.slawindow";
    let before = database
        .texts(&format!(
            "SELECT after AS value FROM log_entry WHERE content_type = '{kind}'"
        ))
        .remove(0);
    let broken = before.replace("UTC", "Mars/Olympus");
    database.execute(&format!(
        "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after)
         VALUES ('2026-11-10 10:00:00', 'test', 'change', '{kind}', 1, 'W', 2, '{before}', '{broken}'),
            ('2026-11-10 11:00:00', 'test', 'change', '{kind}', 1, 'W', 3, '{broken}', '{before}')"
    ));
    let time = promised(
        database,
        (at("2026-11-10T00:00:00Z"), at("2026-11-11T00:00:00Z")),
        Definitions::Then,
    );
    let pieces = &named(&time, "api").pieces;
    let reasons: Vec<Option<String>> = pieces
        .iter()
        .map(|piece| {
            piece
                .coverage
                .as_ref()
                .and_then(|coverage| coverage.as_ref().err().cloned())
        })
        .collect();
    assert_eq!(reasons.iter().flatten().count(), 1, "{reasons:?}");
    assert!(
        reasons
            .iter()
            .flatten()
            .all(|reason| reason.contains("window `") && reason.contains("Mars/Olympus")),
        "{reasons:?}"
    );
}
