//! Actions on selected rows, and their permissions.

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

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
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
    // What does not change is neither written nor recorded in the audit log.
    let before = database.number("SELECT count(*) AS value FROM log_entry");
    editor.post(LIST, &two[1..]).expect(302);
    let page = editor.get(LIST).expect(200);
    assert_eq!(
        page.texts("ul.messagelist > li.info"),
        ["The component needed no change."]
    );
    assert!(!page.has("ul.messagelist > li.success"), "nothing was done");
    for (chosen, level, words) in [
        (
            &[a, c][..],
            "info",
            "Nothing was changed: all 2 components needed no change.",
        ),
        (&[a, "99999"], "info", "The component needed no change."),
    ] {
        let mut fields = vec![("action", "enable_selected")];
        fields.extend(chosen.iter().map(|id| ("_selected_action", *id)));
        editor.post(LIST, &fields).expect(302);
        let page = editor.get(LIST).expect(200);
        assert_eq!(page.texts(&format!("ul.messagelist > li.{level}")), [words]);
    }
    assert_eq!(database.number("SELECT count(*) AS value FROM log_entry"), before);
    // All of the list means the list as it is filtered.
    let across = [
        ("action", "disable_selected"),
        ("_selected_action", a),
        ("select_across", "1"),
    ];
    editor.post(&format!("{LIST}?q=b"), &across).expect(302);
    drop(editor.get(LIST));
    editor
        .post(LIST, &[&across[..2], &[("_selected_action", ids[1].as_str())]].concat())
        .expect(302);
    let page = editor.get(LIST).expect(200);
    assert_eq!(
        page.texts("ul.messagelist > li.success"),
        ["1 component was changed successfully; 1 needed no change."]
    );
    root.post(LIST, &[("action", "enable_selected"), ("_selected_action", a)])
        .expect(302);
    assert_eq!(
        database.texts("SELECT name AS value FROM component WHERE NOT enabled"),
        ["b"]
    );
    editor.post(&format!("{LIST}?nonsense=1"), &across).expect(400);
}

/// What the page offers to select together is what every action takes.
fn all_rows_of_a_list_are_no_more_than_an_action_takes(database: &Database) {
    let numbers = |count: usize| {
        format!(
            "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {count})"
        )
    };
    database.execute(&format!(
        "INSERT INTO component (name) {} SELECT 'c-' || number FROM numbers",
        numbers(10_050)
    ));
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get(LIST).expect(200);
    let offer = page.text("label.across");
    assert!(offer.contains("Select all 10,050 components"), "{offer}");
    let first = keys(&page)[0].clone();
    let all = |action| {
        [
            ("action", action),
            ("_selected_action", first.as_str()),
            ("select_across", "1"),
        ]
    };
    let page = root.post(LIST, &all("change_selected")).expect(200);
    assert_eq!(page.text("h1"), "Change 10,050 components");
    let form = page.form("#bulk-form").set("_do_slo", "set").set("slo", "99.5");
    let preview = root.submit(&form, ("_preview", "1")).expect(200);
    assert_eq!(preview.texts("#bulk-preview tbody th").len(), 100);
    root.submit(&preview.form("#bulk-confirm"), ("_apply", "1")).expect(302);
    let promised = "SELECT count(*) AS value FROM component WHERE slo_millipercent = 99500 AND version = 2";
    assert_eq!(database.number(promised), 10_050);
    let entries = "SELECT count(DISTINCT object_id) AS value FROM log_entry WHERE action = 'change'";
    assert_eq!(database.number(entries), 10_050);
    for action in ["export_selected", "delete_selected"] {
        root.post(LIST, &all(action)).expect(200);
    }

    // Beyond that the page says so, and the action does too.
    let list = "/admin/sla/label/";
    database.execute(&format!(
        "INSERT INTO label (name, value) {} SELECT 'n', 'v' || number FROM numbers",
        numbers(100_001)
    ));
    let page = root.get(list).expect(200);
    let limit = "An action takes 100000 labels at most: narrow the list first.";
    assert_eq!(page.text(".across"), limit);
    assert_eq!(page.form("#changelist-form").values("select_across"), ["0"]);
    let first = keys(&page)[0].clone();
    for action in ["change_selected", "delete_selected", "export_selected"] {
        let fields = [
            ("action", action),
            ("_selected_action", first.as_str()),
            ("select_across", "1"),
        ];
        root.post(list, &fields).expect(302);
        let page = root.get(&format!("{list}?q=v99999")).expect(200);
        assert_eq!(
            page.texts("ul.messagelist > li.warning"),
            [format!("{limit} Nothing was changed.")]
        );
        assert!(!page.has(".across.too-many"), "a narrowed list can be selected");
    }
}

on_both_databases!(
    actions_follow_permissions,
    all_rows_of_a_list_are_no_more_than_an_action_takes
);
