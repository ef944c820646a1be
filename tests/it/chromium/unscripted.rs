//! Everything without scripts, which are switched off in the browser's settings.

use crate::support::client::{get, sample};
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::server::Server;
use crate::support::webdriver::{Chromium, keys};

#[test]
fn a_newcomer_needs_no_scripts() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let browser = superuser(&database, &server);
    let chromium = Chromium::without_scripts(&server).signed_in_as(&browser);
    let saved = || chromium.see(".messagelist .success");

    chromium.go("/admin/");
    chromium.click("#guide li:nth-child(1) a");
    chromium.fill("#id_name", "team");
    chromium.fill("#id_value", "payments");
    chromium.click("button[name=_save]");
    saved();

    chromium.go("/admin/");
    chromium.click("#guide li:nth-child(2) a");
    chromium.fill("#id_name", "Holidays");
    chromium.fill("#id_rules-0-dates", "2990-12-25 Christmas");
    chromium.click("button[name=_save]");
    saved();

    chromium.go("/admin/");
    chromium.click("#guide li:nth-child(3) a");
    chromium.fill("#id_name", "Nights");
    chromium.fill("#id_timezone", "Europe/Berlin");
    chromium.choose("#id_calendars", "Holidays");
    chromium.choose("#id_rules-0-kind", "weekly");
    chromium.click("#id_rules-0-weekdays input[value=MO]");
    chromium.click("#id_rules-0-weekdays input[value=FR]");
    chromium.fill("#id_rules-0-start_time", "22:00");
    chromium.fill("#id_rules-0-end_time", "06:00");
    chromium.click("button[name=_save]");
    saved();

    chromium.go("/admin/");
    chromium.click("#guide li:nth-child(4) a");
    chromium.fill("#id_name", "payments-api");
    chromium.choose("#id_labels", "team=payments");
    chromium.choose("#id_windows", "Nights");
    chromium.click("button[name=_save]");
    saved();
    assert_eq!(chromium.texts("#result_list td.field-name"), ["payments-api"]);

    // What the palette finds, as a page.
    chromium.click("#palette-link");
    chromium.fill("#search-input", "payments");
    chromium.click("#search-form button");
    chromium.click(".found a[href^='/admin/sla/component/'][href$='/change/']");
    chromium.see("#component_form");
    assert_eq!(chromium.value("#id_name"), "payments-api");

    chromium.tab_to(".user-menu summary");
    chromium.press(&[keys::ENTER]);
    chromium.tab_to(".viewsitelink");
    chromium.press(&[keys::ENTER]);
    chromium.see("pre");
    let exposition = get(&format!("{}/metrics", server.url)).text();
    assert!(chromium.text("body").contains("payments_api_service_window_in_window"));
    let series = "payments_api_service_window_in_window{component=\"payments-api\",team=\"payments\"}";
    assert!(sample(&exposition, series).is_some(), "{exposition}");
}
