//! Servers that do not answer as they should.

use std::io::BufReader;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Client;
use crate::support::client::read_request;
use crate::support::database::Database;
use crate::support::free_port;
use crate::support::program::{Ran, run_with};
use crate::support::server::Server;
use crate::support::stand_in::{Reply, StandIn};

/// Runs a command on a server, with any token.
fn run(url: &str, arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("token");
    std::fs::write(&file, "slam_x\n").expect("a file can be written");
    let file = file.to_str().expect("temporary paths are UTF-8");
    run_with(
        &[arguments, &["--server", url, "--token-file", file]].concat(),
        "{}",
        &[],
    )
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_with_the_same_key() {
    let silent = StandIn::answering(|_| Reply::Broken);
    let ran = run(&silent.url, &["apply", "-"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("not known whether this was saved"), "{ran:?}");
    let requests = silent.requests();
    let keys: Vec<&String> = requests
        .iter()
        .filter_map(|request| request.headers.get("idempotency-key"))
        .collect();
    assert_eq!(keys.len(), 2, "{requests:?}");
    assert_eq!(keys[0], keys[1]);
    assert!(keys[0].len() >= 32);
    let dry = run(&silent.url, &["apply", "--dry-run", "-"]);
    assert_eq!(dry.code, 1, "a dry run writes nothing: {dry:?}");
    assert_eq!(run(&silent.url, &["export"]).code, 1);

    let unknown =
        r#"{"type":"urn:sla-monitor:problem:outcome-unknown","title":"","status":503,"detail":"It is not known."}"#;
    let unsure = StandIn::answering(|_| Reply::Status(503, unknown.to_owned()));
    let ran = run(&unsure.url, &["apply", "-"]);
    assert_eq!((ran.code, unsure.requests().len()), (3, 2), "{ran:?}");
    let gateway = StandIn::answering(|_| Reply::Status(504, "<h1>Gateway Timeout</h1>".to_owned()));
    assert_eq!(run(&gateway.url, &["apply", "-"]).code, 3);
}

#[test]
fn a_second_answer_that_says_nothing_of_the_first_request_leaves_its_outcome_unknown() {
    for (status, kind, code) in [
        (401, "unauthorized", 3),
        (403, "permission-missing", 3),
        (429, "too-many-requests", 3),
        (503, "busy", 3),
        (503, "unavailable", 3),
        (422, "file-refused", 1),
        (400, "file-malformed", 1),
    ] {
        let is_first = AtomicBool::new(true);
        let server = StandIn::answering(move |_| match is_first.swap(false, Ordering::SeqCst) {
            true => Reply::Broken,
            false => {
                let problem = serde_json::json!({
                    "type": format!("urn:sla-monitor:problem:{kind}"), "title": "", "status": status, "detail": "Not this time.",
                });
                Reply::Status(status, problem.to_string())
            }
        });
        let ran = run(&server.url, &["apply", "-"]);
        assert_eq!((ran.code, server.requests().len()), (code, 2), "{kind}: {ran:?}");
        assert!(ran.err.contains("Not this time."), "{kind}: {ran:?}");
        let says_how_to_find_out = ran.err.contains("--dry-run` says whether anything is left");
        assert_eq!(says_how_to_find_out, code == 3, "{kind}: {ran:?}");
    }

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it listens"));
    let server = std::thread::spawn(move || {
        let (client, _) = listener.accept().expect("a client comes");
        drop(listener);
        read_request(&mut BufReader::new(client));
    });
    let ran = run(&url, &["apply", "-"]);
    server.join().expect("it ends");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("it refuses connections"), "{ran:?}");
}

#[test]
fn a_server_on_this_machine_is_asked_without_a_note() {
    for (host, is_noted) in [
        ("127.0.0.1:1", false),
        ("127.0.0.2:1", false),
        ("localhost:1", false),
        ("[::1]", false),
        ("[::1]:1", false),
        ("192.0.2.1:0", true),
    ] {
        let ran = run(&format!("http://{host}"), &["export"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert_eq!(ran.err.contains("without encryption"), is_noted, "{host}: {ran:?}");
    }
}

#[test]
fn what_is_no_such_server_is_named() {
    let closed = format!("http://127.0.0.1:{}", free_port());
    let refused = run(&closed, &["apply", "-"]).refused();
    assert!(refused.contains(&closed) && refused.contains("running"), "{refused}");
    let page = StandIn::answering(|_| Reply::Status(404, "<h1>Not\nFound</h1>".to_owned()));
    for arguments in [&["apply", "-"][..], &["export"], &["explain", "shop"]] {
        let refused = run(&page.url, arguments).refused();
        assert!(
            refused.contains("status 404") && refused.contains("<h1>Not Found</h1>"),
            "{refused}"
        );
    }
    let login = StandIn::answering(|_| Reply::Header(200, "content-type", "text/html; charset=utf-8"));
    let untyped = StandIn::answering(|_| Reply::Status(200, "labels: []".to_owned()));
    for (arguments, expected) in [
        (&["export"][..], "application/yaml"),
        (&["export", "--format", "json"], "application/json"),
        (&["explain", "shop"], "text/plain"),
        (&["explain", "shop", "--format", "json"], "application/json"),
    ] {
        for (server, given) in [(&login, "text/html"), (&untyped, "no type")] {
            let ran = run(&server.url, arguments);
            assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{arguments:?}: {ran:?}");
            let words = format!(
                "{}: it did not answer as this API does ({given} in place of {expected})",
                server.url
            );
            assert!(ran.err.contains(&words), "{words}: {ran:?}");
        }
    }
    let moved = StandIn::answering(|_| Reply::Header(302, "location", "https://example.org/"));
    assert!(run(&moved.url, &["export"]).refused().contains("status 302"));
    let other = StandIn::answering(|_| Reply::Status(200, "{}".to_owned()));
    assert!(
        run(&other.url, &["apply", "-"])
            .refused()
            .contains("not that of this API")
    );
    assert!(run("https://nowhere.invalid", &["export"]).refused().contains("host"));
    let unwritten = run("https://nowhere.invalid", &["apply", "-"]);
    assert_eq!(unwritten.code, 1, "nothing was sent: {unwritten:?}");
}

#[test]
fn a_silent_server_ends_what_only_reads() {
    let silent = StandIn::answering(|_| Reply::Silence);
    for command in [&["export"][..], &["explain", "shop"]] {
        let help = run(&silent.url, &[command, &["--help"]].concat()).ok();
        let words: Vec<&str> = help.split_whitespace().collect();
        let option = "[env: SLA_MONITOR_SERVER_TIMEOUT=] [default: 60]";
        assert!(words.join(" ").contains(option), "{help}");
        let refused = run(&silent.url, &[command, &["--server-timeout", "0.2"]].concat()).refused();
        assert!(
            refused.contains(&silent.url) && refused.contains("no answer came") && refused.contains("timeout"),
            "{refused}"
        );
    }
    assert_eq!(silent.requests().len(), 2, "it is not asked again");
    // To apply a file, a server may have to wait for others first.
    assert_eq!(run(&silent.url, &["apply", "-", "--server-timeout", "0.2"]).code, 2);
    assert_eq!(run(&silent.url, &["export", "--server-timeout", "0"]).code, 2);
}

#[test]
fn a_server_below_a_path_is_asked_there() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--root-path", "/sla"]);
    let client = Client::root(&database, &server);
    let file = client.token_file();
    let file = file.to_str().expect("temporary paths are UTF-8");
    for url in [
        format!("{}/sla", server.url),
        format!("{}/sla/", server.url),
        server.url.clone(),
    ] {
        let exported = run_with(&["export", "--server", &url, "--token-file", file], "", &[]).ok();
        assert!(exported.starts_with("labels:"), "{exported}");
    }
}
