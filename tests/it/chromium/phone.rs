//! A phone, 360 pixels wide.

use crate::chromium::axe::SIDEWAYS;
use crate::chromium::some;
use crate::support::database::Database;
use crate::support::program::apply;
use crate::support::webdriver::keys;

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
    // Columns and views stand beside the filters once these are open.
    let menus = |are_seen: bool| {
        for menu in ["#columns-menu", "#views-menu"] {
            assert_eq!(chromium.run(SEEN, &[menu.into()]), are_seen, "{menu}");
        }
    };
    menus(false);
    chromium.click("#filters-toggle summary");
    menus(true);
    fits();
    chromium.click("#filters-toggle summary");
    chromium.click("#result_list td.field-name a");
    chromium.see("#component_form");
    assert_eq!(chromium.value("#id_name"), "made-on-a-phone");
    fits();
    // Escape closes the menu from the header, too, where keys go first, and leads back to its button.
    chromium.tab_to("#toggle-nav-sidebar");
    chromium.press(&[keys::ENTER]);
    chromium.see(".menu-open #nav-sidebar");
    chromium.press(&[keys::TAB]);
    chromium.press(&[keys::ESCAPE]);
    chromium.see(":root:not(.menu-open) #toggle-nav-sidebar:focus");
    // The palette has its button, as a phone has no Control key.
    chromium.click("#palette-link");
    chromium.wait("document.querySelector('#palette [role=option]')");
    fits();
}

#[test]
fn a_report_has_its_verdicts_in_sight() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.resize(360, 740);
    for query in ["&group=team", "&component=api"] {
        chromium.go(&format!("/admin/sla/report/?at=2026-10&definitions=now{query}"));
        assert!(chromium.run(SIDEWAYS, &[360.into()]).is_null(), "{}", chromium.path());
        let script = "return [...document.querySelectorAll('#report td.verdict')].every((cell) => {
            const box = cell.getBoundingClientRect();
            return cell.checkVisibility() && box.left >= 0 && box.right <= 360;
        });";
        assert_eq!(chromium.run(script, &[]), true, "{query}");
    }
}

/// Whether a thing is seen.
const SEEN: &str = "return document.querySelector(arguments[0]).checkVisibility();";

#[test]
fn options_are_folded_into_a_line_that_says_what_is_chosen() {
    let database = Database::sqlite();
    let (_server, mut chromium) = some(&database);
    let (line, form) = ("#options-toggle summary", ".timeline-form");
    for scripts in [true, false] {
        chromium.block_scripts(!scripts);
        for (path, row, chosen) in [
            ("timeline/?scale=2weeks", "#timeline tbody tr", "Options: 2 weeks"),
            (
                "report/?at=2026-10&definitions=now",
                "#report tbody tr",
                "Options: Month",
            ),
        ] {
            let path = format!("/admin/sla/{path}&group=team&zone=Europe/Berlin");
            chromium.resize(360, 740);
            chromium.go(&path);
            assert_eq!(chromium.text(line), format!("{chosen} · by team · Europe/Berlin"));
            let first = "return document.querySelector(arguments[0]).getBoundingClientRect().bottom <= 740;";
            assert_eq!(chromium.run(first, &[row.into()]), true, "{path}");
            assert_eq!(chromium.run(SEEN, &[form.into()]), false, "{path}");
            assert_eq!(chromium.run(SEEN, &[".segments".into()]), false, "{path}");
            chromium.tab_to(line);
            chromium.press(&[keys::ENTER]);
            assert_eq!(chromium.run(SEEN, &[form.into()]), true, "{path}");
            assert!(chromium.run(SIDEWAYS, &[360.into()]).is_null(), "{path}");
            chromium.fill("#searchbar", "api");
            chromium.press(&[keys::ENTER]);
            chromium.see("#searchbar[value=api]");
            assert!(chromium.text(line).ends_with(" · “api”"), "{}", chromium.text(line));
            // Where there is room they stand open.
            chromium.resize(1280, 900);
            assert_eq!(chromium.run(SEEN, &[form.into()]), true, "{path}");
            assert_eq!(chromium.run(SEEN, &[line.into()]), false, "{path}");
        }
    }
    chromium.block_scripts(false);
    chromium.resize(360, 740);
    chromium.go("/admin/sla/timeline/?of=windows");
    assert!(
        chromium.text(line).contains("Week · SLA windows · "),
        "{}",
        chromium.text(line)
    );
    // The key that leads to the search opens what it is in.
    chromium.press(&["/"]);
    assert!(chromium.has_focus("#searchbar"));
}

