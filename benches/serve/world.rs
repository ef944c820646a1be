//! Databases to measure with: each section gets a copy of its own, filled once.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::DateTime;
use diesel::connection::SimpleConnection as _;
use sla_monitor::calculus::civil::format_date_time;
use sla_monitor::db::conn::Conn;
use sla_monitor::db::connection;

use crate::options::Options;
use crate::server::Server;
use crate::support::Kind;

/// The label whose value names the change that a page shows.
pub(crate) const REVISION: &str = "revision";

/// Where databases are and what is in them.
pub(crate) struct World {
    folder: tempfile::TempDir,
    program: String,
    postgres: Option<String>,
    filled: Vec<String>,
    copies: usize,
    /// How many components each database has.
    pub(crate) components: usize,
}

impl World {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            program: options.program.clone(),
            postgres: options.postgres.clone(),
            filled: Vec::new(),
            copies: 0,
            components: options.components,
        }
    }

    /// SQLite, and PostgreSQL if there is one.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        match self.postgres {
            Some(_) => vec![Kind::Sqlite, Kind::Postgres],
            None => {
                eprintln!("PostgreSQL is left out: SLA_MONITOR_BENCH_POSTGRES_URL names none");
                vec![Kind::Sqlite]
            }
        }
    }

    /// A folder for one purpose.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        path
    }

    /// The program, serving a database.
    pub(crate) fn serve(&self, database: &str, more: &[&str]) -> Server {
        Server::start(&self.program, database, more)
    }

    /// The name of a component by its place in the order of names.
    pub(crate) fn component(&self, number: usize) -> String {
        format!("service-{number:06}")
    }

    /// A database of one's own with all components.
    pub(crate) fn database(&mut self, kind: Kind) -> String {
        self.copies += 1;
        match kind {
            Kind::Sqlite => {
                let base = self.folder.path().join("base.sqlite3");
                self.fill(base.to_str().expect("temporary paths are UTF-8"));
                let copy = self.folder.path().join(format!("copy-{}.sqlite3", self.copies));
                assert!(!has_log(&base), "the programs that filled it have ended");
                std::fs::copy(&base, &copy).expect("the temporary folder has room");
                copy.to_str().expect("temporary paths are UTF-8").to_owned()
            }
            Kind::Postgres => {
                let url = self.postgres.clone().expect("it is a kind because there is one");
                self.fill(&url);
                // The base is the template: no session may be connected to it, so the command comes from another database.
                let (server, base) = url.rsplit_once('/').expect("a URL names its database");
                let name = format!("copy_{}", self.copies);
                let mut conn = open(&format!("{server}/template1"));
                conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name}"))
                    .expect("it is not in use");
                conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {base}"))
                    .expect("the user may create databases");
                format!("{server}/{name}")
            }
        }
    }

    fn fill(&mut self, url: &str) {
        if self.filled.iter().any(|filled| filled == url) {
            return;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/generate-components");
        let mut generator = Command::new(script)
            .arg(self.components.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script starts");
        let file = generator.stdout.take().expect("standard output is piped");
        self.run(url, "migrate", &[], Stdio::null());
        self.run(url, "apply", &["-"], file.into());
        let generated = generator.wait().expect("the script ends");
        assert!(generated.success(), "the script wrote everything");
        self.filled.push(url.to_owned());
    }

    fn run(&self, url: &str, command: &str, arguments: &[&str], input: Stdio) {
        let status = Command::new(&self.program)
            .arg(command)
            .args(arguments)
            .args(["--database-url", url])
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the program starts");
        assert!(status.success(), "{command} succeeds");
    }
}

fn has_log(path: &Path) -> bool {
    let log = path.with_extension("sqlite3-wal");
    log.metadata().is_ok_and(|log| log.len() > 0)
}

/// A connection that is none of the server's.
pub(crate) fn open(url: &str) -> Conn {
    connection::open(&url.parse().expect("it is a URL")).expect("the database is there")
}

/// Runs statements, in one transaction.
pub(crate) fn change(conn: &mut Conn, statements: &str) {
    conn.batch_execute(&format!("BEGIN; {statements}; COMMIT;"))
        .expect("the change is accepted");
}

/// Puts one more label with a value on components.
pub(crate) fn label(conn: &mut Conn, value: &str, components: &[String]) {
    let names: Vec<String> = components.iter().map(|name| format!("'{name}'")).collect();
    change(
        conn,
        &format!(
            "INSERT INTO label (name, value) VALUES ('{REVISION}', '{value}'); \
             INSERT INTO component_label (component_id, label_id, label_name) \
             SELECT component.id, label.id, label.name FROM component, label \
             WHERE component.name IN ({}) AND label.name = '{REVISION}' AND label.value = '{value}'",
            names.join(", ")
        ),
    );
}

/// A window without rules, of those components alone for which `which` holds in SQL; they have had theirs.
pub(crate) fn window(conn: &mut Conn, name: &str, which: &str) {
    change(
        conn,
        &format!(
            "INSERT INTO sla_window (name, timezone) VALUES ('{name}', 'UTC'); \
             DELETE FROM component_window WHERE component_id IN (SELECT id FROM component WHERE {which}); \
             INSERT INTO component_window (component_id, window_id) SELECT component.id, sla_window.id \
             FROM component, sla_window WHERE ({which}) AND sla_window.name = '{name}'"
        ),
    );
}

/// Gives a window the times at which it is open, from one instant to another.
pub(crate) fn open_times(conn: &mut Conn, window: &str, times: &[(i64, i64)]) {
    let rules: Vec<String> = times
        .iter()
        .enumerate()
        .map(|(position, (start, end))| {
            format!(
                "INSERT INTO rule (window_id, position, effect, kind, start_local, end_local) \
                 SELECT id, {position}, 'include', 'once', '{}', '{}' FROM sla_window WHERE name = '{window}'",
                local(*start),
                local(*end)
            )
        })
        .collect();
    change(conn, &rules.join("; "));
}

/// An instant as a rule of a window in UTC says it.
pub(crate) fn local(instant: i64) -> String {
    let time = DateTime::from_timestamp(instant, 0).expect("the instant is of this century");
    format_date_time(time.naive_utc())
}
