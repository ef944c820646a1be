//! Files that come into the admin: what they would do is shown, and done as a whole or not at all.

use super::exporting::dechunked;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    what_went_out_comes_in_again,
    errors_are_reported_row_by_row,
    columns_and_cells_that_are_missing_and_empty,
    rights_count_for_each_row,
    many_rows_come_in_at_once,
    what_is_too_much_is_refused_at_once,
);

const TRICKY: &str = r#"
labels:
  - {name: team, value: "a; b", description: "=1+1"}
  - {name: team, value: 'say "x"'}
  - {name: env, value: "=prod"}
calendars:
  - {name: "Holidays; DE", timezone: Europe/Berlin, rules: [{type: dates, dates: ['2990-12-25', {from: '2990-07-30', to: '2990-09-13', name: 'Break; "long"'}], start: '00:00', duration_s: 60, note: 'a "b", c; d'}]}
  - {name: '"quoted"', enabled: false}
  - {name: floating}
windows:
  - {name: "=office", timezone: Europe/Berlin, valid_from: '2026-01-01', calendars: ["Holidays; DE", '"quoted"'], description: "one\ntwo", rules: [{type: weekly, days: [MO, FR], start: '22:00', duration_s: 14400}], excludes: [{type: once, start_local: '2026-05-01T10:00', end_local: '2026-05-01T12:00'}]}
  - {name: "نافذة ليلية", timezone: UTC, valid_until: '2030-12-31', rules: [{type: rrule, rrule: 'FREQ=MONTHLY;BYDAY=-1FR', anchor: '2026-01-01', start: '22:00', duration_s: 14400}]}
components:
  - {name: "=shop", display_name: "+1", description: "a\nb, \"c\"; d\t e", labels: {team: "a; b", env: "=prod"}, windows: ["=office", "نافذة ليلية"], calendars: [floating, "Holidays; DE"], slo: 99.999}
  - {name: "-minus-", display_name: "'=x", description: "''@y", labels: {team: 'say "x"'}, enabled: false, slo: 100}
  - {name: "@at 🚀", display_name: "  spaces  ", description: "'plain"}
  - {name: empty, windows: ['=office']}
"#;

/// What some programs take for a formula nevertheless.
const HIDDEN: &str = r#"
components:
  - {name: wide, display_name: "＝1", description: "\uFEFF=1"}
  - {name: blank, display_name: "'\u200B@x", description: " ' +1"}
"#;

const MODELS: [&str; 4] = ["sla/label", "sla/calendar", "sla/slawindow", "sla/component"];

/// The tables of the product, all of their rows.
pub(super) fn contents(database: &Database) -> Vec<String> {
    let tables = [
        ("component", "name || display_name || description || version"),
        ("label", "name || value || description || version"),
        ("sla_window", "name || description || version"),
        ("calendar", "name || description || version"),
        ("rule", "id"),
        ("component_label", "component_id || '-' || label_id"),
        ("component_window", "component_id || '-' || window_id"),
        ("log_entry", "id"),
        ("user_account", "username || version"),
        ("data_version", "version"),
    ];
    let rows = tables.iter().flat_map(|(table, row)| {
        let mut rows = database.texts(&format!("SELECT {row} AS value FROM {table}"));
        rows.sort();
        rows.into_iter().map(move |row| format!("{table}: {row}"))
    });
    rows.collect()
}

pub(super) fn dry(browser: &mut Browser, model: &str, text: &str) -> Page {
    browser.upload(
        &format!("/admin/{model}/import/"),
        &[("format", "")],
        Some(("file.csv", text.as_bytes())),
    )
}

pub(super) fn tallies(page: &Page) -> Vec<usize> {
    let tallies = page.texts(".tallies dd").into_iter();
    tallies.map(|text| text.parse().expect("it is a number")).collect()
}

