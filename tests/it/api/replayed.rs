//! `Idempotency-Key`: a request that is sent again is carried out once.

use serde_json::json;

use super::{Client, entries, json, problem};
use crate::support::client::Answer;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::run_on;
use crate::support::server::Server;

on_both_databases!(
    the_same_request_is_carried_out_once,
    the_key_of_a_request_without_a_change_is_kept,
    answers_are_kept_for_a_day,
);

fn send(client: &Client, query: &str, key: &str, file: &str) -> Answer {
    let headers = [("idempotency-key", key)];
    client.post(&format!("/apply{query}"), "application/yaml", &headers, file.as_bytes())
}

fn the_same_request_is_carried_out_once(database: &Database) {
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    let file = "components: [{name: first}, {name: second}]";
    let dry = send(&client, "?dry_run=1", "\"8e03978e\"", file);
    assert_eq!((dry.status, dry.header("idempotency-replayed")), (200, ""));
    let first = send(&client, "", "\"8e03978e\"", file);
    assert_eq!(json(&first)["added"], 2);
    let (before, other) = (entries(database), "components: [{name: first, slo: 99}]");
    assert_eq!(client.apply("", other).status, 200);
    let again = send(&client, "", "\"8e03978e\"", file);
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
    assert_eq!(again.body, first.body);
    assert_eq!(entries(database), before + 1, "only the change in between was written");
    for (query, body) in [("", other), ("?prune=1", file)] {
        let (status, kind, _) = problem(&send(&client, query, "\"8e03978e\"", body));
        assert_eq!((status, kind.as_str()), (422, "key-reused"));
    }
    let another = Client::staff(database, &server, "another", &["sla.view_component"]);
    assert_eq!(
        problem(&send(&another, "", "\"8e03978e\"", file)).0,
        403,
        "keys are those of a token"
    );
    let refused = send(&client, "", "refused", "components: [{name: first, windows: [None]}]");
    assert_eq!(refused.status, 422);
    assert_eq!(
        send(&client, "", "refused", "components: [{name: third}]").status,
        200,
        "nothing was written by it"
    );
    for key in ["", "a b", &"k".repeat(256), "é"] {
        assert_eq!(problem(&send(&client, "", key, file)).0, 400, "{key}");
    }
    let kept = database.texts("SELECT answer AS value FROM api_answer ORDER BY id");
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert_eq!(
        json!(serde_json::from_str::<serde_json::Value>(&kept[0]).expect("JSON")),
        json(&first)
    );
    let secret = database.number("SELECT count(*) AS value FROM api_answer WHERE key_hash LIKE '%8e03978e%'");
    assert_eq!(secret, 0, "keys are stored as hashes");
}

fn the_key_of_a_request_without_a_change_is_kept(database: &Database) {
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    let file = "components: [{name: first}]";
    assert_eq!(client.apply("", file).status, 200);
    let before = entries(database);
    let unchanged = send(&client, "", "again", file);
    assert_eq!(json(&unchanged)["added"], 0);
    let (status, kind, _) = problem(&send(&client, "", "again", "components: [{name: second}]"));
    assert_eq!((status, kind.as_str()), (422, "key-reused"));
    assert_eq!(entries(database), before);
    // What was changed in between stays: the request is not carried out a second time.
    assert_eq!(client.apply("?prune=1", "components: []").status, 200);
    let again = send(&client, "", "again", file);
    assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
    assert_eq!(again.body, unchanged.body);
    assert_eq!(database.number("SELECT count(*) AS value FROM component"), 0);
}

fn answers_are_kept_for_a_day(database: &Database) {
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    assert_eq!(send(&client, "", "key", "components: [{name: first}]").status, 200);
    database.execute("UPDATE api_answer SET created_at = '2026-01-01 00:00:00'");
    let later = send(&client, "", "key", "components: [{name: second}]");
    assert_eq!((later.status, later.header("idempotency-replayed")), (200, ""));
    assert_eq!(database.number("SELECT count(*) AS value FROM api_answer"), 1);
    database.execute("UPDATE api_answer SET created_at = '2026-01-01 00:00:00'");
    run_on(database, &["clearsessions"]).ok();
    assert_eq!(database.number("SELECT count(*) AS value FROM api_answer"), 0);
}
