//! Bytes in a file, because the system sends a file without copying it: that is half of the price of a large answer.
//!
//! The file has no name, so nobody else can change or find it, and it is gone with the last answer that sends it, or with the
//! program. It is written once, and read from the system's cache of files. The system writes it to the disk if it lasts longer than
//! about half a minute.

use std::fs::File;
use std::io::{BufWriter, IntoInnerError, Result, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

/// A folder for temporary files that outlast the system's end (Filesystem Hierarchy Standard 3.0, section 5.15), so it is on a disk.
const ON_DISK: &str = "/var/tmp";

/// How many bytes are written at a time: the system keeps them together in memory, and sends few large parts sooner than many small ones.
const AT_ONCE: usize = 1024 * 1024;

/// Bytes in a file.
#[derive(Debug)]
pub struct Spool {
    file: File,
    length: u64,
    is_broken: AtomicBool,
}

/// A piece of an answer.
#[derive(Clone, Debug)]
pub enum Piece {
    /// In memory.
    Bytes(Bytes),
    /// In a file.
    Spool(Arc<Spool>),
}

impl Spool {
    /// Writes the pieces, one after the other, into a file in the folder that `TMPDIR` names; without it in `/var/tmp`, which is on
    /// a disk where `/tmp` may be in memory, or in `/tmp`.
    ///
    /// # Errors
    /// The system's: no such folder, no right to write there, no room.
    pub fn write(pieces: &[Bytes]) -> Result<Self> {
        let mut writer = BufWriter::with_capacity(AT_ONCE, unnamed_file()?);
        let mut length = 0;
        for piece in pieces {
            writer.write_all(piece)?;
            length += piece.len() as u64;
        }
        let file = writer.into_inner().map_err(IntoInnerError::into_error)?;
        Ok(Self {
            file,
            length,
            is_broken: AtomicBool::new(false),
        })
    }

    /// Returns the file. Its position says nothing.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Returns how many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns whether it could not be sent.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    /// It could not be sent: no other answer should try that.
    pub fn give_up(&self, reason: &impl std::fmt::Display) {
        if !self.is_broken.swap(true, Ordering::Relaxed) {
            tracing::warn!(%reason, "a page could not be sent from its temporary file; it is sent from memory now");
        }
    }
}

fn unnamed_file() -> Result<File> {
    if std::env::var_os("TMPDIR").is_some_and(|folder| !folder.is_empty()) {
        return tempfile::tempfile();
    }
    tempfile::tempfile_in(ON_DISK).or_else(|_| tempfile::tempfile())
}

impl Piece {
    /// Returns how many bytes it has.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Spool(spool) => spool.length(),
        }
    }
}
