//! What the alerts compare hours with: an exporter whose values do not change, and which knows when it was scraped.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::support::client::read_request;

/// How long a scrape may take to come.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A server of one page, which answers until the test process ends.
pub(super) struct Exporter {
    /// Where it listens.
    pub(super) address: SocketAddr,
    scrapes: Arc<(Mutex<usize>, Condvar)>,
}

impl Exporter {
    /// Serves `page`.
    pub(super) fn start(page: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let scrapes = Arc::new((Mutex::new(0), Condvar::new()));
        let counted = Arc::clone(&scrapes);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\nconnection: close";
                let length = page.len();
                read_request(&mut BufReader::new(&stream));
                // A client that hung up is not counted; the next one is answered.
                if write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{page}").is_ok() {
                    *counted.0.lock().expect("no reader panics with the count") += 1;
                    counted.1.notify_all();
                }
            }
        });
        Self { address, scrapes }
    }

    /// Waits until it was scraped so many times more.
    pub(super) fn wait(&self, scrapes: usize) {
        let deadline = Instant::now() + WAIT_MAX;
        let mut count = self.scrapes.0.lock().expect("no reader panics with the count");
        let wanted = *count + scrapes;
        while *count < wanted {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no Prometheus scraped the exporter in time");
            let waited = self.scrapes.1.wait_timeout(count, left);
            count = waited.expect("no reader panics with the count").0;
        }
    }
}
