//! More windows than are read at once, changed in another order than that of their keys.

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

use super::{scrape_by_labels, value};

on_both_databases!(windows_that_changed_in_another_order_than_their_keys_have_their_own_hours);

const WINDOWS: usize = 600;
/// So many windows are changed last; the others are as many as are read at once.
const LAST: usize = 100;

/// Windows around the clock, all of which but the last a calendar closes, and a component for each.
fn document() -> String {
    let always = "{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}";
    let window = |number: usize| {
        let calendars = if number < WINDOWS { "Closed" } else { "" };
        format!("- {{name: W{number}, timezone: UTC, calendars: [{calendars}], rules: [{always}]}}\n")
    };
    let windows: String = (1..=WINDOWS).map(window).collect();
    let components: String = (1..=WINDOWS)
        .map(|number| format!("- {{name: c{number}, windows: [W{number}]}}\n"))
        .collect();
    format!("calendars:\n- {{name: Closed, rules: [{always}]}}\nwindows:\n{windows}components:\n{components}")
}

fn windows_that_changed_in_another_order_than_their_keys_have_their_own_hours(database: &Database) {
    apply(database, &document());
    let last = database.number(&format!("SELECT id AS value FROM sla_window WHERE name = 'W{LAST}'"));
    let server = Server::start(database, &[]);
    let inside = || {
        let page = scrape_by_labels(&server);
        let of = |number: usize| value(&page, &format!(r#"service_window_in_window{{component="c{number}"}}"#));
        (of(1), of(LAST), of(LAST + 1), of(WINDOWS))
    };
    assert_eq!(inside(), (0.0, 0.0, 0.0, 1.0));
    for text in ["one", "two"] {
        database.execute(&format!(
            "UPDATE sla_window SET description = '{text}' WHERE id > {last}"
        ));
        if text == "one" {
            database.execute(&format!(
                "UPDATE sla_window SET description = '{text}' WHERE id <= {last}"
            ));
            assert_eq!(inside(), (0.0, 0.0, 0.0, 1.0), "nothing of the hours has changed");
        }
    }
    database.execute(&format!("DELETE FROM window_calendar WHERE window_id <= {last}"));
    assert_eq!(
        inside(),
        (1.0, 1.0, 0.0, 1.0),
        "what no calendar closes any more is open"
    );
}
