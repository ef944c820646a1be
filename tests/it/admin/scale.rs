//! What a list asks the database, whether it has few rows or many.

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::statements::{COUNTED, statements};

fn document(count: usize) -> String {
    let mut text = String::from("calendars:\n");
    for number in 0..count {
        text.push_str(&format!("  - {{name: Calendar {number}, rules: []}}\n"));
    }
    text.push_str("windows:\n");
    for number in 0..count {
        text.push_str(&format!(
            "  - {{name: Window {number}, timezone: UTC, calendars: [Calendar {number}], rules: [{{type: weekly, days: [MO], start: \"08:00\", duration_s: 3600}}]}}\n"
        ));
    }
    text.push_str("components:\n");
    for number in 0..count {
        text.push_str(&format!(
            "  - {{name: c-{number}, labels: {{team: t-{number}}}, windows: [Window {number}], calendars: [Calendar {number}]}}\n"
        ));
    }
    text
}

fn lists_ask_no_more_for_more_rows(database: &Database) {
    const PATHS: [&str; 11] = [
        "/admin/sla/component/",
        "/admin/sla/component/?_facets=True&enabled__exact=1",
        "/admin/sla/component/?q=c&o=-enabled.name",
        "/admin/sla/label/",
        "/admin/sla/label/?_facets=True",
        "/admin/sla/slawindow/",
        "/admin/sla/calendar/",
        "/admin/auth/user/",
        "/admin/auth/group/",
        "/admin/audit/logentry/",
        "/admin/audit/logentry/?_facets=True&content_type=sla.component",
    ];
    let server = Server::start(database, &COUNTED);
    let mut browser = superuser(database, &server);
    // More than a filter shows: how many others there are takes a statement for each of them.
    apply(database, &document(25));
    // The second time, when what is kept is there.
    let mut asked = 0;
    let mut count = |path: &str| {
        asked += 1;
        statements(&server, &mut browser, path, &format!("first-{asked}"));
        statements(&server, &mut browser, path, &format!("second-{asked}"))
    };
    let few = PATHS.map(&mut count);
    apply(database, &document(100));
    for (path, few) in PATHS.iter().zip(few) {
        let many = count(path);
        assert_eq!(many, few, "{path}");
        assert!(many < 25, "{path}: {many}");
    }
}

on_both_databases!(lists_ask_no_more_for_more_rows);
