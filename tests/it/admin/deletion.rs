//! Deleting chosen rows: what was asked about and nothing else, all or nothing, each in the audit log.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, at_admin, staff, superuser, superuser_state};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";
const CONFIRM: &str = "#content form, main form";

fn keys(page: &Page) -> Vec<String> {
    page.attributes("input.action-select", "value")
}

fn count(database: &Database, table: &str) -> i64 {
    database.number(&format!("SELECT count(*) AS value FROM {table}"))
}

fn what_was_asked_about_is_deleted(database: &Database) {
    apply(
        database,
        "components: [{name: a, labels: {team: x}}, {name: b, labels: {team: x}}, {name: c}]",
    );
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let ids = keys(&browser.get(LIST).expect(200));
    let path = format!("{LIST}?o=-name");
    let chosen = [
        ("action", "delete_selected"),
        ("_selected_action", ids[0].as_str()),
        ("_selected_action", ids[1].as_str()),
    ];
    let page = browser.post(&path, &chosen).expect(200);
    assert_eq!(
        page.texts("#deleted-objects > li"),
        ["a link to the label team=x", "b link to the label team=x"]
    );
    let label = database.number("SELECT id AS value FROM label");
    assert_eq!(
        page.attributes("#deleted-objects li li a", "href"),
        vec![format!("/admin/sla/label/{label}/change/"); 2]
    );
    let pages = ids[..2].iter().map(|id| format!("{LIST}{id}/change/"));
    assert_eq!(
        page.attributes("#deleted-objects > li > a", "href"),
        pages.collect::<Vec<_>>()
    );
    assert_eq!(
        page.texts("ul.counts li"),
        ["components: 2", "links to labels, windows and calendars: 2"]
    );
    let form = page.form(CONFIRM);
    assert_eq!(form.values("_selected_action"), [&ids[0], &ids[1]]);
    assert_eq!(form.values("post"), ["yes"]);
    assert_eq!(count(database, "component"), 3, "nothing is deleted by asking");
    // Rows that come later stay, rows that have gone are passed over.
    apply(database, "components: [{name: a2}]");
    database.execute("DELETE FROM component WHERE name = 'b'");
    let page = browser.submit(&form, ("", ""));
    assert_eq!(page.location(), path);
    let page = browser.get(&path).expect(200);
    assert!(page.text("ul.messagelist > li.success").contains("deleted 1 component"));
    assert_eq!(page.texts("td.field-name"), ["c", "a2"]);
    let deletions = "SELECT object_repr AS value FROM log_entry WHERE action = 'delete'";
    assert_eq!(database.texts(deletions), ["a"]);
}

fn all_rows_of_a_list_are_deleted(database: &Database) {
    let components: String = (0..1_100)
        .map(|number| format!("  - {{name: c-{number:04}, labels: {{n: v}}}}\n"))
        .collect();
    apply(database, &format!("components:\n{components}  - {{name: other}}"));
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    // The start page counts them, in threes of digits.
    let counts = browser.get("/admin/").expect(200).texts(".glance.warn .count");
    assert_eq!(counts, ["1,101"]);
    let path = format!("{LIST}?q=c-");
    let list = browser.get(&path).expect(200);
    let chosen = list
        .form("#changelist-form")
        .set("action", "delete_selected")
        .set("select_across", "1")
        .add("_selected_action", &keys(&list)[0]);
    let page = browser.submit(&chosen, ("index", "0")).expect(200);
    let tree = page.texts("#deleted-objects > li");
    assert_eq!((tree.len(), tree[100].as_str()), (101, "… and 1000 more"));
    assert_eq!(tree[99], "c-0099 link to the label n=v");
    let form = page.form(CONFIRM);
    assert_eq!(form.values("expected_count"), ["1100"]);

    // Another number of rows than was asked about, or other rows: asks again and deletes nothing.
    apply(database, "components: [{name: c-late}]");
    let page = browser.submit(&form, ("", "")).expect(200);
    assert!(page.text("ul.messagelist > li.warning").contains("1101"));
    assert_eq!(count(database, "component"), 1_102);
    let again = page.form(CONFIRM);
    assert_eq!(again.values("expected_count"), ["1101"]);
    database.execute("DELETE FROM component WHERE name = 'c-late'");
    apply(database, "components: [{name: c-later}]");
    let page = browser.submit(&again, ("", "")).expect(200);
    assert_eq!(count(database, "component"), 1_102);
    // A client that says no number has not been asked.
    let blind = [
        ("action", "delete_selected"),
        ("_selected_action", "1"),
        ("select_across", "1"),
        ("post", "yes"),
    ];
    browser.post(&path, &blind).expect(200);
    assert_eq!(count(database, "component"), 1_102);

    let page = browser.submit(&page.form(CONFIRM), ("", "")).expect(302);
    assert_eq!(page.location(), path);
    assert_eq!(database.texts("SELECT name AS value FROM component"), ["other"]);
    let deletions = "SELECT count(DISTINCT object_id) AS value FROM log_entry WHERE action = 'delete'";
    assert_eq!(database.number(deletions), 1_101);
}

