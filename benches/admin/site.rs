//! Servers to measure, each with a database of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use diesel::PgConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};

use crate::bare::Bare;
use crate::client::Client;
use crate::form::{Form, listed};
use crate::options::Options;
use crate::report::Report;
use crate::support::{Kind, memory};

/// The list of components.
pub(crate) const LIST: &str = "/admin/sla/component/";
/// The users' password.
const PASSWORD: &str = "a-long-password-of-benchmarks";

/// A serving program with so many components.
pub(crate) struct Site {
    pub(crate) kind: Kind,
    pub(crate) components: usize,
    /// What a commit costs beside it.
    pub(crate) bare: Bare,
    /// Its own database.
    pub(crate) database: Bare,
    address: String,
    user: Client,
    process: Process,
    _out: BufReader<ChildStdout>,
    _folder: tempfile::TempDir,
}

/// A process that ends with this value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, by a fault that a request has shown.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Site {
    /// Fills a database, serves it, and logs in as a superuser.
    pub(crate) fn start(options: &Options, kind: Kind, components: usize) -> Self {
        eprintln!("filling {kind} with {components} components");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (url, bare) = match kind {
            Kind::Sqlite => {
                let file = |name: &str| folder.path().join(name).display().to_string();
                (file("bench.sqlite3"), file("bare.sqlite3"))
            }
            Kind::Postgres => {
                let server = options.postgres.as_deref().expect("it is a kind because there is one");
                (
                    postgres(server, &format!("admin_{components}")),
                    postgres(server, &format!("bare_{components}")),
                )
            }
        };
        fill(options, &url, components);
        let (child, out, address) = serve(options, &url);
        let mut user = Client::new(&address);
        log_in(&mut user, "bench");
        // The first page waits for the first snapshot.
        user.text(LIST);
        Self {
            kind,
            components,
            bare: Bare::create(bare),
            database: Bare::at(url),
            address,
            user,
            process: Process(child),
            _out: out,
            _folder: folder,
        }
    }

    /// Returns the number of the server's process.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.0.id()
    }

    /// Returns a client with the superuser's session.
    pub(crate) fn client(&self) -> Client {
        self.user.another()
    }

    /// Returns a client of a user with permissions to view alone.
    pub(crate) fn viewer(&self) -> Client {
        let mut root = self.client();
        let mut form = Form::open(&mut root, "/admin/auth/user/add/", "username");
        form.set("username", "viewer").set("password1", PASSWORD);
        let added = form.set("password2", PASSWORD).clear("must_change").send(&mut root);
        assert_eq!(added.status, 302, "the user is added");
        let key = listed(&mut root, "/admin/auth/user/?q=viewer").remove(0);
        let mut form = Form::open(&mut root, &format!("/admin/auth/user/{key}/change/"), "username");
        form.set("is_staff", "on");
        for model in ["component", "label", "slawindow", "calendar"] {
            form.add("user_permissions", &format!("sla.view_{model}"));
        }
        let changed = form.send(&mut root);
        assert_eq!(changed.status, 302, "the user is changed");
        let mut viewer = Client::new(&self.address);
        log_in(&mut viewer, "viewer");
        viewer
    }

    /// Returns the resident memory now and at most so far, in MiB.
    pub(crate) fn memory(&self) -> (f64, f64) {
        memory(self.process.0.id())
    }

    /// Prints the memory at the start, which is given, and now.
    pub(crate) fn report_memory(&self, report: &mut Report, (start, _): (f64, f64)) {
        report.section(&format!("Memory with {} components, {}", self.components, self.kind));
        let (now, most) = self.memory();
        report.row("after the first page, MiB", &format!("{start:.0}"));
        report.row("after all of the above, MiB", &format!("{now:.0}"));
        report.row("at most, MiB", &format!("{most:.0}"));
    }
}

fn serve(options: &Options, url: &str) -> (Child, BufReader<ChildStdout>, String) {
    let mut child = program(
        options,
        url,
        &["serve", "--bind", "127.0.0.1:0", "--log-level", "error"],
    )
    .stdout(Stdio::piped())
    .spawn()
    .expect("the program starts");
    let mut out = BufReader::new(child.stdout.take().expect("standard output is piped"));
    let mut line = String::new();
    out.read_line(&mut line).expect("the program prints where it listens");
    let address = line.trim().strip_prefix("listening on http://");
    let address = address.expect("the program listens").trim_end_matches('/').to_owned();
    (child, out, address)
}

fn log_in(client: &mut Client, user: &str) {
    let mut form = Form::open(client, "/admin/login/", "username");
    let answer = form.set("username", user).set("password", PASSWORD).send(client);
    assert_eq!(answer.status, 302, "{user} is logged in");
}

/// Makes an empty database, and returns its URL.
fn postgres(server: &str, name: &str) -> String {
    let mut conn = PgConnection::establish(server).expect("the server accepts connections");
    for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
        conn.batch_execute(&format!("{statement} {name}"))
            .expect("the user may create databases, and this one is not in use");
    }
    let (server, _) = server.rsplit_once('/').expect("a URL names its database");
    format!("{server}/{name}")
}

fn fill(options: &Options, url: &str, components: usize) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/generate-components");
    let mut generator = Command::new(script)
        .arg(components.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the script starts");
    let file = generator.stdout.take().expect("standard output is piped");
    run(program(options, url, &["migrate"]));
    let mut apply = program(options, url, &["apply", "-"]);
    apply.stdin(file);
    run(apply);
    let generated = generator.wait().expect("the script ends");
    assert!(generated.success(), "the script wrote everything");
    let mut user = program(options, url, &["createsuperuser", "--noinput", "--username", "bench"]);
    user.args(["--email", "bench@example.org"])
        .env("SLA_MONITOR_SUPERUSER_PASSWORD", PASSWORD);
    run(user);
    if url.starts_with("postgres") {
        // As autovacuum does it within a minute.
        let mut conn = PgConnection::establish(url).expect("the server accepts connections");
        conn.batch_execute("VACUUM ANALYZE").expect("no transaction is open");
    }
}

fn run(mut command: Command) {
    let status = command.status().expect("the program starts");
    assert!(status.success(), "{command:?} succeeds");
}

fn program(options: &Options, url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(&options.program);
    command
        .args(arguments)
        .args(["--database-url", url])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}
