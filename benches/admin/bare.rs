//! The least that a commit costs: one row and one fsync, without the program.

use std::time::{Duration, Instant};

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::{PgConnection, SqliteConnection};

/// How many rows there are, one for each connection that commits.
const ROWS: usize = 16;

/// A table beside the program's: another file in the same folder, or another database of the same server.
pub(crate) struct Bare {
    url: String,
}

/// A connection to it.
pub(crate) enum BareConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bare {
    /// Makes the table.
    pub(crate) fn create(url: String) -> Self {
        let bare = Self { url };
        let rows: Vec<String> = (0..ROWS).map(|row| format!("({row}, 0)")).collect();
        let mut conn = bare.connect();
        conn.run(&format!(
            "CREATE TABLE bare (id integer PRIMARY KEY, value integer NOT NULL); INSERT INTO bare VALUES {};",
            rows.join(", ")
        ));
        bare
    }

    /// Returns a database that is there, to which the program may be writing.
    pub(crate) fn at(url: String) -> Self {
        Self { url }
    }

    /// Connects as durably as the program does.
    pub(crate) fn connect(&self) -> BareConnection {
        if self.url.starts_with("postgres") {
            let conn = PgConnection::establish(&self.url).expect("the server accepts connections");
            return BareConnection::Postgres(conn);
        }
        let mut conn = SqliteConnection::establish(&self.url).expect("the folder can be written");
        let settings = "PRAGMA busy_timeout = 30000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
        conn.batch_execute(settings).expect("no other process has the file");
        BareConnection::Sqlite(conn)
    }
}

impl BareConnection {
    /// Changes a row, durably, and returns how long that took.
    pub(crate) fn commit(&mut self, row: usize) -> Duration {
        let row = row % ROWS;
        let started = Instant::now();
        self.run(&format!(
            "BEGIN{}; UPDATE bare SET value = value + 1 WHERE id = {row}; COMMIT;",
            self.at_once()
        ));
        started.elapsed()
    }

    /// Returns what makes a transaction one that writes.
    fn at_once(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => " IMMEDIATE",
            Self::Postgres(_) => "",
        }
    }

    pub(crate) fn run(&mut self, statements: &str) {
        match self {
            Self::Sqlite(conn) => conn.batch_execute(statements),
            Self::Postgres(conn) => conn.batch_execute(statements),
        }
        .expect("the statements are well-formed");
    }
}
