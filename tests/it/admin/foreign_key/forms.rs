//! The form: what it offers, what it refuses, and what it keeps for users without the permission to view teams.

use serde_json::Value;

use super::{Desk, SERVICES, STORED};
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    a_new_object_chooses_among_those_that_exist,
    the_stored_choice_is_shown_and_kept,
    names_that_may_not_be_viewed_stay_hidden_and_chosen,
    terms_find_choices_for_users_with_the_permission_to_view_them,
);

const ADD: &str = "/admin/desk/service/add/";
const API: &str = "/admin/desk/service/1/change/";
const FORM: &str = "#service_form";

/// Returns the options of a select: its values, and its words.
fn options(page: &Page, field: &str) -> (Vec<String>, Vec<String>) {
    let selector = format!("select#id_{field}:not([multiple]) option");
    (page.attributes(&selector, "value"), page.texts(&selector))
}

fn errors(page: &Page, field: &str) -> Vec<String> {
    page.texts(&format!("#id_{field}_error li"))
}

fn a_new_object_chooses_among_those_that_exist(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    let page = root.get(ADD).expect(200);
    for field in ["owner", "backup"] {
        let (values, words) = options(&page, field);
        assert_eq!(values, ["", "1", "2"], "{field} chooses nothing by itself");
        assert_eq!(words, ["---------", "Billing", "Payments"]);
        assert!(!page.has(&format!("select#id_{field} option[selected]")));
        assert!(page.has(&format!("#add_id_{field}")));
    }
    assert!(page.has("label.required[for=id_owner]") && !page.has("label.required[for=id_backup]"));
    let preset = root.get(&format!("{ADD}?owner=2")).expect(200);
    assert_eq!(preset.form(FORM).values("owner"), ["2"]);

    let form = page.form(FORM).set("name", "web");
    let refused = root.submit(&form, ("_save", "")).expect(422);
    assert_eq!(errors(&refused, "owner"), ["This field is required."]);
    assert!(errors(&refused, "backup").is_empty());
    for unknown in ["999", "x", "-1", "99999999999999999999"] {
        let form = form.clone().set("owner", "2").set("backup", unknown);
        let refused = root.submit(&form, ("_save", "")).expect(422);
        let message = format!("There is no team with ID “{unknown}”.");
        assert_eq!(errors(&refused, "backup"), [message]);
        let again = refused.form(FORM);
        assert_eq!((again.values("name"), again.values("owner")), (vec!["web"], vec!["2"]));
    }
    assert_eq!(desk.stored(), STORED);

    let form = form.set("owner", "2");
    root.submit(&form, ("_save", "")).expect(302);
    let form = form.set("name", "wiki").set("owner", "1").set("backup", "2");
    root.submit(&form, ("_save", "")).expect(302);
    assert_eq!(desk.stored()[3..], ["web: Payments", "wiki: Billing / Payments"]);
}

fn the_stored_choice_is_shown_and_kept(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    let page = root.get(API).expect(200);
    let form = page.form(FORM);
    assert_eq!(form.values("owner"), ["1"]);
    assert_eq!(form.values("backup"), ["2"]);
    assert!(
        page.html().contains("/admin/desk/team/1/change/"),
        "the choice leads there"
    );
    root.submit(&form, ("_save", "")).expect(302);
    assert_eq!(desk.stored(), STORED, "nothing was changed");

    // The optional one can be taken back, the other one cannot.
    let refused = root.submit(&form.clone().set("owner", ""), ("_save", "")).expect(422);
    assert_eq!(errors(&refused, "owner"), ["This field is required."]);
    let form = form.set("owner", "2").set("backup", "");
    root.submit(&form, ("_save", "")).expect(302);
    assert_eq!(desk.stored()[0], "api: Payments");
    let conflict = root.submit(&form.set("owner", "1"), ("_save", "")).expect(409);
    assert!(conflict.html().contains("Payments") && conflict.html().contains("Billing"));

    let mut viewer = desk.staff("viewer", &["view_service", "view_team"]);
    let page = viewer.get(API).expect(200);
    assert_eq!(page.text(".field-owner .readonly"), "Payments");
    assert!(page.has(".field-owner .readonly a[href='/admin/desk/team/2/change/']"));
    assert_eq!(page.text(".field-backup .readonly"), "-");
}

fn names_that_may_not_be_viewed_stay_hidden_and_chosen(database: &Database) {
    let desk = Desk::open(database);
    let mut editor = desk.staff("editor", &["change_service", "add_service"]);
    let shows_names = |page: &Page| page.html().contains("Billing") || page.html().contains("Payments");
    let page = editor.get(API).expect(200);
    assert!(!shows_names(&page));
    let (values, words) = options(&page, "owner");
    assert_eq!(values, ["", "1"]);
    assert_eq!(words, ["---------", "1 team that you may not view"]);
    assert!(!page.has("[data-ajax--url]") && !page.has("#add_id_owner"));
    let form = page.form(FORM);
    editor.submit(&form.set("name", "api2"), ("_save", "")).expect(302);
    assert_eq!(desk.stored()[0], "api2: Billing / Payments", "both stay as they are");

    // What exists and what does not is refused alike.
    let form = editor.get(API).expect(200).form(FORM);
    for other in ["2", "999"] {
        let refused = editor
            .submit(&form.clone().set("owner", other), ("_save", ""))
            .expect(422);
        assert_eq!(
            errors(&refused, "owner"),
            ["You may not view teams, so none can be chosen here."]
        );
        assert!(!shows_names(&refused));
    }
    editor.submit(&form.set("backup", ""), ("_save", "")).expect(302);
    assert_eq!(desk.stored()[0], "api2: Billing", "a choice can be taken back");

    let page = editor.get(ADD).expect(200);
    assert_eq!(options(&page, "owner").0, [""]);
    let list = editor.get(SERVICES).expect(200);
    assert!(!shows_names(&list));
    assert_eq!(list.texts("td.field-owner")[0], "1 team that you may not view");
}

fn terms_find_choices_for_users_with_the_permission_to_view_them(database: &Database) {
    let desk = Desk::open(database);
    let address = |field: &str, term: &str| {
        format!("/admin/autocomplete/?app_label=desk&model_name=service&field_name={field}&term={term}")
    };
    let found = |browser: &mut Browser, field: &str, term: &str| -> Vec<String> {
        let page = browser.get(&address(field, term)).expect(200);
        let answer: Value = serde_json::from_str(&page.html()).expect("the answer is JSON");
        let results = answer["results"].as_array().expect("results are a list").iter();
        results.map(ToString::to_string).collect()
    };
    let mut root = desk.root();
    for field in ["owner", "backup"] {
        assert_eq!(
            found(&mut root, field, "pAY"),
            [r#"{"id":"2","text":"Payments"}"#],
            "{field}"
        );
        assert_eq!(found(&mut root, field, "").len(), 2);
        assert!(found(&mut root, field, "nothing").is_empty());
    }
    root.get(&address("name", "")).expect(403);
    let mut editor = desk.staff("editor", &["change_service"]);
    editor.get(&address("owner", "pay")).expect(403);
    let mut both = desk.staff("both", &["change_service", "view_team"]);
    assert_eq!(found(&mut both, "owner", "bill").len(), 1);
}
