//! Cells that are edited in the list: only what the user changed is written, and no change of another user is lost.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";
const FORM: &str = "#changelist-form";

fn entries(database: &Database) -> i64 {
    database.number("SELECT count(*) AS value FROM log_entry WHERE action = 'change'")
}

fn enabled(database: &Database) -> Vec<String> {
    database.texts("SELECT name AS value FROM component WHERE enabled ORDER BY name")
}

fn save(browser: &mut Browser, form: &crate::support::browser::Form) -> Page {
    browser.submit(form, ("_save", "Save"))
}

fn only_changed_rows_are_written(database: &Database) {
    apply(
        database,
        "components: [{name: a}, {name: b}, {name: c, enabled: false}]",
    );
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let path = format!("{LIST}?o=name");
    let page = browser.get(&path).expect(200);
    let form = page.form(FORM);
    assert_eq!(form.values("form-TOTAL_FORMS"), ["3"]);
    assert_eq!(form.values("form-INITIAL_FORMS"), ["3"]);
    assert_eq!(form.values("form-0-_version"), ["1"]);

    // Nothing changed: nothing written, and back to the same list.
    let answer = save(&mut browser, &form);
    assert_eq!(answer.location(), path);
    assert_eq!(entries(database), 0);

    let answer = save(&mut browser, &form.clear("form-0-enabled").set("form-2-enabled", "on"));
    assert_eq!(answer.location(), path);
    assert_eq!(enabled(database), ["b", "c"]);
    assert_eq!(entries(database), 2, "one entry for each changed row");
    let page = browser.get(&path).expect(200);
    assert!(
        page.text("ul.messagelist > li.success")
            .contains("2 components were changed")
    );
    assert_eq!(
        database.texts("SELECT version AS value FROM component ORDER BY name"),
        ["2", "1", "2"]
    );

    // A filtered list whose row leaves it.
    let filtered = format!("{LIST}?enabled__exact=1&o=-name");
    let form = browser.get(&filtered).expect(200).form(FORM).clear("form-0-enabled");
    assert_eq!(save(&mut browser, &form).location(), filtered);
    assert_eq!(enabled(database), ["b"]);
}

fn stale_rows_are_reported(database: &Database) {
    apply(database, "components: [{name: a}, {name: b}, {name: c}]");
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let first = browser.get(LIST).expect(200).form(FORM);
    // Another user disables b and describes c.
    apply(
        database,
        "components: [{name: b, enabled: false}, {name: c, description: x}]",
    );

    // Rows that were left alone are neither checked nor written back.
    save(&mut browser, &first.clear("form-0-enabled")).expect(302);
    assert_eq!(enabled(database), ["c"]);

    // A changed row that is stale: nothing is written, the tick is kept, the version is current.
    let second = browser.get(LIST).expect(200).form(FORM);
    apply(database, "components: [{name: c, description: y}]");
    let before = entries(database);
    let form = second.set("form-0-enabled", "on").clear("form-2-enabled");
    let page = save(&mut browser, &form).expect(409);
    let error = page.text(".errorlist li");
    assert!(
        error.contains("“c” was changed by command apply since the page was loaded"),
        "{error}"
    );
    assert!(page.has("p.errornote"));
    assert_eq!(entries(database), before);
    assert_eq!(enabled(database), ["c"], "all or nothing");
    let again = page.form(FORM);
    assert_eq!(again.values("form-0-enabled"), ["on"]);
    assert!(again.values("form-1-enabled").is_empty());
    assert!(again.values("form-2-enabled").is_empty());
    assert_eq!(again.values("form-2-_version"), ["3"]);
    // Saving again is a decision.
    save(&mut browser, &again).expect(302);
    assert_eq!(enabled(database), ["a"]);
    assert_eq!(entries(database), before + 2);
    // Sent once more, after going back: what is ticked is stored already.
    save(&mut browser, &again).expect(302);
    assert_eq!(entries(database), before + 2);
    let page = browser.get(LIST).expect(200);
    assert_eq!(
        page.texts("ul.messagelist > li.info"),
        ["Nothing was changed: all 2 components needed no change."]
    );
    // A tick in a tab that is older than the user's own change in another one.
    let old = page.form(FORM);
    let path = format!("{LIST}{}/change/", old.values("form-2-id")[0]);
    let form = browser.get(&path).expect(200).form("#component_form");
    browser.submit(&form.set("description", "z"), ("_save", "")).expect(302);
    let page = save(&mut browser, &old.set("form-2-enabled", "on")).expect(409);
    let error = page.text(".errorlist li");
    assert!(error.starts_with("You changed “c” yourself at "), "{error}");

    // A row that has gone.
    let third = browser.get(LIST).expect(200).form(FORM);
    database.execute("DELETE FROM component WHERE name = 'b'");
    save(&mut browser, &third.set("form-1-enabled", "on")).expect(409);
    let fourth = browser.get(LIST).expect(200).form(FORM);
    database.execute("DELETE FROM component WHERE name = 'c'");
    save(&mut browser, &fourth.clear("form-0-enabled")).expect(302);
    assert!(enabled(database).is_empty());
}

