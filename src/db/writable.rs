//! Whether the database takes changes, found out without writing anything.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{Access, StatVfs};

/// How long a refused change counts: only another change would show that the reason no longer exists.
const REFUSAL_COUNTS: Duration = Duration::from_secs(30);

/// The least room on the disk of a SQLite file, in bytes: a few pages and the log's index.
const ROOM_MIN: u64 = 256 * 1024;

/// When the database last refused a change because it is full or read-only.
static REFUSED: Mutex<Option<Instant>> = Mutex::new(None);

/// Notes that the database refused a change because it is full or read-only.
pub(super) fn refused() {
    *REFUSED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
}

/// Returns whether no change was refused lately.
fn is_unrefused() -> bool {
    let refused = *REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    refused.is_none_or(|at| at.elapsed() >= REFUSAL_COUNTS)
}

/// Returns whether changes are taken, as far as the file of a SQLite database tells, and as the last changes were.
///
/// The file is not opened for that: closing it would end the locks that SQLite holds on it.
pub(super) fn is_writable(file: Option<&Path>) -> bool {
    is_unrefused() && file.is_none_or(is_file_writable)
}

fn is_file_writable(file: &Path) -> bool {
    // The log and its index are beside the file that a link leads to.
    let Ok(file) = file.canonicalize() else {
        return false;
    };
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let may_write = |path: &Path| rustix::fs::access(path, Access::WRITE_OK).is_ok();
    let has_room =
        rustix::fs::statvfs(folder).is_ok_and(|disk: StatVfs| disk.f_bavail.saturating_mul(disk.f_frsize) >= ROOM_MIN);
    may_write(&file) && may_write(folder) && has_room
}
