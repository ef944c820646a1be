//! How a pool follows the name of its SQLite file: once another file has the name, or the log is another one, every connection to the
//! former is closed before one to the new file is opened. SQLite keeps one index for all connections to one name, so files do not mix.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{DedicatedConn, Pool};
use crate::db::conn::Conn;
use crate::db::error::{Error, Result};
use crate::db::url::DatabaseUrl;
use crate::db::{file, migrate, mismatch};

/// How long a caller waits until the connections to the former file are closed.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(2);

/// Where a dedicated connection waits between two uses. The pool takes it away when the file behind it is another one.
#[derive(Clone, Default)]
pub struct IdleSlot(Arc<Mutex<Option<DedicatedConn>>>);

impl IdleSlot {
    /// Takes the connection out, if there is one.
    pub fn take(&self) -> Option<DedicatedConn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Stores a connection until it is used again.
    pub fn put(&self, conn: DedicatedConn) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(conn);
    }
}

impl Pool {
    /// Watches the SQLite file for being written over in place, as `cp` does it. For processes that serve: it takes two more handles for each file.
    pub fn watch_content(&self) {
        file::watch_content();
    }

    /// Returns an empty slot for a dedicated connection.
    pub fn idle_slot(&self) -> IdleSlot {
        let slot = IdleSlot::default();
        let mut idle_slots = self.0.idle_slots.lock().unwrap_or_else(PoisonError::into_inner);
        idle_slots.retain(|slot| slot.strong_count() > 0);
        idle_slots.push(Arc::downgrade(&slot.0));
        slot
    }

    /// Renews the pool if its file is no longer the one that the connections have open, and waits until these are closed.
    pub(super) fn follow_file(&self) -> Result<()> {
        let DatabaseUrl::SqliteFile(path) = &self.0.url else {
            return Ok(());
        };
        let Some(fault) = file::find_fault(path) else {
            return Ok(());
        };
        self.renew_for_file(&fault.reason)?;
        match file::wait_until_closed(path, Instant::now() + CLOSING_TIMEOUT) {
            Some(fault) if fault.must_wait => Err(Error::FileChanged(fault.reason)),
            _ => Ok(()),
        }
    }

    /// Renews the pool once, for all callers that find the same reason.
    fn renew_for_file(&self, reason: &str) -> Result<()> {
        let mut renewed = self.renewed_for_file();
        let generation = self.generation();
        // A generation that began for this reason opens no connection before the former ones are closed.
        if *renewed != Some(generation) {
            self.renew(generation, reason)?;
            self.0.is_unchecked.store(true, Ordering::Release);
            *renewed = Some(self.generation());
        }
        let idle_slots = self.0.idle_slots.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in idle_slots.iter().filter_map(std::sync::Weak::upgrade) {
            drop(IdleSlot(slot).take());
        }
        Ok(())
    }

    fn renewed_for_file(&self) -> MutexGuard<'_, Option<u64>> {
        self.0.renewed_for_file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the schema checked when the next connection is checked out, because it may have been migrated.
    pub fn recheck_schema(&self) {
        self.0.is_unchecked.store(true, Ordering::Release);
    }

    /// Checks the schema if that is due: another file took its place, it was migrated, or a table or
    /// column was missing.
    ///
    /// # Errors
    /// [`Error::Schema`] when the database is of another version.
    pub fn check_schema(&self, conn: &mut Conn) -> Result<()> {
        if mismatch::take() {
            self.recheck_schema();
        }
        if !self.0.is_unchecked.load(Ordering::Acquire) {
            return Ok(());
        }
        // There is a connection, so the next file that takes its place is followed as well.
        *self.renewed_for_file() = None;
        let checked = migrate::ensure_current(conn);
        let mut fault = self.schema_fault_place();
        match checked {
            Ok(_) => {
                *fault = None;
                self.0.is_unchecked.store(false, Ordering::Release);
                Ok(())
            }
            Err(error) => {
                if let Error::Schema(reason) = &error {
                    *fault = Some(reason.clone());
                }
                Err(error)
            }
        }
    }

    /// Returns why the schema cannot be used by this version of the program; none if it can be.
    pub fn schema_fault(&self) -> Option<String> {
        self.schema_fault_place().clone()
    }

    /// Returns whether the schema cannot be used as far as is known, or a table or column was missing since it was checked.
    pub fn is_schema_doubtful(&self) -> bool {
        mismatch::is_suspected() || self.schema_fault_place().is_some()
    }

    fn schema_fault_place(&self) -> MutexGuard<'_, Option<String>> {
        self.0.schema_fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
