//! Lists: cells that are edited, rows that are chosen.

use serde_json::Value;

use crate::chromium::some;
use crate::support::database::Database;
use crate::support::program::apply;
use crate::support::webdriver::{Chromium, keys};

#[test]
fn a_cell_is_edited_in_the_list() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let enabled = || database.number("SELECT count(*) AS value FROM component WHERE enabled");
    let before = enabled();
    chromium.go("/admin/sla/component/?q=billing");
    chromium.click("#result_list .field-enabled input[type=checkbox]");
    chromium.click("#changelist-form button[name=_save]");
    chromium.see(".messagelist .success");
    assert_eq!(chromium.path(), "/admin/sla/component/?q=billing");
    assert_eq!(enabled(), before - 1);
}

#[test]
fn leaving_an_edited_cell_asks_first() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let enabled = || database.number("SELECT count(*) AS value FROM component WHERE enabled");
    let before = enabled();
    let asks = || {
        let script = "const leaving = new Event('beforeunload', { cancelable: true });
                      window.dispatchEvent(leaving);
                      return leaving.defaultPrevented;";
        chromium.run(script, &[]) == true
    };
    let cell = "#result_list .field-enabled input[type=checkbox]";
    chromium.go("/admin/sla/component/?q=billing");
    chromium.click(".action-select");
    assert!(!asks(), "a chosen row is no change");
    chromium.click(cell);
    assert!(asks());
    chromium.click(cell);
    assert!(!asks(), "it is as it was");
    chromium.click(cell);

    // An action would lose it too.
    chromium.run(
        "window.confirm = (words) => { window.asked = words; return false; };",
        &[],
    );
    chromium.choose("select[name=action]", "Change selected components");
    chromium.click(".actions button[name=index]");
    chromium.wait("window.asked?.includes('not saved')");
    assert!(asks(), "nothing was sent");
    chromium.click("#changelist-form button[name=_save]");
    chromium.see(".messagelist .success");
    assert_eq!(enabled(), before - 1);

    chromium.go("/admin/sla/component/import/");
    assert!(!asks());
    chromium.fill("#id_text", "name");
    assert!(asks());
}

#[test]
fn rows_are_chosen_one_by_one_in_ranges_and_all() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/component/");
    chromium.click("#result_list tbody tr:nth-child(1) .action-select");
    assert_eq!(chromium.text(".action-counter"), "1 of 6 selected");
    chromium.run(
        "document.querySelector('#result_list tbody tr:nth-child(4) .action-select')
           .dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey: true }));",
        &[],
    );
    assert_eq!(chromium.text(".action-counter"), "4 of 6 selected");
    chromium.click("#action-toggle");
    assert_eq!(chromium.text(".action-counter"), "6 of 6 selected");
    chromium.click("#action-toggle");
    chromium.wait("getComputedStyle(document.querySelector('.actions')).display === 'none'");
}

#[test]
fn all_pages_of_a_list_are_chosen_and_deleted() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let mut document = String::from("components:\n");
    for number in 0..120 {
        document.push_str(&format!("  - {{name: many-{number}}}\n"));
    }
    crate::support::program::apply(&database, &document);
    chromium.go("/admin/sla/component/?q=many");
    assert_eq!(chromium.texts("#result_list td.field-name").len(), 100);
    chromium.click("#action-toggle");
    assert_eq!(chromium.text(".action-counter"), "100 of 100 selected");
    chromium.click("input[type=checkbox].select-across");
    assert_eq!(chromium.text(".action-counter"), "All 120 components selected");
    chromium.choose("select[name=action]", "Delete selected components");
    chromium.click(".actions button[name=index]");
    chromium.see("#delete-form");
    assert!(chromium.text("#content-start").contains("120"));
    chromium.click("#delete-form button[type=submit]");
    chromium.see(".messagelist .success");
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 6);
    assert_eq!(
        database.number("SELECT count(*) AS value FROM log_entry WHERE action = 'delete'"),
        120
    );
}

