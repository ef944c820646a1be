//! How forms help to fill them in: rows read back, rows in the order that was wanted, errors summed up, choices, related objects.

use serde_json::Value;

use super::typed::{key, window};
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const WINDOWS: &str = "/admin/sla/slawindow/";

fn json(browser: &mut Browser, path: &str) -> Value {
    let page = browser.get(path).expect(200);
    assert!(
        page.answer.header("content-type").starts_with("application/json"),
        "{path}"
    );
    serde_json::from_str(&page.html()).expect("the answer is JSON")
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn rows_are_read_back(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let read = |browser: &mut Browser, query: &str| json(browser, &format!("{WINDOWS}read-row/?row=3&{query}"));
    let weekly =
        "rules-3-kind=weekly&rules-3-weekdays=MO&rules-3-weekdays=TU&rules-3-start_time=22:00&rules-3-end_time=06:00";
    let reading = read(&mut root, &format!("{weekly}&timezone=Europe/Berlin"));
    assert_eq!(reading["words"], "Mon, Tue 22:00 until 06:00 the next day");
    assert_eq!(reading["errors"].as_object().map(serde_json::Map::len), Some(0));
    let next = reading["next"].as_array().expect("it is a list");
    assert!(
        next.len() >= 5
            && next
                .iter()
                .all(|line| line.as_str().is_some_and(|line| line.contains(" CE"))),
        "{next:?}"
    );
    let reading = read(&mut root, &format!("{weekly}&rules-3-effect=exclude&timezone=nowhere"));
    assert_eq!(reading["words"], "not Mon, Tue 22:00 until 06:00 the next day");
    assert_eq!(
        reading["next"],
        serde_json::json!([]),
        "without a zone there is no next"
    );
    let reading = read(&mut root, "rules-3-kind=weekly&rules-3-start_time=9&rules-3-end_time=");
    assert_eq!(reading["words"], "");
    let errors = reading["errors"].as_object().expect("it is an object");
    assert_eq!(
        errors.keys().collect::<Vec<_>>(),
        ["end_time", "start_time", "weekdays"]
    );
    let always =
        "rules-3-kind=rrule&rules-3-rrule=FREQ=DAILY&rules-3-start_time=00:00&rules-3-end_time=24:00&timezone=UTC";
    assert_eq!(read(&mut root, always)["next"], serde_json::json!(["Now and always"]));
    let over = "rules-3-kind=once&rules-3-start_local=2001-01-01T10:00&rules-3-end_local=2001-01-01T11:00&timezone=UTC";
    assert_eq!(read(&mut root, over)["next"], serde_json::json!(["Never again"]));
    // Clocks that skip an hour, or show it twice.
    for (time, word) in [("02:30", "skip"), ("02:30", "twice")] {
        let every =
            format!("rules-3-kind=rrule&rules-3-rrule=FREQ=DAILY&rules-3-start_time={time}&rules-3-end_time=04:00");
        let reading = read(&mut root, &format!("{every}&timezone=Europe/Berlin"));
        assert!(reading["notes"].to_string().contains(word), "{reading}");
    }
    let sundays = |start: &str, end: &str| {
        format!(
            "rules-3-kind=weekly&rules-3-weekdays=SU&rules-3-start_time={start}&rules-3-end_time={end}&timezone=Europe/Berlin"
        )
    };
    for (start, end, note) in [
        ("02:00", "03:00", "The rule does not take place on "),
        (
            "02:30",
            "04:00",
            " at 03:30 and is 1 h shorter, because the clocks in Europe/Berlin skip 02:30 that day.",
        ),
        ("01:30", "02:30", "The rule ends on "),
    ] {
        let reading = read(&mut root, &sundays(start, end));
        assert!(
            reading["notes"][0].as_str().is_some_and(|said| said.contains(note)),
            "{reading}"
        );
    }
    let leaky =
        "rules-3-kind=rrule&rules-3-rrule=FREQ=DAILY&rules-3-start_time=00:00&rules-3-end_time=23:59&timezone=UTC";
    let notes = read(&mut root, leaky)["notes"].to_string();
    assert!(
        notes.contains("leaves a hole of 1 min") && notes.contains("let it end at 24:00"),
        "{notes}"
    );
    let nul = format!("{weekly}&rules-3-note=%00&timezone=%00");
    assert_eq!(read(&mut root, &nul)["words"], "");
    for row in ["", "x", "-1", "1234567", "1%00"] {
        root.get(&format!("{WINDOWS}read-row/?row={row}")).expect(400);
    }
    root.get("/admin/sla/label/read-row/?row=0").expect(404);
    assert_eq!(
        root.get(&format!("{WINDOWS}read-row")).expect(301).location(),
        format!("{WINDOWS}read-row/")
    );
    let reading = json(
        &mut root,
        &format!(
            "/admin/sla/calendar/read-row/?{}",
            "row=0&rules-0-kind=dates&rules-0-dates=2990-12-25+Christmas&rules-0-start_time=00:00&rules-0-end_time=24:00"
        ),
    );
    assert_eq!(reading["words"], "2990-12-25 (Christmas), all day");
    for (index, (permission, status)) in [("view", 200), ("add", 200), ("change", 200), ("delete", 403)]
        .into_iter()
        .enumerate()
    {
        let mut browser = staff(
            database,
            &server,
            &format!("user{index}"),
            &[&format!("sla.{permission}_slawindow")],
        );
        browser
            .get(&format!("{WINDOWS}read-row/?row=3&{weekly}"))
            .expect(status);
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn rows_keep_the_order_that_was_wanted(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut fields = Vec::new();
    for (number, time) in ["09:00", "10:00", "11:00"].into_iter().enumerate() {
        let named = [
            ("kind", "weekly"),
            ("weekdays", "SA"),
            ("start_time", time),
            ("end_time", "12:00"),
        ];
        fields.extend(named.map(|(name, value)| (format!("rules-{number}-{name}"), value)));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    root.post(&format!("{WINDOWS}add/"), &window("Office", "4", &fields))
        .expect(302);
    let id = key(database, "sla_window", "Office");
    let url = format!("{WINDOWS}{id}/change/");
    let stored = "SELECT CAST(id AS TEXT) || ' ' || start_time AS value FROM rule ORDER BY position";
    let before = database.texts(stored);
    assert_eq!(before.len(), 3);
    let page = root.get(&url).expect(200);
    assert_eq!(page.texts("#rules-1 .row-words"), ["Sat 10:00–12:00"]);
    assert!(
        page.texts(".remark h2")
            .iter()
            .any(|title| title == "What the stored rules come to, in Europe/Berlin")
    );
    let form = page.form("#slawindow_form");
    let turned = form
        .add("rules-0-ORDER", "3")
        .add("rules-1-ORDER", "2")
        .add("rules-2-ORDER", "1");
    // Refused, the rows come back in that order, and their errors under their numbers.
    let refused = root
        .submit(&turned.set("rules-1-start_time", "25:00"), ("_save", ""))
        .expect(422);
    assert_eq!(
        refused.attributes(".has_original", "id"),
        ["rules-2", "rules-1", "rules-0"]
    );
    assert_eq!(
        refused.texts(".has_original .inline_label"),
        ["Rule 1", "Rule 2", "Rule 3"]
    );
    assert_eq!(
        refused.texts("#rules-2 .row-words"),
        ["Sat 11:00–12:00"],
        "what is right is read back"
    );
    assert_eq!(
        refused.attributes(".error-summary a", "href"),
        ["#id_rules-1-start_time"]
    );
    assert!(refused.text(".error-summary a").starts_with("Rule 2, start time"));
    let again = refused.form("#slawindow_form").set("rules-1-start_time", "10:00");
    root.submit(&again, ("_save", "")).expect(302);
    let after: Vec<String> = before.iter().rev().cloned().collect();
    assert_eq!(database.texts(stored), after, "the keys go with their rules");
    // Who knows nothing of an order leaves it as it is, and so does nonsense.
    let form = root.get(&url).expect(200).form("#slawindow_form");
    root.submit(
        &form.clone().add("rules-0-ORDER", "x").add("rules-1-ORDER", ""),
        ("_save", ""),
    )
    .expect(302);
    assert_eq!(database.texts(stored), after);
    root.submit(&form.add("rules-2-ORDER", "-1"), ("_save", "")).expect(302);
    assert_eq!(
        database.texts(stored),
        [after[2].clone(), after[0].clone(), after[1].clone()]
    );
}

fn related_objects_are_saved_in_dialogs(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get("/admin/sla/label/add/?_popup=1").expect(200);
    assert_eq!(page.attributes(".submit-row button", "name"), ["_save"]);
    let form = page.form("#label_form").set("name", "team").set("value", "pay");
    let answer = root.submit(&form, ("_save", "")).expect(200);
    let saved: Value = serde_json::from_str(&answer.html()).expect("the answer is JSON");
    let id = key(database, "label", "team");
    assert_eq!(
        saved,
        serde_json::json!({"id": id.to_string(), "title": "team=pay", "changed": true, "warnings": []})
    );
    // Twice is refused, in the form; a stale save too.
    assert!(
        root.submit(&form, ("_save", ""))
            .expect(422)
            .has("form#label_form .errorlist")
    );
    let url = format!("/admin/sla/label/{id}/change/?_popup=1");
    let page = root.get(&url).expect(200);
    assert!(!page.has(".deletelink"));
    let form = page.form("#label_form");
    let answer = root
        .submit(&form.clone().set("value", "payments"), ("_save", ""))
        .expect(200);
    assert!(answer.html().contains("team=payments"));
    assert!(
        root.submit(&form.set("value", "other"), ("_save", ""))
            .expect(409)
            .has("#conflict")
    );
    assert!(
        root.get("/admin/").expect(200).texts("ul.messagelist li").is_empty(),
        "the dialog has said it"
    );

    let page = root.get("/admin/sla/component/add/").expect(200);
    assert_eq!(
        page.attributes("a#add_id_labels.add-related", "href"),
        ["/admin/sla/label/add/"]
    );
    assert_eq!(
        page.attributes("#id_labels.admin-autocomplete", "data-change-url"),
        ["/admin/sla/label/__fk__/change/"]
    );
    assert_eq!(
        page.attributes("#id_labels", "data-ajax--url"),
        ["/admin/autocomplete/"]
    );
    assert_eq!(page.attributes("#id_labels", "data-field-name"), ["labels"]);
    let mut clerk = staff(database, &server, "clerk", &["sla.add_component", "sla.view_label"]);
    let page = clerk.get("/admin/sla/component/add/").expect(200);
    assert_eq!(
        page.attributes("#id_labels.admin-autocomplete", "data-change-words"),
        ["View"],
        "labels can be looked at"
    );
    assert!(!page.has("a.add-related"));
    assert!(
        !page.has("#id_windows.admin-autocomplete"),
        "a user who cannot view windows cannot search for them"
    );
}

fn choices_beyond_a_page_are_found(database: &Database) {
    let rows: Vec<String> = (0..230)
        .map(|number| format!("('l{number:03}', 'x{number:03}')"))
        .collect();
    database.execute(&format!("INSERT INTO label (name, value) VALUES {}", rows.join(", ")));
    apply(database, "components:\n- {name: labelled, labels: {l229: x229}}\n");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let url = format!(
        "/admin/sla/component/{}/change/",
        key(database, "component", "labelled")
    );
    let page = root.get(&url).expect(200);
    assert_eq!(
        page.attributes("#id_labels option", "value").len(),
        21,
        "some, and what is chosen"
    );
    assert_eq!(page.texts("#id_labels option[selected]"), ["l229=x229"]);
    assert_eq!(page.texts(".field-labels a.change-related"), ["l229=x229"]);
    let form = page.form("#component_form").set("_find__labels", "x1");
    let page = root.submit(&form, ("_find", "1")).expect(200);
    assert_eq!(page.attributes("#id_labels option", "value").len(), 51);
    root.submit(&page.form("#component_form"), ("_save", "")).expect(302);
    let of = "/admin/autocomplete/?app_label=sla&model_name=component&field_name=labels";
    let texts = |value: Value| -> Vec<String> {
        let results = value["results"].as_array().cloned().unwrap_or_default();
        results
            .iter()
            .filter_map(|item| item["text"].as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(texts(json(&mut root, &format!("{of}&term=l007%3Dx0"))), ["l007=x007"]);
    assert_eq!(
        texts(json(&mut root, &format!("{of}&term=x007+l0"))),
        ["l007=x007"],
        "words in any order"
    );
    database.execute("INSERT INTO label (name, value) VALUES ('aal100', 'y'), ('b', 'l100')");
    assert_eq!(
        texts(json(&mut root, &format!("{of}&term=l100"))),
        ["l100=x100", "b=l100", "aal100=y"],
        "the best first"
    );
}

fn a_stale_form_says_what_only_others_changed(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    apply(database, "labels:\n- {name: team, value: a, description: old}\n");
    let url = format!("/admin/sla/label/{}/change/", key(database, "label", "team"));
    let form = root.get(&url).expect(200).form("#label_form");
    root.submit(&form.clone().set("description", "theirs"), ("_save", ""))
        .expect(302);
    let page = root.submit(&form.set("value", "mine"), ("_save", "")).expect(409);
    assert_eq!(page.texts("#conflict tr.only-theirs th"), ["Description"]);
    assert!(
        page.text(".only-theirs-note")
            .starts_with("You did not change Description ")
    );
    assert_eq!(page.attributes("tr.only-theirs", "data-name"), ["description"]);
    assert_eq!(
        page.attributes("tr.only-theirs", "data-values"),
        [r#"[["theirs","theirs"]]"#]
    );
    assert_eq!(
        page.attributes("#conflict tr", "data-name"),
        ["description"],
        "no other user changed the value: there is no other value to take"
    );
}

on_both_databases!(
    rows_are_read_back,
    rows_keep_the_order_that_was_wanted,
    related_objects_are_saved_in_dialogs,
    choices_beyond_a_page_are_found,
    a_stale_form_says_what_only_others_changed
);
