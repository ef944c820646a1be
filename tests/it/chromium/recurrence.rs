//! The builder of recurrences, by keyboard and without scripts.

use crate::chromium::some;
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::server::Server;
use crate::support::webdriver::{Chromium, keys};

fn is_seen(chromium: &Chromium, selector: &str) -> bool {
    let script = "return document.querySelector(arguments[0]).checkVisibility();";
    chromium.run(script, &[selector.into()]) == true
}

/// Chooses by the arrow keys.
fn pick(chromium: &Chromium, field: &str, value: &str) {
    let selector = format!("#id_rules-0-{field}");
    chromium.tab_to(&selector);
    for _ in 0..40 {
        if chromium.value(&selector) == value {
            return;
        }
        chromium.press(&[keys::DOWN]);
    }
    panic!("the arrows never lead to {value} in {field}");
}

#[test]
fn a_recurrence_is_built_by_keyboard_and_opened_again() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let seen = |field: &str| is_seen(&chromium, &format!("#id_rules-0-{field}"));
    chromium.go("/admin/sla/slawindow/add/");
    chromium.fill("#id_name", "Patch day");
    chromium.fill("#id_timezone", "Europe/Berlin");
    pick(&chromium, "kind", "rrule");
    assert!(!seen("repeat_place") && !seen("rrule"), "only what is needed");
    // What is chosen is input like what is typed.
    chromium.wait("document.querySelector('#rules-0 .inline_label').textContent === 'Rule 1'");
    chromium.wait("/^Still missing: /.test(document.querySelector('#rules-0 .row-words').textContent)");
    pick(&chromium, "repeat", "weekday");
    assert!(seen("repeat_place") && seen("repeat_day") && seen("repeat_month") && seen("repeat_every"));
    assert!(!seen("repeat_weekdays") && !seen("repeat_month_day") && !seen("anchor_date"));
    pick(&chromium, "repeat_place", "-1");
    pick(&chromium, "repeat_day", "FR");
    chromium.tab_to("#id_rules-0-start_time");
    chromium.type_text("22:00");
    chromium.tab_to("#id_rules-0-end_time");
    chromium.type_text("06:00");
    chromium.wait("/last Friday of the month, 22:00/.test(document.querySelector('#rules-0 .row-words').textContent)");
    // What is not every one is counted from a date.
    chromium.fill("#id_rules-0-repeat_every", "2");
    chromium.press(&[keys::TAB]);
    chromium.wait("document.querySelector('#id_rules-0-anchor_date').checkVisibility()");
    chromium.wait("/date/.test(document.querySelector('#rules-0 .row-words.wrong')?.textContent)");
    chromium.fill("#id_rules-0-repeat_every", "1");
    chromium.wait("/last Friday of the month, 22:00/.test(document.querySelector('#rules-0 .row-words').textContent)");
    chromium.click("main form.object-form > .submit-row button[name=_continue]");
    chromium.see(".messagelist .success");
    let own = "SELECT rrule AS value FROM rule WHERE window_id = (SELECT id FROM sla_window WHERE name = 'Patch day')";
    assert_eq!(database.texts(own), ["FREQ=MONTHLY;BYDAY=-1FR"]);

    // A stored rule is its sentence until it is opened.
    assert!(
        chromium
            .text("#rules-0 .row-words")
            .contains("last Friday of the month")
    );
    assert!(!seen("kind"));
    chromium.tab_to("#rules-0 .row-fold");
    chromium.press(&[keys::ENTER]);
    assert!(seen("repeat_place"));
    assert_eq!(chromium.value("#id_rules-0-repeat"), "weekday");
    assert_eq!(chromium.value("#id_rules-0-repeat_place"), "-1");
    assert!(!seen("end_day_offset"), "rare fields are folded");
    chromium.click("#rules-0 [data-kinds=rrule] summary");
    assert_eq!(chromium.value("#id_rules-0-rrule"), "FREQ=MONTHLY;BYDAY=-1FR");
    assert!(seen("rrule"));
}

#[test]
fn a_recurrence_is_built_without_scripts() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let browser = superuser(&database, &server);
    let chromium = Chromium::without_scripts(&server).signed_in_as(&browser);
    chromium.go("/admin/sla/calendar/add/");
    chromium.fill("#id_name", "Epiphany");
    chromium.choose("#id_rules-0-kind", "Recurring");
    chromium.choose("#id_rules-0-repeat", "date");
    chromium.choose("#id_rules-0-repeat_month_day", "6");
    chromium.choose("#id_rules-0-repeat_month", "January");
    chromium.click("button[name=_continue]");
    chromium.see(".messagelist .success");
    assert_eq!(
        database.texts("SELECT rrule AS value FROM rule"),
        ["FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=6"]
    );
    assert_eq!(chromium.text("#rules-0 .row-words"), "6 January every year, all day");
    assert_eq!(chromium.value("#id_rules-0-repeat_month"), "1");
}