#[test]
fn cards_leave_out_what_has_nothing() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let dashes = "return [...document.querySelectorAll('#result_list td')].some((cell) => {
        return cell.checkVisibility() && cell.innerText.trim() === '-';
    });";
    for path in ["sla/component/", "audit/logentry/"] {
        for (width, has_dashes) in [(1280, true), (360, false)] {
            chromium.resize(width, 740);
            chromium.go(&format!("/admin/{path}"));
            assert_eq!(chromium.run(dashes, &[]), has_dashes, "{path} at {width}");
        }
    }
}

#[test]
fn values_in_time_zones_are_read_without_a_table() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.resize(360, 740);
    let id = database.number("SELECT id AS value FROM component WHERE name = 'api'");
    chromium.go(&format!(
        "/admin/sla/component/{id}/explain/?at=2026-12-01T10:00:00Z&zone=UTC"
    ));
    assert!(chromium.run(SIDEWAYS, &[360.into()]).is_null());
    let script = "const box = document.querySelector('#values').closest('.results');
        const cells = [...document.querySelectorAll('#values td')];
        const label = (cell) => getComputedStyle(cell, '::before').content;
        return box.scrollWidth <= box.clientWidth && cells.length >= 10
            && cells.every((cell) => cell.getBoundingClientRect().width > 240 && label(cell).length > 2);";
    assert_eq!(chromium.run(script, &[]), true);
}

#[test]
fn long_names_stay_in_their_window() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let (solid, spaced) = ("x".repeat(200), "many words ".repeat(17));
    let spaced = spaced.trim();
    let document = format!(
        "
windows:
- {{name: '{spaced} window', timezone: UTC, rules: [{{type: weekly, days: [MO], start: '08:00', duration_s: 3600}}]}}
components:
- {{name: {solid}, windows: ['{spaced} window']}}
- {{name: '{spaced}', windows: ['{spaced} window']}}
"
    );
    apply(&database, &document);
    let keys: Vec<i64> = [solid.as_str(), spaced]
        .iter()
        .map(|name| database.number(&format!("SELECT id AS value FROM component WHERE name = '{name}'")))
        .collect();
    for width in [360, 1280] {
        chromium.resize(width, 740);
        for path in [
            "",
            "sla/component/",
            "sla/timeline/?scale=week",
            "sla/timeline/?scale=quarter",
        ] {
            chromium.go(&format!("/admin/{path}"));
            let sideways = chromium.run(SIDEWAYS, &[width.into()]);
            assert!(sideways.is_null(), "{path} at {width}: {sideways}");
        }
        for (key, page) in keys
            .iter()
            .flat_map(|key| ["view", "change", "explain", "history"].map(|page| (key, page)))
        {
            chromium.go(&format!("/admin/sla/component/{key}/{page}/"));
            let sideways = chromium.run(SIDEWAYS, &[width.into()]);
            assert!(sideways.is_null(), "{page} at {width}: {sideways}");
            // What is in the header is seen whole, the names in it aside.
            let tools = "const box = document.querySelector('#user-tools').getBoundingClientRect(); return box.right <= innerWidth;";
            assert_eq!(chromium.run(tools, &[]), true, "{page} at {width}");
        }
    }
}

#[test]
fn an_exact_time_stands_in_its_sentence() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.resize(360, 740);
    chromium.tool(
        "Emulation.setTouchEmulationEnabled",
        &serde_json::json!({"enabled": true}),
    );
    let id = database.number("SELECT id AS value FROM component WHERE name = 'api'");
    chromium.go(&format!("/admin/sla/component/{id}/view/"));
    assert!(chromium.run(SIDEWAYS, &[360.into()]).is_null());
    let exact = "return getComputedStyle(document.querySelector('.state-now .exact')).display;";
    assert_eq!(chromium.run(exact, &[]), "inline");
    // “Why?” is on the line on which the sentence ends.
    let script = "const end = [...document.querySelector('.state-now small').getClientRects()].at(-1);
                  return Math.abs(document.querySelector('.state-now .why').getBoundingClientRect().bottom - end.bottom) < 8;";
    assert_eq!(chromium.run(script, &[]), true);
}
