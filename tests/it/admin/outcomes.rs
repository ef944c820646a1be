//! What a change did to the hours of a window or calendar, beside it in the history.

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::server::Server;

/// A state of a window in Berlin.
fn window(rules: &str, more: &str) -> String {
    format!(
        r#"{{"name":"W","description":"","timezone":"Europe/Berlin","valid_from":null,"valid_until":null,"enabled":true,"calendars":[],"rules":[{rules}],"excludes":[]{more}}}"#
    )
}

/// A state of a calendar.
fn calendar(rules: &str) -> String {
    format!(r#"{{"name":"C","description":"","timezone":"Europe/Berlin","enabled":true,"rules":[{rules}]}}"#)
}

/// A rule from Monday to Friday.
fn week(start: &str, seconds: u32) -> String {
    format!(r#"{{"type":"weekly","days":["MO","TU","WE","TH","FR"],"start":"{start}","duration_s":{seconds}}}"#)
}

const CHRISTMAS: &str =
    r#"{"type":"rrule","rrule":"FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25","start":"00:00","duration_s":86400}"#;
const FOREVER: &str =
    r#"{"type":"weekly","days":["MO","TU","WE","TH","FR","SA","SU"],"start":"00:00","duration_s":86400}"#;

#[expect(clippy::too_many_lines, reason = "a table of changes")]
fn histories_say_what_a_change_did_to_the_week(database: &Database) {
    let eight = week("08:00", 36_000);
    let disabled = window(&eight, "").replace("\"enabled\":true", "\"enabled\":false");
    let ended = window(&eight, "").replace("\"valid_until\":null", "\"valid_until\":\"2026-09-30\"");
    let described = window(&eight, "").replace("\"description\":\"\"", "\"description\":\"x\"");
    let far = r#"{"type":"once","start_local":"2990-01-01T00:00","end_local":"2990-01-02T00:00"}"#;
    let cases: Vec<(&str, Option<String>, Option<String>, &str)> = vec![
        ("slawindow", None, Some(window(&eight, "")), "+50 h a week"),
        (
            "slawindow",
            Some(window(&eight, "")),
            Some(window(&week("08:00", 38_700), "")),
            "+3 h 45 min a week",
        ),
        ("slawindow", Some(window(&eight, "")), Some(disabled), "−50 h a week"),
        ("slawindow", Some(window(&eight, "")), None, "−50 h a week"),
        (
            "slawindow",
            Some(window(&eight, "")),
            Some(window(&week("09:00", 36_000), "")),
            "As many hours, at other times, first on Tue 2 Jun 2026 08:00 CEST",
        ),
        (
            "slawindow",
            Some(window(&eight, "")),
            Some(ended),
            "−50 h a week from Thu 1 Oct 2026 08:00 CEST",
        ),
        ("slawindow", Some(window(&eight, "")), Some(described), ""),
        (
            "slawindow",
            Some(window(&eight, "")),
            Some(window(&format!("{eight},{far}"), "")),
            "The same hours for a year",
        ),
        // Clock changes are weeks of their own.
        ("slawindow", None, Some(window(FOREVER, "")), "+168 h a week"),
        (
            "calendar",
            None,
            Some(calendar(CHRISTMAS)),
            "Excluded: +24 h within a year, first on Fri 25 Dec 2026 00:00 CET",
        ),
        (
            "calendar",
            Some(calendar(CHRISTMAS)),
            Some(calendar(&eight)),
            "Excluded: +50 h a week",
        ),
        (
            "slawindow",
            Some(window("{\"type\":\"lunar\"}", "")),
            Some(window(&eight, "")),
            "",
        ),
    ];
    let sql = |state: &Option<String>| state.as_ref().map_or("NULL".to_owned(), |state| format!("'{state}'"));
    for (number, (model, before, after, _)) in (1..).zip(&cases) {
        let action = match (before, after) {
            (None, _) => "add",
            (_, None) => "delete",
            _ => "change",
        };
        database.execute(&format!(
            "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after) \
             VALUES ('2026-06-01 17:00:00', 'ada', '{action}', 'sla.{model}', {number}, 'W', 1, {}, {})",
            sql(before),
            sql(after),
        ));
    }
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for (number, (model, _, _, expected)) in (1..).zip(&cases) {
        let page = root.get(&format!("/admin/sla/{model}/{number}/history/")).expect(200);
        assert_eq!(page.texts("#change-history td.outcome").concat(), *expected, "{number}");
        let heads = page.texts("#change-history thead th");
        assert_eq!(heads.contains(&"Hours".to_owned()), !expected.is_empty(), "{heads:?}");
    }
    // The page of the entry says the same.
    let entry = database
        .number("SELECT max(id) AS value FROM log_entry WHERE content_type = 'sla.slawindow' AND object_id = 2");
    let page = root.get(&format!("/admin/audit/logentry/{entry}/change/")).expect(200);
    let changes = page.text(".field-changes .readonly");
    assert!(
        changes.contains("Mon–Fri 08:00–18:45") && changes.contains("+3 h 45 min a week"),
        "{changes}"
    );
}

on_both_databases!(histories_say_what_a_change_did_to_the_week);
