//! Forms: related objects in dialogs, rules read back, nothing lost by accident.

use crate::chromium::some;
use crate::support::database::Database;
use crate::support::program::apply;
use crate::support::webdriver::keys;

#[test]
fn a_label_is_made_from_the_form_of_a_component() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let chromium = chromium.expecting_refusals();
    chromium.go("/admin/sla/component/add/");
    chromium.fill("#id_name", "new-one");
    chromium.click("#add_id_labels");
    chromium.wait("document.querySelector('dialog.related-dialog').open");

    // What is refused is said in the dialog, and what was typed is not thrown away by a key.
    chromium.click("dialog.related-dialog .submit-row button.default");
    chromium.see("dialog.related-dialog .errorlist");
    chromium.fill("dialog.related-dialog [name=name]", "tier");
    chromium.press(&[keys::ESCAPE]);
    chromium.wait("document.activeElement.closest('.discard')");
    chromium.press(&[keys::ENTER]);
    chromium.wait("!document.querySelector('.discard')");

    chromium.fill("dialog.related-dialog [name=value]", "gold");
    chromium.click("dialog.related-dialog .submit-row button.default");
    chromium.wait("!document.querySelector('dialog[open]')");
    chromium.wait("document.querySelector('#id_labels').selectedOptions[0]?.text === 'tier=gold'");
    assert_eq!(chromium.value("#id_name"), "new-one");
    chromium.click("main form.object-form > .submit-row button[name=_save]");
    chromium.see(".messagelist .success");
    let labels =
        "SELECT l.value AS value FROM component_label c JOIN label l ON l.id = c.label_id WHERE l.name = 'tier'";
    assert_eq!(database.texts(labels), ["gold"]);
}

#[test]
fn rules_show_the_fields_of_their_kind_and_are_read_back() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/slawindow/add/");
    chromium.fill("#id_timezone", "Europe/Berlin");
    chromium.choose("#id_rules-0-kind", "rrule");
    let seen = |selector: &str| {
        let script = "return document.querySelector(arguments[0]).checkVisibility();";
        chromium.run(script, &[selector.into()]) == true
    };
    assert!(seen("#id_rules-0-repeat"));
    assert!(!seen("#id_rules-0-weekdays"));
    chromium.choose("#id_rules-0-kind", "weekly");
    assert!(!seen("#id_rules-0-repeat"));
    chromium.click("#id_rules-0-weekdays input[value=MO]");
    chromium.click("#id_rules-0-weekdays input[value=FR]");
    chromium.fill("#id_rules-0-start_time", "22:00");
    chromium.fill("#id_rules-0-end_time", "06:00");
    chromium.wait("/Mon.*Fri.*22:00.*06:00.*next day/.test(document.querySelector('#rules-0 .row-words').textContent)");
    chromium.click(".add-row");
    chromium.wait("document.activeElement.closest('#rules-1')");
}

#[test]
fn a_new_rule_of_a_calendar_is_whole_days() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/calendar/add/");
    let unsaved = "document.querySelector('.unsaved').textContent";
    // One blank row is left of three, and it is no rule yet.
    chromium.wait("document.querySelectorAll('.inline-related:not(.empty-form)').length === 1");
    assert_eq!(chromium.text("#rules-0 .inline_label"), "New rule");
    chromium.fill("#id_name", "Holidays");
    chromium.click(".add-row");
    chromium.wait("document.querySelector('#rules-1')");
    assert_eq!(chromium.value("#id_rules-1-kind"), "dates");
    assert_eq!(chromium.value("#id_rules-1-start_time"), "00:00");
    assert_eq!(chromium.value("#id_rules-1-end_time"), "24:00");
    assert_eq!(chromium.text("#rules-1 .inline_label"), "New rule");
    chromium.fill("#id_rules-1-dates", "2990-12-24 – 2990-12-26 Christmas");
    chromium.wait("/2990-12-24 – 2990-12-26 \\(Christmas\\), all day/.test(document.querySelector('#rules-1 .row-words').textContent)");
    chromium.wait(&format!("{unsaved} === 'Unsaved changes'"));
    chromium.click("button[name=_save]");
    chromium.see(".messagelist .success");
    let rules = "SELECT r.kind AS value FROM rule r JOIN calendar c ON c.id = r.calendar_id WHERE c.name = 'Holidays'";
    assert_eq!(database.texts(rules), ["dates"], "the blank row is none");
}

#[test]
fn leaving_a_changed_form_asks_first() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let asks = "const leaving = new Event('beforeunload', { cancelable: true });
                window.dispatchEvent(leaving);
                return leaving.defaultPrevented;";
    chromium.go("/admin/sla/label/1/change/");
    assert_eq!(chromium.run(asks, &[]), false);
    chromium.fill("#id_description", "changed");
    chromium.wait("document.querySelector('.unsaved').textContent === 'Unsaved changes'");
    assert_eq!(chromium.run(asks, &[]), true);
    chromium.fill("#id_description", "");
    assert_eq!(chromium.run(asks, &[]), false, "it is as it was");
    chromium.fill("#id_description", "changed");
    chromium.press(&[keys::CONTROL, "s"]);
    chromium.see(".messagelist .success");
}

