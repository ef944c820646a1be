//! The list: filters and their counts, cells that are edited in it, and many rows set at once.

use super::{Desk, SERVICES, STORED};
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    a_list_is_narrowed_by_its_foreign_keys,
    edited_cells_leave_the_choices_of_a_row,
    many_rows_are_set_at_once,
);

fn names(page: &Page) -> Vec<String> {
    page.texts("td.field-name")
}

fn a_list_is_narrowed_by_its_foreign_keys(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    let mut shown = |query: &str| names(&root.get(&format!("{SERVICES}?{query}")).expect(200));
    assert_eq!(shown(""), ["api", "batch", "cron"]);
    assert_eq!(shown("owner__id__exact=1"), ["api", "batch"]);
    assert_eq!(shown("owner__id__exact=2"), ["cron"]);
    assert_eq!(shown("backup__id__exact=2"), ["api"], "an empty one is none");
    assert_eq!(shown("owner__id__exact=1&owner__id__exact=2").len(), 3, "any of them");
    assert_eq!(shown("owner__id__exact=2&backup__id__exact=2").len(), 0, "all filters");
    assert_eq!(shown("owner__id__exact=999").len(), 0);
    assert_eq!(shown("o=-owner"), ["cron", "batch", "api"]);

    let page = root
        .get(&format!("{SERVICES}?owner__id__exact=1&_facets=1"))
        .expect(200);
    let offers = page.texts("#changelist-filter details[data-filter-title=Owner] li");
    assert_eq!(
        offers[1..],
        ["Billing (2)", "Payments (1)"],
        "its own choice takes none away"
    );
    let offers = page.texts("#changelist-filter details[data-filter-title=Backup] li");
    assert_eq!(
        offers[1..],
        ["Billing (0)", "Payments (1)"],
        "the choice of the other one does"
    );
    assert_eq!(page.texts("td.field-owner"), ["Billing", "Billing"]);
    assert_eq!(page.attributes("td.field-owner a", "href")[0], "/admin/desk/team/1/");
    for value in ["x", "1.5", "99999999999999999999"] {
        let refused = root.get(&format!("{SERVICES}?owner__id__exact={value}")).expect(400);
        assert!(refused.html().contains("owner__id__exact"));
    }
    root.get(&format!("{SERVICES}?owner=1")).expect(400);

    let mut viewer = desk.staff("viewer", &["view_service"]);
    let refused = viewer
        .get(&format!("{SERVICES}?owner__id__exact=2&_facets=1"))
        .expect(400);
    assert!(
        refused
            .text("main")
            .contains("you may not view what this filter chooses from")
    );
    let page = viewer.get(&format!("{SERVICES}?_facets=1")).expect(200);
    assert!(!page.html().contains("Payments") && !page.html().contains("Billing"));
}

fn edited_cells_leave_the_choices_of_a_row(database: &Database) {
    let desk = Desk::open(database);
    let critical = "SELECT name AS value FROM desk_service WHERE critical ORDER BY name";
    for (name, permissions, ticked) in [
        ("editor", &["change_service"][..], &["api", "batch"][..]),
        ("both", &["change_service", "view_team"], &["api"]),
    ] {
        let mut browser = desk.staff(name, permissions);
        let form = browser.get(SERVICES).expect(200).form("#changelist-form");
        let form = match form.values("form-1-critical").is_empty() {
            true => form.set("form-1-critical", "on"),
            false => form.clear("form-1-critical"),
        };
        browser.submit(&form, ("_save", "Save")).expect(302);
        assert_eq!(database.texts(critical), ticked, "{name}");
        assert_eq!(desk.stored(), STORED, "{name}");
    }
    let versions = "SELECT version AS value FROM desk_service ORDER BY name";
    assert_eq!(database.texts(versions), ["1", "3", "1"]);
}

/// Returns the page that asks what to set on all rows.
fn begin(browser: &mut Browser) -> Page {
    let rows = ["1", "2", "3"].map(|id| ("_selected_action", id));
    let fields = [&[("action", "change_selected"), ("index", "0")][..], &rows].concat();
    browser.post(SERVICES, &fields).expect(200)
}

fn many_rows_are_set_at_once(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    let form = begin(&mut root).form("#bulk-form");
    for (field, value, error) in [
        ("owner", "", "required"),
        ("owner", "999", "There is no team with ID “999”."),
        ("backup", "x", "There is no team with ID “x”."),
    ] {
        let how = format!("_do_{field}");
        let form = form.clone().set(&how, "set").set(field, value);
        let refused = root.submit(&form, ("_preview", "1")).expect(422);
        assert!(refused.html().contains(error), "{field} {value}");
        assert!(!refused.has("button[name=_apply]"));
    }
    let form = form.set("_do_owner", "set").set("owner", "2").set("_do_backup", "set");
    let preview = root.submit(&form, ("_preview", "1")).expect(200);
    assert_eq!(preview.texts("#bulk-preview tbody th"), ["api", "batch"]);
    assert_eq!(
        preview.texts("#bulk-preview tbody td.new"),
        ["Payments", "–", "Payments"]
    );
    assert_eq!(desk.stored(), STORED, "a preview writes nothing");
    root.submit(&preview.form("#bulk-confirm"), ("_apply", "1")).expect(302);
    assert_eq!(desk.stored(), ["api: Payments", "batch: Payments", "cron: Payments"]);

    let mut editor = desk.staff("editor", &["change_service"]);
    let form = begin(&mut editor).form("#bulk-form");
    let form = form.set("_do_backup", "set").set("backup", "1");
    let refused = editor.submit(&form, ("_preview", "1")).expect(422);
    assert!(refused.html().contains("You may not view teams"));
    assert!(!refused.html().contains("Billing"));
}
