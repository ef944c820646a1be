//! Whether a database file was written over in place, as `cp` does it: its content changed, and it was no checkpoint of SQLite that changed it.
//!
//! While connections are open, SQLite writes to the file itself only in checkpoints, and notes in the index of the log how far it came:
//! before it begins what it attempts, behind the end what it did (<https://sqlite.org/walformat.html#the_wal_index_file_format>). A change
//! of the file without a change of that note was made by another program.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

/// The bytes that a database file begins with: its size, the count of its changes, the version of its schema.
const HEADER: usize = 100;

/// Where the index of the log has its note, and how long it is with all before it.
const SALT: usize = 32;
const BACKFILLED: usize = 96;
const ATTEMPTED: usize = 128;
const NOTED: usize = 132;

/// How far checkpoints are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Checkpoint {
    salt: [u8; 8],
    backfilled: [u8; 4],
    attempted: [u8; 4],
}

/// What was seen of a file, and how far checkpoints were before that.
#[derive(Clone, Copy, Debug)]
struct FileLook {
    checkpoint: Checkpoint,
    modified: (i64, i64, u64),
    header: [u8; HEADER],
}

/// A database file that is looked at from time to time.
#[derive(Debug)]
pub(super) struct FileContent {
    /// Open for as long as any connection to the file is: closing any handle to a file drops all locks of the process on it, SQLite's too.
    file: File,
    index: File,
    seen: FileLook,
}

impl FileContent {
    /// Begins to look at a file that has an index; none if either cannot be read.
    pub(super) fn watch(file: &Path, index: &Path) -> Option<Self> {
        let file = File::open(file).ok()?;
        let index = OpenOptions::new().read(true).write(true).open(index).ok()?;
        let seen = look(&file, &index)?;
        Some(Self { file, index, seen })
    }

    /// Empties the log and clears its index, so that the next reader finds a log without content. Without the latter the next checkpoint would
    /// copy what is no longer in the log.
    pub(super) fn discard_log(&self, log: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).open(log)?.set_len(0)?;
        self.index.write_all_at(&[0; BACKFILLED], 0)
    }

    /// Returns whether another program has written over the file since the last look. Touching the file alone does not count.
    pub(super) fn is_overwritten(&mut self) -> bool {
        let Some(now) = look(&self.file, &self.index) else {
            return false;
        };
        let before = std::mem::replace(&mut self.seen, now);
        if now.modified == before.modified {
            return false;
        }
        // Looked at again, because a checkpoint may have begun and ended while the file was looked at.
        let is_explained = now.checkpoint != before.checkpoint
            || now.checkpoint.is_under_way()
            || checkpoint(&self.index) != Some(now.checkpoint);
        let is_changed = now.modified.2 != before.modified.2 || now.header != before.header;
        !is_explained && is_changed
    }
}

impl Checkpoint {
    /// Returns whether one has begun and not ended.
    fn is_under_way(&self) -> bool {
        self.backfilled != self.attempted
    }
}

fn look(file: &File, index: &File) -> Option<FileLook> {
    let checkpoint = checkpoint(index)?;
    let metadata = file.metadata().ok()?;
    let mut header = [0; HEADER];
    // A file that was cut off has none.
    if file.read_exact_at(&mut header, 0).is_err() {
        header = [0; HEADER];
    }
    Some(FileLook {
        checkpoint,
        modified: (metadata.mtime(), metadata.mtime_nsec(), metadata.size()),
        header,
    })
}

fn checkpoint(index: &File) -> Option<Checkpoint> {
    let mut noted = [0; NOTED];
    index.read_exact_at(&mut noted, 0).ok()?;
    let part = |at: usize| noted[at..at + 4].try_into().ok();
    Some(Checkpoint {
        salt: noted[SALT..SALT + 8].try_into().ok()?,
        backfilled: part(BACKFILLED)?,
        attempted: part(ATTEMPTED)?,
    })
}
