//! Opens connections to both databases.

use std::path::Path;
use std::sync::OnceLock;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

use super::conn::Conn;
use super::error::{Error, Result};
use super::file::{FileHold, find_fault};
use super::url::DatabaseUrl;
use crate::text::holds_folded;

/// How long SQLite waits for another writer before it gives up, in milliseconds.
pub(super) const SQLITE_BUSY_TIMEOUT_MS: u32 = 10_000;

/// How often the switch to the write-ahead log is asked for; a second time is needed only beside another process that makes it.
const WRITE_AHEAD_ATTEMPTS_MAX: usize = 10;

/// What every connection to PostgreSQL has, whatever its role or its database sets. A transaction that goes on seeing what was committed
/// before it waited for a lock would fail at the first row that changed meanwhile. Messages tell locks and timeouts from other faults, if
/// they are English, which only superusers may ask for.
const POSTGRES_SETTINGS: &str = "SET TIME ZONE 'UTC'; SET client_min_messages = warning; \
    SET default_transaction_isolation = 'read committed'; \
    SELECT set_config('lc_messages', 'C', false) WHERE current_setting('is_superuser') = 'on';";

/// When SQLite waits until what it wrote is on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// At every commit: a power cut loses nothing that was acknowledged.
    #[default]
    Full,
    /// At checkpoints alone: a power cut may lose the commits of the last seconds, and damages nothing.
    Normal,
}

impl Synchronous {
    /// Returns the statement that sets it for a connection, outside of transactions.
    pub(super) fn pragma(self) -> &'static str {
        match self {
            Self::Full => "PRAGMA synchronous = FULL;",
            Self::Normal => "PRAGMA synchronous = NORMAL;",
        }
    }
}

impl std::str::FromStr for Synchronous {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "full" => Ok(Self::Full),
            "normal" => Ok(Self::Normal),
            other => Err(format!("`{other}` is not known; use full or normal")),
        }
    }
}

static SYNCHRONOUS: OnceLock<Synchronous> = OnceLock::new();

/// Sets when SQLite waits for the disk, for all connections of this process. Only the first call counts; call it before any connection
/// is opened.
pub fn set_synchronous(synchronous: Synchronous) {
    if SYNCHRONOUS.set(synchronous).is_err() {
        tracing::debug!("when SQLite waits for the disk was set before");
    }
}

/// Returns when SQLite waits for the disk: the value of [`set_synchronous`], else [`Synchronous::Full`].
pub(super) fn synchronous() -> Synchronous {
    SYNCHRONOUS.get().copied().unwrap_or_default()
}

/// Opens a connection; a SQLite file that does not exist is created. The scheme chooses the database: diesel would try one after the other
/// and hide the true error.
///
/// # Errors
/// [`Error::Unavailable`] when the database cannot be reached or opened, naming it without its password.
pub fn open(url: &DatabaseUrl) -> Result<Conn> {
    open_or_create(url, true)
}

/// Opens a connection to an existing database: a SQLite file that was deleted meanwhile is not created again.
///
/// # Errors
/// As for [`open`].
pub fn open_existing(url: &DatabaseUrl) -> Result<Conn> {
    open_or_create(url, false)
}

fn open_or_create(url: &DatabaseUrl, may_create: bool) -> Result<Conn> {
    let unavailable = |error: &dyn std::fmt::Display| Error::Unavailable(format!("{url}: {error}"));
    match url {
        DatabaseUrl::SqliteFile(path) => {
            let text = path
                .to_str()
                .ok_or_else(|| unavailable(&"the path is not valid UTF-8"))?;
            // A leading `./` keeps SQLite from reading `file:` or `:memory:` into a plain path.
            let text = if path.is_absolute() {
                text.to_owned()
            } else {
                format!("./{text}")
            };
            let open = || FileHold::register(path, may_create).and_then(|held| open_sqlite(&text, Some(held)));
            // Some file systems make another file of one that is opened to be written for the first time, as in containers.
            open()
                .or_else(|error| if find_fault(path).is_some() { open() } else { Err(error) })
                .map_err(|error| unavailable(&cannot_open(path, error)))
        }
        DatabaseUrl::SqliteMemory => open_sqlite(":memory:", None).map_err(|error| unavailable(&error)),
        DatabaseUrl::Postgres(text) => {
            // libpq may quote what it was given, so its message is compared with that.
            let given = DatabaseUrl::Postgres(with_timeouts(text));
            let mut conn = PgConnection::establish(&with_timeouts(text))
                .map_err(|error| unavailable(&given.censored(&first_line(&error.to_string()))))?;
            conn.batch_execute(POSTGRES_SETTINGS)
                .map_err(|error| unavailable(&error))?;
            Ok(conn.into())
        }
    }
}

/// Returns the URL with the limits that it does not set itself. Without them libpq and the system wait for a quarter of an hour and
/// longer for a network that drops all packets, and for ever for a server that is stopped during a login.
///
/// Seconds until the next host is tried; milliseconds until data that was not acknowledged breaks the connection; a connection over
/// which nothing arrives is probed after seconds, in steps of seconds, and is broken when so many probes got no answer.
fn with_timeouts(url: &str) -> String {
    const TIMEOUTS: [(&str, &str); 6] = [
        ("connect_timeout", "3"),
        ("tcp_user_timeout", "15000"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "3"),
        ("fallback_application_name", "sla-monitor"),
    ];
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let user_end = after_scheme
        .find(['@', '/'])
        .filter(|end| after_scheme[*end..].starts_with('@'));
    // A question mark in an unescaped password is none that starts the parameters.
    let mut has_parameters = after_scheme[user_end.unwrap_or(0)..].contains('?');
    let mut url = url.to_owned();
    for (name, value) in TIMEOUTS {
        if !url.contains(&format!("{name}=")) {
            let mark = match std::mem::replace(&mut has_parameters, true) {
                true if url.ends_with(['?', '&']) => "",
                true => "&",
                false => "?",
            };
            url.push_str(&format!("{mark}{name}={value}"));
        }
    }
    url
}

