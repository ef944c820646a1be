//! What the API takes and what it refuses, whatever the token permits.

use serde_json::json;

use super::{Client, DOCUMENT, json, problem};
use crate::support::client::{get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on_input, run_with};
use crate::support::server::Server;

on_both_databases!(
    hours_are_those_of_the_commands,
    what_cannot_be_understood_is_named,
    files_are_refused_with_line_and_path,
    answers_have_the_type_that_is_preferred,
);

fn hours_are_those_of_the_commands(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    let path = "/components/a%2Fb/spans?from=2026-12-21&to=2026-12-28&zone=Europe/Berlin";
    let answer = json(&client.get(path, &[]));
    let day = |at: i64| json!({"start": at, "end": at + 36_000});
    assert_eq!(
        answer,
        json!({
            "component": "a/b", "enabled": true, "from": 1_797_807_600, "to": 1_798_412_400, "seconds": 144_000,
            // Monday to Thursday; Friday is Christmas.
            "spans": [day(1_797_836_400), day(1_797_922_800), day(1_798_009_200), day(1_798_095_600)],
        })
    );
    let explained = client.get("/components/shop/explain?at=2026-12-25T09:00:00Z", &[]);
    assert_eq!(json(&explained)["in_window"], 0, "{}", explained.text());
    assert_eq!(json(&explained)["cut_by"][0]["calendar"], "Holidays");
    let text = client.get(
        "/components/shop/explain?at=2026-12-25T09:00",
        &[("accept", "text/plain")],
    );
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert!(text.text().starts_with("shop is OUTSIDE"), "{}", text.text());

    let line = r#"{"id": 7, "now": 1736942400, "windows": [{"timezone": "Europe/Berlin", "rules": [{"type": "weekly", "days": ["WE"], "start": "09:00", "duration_s": 28800}]}]}"#;
    let evaluated = client.post("/evaluate", "application/json", &[], line.as_bytes());
    let by_command = run_with(&["evaluate"], &format!("{line}\n"), &[]).ok();
    assert_eq!(format!("{}\n", evaluated.text()), by_command);
}

fn answers_have_the_type_that_is_preferred(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    let (json, yaml, text) = ("application/json", "application/yaml", "text/plain; charset=utf-8");
    for (path, accept, expected) in [
        ("/export", "", json),
        ("/export", "*/*", json),
        ("/export", "application/*", json),
        ("/export", "text/html", json),
        ("/export", yaml, yaml),
        ("/export", "Application/YAML", yaml),
        ("/export", "application/yaml;q=0.5, */*;q=0.1", yaml),
        ("/export", "text/html, application/yaml;q=0.9", yaml),
        ("/export", "application/json;q=0.5, application/yaml", yaml),
        ("/export", "application/yaml;q=0.5, application/json", json),
        ("/export", "application/yaml;q=0", json),
        ("/export", "*/*, application/json;q=0", yaml),
        ("/export?format=json", yaml, json),
        ("/components/shop/explain", "text/plain", text),
        ("/components/shop/explain", "application/json;q=0.1, text/*", text),
        ("/components/shop/explain", "text/plain;q=0.9, application/json", json),
    ] {
        let headers = [("accept", accept)];
        let answer = client.get(path, if accept.is_empty() { &[] } else { &headers });
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, expected),
            "{path} {accept}"
        );
    }
}

