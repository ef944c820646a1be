//! What the admin's pages cost: requests a second at concurrency 8 and the median latency, from SQLite.
//!
//! `scripts/bench` runs it; `cargo bench --bench admin -- 1000` measures with that many components in the place of 10,000 and 100,000.
//! Machines differ and are shared: compare ratios, not times.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::accounts::{self, AccountChange, NewPassword};
use sla_monitor::audit;
use sla_monitor::auth::Actor;
use sla_monitor::auth::password::PasswordHash;
use sla_monitor::auth::session::{self, SessionClient};
use sla_monitor::clock::{Clock, SystemClock};
use sla_monitor::db::connection;

/// How many ask at once.
const CONCURRENCY: usize = 8;
/// How many components the list has whose page others are compared with.
const FEW: usize = 100;
/// Any well-formed secret, as a browser keeps one.
const SECRET: &str = "abcdefghijklmnopqrstuvwxyzABCDEF";
const LIST: &str = "/admin/sla/component/";

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![10_000, 100_000] } else { asked };
    let few = latencies(&Site::start(FEW), LIST, 200);
    for components in sizes {
        let site = Site::start(components);
        pages(&site, components);
        let many = latencies(&site, LIST, 200);
        let (few, many) = (percentile(&few, 95), percentile(&many, 95));
        println!(
            "\nThe 95th percentile of the list page is {:.2} times that of {FEW} components ({:.1} ms, {:.1} ms).",
            many.as_secs_f64() / few.as_secs_f64(),
            milliseconds(many),
            milliseconds(few)
        );
    }
}

fn pages(site: &Site, components: usize) {
    println!(
        "\n### The admin, {components} components, {CONCURRENCY} at once\n\n| Page | requests/s | median ms |\n|---|---:|---:|"
    );
    let change = site.change_address();
    let filter = format!("{LIST}?enabled__exact=1&o=-updated_at");
    for (name, path) in [
        ("index", "/admin/"),
        ("list, 100 rows", LIST),
        ("list, last page", "/admin/sla/component/?p=999999"),
        ("search", "/admin/sla/component/?q=service-0000"),
        ("filter", filter.as_str()),
        ("change form", change.as_str()),
    ] {
        row(name, measure(|_| site.get(path)));
    }
    // Each saves a version of its own: of eight savers of one component seven would get a conflict.
    let addresses = site.change_addresses(CONCURRENCY);
    let forms: Vec<Form> = addresses.iter().map(|path| Form::read(&site.get(path))).collect();
    let saves = AtomicUsize::new(0);
    row(
        "save",
        measure(|worker| {
            let number = saves.fetch_add(1, Ordering::Relaxed);
            let body = forms[worker].body(number);
            let answer = site.post(&addresses[worker], &body);
            forms[worker].saved(&answer);
            answer
        }),
    );
}

fn row(name: &str, (per_second, times): (f64, Vec<Duration>)) {
    println!(
        "| {name} | {per_second:.0} | {:.1} |",
        milliseconds(percentile(&times, 50))
    );
}

