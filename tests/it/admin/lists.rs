//! What lists show, page by page, and the way back to them.

use crate::support::browser::{Browser, Page};
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";

fn many(count: usize) -> String {
    let components: String = (0..count)
        .map(|number| format!("  - {{name: c-{number:04}}}\n"))
        .collect();
    format!("components:\n{components}")
}

fn length(page: &Page) -> usize {
    page.texts("#result_list tbody tr").len()
}

fn pages_have_edges(database: &Database) {
    apply(database, &many(1_234));
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let page = browser.get(LIST).expect(200);
    assert_eq!(length(&page), 100);
    assert_eq!(page.texts("nav.paginator li"), ["1", "2", "3", "4", "…", "12", "13"]);
    assert_eq!(page.texts("nav.paginator a[aria-current=page]"), ["1"]);
    assert_eq!(page.attributes("nav.paginator a[aria-current=page]", "href"), [""]);
    assert_eq!(page.text("nav.paginator > span"), "1,234 components");
    assert!(!page.has("a.showall"), "1,234 are too many for one page");
    let page = browser.get(&format!("{LIST}?p=7&o=-name")).expect(200);
    assert_eq!(
        page.texts("nav.paginator li"),
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"]
    );
    assert!(
        page.attributes("nav.paginator a", "href")
            .contains(&"?o=-name&p=8".to_owned())
    );
    for (asked, shown, rows) in [
        ("13", "13", 34),
        ("14", "13", 34),
        ("0", "13", 34),
        ("-1", "13", 34),
        ("99999999999999999999", "13", 34),
        ("1", "1", 100),
    ] {
        let page = browser.get(&format!("{LIST}?p={asked}")).expect(200);
        assert_eq!(page.texts("nav.paginator a[aria-current=page]"), [shown], "{asked}");
        assert_eq!(length(&page), rows, "{asked}");
    }
    let page = browser.get(&format!("{LIST}?all=")).expect(200);
    assert_eq!(length(&page), 100, "too many are paged, whatever is asked");
    let page = browser.get(&format!("{LIST}?q=c-00&p=3")).expect(200);
    assert_eq!(length(&page), 100, "one page is the last");
    assert!(!page.has("nav.paginator li"));

    let page = browser.get(&format!("{LIST}?q=c-0")).expect(200);
    assert!(!page.has("a.showall"), "a thousand");
    database.execute("DELETE FROM component WHERE name >= 'c-0200'");
    let page = browser.get(&format!("{LIST}?p=2")).expect(200);
    assert_eq!(page.attributes("a.showall", "href"), ["?all="]);
    let page = browser.get(&format!("{LIST}?all=&p=2")).expect(200);
    assert_eq!(length(&page), 200);
    assert!(!page.has("a.showall"));
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn lists_show_what_is_stored(database: &Database) {
    apply(
        database,
        r#"
calendars:
  - {name: Holidays, rules: [{type: dates, dates: ["2027-03-26"], start: "00:00", duration_s: 86400}]}
windows:
  - {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: "00:00", duration_s: 86400}]}
  - {name: Past, timezone: Europe/Berlin, calendars: [Holidays], valid_until: 2020-01-01, rules: [{type: weekly, days: [MO], start: "08:00", duration_s: 3600}]}
components:
  - {name: open-one, labels: {team: "<b>x</b>", env: prod}, windows: [Always]}
  - {name: closed-one, display_name: "  ", labels: {env: prod}, windows: [Past], calendars: [Holidays]}
  - {name: off, windows: [Always], enabled: false}
"#,
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let page = root.get(LIST).expect(200);
    assert_eq!(page.texts("td.field-name"), ["closed-one", "off", "open-one"]);
    assert_eq!(page.texts("td.field-display_name"), ["-", "-", "-"]);
    assert_eq!(
        page.texts("td.field-labels"),
        ["env=prod", "-", "env=prod team=<b>x</b>"]
    );
    assert_eq!(page.texts("td.field-windows"), ["Past", "Always", "Always"]);
    assert_eq!(page.texts("td.field-state"), ["outside", "disabled", "inside"]);
    assert!(page.has("td.field-state.inside"));
    assert_eq!(page.texts("td.field-next_transition"), ["-", "-", "-"]);
    // Phones leave these out.
    assert_eq!(page.texts("td.field-next_transition.empty").len(), 3);
    assert_eq!(page.texts("td.field-labels.empty"), ["-"]);
    for updated in page.attributes("td.field-updated_at time", "title") {
        assert!(updated.ends_with(" UTC"), "{updated}");
    }
    let exposition = get(&format!("{}/metrics", server.url)).text();
    assert!(exposition.contains("open_one_service_window_in_window{component=\"open-one\",env=\"prod\""));
    assert!(page.has("body.app-sla.model-component.change-list"));
    assert!(page.has("form#changelist-form[method=post][novalidate]"));
    assert!(page.has("#action-toggle"));
    assert_eq!(page.texts("h1"), ["Components"]);

    let page = viewer.get(LIST).expect(200);
    assert_eq!(page.texts("td.field-enabled"), ["Yes", "No", "Yes"]);
    assert_eq!(page.texts("h1"), ["Components"]);
    for absent in [
        "#action-toggle",
        "select[name=action]",
        "button[name=_save]",
        "a.addlink[href*=component]",
        "input[name=form-TOTAL_FORMS]",
    ] {
        assert!(!page.has(absent), "{absent}");
    }

    let page = root.get("/admin/sla/label/?o=-components.value").expect(200);
    assert_eq!(page.texts("td.field-value"), ["prod", "<b>x</b>"]);
    assert_eq!(page.texts("td.field-components"), ["2", "1"]);
    let page = root.get("/admin/sla/slawindow/?o=components").expect(200);
    assert_eq!(page.texts("td.field-name"), ["Past", "Always"]);
    assert_eq!(page.texts("td.field-components"), ["1", "2"]);
    assert_eq!(page.texts("td.field-state"), ["outside", "inside"]);
    assert!(page.texts("td.field-rules_summary").iter().all(|rules| rules.len() > 2));
    let page = root.get("/admin/sla/calendar/").expect(200);
    assert_eq!(page.texts("td.field-used_by"), ["1 window, 1 component"]);
    assert_eq!(page.texts("td.field-last_date"), ["26 Mar 2027"]);
    assert_eq!(page.texts("td.field-timezone"), ["that of each window"]);
    let page = root.get("/admin/auth/user/").expect(200);
    assert_eq!(page.texts("td.field-last_login"), ["-", "-"]);
    let page = root.get("/admin/audit/logentry/?o=object").expect(200);
    let objects = page.texts("td.field-object");
    assert_eq!(objects.len(), 10);
    assert!(objects[0].starts_with("Always"), "{objects:?}");
    root.get("/admin/audit/logentry/?o=-user.action.-action_time")
        .expect(200);
    root.get("/admin/sla/calendar/?o=timezone.enabled").expect(200);
}

