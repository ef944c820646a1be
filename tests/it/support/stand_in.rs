//! A server that stands in for Prometheus: a test says what it answers to each query.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A query that came in.
#[derive(Clone, Debug, Default)]
pub struct ApiRequest {
    /// The path: `/api/v1/query`.
    pub path: String,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The fields of the form.
    pub form: BTreeMap<String, String>,
}

impl ApiRequest {
    /// Returns a field; empty if absent.
    pub fn field(&self, name: &str) -> &str {
        self.form.get(name).map_or("", String::as_str)
    }

    /// Returns a field that is a time or a step in seconds, in milliseconds.
    pub fn milliseconds(&self, name: &str) -> i64 {
        let (seconds, rest) = self.field(name).split_once('.').expect("seconds have a fraction");
        let number = |text: &str| text.parse::<i64>().expect("it is a number");
        number(seconds) * 1000 + number(rest)
    }
}

/// What the server answers.
pub enum Reply {
    /// A status and a body.
    Status(u16, String),
    /// A status, a header and a body.
    Header(u16, &'static str, &'static str),
    /// Nothing, for as long as the client waits.
    Silence,
    /// The body byte by byte, without an end.
    Drip,
    /// A body without an end.
    Endless,
    /// The beginning of an answer, then the end of the connection.
    Broken,
}

impl Reply {
    /// Returns an answer that went well; `result` is what the API calls so.
    pub fn result(result_type: &str, result: &str) -> Self {
        let text = format!(r#"{{"status":"success","data":{{"resultType":"{result_type}","result":{result}}}}}"#);
        Self::Status(200, text)
    }

    /// Returns an error as the API reports it.
    pub fn error(status: u16, error: &str) -> Self {
        let body = serde_json::json!({"status": "error", "errorType": "test", "error": error});
        Self::Status(status, body.to_string())
    }
}

type Answering = dyn Fn(&ApiRequest) -> Reply + Send + Sync;

/// A server that runs until the process ends.
pub struct StandIn {
    /// Where it listens.
    pub url: String,
    requests: Arc<Mutex<Vec<ApiRequest>>>,
}

impl StandIn {
    /// Starts one that answers like this.
    pub fn answering(answer: impl Fn(&ApiRequest) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let requests: Arc<Mutex<Vec<ApiRequest>>> = Arc::default();
        let (log, answer): (_, Arc<Answering>) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || {
                    // A client that gave up breaks the connection.
                    drop(serve(client, &log, answer.as_ref()));
                });
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            requests,
        }
    }

    /// Returns the queries so far.
    pub fn requests(&self) -> Vec<ApiRequest> {
        self.requests.lock().expect("no thread panics").clone()
    }
}

/// Answers the requests of a connection.
fn serve(client: TcpStream, log: &Mutex<Vec<ApiRequest>>, answer: &Answering) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    while let Some(request) = read(&mut reader)? {
        log.lock().expect("no thread panics").push(request.clone());
        match answer(&request) {
            Reply::Status(status, body) => {
                let head = format!("HTTP/1.1 {status} Any\r\ncontent-length: {}\r\n\r\n", body.len());
                client.write_all(head.as_bytes())?;
                client.write_all(body.as_bytes())?;
            }
            Reply::Header(status, name, value) => {
                let head = format!("HTTP/1.1 {status} Any\r\n{name}: {value}\r\ncontent-length: 0\r\n\r\n");
                client.write_all(head.as_bytes())?;
            }
            Reply::Silence => drop(reader.read(&mut [0])?),
            Reply::Drip => drip(&mut client, &mut reader)?,
            Reply::Endless => {
                client.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
                loop {
                    client.write_all(&[b' '; 1 << 16])?;
                }
            }
            Reply::Broken => {
                client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\":")?;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Sends a byte each time that the client has sent nothing for a moment.
fn drip(client: &mut TcpStream, reader: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")?;
    client.set_read_timeout(Some(Duration::from_millis(20)))?;
    loop {
        match reader.read(&mut [0]) {
            Ok(0) => return Ok(()),
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Err(error),
            _ => client.write_all(b" ")?,
        }
    }
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Option<ApiRequest>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut request = ApiRequest {
        path: line.split(' ').nth(1).unwrap_or_default().to_owned(),
        ..ApiRequest::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        request.headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = request.headers.get("content-length").and_then(|text| text.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    request.form = form_urlencoded::parse(&body).into_owned().collect();
    Ok(Some(request))
}
