//! Back to an earlier state: a form filled in with it, and nothing else until it is saved.

use super::typed::{count, key};
use crate::support::browser::Page;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, staff, staff_state, superuser};
use crate::support::program::{apply, run_on, run_on_input};
use crate::support::server::Server;

const FIRST: &str = "
calendars: [{name: Holidays, rules: [{type: dates, dates: [{date: '2990-12-25', name: Christmas}], start: '00:00', duration_s: 86400}]}]
windows:
- name: Office
  timezone: Europe/Berlin
  valid_from: 2026-01-01
  calendars: [Holidays]
  rules:
  - {type: weekly, days: [MO, TU], start: '22:00', duration_s: 28800}
  - {type: rrule, rrule: FREQ=DAILY;INTERVAL=2, anchor: 2026-01-01, start: '01:00', duration_s: 3600, duration_mode: elapsed, note: n}
  excludes: [{type: once, start_local: '2990-01-01T00:00', end_local: '2990-01-03T00:00'}]
components: [{name: shop-api, display_name: Shop, description: d, labels: {team: shop}, windows: [Office], calendars: [Holidays], slo: 99.5}]
";

const SECOND: &str = "
windows: [{name: Office, timezone: UTC, valid_from: null, calendars: [], rules: [{type: weekly, days: [SU], start: '01:00', duration_s: 60}], excludes: []}]
calendars: [{name: Holidays, description: changed, rules: []}]
components: [{name: shop-api, display_name: '', description: '', labels: {}, windows: [], calendars: [], slo: null, enabled: false}]
";

/// Returns where each state of a history is restored, oldest first.
fn states(page: &Page) -> Vec<String> {
    let mut states = page.attributes("#change-history a[href*=restore]", "href");
    states.reverse();
    states
}

