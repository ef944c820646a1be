//! Processes that serve, and waiting for instants.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::client::Client;
use crate::support::memory;

/// A process that ends with this value.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, by a fault that a request has shown.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The program, serving.
pub(crate) struct Server {
    process: Process,
    /// Where it listens.
    pub(crate) address: String,
    /// Open as long as the server runs: it may have more to say.
    _out: BufReader<ChildStdout>,
}

impl Server {
    /// Starts the program with a database that has all migrations.
    pub(crate) fn start(program: &str, database: &str, more: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args([
                "serve",
                "--bind",
                "127.0.0.1:0",
                "--log-level",
                "error",
                "--database-url",
                database,
            ])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let process = Process(child);
        let mut line = String::new();
        out.read_line(&mut line).expect("the program says where it listens");
        let address = line.trim().strip_prefix("listening on http://");
        Self {
            address: address.expect("the program listens").trim_end_matches('/').to_owned(),
            process,
            _out: out,
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address)
    }

    /// Resident memory now and at most so far, in MiB.
    pub(crate) fn memory(&self) -> (f64, f64) {
        memory(self.process.0.id())
    }
}

/// nginx with the files of a folder, of which those that end in `.gz` are sent as compressed.
pub(crate) struct Nginx {
    _process: Process,
    /// Where it listens.
    pub(crate) address: String,
}

impl Nginx {
    pub(crate) fn start(folder: &Path, files: &Path) -> Self {
        // Between the choice of a free port and its use another process may take it; then another one is as good.
        for _ in 0..3 {
            let port = TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| listener.local_addr())
                .expect("a port is free")
                .port();
            let settings = folder.join("nginx.conf");
            std::fs::write(&settings, settings_of(folder, files, port)).expect("the folder can be written");
            let child = Command::new("nginx")
                .arg("-p")
                .arg(folder)
                .arg("-c")
                .arg(&settings)
                .args(["-e", "stderr"])
                .spawn()
                .expect("nginx is installed and on the PATH; Debian has it in /usr/sbin");
            let mut process = Process(child);
            let address = format!("127.0.0.1:{port}");
            let started = Instant::now();
            while started.elapsed() < Duration::from_secs(10) && matches!(process.0.try_wait(), Ok(None)) {
                if TcpStream::connect(&address).is_ok() {
                    return Self {
                        _process: process,
                        address,
                    };
                }
                pause(Duration::from_millis(20));
            }
        }
        unreachable!("nginx does not start; what it says is above")
    }
}

fn settings_of(folder: &Path, files: &Path, port: u16) -> String {
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("    {name}_temp_path {}/{name};\n", folder.display()))
        .collect();
    format!(
        "daemon off;\nmaster_process off;\npid {}/nginx.pid;\nerror_log stderr;\nevents {{ worker_connections 64; }}\nhttp {{\n\
         {temporary}    access_log off;\n    sendfile on;\n    tcp_nopush on;\n    keepalive_timeout 65;\n    keepalive_requests 100000;\n\
         \x20   default_type \"text/plain; version=0.0.4; charset=utf-8\";\n    server {{\n        listen 127.0.0.1:{port};\n        \
         root {};\n        location ~ [.]gz$ {{ add_header Content-Encoding gzip; }}\n    }}\n}}\n",
        folder.display(),
        files.display()
    )
}

/// Seconds since 1970, with their fractions.
#[expect(
    clippy::disallowed_methods,
    reason = "instants are compared with those of a server that keeps real time"
)]
pub(crate) fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is right")
        .as_secs_f64()
}

/// Waits for an instant of real time, to within a fraction of a millisecond after it.
pub(crate) fn wait_until(instant: f64) {
    loop {
        let left = instant - now();
        if left <= 0.0 {
            return;
        }
        pause(Duration::from_secs_f64(left));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "scrapers wait for instants, and nothing announces them"
)]
pub(crate) fn pause(time: Duration) {
    std::thread::sleep(time);
}
