//! Rows of a file that have the key of an object and another name.

use super::importing::{dry, tallies};
use crate::support::browser::Page;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_row_with_a_key_and_another_name_renames_if_that_is_asked_for,
    what_cannot_be_renamed_is_refused,
);

const SOME: &str = "labels: [{name: team, value: a}]
calendars: [{name: holidays}]
windows: [{name: office, timezone: Europe/Berlin}]
components: [{name: web, display_name: Web, windows: [office]}, {name: shop}, {name: api}]";

fn key(database: &Database, table: &str, name: &str) -> i64 {
    database.number(&format!("SELECT id AS value FROM {table} WHERE name = '{name}'"))
}

fn faults(page: &Page) -> Vec<String> {
    page.texts("#import-rows .errorlist li")
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_row_with_a_key_and_another_name_renames_if_that_is_asked_for(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let web = key(database, "component", "web");
    let file = format!(
        "id,name,slo\n{web},website,99\n{},SHOP,98\n,new,\n",
        key(database, "component", "shop")
    );
    let page = dry(&mut root, "sla/component", &file).expect(422);
    assert_eq!(tallies(&page), [1, 1, 0, 1], "{}", page.html());
    assert_eq!(
        faults(&page),
        [format!(
            "id : the component {web} is called “web”; tick “Rename objects” to rename it, or leave the key out to add another component"
        )]
    );
    assert!(!page.has("#import-confirm"));
    assert!(
        page.text("#import-rename")
            .contains("Rename 1 component to the names in the file")
    );

    // Without the tick nothing is different.
    let form = page.form("#import-rename");
    assert!(form.values("rename").is_empty(), "the box is not ticked");
    let same = root.submit(&form, ("_again", "1")).expect(422);
    assert!(same.has("#import-rename") && !same.has("#import-confirm"));
    let page = root.submit(&form.add("rename", "1"), ("_again", "1")).expect(200);
    assert_eq!(tallies(&page), [1, 2, 0, 0]);
    let what = page.texts("#import-rows .field-what");
    assert!(what[0].contains("Name: web → website"), "{what:?}");
    let confirm = page.form("#import-confirm");
    // What is confirmed is what was shown: without renaming it is another plan.
    let other = root
        .submit(&confirm.clone().clear("rename"), ("_confirm", "1"))
        .expect(409);
    assert!(other.has("#import-rename"));
    assert_eq!(key(database, "component", "web"), web);
    root.submit(&confirm, ("_confirm", "1")).expect(302);
    assert_eq!(
        database.texts("SELECT name || '|' || display_name AS value FROM component ORDER BY name"),
        ["SHOP|", "api|", "new|", "website|Web"]
    );
    assert_eq!(key(database, "component", "website"), web);
    assert_eq!(
        database.number(&format!(
            "SELECT count(*) AS value FROM component_window WHERE component_id = {web}"
        )),
        1,
        "what the file does not speak of stays"
    );
    root.submit(&confirm, ("_confirm", "1")).expect(409);

    // The box of the form says the same from the start; a window keeps what it needs.
    for (model, table, head, old, new) in [
        ("sla/slawindow", "sla_window", "id,name", "office", "bureau"),
        ("sla/calendar", "calendar", "id,name", "holidays", "feasts"),
        ("sla/label", "label", "id,value,name", "team", "a,squad"),
    ] {
        let id = key(database, table, old);
        let file = format!("{head}\n{id},{new}\n");
        let page = dry(&mut root, model, &file).expect(422);
        assert_eq!(
            (faults(&page).len(), page.has("#import-rename")),
            (1, true),
            "{model}: {:?}",
            faults(&page)
        );
        let fields = [("format", ""), ("rename", "1")];
        let page = root.upload(
            &format!("/admin/{model}/import/"),
            &fields,
            Some(("x.csv", file.as_bytes())),
        );
        let page = page.expect(200);
        assert_eq!(tallies(&page), [0, 1, 0, 0], "{model}");
        assert_eq!(
            page.attributes("#id_rename", "checked").len(),
            1,
            "the decision is kept"
        );
        root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
            .expect(302);
        let new = new.rsplit(',').next().expect("there is a last one");
        assert_eq!(key(database, table, new), id, "{model}");
    }
}

fn what_cannot_be_renamed_is_refused(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let [web, shop] = ["web", "shop"].map(|name| key(database, "component", name));
    let fields = [("format", ""), ("rename", "1")];
    let mut renamed = |file: &str| {
        let page = root.upload(
            "/admin/sla/component/import/",
            &fields,
            Some(("x.csv", file.as_bytes())),
        );
        let page = page.expect(422);
        assert!(!page.has("#import-confirm") && !page.has("#import-rename"), "{file}");
        faults(&page)
    };
    for (file, expected) in [
        // A name that another object has, even if that is renamed as well.
        (
            format!("id,name\n{web},shop\n{shop},other\n"),
            format!(
                "id : the component has the key {shop}, not {web}, which is the key of “web”; names that are taken cannot be given to others"
            ),
        ),
        (
            format!("id,name\n{web},one\n{web},two\n"),
            "id : row 2 is about the same component".to_owned(),
        ),
        (
            format!("id,name\n{web},one\n,web\n"),
            "id : row 2 is about the same component".to_owned(),
        ),
        (
            format!("id,name\n,WEB\n{web},one\n"),
            "id : row 2 is about the same component".to_owned(),
        ),
        (
            "id,name\n999999,one\n".to_owned(),
            "id : there is no such component; leave the key 999999 out to add it".to_owned(),
        ),
    ] {
        assert!(renamed(&file).contains(&expected), "{file}: {:?}", renamed(&file));
    }
    let faults = renamed(&format!("id,name,slo\n{web},one,x\n"));
    assert!(faults.len() == 1 && faults[0].starts_with("slo : "), "{faults:?}");
    // A row that is refused for something else as well is not offered.
    let page = dry(&mut root, "sla/component", &format!("id,name,slo\n{web},one,x\n")).expect(422);
    assert!(!page.has("#import-rename"), "{}", page.html());

    let mut adder = staff(database, &server, "adder", &["sla.add_component", "sla.view_component"]);
    let file = format!("id,name\n{web},one\n");
    let page = adder.upload(
        "/admin/sla/component/import/",
        &fields,
        Some(("x.csv", file.as_bytes())),
    );
    assert!(page.expect(422).html().contains("no permission to change a component"));
    let page = adder.post(
        "/admin/sla/component/import/",
        &[("_again", "1"), ("pending", "7"), ("rename", "1")],
    );
    assert!(page.expect(409).html().contains("no longer there"));
}