/// Opens a SQLite file that no other process has open, only to read it; nothing is created beside it.
///
/// # Errors
/// [`Error::Unavailable`] when it cannot be opened.
pub(super) fn open_read_only(path: &Path) -> Result<Conn> {
    let escaped = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    establish(path, &format!("file:{escaped}?mode=ro&immutable=1"))
}

/// Opens a SQLite file as it is, without settings of any kind: no timeout, no write-ahead log.
///
/// # Errors
/// [`Error::Unavailable`] when it cannot be opened.
pub(super) fn open_plain(path: &Path) -> Result<Conn> {
    establish(path, &path.to_string_lossy())
}

fn establish(path: &Path, name: &str) -> Result<Conn> {
    let conn = SqliteConnection::establish(name);
    let conn = conn.map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))?;
    Ok(conn.into())
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Returns why the file behind the connection is no longer the one that was opened; empty if it is.
    fn sla_monitor_file_fault() -> diesel::sql_types::Text;

    /// Returns whether a text holds a term that is folded, as the program compares them.
    #[sql_name = "sla_monitor_holds"]
    fn holds_text(text: diesel::sql_types::Text, term: diesel::sql_types::Text) -> diesel::sql_types::Bool;
}

/// Checks that the file behind a connection is still the one under its name.
///
/// # Errors
/// [`Error::FileChanged`] saying what became of it.
pub(super) fn check_file(conn: &mut SqliteConnection) -> Result<()> {
    let fault: String = diesel::select(sla_monitor_file_fault()).get_result(conn)?;
    if fault.is_empty() {
        Ok(())
    } else {
        Err(Error::FileChanged(fault))
    }
}

/// Opens and sets up a connection to SQLite. `busy_timeout` comes first: all that follows may have to wait for another process. The
/// connection owns the hold on the file and drops it when it is closed.
fn open_sqlite(path: &str, held: Option<FileHold>) -> std::result::Result<Conn, String> {
    let mut conn = SqliteConnection::establish(path).map_err(|error| error.to_string())?;
    // Another file may have come under this name since the hold was registered. Nothing was read so far; the first statement would apply
    // the log of the former file to it.
    if let Some(fault) = held.as_ref().and_then(FileHold::fault) {
        return Err(fault);
    }
    sla_monitor_file_fault_utils::register_nondeterministic_impl(&conn, move || {
        held.as_ref().and_then(FileHold::fault).unwrap_or_default()
    })
    .map_err(|error| error.to_string())?;
    holds_text_utils::register_impl(&mut conn, |text: String, term: String| holds_folded(&text, &term))
        .map_err(|error| error.to_string())?;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS};"))
        .and_then(|()| write_ahead(&mut conn))
        .and_then(|()| {
            conn.batch_execute(synchronous().pragma())?;
            conn.batch_execute("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")
        })
        .map_err(|error| error.to_string())?;
    // Another file may have come under this name while it was opened.
    check_file(&mut conn).map_err(|error| error.to_string())?;
    Ok(conn.into())
}

/// Switches to the write-ahead log. A file that has it is left alone; for one that has not, SQLite turns a read lock into a
/// write lock and does not wait for it, so that of two processes that open a new file at once one would be refused.
/// Waiting for the other as a writer does, and asking again, finds the switch made.
fn write_ahead(conn: &mut SqliteConnection) -> diesel::QueryResult<()> {
    const SWITCH: &str = "PRAGMA journal_mode = WAL;";
    for _ in 1..WRITE_AHEAD_ATTEMPTS_MAX {
        match conn.batch_execute(SWITCH) {
            Err(error) if error.to_string().contains("locked") => conn.batch_execute("BEGIN IMMEDIATE; ROLLBACK;")?,
            outcome => return outcome,
        }
    }
    conn.batch_execute(SWITCH)
}

/// Returns why a file cannot be opened. SQLite has one message for a directory, a missing folder and a missing permission.
fn cannot_open(path: &Path, error: String) -> String {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if path.is_dir() {
        "this is a directory; name a file in it".to_owned()
    } else if !folder.is_dir() {
        format!("there is no folder {}; make it first", folder.display())
    } else if path.exists() {
        error
    } else {
        format!("{error}; may this user write to {}?", folder.display())
    }
}

/// Returns the first line of a message: libpq writes one for each address it tried, and they differ little.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or(text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::with_timeouts;

    #[test]
    fn timeouts_are_added_where_the_url_sets_none() {
        let check = |url: &str, expected: &str| assert_eq!(with_timeouts(url), expected);
        let rest = "tcp_user_timeout=15000&keepalives_idle=10&keepalives_interval=5&keepalives_count=3\
                    &fallback_application_name=sla-monitor";
        check("postgres://h/d", &format!("postgres://h/d?connect_timeout=3&{rest}"));
        check(
            "postgres://u:p?q@h/d",
            &format!("postgres://u:p?q@h/d?connect_timeout=3&{rest}"),
        );
        check("postgres://h/d?", &format!("postgres://h/d?connect_timeout=3&{rest}"));
        check(
            "postgres://h/d?user=a@b",
            &format!("postgres://h/d?user=a@b&connect_timeout=3&{rest}"),
        );
        check(
            "postgres://h/d?connect_timeout=2",
            &format!("postgres://h/d?connect_timeout=2&{rest}"),
        );
    }
}
