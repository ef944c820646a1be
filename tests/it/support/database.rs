//! Databases of tests' own: each is a copy of a template that was migrated once, and is gone when the test ends.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use sla_monitor::db::Conn;
use sla_monitor::db::connection;
use sla_monitor::db::migrate::{self, MigrationTarget};
use sla_monitor::db::url::DatabaseUrl;
use tempfile::TempDir;

/// Names the PostgreSQL server that tests may make databases on; `scripts/test` starts one.
const POSTGRES_VARIABLE: &str = "SLA_MONITOR_TEST_POSTGRES_URL";

/// The name of a SQLite file in its folder.
const FILE: &str = "test.sqlite3";

/// A migrated, empty database.
pub struct Database {
    /// The value of `--database-url`.
    pub url: String,
    kept: Kept,
}

enum Kept {
    Sqlite(TempDir),
    Postgres {
        server: String,
        name: String,
    },
    /// Owned by another value, which deletes it.
    Elsewhere,
}

impl Database {
    /// Creates a SQLite file.
    pub fn sqlite() -> Self {
        static TEMPLATE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
        let (_, template) = TEMPLATE.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let path = folder.path().join("template.sqlite3");
            migrate_to_latest(path.to_str().expect("temporary paths are UTF-8"));
            (folder, path)
        });
        let database = Self::unmigrated_sqlite();
        std::fs::copy(template, database.path()).expect("the template can be copied");
        database
    }

    /// Returns the name of a SQLite file that does not exist yet.
    pub fn unmigrated_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join(FILE);
        Self {
            url: path.to_str().expect("temporary paths are UTF-8").to_owned(),
            kept: Kept::Sqlite(folder),
        }
    }

    /// Creates a PostgreSQL database.
    pub fn postgres() -> Self {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let name = new_name();
            execute(&postgres_server(), &format!("CREATE DATABASE {name}"));
            migrate_to_latest(&postgres_url(&name));
            name
        });
        let name = new_name();
        execute(
            &postgres_server(),
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        );
        Self {
            url: postgres_url(&name),
            kept: Kept::Postgres {
                server: postgres_server(),
                name,
            },
        }
    }

    /// Creates a PostgreSQL database without any table.
    pub fn unmigrated_postgres() -> Self {
        let name = new_name();
        execute(&postgres_server(), &format!("CREATE DATABASE {name}"));
        Self {
            url: postgres_url(&name),
            kept: Kept::Postgres {
                server: postgres_server(),
                name,
            },
        }
    }

    /// Returns an existing PostgreSQL database.
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            kept: Kept::Elsewhere,
        }
    }

    /// Applies all migrations.
    pub fn migrate(&self) {
        migrate_to_latest(&self.url);
    }

    /// Returns whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        !matches!(self.kept, Kept::Sqlite(_))
    }

    /// Returns the path of a SQLite file.
    pub fn path(&self) -> PathBuf {
        match &self.kept {
            Kept::Sqlite(folder) => folder.path().join(FILE),
            Kept::Postgres { .. } | Kept::Elsewhere => panic!("a PostgreSQL database has no path"),
        }
    }

    /// Opens a connection beside those of the program, as psql or sqlite3 have one.
    pub fn connect(&self) -> Conn {
        connect(&self.url)
    }

    /// Runs statements that return nothing.
    pub fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    /// Returns the first column of the rows of a query, as text.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            value: String,
        }
        let wrapped = format!("SELECT CAST(value AS TEXT) AS value FROM ({sql}) AS inner_query");
        let rows = diesel::sql_query(wrapped)
            .load::<Row>(&mut self.connect())
            .expect("the query is valid");
        rows.into_iter().map(|row| row.value).collect()
    }

    /// Returns the only value of a query whose column is called `value`.
    pub fn number(&self, sql: &str) -> i64 {
        let texts = self.texts(sql);
        assert_eq!(texts.len(), 1, "one row is expected of {sql}");
        texts[0].parse().expect("the value is a whole number")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Kept::Postgres { server, name } = &self.kept {
            execute(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn connect(url: &str) -> Conn {
    let url: DatabaseUrl = url.parse().expect("tests give valid URLs");
    connection::open(&url).expect("the test database answers")
}

fn execute(url: &str, sql: &str) {
    connect(url)
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn migrate_to_latest(url: &str) {
    migrate::migrate(&mut connect(url), &MigrationTarget::Latest).expect("the migrations apply");
}

fn postgres_server() -> String {
    std::env::var(POSTGRES_VARIABLE)
        .unwrap_or_else(|_| panic!("{POSTGRES_VARIABLE} is not set; run scripts/test, which starts a server"))
}

/// Returns the server's URL with another database.
fn postgres_url(name: &str) -> String {
    let server = postgres_server();
    let (place, _) = server.rsplit_once('/').expect("the URL ends with a database");
    format!("{place}/{name}")
}

fn new_name() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