fn what_went_out_comes_in_again(database: &Database) {
    apply(database, TRICKY);
    apply(database, HIDDEN);
    let before = run_on(database, &["export"]).out;
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut files = Vec::new();
    for model in MODELS {
        for format in ["csv", "json"] {
            let page = root
                .get(&format!("/admin/{model}/export/?_format={format}"))
                .expect(200);
            let text = String::from_utf8(dechunked(&page.answer.body)).expect("it is UTF-8");
            let page = dry(&mut root, model, &text).expect(200);
            let counts = tallies(&page);
            assert_eq!(
                (counts[0], counts[1], counts[3]),
                (0, 0, 0),
                "{model} {format}: {}",
                page.html()
            );
            assert!(counts[2] > 1);
            assert!(!page.has("#import-confirm"), "nothing is to be done");
            if (model, format) == ("sla/component", "csv") {
                assert!(
                    text.contains("\"'＝1\",\"'\u{feff}=1\"") && text.contains("\"''\u{200b}@x\",\"'' +1\""),
                    "{text}"
                );
            }
            files.push((model, format, text));
        }
    }
    for wanted in ["csv", "json"] {
        let other = if database.is_postgres() {
            Database::postgres()
        } else {
            Database::sqlite()
        };
        let server = Server::start(&other, &[]);
        let mut root = superuser(&other, &server);
        for (model, _, text) in files.iter().filter(|(_, format, _)| *format == wanted) {
            let page = dry(&mut root, model, text).expect(200);
            root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
                .expect(302);
        }
        let after = run_on(&other, &["export"]).out;
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&after), sorted(&before), "{wanted}");
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn errors_are_reported_row_by_row(database: &Database) {
    apply(database, TRICKY);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let before = contents(database);
    let file = "\u{feff}name;enabled;slo;windows;labels;id\r\n\
        empty;false;;;;\r\n\
        new one;yes;99.5;=office;team=zebra;\r\n\
        bad;maybe;120;nowhere;team;x\r\n\
        EMPTY;true;;;;\r\n\
        web;true;;nowhere;;7\r\n\
        ;true;;;;\r\n\
        ;;;;;\r\n\
        -minus-;true;100;;\"team=say \"\"x\"\"\";\r\n\
        short;true\r\n";
    let page = dry(&mut root, "sla/component", file).expect(422);
    assert_eq!(tallies(&page), [1, 2, 0, 5], "{}", page.html());
    assert!(!page.has("#import-confirm"));
    assert_eq!(page.texts("#import-rows td.field-row")[..5], ["4", "5", "6", "7", "10"]);
    let faults = page.texts("#import-rows .errorlist li");
    let reported = |text: &str| assert!(faults.iter().any(|fault| fault.contains(text)), "{text}: {faults:#?}");
    reported("enabled : “maybe” is neither true nor false");
    reported("slo : `120` is no percentage");
    reported("labels : “team” is no name=value");
    reported("id : “x” is no key");
    reported("row 2 is about the same component");
    reported("windows : There is no SLA window “nowhere”.");
    reported("there is no such component; leave the key 7 out");
    reported("the row has 2 cells, but there are 6 columns");
    assert!(page.html().contains("1 new label is added as well: team=zebra."));

    all_errors_of_a_row_are_reported(&mut root);
    for (file, message) in [
        (
            "name,colour\na,b\n",
            "There is no column “colour”. Known columns: name, display_name,",
        ),
        ("name,name\na,b\n", "The column “name” stands there twice."),
        ("name,\na,b\n", "Column 2 has no name, but row 2 has “b” in it."),
        ("name\n", "There is no row in it."),
        ("", "Choose a file or paste a text."),
        ("[{\"name\": \"a\"", "This is no JSON"),
        ("{\"name\": \"a\"}", "A list of objects is needed"),
        ("[{\"name\": \"a\", \"name\": \"b\"}]", "stands there twice"),
    ] {
        let page = match file {
            "" => root.upload("/admin/sla/component/import/", &[("format", "")], None),
            file => dry(&mut root, "sla/component", file),
        };
        let page = page.expect(422);
        assert!(page.html().contains(message), "{file}: {:?}", page.texts(".errornote"));
        assert!(!page.has("#import-preview"));
    }
    let page = dry(
        &mut root,
        "sla/component",
        "[7, {\"name\": \"a\", \"colour\": 1, \"slo\": \"x\"}]",
    )
    .expect(422);
    let faults = page.texts("#import-rows .errorlist li").join(" | ");
    assert!(
        faults.contains("an object is needed")
            && faults.contains("the key `colour` is unknown")
            && faults.contains("`x` is no percentage"),
        "{faults}"
    );
    let page = dry(
        &mut root,
        "sla/slawindow",
        "name,rules\nnew,\"[{\"\"type\"\": \"\"weekly\"\"}]\"\nother,[\n",
    )
    .expect(422);
    let faults = page.texts("#import-rows .errorlist li").join(" | ");
    assert!(
        faults.contains("rules[0]") && faults.contains("this is no JSON"),
        "{faults}"
    );

    for (bytes, message) in [
        (&b"\xff\xfen\0a\0m\0e\0"[..], "UTF-16"),
        (b"\xfe\xff\0n\0a", "UTF-16"),
        (b"name\nBestell\xfcbersicht\n", "line 2 holds the byte 0xFC"),
        (b"name\na\0b\n", "NUL"),
        (b"PK\x03\x04....", "no workbook, or it is damaged"),
    ] {
        let page = root
            .upload("/admin/sla/component/import/", &[], Some(("x.csv", bytes)))
            .expect(422);
        assert!(page.html().contains(message), "{:?}", page.texts(".errornote"));
    }
    assert_eq!(contents(database), before, "a dry run writes nothing");

    let pasted = root.upload(
        "/admin/sla/component/import/",
        &[("text", "name\tslo\r\na\tb\r\n"), ("format", "csv")],
        Some(("", b"")),
    );
    let pasted = pasted.expect(422);
    assert_eq!(pasted.texts("#id_text")[0], "name slo a b", "what was pasted is kept");
    assert_eq!(contents(database), before);
}

