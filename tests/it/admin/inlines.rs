//! Rules as rows of a form: what counts as a row, what is refused and where, and what is kept.

use super::typed::{count, errors_beside, key, office, rules, window};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

/// Fields of a rule, by their names in a row.
type Typed<'a> = &'a [(&'a str, &'a str)];

const ADD: &str = "/admin/sla/slawindow/add/";

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn rules_of_every_kind_come_back_as_typed(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    // Name, fields, and the seconds and mode that are stored.
    let cases: [(&str, Typed<'_>, &str); 9] = [
        (
            "overnight",
            &[
                ("kind", "weekly"),
                ("weekdays", "FR"),
                ("weekdays", "MO"),
                ("start_time", "22:00"),
                ("end_time", "06:00"),
            ],
            "28800 wall",
        ),
        (
            "to midnight",
            &[
                ("kind", "weekly"),
                ("weekdays", "SU"),
                ("start_time", "20:00"),
                ("end_time", "24:00"),
            ],
            "14400 wall",
        ),
        (
            "whole day",
            &[
                ("kind", "weekly"),
                ("weekdays", "SU"),
                ("start_time", "00:00"),
                ("end_time", "24:00"),
            ],
            "86400 wall",
        ),
        (
            "round the clock",
            &[
                ("kind", "weekly"),
                ("weekdays", "SU"),
                ("start_time", "08:30"),
                ("end_time", "08:30"),
            ],
            "86400 wall",
        ),
        (
            "weekend",
            &[
                ("kind", "weekly"),
                ("weekdays", "FR"),
                ("start_time", "18:00"),
                ("end_time", "18:00:30"),
                ("end_day_offset", "2"),
            ],
            "172830 wall",
        ),
        (
            "same day",
            &[
                ("kind", "weekly"),
                ("weekdays", "FR"),
                ("start_time", "18:00"),
                ("end_time", "19:00"),
                ("end_day_offset", "0"),
            ],
            "3600 wall",
        ),
        (
            "exact",
            &[
                ("kind", "rrule"),
                ("rrule", "freq=monthly;byday=-1FR"),
                ("start_time", "01:00"),
                ("end_time", "05:00"),
                ("duration_mode", "elapsed"),
                ("note", "patch day"),
            ],
            "14400 elapsed",
        ),
        (
            "listed",
            &[
                ("kind", "dates"),
                ("dates", "2990-12-26\r\n\r\n 2990-12-25 Christmas \r\n2990-12-26"),
                ("start_time", "00:00"),
                ("end_time", "24:00"),
                ("end_day_offset", "0"),
            ],
            "86400 wall",
        ),
        (
            "once",
            &[
                ("kind", "once"),
                ("start_local", "2990-01-01T10:00"),
                ("end_local", "2990-03-01 10:00:30"),
            ],
            " wall",
        ),
    ];
    for (name, fields, stored) in cases {
        let named: Vec<(String, &str)> = fields
            .iter()
            .map(|(field, value)| (format!("rules-0-{field}"), *value))
            .collect();
        let more: Vec<(&str, &str)> = named.iter().map(|(field, value)| (field.as_str(), *value)).collect();
        browser.post(ADD, &window(name, "4", &more)).expect(302);
        let id = key(database, "sla_window", name);
        let found = database.texts(&format!(
            "SELECT COALESCE(CAST(duration_s AS TEXT), '') || ' ' || duration_mode AS value FROM rule WHERE window_id = {id}"
        ));
        assert_eq!(
            found,
            [stored],
            "{name}: blank rows are ignored, and this is what was meant"
        );
        // Drawn and sent again it is the same.
        let path = format!("/admin/sla/slawindow/{id}/change/");
        let form = browser.get(&path).expect(200).form("#slawindow_form");
        assert_eq!(
            (form.values("rules-TOTAL_FORMS"), form.values("rules-INITIAL_FORMS")),
            (vec!["4"], vec!["1"])
        );
        browser.submit(&form, ("_save", "")).expect(302);
        assert_eq!(
            database.number(&format!("SELECT version AS value FROM sla_window WHERE id = {id}")),
            1,
            "{name}"
        );
    }
    let shown = |name: &str, field: &str| {
        let mut browser = crate::support::people::at_admin(database, &server, 1);
        let path = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", name));
        let form = browser.get(&path).expect(200).form("#slawindow_form");
        form.values(&format!("rules-0-{field}")).join("|")
    };
    assert_eq!(shown("overnight", "weekdays"), "MO|FR");
    assert_eq!(shown("whole day", "end_time"), "24:00");
    assert_eq!(shown("weekend", "end_day_offset"), "2");
    assert_eq!(shown("exact", "rrule"), "FREQ=MONTHLY;BYDAY=-1FR");
    assert_eq!(shown("listed", "dates"), "2990-12-25 Christmas\r\n2990-12-26");
    // The same by file: what forms store is what `apply` would.
    let exported = run_on(database, &["export"]).ok();
    assert!(
        exported.contains("patch day") && exported.contains("Christmas"),
        "{exported}"
    );

    // A calendar floats, and its rules have no effect to choose.
    let mut fields = rules("1");
    fields.extend([
        ("name", "Free"),
        ("enabled", "on"),
        ("rules-0-effect", "include"),
        ("rules-0-kind", "dates"),
    ]);
    fields.extend([
        ("rules-0-dates", "2990-05-01"),
        ("rules-0-start_time", "00:00"),
        ("rules-0-end_time", "24:00"),
    ]);
    browser.post("/admin/sla/calendar/add/", &fields).expect(302);
    let calendar = "SELECT effect || ' ' || COALESCE(timezone, 'floating') AS value FROM rule JOIN calendar ON calendar.id = calendar_id";
    assert_eq!(database.texts(calendar), ["exclude floating"]);
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn refusals_stand_beside_their_fields(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let long = "x".repeat(201);
    let dates: String = (0..1_001)
        .map(|day| format!("{}-{:02}-{:02}\n", 2100 + day / 336, day / 28 % 12 + 1, day % 28 + 1))
        .collect();
    let weekly = [
        ("kind", "weekly"),
        ("weekdays", "MO"),
        ("start_time", "09:00"),
        ("end_time", "17:00"),
    ];
    let rrule = [
        ("kind", "rrule"),
        ("rrule", "FREQ=DAILY"),
        ("start_time", "09:00"),
        ("end_time", "17:00"),
    ];
    let listed = [
        ("kind", "dates"),
        ("dates", "2990-01-01"),
        ("start_time", "09:00"),
        ("end_time", "17:00"),
    ];
    let once = [
        ("kind", "once"),
        ("start_local", "2990-01-01T10:00"),
        ("end_local", "2990-01-01T12:00"),
    ];
    let (long_note, many_dates) = ([("note", long.as_str())], [("dates", dates.as_str())]);
    // A rule, what is typed instead, and the field that says so.
    let cases: Vec<(Typed<'_>, Typed<'_>, &str)> = vec![
        (&weekly, &[("kind", "hourly")], "kind"),
        (&weekly, &[("kind", "")], "kind"),
        (&weekly, &[("weekdays", "")], "weekdays"),
        (&weekly, &[("weekdays", "XX")], "weekdays"),
        (&weekly, &[("kind", "dates")], "dates"),
        (&weekly, &[("kind", "once")], "start_local"),
        (&weekly, &[("kind", "rrule")], "rrule"),
        (&weekly, &[("start_time", "")], "start_time"),
        (&weekly, &[("start_time", "24:00")], "start_time"),
        (&weekly, &[("start_time", "9:0")], "start_time"),
        (&weekly, &[("start_time", "09:00Z")], "start_time"),
        (&weekly, &[("end_time", "")], "end_time"),
        (&weekly, &[("end_time", "24:01")], "end_time"),
        (&weekly, &[("end_time", "17.00")], "end_time"),
        (&weekly, &[("end_day_offset", "32")], "end_day_offset"),
        (&weekly, &[("end_day_offset", "-1")], "end_day_offset"),
        (&weekly, &[("end_day_offset", "one")], "end_day_offset"),
        (
            &weekly,
            &[("end_day_offset", "0"), ("end_time", "08:00")],
            "end_day_offset",
        ),
        (
            &weekly,
            &[("end_day_offset", "0"), ("end_time", "09:00")],
            "end_day_offset",
        ),
        (
            &weekly,
            &[("end_day_offset", "31"), ("end_time", "09:01")],
            "end_day_offset",
        ),
        (&weekly, &[("duration_mode", "felt")], "duration_mode"),
        (&weekly, &[("effect", "both")], "effect"),
        (&weekly, &long_note, "note"),
        (&weekly, &[("note", "nul\0")], "note"),
        (&rrule, &[("rrule", "")], "rrule"),
        (&rrule, &[("rrule", "FREQ=HOURLY")], "rrule"),
        (&rrule, &[("rrule", "FREQ=DAILY;COUNT=3")], "rrule"),
        (&rrule, &[("rrule", "FREQ=DAILY;UNTIL=20300101T000000Z")], "rrule"),
        (&rrule, &[("rrule", "FREQ=WEEKLY;INTERVAL=2")], "rrule"),
        (&rrule, &[("rrule", "DTSTART:20300101T000000Z")], "rrule"),
        (&rrule, &[("anchor_date", "2026-02-30")], "anchor_date"),
        (&listed, &[("dates", "")], "dates"),
        (&listed, &[("dates", "2026-02-30")], "dates"),
        (&listed, &[("dates", "01/05/2030")], "dates"),
        (&listed, &many_dates, "dates"),
        (&once, &[("start_local", "")], "start_local"),
        (&once, &[("end_local", "")], "end_local"),
        (&once, &[("end_local", "2990-01-01T10:00")], "end_local"),
        (&once, &[("end_local", "2990-01-01T12:00Z")], "end_local"),
    ];
    for (rule, typed, field) in cases {
        let typed_name = |name: &str| typed.iter().any(|(other, _)| *other == name);
        let row = rule.iter().filter(|(name, _)| !typed_name(name)).chain(typed);
        let row: Vec<(String, &str)> = row.map(|(name, value)| (format!("rules-1-{name}"), *value)).collect();
        let mut fields = office("Office", &[("description", "stays")]);
        fields.retain(|(name, _)| *name != "rules-TOTAL_FORMS");
        fields.push(("rules-TOTAL_FORMS", "3"));
        fields.extend(row.iter().map(|(name, value)| (name.as_str(), *value)));
        let page = browser.post(ADD, &fields).expect(422);
        let errors = errors_beside(&page, &format!("rules-1-{field}"));
        assert_eq!(
            errors.len(),
            1,
            "{typed:?} is refused beside {field}: {:?}",
            page.texts("ul.errorlist li")
        );
        assert!(errors_beside(&page, "rules-0-kind").is_empty());
        // All that was typed is still there.
        let form = page.form("#slawindow_form");
        assert_eq!(form.values("description"), ["stays"]);
        for (name, value) in row
            .iter()
            .filter(|(name, _)| !name.ends_with("kind") && !name.ends_with("effect") && !name.ends_with("mode"))
        {
            let kept = form.values(name).join("\n").replace("\r\n", "\n");
            assert!(
                kept == value.trim_end_matches('\n')
                    || kept == *value
                    || value.contains('\0')
                    || *value == "XX"
                    || value.is_empty(),
                "{name}: {kept:?}"
            );
        }
    }
    // All wrong dates are named, up to a number that can be read; and an end may be 24:00.
    let seven = (1..8).map(|day| format!("{day}-5-2030")).collect::<Vec<_>>().join("\n");
    for (typed, field, named) in [
        (
            "2030-05-01\n1-5-2030\n2030-06-01\n1-6-2030",
            "dates",
            vec!["1-5-2030", "1-6-2030"],
        ),
        (seven.as_str(), "dates", vec!["1-5-2030", "5-5-2030", "And 2 more"]),
        ("2400", "end_time", vec!["from 00:00 to 24:00"]),
    ] {
        let kind = if field == "dates" { "dates" } else { "weekly" };
        let name = format!("rules-0-{field}");
        let mut fields = office("Office", &[]);
        fields.retain(|(other, _)| *other != name && *other != "rules-0-kind");
        fields.extend([("rules-0-kind", kind), (name.as_str(), typed)]);
        let page = browser.post(ADD, &fields).expect(422);
        let said = errors_beside(&page, &name).join(" ");
        assert!(named.iter().all(|part| said.contains(part)), "{said}");
        assert!(!said.contains("6-5-2030"), "{said}");
    }
    // The window's own fields.
    for (name, value, field) in [
        ("name", "", "name"),
        ("name", "a\u{7}b", "name"),
        ("name", &long, "name"),
        ("timezone", "", "timezone"),
        ("timezone", "Local", "timezone"),
        ("timezone", "+02:00", "timezone"),
        ("timezone", "europe/berlin", "timezone"),
        ("valid_from", "2026-13-01", "valid_from"),
        ("valid_until", "0001-01-01", "valid_until"),
        ("calendars", "77", "calendars"),
        ("description", "nul\0", "description"),
    ] {
        let mut fields = office("Office", &[]);
        fields.retain(|(other, _)| *other != name);
        fields.push((name, value));
        let page = browser.post(ADD, &fields).expect(422);
        assert_eq!(
            errors_beside(&page, field).len(),
            1,
            "{name}={value:?}: {:?}",
            page.texts("ul.errorlist li")
        );
    }
    let page = browser
        .post(
            ADD,
            &office("Office", &[("valid_from", "2030-02-01"), ("valid_until", "2030-01-01")]),
        )
        .expect(422);
    assert_eq!(errors_beside(&page, "valid_until").len(), 1);
    assert_eq!(
        count(database, "sla_window") + count(database, "rule") + count(database, "log_entry"),
        1,
        "only the user's own entry"
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_form_that_did_not_arrive_whole_deletes_nothing(database: &Database) {
    let document = "windows: [{name: A, timezone: UTC, rules: [{type: weekly, days: [MO], start: '01:00', duration_s: 60}, \
         {type: weekly, days: [TU], start: '02:00', duration_s: 60}]}, {name: B, timezone: UTC, rules: [{type: weekly, days: [WE], start: '03:00', duration_s: 60}], \
         excludes: [{type: weekly, days: [WE], start: '04:00', duration_s: 60}]}]";
    apply(database, document);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let a = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "A"));
    let b = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "B"));
    let state = || run_on(database, &["export"]).ok();
    let before = state();
    let own: Vec<(&str, &str)> = vec![("_version", "1"), ("name", "A"), ("timezone", "UTC"), ("enabled", "on")];
    let with = |more: &[(&'static str, &'static str)]| [own.as_slice(), more].concat();

    // No or broken management fields: said above the rows, which are still there.
    for total in ["", "-1", "x", "99999999999999999999999", "1001"] {
        let form = browser
            .get(&a)
            .expect(200)
            .form("#slawindow_form")
            .set("rules-TOTAL_FORMS", total);
        let form = form.set("name", "changed").set("rules-0-note", "kept");
        let page = browser.submit(&form, ("_save", "")).expect(422);
        assert_eq!(page.texts("#rules-group ul.errorlist.nonform li").len(), 1, "{total:?}");
        let form = page.form("#slawindow_form");
        assert_eq!(
            (form.values("rules-0-note"), form.values("rules-INITIAL_FORMS")),
            (vec!["kept"], vec!["2"]),
            "{total:?}"
        );
        assert_eq!(state(), before, "{total:?}");
    }
    browser.post(&a, &own).expect(422);
    browser.post(&a, &with(&[("rules-TOTAL_FORMS", "0")])).expect(422);
    // A form that speaks of no row deletes none.
    browser
        .post(&a, &with(&[("rules-TOTAL_FORMS", "0"), ("rules-INITIAL_FORMS", "0")]))
        .expect(302);
    browser
        .post(&a, &with(&[("rules-TOTAL_FORMS", "5"), ("rules-INITIAL_FORMS", "2")]))
        .expect(302);
    assert_eq!(state(), before);

    // The key of another window's row, a key that is none, one that stands twice.
    let form_b = browser.get(&b).expect(200).form("#slawindow_form");
    let foreign = form_b.values("rules-0-id")[0].to_owned();
    let form_a = browser.get(&a).expect(200).form("#slawindow_form");
    let own_id = form_a.values("rules-0-id")[0].to_owned();
    for id in [foreign.as_str(), "x", "-5", "99999999999999999999", own_id.as_str()] {
        let form = browser
            .get(&a)
            .expect(200)
            .form("#slawindow_form")
            .set("rules-1-id", id);
        let page = browser.submit(&form, ("_save", "")).expect(422);
        assert_eq!(page.texts("#rules-1 > ul.errorlist li").len(), 1, "{id}");
    }
    let form = browser
        .get(&a)
        .expect(200)
        .form("#slawindow_form")
        .set("rules-1-id", &foreign)
        .add("rules-1-DELETE", "on");
    browser.submit(&form, ("_save", "")).expect(422);
    assert_eq!(state(), before);

    // Too many: those of the form and those that it does not speak of.
    let mut many = with(&[("rules-INITIAL_FORMS", "0"), ("rules-TOTAL_FORMS", "101")]);
    let names: Vec<[String; 3]> = (0..101)
        .map(|i| {
            [
                format!("rules-{i}-weekdays"),
                format!("rules-{i}-start_time"),
                format!("rules-{i}-end_time"),
            ]
        })
        .collect();
    let kinds: Vec<String> = (0..101).map(|i| format!("rules-{i}-kind")).collect();
    for (name, kind) in names.iter().zip(&kinds) {
        many.extend([
            (name[0].as_str(), "MO"),
            (name[1].as_str(), "01:00"),
            (name[2].as_str(), "02:00"),
            (kind.as_str(), "weekly"),
        ]);
    }
    let page = browser.post(&a, &many).expect(422);
    assert!(page.texts("#rules-group ul.errorlist.nonform li")[0].contains("limit is 100"));
    let page = browser.post(
        &a,
        &many
            .iter()
            .copied()
            .map(|(name, value)| (name, if name == "rules-TOTAL_FORMS" { "99" } else { value }))
            .collect::<Vec<_>>(),
    );
    assert!(page.expect(422).texts("#rules-group ul.errorlist.nonform li")[0].contains("101 rules"));
    assert_eq!(state(), before);

    // Delete one, change one, add one; the order stays.
    let form = browser.get(&a).expect(200).form("#slawindow_form");
    let form = form
        .add("rules-0-DELETE", "on")
        .set("rules-0-start_time", "nonsense in a row that goes")
        .set("rules-1-note", "second")
        .set("rules-3-kind", "weekly")
        .add("rules-3-weekdays", "SU")
        .set("rules-3-start_time", "05:00")
        .set("rules-3-end_time", "06:00");
    browser.submit(&form, ("_save", "")).expect(302);
    let form = browser.get(&a).expect(200).form("#slawindow_form");
    assert_eq!(
        (form.values("rules-0-weekdays"), form.values("rules-1-weekdays")),
        (vec!["TU"], vec!["SU"])
    );
    assert_eq!(form.values("rules-INITIAL_FORMS"), ["2"]);
    // Of a window with both effects each row has its own key.
    let effects: Vec<(String, String)> = (0..2)
        .map(|index| {
            let id = form_b.values(&format!("rules-{index}-id"))[0].to_owned();
            (
                form_b.values(&format!("rules-{index}-effect"))[0].to_owned(),
                database.texts(&format!("SELECT effect AS value FROM rule WHERE id = {id}"))[0].clone(),
            )
        })
        .collect();
    assert_eq!(
        effects,
        [
            ("include".to_owned(), "include".to_owned()),
            ("exclude".to_owned(), "exclude".to_owned())
        ]
    );
    let form = browser
        .get(&b)
        .expect(200)
        .form("#slawindow_form")
        .add("rules-0-DELETE", "on");
    browser.submit(&form, ("_save", "")).expect(302);
    assert_eq!(
        database.texts(&format!(
            "SELECT effect AS value FROM rule WHERE window_id = {}",
            key(database, "sla_window", "B")
        )),
        ["exclude"]
    );
    // A row of which only a side field is filled in is no blank one.
    let page = browser
        .post(ADD, &window("C", "1", &[("rules-0-anchor_date", "2026-01-01")]))
        .expect(422);
    assert!(!errors_beside(&page, "rules-0-kind").is_empty());
    browser
        .post(ADD, &window("C", "1", &[("rules-0-kind", "once")]))
        .expect(422);
}