/// Requests a second and their times, sorted; `work` gets the number of the client.
fn measure(work: impl Fn(usize) -> String + Sync) -> (f64, Vec<Duration>) {
    const REQUESTS: usize = 25;
    let started = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = (0..CONCURRENCY)
            .map(|worker| {
                scope.spawn(move || {
                    (0..REQUESTS)
                        .map(|_| {
                            let started = Instant::now();
                            work(worker);
                            started.elapsed()
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("no request fails"))
            .collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    times.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let count = times.len() as f64;
    (count / seconds, times)
}

/// The times of requests one after the other, sorted.
fn latencies(site: &Site, path: &str, runs: usize) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let started = Instant::now();
            site.get(path);
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A serving program with a session.
struct Site {
    host: String,
    token: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Site {
    fn start(components: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("bench.sqlite3");
        let url = path.to_str().expect("temporary paths are UTF-8").to_owned();
        fill(&url, components);
        let token = log_in(&url);
        let mut child = program(&url, &["serve", "--bind", "127.0.0.1:0", "--log-level", "error"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut lines = out.lines().map_while(Result::ok);
        let host = lines.find_map(|line| {
            Some(
                line.strip_prefix("listening on http://")?
                    .trim_end_matches('/')
                    .to_owned(),
            )
        });
        let site = Self {
            host: host.expect("the program listens"),
            token,
            child,
            _folder: folder,
        };
        // The first page waits for the first snapshot.
        site.get(LIST);
        site
    }

    fn get(&self, path: &str) -> String {
        self.exchange("GET", path, "", 200)
    }

    fn post(&self, path: &str, body: &str) -> String {
        self.exchange("POST", path, body, 302);
        self.get(path)
    }

    fn exchange(&self, method: &str, path: &str, body: &str, status: u16) -> String {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: sessionid={}; csrftoken={SECRET}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            self.token,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.host).expect("the server listens");
        stream.write_all(head.as_bytes()).expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers in UTF-8");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {}",
            answer.lines().next().unwrap_or("")
        );
        answer
    }

    fn change_address(&self) -> String {
        self.change_addresses(1).remove(0)
    }

    fn change_addresses(&self, count: usize) -> Vec<String> {
        let page = self.get(LIST);
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let links = links.filter(|link| link.starts_with(LIST) && link.ends_with("/change/"));
        links.take(count).map(str::to_owned).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // It may have ended already, by a fault that a request has shown.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A component's form: the fields that a save needs, and the version that the next one names.
struct Form {
    name: String,
    version: std::sync::Mutex<String>,
}

impl Form {
    fn read(page: &str) -> Self {
        Self {
            name: value(page, "name"),
            version: std::sync::Mutex::new(value(page, "_version")),
        }
    }

    fn body(&self, number: usize) -> String {
        let version = self.version.lock().expect("no saver panics").clone();
        format!(
            "csrfmiddlewaretoken={SECRET}&_continue=1&_version={version}&name={}&description=save+{number}&enabled=on",
            self.name
        )
    }

    fn saved(&self, page: &str) {
        *self.version.lock().expect("no saver panics") = value(page, "_version");
    }
}

/// The value of an input of a page.
fn value(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\""))
        .expect("the field is in the form");
    let (_, rest) = rest.split_once("value=\"").expect("an input has a value");
    rest.split('"').next().unwrap_or("").to_owned()
}

fn program(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sla-monitor"));
    command
        .args(arguments)
        .args(["--database-url", url])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A database with so many components.
fn fill(url: &str, components: usize) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/generate-components");
    let mut generator = Command::new(script)
        .arg(components.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the script starts");
    let file = generator.stdout.take().expect("standard output is piped");
    let migrated = program(url, &["migrate"]).status().expect("the program starts");
    assert!(migrated.success(), "the migrations apply");
    let applied = program(url, &["apply", "-"])
        .stdin(file)
        .status()
        .expect("the program starts");
    assert!(applied.success(), "the components are accepted");
    let generated = generator.wait().expect("the script ends");
    assert!(generated.success(), "the script wrote everything");
}

/// The token of a superuser's session, made beside the login: a hash of a password is slow on purpose.
fn log_in(url: &str) -> String {
    let now: NaiveDateTime = SystemClock.now();
    let mut conn = connection::open(&url.parse().expect("a path is a URL")).expect("the database is there");
    let state = UserState {
        is_staff: true,
        is_superuser: true,
        ..UserState::new("bench")
    };
    let change = AccountChange::AddUser {
        state,
        password: NewPassword::to_keep(PasswordHash::stored("a hash of nothing".to_owned())),
    };
    let actor = Actor::Command("bench");
    let id = audit::transaction(&mut conn, &actor, now, |tx| accounts::apply(tx, &change)).expect("the user is added");
    let client = SessionClient {
        address: "127.0.0.1".to_owned(),
        user_agent: "bench".to_owned(),
        secure: false,
    };
    let token = session::create(&mut conn, id, &client, now).expect("the session is started");
    token.as_str().to_owned()
}
