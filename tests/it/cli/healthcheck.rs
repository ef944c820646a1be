//! `healthcheck`: the answer of a server as an exit status.

use std::net::TcpListener;

use crate::support::database::Database;
use crate::support::free_port;
use crate::support::on_both_databases;
use crate::support::program::{run, run_with};
use crate::support::server::Server;

on_both_databases!(a_server_that_is_well_ends_the_command_with_0);

fn a_server_that_is_well_ends_the_command_with_0(database: &Database) {
    let options = ["--root-path", "/sla", "--allowed-hosts", "sla.example.org"];
    let server = Server::start(database, &options);
    crate::support::client::get(&format!("{}/metrics", server.url));
    let address = server.url.strip_prefix("http://").expect("it is http").to_owned();
    let port = address.rsplit_once(':').expect("there is a port").1;
    for (probe, expected) in [("alive", "healthy\n"), ("ready", "ready\n"), ("admin", "ready\n")] {
        assert_eq!(
            run(&["healthcheck", "--bind", &address, "--probe", probe]).ok(),
            expected
        );
    }
    // The address of a server that listens everywhere, in its own variable; a proxy is not asked.
    let variables = [
        ("SLA_MONITOR_BIND", &*format!("0.0.0.0:{port}")),
        ("http_proxy", "http://127.0.0.1:1"),
        ("SLA_MONITOR_DATABASE_URL", &*database.url),
    ];
    assert_eq!(run_with(&["healthcheck"], "", &variables).ok(), "ready\n");
}

#[test]
fn a_server_that_stops_is_not_ready() {
    let server = Server::start(&Database::sqlite(), &["--drain", "600", "--log-level", "info"]);
    let address = server.url.strip_prefix("http://").expect("it is http").to_owned();
    server.signal("TERM");
    server.wait_for_log("SIGTERM", 1);
    let refused = run(&["healthcheck", "--bind", &address]).refused();
    let expected =
        format!("sla-monitor: http://{address}/-/ready: 503 Service Unavailable: not ready: the server is stopping");
    assert_eq!(refused, expected);
    assert_eq!(
        run(&["healthcheck", "--bind", &address, "--probe", "alive"]).ok(),
        "healthy\n"
    );
}

#[test]
fn no_answer_is_refused() {
    let nothing = format!("127.0.0.1:{}", free_port());
    let refused = run(&["healthcheck", "--bind", &nothing]).refused();
    assert!(
        refused.contains(&format!("no answer from http://{nothing}/-/ready: ")),
        "{refused}"
    );
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = silent.local_addr().expect("it has an address").to_string();
    let refused = run(&["healthcheck", "--bind", &address, "--timeout", "0.2"]).refused();
    assert!(
        refused.contains("no answer") && refused.contains("timeout"),
        "{refused}"
    );
    assert_eq!(run(&["healthcheck", "--probe", "everything"]).code, 2);
}
