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

/// The colour of a part of a page, such as `rgb(0, 114, 178)`.
fn colour(chromium: &Chromium, page: &str, (selector, part, property): (&str, &str, &str)) -> Value {
    chromium.go(page);
    chromium.see(selector);
    let script = "return getComputedStyle(document.querySelector(arguments[0]), arguments[1] || null)[arguments[2]];";
    chromium.run(script, &[selector.into(), part.into(), property.into()])
}

#[test]
fn what_is_promised_and_what_is_cut_have_one_colour_on_every_page() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let key =
        |table: &str, name: &str| database.number(&format!("SELECT id AS value FROM {table} WHERE name = '{name}'"));
    let open = key("component", "api-gateway");
    let christmas = "/admin/sla/timeline/?at=2990-12-25&zone=Europe/Berlin";
    let promised = [
        ("/admin/".to_owned(), (".glance.active .count", "", "color")),
        ("/admin/".to_owned(), (".turn", "", "borderTopColor")),
        (
            "/admin/sla/component/".to_owned(),
            ("#result_list tr:has(.inside) td > a[id]", "::before", "borderTopColor"),
        ),
        (
            "/admin/sla/timeline/".to_owned(),
            (".state-dot .inside", "::before", "color"),
        ),
        (
            format!("/admin/sla/component/{open}/view/"),
            (".state-now.inside", "::before", "borderTopColor"),
        ),
        (
            format!("/admin/sla/component/{open}/view/"),
            (".picture rect.span", "", "fill"),
        ),
        (
            format!("/admin/sla/component/{open}/explain/"),
            ("#answer.inside", "::before", "borderTopColor"),
        ),
    ];
    let calendar = format!("/admin/sla/calendar/{}/view/?year=2990", key("calendar", "Holidays DE"));
    let mut seen: Vec<Value> = Vec::new();
    for scheme in ["light", "dark"] {
        chromium.prefer(scheme);
        let of_bars = colour(&chromium, christmas, ("#timeline rect.span", "", "fill"));
        for (page, part) in &promised {
            assert_eq!(colour(&chromium, page, *part), of_bars, "{page} {part:?}, {scheme}");
        }
        let of_cuts = colour(&chromium, christmas, ("#timeline rect.cut", "", "stroke"));
        let of_days = colour(&chromium, &calendar, ("td.whole", "", "backgroundColor"));
        assert_eq!(of_days, of_cuts, "{scheme}");
        seen.extend([of_bars, of_cuts]);
    }
    let different: std::collections::BTreeSet<String> = seen.iter().map(Value::to_string).collect();
    assert_eq!(different.len(), 4, "{seen:?}");
}
