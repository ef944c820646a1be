//! The files of a SQLite database: whether they are whole, whether there is room beside them, and whether other users can read them.

use std::path::{Path, PathBuf};

use super::{Finding, is_readable_by_others};
use crate::db::url::DatabaseUrl;
use crate::db::{self, Conn, backup};

/// Room that there should be beside a small database.
const ROOM_MIN: u64 = 64 * 1024 * 1024;

/// Finds damage within the database, by SQLite's own quick check.
pub(super) fn damage(url: &DatabaseUrl, conn: &mut Conn) -> Option<Finding> {
    if matches!(url, DatabaseUrl::Postgres(_)) {
        return None;
    }
    let fault = match backup::faults(conn, "quick_check") {
        Ok(faults) if faults.is_empty() => return None,
        Ok(faults) => faults.join("; "),
        Err(error) => error.to_string(),
    };
    Some(damaged(&fault))
}

/// Returns the finding for a database that cannot be opened: damage, where SQLite cannot read the file.
pub(super) fn unopened(error: &db::Error) -> Finding {
    let message = error.to_string();
    if message.contains("malformed") {
        return damaged(&message);
    }
    Finding {
        id: "database.E001",
        message,
    }
}

/// Finds which tables, triggers and indexes a SQLite database lacks; none if it has all.
pub(super) fn missing_parts(url: &DatabaseUrl, conn: &mut Conn) -> db::Result<Option<Finding>> {
    if matches!(url, DatabaseUrl::Postgres(_)) {
        return Ok(None);
    }
    let missing = backup::missing_parts(conn)?;
    Ok((!missing.is_empty()).then(|| Finding {
        id: "database.E005",
        message: format!(
            "parts of the database are missing: {}; stop the server and restore a backup",
            missing.join(", ")
        ),
    }))
}

fn damaged(fault: &str) -> Finding {
    Finding {
        id: "database.E004",
        message: format!("the database is damaged ({fault}); stop the server and restore a backup"),
    }
}

/// Warns where there is less room beside the database than it takes itself, as a backup or a large change may need.
pub(super) fn room(url: &DatabaseUrl) -> Option<Finding> {
    let DatabaseUrl::SqliteFile(path) = url else {
        return None;
    };
    let free = free_bytes(path)?;
    let size = std::fs::metadata(path).ok()?.len();
    (free < size.max(ROOM_MIN)).then(|| Finding {
        id: "database.W001",
        message: format!(
            "{} MiB are free beside the database, which has {} MiB; make room before the disk is full",
            free >> 20,
            size >> 20
        ),
    })
}

/// Finds files of the database that other users can read or write.
pub(super) fn modes(url: &DatabaseUrl) -> Vec<Finding> {
    let DatabaseUrl::SqliteFile(path) = url else {
        return Vec::new();
    };
    let parts = ["", "-wal", "-shm"].map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    });
    let open = parts.into_iter().filter(|part| is_readable_by_others(part));
    let finding = |part: PathBuf| Finding {
        id: "deploy.E002",
        message: format!(
            "{} can be read by other users, and holds the hashes of passwords; chmod 600 it",
            part.display()
        ),
    };
    open.map(finding).collect()
}

/// Returns the room for what this user writes beside a file; none if the system does not say.
#[cfg(unix)]
fn free_bytes(path: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(path).ok()?;
    Some(space.f_bavail.saturating_mul(space.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_path: &Path) -> Option<u64> {
    None
}
