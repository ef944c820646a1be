//! Single keys.

use crate::chromium::some;
use crate::support::database::Database;
use crate::support::webdriver::keys;

const FOCUSED_ROW: &str = "#result_list tbody tr:has(:focus)";

#[test]
fn keys_move_over_rows_tick_and_open_them() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/component/?q=api");
    assert_eq!(chromium.texts("#result_list td.field-name").len(), 2);

    chromium.press(&["j"]);
    assert!(chromium.text(&format!("{FOCUSED_ROW} .field-name")).starts_with("api"));
    chromium.press(&["j", "j", "j"]);
    assert_eq!(chromium.text(&format!("{FOCUSED_ROW} .field-name")), "api-gateway");
    chromium.press(&["x"]);
    assert_eq!(chromium.text(".action-counter"), "1 of 2 selected");
    chromium.press(&["k", "x"]);
    assert_eq!(chromium.text(".action-counter"), "2 of 2 selected");
    let marked = "return getComputedStyle(document.querySelector(arguments[0])).boxShadow !== 'none';";
    assert_eq!(
        chromium.run(marked, &[FOCUSED_ROW.into()]),
        true,
        "the row is seen to be the one"
    );

    chromium.press(&[keys::ENTER]);
    chromium.see("#component_form");
    assert!(
        chromium.path().ends_with("/change/?_changelist_filters=q%3Dapi"),
        "{}",
        chromium.path()
    );
    assert_eq!(chromium.value("#id_name"), "api");
}

#[test]
fn keys_lead_from_page_to_page() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    // The row opens, whatever its chips lead to.
    chromium.go("/admin/sla/component/?_columns=labels,windows,name&q=api");
    chromium.press(&["j", "o"]);
    chromium.see("#component_form");
    assert_eq!(chromium.value("#id_name"), "api");
    chromium.go("/admin/sla/component/?q=api");
    chromium.click("#result_list td.field-labels a");
    chromium.see("#label_form");
    chromium.go("/admin/sla/component/");
    chromium.press(&["j", "o"]);
    chromium.see("#component_form");
    assert!(chromium.path().ends_with("/change/"), "{}", chromium.path());
    chromium.press(&["u"]);
    chromium.see("#result_list");
    assert_eq!(chromium.path(), "/admin/sla/component/");
    chromium.press(&["n"]);
    chromium.see("#component_form");
    assert_eq!(chromium.path(), "/admin/sla/component/add/");
    chromium.run("document.activeElement.blur();", &[]);
    chromium.press(&["h"]);
    chromium.see("body.dashboard");
    assert_eq!(chromium.path(), "/admin/");
}

#[test]
fn a_new_form_takes_what_is_typed() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/component/");
    chromium.press(&["n"]);
    chromium.see("#component_form");
    // The focus goes there with the first frame.
    chromium.wait("document.activeElement?.id === 'id_name'");
    chromium.type_text("uhn new?");
    assert_eq!(chromium.value("#id_name"), "uhn new?");
    assert_eq!(chromium.path(), "/admin/sla/component/add/");
    let pages = [
        ("sla/label", "id_name"),
        ("sla/slawindow", "id_name"),
        ("sla/calendar", "id_name"),
        ("auth/user", "id_username"),
        ("auth/group", "id_name"),
    ];
    for (model, field) in pages {
        chromium.go("/-/healthy");
        chromium.go(&format!("/admin/{model}/add/"));
        chromium.wait(&format!("document.activeElement?.id === '{field}'"));
    }
    // A form that is changed is read first.
    chromium.go("/-/healthy");
    chromium.go("/admin/sla/label/1/change/");
    assert!(!chromium.has("[autofocus]"));
}

#[test]
fn keys_are_text_in_fields() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/component/");
    chromium.press(&["/"]);
    assert!(chromium.has_focus("#searchbar"));
    chromium.type_text("jkxonuh?/");
    assert_eq!(chromium.value("#searchbar"), "jkxonuh?/");
    assert_eq!(chromium.path(), "/admin/sla/component/");
    assert!(!chromium.has("dialog[open]"));
    // With Control they are the browser's.
    chromium.go("/admin/sla/component/");
    chromium.press(&["j", keys::CONTROL, "x"]);
    assert!(!chromium.has(".action-select:checked"));
}

#[test]
fn the_keys_are_listed_and_can_be_switched_off() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/component/");
    chromium.press(&["?"]);
    chromium.wait("document.querySelector('#keyboard-help').open");
    assert_eq!(chromium.texts("#keyboard-help dt").len(), 11);
    chromium.press(&["j"]);
    assert!(!chromium.has(FOCUSED_ROW), "behind a dialog no row moves");
    chromium.click("#keys-on");
    chromium.press(&[keys::ESCAPE]);
    chromium.wait("!document.querySelector('dialog[open]')");
    chromium.press(&["j"]);
    assert!(!chromium.has(FOCUSED_ROW));
    chromium.press(&["?"]);
    assert!(!chromium.has("dialog[open]"));

    // The choice is kept, and the button leads back to it.
    chromium.go("/admin/sla/label/");
    chromium.press(&["j"]);
    assert!(!chromium.has(FOCUSED_ROW));
    chromium.click("#keyboard-button");
    chromium.wait("document.querySelector('#keyboard-help').open");
    chromium.click("#keys-on");
    chromium.press(&[keys::ESCAPE]);
    chromium.wait("!document.querySelector('dialog[open]')");
    assert!(chromium.has_focus("#keyboard-button"), "the focus is where it was");
    chromium.press(&["j"]);
    assert!(chromium.has(FOCUSED_ROW));
}
