//! A value that follows from the data and the time zone data, made once for each state of them. Only of tables of which each change moves the data
//! version: labels are none of them on SQLite, where it moves with the components that have a label.

use std::sync::{Arc, Mutex, Weak};

use super::model::{DataState, ReadModel};
use super::newest::lock;
use crate::db::{Conn, Result, dialect};
use crate::zones::{self, Zones};

/// The value of the newest state for which it was made.
pub struct PerState<T>(Mutex<Option<MadeValue<T>>>);

/// A value, and what it was made of.
struct MadeValue<T> {
    /// The read model itself: one that is read anew at the same version has schedules at other places, or rows that no trigger saw.
    model: Weak<ReadModel>,
    zones: Arc<Zones>,
    value: Arc<T>,
}

impl<T> Default for PerState<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> PerState<T> {
    /// Returns the value of a state of the read model, made by `make` if none is kept. What was made in a transaction, or while the data went on, is
    /// not kept.
    ///
    /// # Errors
    /// Those of `make` and of the query of the version.
    pub fn of(
        &self,
        conn: &mut Conn,
        model: &Arc<ReadModel>,
        make: impl FnOnce(&mut Conn) -> Result<T>,
    ) -> Result<Arc<T>> {
        let zones = zones::current();
        if let Some(kept) = self.kept(model, &zones) {
            return Ok(kept);
        }
        let value = Arc::new(make(conn)?);
        if !dialect::is_in_transaction(conn) && DataState::of(conn)? == *model.state() {
            let (model, value) = (Arc::downgrade(model), Arc::clone(&value));
            *lock(&self.0) = Some(MadeValue { model, zones, value });
        }
        Ok(value)
    }

    fn kept(&self, model: &Arc<ReadModel>, zones: &Arc<Zones>) -> Option<Arc<T>> {
        let is_of = |kept: &&MadeValue<T>| {
            std::ptr::eq(kept.model.as_ptr(), Arc::as_ptr(model)) && Arc::ptr_eq(&kept.zones, zones)
        };
        let kept = lock(&self.0);
        kept.as_ref().filter(is_of).map(|kept| Arc::clone(&kept.value))
    }
}
