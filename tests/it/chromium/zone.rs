//! The zone of the browser, offered to accounts that have none.

use serde_json::json;

use crate::chromium::some;
use crate::support::database::Database;

#[test]
fn the_zone_of_the_browser_is_offered_until_it_is_answered() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let seen = || {
        let script = "return document.querySelector('#zone-offer')?.checkVisibility() ?? false;";
        chromium.run(script, &[]) == true
    };
    let zone = |name: &str| chromium.tool("Emulation.setTimezoneOverride", &json!({"timezoneId": name}));
    chromium.go("/admin/sla/label/");
    chromium.wait("document.documentElement.classList.contains('scripted')");
    assert!(!seen(), "a browser in UTC needs no other zone");

    // Kept as it is: this browser does not ask again.
    zone("Europe/Berlin");
    chromium.go("/admin/sla/label/");
    chromium.wait("document.querySelector('#zone-offer').checkVisibility()");
    assert!(chromium.text("#zone-offer").contains("Europe/Berlin"));
    chromium.click("#zone-offer .dismiss");
    chromium.wait("!document.querySelector('#zone-offer').checkVisibility()");
    assert!(chromium.has_focus("#zone-link"));
    chromium.go("/admin/sla/component/");
    chromium.wait("document.documentElement.classList.contains('scripted')");
    assert!(!seen());

    // Taken: it leads back to the page.
    chromium.run("localStorage.clear();", &[]);
    chromium.go("/admin/sla/component/?q=api");
    chromium.click("#zone-offer [name=timezone]");
    chromium.see(".messagelist .success");
    assert_eq!(chromium.path(), "/admin/sla/component/?q=api");
    assert!(chromium.text("#footer").starts_with("Times are in Europe/Berlin."));
    assert!(!chromium.has("#zone-offer"));
    let stored = "SELECT timezone AS value FROM user_account WHERE username = 'root'";
    assert_eq!(database.texts(stored), ["Europe/Berlin"]);
}

#[test]
fn a_zone_is_found_by_its_city() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sessions/");
    chromium.click("#zone-link");
    chromium.fill("#id_timezone", "kathm");
    chromium.wait("document.querySelector('#id_timezone').getAttribute('aria-activedescendant')");
    chromium.press(&[crate::support::webdriver::keys::ENTER]);
    chromium.wait("document.querySelector('#id_timezone').value === 'Asia/Kathmandu'");
    chromium.click("#timezone-form button[name=_save]");
    chromium.see(".messagelist .success");
    assert_eq!(chromium.path(), "/admin/sessions/");
    assert!(chromium.text("#footer").starts_with("Times are in Asia/Kathmandu."));
}
