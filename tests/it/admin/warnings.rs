//! What is allowed and probably not meant is saved, and said on the next page; and how far a change reaches is said before it is made.

use sla_monitor::apps::sla::lint::Finding;

use super::typed::{count, key, office, rules, window};
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

/// The warnings of the page that a save leads to.
#[track_caller]
fn after(browser: &mut Browser, saved: Page) -> Vec<String> {
    let page = browser.get(&saved.expect(302).location()).expect(200);
    assert_eq!(page.texts("ul.messagelist > li.success").len(), 1);
    page.texts("ul.messagelist > li.warning")
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn doubtful_windows_are_saved_with_a_warning(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let weekly = |start: &'static str, end: &'static str| {
        vec![
            ("rules-0-kind", "weekly"),
            ("rules-0-weekdays", "SU"),
            ("rules-0-start_time", start),
            ("rules-0-end_time", end),
        ]
    };
    let with = |base: Vec<(&'static str, &'static str)>, more: &[(&'static str, &'static str)]| {
        [base.as_slice(), more].concat()
    };
    let never = [
        ("rules-0-kind", "rrule"),
        ("rules-0-rrule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        ("rules-0-start_time", "08:00"),
        ("rules-0-end_time", "09:00"),
    ];
    let cut = [
        ("rules-1-effect", "exclude"),
        ("rules-1-kind", "weekly"),
        ("rules-1-weekdays", "SU"),
        ("rules-1-start_time", "00:00"),
        ("rules-1-end_time", "24:00"),
    ];
    let idle = [
        ("rules-1-effect", "exclude"),
        ("rules-1-kind", "rrule"),
        ("rules-1-rrule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        ("rules-1-start_time", "00:00"),
        ("rules-1-end_time", "24:00"),
    ];
    let daily = |end: &'static str| {
        [
            ("rules-0-kind", "rrule"),
            ("rules-0-rrule", "FREQ=DAILY"),
            ("rules-0-start_time", "00:00"),
            ("rules-0-end_time", end),
        ]
    };
    let cases = [
        ("fine", weekly("09:00", "17:00"), None),
        ("empty", vec![], Some("has no rules")),
        ("never", never.to_vec(), Some("no occurrence within 50 years")),
        (
            "past",
            with(
                weekly("09:00", "17:00"),
                &[("valid_until", "2001-01-01"), ("valid_from", "2001-01-01")],
            ),
            Some("no occurrence within 50 years"),
        ),
        (
            "gap",
            weekly("02:30", "04:00"),
            Some("at 03:30 and is 1 h shorter, because the clocks in Europe/Berlin skip 02:30 that day"),
        ),
        ("dropped", weekly("02:00", "03:00"), Some("does not take place on")),
        (
            "shifted end",
            weekly("01:30", "02:30"),
            Some("at 03:30, because the clocks in Europe/Berlin skip 02:30"),
        ),
        ("before the gap", weekly("01:30", "02:00"), None),
        (
            "minute",
            daily("23:59").to_vec(),
            Some("leaves a hole of 1 min before the next occurrence"),
        ),
        (
            "second",
            daily("23:59:59").to_vec(),
            Some("leaves a hole of 1 s before the next occurrence"),
        ),
        ("whole day", daily("24:00").to_vec(), None),
        (
            "swallowed",
            with(weekly("09:00", "17:00"), &cut),
            Some("exclusions swallow"),
        ),
        (
            "idle",
            with(weekly("09:00", "17:00"), &idle),
            Some("excludes nothing within 50 years"),
        ),
    ];
    for (name, fields, warning) in cases {
        let saved = browser.post("/admin/sla/slawindow/add/", &window(name, "2", &fields));
        let said = after(&mut browser, saved);
        match warning {
            None => assert!(said.is_empty(), "{name}: {said:?}"),
            Some(warning) => assert!(said[0].contains(warning) && said[0].contains(name), "{name}: {said:?}"),
        }
        assert!(key(database, "sla_window", name) > 0);
    }
    // Hundreds of warnings leave room for the success.
    let names: Vec<[String; 4]> = (0..100)
        .map(|i| ["kind", "weekdays", "start_time", "end_time"].map(|field| format!("rules-{i}-{field}")))
        .collect();
    let mut fields = window("many", "100", &[]);
    for name in &names {
        fields.extend([
            (name[0].as_str(), "weekly"),
            (name[1].as_str(), "SU"),
            (name[2].as_str(), "02:30"),
            (name[3].as_str(), "03:30"),
        ]);
    }
    let saved = browser.post("/admin/sla/slawindow/add/", &fields);
    assert_eq!(after(&mut browser, saved).len(), 11);

    // The holes of what excludes are time that is not excluded.
    let mut fields = rules("1");
    fields.extend([("name", "Leaky"), ("enabled", "on")]);
    fields.extend(daily("23:59"));
    let saved = browser.post("/admin/sla/calendar/add/", &fields);
    let said = after(&mut browser, saved);
    assert!(
        said.len() == 1 && said[0].contains("Rule 1 of calendar “Leaky” leaves a hole of 1 min"),
        "{said:?}"
    );

    // A calendar that leaves nothing of a window, and one that cuts nothing.
    let id = key(database, "sla_window", "fine");
    let mut fields = rules("1");
    fields.extend([
        ("name", "Shut"),
        ("enabled", "on"),
        ("rules-0-kind", "weekly"),
        ("rules-0-weekdays", "MO"),
        ("rules-0-start_time", "00:00"),
        ("rules-0-end_time", "24:00"),
    ]);
    let saved = browser.post("/admin/sla/calendar/add/", &fields);
    assert!(after(&mut browser, saved).is_empty());
    let calendar = key(database, "calendar", "Shut");
    let form = browser
        .get(&format!("/admin/sla/slawindow/{id}/change/"))
        .expect(200)
        .form("#slawindow_form");
    let saved = browser.submit(&form.add("calendars", &calendar.to_string()), ("_save", ""));
    assert!(after(&mut browser, saved).is_empty());
    let form = browser
        .get(&format!("/admin/sla/calendar/{calendar}/change/"))
        .expect(200)
        .form("#calendar_form");
    let saved = browser.submit(
        &form.add("rules-0-weekdays", "SU").set("name", "Shut all"),
        ("_save", ""),
    );
    assert!(after(&mut browser, saved)[0].contains("“fine”"));
    let form = browser
        .get(&format!("/admin/sla/calendar/{calendar}/change/"))
        .expect(200)
        .form("#calendar_form");
    let form = form
        .set("rules-0-kind", "rrule")
        .set("rules-0-rrule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30");
    let saved = browser.submit(&form, ("_save", ""));
    assert!(after(&mut browser, saved)[0].contains("excludes nothing"));
}

fn doubtful_components_are_saved_with_a_warning(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    browser
        .post("/admin/sla/slawindow/add/", &office("On", &[]))
        .expect(302);
    let mut off = office("Off", &[]);
    off.retain(|(name, _)| *name != "enabled");
    browser.post("/admin/sla/slawindow/add/", &off).expect(302);
    let (on, off) = (
        key(database, "sla_window", "On").to_string(),
        key(database, "sla_window", "Off").to_string(),
    );
    drop(browser.get("/admin/"));
    let mut add = |fields: &[(&str, &str)]| {
        let saved = browser.post("/admin/sla/component/add/", fields);
        after(&mut browser, saved)
    };
    assert!(add(&[("name", "a-b"), ("enabled", "on"), ("windows", &on)]).is_empty());
    assert!(add(&[("name", "hourless"), ("enabled", "on")])[0].contains("no enabled window"));
    assert!(add(&[("name", "hourless-2"), ("enabled", "on"), ("windows", &off)])[0].contains("no enabled window"));
    assert!(
        add(&[("name", "asleep")]).is_empty(),
        "a disabled one has no metrics to miss"
    );
    let said = add(&[("name", "a.b"), ("enabled", "on"), ("windows", &on)]);
    assert!(
        said.len() == 1 && said[0].contains("a_b_service_window_") && said[0].contains("a-b"),
        "{said:?}"
    );
    assert!(add(&[("name", "1x"), ("enabled", "on"), ("windows", &on)]).is_empty());
    assert!(add(&[("name", "c_1x"), ("enabled", "on"), ("windows", &on)])[0].contains("1x"));
    assert!(add(&[("name", "-1x"), ("enabled", "on"), ("windows", &on)]).is_empty());
    for (name, other) in [("é1x", "-1x"), ("_1x", "-1x"), ("c__1x", "é1x")] {
        let said = add(&[("name", name), ("enabled", "on"), ("windows", &on)]);
        assert!(
            said[0].contains("c__1x_service_window_") && said[0].contains(other),
            "{said:?}"
        );
    }
    assert!(
        add(&[("name", "axb"), ("enabled", "on"), ("windows", &on)]).is_empty(),
        "no wildcard"
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn pages_say_how_far_a_change_reaches(database: &Database) {
    let mut document = "calendars: [{name: Holidays}, {name: Unused}]\nwindows: [{name: Office, timezone: UTC, calendars: [Holidays]}, {name: Free, timezone: UTC}]\ncomponents:\n".to_owned();
    for number in 0..25 {
        document.push_str(&format!(
            "- {{name: shop-{number:02}, windows: [Office], labels: {{team: shop}}}}\n"
        ));
    }
    document.push_str(
        "- {name: direct, calendars: [Holidays]}\n- {name: both, calendars: [Holidays], windows: [Office]}\n",
    );
    apply(database, &document);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let mut remark = |model: &str, id: i64| {
        let page = browser.get(&format!("/admin/sla/{model}/{id}/change/")).expect(200);
        // What the rules come to stands before it.
        let section = "section.remark:last-of-type";
        (
            page.text(&format!("{section} h2")),
            page.texts(&format!("{section} li")),
        )
    };
    let (title, users) = remark("slawindow", key(database, "sla_window", "Office"));
    assert!(title.contains("26 components"), "{title}");
    assert_eq!(users.len(), 21);
    assert_eq!((users[0].as_str(), users[20].as_str()), ("both", "… and 6 more"));
    let office = key(database, "sla_window", "Office");
    let (title, users) = remark("calendar", key(database, "calendar", "Holidays"));
    assert!(title.contains("27 components"), "{title}");
    assert_eq!(users, ["SLA window Office", "component both", "component direct"]);
    assert!(remark("label", 1).0.contains("25 components"));
    assert!(
        remark("slawindow", key(database, "sla_window", "Free"))
            .0
            .contains("0 components")
    );
    assert!(
        remark("calendar", key(database, "calendar", "Unused"))
            .0
            .contains("nothing")
    );
    // Users with the permission to view the components get a link to them.
    let list = format!("/admin/sla/component/?windows__id__exact={office}");
    let url = format!("/admin/sla/slawindow/{office}/change/");
    let page = browser.get(&url).expect(200);
    assert_eq!(page.attributes(".remark h2 a", "href"), [list.as_str()]);
    let page = browser.get(&list).expect(200);
    assert!(page.text("nav.paginator > span").starts_with("26 components"));
    let page = browser.get("/admin/sla/label/1/change/").expect(200);
    assert_eq!(
        page.attributes(".remark h2 a", "href"),
        ["/admin/sla/component/?labels__id__exact=1"]
    );
    let mut clerk = staff(database, &server, "clerk", &["sla.view_slawindow"]);
    let page = clerk.get(&url).expect(200);
    assert!(page.has(".remark h2") && !page.has(".remark h2 a"));
    // What is used says by whom, and stays.
    for (model, table, name) in [
        ("slawindow", "sla_window", "Office"),
        ("calendar", "calendar", "Holidays"),
        ("label", "label", "team"),
    ] {
        let path = format!("/admin/sla/{model}/{}/delete/", key(database, table, name));
        let page = browser.post(&path, &[("post", "yes")]).expect(409);
        assert!(!page.texts("#deleted-objects li").is_empty(), "{model}");
        assert!(!browser.get(&path).expect(200).has("#content-start form"));
    }
    assert_eq!(
        count(database, "sla_window") + count(database, "calendar") + count(database, "label"),
        5
    );
}

fn windows_say_what_they_do_to_components(database: &Database) {
    apply(
        database,
        "
windows:
- {name: Days, timezone: UTC, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 36000}]}
- {name: Evenings, timezone: UTC, rules: [{type: weekly, days: [MO], start: '18:00', duration_s: 3600}]}
- {name: Sundays, timezone: UTC, rules: [{type: weekly, days: [SU], start: '08:00', duration_s: 3600}]}
components: [{name: shop-api, windows: [Days]}, {name: till, windows: [Days, Sundays]}]
",
    );
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let windows = ["Days", "Evenings", "Sundays"].map(|name| key(database, "sla_window", name));
    let path = format!(
        "/admin/sla/component/{}/change/",
        key(database, "component", "shop-api")
    );

    // Those that touch are named, those that do not are not, and a save that leaves them alone says nothing again.
    let form = browser.get(&path).expect(200).form("#component_form");
    let saved = browser.submit(&form.add("windows", &windows[2].to_string()), ("_continue", ""));
    assert!(after(&mut browser, saved).is_empty());
    let form = browser.get(&path).expect(200).form("#component_form");
    let saved = browser.submit(&form.add("windows", &windows[1].to_string()), ("_continue", ""));
    let said = after(&mut browser, saved);
    assert!(said.len() == 1 && said[0].contains("“Days” and “Evenings”"), "{said:?}");
    let form = browser.get(&path).expect(200).form("#component_form");
    let saved = browser.submit(&form.set("description", "d"), ("_continue", ""));
    assert!(after(&mut browser, saved).is_empty());
    let form = browser
        .get(&path)
        .expect(200)
        .form("#component_form")
        .set("windows", &windows[0].to_string());
    browser.submit(&form, ("_save", "")).expect(302);

    // A window that is switched off, or over, names those that have no other one.
    let path = format!("/admin/sla/slawindow/{}/change/", windows[0]);
    browser.get("/admin/");
    for (field, value) in [("valid_until", "2001-01-01"), ("enabled", "")] {
        let form = browser.get(&path).expect(200).form("#slawindow_form");
        let form = if value.is_empty() {
            form.clear(field)
        } else {
            form.set(field, value)
        };
        let saved = browser.submit(&form, ("_continue", ""));
        let said = after(&mut browser, saved);
        let found = said.iter().find(|said| said.contains("no other enabled window"));
        assert!(
            found.is_some_and(|found| found.contains("shop-api") && !found.contains("till")),
            "{said:?}"
        );
    }
}

on_both_databases!(
    windows_say_what_they_do_to_components,
    doubtful_windows_are_saved_with_a_warning,
    doubtful_components_are_saved_with_a_warning,
    pages_say_how_far_a_change_reaches,
);

#[test]
fn a_sentence_leaves_names_as_they_are() {
    let sentence = |message: &str| {
        let finding = Finding {
            id: "sla.W001",
            message: message.to_owned(),
        };
        finding.sentence()
    };
    assert_eq!(
        sentence("component `api` is never in service"),
        "Component “api” is never in service."
    );
    assert_eq!(
        sentence("component `o`clock` is never in service"),
        "Component “o`clock” is never in service."
    );
    assert_eq!(sentence("`api` and `Web`: both"), "“api” and “Web”: both.");
    assert_eq!(sentence("ends with `api`"), "Ends with “api”.");
}
