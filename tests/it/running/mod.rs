//! A server in operation: signals, connections, files that are read again, and proxies in front of it.

mod connections;
mod secrets;
mod signals;

use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::client::{Answer, read_head};
use crate::support::server::Server;

/// How long anything may take before a test fails for it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A connection to a server, over which a test sends bytes as it likes.
struct Raw(BufReader<TcpStream>);

impl Raw {
    fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(host(server)).expect("the server listens");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout can be set");
        Self(BufReader::new(stream))
    }

    /// Sends bytes; a server that has closed the connection may refuse them.
    fn send(&mut self, bytes: &str) -> bool {
        self.0.get_mut().write_all(bytes.as_bytes()).is_ok()
    }

    /// Sends a GET that keeps the connection, and reads its answer.
    fn get(&mut self, path: &str) -> Answer {
        assert!(
            self.send(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")),
            "the connection is kept"
        );
        self.answer()
    }

    /// Reads an answer that tells its length.
    fn answer(&mut self) -> Answer {
        let mut answer = read_head(&mut self.0);
        let length = answer
            .header("content-length")
            .parse()
            .expect("the length is announced");
        answer.body.resize(length, 0);
        self.0.read_exact(&mut answer.body).expect("the body comes");
        answer
    }

    /// Waits until the server closes the connection, and returns what it sent before.
    fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(
                error.kind(),
                ErrorKind::ConnectionReset,
                "the connection is closed in time"
            ),
        }
        String::from_utf8_lossy(&rest).into_owned()
    }
}

/// The host and port of a server.
fn host(server: &Server) -> &str {
    server.url.trim_start_matches("http://")
}
