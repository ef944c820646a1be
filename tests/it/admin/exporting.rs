//! Rows that leave the admin as files.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::support::browser::{Browser, Page};
pub(super) use crate::support::client::dechunked;
use crate::support::client::read_head;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, staff, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    a_list_goes_out_as_it_is,
    chosen_rows_go_out,
    an_export_needs_its_permission,
    every_model_goes_out,
    many_rows_are_sent_bit_by_bit,
    what_cannot_be_exported_is_said_on_a_page,
    an_export_is_one_state_of_the_database,
    an_export_stops_when_its_user_loses_the_right,
);

const SOME: &str = r#"
labels: [{name: team, value: "a; b", description: squad}, {name: env, value: prod}]
calendars: [{name: "Holidays; DE", rules: [{type: dates, dates: ['2990-12-25'], start: '00:00', duration_s: 60, note: "1, 2"}]}]
windows: [{name: 'the "office"', timezone: Europe/Berlin, calendars: ["Holidays; DE"], rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}]
components:
  - {name: "=shop", display_name: "+cmd|' /C calc'!A0", description: "line one\nline \"two\", three", labels: {team: "a; b", env: prod}, windows: ['the "office"'], slo: 99.95}
  - {name: shop-api, display_name: "'=quoted", description: "شبكة 🚀", enabled: false}
  - {name: web, display_name: "-1", description: "@home"}
"#;

/// The lines of a file of CSV as cells.
fn cells(page: &Page) -> Vec<Vec<String>> {
    let bytes = page.answer.body.clone();
    let text = String::from_utf8(dechunked(&bytes)).expect("the file is UTF-8");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader
        .records()
        .map(|row| row.expect("it is CSV").iter().map(str::to_owned).collect());
    rows.collect()
}

