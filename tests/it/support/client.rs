//! A plain HTTP client: sends what it is given, follows nothing, decodes nothing.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers by lower-case name; several of one name joined by comma.
    pub headers: BTreeMap<String, String>,
    /// Cookies that it sets, each as it stands.
    pub cookies: Vec<String>,
    /// The body as sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns a header; empty if absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("the body is UTF-8")
    }
}

/// Sends GET without further headers.
pub fn get(url: &str) -> Answer {
    request("GET", url, &[])
}

/// Sends a request with headers.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
    let rest = url.strip_prefix("http://").expect("tests ask over http");
    let (host, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    headers
        .iter()
        .for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    text.push_str("\r\n");
    exchange(host, text.as_bytes())
}

/// Sends bytes as they are and reads one answer.
pub fn exchange(host: &str, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(host).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("a read timeout can be set");
    stream.write_all(bytes).expect("the request is taken");
    read_answer(stream, bytes.starts_with(b"HEAD "))
}

/// Reads one answer; the body of an answer to HEAD is not sent.
fn read_answer(stream: TcpStream, head: bool) -> Answer {
    let mut reader = BufReader::new(stream);
    let mut answer = read_head(&mut reader);
    reader.read_to_end(&mut answer.body).expect("the body ends");
    if let Ok(length) = answer.header("content-length").parse::<usize>()
        && !head
    {
        assert_eq!(answer.body.len(), length, "the body has the length that was announced");
    }
    answer
}

/// Reads the head of an answer, up to its body.
pub fn read_head(reader: &mut impl BufRead) -> Answer {
    let mut line = String::new();
    reader.read_line(&mut line).expect("the server answers");
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or_else(|| panic!("no status line: {line:?}"));
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let mut cookies = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).expect("the head ends");
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("set-cookie") {
            cookies.push(value.trim().to_owned());
        }
        let entry = headers.entry(name.to_ascii_lowercase()).or_default();
        if !entry.is_empty() {
            entry.push_str(", ");
        }
        entry.push_str(value.trim());
    }
    Answer {
        status,
        headers,
        cookies,
        body: Vec::new(),
    }
}

/// Reads a request without a body, for a server of a test's own.
pub fn read_request(reader: &mut impl BufRead) {
    let mut line = String::new();
    // A client that hangs up has sent all that comes.
    while reader.read_line(&mut line).is_ok_and(|length| length > 0) && line != "\r\n" {
        line.clear();
    }
}

/// Returns the value of the only sample whose line starts with `series` and a blank.
pub fn sample(exposition: &str, series: &str) -> Option<f64> {
    let mut values = exposition
        .lines()
        .filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    let value = values.next().map(|value| value.parse().expect("a sample is a number"));
    assert!(values.next().is_none(), "{series} is there once");
    value
}

/// What chunks carry; panics unless they end as they should.
pub fn dechunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = bytes
            .windows(2)
            .position(|pair| pair == b"\r\n")
            .expect("a chunk says how long it is");
        let length = std::str::from_utf8(&bytes[..end]).expect("the length is text");
        let length = usize::from_str_radix(length, 16).expect("the length is a number");
        bytes = &bytes[end + 2..];
        if length == 0 {
            assert_eq!(bytes, b"\r\n", "nothing follows the last chunk");
            return whole;
        }
        whole.extend_from_slice(&bytes[..length]);
        bytes = &bytes[length + 2..];
    }
}