fn a_list_is_found_again(database: &Database) {
    apply(
        database,
        "components: [{name: api-one}, {name: api-two}, {name: other}]",
    );
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let query = "?q=api&o=-name&enabled__exact=1";
    let back = format!("{LIST}{query}");
    let list = browser.get(&back).expect(200);
    let change = list.attributes("td.field-name a", "href")[0].clone();
    assert!(change.contains("/change/?_changelist_filters=q%3Dapi%26o%3D-name%26enabled__exact%3D1"));

    let page = browser.get(&change).expect(200);
    // A refused form, going on, and saving lead back in the end.
    let refused = browser.submit(&page.form("#component_form").set("name", ""), ("_save", "Save"));
    let page = refused.expect(422);
    let form = page
        .form("#component_form")
        .set("name", "api-two")
        .set("description", "x");
    let page = browser.submit(&form, ("_continue", "1"));
    let page = browser.get(&page.location()).expect(200);
    for (selector, what) in [
        ("a.deletelink", "deleting"),
        ("a.historylink, a[href*=history]", "history"),
    ] {
        let links = page.attributes(selector, "href");
        assert!(
            links.iter().any(|link| link.contains("_changelist_filters=q%3Dapi")),
            "{what}: {links:?}"
        );
    }
    let form = page.form("#component_form").set("description", "y");
    assert_eq!(browser.submit(&form, ("_save", "Save")).location(), back);

    let delete = list.attributes("td.field-name a", "href")[0].replace("/change/", "/delete/");
    let page = browser.get(&delete).expect(200);
    assert_eq!(page.attributes("a.closelink", "href"), std::slice::from_ref(&back));
    let page = browser.submit(&page.form("#content form, main form"), ("", ""));
    assert_eq!(page.location(), back);
    let page = browser.get(&back).expect(200);
    assert_eq!(page.texts("td.field-name"), ["api-one"]);

    let add = page.attributes("a.addlink[href*=_changelist_filters]", "href")[0].clone();
    let form = browser
        .get(&add)
        .expect(200)
        .form("#component_form")
        .set("name", "api-three");
    assert_eq!(browser.submit(&form, ("_save", "Save")).location(), back);
    // What it holds is a query of this very list and nothing else.
    let page = browser
        .get(&format!("{LIST}add/?_changelist_filters=%2F%2Fevil.example%2F"))
        .expect(200);
    let form = page.form("#component_form").set("name", "api-four");
    assert!(browser.submit(&form, ("_save", "Save")).location().starts_with(LIST));
}

