//! PostgreSQL servers of a test's own, to be stopped, killed and promoted. Each keeps its data in a temporary folder, listens on loopback
//! and ends with the test.

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rustix::process::{Pid, Signal, getuid, kill_process};
use sla_monitor::db::Conn;
use sla_monitor::db::connection;
use sla_monitor::db::url::DatabaseUrl;
use tempfile::TempDir;

/// How long a server may take for anything.
const LIMIT: Duration = Duration::from_secs(60);

/// A server that runs until it is dropped.
pub struct Postgres {
    /// Where it listens.
    pub port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Postgres {
    /// Starts a server, a primary to which standbys can be added.
    pub fn start() -> Self {
        let folder = folder();
        run(
            "initdb",
            &[
                "--pgdata=data",
                "--username=sla",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            folder.path(),
        );
        let settings = "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nmax_connections = 60\n\
                        wal_level = replica\nmax_wal_senders = 4\nwal_keep_size = '64MB'\nhot_standby = on\nautovacuum = off\n";
        append(&folder.path().join("data/postgresql.conf"), settings);
        Self::of(folder)
    }

    /// Starts a standby of this server, which follows it.
    pub fn standby(&self) -> Self {
        let folder = folder();
        let port = self.port.to_string();
        run(
            "pg_basebackup",
            &[
                "--pgdata=data",
                "--host=127.0.0.1",
                "--port",
                &port,
                "--username=sla",
                "--write-recovery-conf",
                "--wal-method=stream",
                "--checkpoint=fast",
                "--no-sync",
            ],
            folder.path(),
        );
        Self::of(folder)
    }

    fn of(folder: TempDir) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        drop(listener);
        let mut server = Self {
            port,
            folder,
            child: None,
        };
        server.run_again();
        server
    }

    /// Starts it, again if it was ended, and waits until it answers.
    pub fn run_again(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("a log can be made");
        let child = as_postgres(&programs().join("postgres"), self.folder.path())
            .args(["-D", "data", "-p", &self.port.to_string()])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("PostgreSQL starts");
        self.child = Some(child);
        self.wait_until("it answers", |server| server.try_connect().is_some());
    }

    /// Returns the URL of a database on it.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://sla@127.0.0.1:{}/{name}", self.port)
    }

    /// Returns the path of a file among the server's data.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    /// Puts lines before those of a file of settings.
    pub fn put_first(&self, name: &str, lines: &str) {
        let path = self.path(name);
        let before = std::fs::read_to_string(&path).expect("the file is there");
        std::fs::write(&path, lines.to_owned() + &before).expect("the file can be written");
    }

    /// Lets the server, and no other user, read a file.
    pub fn own(&self, path: &Path) {
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).expect("the file is ours");
        if let Some((user, group)) = owner() {
            chown(path, Some(user), Some(group)).expect("root may give a file away");
        }
    }

    fn try_connect(&self) -> Option<Conn> {
        let url: DatabaseUrl = self.url("postgres").parse().expect("the URL is one");
        connection::open(&url).ok()
    }

    /// Runs statements, each in a transaction of its own.
    pub fn execute(&self, statements: &[&str]) {
        let mut conn = self.try_connect().expect("the server answers");
        for sql in statements {
            conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    }

    /// Returns the only value of a query whose column is called `value`, a whole number.
    pub fn number(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            value: i64,
        }
        let mut conn = self.try_connect().expect("the server answers");
        let row: Row = diesel::sql_query(sql)
            .get_result(&mut conn)
            .expect("the query is valid");
        row.value
    }

    /// Waits until something holds.
    #[track_caller]
    pub fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + LIMIT;
        while !holds(self) {
            assert!(Instant::now() < end, "{what} in time: {}", self.log());
            // Another process has no event that could be waited for.
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Makes a standby a primary.
    pub fn promote(&self) {
        self.execute(&["SELECT pg_promote(true, 60)"]);
    }

    /// Stops all of its processes where they stand.
    pub fn hang(&self) {
        for pid in self.processes() {
            signal(pid, Signal::STOP);
        }
    }

    /// Lets them go on.
    pub fn wake(&self) {
        for pid in self.processes() {
            signal(pid, Signal::CONT);
        }
    }

    /// Ends it: `QUIT` at once, `INT` after rolling back what is in progress.
    pub fn end(&mut self, how: Signal) {
        if let Some(mut child) = self.child.take() {
            signal(id(&child), how);
            child.wait().expect("the server ends");
        }
    }

    /// Returns the first process, then those that it started.
    fn processes(&self) -> Vec<Pid> {
        let Some(child) = &self.child else {
            return Vec::new();
        };
        let parent = child.id().to_string();
        let mut pids = vec![id(child)];
        for entry in std::fs::read_dir("/proc").expect("there is /proc") {
            let folder = entry.expect("the entry can be read").path();
            // A process may end while this looks.
            let Ok(stat) = std::fs::read_to_string(folder.join("stat")) else {
                continue;
            };
            let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
            let number = folder.file_name().and_then(|name| name.to_str()?.parse().ok());
            if after_name.split(' ').nth(1) == Some(parent.as_str())
                && let Some(pid) = number.and_then(Pid::from_raw)
            {
                pids.push(pid);
            }
        }
        pids
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.wake();
        self.end(Signal::QUIT);
    }
}

fn id(child: &Child) -> Pid {
    i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .expect("a process has a positive number")
}

/// Sends a signal, unless the process has ended meanwhile.
fn signal(pid: Pid, signal: Signal) {
    let _ = kill_process(pid, signal);
}

fn append(path: &Path, text: &str) {
    let before = std::fs::read_to_string(path).expect("the file is there");
    std::fs::write(path, before + text).expect("the file can be written");
}

/// Creates a folder that the server may use.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    if let Some((user, group)) = owner() {
        chown(folder.path(), Some(user), Some(group)).expect("root may give a folder away");
    }
    folder
}

/// Returns the user and group of the server where root runs the tests: it refuses to be root's.
fn owner() -> Option<(u32, u32)> {
    if !getuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("there are users");
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let fields: Vec<&str> = line.expect("PostgreSQL is installed").split(':').collect();
    let number = |field: &str| field.parse().expect("it is a number");
    Some((number(fields[2]), number(fields[3])))
}

/// Returns the folder of the server's programs: the newest that Debian installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed; scripts/test installs it");
    let newest = versions
        .filter_map(Result::ok)
        .max_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
    newest.expect("PostgreSQL has a version").path().join("bin")
}

fn as_postgres(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    if let Some((user, group)) = owner() {
        command.uid(user).gid(group);
    }
    command
}

/// Runs one of PostgreSQL's programs to its end.
fn run(program: &str, arguments: &[&str], folder: &Path) {
    let output = as_postgres(&programs().join(program), folder)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} does not start: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
}
