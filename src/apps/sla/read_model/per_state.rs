//! A value that follows from the data and the time zone data, made once for each state of them. Only of tables of which each change moves the data
//! version: labels are none of them on SQLite, where it moves with the components that have a label.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::model::DataState;
use crate::db::{Conn, Result, dialect};
use crate::zones::{self, Zones};

/// The value of the newest state for which it was made.
pub struct PerState<T>(Mutex<Option<MadeValue<T>>>);

/// A value, and what it was made of.
struct MadeValue<T> {
    state: DataState,
    zones: Arc<Zones>,
    value: Arc<T>,
}

impl<T> Default for PerState<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> PerState<T> {
    /// Returns the value of a state of the data, made by `make` if none is kept. What was made in a transaction, or while the data went on, is not
    /// kept.
    ///
    /// # Errors
    /// Those of `make` and of the query of the version.
    pub fn of(&self, conn: &mut Conn, state: &DataState, make: impl FnOnce(&mut Conn) -> Result<T>) -> Result<Arc<T>> {
        let zones = zones::current();
        if let Some(kept) = self.kept(state, &zones) {
            return Ok(kept);
        }
        let value = Arc::new(make(conn)?);
        if !dialect::is_in_transaction(conn) && DataState::of(conn)? == *state {
            let (state, value) = (state.clone(), Arc::clone(&value));
            *self.lock() = Some(MadeValue { state, zones, value });
        }
        Ok(value)
    }

    fn kept(&self, state: &DataState, zones: &Arc<Zones>) -> Option<Arc<T>> {
        let kept = self.lock();
        let kept = kept
            .as_ref()
            .filter(|kept| kept.state == *state && Arc::ptr_eq(&kept.zones, zones));
        kept.map(|kept| Arc::clone(&kept.value))
    }

    fn lock(&self) -> MutexGuard<'_, Option<MadeValue<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
