//! The files behind SQLite connections: which ones this process has open, and whether they are still those under their names.
//!
//! SQLite goes on with a file that was renamed, replaced or deleted, and with a write-ahead log that was deleted; what it then
//! acknowledges is lost. And a new file beside the log of the former one is damaged by it. Hence files are compared by device, inode and
//! time of birth, and a file is opened anew only once every connection to the former one is closed.
//!
//! No database file is closed here that was opened beside SQLite: that would drop the locks that SQLite has on it in this process.

#[cfg(unix)]
mod content;

use std::collections::BTreeMap;
use std::fs::{Metadata, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

#[cfg(unix)]
use content::FileContent;

/// What a log that belongs to a file that was replaced is called, behind the name of the database file.
const SET_ASIDE: &str = "-wal.of-replaced-file";

/// How long a file that was written over must not change before it is opened again.
const UNCHANGED_MIN: Duration = Duration::from_secs(1);

/// What tells one file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    /// Nanoseconds since the epoch, where the file system knows: an inode is used again for another file.
    born: Option<u128>,
}

/// What the connections of this process have open under one name.
struct OpenFile {
    file: Identity,
    /// The write-ahead log; none while it does not exist.
    wal: Option<Identity>,
    wal_path: PathBuf,
    connections: usize,
    #[cfg(unix)]
    content: Option<FileContent>,
    /// Whether the file was written over, so that its log does not belong to its content.
    is_overwritten: bool,
    /// The length and the nanosecond of the last change of a file that was written over, and when they were first seen.
    unchanged_since: Option<(u64, Option<u128>, Instant)>,
}

/// Whether files are watched for being written over. That takes two more handles for each file.
static WATCHES_CONTENT: AtomicBool = AtomicBool::new(false);

/// Watches the files that connections are opened to from here on for being written over.
pub(super) fn watch_content() {
    WATCHES_CONTENT.store(true, Ordering::Relaxed);
}

static OPENED: LazyLock<Mutex<BTreeMap<PathBuf, OpenFile>>> = LazyLock::new(Mutex::default);

/// Notified whenever a connection to a file was closed.
static CLOSED: Condvar = Condvar::new();

fn opened() -> MutexGuard<'static, BTreeMap<PathBuf, OpenFile>> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection's hold on a file; the connection is closed when it is dropped.
#[derive(Debug)]
pub(super) struct FileHold {
    path: PathBuf,
}

impl FileHold {
    /// Registers a connection that is about to be opened. With `may_create` a file that is not there is made, for its owner alone.
    ///
    /// # Errors
    /// In words: the file was deleted, cannot be created, or is not the one that connections of this process still have open.
    pub(super) fn register(path: &Path, may_create: bool) -> Result<Self, String> {
        let path = std::path::absolute(path).map_err(|error| error.to_string())?;
        let mut all = opened();
        if let Some(known) = all.get_mut(&path).filter(|known| known.connections > 0) {
            if let Some(fault) = fault(&path, known) {
                return Err(format!("{fault}; it is opened anew when its last connection is closed"));
            }
            known.connections += 1;
            return Ok(Self { path });
        }
        if may_create {
            create(&path)?;
        }
        let file = identity(&path).ok_or_else(|| deleted(&path))?;
        if let Some(former) = all.get(&path).filter(|former| former.file != file) {
            set_log_aside(&path, former)?;
        }
        let now = OpenFile {
            file,
            wal: None,
            wal_path: beside(&path, "-wal"),
            connections: 1,
            #[cfg(unix)]
            content: None,
            is_overwritten: false,
            unchanged_since: None,
        };
        all.insert(path.clone(), now);
        Ok(Self { path })
    }

    /// Says why the file is no longer the one that was opened; none if it is. The log is noted once it is there.
    pub(super) fn fault(&self) -> Option<String> {
        let mut all = opened();
        let known = all.get_mut(&self.path)?;
        // The log is noted as that of the file only while the file is known to be the one that was opened.
        if known.wal.is_none() && identity(&self.path) == Some(known.file) {
            known.wal = identity(&known.wal_path);
        }
        fault(&self.path, known)
    }
}

impl Drop for FileHold {
    fn drop(&mut self) {
        if let Some(known) = opened().get_mut(&self.path) {
            known.connections = known.connections.saturating_sub(1);
        }
        CLOSED.notify_all();
    }
}

/// Why the connections to a file cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileFault {
    /// Why, in words.
    pub(super) reason: String,
    /// How many connections to the former file are open.
    pub(super) connections: usize,
    /// Whether others cannot be opened yet.
    pub(super) must_wait: bool,
}

/// Says whether the connections of this process have, or had, a file open that is no longer the one under its name.
pub(super) fn find_fault(path: &Path) -> Option<FileFault> {
    let path = std::path::absolute(path).ok()?;
    fault_among(&mut opened(), &path)
}