fn all_errors_of_a_row_are_reported(root: &mut Browser) {
    let mut reported = |model: &str, file: &str| {
        let page = dry(root, model, file).expect(422);
        page.texts("#import-rows .errorlist li")
    };
    let file = "name,enabled,labels,windows,calendars\n\
        new,true,team=a; team=b,Nope; =OFFICE; Nada,Zip\n\
        NEW,true,,Nix,\n\
        empty,perhaps,,'=office; Nope,floating\n";
    assert_eq!(
        reported("sla/component", file),
        [
            "labels : “team” stands here twice",
            "windows : There is no SLA window “Nope”.",
            "windows : There is no SLA window “Nada”.",
            "calendars : There is no calendar “Zip”.",
            "windows : There is no SLA window “Nix”.",
            "name : row 2 is about the same component (letter case aside)",
            "enabled : “perhaps” is neither true nor false",
            "windows : There is no SLA window “Nope”.",
        ]
    );
    let file = "name,windows,calendars\nnew,floating,=office\n";
    assert_eq!(
        reported("sla/component", file),
        [
            "windows : `floating` is a calendar; put it under calendars:",
            "calendars : `=office` is a window; put it under windows: of a component",
        ]
    );
    // What could not be read is not missed as well, nor compared with what is stored.
    let file = "name,timezone,valid_from,valid_until,calendars\n\
        new,Nowhere/Land,,,Zip\n\
        other,UTC,2030-01-02,2030-01-01,Zip; Zap\n\
        =office,,never,2025-01-01,floating\n";
    let faults = reported("sla/slawindow", file);
    let starts = [
        "timezone : ",
        "calendars : There is no calendar “Zip”.",
        "calendars : There is no calendar “Zip”.",
        "calendars : There is no calendar “Zap”.",
        "valid_until 2030-01-01 is before valid_from 2030-01-02",
        "timezone : ",
        "valid_from : ",
    ];
    assert!(
        faults.len() == starts.len() && faults.iter().zip(starts).all(|(fault, start)| fault.starts_with(start)),
        "{faults:#?}"
    );
}

