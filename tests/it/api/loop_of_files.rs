//! Files under version control: exported, edited, looked at, applied, and applied again.

use serde_json::json;

use super::{Client, DOCUMENT, entries, json};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on, run_on_input};
use crate::support::server::Server;

on_both_databases!(a_file_goes_round_by_the_commands, a_file_goes_round_over_http,);

fn a_file_goes_round_by_the_commands(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    for format in ["yaml", "json"] {
        let exported = client.run(&["export", "--format", format], "").ok();
        assert_eq!(exported, run_on(database, &["export", "--format", format]).ok());
        let before = entries(database);
        let again = client.run(&["apply", "-"], &exported).ok();
        assert_eq!(again, "0 added, 0 changed, 0 deleted\n");
        assert_eq!(entries(database), before);
    }
    let exported = client.run(&["export"], "").ok();
    let edited = exported.replace("08:00", "09:00").replace("slo: 99.9", "slo: 99.5");
    assert_ne!(edited, exported);

    let before = entries(database);
    for arguments in [
        &["apply", "--dry-run", "-"][..],
        &["apply", "--dry-run", "--prune", "-"],
        &["apply", "--dry-run", "--impact", "4w", "-"],
        &["apply", "--dry-run", "--impact", "30d", "--format", "json", "-"],
    ] {
        let planned = client.run(arguments, &edited).ok();
        assert!(
            planned.contains("0 would be added, 2 would be changed, 0 would be deleted\n"),
            "{planned}"
        );
        let of_database = run_on_input(database, arguments, &edited).ok();
        // The impact counts from the second in which each of them was asked.
        let without_seconds = |text: &str| -> Vec<String> {
            let is_of_plan = |line: &&str| !line.is_empty() && !line.starts_with('{');
            text.lines().take_while(is_of_plan).map(str::to_owned).collect()
        };
        assert_eq!(
            without_seconds(&planned),
            without_seconds(&of_database),
            "{arguments:?}"
        );
        assert_eq!(planned.lines().count(), of_database.lines().count());
    }
    assert_eq!(entries(database), before, "a dry run writes nothing");

    assert_eq!(
        client.run(&["apply", "-"], &edited).ok(),
        "0 added, 2 changed, 0 deleted\n"
    );
    let actors = database.texts("SELECT DISTINCT actor AS value FROM log_entry WHERE actor LIKE 'token%'");
    assert_eq!(actors, ["token ci of root"]);
    let before = entries(database);
    assert_eq!(
        client.run(&["apply", "-"], &edited).ok(),
        "0 added, 0 changed, 0 deleted\n"
    );
    assert_eq!(
        client.run(&["apply", "--prune", "-"], &edited).ok(),
        "0 added, 0 changed, 0 deleted\n"
    );
    assert_eq!(entries(database), before);
    assert_eq!(client.run(&["export"], "").ok(), edited);
}

fn a_file_goes_round_over_http(database: &Database) {
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    let answer = client.apply("?dry_run=1", DOCUMENT);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let report = json(&answer);
    assert_eq!((&report["dry_run"], &report["added"]), (&json!(true), &json!(5)));
    let change = json!({"action": "add", "kind": "window", "name": "Office"});
    assert!(
        report["changes"].as_array().expect("a list").contains(&change),
        "{report}"
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 0);

    let report = json(&client.apply("", DOCUMENT));
    assert_eq!(
        report,
        json!({"dry_run": false, "added": 5, "changed": 0, "deleted": 0})
    );
    let report = json(&client.apply("?dry_run=0&prune=true", DOCUMENT));
    assert_eq!(
        report,
        json!({"dry_run": false, "added": 0, "changed": 0, "deleted": 0})
    );

    let file = client.get("/export", &[]);
    assert_eq!((file.status, file.header("content-type")), (200, "application/json"));
    for (path, accept) in [
        ("/export?format=yaml", "*/*"),
        ("/export", "application/yaml, */*;q=0.1"),
    ] {
        let yaml = client.get(path, &[("accept", accept)]);
        assert_eq!((yaml.status, yaml.header("content-type")), (200, "application/yaml"));
        assert!(yaml.text().starts_with("labels:\n"), "{}", yaml.text());
    }
    let before = entries(database);
    let answer = client.post("/apply", "application/json; charset=utf-8", &[], &file.body);
    assert_eq!(json(&answer)["changed"], 0, "{}", answer.text());
    let edited = file.text().replace("\"Europe/Berlin\"", "\"Europe/Lisbon\"");
    let answer = client.post(
        "/apply?dry_run=true&impact=2w",
        "application/json",
        &[],
        edited.as_bytes(),
    );
    let report = json(&answer);
    assert_eq!(
        report["changes"][0]["properties"],
        json!(["timezone: \"Europe/Berlin\" -> \"Europe/Lisbon\""])
    );
    let impact = &report["impact"];
    assert_eq!(impact["days"], 14);
    let named: Vec<&str> = impact["components"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|line| line["component"].as_str())
        .collect();
    assert_eq!(named, ["a/b", "shop"], "{report}");
    assert_eq!(entries(database), before);
}
