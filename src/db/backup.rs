//! Backup and restoration of a SQLite database: whole files, on the disk before they have their names.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use tempfile::{Builder, NamedTempFile};

use super::conn::Conn;
use super::connection;
use super::dialect;
use super::file::{self, beside};
use super::migrate::{self, MigrationTarget};
use super::url::DatabaseUrl;

/// Tables that every database of this program has had from its first migration on.
const OURS: [&str; 2] = ["component", "label"];

/// What every SQLite database begins with; an empty file is one, too.
const SQLITE_BEGINNING: &[u8] = b"SQLite format 3\0";

/// The most faults of a file that a message names.
const FAULTS_MAX: usize = 3;

/// Why a backup was not made or not restored. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The reason, with what to do.
    #[error("{0}")]
    Refused(String),
    /// The database's.
    #[error(transparent)]
    Database(#[from] super::Error),
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

type BackupResult<T> = std::result::Result<T, BackupError>;

/// The result of a restoration.
#[derive(Debug, PartialEq, Eq)]
pub struct Restoration {
    /// Where the database is that was there before; none if there was none.
    pub kept: Option<PathBuf>,
    /// How many migrations of this program the restored database lacks.
    pub pending: usize,
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct JournalMode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::File { path, error }
}

fn refused<T>(message: String) -> BackupResult<T> {
    Err(BackupError::Refused(message))
}

/// Writes a copy of the database `database` behind `conn` to `target`, as of one instant and checked, and returns its length in bytes. Other
/// processes may read and write meanwhile. An existing file is only replaced with `replaces`.
///
/// # Errors
/// [`BackupError::Refused`] when there is a file already or the copy turns out to be damaged. `target` is as before then.
pub fn back_up(conn: &mut Conn, database: &Path, target: &Path, replaces: bool) -> BackupResult<u64> {
    let target = std::path::absolute(target).map_err(at(target))?;
    let is_part = ["", "-wal", "-shm"]
        .iter()
        .any(|ending| is_same(&target, &beside(database, ending)));
    if is_part {
        return refused(format!(
            "{} is the database itself; name another file",
            target.display()
        ));
    }
    if std::fs::symlink_metadata(&target).is_ok_and(|there| !there.is_file()) {
        return refused(format!(
            "{} is there and is no regular file; name another one",
            target.display()
        ));
    }
    if target.exists() && !replaces {
        return refused(format!(
            "{} exists; name another file, or give --force",
            target.display()
        ));
    }
    let copy = temporary_beside(&target)?;
    let text = copy.path().to_str().ok_or_else(|| {
        let message = format!("the path {} is not valid UTF-8; name another file", target.display());
        BackupError::Refused(message)
    })?;
    let statement = format!("VACUUM INTO '{}'", text.replace('\'', "''"));
    conn.batch_execute(&statement).map_err(super::Error::from)?;
    sync(copy.path())?;
    if let Some(fault) = damage(copy.path())? {
        return refused(format!(
            "the database is damaged, and so would be its backup, which was not kept: {fault}"
        ));
    }
    let length = std::fs::metadata(copy.path()).map_err(at(&target))?.len();
    persist(copy, &target, replaces)?;
    Ok(length)
}

/// Puts a copy of the backup `source` in the place of the database `database`. What was there is kept beside it, with `suffix` behind its
/// name.
///
/// # Errors
/// [`BackupError::Refused`] when the backup is damaged, lacks parts, is not one of this program, or from a newer version, and when a process
/// has the database open. The database is as before then.
pub fn restore(source: &Path, database: &Path, suffix: &str) -> BackupResult<Restoration> {
    if is_same(source, database) {
        return refused(format!("{} is the database itself; name its backup", source.display()));
    }
    if std::fs::metadata(beside(source, "-wal")).is_ok_and(|log| log.len() > 0) {
        return refused(format!(
            "beside {0} is {0}-wal, so it is a database in use or a copy without its end, and no backup; make one with `sla-monitor backup`",
            source.display()
        ));
    }
    let database = database.canonicalize().or_else(|_| std::path::absolute(database));
    let database = database.map_err(at(source))?;
    let mut copy = temporary_beside(&database)?;
    let mut from = File::open(source).map_err(at(source))?;
    if !may_be_sqlite(&mut from).map_err(at(source))? {
        return refused(format!(
            "{} is no SQLite database; name a file made by `sla-monitor backup`",
            source.display()
        ));
    }
    io::copy(&mut from, copy.as_file_mut()).map_err(at(copy.path()))?;
    sync(copy.path())?;
    let pending = examine(copy.path(), source)?;
    give_to_owner(copy.path(), &database)?;
    let kept = take_place(copy, &database, suffix)?;
    Ok(Restoration { kept, pending })
}

/// Returns whether a file begins as SQLite databases do, or is empty; it is read from its beginning afterwards.
fn may_be_sqlite(file: &mut File) -> io::Result<bool> {
    let mut beginning = Vec::new();
    file.by_ref()
        .take(SQLITE_BEGINNING.len() as u64)
        .read_to_end(&mut beginning)?;
    file.rewind()?;
    Ok(beginning.is_empty() || beginning == SQLITE_BEGINNING)
}

/// Checks the copy of a backup and returns how many migrations it lacks.
fn examine(copy: &Path, source: &Path) -> BackupResult<usize> {
    let shown = source.display();
    if let Some(fault) = damage(copy)? {
        return refused(format!("{shown} cannot be restored: {fault}"));
    }
    let mut conn = connection::open_read_only(copy)?;
    for table in OURS {
        if !dialect::has_table(&mut conn, table)? {
            return refused(format!(
                "{shown} is no database of sla-monitor: it has no table {table}"
            ));
        }
    }
    let status = migrate::status(&mut conn)
        .map_err(|error| BackupError::Refused(format!("{shown} cannot be restored: {error}")))?;
    if status.iter().all(|migration| !migration.applied) {
        return refused(format!(
            "{shown} is no database of sla-monitor: it has none of its migrations"
        ));
    }
    let missing = missing_parts(&mut conn)?;
    if !missing.is_empty() {
        return refused(format!(
            "{shown} cannot be restored: parts of it are missing: {}; restore another backup",
            missing.join(", ")
        ));
    }
    Ok(status.iter().filter(|migration| !migration.applied).count())
}

/// Returns what a SQLite database lacks that it must have by the migrations that it has: earlier migrations, and tables, triggers and
/// indexes, each with its kind. What was added beside them does not matter.
pub fn missing_parts(conn: &mut Conn) -> super::Result<Vec<String>> {
    let newer = migrate::newer(conn)?;
    let (applied, pending): (Vec<_>, Vec<_>) = migrate::status(conn)?.into_iter().partition(|one| one.applied);
    let last = applied.iter().map(|one| &one.version).chain(&newer).max();
    let gaps = pending
        .iter()
        .filter(|one| last.is_some_and(|last| one.version < *last));
    let mut missing: Vec<String> = gaps.map(|one| format!("migration {}", one.name)).collect();
    if let Some(last) = applied.last() {
        let mut whole = connection::open(&DatabaseUrl::SqliteMemory)?;
        migrate::migrate(&mut whole, &MigrationTarget::To(last.version.clone()))?;
        let present = parts(conn)?;
        missing.extend(parts(&mut whole)?.difference(&present).cloned());
    }
    Ok(missing)
}

/// Returns the tables, triggers and indexes of a SQLite database, each with its kind.
fn parts(conn: &mut Conn) -> super::Result<BTreeSet<String>> {
    let query = sql_query("SELECT type || ' ' || name AS value FROM sqlite_master");
    Ok(query.load::<TextRow>(conn)?.into_iter().map(|row| row.value).collect())
}

/// Returns how a file that no other process has open is damaged; none if it is whole.
fn damage(path: &Path) -> BackupResult<Option<String>> {
    let mut conn = connection::open_read_only(path)?;
    let faults = match faults(&mut conn, "integrity_check") {
        Ok(faults) => faults,
        Err(error) => return Ok(Some(error.to_string())),
    };
    if !faults.is_empty() {
        return Ok(Some(faults.join("; ")));
    }
    let orphans = dialect::count_orphans(&mut conn)?;
    Ok((orphans > 0).then(|| format!("{orphans} rows refer to rows that do not exist")))
}

/// Runs `integrity_check` or `quick_check` on a SQLite database and returns the first few faults that it finds.
pub fn faults(conn: &mut Conn, check: &str) -> super::Result<Vec<String>> {
    let query = format!("SELECT {check} AS value FROM pragma_{check} LIMIT {FAULTS_MAX}");
    let rows = sql_query(query).load::<TextRow>(conn)?;
    let faults = rows.into_iter().map(|row| row.value.replace('\n', " "));
    Ok(faults.filter(|fault| fault != "ok").collect())
}

/// Puts the copy in the place of the database while no process has it open. What was there gets another name before.
fn take_place(copy: NamedTempFile, database: &Path, suffix: &str) -> BackupResult<Option<PathBuf>> {
    // Held until the new file is in place, so that no process begins to use the old one.
    let lock = if database.exists() { lock(database)? } else { None };
    let kept = with_suffix(database, suffix);
    for ending in ["-wal", "-shm"] {
        // Still there only if SQLite cannot read the file, or if the database was deleted without them.
        let part = beside(database, ending);
        if part.exists() {
            std::fs::rename(&part, with_suffix(&kept, ending)).map_err(at(&part))?;
        }
    }
    let had_database = database.exists();
    if had_database && std::fs::hard_link(database, &kept).is_err() {
        // Where there are no hard links there is a moment without a database, and nothing is lost in it.
        std::fs::rename(database, &kept).map_err(at(database))?;
    }
    persist(copy, database, true)?;
    drop(lock);
    Ok(had_database.then_some(kept))
}

/// Locks a database that no other process has open, its write-ahead log emptied into it. None for a file that SQLite cannot read, which no
/// process can use either.
fn lock(database: &Path) -> BackupResult<Option<Conn>> {
    let in_use = || {
        let message = format!(
            "{} is in use; stop the server and every other program that has it open, then restore",
            database.display()
        );
        BackupError::Refused(message)
    };
    let is_locked = |error: &diesel::result::Error| error.to_string().contains("locked");
    let mut conn = connection::open_plain(database)?;
    let mode = sql_query("PRAGMA journal_mode = DELETE").get_result::<JournalMode>(&mut conn);
    match mode {
        Ok(mode) if mode.journal_mode == "delete" => {}
        Ok(_) => return Err(in_use()),
        Err(error) if is_locked(&error) => return Err(in_use()),
        Err(error) => {
            tracing::warn!(%error, "the database that is replaced cannot be read; it is kept as it is");
            return Ok(None);
        }
    }
    match conn.batch_execute("BEGIN EXCLUSIVE") {
        Ok(()) => Ok(Some(conn)),
        Err(error) if is_locked(&error) => Err(in_use()),
        Err(error) => Err(super::Error::from(error).into()),
    }
}

/// Creates an empty file beside `target` that only its owner may read, deleted when it is dropped.
fn temporary_beside(target: &Path) -> BackupResult<NamedTempFile> {
    let folder = folder(target);
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.");
    let builder = Builder::new().prefix(&prefix).suffix(".tmp").tempfile_in(folder);
    builder.map_err(at(folder))
}

/// Gives a file its name, and waits until that is on the disk.
fn persist(copy: NamedTempFile, target: &Path, replaces: bool) -> BackupResult<()> {
    let done = if replaces {
        copy.persist(target)
    } else {
        copy.persist_noclobber(target)
    };
    done.map_err(|failed| at(target)(failed.error))?;
    sync(folder(target))
}

/// Waits until a file, or the names in a folder, are on the disk.
fn sync(path: &Path) -> BackupResult<()> {
    File::open(path).and_then(|opened| opened.sync_all()).map_err(at(path))
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn is_same(one: &Path, other: &Path) -> bool {
    let one = file::identity(one);
    one.is_some() && one == file::identity(other)
}

/// Gives the new file to whom the old one belongs, or to the owner of the folder: root restores what another user serves.
#[cfg(unix)]
fn give_to_owner(copy: &Path, database: &Path) -> BackupResult<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let owner = std::fs::metadata(database).or_else(|_| std::fs::metadata(folder(database)));
    let owner = owner.map_err(at(database))?;
    let own = std::fs::metadata(copy).map_err(at(copy))?;
    if (own.uid(), own.gid()) == (owner.uid(), owner.gid()) {
        return Ok(());
    }
    chown(copy, Some(owner.uid()), Some(owner.gid())).map_err(at(copy))
}

#[cfg(not(unix))]
fn give_to_owner(_copy: &Path, _database: &Path) -> BackupResult<()> {
    Ok(())
}