fn named_rows_are_deleted_by_the_thousand(database: &Database) {
    let labels: String = (0..1_100)
        .map(|number| format!("  - {{name: n, value: v{number}}}\n"))
        .collect();
    apply(database, &format!("labels:\n{labels}"));
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let ids = database.texts("SELECT id AS value FROM label");
    let mut fields = vec![("action", "delete_selected")];
    fields.extend(ids.iter().map(|id| ("_selected_action", id.as_str())));
    let page = browser.post("/admin/sla/label/", &fields).expect(200);
    browser.submit(&page.form(CONFIRM), ("", "")).expect(302);
    assert_eq!(count(database, "label"), 0);
    assert_eq!(
        database
            .number("SELECT count(*) AS value FROM log_entry WHERE action = 'delete' AND content_type = 'sla.label'"),
        1_100
    );
}

fn what_is_in_use_keeps_all(database: &Database) {
    let components: String = (0..150)
        .map(|number| format!("  - {{name: c-{number:03}, labels: {{team: x}}, windows: [W], calendars: [C]}}\n"))
        .collect();
    apply(
        database,
        &format!(
            "labels: [{{name: free, value: y}}]\ncalendars: [{{name: C, rules: []}}, {{name: D, rules: []}}]\nwindows: [{{name: W, timezone: UTC, rules: [], calendars: [D]}}, {{name: V, timezone: UTC, rules: []}}]\ncomponents:\n{components}"
        ),
    );
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    for (model, table, users, name) in [
        ("label", "label", "component c-000 has label team=x", "c-000"),
        ("slawindow", "sla_window", "component c-000 uses W", "c-000"),
        ("calendar", "calendar", "SLA window W uses D", "W"),
    ] {
        let list = format!("/admin/sla/{model}/");
        let ids = keys(&browser.get(&list).expect(200));
        assert_eq!(ids.len(), 2);
        let mut fields = vec![("action", "delete_selected")];
        fields.extend(ids.iter().map(|id| ("_selected_action", id.as_str())));
        for confirmed in [&[][..], &[("post", "yes")]] {
            let page = browser.post(&list, &[&fields[..], confirmed].concat()).expect(409);
            let shown = page.texts("#deleted-objects li");
            assert_eq!(shown[0], users);
            // Who forbids it is one step away.
            let user = page.attributes("#deleted-objects li a", "href")[0].clone();
            let page_of_user = browser.get(&user).expect(200);
            assert!(page_of_user.text("title").starts_with(name), "{user}");
            assert!(shown.len() <= 102, "a sample: {}", shown.len());
            assert!(shown.last().expect("there is one").starts_with("… and "), "{shown:?}");
            assert!(!page.has("main form[action*=sla]"), "nothing can be confirmed");
        }
        assert_eq!(count(database, table), 2);
        let used = database.texts(&format!(
            "SELECT id AS value FROM {table} WHERE name IN ('team', 'W', 'C')"
        ));
        let delete = format!("{list}{}/delete/", used[0]);
        browser.get(&delete).expect(200);
        browser.post(&delete, &[("post", "yes")]).expect(409);
        assert_eq!(count(database, table), 2);
    }
    assert_eq!(count(database, "log_entry WHERE action = 'delete'"), 0);

    // No link leads to what its user may not view.
    let mut clerk = staff(database, &server, "clerk", &["sla.view_label", "sla.delete_label"]);
    let label = &database.texts("SELECT id AS value FROM label WHERE name = 'team'")[0];
    let page = clerk.get(&format!("/admin/sla/label/{label}/delete/")).expect(200);
    assert!(page.has("#deleted-objects.protected li") && !page.has("#deleted-objects a"));
}

