//! What a save did to the hours of components, said on the next page.

use chrono::Days;
use sla_monitor::clock::{Clock, SystemClock};

use super::typed::key;
use crate::support::browser::{Browser, Form};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    saves_say_what_they_did_to_components,
    users_without_the_permission_learn_nothing_of_components,
    of_many_sets_a_part_is_compared,
    of_too_many_calendars_nothing_is_said,
);

const DAILY: &str = "days: [MO, TU, WE, TH, FR, SA, SU]";

fn document() -> String {
    let mut text = format!(
        "
calendars:
- {{name: Sundays, rules: [{{type: weekly, days: [SU], start: '00:00', duration_s: 86400}}]}}
windows:
- {{name: Office, timezone: UTC, calendars: [Sundays], rules: [{{type: weekly, {DAILY}, start: '08:00', duration_s: 36000}}]}}
- {{name: Always, timezone: UTC, rules: [{{type: weekly, {DAILY}, start: '00:00', duration_s: 86400}}]}}
- {{name: Unused, timezone: UTC, rules: [{{type: weekly, {DAILY}, start: '08:00', duration_s: 36000}}]}}
components:
- {{name: off, windows: [Office], enabled: false}}
- {{name: wide, windows: [Office, Always]}}
"
    );
    for number in 0..10 {
        text.push_str(&format!("- {{name: c{number}, windows: [Office]}}\n"));
    }
    text
}

/// Saves a form; returns what the next page says beside that it was saved.
fn said(browser: &mut Browser, form: &Form) -> Vec<String> {
    let location = browser.submit(form, ("_save", "Save")).expect(302).location();
    let message = browser.get(&location).expect(200).text("ul.messagelist > li.success");
    let said = message
        .split_once("successfully.")
        .or(message.split_once("needed no change."));
    let (_, said) = said.unwrap_or_else(|| panic!("{message}"));
    Some(said.trim().to_owned())
        .filter(|said| !said.is_empty())
        .into_iter()
        .collect()
}

/// Asserts that the only thing said is this, from today or the next days on.
#[track_caller]
fn assert_said(messages: &[String], expected: &str) {
    let today = SystemClock.now().date();
    let dates = (0..3).map(|days| {
        let date = today.checked_add_days(Days::new(days)).expect("a date");
        date.format("%a %-d %b").to_string()
    });
    let possible: Vec<String> = dates.map(|date| format!("{expected} {date}")).collect();
    let message = messages.concat();
    assert!(
        possible.iter().any(|start| message.starts_with(start.as_str())) && messages.len() == 1,
        "{messages:?}, not {expected}"
    );
}

fn saves_say_what_they_did_to_components(database: &Database) {
    apply(database, &document());
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let window = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    let form = root.get(&window).expect(200).form("#slawindow_form");
    let messages = said(&mut root, &form.set("rules-0-end_time", "17:00"));
    assert_said(&messages, "10 components: −6 h a week from");
    let form = root.get(&window).expect(200).form("#slawindow_form");
    assert_eq!(said(&mut root, &form), [""; 0], "nothing was changed");
    let form = root.get(&window).expect(200).form("#slawindow_form");
    assert_eq!(said(&mut root, &form.set("description", "x")), [""; 0]);
    // As many hours at other times; and what is excluded counts.
    let form = root.get(&window).expect(200).form("#slawindow_form");
    let form = form.set("rules-0-start_time", "09:00").set("rules-0-end_time", "18:00");
    let messages = said(&mut root, &form);
    assert_said(&messages, "10 components: as many hours, at other times, first on");

    let calendar = format!("/admin/sla/calendar/{}/change/", key(database, "calendar", "Sundays"));
    let form = root.get(&calendar).expect(200).form("#calendar_form").clear("enabled");
    let messages = said(&mut root, &form);
    let message = messages.concat();
    assert!(
        message.starts_with("10 components: +9 h a week from Sun "),
        "{messages:?}"
    );

    let unused = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Unused"));
    let form = root.get(&unused).expect(200).form("#slawindow_form");
    assert_eq!(said(&mut root, &form.set("rules-0-end_time", "17:00")), [""; 0]);

    let component = format!("/admin/sla/component/{}/change/", key(database, "component", "c0"));
    let form = root
        .get(&component)
        .expect(200)
        .form("#component_form")
        .clear("enabled");
    assert_said(&said(&mut root, &form), "Its hours: −63 h a week from");
    let form = root.get(&component).expect(200).form("#component_form");
    let always = key(database, "sla_window", "Always").to_string();
    let form = form.clear("windows").set("windows", &always).set("enabled", "on");
    assert_said(&said(&mut root, &form), "Its hours: +168 h a week from");
    let form = root
        .get("/admin/sla/component/add/")
        .expect(200)
        .form("#component_form");
    let form = form.set("name", "new").set("windows", &always);
    assert_said(&said(&mut root, &form), "Its hours: +168 h a week from");
}