/// Waits until no connection of this process has a file open that is no longer the one under its name, at most until `deadline`. Returns
/// what is still wrong then.
pub(super) fn wait_until_closed(path: &Path, deadline: Instant) -> Option<FileFault> {
    let path = std::path::absolute(path).ok()?;
    let mut all = opened();
    loop {
        let fault = fault_among(&mut all, &path)?;
        let left = deadline.saturating_duration_since(Instant::now());
        if fault.connections == 0 || left.is_zero() {
            return Some(fault);
        }
        all = CLOSED.wait_timeout(all, left).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn fault_among(all: &mut BTreeMap<PathBuf, OpenFile>, path: &Path) -> Option<FileFault> {
    let known = all.get_mut(path)?;
    let connections = known.connections;
    if connections > 0 {
        return fault(path, known).map(|reason| FileFault {
            reason,
            connections,
            must_wait: true,
        });
    }
    let is_other = identity(path) != Some(known.file);
    if !is_other && !known.is_overwritten {
        return None;
    }
    Some(FileFault {
        reason: if is_other { changed(path) } else { overwritten(path) },
        connections,
        must_wait: !path.exists() || (known.is_overwritten && !known.is_unchanged(path)),
    })
}

fn fault(path: &Path, known: &mut OpenFile) -> Option<String> {
    if identity(path) != Some(known.file) {
        return Some(changed(path));
    }
    if known.wal.is_some_and(|wal| identity(&known.wal_path) != Some(wal)) {
        return Some(format!(
            "{}, which is a part of the database, was deleted or replaced",
            known.wal_path.display()
        ));
    }
    known.look_at_content(path);
    known.is_overwritten.then(|| overwritten(path))
}

impl OpenFile {
    /// Finds out whether the file was written over. If so, its log is emptied before SQLite can apply it to the new content.
    #[cfg(unix)]
    fn look_at_content(&mut self, path: &Path) {
        if self.wal.is_none() || !WATCHES_CONTENT.load(Ordering::Relaxed) {
            return;
        }
        let Some(content) = &mut self.content else {
            self.content = FileContent::watch(path, &beside(path, "-shm"));
            return;
        };
        let was_overwritten = self.is_overwritten;
        if !was_overwritten && !content.is_overwritten() {
            return;
        }
        self.is_overwritten = true;
        // Again at every look: a commit that was under way at the first one has put its end of the log into the index.
        match content.discard_log(&self.wal_path) {
            Ok(()) if was_overwritten => {}
            Ok(()) => tracing::error!(
                file = %path.display(),
                "the database file was written over; its write-ahead log was emptied, because it belonged to what was there before"
            ),
            Err(error) => {
                tracing::error!(%error, log = %self.wal_path.display(), "the log of a file that was written over was not emptied");
            }
        }
    }

    #[cfg(not(unix))]
    fn look_at_content(&mut self, _path: &Path) {}

    /// Returns whether a file that was written over has not changed for a while.
    fn is_unchanged(&mut self, path: &Path) -> bool {
        let metadata = std::fs::metadata(path).ok();
        let length = metadata.as_ref().map_or(0, Metadata::len);
        let modified = metadata.and_then(|metadata| metadata.modified().ok());
        let modified = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        let now = (length, modified.map(|modified| modified.as_nanos()));
        match self.unchanged_since {
            Some((length, modified, since)) if (length, modified) == now => since.elapsed() >= UNCHANGED_MIN,
            _ => {
                self.unchanged_since = Some((now.0, now.1, Instant::now()));
                false
            }
        }
    }
}

fn overwritten(path: &Path) -> String {
    format!("the database file {} was written over", path.display())
}

fn changed(path: &Path) -> String {
    if path.exists() {
        format!("the database file {} was replaced by another one", path.display())
    } else {
        deleted(path)
    }
}

fn deleted(path: &Path) -> String {
    format!("the database file {} was deleted", path.display())
}

/// Renames the log of a file that is no longer there, so that SQLite does not apply it to the one that took its place.
fn set_log_aside(path: &Path, former: &OpenFile) -> Result<(), String> {
    // A link that leads elsewhere now has left the former file and its log as they are, and others may use them.
    if beside(path, "-wal") != former.wal_path {
        return Ok(());
    }
    if former.wal.is_none() || identity(&former.wal_path) != former.wal {
        return Ok(());
    }
    let aside = beside(path, SET_ASIDE);
    std::fs::rename(&former.wal_path, &aside)
        .map_err(|error| format!("{} cannot be renamed: {error}", former.wal_path.display()))?;
    tracing::warn!(
        log = %aside.display(),
        "the database file was replaced without its write-ahead log, which was renamed because it belongs to the former file"
    );
    match std::fs::remove_file(beside(path, "-shm")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("the index of the former log cannot be deleted: {error}"))
        }
        _ => Ok(()),
    }
}

/// Returns the path of a file that SQLite keeps beside a database, which is beside the file that a link leads to.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = real.into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

/// Creates an empty file that only its owner may read, if there is none; SQLite gives the files beside it the same mode.
fn create(path: &Path) -> Result<(), String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Returns what tells the file from others; none if it is not there.
pub(super) fn identity(path: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(path).ok()?;
    let (device, inode) = place(&metadata);
    let born = metadata
        .created()
        .ok()
        .and_then(|born| born.duration_since(UNIX_EPOCH).ok());
    Some(Identity {
        device,
        inode,
        born: born.map(|born| born.as_nanos()),
    })
}

#[cfg(unix)]
fn place(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Returns nothing that identifies a file: without inodes only the time of creation does.
#[cfg(not(unix))]
fn place(_metadata: &Metadata) -> (u64, u64) {
    (0, 0)
}