#[test]
fn fields_are_set_on_chosen_rows_after_a_preview() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let links = || database.number("SELECT count(*) AS value FROM component_label");
    let before = links();
    let team = "SELECT count(*) AS value FROM component_label JOIN label ON label.id = label_id WHERE name = 'env' AND component_id IN (SELECT id FROM component WHERE name IN ('api-gateway', 'billing'))";
    chromium.go("/admin/sla/component/?o=name&q=");
    for name in ["api-gateway", "billing"] {
        let key = database.number(&format!("SELECT id AS value FROM component WHERE name = '{name}'"));
        chromium.click(&format!("#result_list .action-select[value='{key}']"));
    }
    chromium.choose("select[name=action]", "Change selected components");
    chromium.click(".actions button[name=index]");
    chromium.see("#bulk-form");
    chromium.choose("#id__do_labels", "Add these");
    chromium.fill("#id_labels_search", "env");
    chromium.press(&[keys::ENTER]);
    chromium.wait("document.querySelector('#id_labels').selectedOptions[0]?.text === 'env=prod'");
    chromium.click("#bulk-form button[name=_preview]");
    chromium.see("#bulk-preview");
    assert_eq!(chromium.texts("#bulk-preview tbody th"), ["api-gateway", "billing"]);
    assert_eq!(links(), before, "to look is not to write");
    chromium.click("#bulk-confirm button[name=_apply]");
    chromium.see(".messagelist .success");
    assert_eq!(links(), before + 2);
    assert_eq!(database.number(team), 2);
    assert_eq!(database.number("SELECT count(*) AS value FROM log_entry WHERE action = 'change' AND object_repr IN ('api-gateway', 'billing')"), 2);
}

#[test]
fn a_narrowed_list_is_kept_as_a_view() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/component/?enabled__exact=0");
    chromium.click("#views-menu summary");
    chromium.fill("#id_view_name", "Switched off");
    chromium.click("#save-view-form button");
    chromium.see("nav.views [aria-current=page]");
    assert_eq!(chromium.text("nav.views [aria-current=page]"), "Switched off");
    assert_eq!(chromium.texts("#result_list td.field-name"), ["hebrew"]);
    chromium.click("nav.views a");
    chromium.wait("document.querySelectorAll('#result_list td.field-name').length === 6");
    assert_eq!(chromium.text("nav.views [aria-current=page]"), "All");
}

#[test]
fn names_from_right_to_left_stay_in_line() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    apply(
        &database,
        "components: [{name: 'שירות-a', display_name: 'תשלומים'}, {name: long-name-that-needs-its-own-element, display_name: x}]",
    );
    for width in [1280, 360] {
        chromium.resize(width, 740);
        chromium.go("/admin/sla/component/");
        // The dot stands before the text: all texts begin at the same distance from the beginning of their cell.
        let script = "return [...document.querySelectorAll('#result_list td.field-name')].map((cell) => {
            const range = document.createRange();
            range.selectNodeContents(cell.querySelector('bdi') ?? cell.querySelector('a').firstChild);
            return Math.round(range.getBoundingClientRect().left - cell.getBoundingClientRect().left);
        })";
        let found = chromium.run(script, &[]);
        let lefts: Vec<i64> = found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect();
        assert_eq!(lefts.len(), 8, "{found}");
        assert!(
            lefts.iter().all(|left| (left - lefts[0]).abs() <= 1),
            "{width}: {lefts:?}"
        );
    }
}

/// What stands on the line of a cell: the chips that are seen, those of them that end in dots, and the count behind them.
const LINES: &str = "return [...document.querySelectorAll('#result_list tbody tr')].map((row) => {
    const line = row.querySelector(arguments[0] + ' > p');
    if (!line) return '';
    const chips = [...line.children].filter((chip) => !chip.matches('.more') && getComputedStyle(chip).visibility === 'visible');
    const after = getComputedStyle(line, '::after').content;
    const hidden = line.querySelectorAll(':scope > :not(.more)').length - chips.length;
    const count = line.querySelector('.more')?.innerText ?? (after === 'none' ? '' : `+${hidden}`);
    const shown = chips.map((chip) => chip.textContent + (chip.scrollWidth > chip.clientWidth ? '…' : ''));
    const fits = line.scrollWidth <= line.clientWidth;
    return [...shown, count, fits ? '' : 'too wide'].join(' ').trim();
})";