#[test]
fn permissions_are_found_by_their_codenames() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    for (typed, found) in [
        ("sla.change_component", vec!["sla | component | Can change component"]),
        ("change_component", vec!["sla | component | Can change component"]),
        ("can change component", vec!["sla | component | Can change component"]),
        (
            "AUTH.view_",
            vec![
                "auth | group | Can view group",
                "auth | token | Can view token",
                "auth | user | Can view user",
            ],
        ),
        ("sla.nothing", vec!["No results"]),
    ] {
        chromium.go("/admin/auth/group/add/");
        chromium.fill("#id_permissions_search", typed);
        chromium.wait("document.querySelector('#id_permissions_search').ariaExpanded === 'true'");
        chromium.wait(&format!(
            "document.querySelectorAll('[role=listbox] li').length === {}",
            found.len()
        ));
        assert_eq!(chromium.texts("[role=listbox] li"), found, "{typed}");
    }
}

#[test]
fn enter_takes_the_first_of_what_was_typed() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    // Of “team” the first is another one. The answer to the rest comes after Enter, or before it on a slow machine.
    chromium.go("/admin/sla/component/add/");
    chromium.fill("#id_labels_search", "team");
    chromium.wait("document.querySelector('#id_labels_search').getAttribute('aria-activedescendant')");
    chromium.press(&["=", "s", keys::ENTER]);
    chromium.wait("document.querySelector('#id_labels').selectedOptions.length");
    assert_eq!(chromium.texts(".chosen .chip bdi"), ["team=shop"]);

    chromium.go("/admin/sla/slawindow/add/");
    chromium.fill("#id_timezone", "Europe/Ber");
    chromium.wait("document.querySelector('#id_timezone').getAttribute('aria-activedescendant')");
    chromium.press(&["l", "i", "n", keys::ENTER]);
    chromium.wait("document.querySelector('#id_timezone').ariaExpanded === 'false'");
    assert_eq!(chromium.value("#id_timezone"), "Europe/Berlin", "a whole name is kept");
}

#[test]
fn names_from_right_to_left_keep_their_bullets_in_line() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    apply(&database, "components: [{name: 'api-خدمة', windows: [Office]}]");
    let id = database.number("SELECT id AS value FROM sla_window WHERE name = 'Office'");
    chromium.go(&format!("/admin/sla/slawindow/{id}/change/"));
    let script = "const items = [...document.querySelectorAll('.remark li')].filter((item) => item.textContent.includes('خدمة'));
                  return [items.length > 0, items.every((item) => getComputedStyle(item).direction === 'ltr')];";
    assert_eq!(chromium.run(script, &[]), serde_json::json!([true, true]));
}

#[test]
fn a_conflict_takes_their_values_and_gives_back_what_was_typed() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let chromium = chromium.expecting_refusals();
    chromium.go("/admin/sla/component/1/change/");
    assert_eq!(chromium.value("#id_name"), "api");
    chromium.fill("#id_description", "mine");
    apply(
        &database,
        "components: [{name: api, description: theirs, display_name: Their API}]",
    );
    chromium.click(".submit-row button[name=_save]");
    chromium.see("#conflict .take-all-theirs");
    assert_eq!(chromium.value("#id_description"), "mine");
    let (one, all) = ("#conflict tr[data-name=description] .take-theirs", ".take-all-theirs");
    for (words, value, next) in [
        ("Take theirs", "theirs", "Take mine again"),
        ("Take mine again", "mine", "Take theirs"),
    ] {
        assert_eq!(chromium.text(one), words);
        if !chromium.has_focus(one) {
            chromium.tab_to(one);
        }
        chromium.press(&[keys::ENTER]);
        assert_eq!(chromium.value("#id_description"), value);
        assert_eq!(chromium.text("#conflict tr[data-name=description] .yours"), value);
        assert_eq!(chromium.text(one), next);
        assert!(chromium.has_focus(one), "the focus stays");
    }
    // What only the other one changed is taken by one button, which is not there any more then.
    chromium.tab_to(all);
    chromium.press(&[keys::ENTER]);
    assert_eq!(chromium.value("#id_display_name"), "Their API");
    assert_eq!(chromium.value("#id_description"), "mine");
    assert!(chromium.has_focus("#conflict tr[data-name=display_name] .take-theirs"));
    chromium.click(".submit-row button[name=_save]");
    chromium.see(".messagelist .success");
    let stored = "SELECT description || ', ' || display_name AS value FROM component WHERE name = 'api'";
    assert_eq!(database.texts(stored), ["mine, Their API"]);
}
