//! A browser in miniature: one connection, cookies, and times of answers. It looks at heads only.

use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long an answer may let wait for its next byte.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long a connection may rest and still be used again; the server closes it after 5 s.
const REST: Duration = Duration::from_secs(3);

/// One connection at a time to one server.
pub(crate) struct Client {
    address: String,
    cookies: Vec<(String, String)>,
    kept: Option<(BufReader<TcpStream>, Instant)>,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Until the first byte of the body.
    pub(crate) first: Duration,
    /// Until the last one.
    pub(crate) time: Duration,
    pub(crate) is_compressed: bool,
    /// The body as it came, compressed or not.
    pub(crate) body: Vec<u8>,
}

/// What is sent.
#[derive(Clone, Copy)]
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    headers: &'a str,
    body: &'a str,
    /// Whether the answer's body is of no interest beyond its first byte.
    is_cut: bool,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            cookies: Vec::new(),
            kept: None,
        }
    }

    /// Returns another client with the same session.
    pub(crate) fn another(&self) -> Self {
        Self {
            address: self.address.clone(),
            cookies: self.cookies.clone(),
            kept: None,
        }
    }

    /// Gets a page as browsers do, compressed if the server compresses.
    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.ask(path, "accept-encoding: gzip\r\n", false)
    }

    /// Gets a page without compression.
    pub(crate) fn get_plain(&mut self, path: &str) -> Reply {
        self.ask(path, "", false)
    }

    /// Gets the beginning of an answer, and ends the connection.
    pub(crate) fn get_first_byte(&mut self, path: &str) -> Reply {
        self.ask(path, "", true)
    }

    /// Gets the text of a page that must be there.
    pub(crate) fn text(&mut self, path: &str) -> String {
        let reply = self.get_plain(path);
        assert_eq!(reply.status, 200, "{path}");
        String::from_utf8(reply.body).expect("pages are UTF-8")
    }

    /// Sends a form.
    pub(crate) fn post(&mut self, path: &str, body: &str) -> Reply {
        self.send(&Request {
            method: "POST",
            path,
            headers: "content-type: application/x-www-form-urlencoded\r\naccept-encoding: gzip\r\n",
            body,
            is_cut: false,
        })
    }

    /// Sends a form for an answer without compression.
    pub(crate) fn post_plain(&mut self, path: &str, body: &str) -> Reply {
        self.send(&Request {
            method: "POST",
            path,
            headers: "content-type: application/x-www-form-urlencoded\r\n",
            body,
            is_cut: false,
        })
    }

    fn ask(&mut self, path: &str, headers: &str, is_cut: bool) -> Reply {
        self.send(&Request {
            method: "GET",
            path,
            headers,
            body: "",
            is_cut,
        })
    }

    fn send(&mut self, request: &Request<'_>) -> Reply {
        let kept = self.kept.take().filter(|(_, last)| last.elapsed() < REST);
        if let Some((stream, _)) = kept {
            match self.attempt(stream, request) {
                // The server gave the connection up before it read the request.
                Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {}
                outcome => return outcome.unwrap_or_else(|error| unreachable!("{}: {error}", request.path)),
            }
        }
        let stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_nodelay(true).expect("it is a socket");
        stream.set_read_timeout(Some(TIMEOUT)).expect("the time is not zero");
        self.attempt(BufReader::with_capacity(64 * 1024, stream), request)
            .unwrap_or_else(|error| unreachable!("{}: {error}", request.path))
    }

    fn attempt(&mut self, mut stream: BufReader<TcpStream>, request: &Request<'_>) -> Result<Reply> {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let Request {
            method,
            path,
            headers,
            body,
            is_cut,
        } = request;
        let text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            self.address,
            cookies.join("; "),
            body.len()
        );
        let started = Instant::now();
        stream.get_mut().write_all(text.as_bytes())?;
        let mut reply = Reply {
            status: 0,
            first: Duration::ZERO,
            time: Duration::ZERO,
            is_compressed: false,
            body: Vec::new(),
        };
        let length = self.head(&mut stream, &mut reply)?;
        if length != Some(0) {
            stream.fill_buf()?;
        }
        reply.first = started.elapsed();
        if *is_cut {
            return Ok(reply);
        }
        match length {
            Some(length) => {
                reply.body.resize(length, 0);
                stream.read_exact(&mut reply.body)?;
            }
            None => chunks(&mut stream, &mut reply.body)?,
        }
        reply.time = started.elapsed();
        self.kept = Some((stream, Instant::now()));
        Ok(reply)
    }

    /// Reads the head of an answer; the length of the body, if it has one beforehand.
    fn head(&mut self, stream: &mut BufReader<TcpStream>, reply: &mut Reply) -> Result<Option<usize>> {
        let mut length = Some(0);
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Err(ErrorKind::ConnectionReset.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                return Ok(length);
            }
            let Some((name, value)) = line.split_once(':') else {
                let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
                reply.status = status.ok_or_else(|| Error::other("no status"))?;
                continue;
            };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok(),
                "transfer-encoding" => length = None,
                "content-encoding" => reply.is_compressed = true,
                "set-cookie" => self.keep_cookie(value),
                _ => {}
            }
        }
    }

    fn keep_cookie(&mut self, header: &str) {
        let pair = header.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            self.cookies.retain(|(kept, _)| kept != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Reads a body that comes in chunks.
fn chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(Error::other)?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        line.clear();
        stream.read_line(&mut line)?;
        if size == 0 {
            return Ok(());
        }
    }
}
