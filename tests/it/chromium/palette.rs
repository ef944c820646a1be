//! The palette: everything by a few letters.

use crate::chromium::some;
use crate::support::database::Database;
use crate::support::webdriver::{Chromium, keys};

/// Opens it and types; comes back with the answer.
#[track_caller]
fn look_for(chromium: &Chromium, text: &str) {
    chromium.press(&[keys::CONTROL, "k"]);
    chromium.wait("document.querySelector('#palette')?.open && document.querySelector('#palette [role=option]')");
    chromium.type_text(text);
    chromium.wait(&format!(
        "document.querySelector('#palette-results').dataset.query === '{text}'"
    ));
}

#[test]
fn objects_pages_and_actions_are_a_few_letters_away() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/");
    look_for(&chromium, "api");
    assert!(chromium.has_focus("#palette-input"));
    assert_eq!(
        chromium.text("#palette [aria-selected=true]"),
        "api",
        "what is called so comes first"
    );
    let active = "const input = document.querySelector('#palette-input');
                  return document.getElementById(input.getAttribute('aria-activedescendant')).textContent;";
    chromium.press(&[keys::DOWN]);
    assert_eq!(chromium.run(active, &[]), "api-gateway");
    chromium.press(&[keys::ENTER]);
    chromium.see("body.reading");
    assert_eq!(chromium.text("h1"), "api-gateway");
    // What can be opened of it is found by its words.
    look_for(&chromium, "api-gateway edit");
    chromium.press(&[keys::ENTER]);
    chromium.see("#component_form");
    assert_eq!(chromium.value("#id_name"), "api-gateway");

    // From a field too, and what was opened last comes first.
    chromium.click("#id_name");
    chromium.press(&[keys::CONTROL, "k"]);
    chromium.wait("document.querySelector('#palette [role=option]')");
    assert_eq!(chromium.text("#palette [role=option]"), "api-gateway · Edit component");
    chromium.type_text("add lab");
    chromium.press(&[keys::ENTER]);
    chromium.see("#label_form");
    assert_eq!(chromium.path(), "/admin/sla/label/add/", "Enter waits for the answer");

    chromium.go("/admin/");
    look_for(&chromium, "log out");
    chromium.press(&[keys::ENTER]);
    chromium.see("body.logout");
    chromium.go("/admin/");
    assert!(chromium.path().starts_with("/admin/login/"), "{}", chromium.path());
    let kept = chromium.run("return sessionStorage.length;", &[]);
    assert_eq!(kept, 0, "the next one learns nothing of what was opened");
}

#[test]
fn names_that_would_be_markup_are_text_and_escape_leads_back() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/label/");
    chromium.press(&["j"]);
    let before = chromium.text("#result_list tr:has(:focus)");
    look_for(&chromium, "<b>");
    assert!(chromium.texts("#palette [role=option]").contains(&"billing".to_owned()));
    assert!(!chromium.has("#palette b"));
    look_for_nothing(&chromium);
    chromium.press(&[keys::ESCAPE]);
    chromium.wait("!document.querySelector('dialog[open]')");
    assert_eq!(
        chromium.text("#result_list tr:has(:focus)"),
        before,
        "the focus is where it was"
    );
}

fn look_for_nothing(chromium: &Chromium) {
    chromium.type_text("zzz");
    chromium.wait("document.querySelector('#palette-results').dataset.query === '<b>zzz'");
    assert_eq!(chromium.text("#palette [role=status]"), "Nothing is called that.");
    assert_eq!(
        chromium.run("return document.querySelector('#palette-input').ariaExpanded;", &[]),
        "false"
    );
}

#[test]
fn only_results_scroll() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    for height in [900, 300] {
        chromium.resize(1400, height);
        chromium.go("/admin/");
        look_for(&chromium, "a");
        let script = "const dialog = document.querySelector('#palette');
                      const box = dialog.getBoundingClientRect();
                      return [getComputedStyle(dialog).overflowY, box.bottom <= innerHeight];";
        assert_eq!(chromium.run(script, &[]), serde_json::json!(["clip", true]), "{height}");
    }
}