/// Chips in a cell link to their objects, for users with the permission to view them; the row's own link leads to the row.
fn chips_lead_to_what_they_name(database: &Database) {
    apply(
        database,
        "windows: [{name: Office, timezone: UTC}]\ncomponents: [{name: a, labels: {team: x}, windows: [Office]}]",
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let chips = "#result_list td > p > a";
    let page = root.get(LIST).expect(200);
    let links = page.attributes(chips, "href");
    assert_eq!(page.texts(chips), ["team=x", "Office"]);
    assert_eq!(links.len(), 2);
    for (link, title) in links
        .iter()
        .zip(["team=x | Change label", "Office | Change SLA window"])
    {
        let form = root.get(link).location();
        assert!(root.get(&form).expect(200).text("title").starts_with(title), "{form}");
    }

    let mut clerk = staff(database, &server, "clerk", &["sla.view_component", "sla.view_label"]);
    let page = clerk.get(LIST).expect(200);
    assert_eq!(page.texts(chips), ["team=x", "1 SLA window that you may not view"]);
    assert_eq!(page.attributes(chips, "href"), [links[0].as_str()]);
    let id = database.number("SELECT id AS value FROM component");
    let page = clerk.get(&format!("{LIST}{id}/change/")).expect(200);
    assert_eq!(
        page.attributes(".field-labels .readonly a.chip", "href"),
        [format!("{}change/", links[0])]
    );
    assert_eq!(
        page.text(".field-windows .readonly"),
        "1 SLA window that you may not view"
    );
    assert!(!page.has(".field-windows .readonly a"));
    clerk.get(&links[0]).expect(302);
    clerk.get(&links[1]).expect(403);

    // In a form that can be saved, what is chosen can be changed, or viewed at least.
    let mut editor = staff(database, &server, "editor", &["sla.change_component", "sla.view_label"]);
    let page = editor.get(&format!("{LIST}{id}/change/")).expect(200);
    assert_eq!(page.attributes("#id_labels", "data-change-words"), ["View"]);
    assert!(page.attributes("#id_windows", "data-change-words").is_empty());
    let page = root.get(&format!("{LIST}{id}/change/")).expect(200);
    assert_eq!(page.attributes("#id_labels", "data-change-words"), ["Change"]);
}

/// A label that no component has moves no version of the data on SQLite: a list that was shown before has it nevertheless.
fn labels_without_components_are_listed_as_they_are_stored(database: &Database) {
    const LABELS: &str = "/admin/sla/label/";
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let listed = |root: &mut Browser, query: &str| {
        let page = root.get(&format!("{LABELS}{query}")).expect(200);
        page.texts("#result_list td.field-value")
    };
    assert!(listed(&mut root, "").is_empty());
    for value in ["a", "b"] {
        root.post(&format!("{LABELS}add/"), &[("name", "team"), ("value", value)])
            .expect(302);
    }
    assert_eq!(listed(&mut root, ""), ["a", "b"]);
    assert_eq!(listed(&mut root, "?q=team%3Db"), ["b"]);
    let first = database.number("SELECT id AS value FROM label WHERE value = 'a'");
    root.post(&format!("{LABELS}{first}/delete/"), &[("post", "yes")])
        .expect(302);
    assert_eq!(listed(&mut root, ""), ["b"]);
    assert!(listed(&mut root, "?q=team%3Da").is_empty());
}

on_both_databases!(
    labels_without_components_are_listed_as_they_are_stored,
    chips_lead_to_what_they_name,
    pages_have_edges,
    lists_show_what_is_stored,
    a_list_is_found_again
);
