//! What histories say: plain English, only what differs, and what happened to the windows and calendars of a component beside it.

use super::typed::key;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

/// The changes of a history, newest first, as they are read.
fn changes(page: &Page) -> Vec<String> {
    page.texts("#change-history tbody tr > :nth-child(4)")
}

fn newest(browser: &mut Browser, path: &str) -> String {
    changes(&browser.get(path).expect(200)).remove(0)
}

/// A window with these rules, as a file.
fn window(rules: &str) -> String {
    format!("windows: [{{name: Office, timezone: Europe/Berlin, rules: [{rules}]}}]")
}

const WEEK: &str = "{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}";
const LATER: &str = "{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 38700}";
const FOUR_DAYS: &str = "{type: weekly, days: [MO, TU, WE, TH], start: '08:00', duration_s: 36000}";
const FRIDAY: &str = "{type: weekly, days: [FR], start: '08:00', duration_s: 32400}";
const NOTED: &str = "{type: weekly, days: [MO, TU, WE, TH], start: '08:00', duration_s: 36000, note: short}";
const RECURRING: &str = "{type: rrule, rrule: 'FREQ=WEEKLY;BYDAY=FR', start: '08:00', duration_s: 32400}";

fn rules_read_as_sentences(database: &Database) {
    let steps = [
        (WEEK.to_owned(), ""),
        (LATER.to_owned(), "Rules : Mon–Fri 08:00–18:00 → Mon–Fri 08:00–18:45"),
        (WEEK.to_owned(), "Rules : Mon–Fri 08:00–18:45 → Mon–Fri 08:00–18:00"),
        (
            format!("{FOUR_DAYS}, {FRIDAY}"),
            "Rules : Mon–Fri 08:00–18:00 → Mon–Thu 08:00–18:00 added Fri 08:00–17:00",
        ),
        (format!("{FRIDAY}, {FOUR_DAYS}"), "Rules : in another order"),
        (
            format!("{FRIDAY}, {NOTED}"),
            "Rules : Mon–Thu 08:00–18:00 → Mon–Thu 08:00–18:00 (short)",
        ),
        (
            format!("{RECURRING}, {NOTED}"),
            "Rules : removed Fri 08:00–17:00 added Fri 08:00–17:00",
        ),
        (NOTED.to_owned(), "Rules : removed Fri 08:00–17:00"),
    ];
    for (rules, _) in &steps {
        apply(database, &window(rules));
    }
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root
        .get(&format!(
            "/admin/sla/slawindow/{}/history/",
            key(database, "sla_window", "Office")
        ))
        .expect(200);
    let mut read = changes(&page);
    read.reverse();
    for ((_, expected), read) in steps.iter().zip(&read).skip(1) {
        assert_eq!(read, expected);
    }
    assert_eq!(read.len(), steps.len());
    let html = page.html();
    for word in ["duration", "38700", "sla.slawindow", "{&", "\"type\""] {
        assert!(!html.contains(word), "{word} is on the page");
    }
    assert_eq!(page.texts("#change-history del").len(), 6, "what was there is marked");
}

