//! What the selects of forms offer: as much as fits on a page, what is chosen, and without scripts a search among the rest.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_form_offers_few_of_many_and_finds_the_others,
    a_form_of_few_offers_all,
    rows_are_set_to_what_a_search_among_options_found,
);

const FORM: &str = "#component_form";

/// Creates a component with the last of 1,000 windows and of 3,000 labels.
fn stored(database: &Database) -> String {
    let windows: Vec<String> = (0..1_000).map(|n| format!("('Window {n:04}', 'UTC')")).collect();
    database.execute(&format!(
        "INSERT INTO sla_window (name, timezone) VALUES {}",
        windows.join(", ")
    ));
    let labels: Vec<String> = (0..3_000).map(|n| format!("('team', 'squad-{n:04}')")).collect();
    database.execute(&format!("INSERT INTO label (name, value) VALUES {}", labels.join(", ")));
    apply(
        database,
        "components:\n  - {name: api, labels: {team: squad-2999}, windows: [Window 0999]}\n  - {name: web}\n",
    );
    let id = database.number("SELECT id AS value FROM component WHERE name = 'api'");
    format!("/admin/sla/component/{id}/change/")
}

fn offered(page: &Page, field: &str) -> Vec<String> {
    page.texts(&format!("#id_{field} option"))
}

fn chosen(page: &Page, field: &str) -> Vec<String> {
    page.texts(&format!("#id_{field} option[selected]"))
}

