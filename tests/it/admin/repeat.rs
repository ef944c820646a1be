//! The builder of recurrences: fields that write a recurrence rule, read without scripts.

use super::typed::{errors_beside, key, window};
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

/// Posts a new window with one recurring rule of these fields.
fn post(browser: &mut Browser, name: &str, fields: &[(&str, &str)]) -> Page {
    let fields: Vec<(String, &str)> = fields
        .iter()
        .map(|(field, value)| (format!("rules-0-{field}"), *value))
        .collect();
    let mut row = vec![
        ("rules-0-kind", "rrule"),
        ("rules-0-start_time", "09:00"),
        ("rules-0-end_time", "17:00"),
    ];
    row.extend(fields.iter().map(|(name, value)| (name.as_str(), *value)));
    browser.post("/admin/sla/slawindow/add/", &window(name, "1", &row))
}

/// The rule of a window as it is stored.
fn stored(database: &Database, window: &str) -> String {
    let id = key(database, "sla_window", window);
    database
        .texts(&format!(
            "SELECT coalesce(rrule, '') AS value FROM rule WHERE window_id = {id}"
        ))
        .concat()
}

/// Ways of repeating as they are entered, the rule that is stored, and its words.
type Way = (&'static [(&'static str, &'static str)], &'static str, &'static str);

const WAYS: [Way; 9] = [
    (
        &[
            ("repeat", "date"),
            ("repeat_every", "1"),
            ("repeat_month_day", "6"),
            ("repeat_month", "1"),
        ],
        "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=6",
        "6 January every year, 09:00–17:00",
    ),
    (
        &[("repeat", "date"), ("repeat_month_day", "-1"), ("repeat_month", "0")],
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "last of the month, 09:00–17:00",
    ),
    (
        &[
            ("repeat", "weekday"),
            ("repeat_place", "3"),
            ("repeat_day", "TU"),
            ("repeat_month", "0"),
        ],
        "FREQ=MONTHLY;BYDAY=3TU",
        "3rd Tuesday of the month, 09:00–17:00",
    ),
    (
        &[
            ("repeat", "weekday"),
            ("repeat_place", "-1"),
            ("repeat_day", "SU"),
            ("repeat_month", "10"),
        ],
        "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "last Sunday of October every year, 09:00–17:00",
    ),
    (
        &[("repeat", "workday"), ("repeat_place", "-1"), ("repeat_month", "0")],
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "last weekday (Mon–Fri) of the month, 09:00–17:00",
    ),
    (
        &[("repeat", "workday"), ("repeat_place", "1"), ("repeat_month", "6")],
        "FREQ=MONTHLY;BYMONTH=6;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
        "1st weekday (Mon–Fri) of June every year, 09:00–17:00",
    ),
    (
        &[
            ("repeat", "weeks"),
            ("repeat_every", "2"),
            ("repeat_weekdays", "FR"),
            ("repeat_weekdays", "MO"),
            ("anchor_date", "2026-11-23"),
        ],
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
        "Mon, Fri in every 2nd week, counted from the week of 2026-11-23, 09:00–17:00",
    ),
    (
        &[
            ("repeat", "days"),
            ("repeat_every", "10"),
            ("anchor_date", "2026-11-23"),
        ],
        "FREQ=DAILY;INTERVAL=10",
        "every 10 days, counted from 2026-11-23, 09:00–17:00",
    ),
    (
        &[
            ("repeat", "date"),
            ("repeat_every", "3"),
            ("repeat_month_day", "1"),
            ("repeat_month", "0"),
            ("anchor_date", "2026-10-01"),
        ],
        "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1",
        "1st of the month in every 3rd month, counted from October 2026, 09:00–17:00",
    ),
];

fn each_way_of_repeating_writes_its_rule_and_opens_again(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for (number, (fields, rule, words)) in WAYS.iter().enumerate() {
        let name = format!("W{number}");
        post(&mut root, &name, fields).expect(302);
        let text = stored(database, &name);
        let parts = |text: &str| {
            let mut parts: Vec<String> = text.split(';').map(str::to_owned).collect();
            parts.sort();
            parts
        };
        assert_eq!(parts(&text), parts(rule), "{fields:?}");
        let path = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", &name));
        let page = root.get(&path).expect(200);
        assert_eq!(page.text("#rules-0 .row-words"), *words);
        let form = page.form("#slawindow_form");
        for (field, value) in *fields {
            let posted = form.values(&format!("rules-0-{field}"));
            assert!(posted.contains(value), "{name}: {field} is {posted:?}");
        }
        assert_eq!(form.values("rules-0-rrule"), [text.as_str()], "the truth for scripts");
        assert!(!page.has("#rules-0 [data-kinds=rrule] details[open]"), "{name}");
        // A form that is sent as it is changes nothing.
        root.submit(&form, ("_save", "")).expect(302);
        assert_eq!(stored(database, &name), text);
        // So does a copy.
        let form = form.set("name", &format!("{name} copy"));
        root.submit(&form, ("_saveasnew", "")).expect(302);
        assert_eq!(stored(database, &format!("{name} copy")), text);
    }
}

fn either_the_fields_or_the_text_count(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    // Scripts post the text alone.
    post(&mut root, "Text", &[("rrule", "FREQ=MONTHLY;BYDAY=3TU")]).expect(302);
    let path = format!("/admin/sla/slawindow/{}/change/", key(database, "sla_window", "Text"));
    let drawn = |browser: &mut Browser| browser.get(&path).expect(200).form("#slawindow_form");
    let save = |browser: &mut Browser, form| {
        browser.submit(&form, ("_save", "")).expect(302);
        stored(database, "Text")
    };
    // The fields were changed and the text was not.
    let form = drawn(&mut root).set("rules-0-repeat_place", "2");
    assert_eq!(save(&mut root, form), "FREQ=MONTHLY;BYDAY=2TU");
    // The text was changed: it counts, whatever the fields say.
    let form = drawn(&mut root)
        .set("rules-0-repeat_place", "4")
        .set("rules-0-rrule", "FREQ=MONTHLY;BYDAY=1TU");
    assert_eq!(save(&mut root, form), "FREQ=MONTHLY;BYDAY=1TU");
    // An empty text leaves it to the fields.
    let form = drawn(&mut root)
        .set("rules-0-rrule", "")
        .set("rules-0-repeat_day", "WE");
    assert_eq!(save(&mut root, form), "FREQ=MONTHLY;BYDAY=1WE");
    // A rule that the fields cannot say opens as text.
    let form = drawn(&mut root).set("rules-0-rrule", "FREQ=MONTHLY;BYDAY=MO,1FR");
    assert_eq!(save(&mut root, form), "FREQ=MONTHLY;BYDAY=MO,1FR");
    let page = root.get(&path).expect(200);
    assert_eq!(page.form("#slawindow_form").values("rules-0-repeat"), [""]);
    assert!(page.has("#rules-0 [data-kinds=rrule] details[open] #id_rules-0-rrule"));
    // Other kinds do not look at the fields.
    let form = drawn(&mut root)
        .set("rules-0-kind", "weekly")
        .set("rules-0-repeat", "nonsense")
        .add("rules-0-weekdays", "MO");
    assert_eq!(save(&mut root, form), "");
}

fn fields_that_say_nothing_are_refused_beside_them(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let cases: [(&[(&str, &str)], &str); 10] = [
        (&[("repeat", "")], "repeat"),
        (&[("repeat", "fortnight")], "repeat"),
        (
            &[("repeat", "date"), ("repeat_month_day", ""), ("repeat_month", "1")],
            "repeat_month_day",
        ),
        (&[("repeat", "date"), ("repeat_month_day", "32")], "repeat_month_day"),
        (
            &[("repeat", "date"), ("repeat_month_day", "1"), ("repeat_month", "13")],
            "repeat_month",
        ),
        (
            &[("repeat", "weekday"), ("repeat_place", "9"), ("repeat_day", "MO")],
            "repeat_place",
        ),
        (
            &[
                ("repeat", "weekday"),
                ("repeat_place", "1"),
                ("repeat_day", "MO;INTERVAL=2"),
            ],
            "repeat_day",
        ),
        (&[("repeat", "weeks")], "repeat_weekdays"),
        (&[("repeat", "days"), ("repeat_every", "0")], "repeat_every"),
        (&[("repeat", "days"), ("repeat_every", "2")], "anchor_date"),
    ];
    for (fields, refused) in cases {
        let page = post(&mut root, "W", fields).expect(422);
        assert_eq!(
            errors_beside(&page, &format!("rules-0-{refused}")).len(),
            1,
            "{fields:?}"
        );
        assert_eq!(
            page.texts("#rules-0 .errorlist li").len(),
            1,
            "{fields:?}: no other error"
        );
        let form = page.form("#slawindow_form");
        for (field, value) in fields.iter().filter(|(field, _)| *field != "repeat") {
            let kept = form.values(&format!("rules-0-{field}"));
            let is_choice = field.ends_with("day") || field.ends_with("month") || field.ends_with("place");
            assert!(is_choice || kept.contains(value), "{field} is lost: {kept:?}");
        }
    }
}

fn rows_offer_plain_words(database: &Database) {
    apply(database, "calendars: [{name: Days}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/sla/slawindow/add/").expect(200);
    let options = |field: &str| page.texts(&format!("#id_rules-0-{field} option"));
    assert_eq!(options("effect"), ["Service", "No service"]);
    assert_eq!(options("kind"), ["Every week", "Recurring", "Listed days", "Once"]);
    assert_eq!(
        page.attributes("#id_rules-0-kind option", "value"),
        ["weekly", "rrule", "dates", "once"]
    );
    assert_eq!(options("duration_mode"), ["by the clock", "exact"]);
    assert_eq!(
        page.texts("#rules-0 details.rare:not([open]) summary"),
        ["Advanced: recurrence", "Advanced: time of day"]
    );
    assert!(page.has("#rules-0 details.rare #id_rules-0-end_day_offset"));
    let legends = page.texts("#rules-0 legend");
    assert!(
        legends.iter().any(|legend| legend.contains("only for “Recurring”")),
        "{legends:?}"
    );
    assert!(legends.iter().all(|legend| !legend.contains("rrule")), "{legends:?}");
}

on_both_databases!(
    each_way_of_repeating_writes_its_rule_and_opens_again,
    either_the_fields_or_the_text_count,
    fields_that_say_nothing_are_refused_beside_them,
    rows_offer_plain_words,
);
