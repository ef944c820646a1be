//! The dialog in Chromium: an object is searched, added and changed without leaving the form.

use super::{Desk, SERVICES};
use crate::support::database::Database;
use crate::support::webdriver::{Chromium, keys};

#[test]
fn a_choice_is_searched_added_and_changed_in_the_form() {
    let database = Database::sqlite();
    let desk = Desk::open(&database);
    let chromium = Chromium::open_at(&desk.server.url).signed_in_as(&desk.root());
    chromium.go(&format!("{SERVICES}add/"));
    chromium.fill("#id_name", "web");
    chromium.wait("document.querySelector('#id_owner_search').ariaRequired === 'true'");
    chromium.wait("document.querySelector('#id_backup_search').ariaRequired === null");

    chromium.fill("#id_owner_search", "pay");
    chromium.wait("document.querySelector('#id_owner_search').getAttribute('aria-activedescendant')");
    chromium.press(&[keys::ENTER]);
    chromium.wait("document.querySelector('#id_owner').selectedOptions[0]?.text === 'Payments'");

    chromium.click("#add_id_backup");
    chromium.wait("document.querySelector('dialog.related-dialog').open");
    chromium.fill("dialog.related-dialog [name=name]", "Nights");
    chromium.click("dialog.related-dialog .submit-row button.default");
    chromium.wait("!document.querySelector('dialog[open]')");
    chromium.wait("document.querySelector('#id_backup').selectedOptions[0]?.text === 'Nights'");
    assert_eq!(chromium.value("#id_owner"), "2", "the other choice stays");
    assert_eq!(chromium.value("#id_name"), "web");

    chromium.click("a.change-related[data-value='2']");
    chromium.wait("document.querySelector('dialog.related-dialog').open");
    chromium.fill("dialog.related-dialog [name=name]", "Paying");
    chromium.click("dialog.related-dialog .submit-row button.default");
    chromium.wait("!document.querySelector('dialog[open]')");
    chromium.wait("document.querySelector('#id_owner').selectedOptions[0]?.text === 'Paying'");
    chromium.click("main form.object-form > .submit-row button[name=_save]");
    chromium.see(".messagelist .success");
    assert_eq!(desk.stored()[3], "web: Paying / Nights");
}
