//! From nothing to metrics by keyboard alone: no pointer, no address typed in.

use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::server::Server;
use crate::support::webdriver::{Chromium, keys};

/// Goes to a field and types.
fn enter(chromium: &Chromium, selector: &str, text: &str) {
    if !chromium.has_focus(selector) {
        chromium.tab_to(selector);
    }
    chromium.type_text(text);
}

/// Chooses an option with the arrows. Letters would be one word only as long as no second passes between two of them.
fn pick(chromium: &Chromium, selector: &str, value: &str) {
    chromium.tab_to(selector);
    for _ in 0..10 {
        if chromium.value(selector) == value {
            return;
        }
        chromium.press(&[keys::DOWN]);
    }
    panic!("the arrows never lead to {value} in {selector}");
}

/// Chooses from a list with a search: types, and takes what is found first, for which Enter waits.
fn search_and_choose(chromium: &Chromium, field: &str, text: &str) {
    enter(chromium, &format!("#{field}_search"), text);
    chromium.press(&[keys::ENTER]);
    chromium.wait(&format!(
        "document.querySelector('#{field}').selectedOptions.length === 1"
    ));
}

/// Sends the form by its button.
fn save(chromium: &Chromium) {
    chromium.tab_to("button[name=_save]");
    chromium.press(&[keys::ENTER]);
    chromium.see(".messagelist .success");
}

/// Goes to the start page and takes a step of its guide.
fn step(chromium: &Chromium, number: usize) {
    chromium.tab_to("#site-name");
    chromium.press(&[keys::ENTER]);
    chromium.see("#guide");
    chromium.tab_to(&format!("#guide li:nth-child({number}) a"));
    chromium.press(&[keys::ENTER]);
    chromium.see("#id_name");
}

#[test]
fn a_newcomer_needs_no_pointer() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let browser = superuser(&database, &server);
    let chromium = Chromium::open(&server).signed_in_as(&browser);
    chromium.go("/admin/");

    // The first thing that Tab leads to skips what is the same on every page.
    chromium.press(&[keys::TAB]);
    assert!(chromium.has_focus(".skip-to-content-link"));
    chromium.press(&[keys::ENTER]);
    // The focus goes there with the next frame.
    chromium.wait("document.activeElement?.id === 'content-start'");
    chromium.press(&[keys::TAB]);
    assert!(chromium.has_focus("#content-start *"));

    step(&chromium, 1);
    enter(&chromium, "#id_name", "team");
    enter(&chromium, "#id_value", "payments");
    save(&chromium);

    step(&chromium, 2);
    enter(&chromium, "#id_name", "Holidays");
    enter(&chromium, "#id_rules-0-dates", "2990-12-25 Christmas");
    save(&chromium);

    step(&chromium, 3);
    enter(&chromium, "#id_name", "Nights");
    enter(&chromium, "#id_timezone", "Europe/Berlin");
    pick(&chromium, "#id_rules-0-kind", "weekly");
    for day in ["MO", "FR"] {
        chromium.tab_to(&format!("#id_rules-0-weekdays input[value={day}]"));
        chromium.press(&[keys::SPACE]);
    }
    enter(&chromium, "#id_rules-0-start_time", "22:00");
    enter(&chromium, "#id_rules-0-end_time", "06:00");
    save(&chromium);

    step(&chromium, 4);
    enter(&chromium, "#id_name", "payments-api");
    search_and_choose(&chromium, "id_labels", "team");
    search_and_choose(&chromium, "id_windows", "Nights");
    save(&chromium);
    assert_eq!(chromium.texts("#result_list td.field-name"), ["payments-api"]);

    chromium.tab_to(".user-menu summary");
    chromium.press(&[keys::ENTER]);
    chromium.tab_to(".viewsitelink");
    chromium.press(&[keys::ENTER]);
    chromium.see("pre");
    assert_eq!(chromium.path(), "/metrics");
}
