//! The start page, as people go from it to what they want to know.

use chrono::{DateTime, Utc};
use sla_monitor::clock::{Clock, SystemClock};

use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::webdriver::Chromium;

/// Hours of today and tomorrow, a calendar that runs out, and a component that is outside.
fn started(database: &Database) -> (Server, Chromium) {
    let now = SystemClock.now_seconds();
    let local = |hours: i64| {
        let at = DateTime::<Utc>::from_timestamp((now / 3600 + hours) * 3600, 0).expect("a date");
        at.format("%Y-%m-%dT%H:%M").to_string()
    };
    let date = |hours: i64| local(hours)[..10].to_owned();
    apply(
        database,
        &format!(
            "
calendars:
- {{name: Holidays, rules: [{{type: dates, dates: [{}], start: '00:00', duration_s: 86400}}]}}
windows:
- {{name: Now, timezone: UTC, rules: [{{type: once, start_local: {}, end_local: {}}}]}}
- {{name: Later, timezone: UTC, calendars: [Holidays], rules: [{{type: once, start_local: {}, end_local: {}}}]}}
components:
- {{name: open-1, windows: [Now]}}
- {{name: open-2, windows: [Now]}}
- {{name: open-3, windows: [Now]}}
- {{name: open-4, windows: [Now]}}
- {{name: shut, windows: [Later]}}
",
            date(24 * 20),
            local(-2),
            local(3),
            local(5),
            local(8),
        ),
    );
    let server = Server::start(database, &[]);
    let browser = superuser(database, &server);
    let chromium = Chromium::open(&server).signed_in_as(&browser);
    (server, chromium)
}

#[test]
fn what_opens_and_closes_is_on_the_start_page_and_one_click_away() {
    let database = Database::sqlite();
    let (_server, chromium) = started(&database);
    chromium.go("/admin/");
    assert_eq!(
        chromium.texts("#upcoming tbody td"),
        ["4 components close Now", "shut opens Later", "shut closes Later"]
    );
    // One click: which they are.
    chromium.click("#upcoming tbody td a");
    chromium.see("#result_list");
    let names = chromium.texts("#result_list .field-name");
    assert!(names[0].starts_with("open-1") && names.len() == 4, "{names:?}");
    // One click: how the day looks.
    chromium.go("/admin/");
    chromium.click("#upcoming tbody th a");
    chromium.see("#timeline rect.span");
}

#[test]
fn components_outside_and_calendars_that_run_out_are_one_click_away() {
    let database = Database::sqlite();
    let (_server, chromium) = started(&database);
    chromium.go("/admin/");
    chromium.click(".glance.quiet a");
    chromium.see("#result_list");
    let names = chromium.texts("#result_list .field-name");
    assert!(names.len() == 1 && names[0].starts_with("shut"), "{names:?}");

    chromium.go("/admin/");
    let lines = chromium.texts("#attention li");
    assert!(
        lines.len() == 1 && lines[0].starts_with("Calendar Holidays runs out: the last date"),
        "{lines:?}"
    );
    chromium.click("#attention li a");
    chromium.see("#calendar_form");
    assert_eq!(chromium.value("#id_name"), "Holidays");
}

#[test]
fn a_wide_start_page_has_two_columns_without_gaps() {
    let database = Database::sqlite();
    let (_server, chromium) = started(&database);
    chromium.resize(1600, 1000);
    chromium.go("/admin/");
    let script = "const box = (selector) => document.querySelector(selector).getBoundingClientRect();
        const isBelow = (lower, upper) => Math.abs(lower.left - upper.left) < 1 && lower.top > upper.top && lower.top - upper.bottom < 32;
        return [
            isBelow(box('#recent-actions-module'), box('#health')),
            isBelow(box('#content-main .app-audit'), box('#content-main .app-auth')),
            Math.abs(box('#content-main').left - box('#upcoming').left) < 1,
        ];";
    assert_eq!(chromium.run(script, &[]), serde_json::json!([true, true, true]));
}
