//! Forms to add, change, copy and look at: rows 45 to 61 of the admin's feature table.

use super::typed::{count, errors_beside, key};
use crate::support::browser::percent;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const SOME: &str = "
labels: [{name: team, value: payments}, {name: team, value: search}, {name: env, value: prod}]
calendars: [{name: Holidays, rules: [{type: dates, dates: ['2990-12-25'], start: '00:00', duration_s: 86400}]}]
windows: [{name: Office, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}]
components: [{name: shop-api, display_name: Shop, labels: {team: payments, env: prod}, windows: [Office], calendars: [Holidays], slo: 99.95}]
";

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn fields_are_called_as_promised(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let rule = "id DELETE effect kind weekdays start_time end_time end_day_offset duration_mode rrule anchor_date dates start_local end_local note";
    let pages = [
        (
            "sla/component/1/change/",
            "#component_form",
            "name display_name description enabled slo labels windows calendars _version csrfmiddlewaretoken",
        ),
        ("sla/label/1/change/", "#label_form", "name value description _version"),
        (
            "sla/slawindow/1/change/",
            "#slawindow_form",
            "name description timezone valid_from valid_until enabled calendars _version",
        ),
        (
            "sla/calendar/1/change/",
            "#calendar_form",
            "name description timezone enabled _version",
        ),
        (
            "auth/user/1/change/",
            "#user_form",
            "username first_name last_name email is_active is_staff is_superuser groups user_permissions timezone _version",
        ),
        ("auth/user/add/", "#user_form", "username password1 password2"),
        ("auth/group/add/", "#group_form", "name permissions"),
    ];
    for (path, form, names) in pages {
        let page = browser.get(&format!("/admin/{path}")).expect(200);
        let inputs = format!("{form} input[name], {form} select[name], {form} textarea[name]");
        let found = page.attributes(&inputs, "name");
        for name in names.split(' ') {
            assert!(
                found.iter().any(|other| other == name),
                "{path} has no {name}: {found:?}"
            );
        }
        let inline = ["slawindow", "calendar"].iter().any(|model| path.contains(model));
        for name in rule.split(' ').filter(|_| inline) {
            let expected = name != "effect" || path.contains("slawindow");
            let name = format!("rules-0-{name}");
            assert_eq!(found.contains(&name), expected, "{path}: {name}");
        }
        for name in ["TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS"] {
            assert_eq!(found.contains(&format!("rules-{name}")), inline, "{path}: {name}");
        }
        // Every control has a label, and says where its help and its errors stand.
        for id in page.attributes(&format!("{form} .form-row [id]"), "aria-describedby") {
            for part in id.split_whitespace() {
                assert!(page.has(&format!("#{part}")), "{path}: nothing is #{part}");
            }
        }
    }
    // The form of what is stored, sent as it stands, is the same object: nothing is written, and that is a success.
    let before = count(database, "log_entry");
    for (path, form) in [
        ("sla/component/1", "#component_form"),
        ("sla/label/1", "#label_form"),
        ("sla/slawindow/1", "#slawindow_form"),
        ("sla/calendar/1", "#calendar_form"),
        ("auth/user/1", "#user_form"),
    ] {
        let form = browser.get(&format!("/admin/{path}/change/")).expect(200).form(form);
        let answer = browser.submit(&form, ("_save", "Save")).expect(302);
        let page = browser.get(&answer.location()).expect(200);
        assert_eq!(page.texts("ul.messagelist > li.success").len(), 1, "{path}");
        assert!(page.texts("ul.messagelist > li.warning").is_empty(), "{path}");
    }
    assert_eq!(count(database, "log_entry"), before);
    assert_eq!(
        database.number("SELECT version AS value FROM component WHERE id = 1"),
        1,
        "a save that changes nothing makes no new version"
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn saving_leads_on(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let first = key(database, "label", "env");
    let other = database.number("SELECT id AS value FROM label WHERE value = 'search'");
    let second = key(database, "sla_window", "Office");
    let filters = percent("q=api&o=-name");
    // First values by GET: several keys by comma, a box that is not ticked.
    let path = format!(
        "/admin/sla/component/add/?name=new&enabled=0&labels={first},{other}&windows={second}&_changelist_filters={filters}"
    );
    let page = browser.get(&path).expect(200);
    let form = page.form("#component_form");
    assert_eq!(form.values("name"), ["new"]);
    assert!(form.values("enabled").is_empty());
    assert_eq!(form.values("labels").len(), 2);
    assert_eq!(form.values("windows"), [second.to_string()]);
    let blank = browser
        .get("/admin/sla/component/add/")
        .expect(200)
        .form("#component_form");
    assert_eq!(blank.values("enabled"), ["on"]);
    assert!(!page.has("button[name=_saveasnew]"), "there is nothing to copy yet");
    for button in ["_save", "_continue", "_addanother"] {
        assert!(page.has(&format!(".submit-row button[name={button}]")), "{button}");
    }

    // Another one: the address keeps what it had.
    let answer = browser.submit(&form, ("_addanother", "")).expect(302);
    assert!(
        answer.location().starts_with("/admin/sla/component/add/?"),
        "{}",
        answer.location()
    );
    assert!(answer.location().contains("name=new") && answer.location().contains("_changelist_filters="));
    let page = browser.get(&answer.location()).expect(200);
    assert!(
        page.text("ul.messagelist > li.success")
            .contains("was added successfully")
    );
    let id = key(database, "component", "new");
    let object = format!("/admin/sla/component/{id}/change/");
    assert_eq!(
        page.attributes("ul.messagelist > li.success a", "href"),
        [object.as_str()]
    );
    assert!(
        browser
            .get("/admin/sla/component/")
            .expect(200)
            .texts("ul.messagelist li")
            .is_empty(),
        "said once"
    );

    // A name that is taken: beside the field, everything kept, and the filters survive until the save succeeds.
    let answer = browser
        .submit(&form.set("slo", "99.5").add("calendars", "1"), ("_save", ""))
        .expect(422);
    assert_eq!(
        errors_beside(&answer, "name"),
        ["Component with this Name already exists."]
    );
    assert_eq!(answer.text("p.errornote"), "Please correct the error below.");
    assert!(answer.text("title").starts_with("Error: Add component"));
    assert_eq!(answer.attributes("#id_name", "aria-invalid"), ["true"]);
    let form = answer.form("#component_form");
    assert_eq!(
        (form.values("slo"), form.values("calendars")),
        (vec!["99.5"], vec!["1"])
    );
    assert_eq!(form.values("labels").len(), 2);
    let answer = browser
        .submit(&form.set("slo", "much").set("name", " "), ("_save", ""))
        .expect(422);
    assert_eq!(answer.text("p.errornote"), "Please correct the errors below.");
    assert_eq!(errors_beside(&answer, "slo").len(), 1);
    assert_eq!(answer.form("#component_form").values("slo"), ["much"]);
    let form = answer.form("#component_form").set("slo", "").set("name", "NEW-2");
    let answer = browser.submit(&form, ("_save", "")).expect(302);
    assert_eq!(answer.location(), "/admin/sla/component/?q=api&o=-name");

    // Going on with the same object keeps the way back as well.
    let page = browser
        .get(&format!("{object}?_changelist_filters={filters}"))
        .expect(200);
    let form = page.form("#component_form").set("display_name", "  Æther \u{202e}x ");
    let answer = browser.submit(&form, ("_continue", "")).expect(302);
    assert_eq!(answer.location(), format!("{object}?_changelist_filters={filters}"));
    let page = browser.get(&answer.location()).expect(200);
    assert!(
        page.text("ul.messagelist > li.success")
            .contains("was changed successfully")
    );
    assert_eq!(page.form("#component_form").values("display_name"), ["Æther \u{202e}x"]);
    assert_eq!(
        page.attributes("a.closelink", "href"),
        ["/admin/sla/component/?q=api&o=-name"]
    );
    for link in ["a.historylink", "a.deletelink"] {
        assert!(
            page.attributes(link, "href")[0].ends_with(&format!("?_changelist_filters={filters}")),
            "{link}"
        );
    }
    // The exact names of its metrics stand on the page.
    for fact in ["last_start", "last_end", "next_start", "next_end", "in_window"] {
        let name = format!("new_service_window_{fact}");
        assert!(page.html().contains(&name), "{name}");
    }
    // Absent and malformed keys.
    for id in ["999", "abc", "99999999999999999999", "-1", "%00"] {
        for verb in ["change", "delete", "history"] {
            let answer = browser.get(&format!("/admin/sla/component/{id}/{verb}/")).expect(302);
            assert_eq!(answer.location(), "/admin/");
        }
        let answer = browser.post(&format!("/admin/sla/component/{id}/change/"), &[("_version", "1")]);
        assert_eq!(answer.expect(302).location(), "/admin/");
    }
    assert_eq!(browser.get("/admin/").texts("ul.messagelist > li.warning").len(), 20);
}

fn copies_are_new_objects(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut adder = staff(database, &server, "adder", &["sla.add_slawindow", "sla.view_slawindow"]);
    let path = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    let form = root.get(&path).expect(200).form("#slawindow_form");
    let old_rule = form.values("rules-0-id")[0].to_owned();
    let form = form
        .set("description", "copied")
        .set("rules-1-kind", "weekly")
        .add("rules-1-weekdays", "TU")
        .set("rules-1-start_time", "10:00")
        .set("rules-1-end_time", "11:00");

    // The name is taken: the page stays one that makes a copy.
    let answer = root.submit(&form, ("_saveasnew", "")).expect(422);
    assert_eq!(
        errors_beside(&answer, "name"),
        ["SLA window with this Name already exists."]
    );
    assert_eq!(answer.attributes(".submit-row button", "name"), ["_saveasnew"]);
    let form = answer.form("#slawindow_form");
    assert_eq!(form.values("description"), ["copied"]);
    assert_eq!(count(database, "sla_window"), 1);
    let answer = root.submit(&form.set("name", "Copy"), ("_saveasnew", "")).expect(302);
    let copy = key(database, "sla_window", "Copy");
    assert_eq!(answer.location(), format!("/admin/sla/slawindow/{copy}/change/"));
    assert_eq!(
        count(database, "rule"),
        4,
        "one, one of the calendar, and two of the copy"
    );
    let form = root.get(&answer.location()).expect(200).form("#slawindow_form");
    assert!(
        form.values("rules-0-id")[0] != old_rule,
        "rows of a copy have keys of their own"
    );
    assert_eq!(form.values("rules-1-weekdays"), ["TU"]);

    // A copy needs the permission to add, not to change; a row that is marked for deletion is not copied.
    let form = root.get(&path).expect(200).form("#slawindow_form");
    let form = form.set("name", "Empty").add("rules-0-DELETE", "on");
    let token = adder.cookie("csrftoken").expect("every browser has one").to_owned();
    let form = form.set("csrfmiddlewaretoken", &token);
    adder.submit(&form, ("_save", "")).expect(403);
    assert_eq!(count(database, "sla_window"), 2);
    let answer = adder.submit(&form, ("_saveasnew", "")).expect(302);
    let empty = key(database, "sla_window", "Empty");
    assert_eq!(answer.location(), format!("/admin/sla/slawindow/{empty}/change/"));
    assert_eq!(
        database.number(&format!("SELECT count(*) AS value FROM rule WHERE window_id = {empty}")),
        0
    );
    assert_eq!(count(database, "rule"), 4, "the original keeps its rules");
    let page = adder.get(&answer.location()).expect(200);
    assert!(page.text("title").contains("View SLA window"));
    // Users are never copied: the copy would have no known password.
    let page = root.get("/admin/auth/user/1/change/").expect(200);
    assert!(!page.has("button[name=_saveasnew]"));
    root.submit(&page.form("#user_form").set("username", "renamed"), ("_saveasnew", ""))
        .expect(302);
    assert_eq!(
        database.texts("SELECT username AS value FROM user_account ORDER BY id"),
        ["renamed", "adder"]
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn permissions_shape_the_form(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let id = key(database, "component", "shop-api");
    let path = format!("/admin/sla/component/{id}/change/");

    let all = [
        "sla.view_component",
        "sla.view_label",
        "sla.view_slawindow",
        "sla.view_calendar",
    ];
    let mut viewer = staff(database, &server, "viewer", &all);
    let page = viewer.get(&path).expect(200);
    assert!(page.text("title").contains("View component"));
    assert!(!page.has("#component_form button") && !page.has("a.deletelink") && !page.has("#component_form select"));
    assert_eq!(page.text("a.closelink"), "Back");
    let shown = page.texts("#component_form div.readonly");
    for text in [
        "shop-api",
        "Shop",
        "Yes",
        "99.95",
        "Office",
        "Holidays",
        "env=prod team=payments",
    ] {
        assert!(shown.iter().any(|other| other == text), "{text} is not in {shown:?}");
    }
    let mut narrow = staff(database, &server, "narrow", &all[..1]);
    let shown = narrow.get(&path).expect(200).texts("#component_form div.readonly");
    for text in ["1 SLA window", "1 calendar", "2 labels"].map(|amount| format!("{amount} that you may not view")) {
        assert!(shown.contains(&text), "{text} is not in {shown:?}");
    }
    viewer
        .post(&path, &[("_version", "1"), ("name", "stolen"), ("_save", "")])
        .expect(403);
    viewer
        .post(&path, &[("_version", "1"), ("name", "stolen"), ("_saveasnew", "")])
        .expect(403);
    viewer.get("/admin/sla/component/add/").expect(403);
    viewer.get(&format!("{path}?restore=1")).expect(403);
    viewer.get("/admin/sla/component/999/change/").expect(302);

    let mut adder = staff(database, &server, "adder", &["sla.add_component"]);
    adder.get(&path).expect(403);
    adder.get("/admin/sla/component/999/change/").expect(403);
    adder.post("/admin/sla/component/999/change/", &[]).expect(403);
    let page = adder.get("/admin/sla/component/add/").expect(200);
    assert_eq!(
        page.attributes(".submit-row button", "name"),
        ["_save", "_addanother", "_preview"]
    );
    assert_eq!(page.attributes("a.closelink", "href"), ["/admin/"]);
    let links = page.attributes("ol.breadcrumbs a", "href");
    assert!(!links.contains(&"/admin/sla/component/".to_owned()), "{links:?}");
    let form = page.form("#component_form").set("name", "by-adder");
    let answer = adder.submit(&form, ("_continue", "")).expect(302);
    assert_eq!(answer.location(), "/admin/");
    let page = adder.get("/admin/").expect(200);
    assert!(page.text("ul.messagelist > li.success").contains("by-adder"));
    assert!(
        !page.has("ul.messagelist > li.success a"),
        "no link to what may not be opened"
    );

    let mut changer = staff(database, &server, "changer", &["sla.change_component"]);
    let page = changer.get(&path).expect(200);
    assert_eq!(
        page.attributes(".submit-row button", "name"),
        ["_save", "_continue", "_preview"]
    );
    changer
        .submit(&page.form("#component_form").set("slo", "99"), ("_saveasnew", ""))
        .expect(403);
    changer
        .submit(&page.form("#component_form").set("slo", "99"), ("_addanother", ""))
        .expect(302);
    assert_eq!(
        database.number(&format!(
            "SELECT slo_millipercent AS value FROM component WHERE id = {id}"
        )),
        99_000
    );
    // Log entries only show, whatever is posted.
    let mut root = superuser(database, &server);
    let page = root.get("/admin/audit/logentry/1/change/").expect(200);
    assert!(!page.has("#logentry_form button") && !page.has("#logentry_form input[type=text]"));
    root.post("/admin/audit/logentry/1/change/", &[("_version", "0"), ("user", "me")])
        .expect(403);
    root.get("/admin/audit/logentry/add/").expect(403);
}

fn what_is_chosen_is_never_lost(database: &Database) {
    apply(database, SOME);
    let rows: Vec<String> = (0..2_050)
        .map(|index| format!("('AAA window {index:04}', 'UTC')"))
        .collect();
    for rows in rows.chunks(500) {
        database.execute(&format!(
            "INSERT INTO sla_window (name, timezone) VALUES {}",
            rows.join(", ")
        ));
    }
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let office = key(database, "sla_window", "Office").to_string();
    let path = format!(
        "/admin/sla/component/{}/change/",
        key(database, "component", "shop-api")
    );
    let page = browser.get(&path).expect(200);
    assert_eq!(
        page.attributes("#id_windows option", "value").len(),
        21,
        "as many as are offered, and the chosen one"
    );
    let form = page.form("#component_form");
    assert_eq!(form.values("windows"), [office.as_str()]);
    browser.submit(&form.set("description", "x"), ("_save", "")).expect(302);
    assert_eq!(count(database, "component_window"), 1);
    // By GET and after an error as well.
    let page = browser
        .get(&format!("/admin/sla/component/add/?windows={office}"))
        .expect(200);
    let answer = browser.submit(&page.form("#component_form"), ("_save", "")).expect(422);
    assert_eq!(answer.form("#component_form").values("windows"), [office.as_str()]);
    // What does not exist is refused and named.
    let answer = browser.post(
        "/admin/sla/component/add/",
        &[("name", "x1"), ("windows", "987654"), ("labels", "no")],
    );
    let answer = answer.expect(422);
    assert!(errors_beside(&answer, "windows")[0].contains("987654"));
    assert!(errors_beside(&answer, "labels")[0].contains("no"));
}

fn names_differ_where_they_differ_in_the_database(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    for (path, fields, twin) in [
        ("sla/component", vec![("name", "ÄPI-1")], ("name", "Äpi-1")),
        ("sla/label", vec![("name", "team"), ("value", "ÄB")], ("value", "ÄB")),
        ("auth/group", vec![("name", "ÄB")], ("name", "Äb")),
    ] {
        let path = format!("/admin/{path}/add/");
        browser.post(&path, &fields).expect(302);
        let mut fields = fields;
        fields.push(twin);
        let page = browser.post(&path, &fields).expect(422);
        assert!(page.html().contains("already exists"), "{path}");
    }
    // Two values of one label name; and a label that would become a second value by its new name.
    browser
        .post("/admin/sla/label/add/", &[("name", "team"), ("value", "b")])
        .expect(302);
    browser
        .post("/admin/sla/label/add/", &[("name", "env"), ("value", "c")])
        .expect(302);
    let keys = database.texts("SELECT id AS value FROM label ORDER BY id");
    let page = browser.post(
        "/admin/sla/component/add/",
        &[("name", "two"), ("labels", &keys[0]), ("labels", &keys[1])],
    );
    assert!(errors_beside(&page.expect(422), "labels")[0].contains("one value of the label team"));
    let page = browser.post(
        "/admin/sla/component/add/",
        &[("name", "two"), ("labels", &keys[0]), ("labels", &keys[2])],
    );
    page.expect(302);
    let path = format!("/admin/sla/label/{}/change/", keys[2]);
    let form = browser.get(&path).expect(200).form("#label_form");
    let page = browser.submit(&form.set("name", "team"), ("_save", "")).expect(422);
    assert!(errors_beside(&page, "name")[0].contains("team"), "{}", page.html());
    assert_eq!(
        database.texts("SELECT name AS value FROM label WHERE value = 'c'"),
        ["env"]
    );
}

on_both_databases!(
    fields_are_called_as_promised,
    saving_leads_on,
    copies_are_new_objects,
    permissions_shape_the_form,
    what_is_chosen_is_never_lost,
    names_differ_where_they_differ_in_the_database,
);