fn json(page: &Page) -> Vec<Value> {
    serde_json::from_slice(&dechunked(&page.answer.body)).expect("it is JSON")
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_list_goes_out_as_it_is(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);

    let page = root.get("/admin/sla/component/export/?o=-name&_format=csv").expect(200);
    assert_eq!(
        page.answer.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert!(page.answer.header("cache-control").contains("no-store"));
    let disposition = page.answer.header("content-disposition").to_owned();
    assert!(disposition.starts_with("attachment; filename=\"components-2") && disposition.ends_with(".csv\""));
    assert_eq!(page.answer.header("transfer-encoding"), "chunked");
    let rows = cells(&page);
    let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(names, ["name", "web", "shop-api", "'=shop"]);
    assert_eq!(
        rows[0],
        [
            "name",
            "display_name",
            "description",
            "enabled",
            "slo",
            "labels",
            "windows",
            "calendars",
            "indicator"
        ]
    );
    assert_eq!(rows[1][1..5], ["'-1", "'@home", "true", ""]);
    assert_eq!(rows[2][1..5], ["''=quoted", "شبكة 🚀", "false", ""]);
    assert_eq!(rows[3][1], "'+cmd|' /C calc'!A0");
    assert_eq!(rows[3][2], "line one\nline \"two\", three");
    assert_eq!(
        rows[3][3..],
        [
            "true",
            "99.95",
            "env=prod; \"team=a; b\"",
            "\"the \"\"office\"\"\"",
            "",
            ""
        ]
    );
    let raw = dechunked(&page.answer.body);
    assert!(raw.ends_with(b"\r\n"), "lines end as RFC 4180 has it");

    let page = root
        .get("/admin/sla/component/export/?enabled__exact=1&q=line&_format=json")
        .expect(200);
    assert_eq!(page.answer.header("content-type"), "application/json");
    let objects = json(&page);
    assert_eq!(objects.len(), 1, "{objects:?}");
    assert_eq!(objects[0]["labels"]["team"], "a; b");
    assert_eq!(objects[0]["slo"], 99.95);
    assert_eq!(
        dechunked(&page.answer.body)
            .iter()
            .filter(|byte| **byte == b'\n')
            .count(),
        3
    );
    let none = root
        .get("/admin/sla/component/export/?q=nothing-is-called-so&_format=json")
        .expect(200);
    assert!(json(&none).is_empty());
    let none = root
        .get("/admin/sla/component/export/?q=nothing-is-called-so&_format=csv")
        .expect(200);
    assert_eq!(cells(&none).len(), 1);

    for query in ["_format=xml", "color=red&_format=csv", "enabled__exact=7"] {
        root.get(&format!("/admin/sla/component/export/?{query}")).expect(400);
    }
    let head = root
        .send("HEAD", "/admin/sla/component/export/?_format=csv", None)
        .expect(200);
    assert!(head.answer.body.is_empty());
    root.get("/admin/sla/component/export").expect(301);
    assert!(server.log().contains("rows are exported"));

    let list = root.get("/admin/sla/component/?q=shop&p=1").expect(200);
    let link = list.attributes("a.exportlink", "href")[0].clone();
    assert_eq!(link, "/admin/sla/component/export/?q=shop");
    let choice = root.get(&link).expect(200);
    assert!(choice.html().contains("2 components"), "{}", choice.html());
    let form = choice.form("#export-form");
    assert_eq!(form.values("q"), ["shop"]);
    assert_eq!(form.values("_format"), ["csv"]);
}

fn chosen_rows_go_out(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let list = root.get("/admin/sla/component/").expect(200);
    let keys = list.attributes("input.action-select", "value");
    let picked = [
        ("action", "export_selected"),
        ("_selected_action", keys[2].as_str()),
        ("_selected_action", keys[0].as_str()),
    ];

    let page = root.post("/admin/sla/component/", &picked).expect(200);
    assert!(page.html().contains("2 components"));
    let form = page.form("#export-form").set("_format", "json");
    let file = root.submit(&form, ("", "")).expect(200);
    let names: Vec<String> = json(&file)
        .iter()
        .map(|object| object["name"].as_str().unwrap_or("").to_owned())
        .collect();
    assert_eq!(names, ["=shop", "web"]);

    let across = [
        ("action", "export_selected"),
        ("_selected_action", keys[0].as_str()),
        ("select_across", "1"),
    ];
    let page = root.post("/admin/sla/component/?q=shop&o=-name", &across).expect(200);
    assert!(page.html().contains("2 components"));
    let file = root.submit(&page.form("#export-form"), ("", "")).expect(200);
    let names: Vec<String> = cells(&file).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(names, ["name", "shop-api", "'=shop"]);
    root.post("/admin/sla/component/", &[&across[..], &[("_format", "pdf")]].concat())
        .expect(400);
    root.post("/admin/sla/component/", &[("action", "export_selected")])
        .expect(302);
}

fn an_export_needs_its_permission(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let key = database.number("SELECT min(id) AS value FROM component").to_string();
    let chosen = [
        ("action", "export_selected"),
        ("_selected_action", key.as_str()),
        ("_format", "csv"),
    ];
    for (name, permissions, may) in [
        ("powerless", &[][..], false),
        (
            "viewer",
            &[
                "sla.view_component",
                "sla.change_component",
                "sla.add_component",
                "sla.delete_component",
            ][..],
            false,
        ),
        ("blind", &["sla.export_component"][..], false),
        ("foreign", &["sla.view_component", "sla.export_label"][..], false),
        ("exporter", &["sla.view_component", "sla.export_component"][..], true),
        ("changer", &["sla.change_component", "sla.export_component"][..], true),
    ] {
        let mut browser = staff(database, &server, name, permissions);
        for query in ["", "?_format=csv", "?_format=json&q=x", "?color=red"] {
            let page = browser.get(&format!("/admin/sla/component/export/{query}"));
            let status = match (may, query) {
                (false, _) => 403,
                (true, "?color=red") => 400,
                (true, _) => 200,
            };
            assert_eq!(page.status(), status, "{name} {query}");
        }
        let page = browser.post("/admin/sla/component/", &chosen);
        let is_file = page.answer.header("content-disposition").starts_with("attachment");
        assert_eq!(is_file, may, "{name}: {}", page.status());
        let list = browser.get("/admin/sla/component/");
        assert_eq!(list.has("a.exportlink"), may, "{name}");
        assert_eq!(list.has("option[value=export_selected]"), may, "{name}");
    }
    let mut root = superuser(database, &server);
    let form = root.get("/admin/auth/group/add/").expect(200).form("#group_form");
    let form = form.set("name", "takers").add("permissions", "sla.export_component");
    root.submit(&form, ("_save", "Save")).expect(302);
    let mut manager = staff(database, &server, "manager", &["auth.change_group", "auth.view_group"]);
    let id = database.number("SELECT id AS value FROM user_group");
    let form = manager
        .get(&format!("/admin/auth/group/{id}/change/"))
        .expect(200)
        .form("#group_form");
    let page = manager
        .submit(&form.add("permissions", "sla.export_label"), ("_save", "Save"))
        .expect(422);
    assert!(page.html().contains("sla.export_label, which you do not have"));
}

fn every_model_goes_out(database: &Database) {
    apply(database, SOME);
    add_group(database, "readers", &["sla.view_label", "sla.view_component"]);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for (model, name) in [
        ("sla/component", "components"),
        ("sla/label", "labels"),
        ("sla/slawindow", "sla-windows"),
        ("sla/calendar", "calendars"),
        ("auth/user", "users"),
        ("auth/group", "groups"),
        ("audit/logentry", "log-entries"),
        ("audit/event", "security-events"),
    ] {
        for format in ["csv", "json"] {
            let page = root
                .get(&format!("/admin/{model}/export/?_format={format}"))
                .expect(200);
            let disposition = page.answer.header("content-disposition");
            assert!(disposition.contains(&format!("filename=\"{name}-2")), "{disposition}");
            let count = match format {
                "csv" => cells(&page).len() - 1,
                _ => json(&page).len(),
            };
            assert!(count > 0, "{model}");
            let text = String::from_utf8(dechunked(&page.answer.body)).expect("it is UTF-8");
            assert!(!text.contains("a hash of") && !text.contains("password"), "{text}");
        }
    }
    let windows = cells(&root.get("/admin/sla/slawindow/export/?_format=csv").expect(200));
    assert_eq!(
        windows[1][6],
        "Holidays; DE".replace("Holidays; DE", "\"Holidays; DE\"")
    );
    let rules: Value = serde_json::from_str(&windows[1][7]).expect("rules are JSON");
    assert_eq!(rules[0]["type"], "weekly");
    let groups = cells(&root.get("/admin/auth/group/export/?_format=csv").expect(200));
    assert_eq!(groups[1], ["readers", "sla.view_component; sla.view_label"]);
    let entries = json(
        &root
            .get("/admin/audit/logentry/export/?content_type=sla.label&_format=json")
            .expect(200),
    );
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["action"], "add");
    assert!(entries[0]["before"].is_null() && entries[0]["after"]["name"].is_string());

    what_the_admin_gives_the_command_takes(database, &mut root);
}

