//! What is done to chosen rows, and who may.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";

fn keys(page: &Page) -> Vec<String> {
    page.attributes("input.action-select", "value")
}

fn actions(page: &Page) -> Vec<String> {
    page.attributes("select[name=action] option", "value")
}

#[track_caller]
fn warned(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) {
    let page = browser.post(path, fields).expect(302);
    assert_eq!(page.location(), path, "{fields:?}");
    let page = browser.get(path).expect(200);
    assert!(page.has("ul.messagelist > li.warning"), "{fields:?}");
}

fn actions_follow_permissions(database: &Database) {
    apply(
        database,
        "components: [{name: a}, {name: b}, {name: c, enabled: false}]",
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let mut editor = staff(database, &server, "editor", &["sla.change_component"]);
    let mut cleaner = staff(
        database,
        &server,
        "cleaner",
        &["sla.view_component", "sla.delete_component"],
    );

    let page = root.get(LIST).expect(200);
    assert_eq!(
        actions(&page),
        [
            "",
            "delete_selected",
            "change_selected",
            "enable_selected",
            "disable_selected",
            "export_selected"
        ]
    );
    let ids = keys(&page);
    let page = editor.get(LIST).expect(200);
    assert_eq!(
        actions(&page),
        ["", "change_selected", "enable_selected", "disable_selected"]
    );
    let page = cleaner.get(LIST).expect(200);
    assert_eq!(actions(&page), ["", "delete_selected"]);

    let query = format!("{LIST}?q=a&o=-name");
    let [a, _, c] = [&ids[0], &ids[1], &ids[2]].map(String::as_str);
    warned(&mut root, &query, &[("action", "delete_selected"), ("index", "0")]);
    warned(
        &mut root,
        &query,
        &[("action", ""), ("_selected_action", a), ("index", "0")],
    );
    warned(&mut root, &query, &[("action", "forged"), ("_selected_action", a)]);
    warned(
        &mut root,
        &query,
        &[("action", "delete_selected"), ("_selected_action", "x")],
    );
    warned(
        &mut root,
        &query,
        &[("action", "delete_selected"), ("_selected_action", "99999")],
    );
    warned(
        &mut root,
        &query,
        &[("action", "delete_selected"), ("select_across", "1")],
    );
    warned(&mut root, &query, &[]);
    let forged = [("action", "delete_selected"), ("_selected_action", a), ("post", "yes")];
    warned(&mut editor, LIST, &forged);
    warned(&mut viewer, LIST, &forged);
    warned(
        &mut cleaner,
        LIST,
        &[("action", "disable_selected"), ("_selected_action", a)],
    );
    assert_eq!(
        database.number("SELECT count(*) AS value FROM component WHERE enabled"),
        2
    );

    // Of two bars, `index` says whose select counts.
    let two = [
        ("action", "disable_selected"),
        ("action", "enable_selected"),
        ("_selected_action", c),
    ];
    editor.post(LIST, &[&two[..], &[("index", "1")]].concat()).expect(302);
    assert_eq!(
        database.number("SELECT count(*) AS value FROM component WHERE enabled"),
        3
    );
    let page = editor.get(LIST).expect(200);
    assert!(
        page.text("ul.messagelist > li.success")
            .contains("1 component was changed")
    );
    // What is so already is neither written nor told in the trail.
    let before = database.number("SELECT count(*) AS value FROM log_entry");
    editor.post(LIST, &two[1..]).expect(302);
    assert_eq!(database.number("SELECT count(*) AS value FROM log_entry"), before);
    // All of the list means the list as it is filtered.
    let across = [
        ("action", "disable_selected"),
        ("_selected_action", a),
        ("select_across", "1"),
    ];
    editor.post(&format!("{LIST}?q=b"), &across).expect(302);
    assert_eq!(
        database.texts("SELECT name AS value FROM component WHERE NOT enabled"),
        ["b"]
    );
    editor.post(&format!("{LIST}?nonsense=1"), &across).expect(400);
}

on_both_databases!(actions_follow_permissions);