fn users_are_deleted_by_the_rules(database: &Database) {
    let server = Server::start(database, &[]);
    let root = add_user(database, &superuser_state("root"), None);
    let mut root_browser = at_admin(database, &server, root);
    let mut clerk = staff(database, &server, "clerk", &["auth.view_user", "auth.delete_user"]);
    staff(database, &server, "leaver", &[]);
    let key = |name: &str| {
        database.texts(&format!(
            "SELECT id AS value FROM user_account WHERE username = '{name}'"
        ))[0]
            .clone()
    };
    let (leaver, clerk_key, root_key) = (key("leaver"), key("clerk"), key("root"));
    let list = "/admin/auth/user/";
    let refused = |browser: &mut Browser, keys: [&str; 2]| {
        let fields = [
            ("action", "delete_selected"),
            ("post", "yes"),
            ("_selected_action", keys[0]),
            ("_selected_action", keys[1]),
        ];
        let status = browser.post(list, &fields).status();
        assert!(matches!(status, 403 | 409), "{status}");
        assert_eq!(count(database, "user_account"), 3);
    };
    refused(&mut clerk, [&leaver, &root_key]);
    refused(&mut clerk, [&leaver, &clerk_key]);
    refused(&mut root_browser, [&leaver, &root_key]);
    let fields = [
        ("action", "delete_selected"),
        ("post", "yes"),
        ("_selected_action", leaver.as_str()),
    ];
    clerk.post(list, &fields).expect(302);
    assert_eq!(count(database, "user_account"), 2);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn what_goes_along_is_named(database: &Database) {
    let rules: String = (1..=25)
        .map(|day| {
            format!("{{type: once, start_local: '2990-01-{day:02}T00:00', end_local: '2990-01-{day:02}T06:00'}}, ")
        })
        .collect();
    apply(
        database,
        &format!(
            "calendars: [{{name: Holidays, rules: [{{type: dates, dates: ['2990-12-25'], start: '00:00', duration_s: 86400, note: Christmas}}]}}]
windows:
- name: Office
  timezone: Europe/Berlin
  calendars: [Holidays]
  rules: [{{type: weekly, days: [MO, TU], start: '22:00', duration_s: 28800}}]
  excludes: [{{type: once, start_local: '2990-01-01T00:00', end_local: '2990-01-03T00:00'}}]
- {{name: Many, timezone: UTC, rules: [{rules}]}}
components: [{{name: a, labels: {{team: x}}, calendars: [Holidays]}}]"
        ),
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let key = |table: &str, name: &str| {
        database.texts(&format!("SELECT id AS value FROM {table} WHERE name = '{name}'"))[0].clone()
    };
    let parts = "#deleted-objects li li";

    // As the form reads the rules, and in its order.
    let path = format!("/admin/sla/slawindow/{}", key("sla_window", "Office"));
    let read = root.get(&format!("{path}/change/")).expect(200).texts("p.row-words");
    let read: Vec<&str> = read
        .iter()
        .map(String::as_str)
        .filter(|words| !words.is_empty())
        .collect();
    let page = root.get(&format!("{path}/delete/")).expect(200);
    assert_eq!(read.len(), 2);
    assert_eq!(
        page.texts(parts),
        [
            format!("rule: {}", read[0]),
            format!("rule: {}", read[1]),
            "link to the calendar Holidays".to_owned()
        ]
    );
    assert!(read[1].starts_with("not "), "{read:?}");
    assert_eq!(
        page.texts("ul.counts li"),
        ["SLA windows: 1", "rules: 2", "links to calendars: 1"]
    );
    let many = root
        .get(&format!("/admin/sla/slawindow/{}/delete/", key("sla_window", "Many")))
        .expect(200);
    let many = many.texts(parts);
    assert_eq!((many.len(), many[20].as_str()), (21, "… and 5 more"));
    // Many are asked about as one is.
    let list = root.get("/admin/sla/slawindow/").expect(200);
    let mut fields = vec![("action", "delete_selected")];
    let ids = keys(&list);
    fields.extend(ids.iter().map(|id| ("_selected_action", id.as_str())));
    let page = root.post("/admin/sla/slawindow/", &fields).expect(200);
    assert_eq!(page.texts(parts).len(), 3 + 21);

    let page = root
        .get(&format!("/admin/sla/component/{}/delete/", key("component", "a")))
        .expect(200);
    assert_eq!(
        page.texts(parts),
        ["link to the label team=x", "link to the calendar Holidays"]
    );
    assert_eq!(page.attributes(&format!("{parts} a"), "href").len(), 2);
    // No link leads to what its user may not view.
    let mut clerk = staff(
        database,
        &server,
        "clerk",
        &["sla.view_component", "sla.delete_component", "sla.view_label"],
    );
    let page = clerk
        .get(&format!("/admin/sla/component/{}/delete/", key("component", "a")))
        .expect(200);
    assert_eq!(page.texts(&format!("{parts} a")), ["link to the label team=x"]);
    clerk
        .post(
            "/admin/sla/component/views/",
            &[("do", "save"), ("name", "Mine"), ("query", "q=a")],
        )
        .expect(302);

    // What is in use is not asked about; a free calendar is.
    apply(
        database,
        "windows: [{name: Office, calendars: []}]
components: [{name: a, calendars: []}]",
    );
    let page = root
        .get(&format!("/admin/sla/calendar/{}/delete/", key("calendar", "Holidays")))
        .expect(200);
    let shown = page.texts(parts);
    assert!(
        shown.len() == 1 && shown[0].starts_with("rule: ") && shown[0].ends_with("(Christmas)"),
        "{shown:?}"
    );

    let group = add_group(database, "ops", &["sla.view_label"]);
    let user = database.number("SELECT id AS value FROM user_account WHERE username = 'clerk'");
    database.execute(&format!(
        "INSERT INTO user_group_member (user_id, group_id) VALUES ({user}, {group})"
    ));
    run_on(database, &["createtoken", "clerk", "--name", "ci", "--scope", "read"]).ok();
    let page = root.get(&format!("/admin/auth/user/{user}/delete/")).expect(200);
    assert_eq!(
        page.texts(parts),
        [
            "1 session",
            "1 saved view",
            "1 token",
            "membership of the group ops",
            "permission sla.delete_component",
            "permission sla.view_component",
            "permission sla.view_label",
        ]
    );
    assert_eq!(
        page.texts("ul.counts li"),
        [
            "users: 1",
            "sessions: 1",
            "saved views: 1",
            "tokens: 1",
            "memberships of groups: 1"
        ]
    );
    let page = root.get(&format!("/admin/auth/group/{group}/delete/")).expect(200);
    assert_eq!(
        page.texts(parts),
        [
            "membership of the user clerk",
            "permission sla.view_label of its members"
        ]
    );
}

on_both_databases!(
    what_was_asked_about_is_deleted,
    what_goes_along_is_named,
    all_rows_of_a_list_are_deleted,
    named_rows_are_deleted_by_the_thousand,
    what_is_in_use_keeps_all,
    users_are_deleted_by_the_rules,
);