fn what_the_admin_gives_the_command_takes(database: &Database, root: &mut Browser) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("objects.json").to_string_lossy().into_owned();
    for model in ["sla/component", "sla/label", "sla/slawindow", "sla/calendar"] {
        let page = root.get(&format!("/admin/{model}/export/?_format=json")).expect(200);
        let objects = json(&page);
        assert!(!objects.is_empty(), "{model}");
        std::fs::write(&path, dechunked(&page.answer.body)).expect("the file can be written");
        let ran = run_on(database, &["apply", &path]);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (0, "0 added, 0 changed, 0 deleted\n"),
            "{model}: {ran:?}"
        );
        let refused = run_on(database, &["apply", "--prune", &path]).refused();
        assert!(refused.contains("--prune would delete all of the others"), "{refused}");

        let mut changed = objects;
        for object in &mut changed {
            object["description"] = Value::String("as a list".to_owned());
        }
        let text = serde_json::to_string(&changed).expect("it is JSON");
        std::fs::write(&path, text).expect("the file can be written");
        let ran = run_on(database, &["apply", &path]);
        let expected = format!("0 added, {} changed, 0 deleted\n", changed.len());
        assert_eq!((ran.code, ran.out.as_str()), (0, expected.as_str()), "{model}: {ran:?}");
    }
    let page = root.get("/admin/auth/group/export/?_format=json").expect(200);
    std::fs::write(&path, dechunked(&page.answer.body)).expect("the file can be written");
    let refused = run_on(database, &["apply", &path]).refused();
    assert!(
        refused.contains("no kind of object has the keys of this list (`name`, `permissions`)"),
        "{refused}"
    );
    std::fs::write(&path, "[]").expect("the file can be written");
    let ran = run_on(database, &["apply", &path]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "0 added, 0 changed, 0 deleted\n"),
        "{ran:?}"
    );
    run_on(database, &["apply", "--prune", &path]).refused();
}

