//! Two people at one object, or one in two tabs: the second save says so, loses nothing and may go on.

use super::typed::{count, errors_beside, key};
use crate::support::browser::{Browser, Form, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const SOME: &str = "
windows:
- {name: Office, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}
- {name: Nights, timezone: UTC}
components: [{name: shop-api, display_name: Shop, windows: [Office]}]
";

/// Label, value when the form was opened, value now, value posted.
fn differences(page: &Page) -> Vec<[String; 4]> {
    let columns = ["th[scope=row]", "td.opened", "td.now", "td.yours"];
    let columns = columns.map(|column| page.texts(&format!("#conflict tbody {column}")));
    (0..columns[0].len())
        .map(|row| columns.each_ref().map(|column| column[row].clone()))
        .collect()
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn the_second_of_two_decides(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut ann = superuser(database, &server);
    let mut bob = staff(
        database,
        &server,
        "bob",
        &["sla.change_component", "sla.change_slawindow"],
    );
    let path = format!(
        "/admin/sla/component/{}/change/",
        key(database, "component", "shop-api")
    );
    let (office, nights) = (
        key(database, "sla_window", "Office").to_string(),
        key(database, "sla_window", "Nights").to_string(),
    );

    let form = ann.get(&path).expect(200).form("#component_form");
    assert_eq!(form.values("_version"), ["1"]);
    let bobs = bob.get(&path).expect(200).form("#component_form");
    let bobs = bobs
        .set("display_name", "Bob's shop")
        .set("slo", "99.9")
        .set("windows", &nights);
    bob.submit(&bobs, ("_save", "")).expect(302);
    // Without a version, or with one that is none, nothing is compared and nothing saved.
    for version in ["", "x", "1.5", "99999999999999999999"] {
        let page = ann
            .submit(&form.clone().set("_version", version), ("_save", ""))
            .expect(422);
        assert!(page.text("ul.errorlist.nonfield").contains("_version"), "{version}");
    }
    let page = ann
        .submit(&form.clone().clear("_version").set("slo", "98"), ("_save", ""))
        .expect(422);
    assert_eq!(page.form("#component_form").values("slo"), ["98"]);

    let anns = form
        .set("display_name", "Ann's shop")
        .set("description", "line\r\ntwo")
        .clear("enabled");
    let page = ann.submit(&anns, ("_continue", "")).expect(409);
    assert_eq!(
        differences(&page),
        [
            ["Display name", "Shop", "Bob's shop", "Ann's shop"],
            ["Description", "-", "-", "line two"],
            ["Enabled", "Yes", "Yes", "No"],
            ["SLA windows", "Office", "Nights", "Office"],
            ["SLO", "-", "99.9", "-"],
        ]
        .map(|row| row.map(str::to_owned))
    );
    let message = page.text("#conflict ul.since > li");
    for part in [
        "bob",
        "Display name : Shop → Bob's shop",
        "SLO : none → 99.9 %",
        "SLA windows : removed Office added Nights",
    ] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
    assert!(page.has("p.errornote"));
    // Nothing is lost, and saving again wins.
    let form = page.form("#component_form");
    assert_eq!(form.values("_version"), ["2"]);
    assert_eq!(
        (form.values("display_name"), form.values("description")),
        (vec!["Ann's shop"], vec!["line\r\ntwo"])
    );
    assert_eq!(form.values("windows"), [office.as_str()]);
    ann.submit(&form, ("_save", "")).expect(302);
    assert_eq!(
        database.texts("SELECT display_name AS value FROM component"),
        ["Ann's shop"]
    );
    assert_eq!(count(database, "component_window"), 1);
    // Errors of the input do not hide that it comes too late; links alone make a new version.
    let page = bob.submit(&bobs.set("slo", "no"), ("_save", "")).expect(409);
    let form = page.form("#component_form").set("slo", "").set("windows", &nights);
    bob.submit(&form, ("_save", "")).expect(302);
    assert_eq!(database.texts("SELECT version AS value FROM component"), ["4"]);
    // What a command changed counts as well.
    let form = ann.get(&path).expect(200).form("#component_form");
    apply(database, "components: [{name: shop-api, slo: 42}]");
    let page = ann.submit(&form.set("slo", "41"), ("_save", "")).expect(409);
    assert!(
        page.text("#conflict ul.since > li").contains("apply"),
        "{}",
        page.text("#conflict")
    );
    assert_eq!(differences(&page), [["SLO", "-", "42", "41"].map(str::to_owned)]);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn rules_are_part_of_the_object(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut ann = superuser(database, &server);
    let mut bob = staff(database, &server, "bob", &["sla.change_slawindow"]);
    let id = key(database, "sla_window", "Office");
    let path = format!("/admin/sla/slawindow/{id}/change/");
    let anns = ann
        .get(&path)
        .expect(200)
        .form("#slawindow_form")
        .set("rules-0-end_time", "18:00");
    let anns = anns
        .set("rules-1-kind", "weekly")
        .add("rules-1-weekdays", "SA")
        .set("rules-1-start_time", "10:00")
        .set("rules-1-end_time", "11:00");
    let bobs = bob
        .get(&path)
        .expect(200)
        .form("#slawindow_form")
        .set("rules-0-note", "bob");
    let bobs = bobs
        .set("rules-1-kind", "weekly")
        .add("rules-1-weekdays", "SU")
        .set("rules-1-start_time", "05:00")
        .set("rules-1-end_time", "06:00");
    let bobs = bobs
        .set("rules-2-kind", "once")
        .set("rules-2-start_local", "2990-01-01T00:00")
        .set("rules-2-end_local", "2990-01-02T00:00");
    bob.submit(&bobs, ("_save", "")).expect(302);

    let page = ann.submit(&anns, ("_save", "")).expect(409);
    let rows = differences(&page);
    assert_eq!((rows.len(), rows[0][0].as_str()), (1, "Rules"));
    for (column, text) in [
        (1, "Mon 09:00–10:00"),
        (2, "Sun 05:00–06:00"),
        (2, "(bob)"),
        (3, "Mon 09:00–18:00"),
        (3, "Sat 10:00–11:00"),
    ] {
        assert!(rows[0][column].contains(text), "{text} is not in {:?}", rows[0]);
    }
    // What of the other's rules would go is ticked, for all to see; saving leaves mine and no others.
    let form = page.form("#slawindow_form");
    assert_eq!(
        page.attributes("input[name$=DELETE][checked]", "name"),
        ["rules-2-DELETE"]
    );
    ann.submit(&form, ("_save", "")).expect(302);
    let rules = database.texts(&format!(
        "SELECT start_time || ' ' || duration_s || note AS value FROM rule WHERE window_id = {id} ORDER BY position"
    ));
    assert_eq!(rules, ["09:00 32400", "10:00 3600"]);
    // An unticked row stays.
    let page = bob.submit(&bobs, ("_save", "")).expect(409);
    assert!(page.has("#rules-0 input[name=rules-0-id]"));
    // A change of nothing but a rule is a change of the window.
    assert_eq!(
        database.number(&format!("SELECT version AS value FROM sla_window WHERE id = {id}")),
        3
    );
    // Both typed the same: nothing needs a change, and nothing is in conflict.
    let form = bob
        .get(&path)
        .expect(200)
        .form("#slawindow_form")
        .set("description", "same");
    let twin = ann
        .get(&path)
        .expect(200)
        .form("#slawindow_form")
        .set("description", "same");
    bob.submit(&form, ("_save", "")).expect(302);
    let entries = count(database, "log_entry");
    ann.submit(&twin, ("_save", "")).expect(302);
    assert_eq!(count(database, "log_entry"), entries);
    let page = ann.get("/admin/sla/slawindow/").expect(200);
    assert!(
        page.text("ul.messagelist > li.success:last-child")
            .contains("needed no change")
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn ones_own_change_is_no_one_elses(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut ann = superuser(database, &server);
    let mut bob = staff(database, &server, "bob", &["sla.change_slawindow"]);
    let path = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    // The Back button: the same form once more, with a rule that was new, and one that was deleted.
    let form = ann.get(&path).expect(200).form("#slawindow_form");
    let form = form
        .set("description", "mine")
        .add("rules-0-DELETE", "on")
        .set("rules-1-kind", "weekly")
        .add("rules-1-weekdays", "SA")
        .set("rules-1-start_time", "10:00")
        .set("rules-1-end_time", "11:00");
    ann.submit(&form, ("_save", "")).expect(302);
    let versions = "SELECT version AS value FROM sla_window WHERE name = 'Office'";
    assert_eq!(database.number(versions), 2);
    drop(ann.get("/admin/"));
    ann.submit(&form, ("_continue", "")).expect(302);
    let page = ann.get(&path).expect(200);
    assert_eq!(
        page.text("ul.messagelist > li.success"),
        "The SLA window “ Office ” needed no change. You may edit it again below."
    );
    assert_eq!(database.number(versions), 2);
    assert_eq!(page.form("#slawindow_form").values("rules-0-weekdays"), ["SA"]);

    // Another text in the old form: a conflict, and it is one's own.
    let other = form.clone().set("description", "other");
    let page = ann.submit(&other, ("_save", "")).expect(409);
    let message = page.text("#conflict .errornote");
    assert!(message.starts_with("You saved this SLA window "), "{message}");
    assert!(message.contains("in another tab or before you went back"), "{message}");
    assert!(page.has("#conflict .errornote time"));
    assert_eq!(
        differences(&page),
        [["Description", "-", "mine", "other"].map(str::to_owned)]
    );
    // What is wrong in it is a conflict too: nothing is saved without a look at both.
    ann.submit(&other.clone().set("rules-1-start_time", "noon"), ("_save", ""))
        .expect(409);
    // Another user sees it as the change of another user; changes of both are named as such.
    let bobs = bob.get(&path).expect(200).form("#slawindow_form");
    let again = page_form(&mut ann, &path).set("description", "again");
    ann.submit(&again, ("_save", "")).expect(302);
    let page = bob.submit(&bobs.set("description", "bob's"), ("_save", "")).expect(409);
    assert!(page.text("#conflict .errornote").contains("by another user"));
    bob.submit(&page.form("#slawindow_form"), ("_save", "")).expect(302);
    let page = ann.submit(&other, ("_save", "")).expect(409);
    assert!(page.text("#conflict .errornote").contains("by you and by others"));
    // What no entry of the audit log explains has no user.
    let form = page_form(&mut ann, &path);
    database.execute("UPDATE sla_window SET version = version + 1, description = 'by hand' WHERE name = 'Office'");
    let page = ann.submit(&form.set("description", "typed"), ("_save", "")).expect(409);
    let message = page.text("#conflict .errornote");
    assert!(
        message.starts_with("This SLA window was changed since you opened the page. "),
        "{message}"
    );

    // Deleted by oneself, in another tab.
    let form = page_form(&mut ann, &path);
    apply(database, "components: [{name: shop-api, windows: []}]");
    let page = ann.get(&path.replace("/change/", "/delete/")).expect(200);
    ann.submit(&page.form("#content-start form"), ("", "")).expect(302);
    let page = ann.submit(&form, ("_save", "")).expect(409);
    let message = page.text("ul.errorlist.nonfield");
    assert!(
        message.starts_with("You deleted the SLA window “Office” yourself on "),
        "{message}"
    );
}

fn page_form(browser: &mut Browser, path: &str) -> Form {
    browser.get(path).expect(200).form("#slawindow_form")
}

fn what_was_deleted_meanwhile_can_be_added_again(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut ann = superuser(database, &server);
    let mut bob = staff(
        database,
        &server,
        "bob",
        &["sla.change_slawindow", "sla.delete_slawindow"],
    );
    let id = key(database, "sla_window", "Nights");
    let path = format!("/admin/sla/slawindow/{id}/change/");
    let form = ann
        .get(&path)
        .expect(200)
        .form("#slawindow_form")
        .set("description", "long text");
    let form = form
        .set("rules-0-kind", "weekly")
        .add("rules-0-weekdays", "SA")
        .set("rules-0-start_time", "10:00")
        .set("rules-0-end_time", "11:00");
    let bobs = bob.get(&path).expect(200).form("#slawindow_form");
    let page = bob.get(&format!("/admin/sla/slawindow/{id}/delete/")).expect(200);
    bob.submit(&page.form("#content-start form"), ("", "")).expect(302);

    let page = ann.submit(&form, ("_save", "")).expect(409);
    assert!(page.text("ul.errorlist.nonfield").contains("was deleted by bob"));
    let again = page.form("#slawindow_form");
    assert_eq!(
        (again.values("description"), again.values("rules-0-weekdays")),
        (vec!["long text"], vec!["SA"])
    );
    ann.submit(&again, ("_save", "")).expect(302);
    assert_eq!(
        database.texts("SELECT description AS value FROM sla_window WHERE name = 'Nights'"),
        ["long text"]
    );
    // A user without the permission to add sees at least the message.
    assert_eq!(bob.submit(&bobs, ("_save", "")).expect(302).location(), "/admin/");
    assert!(
        bob.get("/admin/")
            .texts("ul.messagelist > li.warning")
            .iter()
            .any(|text| text.starts_with("You deleted the SLA window “Nights” yourself"))
    );
}

fn users_are_compared_as_well(database: &Database) {
    let server = Server::start(database, &[]);
    let mut ann = superuser(database, &server);
    let _bob = staff(database, &server, "bob", &["sla.view_component"]);
    let path = "/admin/auth/user/2/change/";
    let first = ann.get(path).expect(200).form("#user_form");
    let second = first
        .clone()
        .set("first_name", "Bob")
        .set("user_permissions", "sla.view_label");
    ann.submit(&second, ("_save", "")).expect(302);
    let page = ann
        .submit(&first.set("email", "bob@example.org"), ("_save", ""))
        .expect(409);
    let labels: Vec<String> = differences(&page).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(labels, ["First name", "Email", "Permissions"]);
    ann.submit(&page.form("#user_form"), ("_save", "")).expect(302);
    assert_eq!(
        database.texts("SELECT email AS value FROM user_account WHERE id = 2"),
        ["bob@example.org"]
    );
    let form = ann.get(path).expect(200).form("#user_form").set("timezone", "Mars");
    let page = ann.submit(&form, ("_save", "")).expect(422);
    assert!(!errors_beside(&page, "timezone").is_empty());
}

on_both_databases!(
    the_second_of_two_decides,
    rules_are_part_of_the_object,
    ones_own_change_is_no_one_elses,
    what_was_deleted_meanwhile_can_be_added_again,
    users_are_compared_as_well,
);