fn columns_and_cells_that_are_missing_and_empty(database: &Database) {
    apply(database, TRICKY);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = dry(
        &mut root,
        "sla/component",
        "name,description,windows\n'=shop,,\nempty,,'=office\nfresh,x,'=office\n",
    )
    .expect(200);
    assert_eq!(tallies(&page), [1, 1, 1, 0], "{}", page.html());
    let whats = page.texts("#import-rows .field-what");
    assert!(
        whats[0].contains("Description:") && whats[0].contains("→ –") && whats[0].contains("removed =office"),
        "{whats:?}"
    );
    let form = page.form("#import-confirm");
    let entries = database.number("SELECT count(*) AS value FROM log_entry");
    let list = root.submit(&form, ("_confirm", "1")).expect(302).location();
    let page = root.get(&list).expect(200);
    assert_eq!(
        page.texts(".messagelist .success")[0],
        "1 component was added and 1 component was changed. 1 needed no change."
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM log_entry"), entries + 2);
    assert_eq!(
        database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL"),
        2
    );
    let row = database.texts("SELECT display_name || '|' || description || '|' || slo_millipercent AS value FROM component WHERE name = '=shop'");
    assert_eq!(row, ["+1||99999"]);
    assert_eq!(
        database.number(
            "SELECT count(*) AS value FROM component_window JOIN component ON id = component_id WHERE name = '=shop'"
        ),
        0
    );
    // What was confirmed once is not done twice.
    let again = root.submit(&form, ("_confirm", "1")).expect(409);
    assert!(again.html().contains("no longer there"));

    let key = database.number("SELECT id AS value FROM component WHERE name = 'fresh'");
    let page = dry(
        &mut root,
        "sla/component",
        &format!("id\tname\tslo\n{key}\tfresh\t99\n"),
    )
    .expect(200);
    assert_eq!(tallies(&page), [0, 1, 0, 0]);
    let page = dry(
        &mut root,
        "sla/component",
        &format!("id\tname\tslo\n{}\tfresh\t99\n", key + 1),
    )
    .expect(422);
    assert!(
        page.html()
            .contains(&format!("the component has the key {key}, not {}", key + 1))
    );
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn rights_count_for_each_row(database: &Database) {
    apply(database, TRICKY);
    let server = Server::start(database, &[]);
    let before = contents(database).len();
    let file = "name,labels\nempty,env==prod\nfresh,env==prod\n";
    for (name, permissions, status, refused) in [
        ("viewer", &["sla.view_component"][..], 403, 0),
        ("blind", &["sla.add_component"][..], 403, 0),
        ("changer", &["sla.change_component", "sla.view_label"][..], 422, 1),
        (
            "adder",
            &["sla.add_component", "sla.view_component", "sla.view_label"][..],
            422,
            1,
        ),
        (
            "editor",
            &["sla.add_component", "sla.change_component", "sla.view_label"][..],
            200,
            0,
        ),
    ] {
        let mut browser = staff(database, &server, name, permissions);
        let page = browser.get("/admin/sla/component/import/");
        assert_eq!(page.status(), if status == 403 { 403 } else { 200 }, "{name}");
        assert_eq!(
            browser.get("/admin/sla/component/").has("a.importlink"),
            status != 403,
            "{name}"
        );
        let page = dry(&mut browser, "sla/component", file);
        if status == 403 {
            assert!([400, 403, 415].contains(&page.status()), "{name} {}", page.status());
            browser
                .post("/admin/sla/component/import/", &[("text", file)])
                .expect(403);
            browser
                .post("/admin/sla/component/import/", &[("_confirm", "1"), ("pending", "1")])
                .expect(403);
            continue;
        }
        let page = page.expect(status);
        assert_eq!(tallies(&page)[3], refused, "{name}: {}", page.html());
        let page = dry(&mut browser, "sla/component", "name,labels\nempty,team=new\n");
        assert!(page.html().contains("no permission to add labels"), "{name}");
    }
    assert_eq!(
        contents(database).len(),
        before + 10,
        "five users were added, and nothing else"
    );
    let mut editor = staff(
        database,
        &server,
        "editor2",
        &["sla.add_component", "sla.change_component", "sla.view_label"],
    );
    let page = dry(&mut editor, "sla/component", file).expect(200);
    database.execute("DELETE FROM user_permission WHERE permission = 'sla.add_component'");
    let page = editor
        .submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(409);
    assert_eq!(tallies(&page)[3], 1);
    let mut root = superuser(database, &server);
    for model in ["auth/user", "auth/group", "audit/logentry"] {
        root.get(&format!("/admin/{model}/import/")).expect(404);
        assert!(!root.get(&format!("/admin/{model}/")).expect(200).has("a.importlink"));
    }
}

fn what_is_too_much_is_refused_at_once(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let keys: Vec<String> = (0..5_000).map(|key| format!("\"k{key}\":1")).collect();
    let names: Vec<String> = (0..50_000).map(|name| format!("\"w{name}\"")).collect();
    for (file, message) in [
        (
            format!("[{{\"name\":\"x\",{}}}]", keys.join(",")),
            "an object has more than 100 keys",
        ),
        (
            format!("[{{\"name\":\"x\",\"windows\":[{}]}}]", names.join(",")),
            "50000 names are too many; the limit is 50",
        ),
        (format!("[{}1]", "1,".repeat(1_600_000)), "the file has too many values"),
        (
            format!("name\nx{}\n", ",".repeat(1_000)),
            "Row 2 has 1001 cells; the limit is 100.",
        ),
        (format!("name,slo\nx,{}\n", "9".repeat(100_000)), "is no percentage"),
    ] {
        let page = dry(&mut root, "sla/component", &file).expect(422);
        assert!(page.html().contains(message), "{message}");
        assert!(page.html().len() < 30_000, "{message}: {}", page.html().len());
    }
}

fn many_rows_come_in_at_once(database: &Database) {
    apply(database, TRICKY);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let lines: Vec<String> = (0..3_000)
        .map(|number| format!("c{number},team=t{},'=office,99.9", number % 50))
        .collect();
    let file = format!("name,labels,windows,slo\n{}\n", lines.join("\n"));
    let page = dry(&mut root, "sla/component", &file).expect(200);
    assert_eq!(tallies(&page), [3_000, 0, 0, 0]);
    assert_eq!(page.texts("#import-rows tbody tr").len(), 1_000);
    assert!(page.html().contains("Of 3000 rows 1000 are shown"));
    assert!(page.html().contains("50 new labels are added as well"));
    root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 3_004);
    assert_eq!(
        database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL"),
        3_050
    );

    let refused = format!("{file}bad name \u{7},x,y,z\n");
    let page = dry(&mut root, "sla/component", &refused).expect(422);
    assert_eq!(tallies(&page), [0, 0, 3_000, 1]);
    assert_eq!(
        page.texts("#import-rows .field-result")[0],
        "Refused",
        "errors come first"
    );
    let wide: Vec<String> = (0..200).map(|number| format!("c{number}")).collect();
    let page = dry(&mut root, "sla/component", &format!("{}\n1\n", wide.join(","))).expect(422);
    assert!(page.html().contains("200 columns are too many"));
    let page = dry(&mut root, "sla/component", &format!("name\n{}", "a\n".repeat(100_001))).expect(422);
    assert!(
        page.html().contains("More than 100000 rows"),
        "{:?}",
        page.texts(".errornote")
    );
}
