//! Files that take long to arrive.

use std::io::Write;
use std::net::TcpStream;

use super::rights::on_all;
use super::{Client, problem};
use crate::scrape::value;
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::server::Server;

/// The most bytes of a file.
const FILE_MAX: usize = 64 << 20;

/// Begins to send a file of this length.
fn begin(client: &Client, server: &Server, length: usize) -> TcpStream {
    let host = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("the server listens");
    let request = format!(
        "POST /api/v1/apply HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\ncontent-type: application/yaml\r\n\
         content-length: {length}\r\n\r\ncomponents:",
        client.secret()
    );
    stream.write_all(request.as_bytes()).expect("it is taken");
    stream
}

#[test]
fn slow_files_of_some_users_keep_no_other_from_applying() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let client = Client::root(&database, &server);
    let view = on_all("view");
    let view: Vec<&str> = view.iter().map(String::as_str).collect();
    let [one, another] = ["one", "another"].map(|name| Client::staff(&database, &server, name, &view));
    let mut slow: Vec<TcpStream> = (0..8).map(|_| begin(&one, &server, FILE_MAX)).collect();
    slow.push(begin(&another, &server, FILE_MAX));
    let in_flight = || {
        value(
            &get(&format!("{}/metrics", server.url)).text(),
            "http_requests_in_flight",
        )
    };
    while in_flight() < 10.0 {
        std::thread::yield_now();
    }
    assert_eq!(client.apply("", "components: [{name: shop}]").status, 200);
    drop(slow);
}

#[test]
fn a_user_to_whom_no_file_is_open_sends_none() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let other = Client::staff(&database, &server, "other", &[]);
    let refused = other.apply("", "not: [closed");
    assert_eq!(problem(&refused).0, 403, "it was not read");
}

#[test]
fn what_aliases_repeat_is_no_way_around_the_limit() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let client = Client::root(&database, &server);
    let long = "x".repeat(1 << 20);
    let file = format!(
        "components:\n- {{name: a, description: &long {long}}}\n- [{}]\n",
        vec!["*long"; 4_000].join(",")
    );
    let (status, kind, details) = problem(&client.apply("?dry_run=1", &file));
    assert_eq!(
        (status, kind.as_str(), &details["errors"][0]["line"]),
        (400, "file-malformed", &serde_json::json!(3))
    );
    assert!(
        details["detail"]
            .as_str()
            .unwrap_or_default()
            .contains("aliases repeat more than 64 MiB"),
        "{details}"
    );
}