/// Returns the key of an option.
fn key(page: &Page, field: &str, words: &str) -> String {
    let place = offered(page, field).iter().position(|offered| offered == words);
    let values = page.attributes(&format!("#id_{field} option"), "value");
    values[place.expect("it is offered")].clone()
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_form_offers_few_of_many_and_finds_the_others(database: &Database) {
    let address = stored(database);
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    let page = browser.get(&address).expect(200);
    assert!(page.html().len() < 40_000, "{} bytes", page.html().len());
    for (field, first) in [("labels", "team=squad-2999"), ("windows", "Window 0999")] {
        assert_eq!(offered(&page, field).len(), 21, "{field}");
        assert_eq!(offered(&page, field)[0], first, "what is chosen stands first");
        assert_eq!(chosen(&page, field), [first]);
        assert!(page.has(&format!("input[type=search][name=_find__{field}]")));
    }
    assert!(!page.has("[name=_find__calendars]"), "there is none to find");
    let first = &page.attributes("form.object-form button[type=submit]", "name")[0];
    assert_eq!(first, "_save", "Enter in a field saves");

    // What is typed elsewhere stays, what is chosen stays, and nothing is saved, whichever button it was.
    for button in [("_find", "1"), ("_save", "Save")] {
        let form = page.form(FORM).set("slo", "99.5").set("_find__windows", " wINDOW 07 ");
        let found = browser.submit(&form, button).expect(200);
        assert!(found.text("p.errornote").contains("Nothing was saved yet"));
        assert_eq!(found.form(FORM).values("slo"), ["99.5"]);
        assert_eq!(found.form(FORM).values("_find__windows"), [""], "the next button saves");
        assert_eq!(
            offered(&found, "windows").len(),
            51,
            "some of a hundred, and the chosen one"
        );
        assert!(
            offered(&found, "windows")[1..]
                .iter()
                .all(|words| words.starts_with("Window 07"))
        );
        assert_eq!(chosen(&found, "windows"), ["Window 0999"]);
        assert_eq!(chosen(&found, "labels"), ["team=squad-2999"]);
        assert_eq!(
            database.number("SELECT version AS value FROM component WHERE name = 'api'"),
            1
        );
    }

    let form = page
        .form(FORM)
        .set("_find__windows", "0777")
        .set("_find__labels", "no such <b>");
    let found = browser.submit(&form, ("_find", "1")).expect(200);
    assert_eq!(offered(&found, "windows"), ["Window 0999", "Window 0777"]);
    assert_eq!(offered(&found, "labels"), ["team=squad-2999"]);
    assert!(found.texts(".help").iter().any(|help| help.contains("no such <b>")));
    let form = found.form(FORM);
    let windows = [
        key(&found, "windows", "Window 0777"),
        key(&found, "windows", "Window 0999"),
    ];
    let form = form.add("windows", &windows[0]);
    browser.submit(&form, ("_save", "Save")).expect(302);
    let page = browser.get(&address).expect(200);
    assert_eq!(chosen(&page, "windows"), ["Window 0777", "Window 0999"]);
    assert_eq!(chosen(&page, "labels"), ["team=squad-2999"]);

    // Terms that mean nothing.
    for term in ["\0", "%", "x".repeat(5_000).as_str(), "\u{202e}"] {
        let form = page.form(FORM).set("_find__windows", term);
        let found = browser.submit(&form, ("_find", "1")).expect(200);
        assert_eq!(chosen(&found, "windows"), ["Window 0777", "Window 0999"]);
    }
    // A name that is taken is refused when the form is saved, not before.
    let form = page.form(FORM).set("name", "web").set("_find__nothing", "x");
    browser.submit(&form, ("_find", "1")).expect(200);
}

fn a_form_of_few_offers_all(database: &Database) {
    let windows: Vec<String> = (0..50).map(|n| format!("('Window {n:02}', 'UTC')")).collect();
    database.execute(&format!(
        "INSERT INTO sla_window (name, timezone) VALUES {}",
        windows.join(", ")
    ));
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    let add = "/admin/sla/component/add/";
    let page = browser.get(add).expect(200);
    assert_eq!(offered(&page, "windows").len(), 50);
    assert!(!page.has("[name=_find__windows]") && !page.has("[name=_find]"));
    database.execute("INSERT INTO sla_window (name, timezone) VALUES ('Window 50', 'UTC')");
    let page = browser.get(add).expect(200);
    assert_eq!(offered(&page, "windows").len(), 20);
    assert!(page.has("[name=_find__windows]"));
    let form = page.form(FORM).set("name", "new").set("_find__windows", "50");
    let found = browser.submit(&form, ("_find", "1")).expect(200);
    let form = found.form(FORM).add("windows", &key(&found, "windows", "Window 50"));
    browser.submit(&form, ("_save", "Save")).expect(302);
    assert_eq!(database.texts("SELECT name AS value FROM component"), ["new"]);
    // A copy that was refused is one still after a search.
    let id = database.number("SELECT id AS value FROM component");
    let page = browser.get(&format!("/admin/sla/component/{id}/change/")).expect(200);
    let copy = browser
        .submit(&page.form(FORM), ("_saveasnew", "Save as new"))
        .expect(422);
    let form = copy.form(FORM).set("_find__windows", "50");
    let found = browser.submit(&form, ("_find", "1")).expect(200);
    assert_eq!(found.attributes(".submit-row button", "name"), ["_saveasnew"]);
}

fn rows_are_set_to_what_a_search_among_options_found(database: &Database) {
    stored(database);
    let server = Server::start(database, &[]);
    let browser: &mut Browser = &mut superuser(database, &server);
    let list = "/admin/sla/component/";
    let ids = browser.get(list).expect(200).attributes("input.action-select", "value");
    let mut fields = vec![("action", "change_selected"), ("index", "0")];
    fields.extend(ids.iter().map(|id| ("_selected_action", id.as_str())));
    let page = browser.post(list, &fields).expect(200);
    assert_eq!(offered(&page, "windows").len(), 20);
    let form = page
        .form("#bulk-form")
        .set("_do_windows", "add")
        .set("_find__windows", "0888");
    let found = browser.submit(&form, ("_preview", "1")).expect(200);
    assert_eq!(offered(&found, "windows"), ["Window 0888"]);
    let form = found.form("#bulk-form");
    assert_eq!(form.values("_do_windows"), ["add"]);
    let form = form.add("windows", &key(&found, "windows", "Window 0888"));
    let preview = browser.submit(&form, ("_preview", "1")).expect(200);
    assert_eq!(preview.texts("#bulk-preview tbody th"), ["api", "web"]);
    browser
        .submit(&preview.form("#bulk-confirm"), ("_apply", "1"))
        .expect(302);
    let count = "SELECT count(*) AS value FROM component_window";
    assert_eq!(database.number(count), 3);
}
