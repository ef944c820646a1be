//! A phone, 360 pixels wide.

use crate::chromium::axe::SIDEWAYS;
use crate::chromium::some;
use crate::support::database::Database;

#[test]
fn a_component_is_made_and_found_on_a_phone() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.resize(360, 740);
    let fits = || assert!(chromium.run(SIDEWAYS, &[360.into()]).is_null(), "{}", chromium.path());
    chromium.go("/admin/");
    fits();
    chromium.click(".model-component .addlink");
    fits();
    chromium.fill("#id_name", "made-on-a-phone");
    chromium.click("button[name=_save]");
    chromium.see(".messagelist .success");
    fits();
    chromium.fill("#searchbar", "made-on");
    chromium.click("#changelist-search button[type=submit]");
    chromium.see("#searchbar[value=made-on]");
    fits();
    chromium.click("#result_list td.field-name a");
    chromium.see("#component_form");
    assert_eq!(chromium.value("#id_name"), "made-on-a-phone");
    fits();
    // The palette has its button, as a phone has no Control key.
    chromium.click("#palette-link");
    chromium.wait("document.querySelector('#palette [role=option]')");
    fits();
}
