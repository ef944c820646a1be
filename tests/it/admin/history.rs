//! Histories: every change is recorded, from what to what and by which user, for as long as the database exists.

use super::typed::{count, key, office};
use crate::support::browser::Page;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

/// Who did what, row by row.
fn entries(page: &Page) -> Vec<[String; 3]> {
    let cell = |number: usize| page.texts(&format!("#change-history tbody tr > :nth-child({number})"));
    let (who, action, changes) = (cell(2), cell(3), cell(4));
    (0..who.len())
        .map(|row| [who[row].clone(), action[row].clone(), changes[row].clone()])
        .collect()
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn every_change_is_in_the_history(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut bob = staff(
        database,
        &server,
        "bob",
        &[
            "sla.change_component",
            "sla.delete_component",
            "sla.change_slawindow",
            "sla.view_label",
        ],
    );
    root.post("/admin/sla/slawindow/add/", &office("Office", &[]))
        .expect(302);
    root.post("/admin/sla/label/add/", &[("name", "team"), ("value", "shop")])
        .expect(302);
    let window = key(database, "sla_window", "Office");
    root.post("/admin/sla/component/add/", &[("name", "shop-api"), ("enabled", "on")])
        .expect(302);
    let id = key(database, "component", "shop-api");
    let path = format!("/admin/sla/component/{id}/change/");
    let before = count(database, "log_entry");
    let form = bob.get(&path).expect(200).form("#component_form");
    let form = form
        .set("slo", "99.9")
        .add("windows", &window.to_string())
        .add("labels", "1")
        .clear("enabled")
        .set("display_name", "<b>Shop</b>");
    bob.submit(&form, ("_save", "")).expect(302);
    assert_eq!(
        count(database, "log_entry"),
        before + 1,
        "links and fields are one change of one object"
    );
    apply(
        database,
        "components: [{name: shop-api, description: by file, labels: {team: search, env: prod}}]",
    );
    let list = [
        ("form-TOTAL_FORMS", "1"),
        ("form-INITIAL_FORMS", "1"),
        ("form-0-id", ""),
        ("form-0-_version", "3"),
        ("form-0-enabled", "on"),
        ("_save", ""),
    ];
    let id_text = id.to_string();
    let list = list.map(|(name, value)| (name, if name == "form-0-id" { id_text.as_str() } else { value }));
    bob.post("/admin/sla/component/", &list).expect(302);
    bob.post(
        "/admin/sla/component/",
        &[("action", "disable_selected"), ("_selected_action", &id_text)],
    )
    .expect(302);

    let lines = |browser: &mut crate::support::browser::Browser, model: &str, id: i64| {
        let mut lines = entries(&browser.get(&format!("/admin/sla/{model}/{id}/history/")).expect(200));
        lines.reverse();
        lines
    };
    let component = lines(&mut root, "component", id);
    let summary: Vec<(&str, &str)> = component
        .iter()
        .map(|[who, action, _]| (who.as_str(), action.as_str()))
        .collect();
    assert_eq!(
        summary,
        [
            ("root", "Added"),
            ("bob", "Changed"),
            ("command apply", "Changed"),
            ("bob", "Changed"),
            ("bob", "Changed")
        ]
    );
    for part in [
        "Display name : – → <b>Shop</b>",
        "Enabled : yes → no",
        "SLO : none → 99.9 %",
        "SLA windows : added Office",
        "Labels : added team=shop",
    ] {
        assert!(component[1][2].contains(part), "{part} is not in {:?}", component[1][2]);
    }
    assert!(
        component[2][2].contains("Labels : team=shop → team=search added env=prod"),
        "{:?}",
        component[2]
    );
    assert_eq!(
        (component[3][2].as_str(), component[4][2].as_str()),
        ("Enabled : no → yes", "Enabled : yes → no")
    );
    // Of rules only those that differ are shown.
    let path = format!("/admin/sla/slawindow/{window}/change/");
    let form = bob.get(&path).expect(200).form("#slawindow_form");
    let form = form
        .set("rules-1-kind", "weekly")
        .add("rules-1-weekdays", "SA")
        .set("rules-1-start_time", "10:00")
        .set("rules-1-end_time", "11:00");
    bob.submit(&form, ("_save", "")).expect(302);
    let last = lines(&mut root, "slawindow", window).pop().expect("there is an entry");
    assert!(last[2] == "Rules : added Sat 10:00–11:00", "{last:?}");

    // Users may go, what they did stays theirs; objects may go, their history stays.
    let page = bob.get(&format!("/admin/sla/component/{id}/delete/")).expect(200);
    bob.submit(&page.form("#content-start form"), ("", "")).expect(302);
    let bob_id = database.number("SELECT id AS value FROM user_account WHERE username = 'bob'");
    let page = root.get(&format!("/admin/auth/user/{bob_id}/delete/")).expect(200);
    root.submit(&page.form("#content-start form"), ("", "")).expect(302);
    let component = lines(&mut root, "component", id);
    assert_eq!(component.len(), 7);
    assert_eq!(
        component[5][2], "SLA window Office Rules : added Sat 10:00–11:00",
        "its window's"
    );
    assert_eq!((component[6][0].as_str(), component[6][1].as_str()), ("bob", "Deleted"));
    let page = root.get(&format!("/admin/sla/component/{id}/history/")).expect(200);
    assert!(page.text("h1").contains("shop-api"));
    let user = entries(&root.get(&format!("/admin/auth/user/{bob_id}/history/")).expect(200));
    assert_eq!(user.first().map(|[_, action, _]| action.as_str()), Some("Deleted"));
    assert!(!format!("{user:?}").contains("hash"), "no password in the audit log");
    let answer = root.get("/admin/sla/component/999/history/").expect(302);
    assert_eq!(answer.location(), "/admin/");
    assert!(root.get("/admin/").text("ul.messagelist > li.warning").contains("999"));

    // The audit log's own pages say old and new as well, in words of forms and not in markup.
    let entry = database.number("SELECT id AS value FROM log_entry WHERE actor = 'bob' ORDER BY id LIMIT 1");
    let page = root.get(&format!("/admin/audit/logentry/{entry}/change/")).expect(200);
    let changes = page.text(".field-changes .readonly");
    for part in ["SLO: none → 99.9 %", "Display name: – → <b>Shop</b>"] {
        assert!(changes.contains(part), "{part} is not in {changes}");
    }
}

fn long_histories_have_pages(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    root.post("/admin/sla/label/add/", &[("name", "team"), ("value", "shop")])
        .expect(302);
    for version in 2..=250 {
        database.execute(&format!(
            "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after) \
             VALUES ('2026-01-01 00:00:00', 'ada', 'change', 'sla.label', 1, 'team=shop', {version}, '{{\"description\": \"{}\"}}', '{{\"description\": \"{version}\"}}')",
            version - 1
        ));
    }
    let mut page = |p: &str| {
        let page = root.get(&format!("/admin/sla/label/1/history/{p}")).expect(200);
        (
            entries(&page).len(),
            page.texts("nav.paginator [aria-current=page]").join(""),
            entries(&page)[0][2].clone(),
        )
    };
    assert_eq!(
        page(""),
        (100, "1".to_owned(), "Description : 249 → 250".to_owned()),
        "newest first"
    );
    assert_eq!(page("?p=3"), (50, "3".to_owned(), "Description : 49 → 50".to_owned()));
    for beyond in ["?p=4", "?p=999999999999999999999999"] {
        assert_eq!(page(beyond).1, "3", "{beyond}");
    }
    for before in ["?p=0", "?p=-7", "?p=x", "?p="] {
        assert_eq!(page(before).1, "1", "{before}");
    }
}

on_both_databases!(
    every_change_is_in_the_history,
    long_histories_have_pages,
    many_labels_are_folded_to_their_number,
);

fn many_labels_are_folded_to_their_number(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    apply(database, "components: [{name: shop, labels: {team: a}}]");
    let labels: Vec<String> = (0..29).map(|number| format!("k{number}: v{number}")).collect();
    apply(
        database,
        &format!(
            "components: [{{name: shop, labels: {{team: b, {}}}}}]",
            labels.join(", ")
        ),
    );
    let shop = key(database, "component", "shop");
    let page = root.get(&format!("/admin/sla/component/{shop}/history/")).expect(200);
    assert_eq!(page.texts("#change-history details summary"), ["29 labels added"]);
    let folded = page.text("#change-history details:not([open])");
    assert!(folded.contains("k7=v7"), "{folded}");
    // What is changed in place is in sight beside it.
    assert_eq!(page.text("#change-history li > div"), "team=a → team=b");
}