fn an_earlier_state_comes_back(database: &Database) {
    apply(database, FIRST);
    let first = run_on(database, &["export"]).ok();
    apply(database, SECOND);
    let second = run_on(database, &["export"]).ok();
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let objects = [
        ("calendar", "calendar", "Holidays"),
        ("slawindow", "sla_window", "Office"),
        ("component", "component", "shop-api"),
    ];
    for (model, table, name) in objects {
        let id = key(database, table, name);
        let page = root.get(&format!("/admin/sla/{model}/{id}/history/")).expect(200);
        let links = states(&page);
        assert_eq!(links.len(), 2, "{model}");
        let labels = page.attributes("#change-history a[href*=restore]", "aria-label");
        let first_state = labels[1].replace("This state, of", "This is the state of");
        let page = root.get(&links[0]).expect(200);
        let warning = page.text("ul.messagelist > li.warning");
        let said = format!("{first_state}. Nothing is changed until you save it.");
        assert!(warning.contains(&said), "{warning}");
        root.submit(&page.form(&format!("#{model}_form")), ("_continue", ""))
            .expect(302);
    }
    let restored = run_on(database, &["export"]).ok();
    assert!(restored != second);
    assert_eq!(restored, first, "rules, links, names of dates and all");

    // Only with the right to change it, only entries of this very object.
    let id = key(database, "component", "shop-api");
    let foreign =
        database.number("SELECT id AS value FROM log_entry WHERE content_type = 'sla.slawindow' ORDER BY id LIMIT 1");
    for entry in [foreign.to_string().as_str(), "999999", "x", "", "99999999999999999999"] {
        root.get(&format!("/admin/sla/component/{id}/change/?restore={entry}"))
            .expect(404);
        root.get(&format!("/admin/sla/component/add/?restore={entry}"))
            .expect(404);
    }
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let page = viewer.get(&format!("/admin/sla/component/{id}/history/")).expect(200);
    assert!(states(&page).is_empty());
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn what_was_deleted_comes_back(database: &Database) {
    apply(database, FIRST);
    let first = run_on(database, &["export"]).ok();
    let ids = [
        ("calendar", key(database, "calendar", "Holidays")),
        ("slawindow", key(database, "sla_window", "Office")),
        ("component", key(database, "component", "shop-api")),
    ];
    run_on_input(database, &["apply", "--prune", "-"], "{}").ok();
    assert_eq!(
        count(database, "component") + count(database, "sla_window") + count(database, "rule"),
        0
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut changer = staff(database, &server, "changer", &["sla.change_component"]);
    let page = changer
        .get(&format!("/admin/sla/component/{}/history/", ids[2].1))
        .expect(200);
    assert!(states(&page).is_empty(), "adding is a right of its own");
    root.post("/admin/sla/label/add/", &[("name", "team"), ("value", "shop")])
        .expect(302);
    for (model, id) in ids {
        let page = root.get(&format!("/admin/sla/{model}/{id}/history/")).expect(200);
        let links = states(&page);
        assert_eq!(links.len(), 2, "{model}: the first state, and the last one");
        let page = root.get(&links[1]).expect(200);
        assert!(page.text("title").starts_with("Add "), "{}", page.text("title"));
        root.submit(&page.form(&format!("#{model}_form")), ("_save", ""))
            .expect(302);
    }
    assert_eq!(run_on(database, &["export"]).ok(), first);
    // What it was linked to was deleted: left out, named, and one step from coming back.
    let id = key(database, "component", "shop-api");
    apply(database, "components: [{name: shop-api, windows: [], labels: {}}]");
    let page = root
        .get(&format!(
            "/admin/sla/slawindow/{}/delete/",
            key(database, "sla_window", "Office")
        ))
        .expect(200);
    root.submit(&page.form("#content-start form"), ("", "")).expect(302);
    let page = root.get(&format!("/admin/sla/component/{id}/history/")).expect(200);
    let page = root.get(&states(&page)[0]).expect(200);
    let missing = "#not-restored li";
    assert_eq!(
        page.texts(missing),
        ["SLA window “Office”: it was deleted. Restore Office first"]
    );
    assert!(
        page.text("ul.messagelist > li.warning")
            .contains("Not all of it can be brought back")
    );
    let path = page.path.clone();
    let mut changer = staff(
        database,
        &server,
        "historian",
        &["sla.change_component", "sla.view_slawindow"],
    );
    let link = changer
        .get(&path)
        .expect(200)
        .attributes(&format!("{missing} a"), "href");
    assert!(link[0].ends_with("/history/"), "{link:?}");
    changer.get(&link[0]).expect(200);
    let mut blind = staff(database, &server, "blind", &["sla.change_component"]);
    let page_of_blind = blind.get(&path).expect(200);
    assert_eq!(
        page_of_blind.texts(missing),
        ["1 SLA window that you may not view: deleted or renamed meanwhile."]
    );
    assert!(!page_of_blind.has(&format!("{missing} a")));
    let first = root
        .get(&page.attributes(&format!("{missing} a"), "href")[0])
        .expect(200);
    assert!(first.text("title").contains("Add SLA window"));
    assert!(!first.has(missing), "its calendar is there");
    root.submit(&first.form("#slawindow_form"), ("_save", "")).expect(302);
    let page = root.get(&path).expect(200);
    assert!(!page.has(missing));
    assert_eq!(
        page.form("#component_form").values("windows"),
        [key(database, "sla_window", "Office").to_string()]
    );
    // One that has another name now is there to be chosen; what no entry of the audit log knows is said to be so.
    let office = key(database, "sla_window", "Office");
    let form = root.get(&format!("/admin/sla/slawindow/{office}/change/")).expect(200);
    root.submit(&form.form("#slawindow_form").set("name", "Desk"), ("_save", ""))
        .expect(302);
    database.execute("DELETE FROM component_label");
    database.execute("DELETE FROM label WHERE name = 'team'");
    let page = root.get(&path).expect(200);
    assert_eq!(
        page.texts(missing),
        [
            "Label “team=shop”: it was deleted. Restore team=shop first",
            "SLA window “Office”: it is called “Desk” now. Choose it below to keep it. Open Desk"
        ]
    );
    root.get(&page.attributes(&format!("{missing} a"), "href")[1])
        .expect(200);
    // A group comes back as well, and a user as far as the first form goes.
    root.post(
        "/admin/auth/group/add/",
        &[("name", "ops"), ("permissions", "sla.view_label")],
    )
    .expect(302);
    let group = database.number("SELECT id AS value FROM user_group");
    let page = root.get(&format!("/admin/auth/group/{group}/delete/")).expect(200);
    root.submit(&page.form("#content-start form"), ("", "")).expect(302);
    let page = root.get(&format!("/admin/auth/group/{group}/history/")).expect(200);
    let page = root.get(&states(&page)[1]).expect(200);
    root.submit(&page.form("#group_form"), ("_save", "")).expect(302);
    assert_eq!(
        database.texts("SELECT permission AS value FROM user_group_permission"),
        ["sla.view_label"]
    );
}

fn users_come_back_without_what_was_deleted(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let ops = add_group(database, "ops", &["sla.view_label"]);
    let mut state = staff_state("ann", &["sla.view_component"]);
    state.groups.insert(ops);
    state.email = "ann@example.org".to_owned();
    let ann = add_user(database, &state, None);
    let path = format!("/admin/auth/user/{ann}");
    let form = root.get(&format!("{path}/change/")).expect(200).form("#user_form");
    root.submit(&form.set("first_name", "Ann"), ("_save", "")).expect(302);
    let page = root.get(&format!("/admin/auth/group/{ops}/delete/")).expect(200);
    root.submit(&page.form("#content-start form"), ("", "")).expect(302);

    let first_state = |page: &Page| states(page)[0].clone();
    let history = root.get(&format!("{path}/history/")).expect(200);
    let page = root.get(&first_state(&history)).expect(200);
    assert_eq!(
        page.texts("#not-restored li"),
        ["Group “ops”: it was deleted. Restore ops first"]
    );
    // The first form of a new user has few fields: the others are named.
    let page = root.get(&format!("{path}/delete/")).expect(200);
    root.submit(&page.form("#content-start form"), ("", "")).expect(302);
    let history = root.get(&format!("{path}/history/")).expect(200);
    let page = root.get(&first_state(&history)).expect(200);
    assert_eq!(page.form("#user_form").values("username"), ["ann"]);
    assert_eq!(
        page.texts("#not-restored li"),
        [
            "Group “ops”: it was deleted. Restore ops first",
            "Email: ann@example.org. Set it on the page that follows.",
            "Active: Yes. Set it on the page that follows.",
            "Staff: Yes. Set it on the page that follows.",
            "Permissions: sla | component | Can view component. Set it on the page that follows."
        ]
    );
}

fn what_was_measured_stays_with_the_deleted_component(database: &Database) {
    apply(database, FIRST);
    let old = key(database, "component", "shop-api");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let delete = format!("/admin/sla/component/{old}/delete/");
    assert!(!root.get(&delete).expect(200).html().contains("What was measured"));
    // From 1 Oct 2026 to the end of 30 Oct.
    for start in [1_790_812_800, 1_793_318_400] {
        database.execute(&format!(
            "INSERT INTO availability (component_id, component_name, kind, range_start, range_end, timezone, definitions, indicator_name, \
             up_ms, down_ms, unknown_ms, samples_seen, samples_expected, step_s, measured_at, tzdata, warnings, spans, runs) \
             VALUES ({old}, 'shop-api', 'span', {start}, {}, 'UTC', 'then', 'Probe', 86400000, 0, 0, 60, 60, 60, \
             '2026-11-01 00:00:00', '2026f', '[]', '', '')",
            start + 86_400
        ));
    }
    let page = root.get(&delete).expect(200);
    let note = "What was measured from 1 Oct 2026 to 30 Oct 2026 stays in reports, as that of a deleted component.";
    assert!(page.text("p.note").starts_with(note), "{}", page.text("p.note"));
    root.submit(&page.form("#delete-form"), ("", "")).expect(302);

    let history = |id: i64| format!("/admin/sla/component/{id}/history/");
    let page = root.get(&history(old)).expect(200);
    assert!(!page.has("#namesakes"));
    let restored = root.get(&states(&page)[0]).expect(200).form("#component_form");
    root.submit(&restored, ("_save", "")).expect(302);
    let new = key(database, "component", "shop-api");
    assert!(new != old);
    for (of, other, words) in [
        (new, old, "Another component “shop-api” was deleted at "),
        (old, new, "There is a component “shop-api” again, a new one"),
    ] {
        let page = root.get(&history(of)).expect(200);
        assert!(
            page.text("#namesakes").starts_with(words),
            "{}",
            page.text("#namesakes")
        );
        assert_eq!(page.attributes("#namesakes a", "href"), [history(other)]);
    }
}

on_both_databases!(
    an_earlier_state_comes_back,
    what_was_deleted_comes_back,
    users_come_back_without_what_was_deleted,
    what_was_measured_stays_with_the_deleted_component,
);