fn rules_keep_their_keys(database: &Database) {
    apply(
        database,
        "
windows:
- name: Office
  timezone: UTC
  rules:
  - {type: weekly, days: [MO], start: '09:00', duration_s: 3600}
  - {type: weekly, days: [TU], start: '09:00', duration_s: 3600}
  - {type: weekly, days: [WE], start: '09:00', duration_s: 3600}
",
    );
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let path = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Office"));
    let keys = || database.texts("SELECT id AS value FROM rule ORDER BY position");
    let before = keys();
    let opened = browser.get(&path).expect(200).form("#slawindow_form");
    let version = || database.number("SELECT version AS value FROM sla_window").to_string();

    // Another description, another rule, one rule less in front: what stays keeps its key.
    browser
        .submit(&opened.clone().set("description", "d"), ("_save", ""))
        .expect(302);
    assert_eq!(keys(), before);
    let form = opened
        .clone()
        .set("_version", &version())
        .set("rules-1-start_time", "08:00");
    browser.submit(&form, ("_save", "")).expect(302);
    assert_eq!(keys(), before);
    let form = form.set("_version", &version()).add("rules-0-DELETE", "on");
    browser.submit(&form, ("_save", "")).expect(302);
    assert_eq!(keys(), before[1..]);

    // A user who opened the form before sees the conflict and sends the same form again: it is saved.
    browser.submit(&opened, ("_save", "")).expect(409);
    browser
        .submit(&opened.set("_version", &version()), ("_save", ""))
        .expect(302);
    assert_eq!(
        database.texts("SELECT start_time || weekdays AS value FROM rule ORDER BY position"),
        ["09:001", "09:002", "09:004"]
    );
}

on_both_databases!(
    rules_keep_their_keys,
    rules_of_every_kind_come_back_as_typed,
    refusals_stand_beside_their_fields,
    a_form_that_did_not_arrive_whole_deletes_nothing,
);