#[expect(clippy::too_many_lines, reason = "tables of cases")]
fn what_cannot_be_understood_is_named(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &["--api-rate", "60000"]);
    let client = Client::root(database, &server);
    let shop = "/components/shop";
    let spans = "from=0&to=1";
    for (path, status, parameter) in [
        ("/export?format=xml".to_owned(), 400, "format"),
        ("/export?colour=red".to_owned(), 400, "colour"),
        ("/export?format=json&format=yaml".to_owned(), 400, "format"),
        (format!("{shop}/explain?at=noon"), 400, "at"),
        (format!("{shop}/explain?at="), 400, "at"),
        (format!("{shop}/explain?at=2026-02-30"), 422, "at"),
        (format!("{shop}/explain?at=20261225"), 422, "at"),
        (format!("{shop}/explain?zone=Berlin"), 422, "zone"),
        (format!("{shop}/explain?zone=a%20b"), 400, "zone"),
        (format!("{shop}/spans"), 400, "from"),
        (format!("{shop}/spans?from=0"), 400, "to"),
        (format!("{shop}/spans?from=1&to=1"), 422, "to"),
        (format!("{shop}/spans?from=2&to=1"), 422, "to"),
        (format!("{shop}/spans?from=0&to=316224001"), 422, "to"),
        (format!("{shop}/spans?from=-62135596800&to=253402300799"), 422, "to"),
    ] {
        let (found, _, details) = problem(&client.get(&path, &[]));
        assert_eq!(
            (found, &details["errors"][0]["parameter"]),
            (status, &json!(parameter)),
            "{path}"
        );
    }
    for (query, parameter, status) in [
        ("?impact=90d", "impact", 422),
        ("?dry_run=1&impact=0d", "impact", 422),
        ("?dry_run=yes", "dry_run", 400),
    ] {
        let (found, _, details) = problem(&client.apply(query, "{}"));
        assert_eq!(
            (found, &details["errors"][0]["parameter"]),
            (status, &json!(parameter)),
            "{query}"
        );
    }
    for (path, words) in [
        ("/export?format=xml", "none of json, yaml."),
        ("/components/shop/explain?at=noon", "has not the form of one."),
    ] {
        let (_, _, details) = problem(&client.get(path, &[]));
        assert!(details.to_string().contains(words), "{path}: {details}");
    }
    let (_, _, details) = problem(&client.apply("?dry_run=yes", "{}"));
    assert!(details.to_string().contains("none of 0, 1, false, true."), "{details}");
    for path in [
        "/components/shopp/explain".to_owned(),
        "/components/%FF/explain".to_owned(),
        format!("/components/b/spans?{spans}"),
    ] {
        assert_eq!(problem(&client.get(&path, &[])).0, 404, "{path}");
    }
    let unknown = "x".repeat(3_000);
    let (_, _, details) = problem(&client.get(&format!("/components/{unknown}/explain"), &[]));
    let cut = format!("there is no component `{}…`", "x".repeat(200));
    assert_eq!(details["detail"], cut.as_str());
    let file = format!("components: [{{name: shop, windows: [{unknown}]}}]");
    let (_, _, details) = problem(&client.apply("", &file));
    let detail = details["detail"].to_string();
    assert!(detail.len() < 400, "{detail}");
    let long = format!("/export?{}", "a=b&".repeat(2_000));
    assert_eq!(problem(&client.get(&long, &[])).0, 400);

    let evaluate = |media_type: &str, headers: &[(&str, &str)], body: &[u8]| {
        let answer = client.post("/evaluate", media_type, headers, body);
        problem(&answer).0
    };
    let question = b"{\"windows\": [], \"now\": 0}";
    assert_eq!(client.post("/evaluate", "application/json", &[], question).status, 200);
    for media_type in ["", "text/plain", "application/yaml", "application/jsonp"] {
        assert_eq!(evaluate(media_type, &[], question), 415, "{media_type}");
    }
    assert_eq!(
        evaluate("application/json", &[("content-encoding", "gzip")], question),
        415
    );
    assert_eq!(evaluate("application/json", &[], &vec![b' '; 70_000]), 413);
    for malformed in [
        &b"{\"windows\""[..],
        b"\xff",
        b"",
        b"windows: []",
        "[".repeat(1_000).as_bytes(),
    ] {
        assert_eq!(evaluate("application/json", &[], malformed), 400, "{malformed:?}");
    }
    for refused in [
        "[]",
        "{}",
        "{\"windows\": [], \"from\": 0, \"to\": 400000000}",
        "{\"windows\": [{}], \"now\": 0}",
    ] {
        assert_eq!(evaluate("application/json", &[], refused.as_bytes()), 422, "{refused}");
    }
    let rule = r#"{"type": "weekly", "days": ["MO"], "start": "09:00", "duration_s": 1}"#;
    let windows = vec![format!(r#"{{"timezone": "UTC", "rules": [{rule}]}}"#); 100].join(",");
    let ask = |days: i64| {
        let question = format!(r#"{{"windows": [{windows}], "from": 0, "to": {}}}"#, days * 86_400 - 1);
        client.post("/evaluate", "application/json", &[], question.as_bytes())
    };
    assert_eq!(ask(1_000).status, 200);
    let (status, _, details) = problem(&ask(1_001));
    assert_eq!(
        (status, &details["errors"][0]["path"]),
        (422, &json!("to")),
        "{details}"
    );
    assert!(
        details.to_string().contains("more than 100000 days of rules"),
        "{details}"
    );
    addresses_and_methods(&server, &client);
}

fn addresses_and_methods(server: &Server, client: &Client) {
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/export/",
        "/api/v2/export",
    ] {
        let (status, kind, _) = problem(&get(&format!("{}{path}", server.url)));
        assert_eq!((status, kind.as_str()), (404, "not-found"), "{path}");
    }
    for (method, path, allowed) in [
        ("GET", "apply", "POST, OPTIONS"),
        ("PUT", "apply", "POST, OPTIONS"),
        ("POST", "export", "GET, HEAD, OPTIONS"),
        ("DELETE", "components/shop/spans", "GET, HEAD, OPTIONS"),
        ("BREW", "evaluate", "POST, OPTIONS"),
    ] {
        let answer = request(method, &format!("{}/api/v1/{path}", server.url), &[]);
        assert_eq!(
            (problem(&answer).0, answer.header("allow")),
            (405, allowed),
            "{method} {path}"
        );
    }
    let authorization = format!("Bearer {}", client.secret());
    let head = request(
        "HEAD",
        &format!("{}/api/v1/export", server.url),
        &[("authorization", &authorization)],
    );
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(head.header("content-length").parse::<usize>().expect("it has a length") > 100);
    let options = request("OPTIONS", &format!("{}/api/v1/export", server.url), &[]);
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"));
    assert_eq!(client.get(&format!("/{}", client.secret()), &[]).status, 404);
    let log = server.log();
    assert!(!log.contains(client.secret()), "no secret is logged");
}

fn files_are_refused_with_line_and_path(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let client = Client::root(database, &server);
    let (status, kind, details) = problem(&client.apply("", "components:\n- name: shop\n  windows: [Offices]\n"));
    assert_eq!((status, kind.as_str()), (422, "file-refused"));
    let place = &details["errors"][0];
    assert_eq!(
        (&place["line"], &place["path"]),
        (&json!(3), &json!("components[0].windows[0]")),
        "{details}"
    );
    let (status, kind, details) = problem(&client.apply("?dry_run=1", "components: [\n{name: shop"));
    assert_eq!((status, kind.as_str()), (400, "file-malformed"));
    assert!(details["errors"][0]["line"].is_number(), "{details}");
    let (status, kind, _) = problem(&client.post("/apply", "application/json", &[], b"components: []"));
    assert_eq!((status, kind.as_str()), (400, "file-malformed"), "it is YAML, not JSON");
    let nothing = client.post("/apply?prune=1", "application/json", &[], b"null");
    assert_eq!(
        problem(&nothing).1,
        "file-refused",
        "nothing is no wish to delete everything"
    );
    let deep = "[".repeat(100_000);
    for media_type in ["application/json", "application/yaml"] {
        assert_eq!(problem(&client.post("/apply", media_type, &[], deep.as_bytes())).0, 400);
    }
    database.execute("UPDATE rule SET rrule = 'FREQ=NEVER', kind = 'rrule', weekdays = NULL WHERE kind = 'weekly'");
    let (status, kind, details) = problem(&client.get("/export", &[]));
    assert_eq!(
        (status, kind.as_str(), &details["errors"][0]["id"]),
        (409, "stored-unreadable", &json!("sla.E001"))
    );
    assert_eq!(problem(&client.get("/components/shop/spans?from=0&to=1", &[])).0, 409);
    let checked = run_on_input(database, &["check"], "");
    assert!(checked.out.contains("sla.E001"), "{checked:?}");
}

#[test]
fn a_user_who_asks_too_often_has_to_wait() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--api-rate", "3"]);
    let client = Client::root(&database, &server);
    let evaluate = || client.post("/evaluate", "application/json", &[], b"{\"windows\": [], \"now\": 0}");
    for _ in 0..3 {
        assert_eq!(evaluate().status, 200);
    }
    let answer = evaluate();
    let (status, kind, _) = problem(&answer);
    assert_eq!((status, kind.as_str()), (429, "too-many-requests"));
    let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    let other = Client::staff(&database, &server, "other", &[]);
    assert_eq!(
        other
            .post("/evaluate", "application/json", &[], b"{\"windows\": [], \"now\": 0}")
            .status,
        200
    );
    assert_eq!(
        get(&format!("{}/api/v1/openapi.json", server.url)).status,
        200,
        "the description needs no token"
    );
}