/// Clients that send the contract's fields and nothing more, and such that send something else.
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn rows_are_matched_by_key(database: &Database) {
    apply(
        database,
        "components: [{name: a}, {name: b}, {name: c, enabled: false}]",
    );
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let key =
        |name: &str| database.texts(&format!("SELECT id AS value FROM component WHERE name = '{name}'"))[0].clone();
    let (a, b, c) = (key("a"), key("b"), key("c"));
    let post = |browser: &mut Browser, fields: &[(&str, &str)]| {
        let all = [&[("_save", "Save"), ("form-INITIAL_FORMS", "3")], fields].concat();
        browser.post(LIST, &all)
    };
    let row = |index: usize, id: &str, version: &str, ticked: bool| {
        let mut fields = vec![
            (format!("form-{index}-id"), id.to_owned()),
            (format!("form-{index}-_version"), version.to_owned()),
        ];
        if ticked {
            fields.push((format!("form-{index}-enabled"), "on".to_owned()));
        }
        fields
    };
    let mut send = |total: &str, rows: Vec<Vec<(String, String)>>| {
        let rows: Vec<(String, String)> = rows.into_iter().flatten().collect();
        let mut fields = vec![("form-TOTAL_FORMS", total)];
        fields.extend(rows.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        post(&mut browser, &fields)
    };

    // In another order than the list's, and only some of its rows.
    let rows = vec![row(0, &c, "1", true), row(1, &a, "1", false)];
    send("2", rows).expect(302);
    assert_eq!(enabled(database), ["b", "c"]);
    assert_eq!(entries(database), 2);

    // An untouched row of an old page: its user saw `on` at version 1, and the audit log knows.
    apply(database, "components: [{name: b, enabled: false}]");
    send("2", vec![row(0, &b, "1", true), row(1, &c, "2", false)]).expect(302);
    assert!(enabled(database).is_empty(), "b is not enabled again");
    // A touched one, which is what its user wants already.
    send("1", vec![row(0, &b, "1", false)]).expect(302);
    // Wrong versions of a row that its user means to change.
    send("1", vec![row(0, &b, "77", true)]).expect(409);
    send("1", vec![row(0, &b, "", true)]).expect(422);
    send("1", vec![row(0, &b, "x", true)]).expect(422);
    let before = entries(database);

    for (total, rows) in [
        ("", vec![]),
        ("x", vec![]),
        ("-1", vec![]),
        ("99999999999", vec![]),
        ("10000", vec![]),
        ("2", vec![row(0, &b, "2", true)]),
        ("1", vec![row(0, "x", "1", true)]),
        ("1", vec![row(0, "", "1", true)]),
    ] {
        send(total, rows).expect(422);
    }
    send("1", vec![row(0, "999999", "1", true)]).expect(409);
    // One key twice: the second comes too late.
    let twice = vec![row(0, &b, "2", true), row(1, &b, "2", true)];
    let status = send("2", twice).status();
    assert!(matches!(status, 302 | 409 | 422), "{status}");
    send("0", vec![]).expect(302);
    assert!(entries(database) <= before + 1);

    let fields = row(0, &a, "2", true);
    let mut forged = vec![("form-TOTAL_FORMS", "1")];
    forged.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    post(&mut viewer, &forged).expect(403);
    // No other list has cells that can be edited.
    let answer = browser.post("/admin/sla/label/", &[("_save", "Save"), ("form-TOTAL_FORMS", "0")]);
    answer.expect(403);
}

on_both_databases!(
    only_changed_rows_are_written,
    stale_rows_are_reported,
    rows_are_matched_by_key
);
