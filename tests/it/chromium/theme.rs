//! Light, dark or as the system has it.

use serde_json::Value;

use crate::chromium::some;
use crate::support::database::Database;
use crate::support::server::Server;
use crate::support::webdriver::Chromium;

/// Whether the page is drawn in dark colours.
fn is_dark(chromium: &Chromium) -> bool {
    let script =
        "const [red] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g); return Number(red) < 100;";
    chromium.run(script, &[]) == true
}

#[test]
fn a_theme_is_switched_at_once_and_kept() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/");
    chromium.prefer("dark");
    assert!(is_dark(&chromium), "as the system has it");
    chromium.prefer("light");
    assert!(!is_dark(&chromium));

    chromium.click("button.theme-toggle");
    chromium.wait("document.documentElement.dataset.theme === 'light'");
    chromium.prefer("dark");
    assert!(!is_dark(&chromium), "the choice stands above the system's");
    chromium.click("button.theme-toggle");
    chromium.wait("document.documentElement.dataset.theme === 'dark'");
    chromium.prefer("light");
    assert!(is_dark(&chromium));
    chromium.go("/admin/sla/label/");
    assert!(is_dark(&chromium), "the next page is drawn so from the start");

    // Without scripts the button is a form.
    let mut chromium = chromium;
    chromium.block_scripts(true);
    chromium.go("/admin/sla/label/");
    assert!(is_dark(&chromium));
    chromium.click("button.theme-toggle");
    chromium.see("html[data-theme=auto]");
    assert!(!is_dark(&chromium));
    assert_eq!(chromium.path(), "/admin/sla/label/");
}

#[test]
fn the_environment_stands_on_every_page_in_its_colour() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--environment", "PROD"]);
    let chromium = Chromium::open(&server);
    chromium.go("/admin/login/");
    assert_eq!(chromium.text(".environment"), "Environment: PROD");
    assert!(
        chromium
            .run("return document.title", &[])
            .as_str()
            .unwrap_or_default()
            .starts_with("[PROD] ")
    );
    drop(chromium);
    let other = Database::sqlite();
    let staging = Server::start(&other, &["--environment", "STAGING"]);
    assert_ne!(colour_of_label(&server), colour_of_label(&staging));
}

fn colour_of_label(server: &Server) -> Value {
    let chromium = Chromium::open(server);
    chromium.go("/admin/login/");
    chromium.run(
        "return getComputedStyle(document.querySelector('.environment')).backgroundColor",
        &[],
    )
}