/// The lines of a column, without the empty ones.
fn lines(chromium: &Chromium, column: &str) -> Vec<String> {
    let found = chromium.run(LINES, &[column.into()]);
    let found = found.as_array().into_iter().flatten();
    found
        .filter_map(|line| line.as_str().map(str::to_owned))
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn chips_fit_on_their_line_or_are_counted() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let document = "
windows:
- {name: Business hours DE, timezone: Europe/Berlin, rules: []}
- {name: Weekends, timezone: UTC, rules: []}
components:
- {name: four, labels: {env: prod, region: eu, team: payments, tier: gold}, windows: [Business hours DE, Weekends]}
- {name: one, labels: {team: payments}, windows: [Business hours DE]}
- {name: short, labels: {a: b, team: x}, windows: [Office, Always]}
- {name: three, labels: {env: prod, region: eu, tier: gold}}
- {name: two, labels: {team: payments, tier: gold}}
";
    apply(&database, document);
    for width in [1280, 1500] {
        chromium.resize(width, 800);
        chromium.go("/admin/sla/component/?o=name");
        assert_eq!(
            lines(&chromium, ".field-labels"),
            [
                "team=shop env=prod",
                "team=shop",
                "team=pay",
                "team=payments +3",
                "team=payments",
                "l01=a l02=a l03=a +12",
                "team=x a=b",
                "env=prod tier=gold +1",
                "team=payments tier=gold"
            ],
            "{width}"
        );
        // A window of a long name is the first of its line, and ends in dots only beside a count.
        let windows = lines(&chromium, ".field-windows");
        assert!(
            windows.contains(&"Business hours DE".to_owned()),
            "{width}: {windows:?}"
        );
        assert!(windows.contains(&"Always Office".to_owned()), "{width}: {windows:?}");
        assert!(
            windows
                .iter()
                .all(|line| !line.ends_with('…') && !line.contains("too wide")),
            "{width}: {windows:?}"
        );
    }
    chromium.resize(1900, 800);
    chromium.go("/admin/sla/component/?o=name");
    let labels = lines(&chromium, ".field-labels");
    assert!(labels.contains(&"team=payments env=prod +2".to_owned()), "{labels:?}");
    assert!(
        labels.contains(&"env=prod tier=gold region=eu".to_owned()),
        "{labels:?}"
    );
}

#[test]
fn the_last_column_is_left_out_unless_it_is_asked_for() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.resize(1400, 800);
    for (query, is_seen) in [
        ("", false),
        ("?o=updated_at", true),
        ("?_columns=name,updated_at", true),
    ] {
        chromium.go(&format!("/admin/sla/component/{query}"));
        let script = "return document.querySelector('#result_list td.field-updated_at').checkVisibility();";
        assert_eq!(chromium.run(script, &[]), is_seen, "{query}");
    }
    chromium.resize(1900, 800);
    chromium.go("/admin/sla/component/");
    assert_eq!(
        chromium.run(
            "return document.querySelector('#result_list td.field-updated_at').checkVisibility();",
            &[]
        ),
        true
    );
}

#[test]
fn filters_that_are_rarely_used_are_folded_until_they_are_opened() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let list = "/admin/sla/component/";
    let press_summary = || {
        chromium.click("#filters-toggle summary");
        chromium.run("document.querySelector('#more-filters > summary').focus();", &[]);
        chromium.press(&[keys::ENTER]);
    };
    chromium.go(list);
    assert!(chromium.has("#more-filters:not([open])"));
    press_summary();
    chromium.see("#more-filters[open]");
    // Opened by the user they stay open from page to page, whether one of them is used or not.
    chromium.go(&format!("{list}?labels__isnull=True"));
    chromium.see("ul.chips");
    assert!(chromium.has("#more-filters[open]"));
    chromium.click("ul.chips .clear a");
    chromium.see("body:not(:has(ul.chips)) #more-filters[open]");
    press_summary();
    chromium.see("#more-filters:not([open])");
    chromium.go(list);
    chromium.see(":root.scripted #more-filters:not([open])");
    chromium.go(&format!("{list}?labels__isnull=True"));
    chromium.see(":root.scripted #more-filters[open]");
}
