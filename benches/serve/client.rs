//! A client that costs next to nothing: it reads an answer to its end and looks at its head only.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How much is read at a time.
const BUFFER: usize = 256 * 1024;

/// How long an answer may let wait for its next byte.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a connection may rest and still be used again; the server closes it after 5 s.
const REST: Duration = Duration::from_secs(3);

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    /// Path and query.
    pub(crate) target: &'static str,
    /// Header lines, each with its end.
    pub(crate) headers: &'static str,
}

/// The default page, compressed.
pub(crate) const GZIP: Ask = Ask {
    target: "/metrics",
    headers: "accept-encoding: gzip\r\n",
};

/// The default page as it is.
pub(crate) const IDENTITY: Ask = Ask {
    target: "/metrics",
    headers: "",
};

/// The page with fixed families, compressed.
pub(crate) const LABELS_GZIP: Ask = Ask {
    target: "/metrics?layout=labels",
    headers: "accept-encoding: gzip\r\n",
};

/// The default page in the other text format, compressed.
pub(crate) const OPENMETRICS_GZIP: Ask = Ask {
    target: "/metrics",
    headers: "accept-encoding: gzip\r\naccept: application/openmetrics-text; version=1.0.0\r\n",
};

/// One connection at a time to one server.
pub(crate) struct Client {
    address: String,
    stream: Option<(TcpStream, Instant)>,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            stream: None,
            buffer: vec![0; BUFFER],
        }
    }

    /// Lets the next request begin with a new connection.
    pub(crate) fn disconnect(&mut self) {
        self.stream = None;
    }

    /// Asks and reads all of the answer; how long that took and how many bytes its body has.
    pub(crate) fn get(&mut self, ask: &Ask) -> std::io::Result<(Duration, usize)> {
        self.exchange(ask.target, ask.headers, |_| {})
    }

    /// Asks, and leaves the answer's body in `body`.
    pub(crate) fn read(&mut self, ask: &Ask, body: &mut Vec<u8>) -> std::io::Result<Duration> {
        body.clear();
        let (time, _) = self.exchange(ask.target, ask.headers, |bytes| body.extend_from_slice(bytes))?;
        Ok(time)
    }

    /// Asks for any target; `take` is handed the body's bytes as they come. A kept connection that the server has given up
    /// meanwhile is replaced, as Prometheus does it.
    pub(crate) fn exchange(
        &mut self,
        target: &str,
        headers: &str,
        mut take: impl FnMut(&[u8]),
    ) -> std::io::Result<(Duration, usize)> {
        let kept = self.stream.take().filter(|(_, last)| last.elapsed() < REST);
        if let Some((stream, _)) = kept {
            match self.attempt(stream, Instant::now(), target, headers, &mut take) {
                Err(error) if given_up(error.kind()) => {}
                outcome => return outcome,
            }
        }
        let started = Instant::now();
        let stream = connect(&self.address)?;
        self.attempt(stream, started, target, headers, &mut take)
    }

    fn attempt(
        &mut self,
        mut stream: TcpStream,
        started: Instant,
        target: &str,
        headers: &str,
        take: &mut impl FnMut(&[u8]),
    ) -> std::io::Result<(Duration, usize)> {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.address);
        stream.write_all(request.as_bytes())?;
        let mut head = Vec::new();
        let (length, mut read) = loop {
            let count = stream.read(&mut self.buffer)?;
            if count == 0 {
                return Err(ErrorKind::NotConnected.into());
            }
            head.extend_from_slice(&self.buffer[..count]);
            if let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let length = content_length(&head[..end])?;
                take(&head[end + 4..]);
                break (length, head.len() - end - 4);
            }
        };
        while read < length {
            let count = stream.read(&mut self.buffer).map_err(Error::other)?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            take(&self.buffer[..count]);
            read += count;
        }
        let time = started.elapsed();
        if read > length {
            return Err(Error::other(format!("{read} bytes for a body of {length}")));
        }
        self.stream = Some((stream, Instant::now()));
        Ok((time, length))
    }
}

/// Whether a kept connection ended before anything was answered.
fn given_up(error: ErrorKind) -> bool {
    matches!(
        error,
        ErrorKind::NotConnected | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
    )
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

/// The length that the head of an answer has, if it is a good one.
fn content_length(head: &[u8]) -> std::io::Result<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let status = head.lines().next().unwrap_or("");
    if status.starts_with("http/1.1 408") {
        return Err(Error::new(
            ErrorKind::NotConnected,
            "the server waited too long for a request",
        ));
    }
    if !status.starts_with("http/1.1 200") {
        return Err(Error::other(format!("the answer is {status}")));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| Error::other("the answer has no length"))
}