fn users_without_the_permission_learn_nothing_of_components(database: &Database) {
    apply(database, &document());
    let server = Server::start(database, &[]);
    let permissions = ["sla.view_slawindow", "sla.change_slawindow", "sla.view_calendar"];
    let mut clerk = staff(database, &server, "clerk", &permissions);
    let window = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    let form = clerk.get(&window).expect(200).form("#slawindow_form");
    assert_eq!(said(&mut clerk, &form.set("rules-0-end_time", "17:00")), [""; 0]);
}

fn of_many_sets_a_part_is_compared(database: &Database) {
    let mut text = document();
    for number in 0..20 {
        text.push_str(&format!(
            "- {{name: d{number}, windows: [Office], calendars: [Own {number}]}}\n"
        ));
    }
    let calendars: String = (0..20)
        .map(|number| {
            format!(
                "- {{name: Own {number}, rules: [{{type: weekly, days: [SU], start: '0{}:00', duration_s: 60}}]}}\n",
                number % 8
            )
        })
        .collect();
    let text = text.replacen("calendars:\n", &format!("calendars:\n{calendars}"), 1);
    apply(database, &text);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let window = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    let form = root.get(&window).expect(200).form("#slawindow_form");
    // Ten components of one set, one set that has no other hours, and eleven or ten of one component each.
    let messages = said(&mut root, &form.set("rules-0-end_time", "17:00"));
    let message = messages.concat();
    let is_part = message.starts_with("At least 20 components: −6 h a week")
        || message.starts_with("At least 21 components: −6 h a week");
    assert!(is_part, "{messages:?}");
}

fn of_too_many_calendars_nothing_is_said(database: &Database) {
    let names: Vec<String> = (0..41).map(|number| format!("Days {number}")).collect();
    let mut text = String::from("calendars:\n");
    for (number, name) in names.iter().enumerate() {
        text.push_str(&format!(
            "- {{name: {name}, rules: [{{type: weekly, days: [SU], start: '00:{number:02}', duration_s: 60}}]}}\n"
        ));
    }
    text.push_str(&format!(
        "windows:\n- {{name: Office, timezone: UTC, calendars: [{}], rules: [{{type: weekly, {DAILY}, start: '08:00', duration_s: 36000}}]}}
components: [{{name: web, windows: [Office]}}]\n",
        names.join(", ")
    ));
    apply(database, &text);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let window = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    let form = root.get(&window).expect(200).form("#slawindow_form");
    assert_eq!(said(&mut root, &form.set("rules-0-end_time", "17:00")), [""; 0]);
    // Of forty it is.
    apply(
        database,
        &format!("windows: [{{name: Office, calendars: [{}]}}]", names[1..].join(", ")),
    );
    let form = root.get(&window).expect(200).form("#slawindow_form");
    assert_said(
        &said(&mut root, &form.set("rules-0-end_time", "16:00")),
        "1 component: −7 h a week from",
    );
}