fn many_rows_are_sent_bit_by_bit(database: &Database) {
    let lines: Vec<String> = (0..2_345)
        .map(|number| format!("- {{name: c{number:04}, labels: {{n: v{}}}}}", number % 7))
        .collect();
    apply(database, &format!("components:\n{}", lines.join("\n")));
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let rows = cells(&root.get("/admin/sla/component/export/?_format=csv&o=-name").expect(200));
    let names: Vec<String> = rows.iter().skip(1).map(|row| row[0].clone()).collect();
    let expected: Vec<String> = (0..2_345).rev().map(|number| format!("c{number:04}")).collect();
    assert_eq!(names, expected);
    assert!(rows.iter().skip(1).all(|row| row[5].starts_with("n=v")));
    let objects = json(&root.get("/admin/sla/component/export/?_format=json").expect(200));
    assert_eq!(objects.len(), 2_345);
    let entries = cells(&root.get("/admin/audit/logentry/export/?_format=csv").expect(200));
    assert_eq!(entries.len(), 2_345 + 7 + 1 + 1, "the superuser was added as well");
}

fn what_cannot_be_exported_is_said_on_a_page(database: &Database) {
    let lines: Vec<String> = (0..600)
        .map(|number| format!("- {{name: w{number:03}, timezone: UTC, rules: [{{type: weekly, days: [MO], start: '09:00', duration_s: 60}}]}}"))
        .collect();
    apply(database, &format!("windows:\n{}", lines.join("\n")));
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    database.execute("UPDATE sla_window SET timezone = 'Mars/Olympus' WHERE name = 'w550'");
    let page = root.get("/admin/sla/slawindow/export/?_format=csv").expect(409);
    assert!(page.html().contains("w550"), "{}", page.html());
    assert!(page.answer.header("content-disposition").is_empty());

    database.execute("UPDATE sla_window SET timezone = 'Mars/Olympus' WHERE name = 'w000'");
    let page = root.get("/admin/sla/slawindow/export/?_format=csv").expect(409);
    assert!(page.html().contains("w000"), "{}", page.html());
    assert!(page.answer.header("content-disposition").is_empty());
}

/// A large export whose client has taken only its head.
fn begun(database: &Database, server: &Server, root: &Browser) -> BufReader<TcpStream> {
    let text = "x".repeat(900);
    let lines: Vec<String> = (0..20_000)
        .map(|number| format!("- {{name: c{number:05}, description: {text}}}"))
        .collect();
    apply(database, &format!("components:\n{}", lines.join("\n")));
    let host = server.url.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).expect("the server listens");
    let session = root.cookie("sessionid").expect("the user is logged in");
    let head = format!(
        "GET /admin/sla/component/export/?_format=csv HTTP/1.1\r\nhost: {host}\r\ncookie: sessionid={session}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("the request is taken");
    let mut reader = BufReader::new(stream);
    assert_eq!(read_head(&mut reader).status, 200);
    reader
}

fn rest(mut reader: BufReader<TcpStream>) -> String {
    let mut body = Vec::new();
    // A connection that breaks may be reset.
    drop(reader.read_to_end(&mut body));
    String::from_utf8_lossy(&body).into_owned()
}

fn an_export_is_one_state_of_the_database(database: &Database) {
    let server = Server::start(database, &[]);
    let root = superuser(database, &server);
    let reader = begun(database, &server, &root);
    database.execute("UPDATE component SET display_name = 'changed'");
    database.execute("DELETE FROM component WHERE name = 'c19999'");
    let body = rest(reader);
    assert!(body.ends_with("0\r\n\r\n"), "it comes to its end");
    assert!(body.contains("c19999") && !body.contains("changed"));
}

fn an_export_stops_when_its_user_loses_the_right(database: &Database) {
    let server = Server::start(database, &[]);
    let root = superuser(database, &server);
    let reader = begun(database, &server, &root);
    database.execute("UPDATE user_account SET is_active = FALSE");
    let body = rest(reader);
    assert!(
        !body.ends_with("0\r\n\r\n") && !body.contains("c19999"),
        "it breaks off"
    );
    server.wait_for_log("an export broke off", 1);
}
