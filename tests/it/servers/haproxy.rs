//! A rolling restart behind a real HAProxy: two replicas on one PostgreSQL, ended and started again one after the other under load.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::proxy::Proxy;
use crate::support::client::{get, sample};
use crate::support::database::Database;
use crate::support::free_port;
use crate::support::program::{apply, command};
use crate::support::server::Server;

/// How long anything may take before a test fails for it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Starts HAProxy in front of two ports, with a check of each replica every half second.
fn haproxy([first, second]: [u16; 2]) -> Proxy {
    // Nothing is tried again: a request that a replica loses is lost.
    Proxy::start("haproxy", &["-db", "-f"], |port, _| {
        format!(
            "global\n    maxconn 500\ndefaults\n    mode http\n    retries 0\n    timeout connect 5s\n    timeout client 60s\n    \
             timeout server 60s\nfrontend all\n    bind 127.0.0.1:{port}\n    default_backend replicas\nbackend replicas\n    \
             option httpchk GET /-/ready\n    default-server check inter 500ms fall 1 rise 1\n    server first 127.0.0.1:{first}\n    \
             server second 127.0.0.1:{second}\n"
        )
    })
}

/// A replica on a port, with a drain of two intervals of the checks.
fn replica(database: &Database, port: u16) -> Server {
    let mut command = command();
    let bind = format!("127.0.0.1:{port}");
    command.args([
        "serve",
        "--bind",
        &bind,
        "--database-url",
        &database.url,
        "--drain",
        "1",
    ]);
    let server = Server::spawn(command);
    assert_eq!(
        get(&format!("{}/metrics", server.url)).status,
        200,
        "its components are loaded"
    );
    server
}

/// Waits until HAProxy sends requests to a replica.
fn wait_for_requests(server: &Server) {
    let deadline = Instant::now() + TIMEOUT;
    let series = r#"http_requests_total{method="GET",route="/-/healthy",status="200"}"#;
    while sample(&get(&format!("{}/metrics", server.url)).text(), series).unwrap_or_default() < 5.0 {
        assert!(Instant::now() < deadline, "the replica gets no requests");
    }
}

#[test]
fn a_rolling_restart_answers_every_request() {
    let database = Database::postgres();
    apply(&database, "components: [{name: web}, {name: api}]");
    let ports = [free_port(), free_port()];
    let mut replicas = ports.map(|port| replica(&database, port));
    let proxy = haproxy(ports);
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let load = || {
        while !is_over.load(Ordering::SeqCst) {
            for path in ["/-/healthy", "/metrics", "/admin/login/"] {
                let answer = get(&format!("{}{path}", proxy.url));
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                answered.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(load)).collect();
        for server in &replicas {
            wait_for_requests(server);
        }
        for (server, port) in replicas.iter_mut().zip(ports) {
            server.signal("TERM");
            assert_eq!(server.wait().code(), Some(0));
            *server = replica(&database, port);
            wait_for_requests(server);
        }
        is_over.store(true, Ordering::SeqCst);
        for client in clients {
            client.join().expect("every request is answered");
        }
    });
    assert!(answered.load(Ordering::SeqCst) > 100, "{answered:?}");
}