fn lists_name_what_was_added_and_removed(database: &Database) {
    let calendar = |dates: &str, zone: &str| {
        format!(
            "calendars: [{{name: Days, timezone: {zone}, rules: [{{type: dates, dates: [{dates}], start: '00:00', duration_s: 86400}}]}}]"
        )
    };
    let many: Vec<String> = (1..=28).map(|day| format!("2027-02-{day:02}")).collect();
    let many = many.join(", ");
    apply(database, &calendar(&many, "null"));
    apply(
        database,
        &calendar(&format!("{many}, {{date: 2027-05-01, name: May Day}}"), "Europe/Paris"),
    );
    apply(
        database,
        "components: [{name: shop, labels: {team: a, env: prod}, windows: [], slo: 99.9}]\nlabels: [{name: team, value: b}]",
    );
    apply(
        database,
        "components: [{name: shop, labels: {team: b, tier: gold}, calendars: [Days], enabled: false, slo: 99.95}]",
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = format!("/admin/sla/calendar/{}/history/", key(database, "calendar", "Days"));
    assert_eq!(
        newest(&mut root, &path),
        "Time zone : that of each window → Europe/Paris Rules : added 2027-05-01 (May Day), all day"
    );
    let path = format!("/admin/sla/component/{}/history/", key(database, "component", "shop"));
    assert_eq!(
        newest(&mut root, &path),
        "Enabled : yes → no SLO : 99.9 % → 99.95 % Labels : team=a → team=b removed env=prod added tier=gold Calendars : added Days"
    );

    // The audit log calls kinds of objects as people do.
    let page = root.get("/admin/audit/logentry/?content_type=sla.calendar").expect(200);
    assert_eq!(page.texts("td.field-object")[0], "Days (calendar)");
    assert_eq!(
        page.texts("td.field-changes")[0],
        "Time zone: that of each window → Europe/Paris. Rules: added 2027-05-01 (May Day), all day"
    );
    let entry = database.number("SELECT max(id) AS value FROM log_entry WHERE content_type = 'sla.calendar'");
    let page = root.get(&format!("/admin/audit/logentry/{entry}/change/")).expect(200);
    assert_eq!(page.text(".field-content_type .readonly"), "Calendar");
    let html = page.html();
    assert!(!html.contains("duration_s") && !html.contains("sla.calendar"), "{html}");
    let before = "Rules: 2027-02-01, 2027-02-02, 2027-02-03 and 25 more dates until 2027-02-28, all day";
    assert!(html.contains(before), "the states are words");
}

/// What a history says of an entry whose states cannot be read.
const UNKNOWN: &str = "Changes : what changed is unknown, because the state that was recorded cannot be read";

/// Rows of the audit log that a person or another version wrote are shown as far as they can be read.
fn states_that_cannot_be_read_are_shown_nevertheless(database: &Database) {
    let states = [
        (
            r#"{"rules": [{"type": "lunar", "phase": "full"}]}"#,
            r#"{"rules": []}"#,
            "Rules : removed type lunar; phase full",
        ),
        (r#"{"rules": 7}"#, r#"{"rules": "x"}"#, "Rules : 7 → x"),
        (
            r#"{"rules": [[1], null]}"#,
            r#"{"rules": [{"type": "weekly"}]}"#,
            "Rules : removed 1 removed – added type weekly",
        ),
        (r#"{"slo": "high"}"#, r#"{"slo": []}"#, "Slo : high → none"),
        ("[]", "no JSON", UNKNOWN),
        (r#"{"new_property": {"a": 1}}"#, "{}", "New property : removed a=1"),
    ];
    for (number, (before, after, _)) in (1..).zip(&states) {
        database.execute(&format!(
            "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after) \
             VALUES ('2026-01-01 00:00:00', 'ada', 'change', 'sla.slawindow', 1, 'W', {number}, '{before}', '{after}')"
        ));
    }
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut read = changes(&root.get("/admin/sla/slawindow/1/history/").expect(200));
    read.reverse();
    for ((_, _, expected), read) in states.iter().zip(read) {
        assert_eq!(read, *expected);
    }
    root.get("/admin/audit/logentry/").expect(200);
}

fn what_changed_in_a_state_that_cannot_be_read_is_unknown(database: &Database) {
    let rows = [
        ("add", "NULL", "'broken'", format!("W {UNKNOWN}")),
        ("change", "'broken'", "'{\"enabled\": true}'", UNKNOWN.to_owned()),
        ("change", "'{\"enabled\": true}'", "'broken'", UNKNOWN.to_owned()),
        ("delete", "'broken'", "NULL", format!("W {UNKNOWN}")),
    ];
    for (number, (action, before, after, _)) in (1..).zip(&rows) {
        database.execute(&format!(
            "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after) \
             VALUES ('2026-01-01 00:00:00', 'ada', '{action}', 'sla.slawindow', 1, 'W', {number}, {before}, {after})"
        ));
    }
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/sla/slawindow/1/history/").expect(200);
    let mut read = changes(&page);
    read.reverse();
    let expected: Vec<&str> = rows.iter().map(|(.., expected)| expected.as_str()).collect();
    assert_eq!(read, expected);
    // What was before is not what the entry left behind.
    assert_eq!(page.texts("#change-history a[aria-label^='This state']").len(), 1);
    server.wait_for_log("a state in the audit log cannot be read", rows.len());
    let page = root
        .get("/admin/audit/logentry/?content_type=sla.slawindow&action_flag__exact=2")
        .expect(200);
    let unknown = UNKNOWN.replace(" :", ":");
    assert_eq!(page.texts("td.field-changes"), [unknown.as_str(), &unknown]);
    // An entry of the log says which of its states it is.
    let entries = database
        .texts("SELECT CAST(id AS TEXT) AS value FROM log_entry WHERE content_type = 'sla.slawindow' ORDER BY id");
    let unreadable = "The state that was recorded cannot be read.";
    let expected: [(&[&str], usize); 4] = [
        (&["After"], 0),
        (&["Before", "After"], 0),
        (&["Before", "After"], 1),
        (&["Before"], 0),
    ];
    for (entry, (titles, place)) in entries.iter().zip(expected) {
        let page = root.get(&format!("/admin/audit/logentry/{entry}/change/")).expect(200);
        assert_eq!(page.texts(".remark h2"), titles, "{entry}");
        let states = page.texts(".remark ul");
        let said: Vec<bool> = states.iter().map(|state| state == unreadable).collect();
        let wanted: Vec<bool> = (0..titles.len()).map(|other| other == place).collect();
        assert_eq!(said, wanted, "{entry}: {states:?}");
    }
}

fn conflicts_name_only_the_rules_that_differ(database: &Database) {
    apply(database, &window(&format!("{FOUR_DAYS}, {FRIDAY}")));
    let server = Server::start(database, &[]);
    let mut ann = superuser(database, &server);
    let mut bob = staff(database, &server, "bob", &["sla.change_slawindow"]);
    let path = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    let form = ann.get(&path).expect(200).form("#slawindow_form");
    let bobs = bob.get(&path).expect(200).form("#slawindow_form");
    bob.submit(&bobs.set("rules-1-end_time", "16:00"), ("_save", ""))
        .expect(302);
    let page = ann
        .submit(&form.set("rules-1-note", "early <b>end</b>"), ("_save", ""))
        .expect(409);
    let cells = ["th[scope=row]", "td.opened", "td.now", "td.yours"];
    let cells = cells.map(|cell| page.texts(&format!("#conflict tbody {cell}")).join("|"));
    assert_eq!(
        cells,
        [
            "Rules (1 other is the same)",
            "Fri 08:00–17:00",
            "Fri 08:00–16:00",
            "Fri 08:00–17:00 (early <b>end</b>)"
        ]
    );
    assert!(
        page.text("#conflict .since")
            .contains("Rules : Fri 08:00–17:00 → Fri 08:00–16:00")
    );
    // A time that is none has no words; its fields are shown.
    let form = page.form("#slawindow_form");
    let page = ann
        .submit(
            &form.set("_version", "1").set("rules-1-end_time", "late"),
            ("_save", ""),
        )
        .expect(409);
    let yours = page.text("#conflict tbody td.yours");
    assert!(yours.contains("end time late"), "{yours}");
}

/// Lists the changes of a component's history and what it says of those that are not shown.
fn of_component(browser: &mut Browser, id: i64) -> (Vec<String>, Vec<String>) {
    let page = browser.get(&format!("/admin/sla/component/{id}/history/")).expect(200);
    (changes(&page), page.texts("#change-history > p"))
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_component_has_the_changes_of_its_windows_and_calendars(database: &Database) {
    let office =
        |rules: &str| format!("windows: [{{name: Office, timezone: UTC, calendars: [Days], rules: [{rules}]}}]");
    let nights = |start: &str| {
        format!(
            "windows: [{{name: Nights, timezone: UTC, rules: [{{type: weekly, days: [MO], start: '{start}', duration_s: 3600}}]}}]"
        )
    };
    let days = |note: &str| {
        format!(
            "calendars: [{{name: Days, rules: [{{type: dates, dates: ['2027-05-01'], start: '00:00', duration_s: 86400, note: {note}}}]}}]"
        )
    };
    for step in [
        days("one"),
        office(WEEK),
        nights("20:00"),
        "components: [{name: shop, windows: [Office]}, {name: other, windows: [Nights]}]".to_owned(),
        // Not linked yet.
        nights("21:00"),
        office(LATER),
        days("two"),
        "components: [{name: shop, windows: [Nights]}]".to_owned(),
        // Not linked any more.
        office(WEEK),
        days("three"),
        nights("22:00"),
    ] {
        apply(database, &step);
    }
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let id = key(database, "component", "shop");
    let expected = [
        "SLA window Nights Rules : Mon 21:00–22:00 → Mon 22:00–23:00",
        "SLA windows : removed Office added Nights",
        "Calendar Days Rules : 2027-05-01, all day (one) → 2027-05-01, all day (two)",
        "SLA window Office Rules : Mon–Fri 08:00–18:00 → Mon–Fri 08:00–18:45",
        "shop",
    ];
    assert_eq!(
        of_component(&mut root, id),
        (expected.map(str::to_owned).to_vec(), Vec::new())
    );
    let page = root.get(&format!("/admin/sla/component/{id}/history/")).expect(200);
    let window = key(database, "sla_window", "Nights");
    let link = format!("/admin/sla/slawindow/{window}/history/");
    assert_eq!(page.attributes("#change-history .of a", "href")[0], link);
    assert_eq!(
        page.texts("#change-history td a[href*=restore]").len(),
        2,
        "only its own states"
    );

    // A window that has another name now is still the one that was linked.
    let path = format!("/admin/sla/slawindow/{window}/change/");
    let form = root.get(&path).expect(200).form("#slawindow_form");
    root.submit(&form.set("name", "Evenings"), ("_save", "")).expect(302);
    apply(database, "components: [{name: shop, windows: []}]");
    let (changes, _) = of_component(&mut root, id);
    assert_eq!(
        changes.iter().take(3).map(String::as_str).collect::<Vec<_>>(),
        [
            "SLA windows : removed Evenings",
            "SLA window Evenings Name : Nights → Evenings",
            "SLA window Nights Rules : Mon 21:00–22:00 → Mon 22:00–23:00"
        ]
    );

    // Users without the permission to view them see how many there are.
    let mut viewer = staff(
        database,
        &server,
        "viewer",
        &["sla.view_component", "sla.view_calendar"],
    );
    let (changes, hidden) = of_component(&mut viewer, id);
    assert_eq!(hidden, ["3 changes of SLA windows that you may not view."]);
    assert_eq!(
        changes,
        [
            "SLA windows : removed 1 SLA window that you may not view",
            "SLA windows : removed 1 SLA window that you may not view added 1 SLA window that you may not view",
            expected[2],
            "shop"
        ]
    );
}

on_both_databases!(
    rules_read_as_sentences,
    lists_name_what_was_added_and_removed,
    states_that_cannot_be_read_are_shown_nevertheless,
    what_changed_in_a_state_that_cannot_be_read_is_unknown,
    conflicts_name_only_the_rules_that_differ,
    a_component_has_the_changes_of_its_windows_and_calendars,
);
