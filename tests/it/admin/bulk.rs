//! Setting fields on many chosen objects: what is asked, what the preview says, and what is written.

use crate::support::browser::{Browser, Form, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, staff, staff_state, superuser, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";

const DOCUMENT: &str = r#"
calendars:
  - {name: Holidays, rules: [{type: dates, dates: ["2027-03-26"], start: "00:00", duration_s: 86400}]}
windows:
  - {name: Days, timezone: Europe/Berlin, calendars: [Holidays], rules: [{type: weekly, days: [MO], start: "08:00", duration_s: 3600}, {type: weekly, days: [TU], start: "09:00", duration_s: 3600}]}
  - {name: Nights, timezone: UTC, rules: [{type: weekly, days: [MO], start: "20:00", duration_s: 3600}]}
labels:
  - {name: team, value: z}
components:
  - {name: a, labels: {team: x, env: prod}, windows: [Days]}
  - {name: b, labels: {team: y}, windows: [Days], slo: 99.9}
  - {name: c, windows: [Nights], enabled: false}
"#;

/// The page that asks what to set on all rows of a list.
fn begin(browser: &mut Browser, list: &str) -> Page {
    let page = browser.get(list).expect(200);
    let form = page.attributes("input.action-select", "value");
    let mut fields = vec![("action", "change_selected"), ("index", "0")];
    fields.extend(form.iter().map(|id| ("_selected_action", id.as_str())));
    browser.post(list, &fields).expect(200)
}

/// The key of an option by its words.
fn option(page: &Page, field: &str, words: &str) -> String {
    let selector = format!("#id_{field} option");
    let texts = page.texts(&selector);
    let place = texts
        .iter()
        .position(|text| text == words)
        .expect("the option is there");
    page.attributes(&selector, "value")[place].clone()
}

fn bulk_form(page: &Page) -> Form {
    page.form("#bulk-form")
}

fn entries(database: &Database) -> i64 {
    database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL")
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn many_objects_are_changed_as_previewed(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = begin(&mut root, LIST);
    assert_eq!(page.text("h1"), "Change 3 components");
    let z = option(&page, "labels", "team=z");
    let (x, nights) = (option(&page, "labels", "team=x"), option(&page, "windows", "Nights"));

    // Nothing said, half said, and what cannot be: the form comes back with what was typed.
    let refused = root.submit(&bulk_form(&page), ("_preview", "1")).expect(422);
    assert!(refused.has("ul.errorlist.nonfield"));
    let half = bulk_form(&page).set("slo", "99.5");
    let refused = root.submit(&half, ("_preview", "1")).expect(422);
    assert!(refused.has("#id_slo_error"));
    assert_eq!(bulk_form(&refused).values("slo"), ["99.5"]);
    let wrong = bulk_form(&page).set("_do_slo", "set").set("slo", "101");
    let refused = root.submit(&wrong, ("_preview", "1")).expect(422);
    assert_eq!(refused.texts("#bulk-refused tbody tr").len(), 3);
    assert!(!refused.has("button[name=_apply]"));

    // A second value of a label is refused beside the row that has one.
    let form = bulk_form(&page).set("_do_labels", "add").add("labels", &z);
    let refused = root.submit(&form, ("_preview", "1")).expect(422);
    assert_eq!(refused.texts("#bulk-refused tbody th"), ["a", "b"]);
    assert_eq!(refused.texts("#bulk-preview tbody th"), ["c"]);
    let others = root
        .submit(&refused.form("#bulk-others"), ("_preview", "1"))
        .expect(200);
    assert_eq!(others.texts("#bulk-preview tbody th"), ["c"]);

    let form = bulk_form(&page)
        .set("_do_slo", "set")
        .set("slo", "99.9")
        .set("_do_windows", "add")
        .add("windows", &nights)
        .set("_do_labels", "remove")
        .add("labels", &x);
    let preview = root.submit(&form, ("_preview", "1")).expect(200);
    assert_eq!(preview.texts("#bulk-preview tbody th"), ["a", "b", "c"]);
    assert_eq!(
        preview.texts("#bulk-preview tbody td.new"),
        // The texts of elements are joined by blanks.
        ["Days , Nights", "99.9", "env=prod", "Days , Nights", "99.9"]
    );
    // Of lists only what goes is struck through, and only what comes is marked.
    assert_eq!(preview.texts("#bulk-preview td.new ins")[..2], ["Nights", "99.9"]);
    assert!(!preview.texts("#bulk-preview td.old del").contains(&"Days".to_owned()));
    assert_eq!(entries(database), 0, "a preview writes nothing");
    let versions = "SELECT version AS value FROM component ORDER BY name";
    assert_eq!(database.texts(versions), ["1", "1", "1"]);

    // Back to the fields, with all that was said.
    let again = root.submit(&preview.form("#bulk-confirm"), ("_edit", "1")).expect(200);
    assert_eq!(bulk_form(&again).values("slo"), ["99.9"]);
    assert_eq!(bulk_form(&again).values("_do_windows"), ["add"]);

    // Another user is faster: nothing is written, and the page shows what there is now.
    let confirm = preview.form("#bulk-confirm");
    database.execute("UPDATE component SET description = 'x', version = 2 WHERE name = 'b'");
    let conflict = root.submit(&confirm, ("_apply", "1")).expect(409);
    assert_eq!(
        conflict.text("ul.errorlist.nonfield"),
        "“b” was changed since the preview.",
        "the audit log does not know by whom"
    );
    assert_eq!(entries(database), 0);
    let done = root
        .submit(&conflict.form("#bulk-confirm"), ("_apply", "1"))
        .expect(302);
    assert_eq!(done.location(), LIST);
    assert_eq!(entries(database), 3, "an entry for each row");
    assert_eq!(database.texts(versions), ["2", "3", "2"]);
    let page = root.get(LIST).expect(200);
    assert!(
        page.text("ul.messagelist > li.success")
            .contains("3 components were changed")
    );
    assert_eq!(page.texts("td.field-labels"), ["env=prod", "team=y", "-"]);
    assert_eq!(page.texts("td.field-windows"), ["Days Nights", "Days Nights", "Nights"]);

    // What is so already is left alone.
    let form = bulk_form(&begin(&mut root, LIST))
        .set("_do_enabled", "set")
        .set("enabled", "1");
    let preview = root.submit(&form, ("_preview", "1")).expect(200);
    assert_eq!(preview.texts("#bulk-preview tbody th"), ["c"]);
    root.submit(&preview.form("#bulk-confirm"), ("_apply", "1")).expect(302);
    assert_eq!(entries(database), 4);
    // Sent once more, all rows are so already: nothing needs a change, and that is no conflict.
    root.submit(&preview.form("#bulk-confirm"), ("_apply", "1")).expect(302);
    let page = root.get(LIST).expect(200);
    assert_eq!(
        page.texts("ul.messagelist > li.info"),
        ["Nothing was changed: all 3 components needed no change."]
    );
    assert_eq!(entries(database), 4);

    // A row that was changed otherwise meanwhile, by the user or by another one.
    let set = |text: &'static str| move |form: Form| form.set("_do_description", "set").set("description", text);
    let first = set("one")(bulk_form(&begin(&mut root, LIST)));
    let first = root.submit(&first, ("_preview", "1")).expect(200).form("#bulk-confirm");
    let second = set("two")(bulk_form(&begin(&mut root, LIST)));
    let second = root
        .submit(&second, ("_preview", "1"))
        .expect(200)
        .form("#bulk-confirm");
    root.submit(&first, ("_apply", "1")).expect(302);
    let conflict = root.submit(&second, ("_apply", "1")).expect(409);
    let errors = conflict.texts("ul.errorlist.nonfield li");
    assert_eq!(errors.len(), 3);
    assert!(errors[0].starts_with("You changed “a” yourself at "), "{}", errors[0]);
    apply(database, "components: [{name: b, description: three}]");
    let errors = root.submit(&second, ("_apply", "1")).expect(409);
    let errors = errors.texts("ul.errorlist.nonfield li");
    assert!(
        errors[1].contains("“b” was changed by you and others since the preview"),
        "{}",
        errors[1]
    );
}

fn windows_keep_their_rules_and_users_their_rules(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let windows = "/admin/sla/slawindow/";
    let rules = "SELECT kind || coalesce(start_time, '') AS value FROM rule ORDER BY window_id, calendar_id, position";
    let before = database.texts(rules);
    let form = bulk_form(&begin(&mut root, windows))
        .set("_do_timezone", "set")
        .set("timezone", "Asia/Tokyo")
        .set("_do_valid_until", "set")
        .set("valid_until", "2030-01-31");
    let preview = root.submit(&form, ("_preview", "1")).expect(200);
    root.submit(&preview.form("#bulk-confirm"), ("_apply", "1")).expect(302);
    assert_eq!(database.texts(rules), before);
    let page = root.get(windows).expect(200);
    assert_eq!(page.texts("td.field-timezone"), ["Asia/Tokyo", "Asia/Tokyo"]);
    for (list, field, value) in [
        ("/admin/sla/calendar/", "timezone", "Europe/Paris"),
        ("/admin/sla/label/", "description", "about it"),
    ] {
        let form = bulk_form(&begin(&mut root, list))
            .set(&format!("_do_{field}"), "set")
            .set(field, value);
        let preview = root.submit(&form, ("_preview", "1")).expect(200);
        root.submit(&preview.form("#bulk-confirm"), ("_apply", "1")).expect(302);
    }
    assert_eq!(
        database.number("SELECT count(*) AS value FROM label WHERE description = 'about it'"),
        4
    );

    // No user gives more than they have, or changes a superuser, by changing many.
    let beyond = add_group(database, "Powerful", &["sla.delete_component"]);
    add_user(database, &superuser_state("chief"), None);
    let plain = add_user(database, &staff_state("plain", &[]), None);
    let mut clerk = staff(
        database,
        &server,
        "clerk",
        &["auth.change_user", "auth.view_user", "auth.view_group"],
    );
    let users = "/admin/auth/user/";
    let page = clerk.get(users).expect(200);
    let all = page.attributes("input.action-select", "value");
    let mut fields = vec![("action", "change_selected")];
    fields.extend(all.iter().map(|id| ("_selected_action", id.as_str())));
    clerk.post(users, &fields).expect(403);
    let plain = plain.to_string();
    let fields = [("action", "change_selected"), ("_selected_action", plain.as_str())];
    let form = bulk_form(&clerk.post(users, &fields).expect(200));
    let form = form.set("_do_groups", "add").add("groups", &beyond.to_string());
    clerk.submit(&form, ("_preview", "1")).expect(422);
    clerk.submit(&form, ("_apply", "1")).expect(422);
    assert_eq!(database.number("SELECT count(*) AS value FROM user_group_member"), 0);
}

fn only_whole_forms_of_permitted_users_are_taken(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    for rows in ["", "x", "1:", ":1", "1,,2", "1:x", "99999999999999999999", "\0"] {
        let fields = [("action", "change_selected"), ("_rows", rows), ("_preview", "1")];
        root.post(LIST, &fields).expect(302);
    }
    for fields in [
        vec![("_rows", "1"), ("_do_enabled", "add"), ("enabled", "1")],
        vec![("_rows", "1"), ("_do_enabled", "set"), ("enabled", "2")],
        vec![("_rows", "1"), ("_do_name", "set"), ("name", "other")],
        vec![("_rows", "1"), ("_do_labels", "add"), ("labels", "999")],
        vec![("_rows", "1"), ("_do_labels", "set"), ("labels", "\0")],
        vec![("_rows", "1"), ("_do_description", "set"), ("description", "\0")],
    ] {
        let mut fields = fields;
        fields.push(("action", "change_selected"));
        root.post(LIST, &fields).expect(422);
        fields.push(("_apply", "1"));
        root.post(LIST, &fields).expect(422);
    }
    let fields = [
        ("action", "change_selected"),
        ("_rows", "999"),
        ("_do_slo", "set"),
        ("slo", ""),
    ];
    root.post(LIST, &fields).expect(200);
    viewer.post(LIST, &fields).expect(403);
    // What was not seen is not changed.
    for rows in ["1", "1,2:0", "1:0,2"] {
        let unseen = [
            ("action", "change_selected"),
            ("_rows", rows),
            ("_do_description", "set"),
            ("description", "unseen"),
            ("_apply", "1"),
        ];
        root.post(LIST, &unseen).expect(422);
    }
    // Log entries and groups have nothing to set.
    for list in ["/admin/audit/logentry/", "/admin/auth/group/"] {
        root.post(list, &[("action", "change_selected"), ("_rows", "1")])
            .expect(403);
    }
    assert_eq!(entries(database), 0);
}

on_both_databases!(
    many_objects_are_changed_as_previewed,
    windows_keep_their_rules_and_users_their_rules,
    only_whole_forms_of_permitted_users_are_taken,
);
