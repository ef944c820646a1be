//! Bodies that are sent from where they lie: each comes whole, at its place among the answers, whatever the client does beside.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::answers::unpacked;
use super::failures::large_world;
use super::{component_lines, host, scrape};
use crate::support::client::{Answer, exchange, read_head};
use crate::support::database::Database;
use crate::support::program::apply;
use crate::support::server::Server;

/// A server whose page is larger than any buffer on its way.
fn world(database: &Database) -> Server {
    apply(database, &large_world());
    let server = Server::start(database, &[]);
    assert!(scrape(&server).len() > 12_000_000);
    server
}

fn connect(server: &Server) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(host(server)).expect("the server listens");
    let timeout = Some(Duration::from_secs(60));
    stream.set_read_timeout(timeout).expect("a read timeout can be set");
    BufReader::new(stream)
}

/// The next answer on the connection, as long as it says that it is.
fn next(stream: &mut impl BufRead) -> Answer {
    let mut answer = read_head(stream);
    let length = answer
        .header("content-length")
        .parse()
        .expect("every answer has a length");
    answer.body.resize(length, 0);
    stream.read_exact(&mut answer.body).expect("the body is whole");
    answer
}

#[test]
fn answers_to_requests_that_were_sent_at_once_come_in_their_order() {
    let database = Database::sqlite();
    let server = world(&database);
    let mut stream = connect(&server);
    let requests = "GET /metrics HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n\
                    GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n\
                    GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n\
                    GET /metrics?name[]=web_service_window_in_window HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream
        .get_mut()
        .write_all(requests.as_bytes())
        .expect("the requests are taken");
    let compressed = next(&mut stream);
    assert_eq!(next(&mut stream).text(), "healthy\n");
    let plain = next(&mut stream).text();
    assert_eq!(component_lines(&unpacked(&compressed)), component_lines(&plain));
    let one = next(&mut stream).text();
    assert_eq!(component_lines(&one).len(), 3, "{one}");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the connection ends");
    assert!(rest.is_empty(), "nothing comes after the end");
}

/// The library forgets that an answer has no body when it reads the next request before that is begun.
#[test]
fn an_answer_to_head_is_followed_by_the_next_one() {
    let database = Database::sqlite();
    let server = world(&database);
    for _ in 0..20 {
        let mut stream = connect(&server);
        let requests =
            "HEAD /metrics HTTP/1.1\r\nhost: x\r\n\r\nGET /-/healthy HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream
            .get_mut()
            .write_all(requests.as_bytes())
            .expect("the requests are taken");
        let mut answers = String::new();
        stream.read_to_string(&mut answers).expect("the connection ends");
        assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 2, "{answers}");
        assert!(answers.ends_with("\r\n\r\nhealthy\n"), "{answers}");
        let (head, _) = answers.split_once("\r\n\r\n").expect("a head ends");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length
            .and_then(|length| length.parse().ok())
            .expect("the length is announced");
        assert!(length > 12_000_000);
    }
}

#[test]
fn a_connection_is_kept_after_a_body_and_closed_where_that_is_asked_for() {
    let database = Database::sqlite();
    let server = world(&database);
    let mut stream = connect(&server);
    for _ in 0..5 {
        for (target, length) in [("/metrics", 12_000_000), ("/-/healthy", 8)] {
            let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n");
            stream
                .get_mut()
                .write_all(request.as_bytes())
                .expect("the connection is kept");
            assert!(next(&mut stream).body.len() >= length);
        }
    }
    let old = exchange(host(&server), b"GET /metrics HTTP/1.0\r\n\r\n");
    assert_eq!(old.header("content-length"), old.body.len().to_string());
    assert_eq!(old.header("transfer-encoding"), "");
}

#[test]
fn a_client_that_will_send_no_more_gets_all_of_the_body() {
    let database = Database::sqlite();
    let server = world(&database);
    let mut stream = connect(&server);
    let request = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.get_mut().write_all(request).expect("the request is taken");
    stream
        .get_ref()
        .shutdown(Shutdown::Write)
        .expect("one half can be closed");
    let page = next(&mut stream).text();
    assert_eq!(component_lines(&page), component_lines(&scrape(&server)));
}
