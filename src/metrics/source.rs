//! Where snapshots come from. The metrics know no database; they know this.

use std::sync::Arc;
use std::time::Duration;

use crate::metrics::state::snapshot::Snapshot;

/// Where the newest snapshot comes from.
pub trait SnapshotSource: Send + 'static {
    /// Returns the snapshot of a data version that includes every change committed before the call. When nothing has changed it is the
    /// same [`Arc`] as the time before. No query in it lasts longer than `limit`, where the database can promise that.
    ///
    /// # Errors
    /// When the database did not answer. The snapshot of the call before stays true as far as it went.
    fn refresh(&mut self, limit: Duration) -> Result<(Arc<Snapshot>, Refresh), SourceError>;

    /// Returns whether the source takes changes, as of the last refresh. Asks nothing that could wait.
    fn is_writable(&self) -> bool {
        true
    }

    /// Does what need not come before an answer. It is called after each refresh that went well, once the scrapes that asked for it have
    /// been answered, and has to be short, because the next request waits for it; no query in it lasts longer than `limit`. Returns
    /// whether a refresh should follow at once, because the last snapshot turned out not to be true.
    fn idle(&mut self, _limit: Duration) -> bool {
        false
    }

    /// Returns what takes over when a call of this source does not come back; nothing if that cannot happen.
    fn standby(&self) -> Option<Arc<dyn Standby>> {
        None
    }
}

/// Watches a source from other threads.
pub trait Standby: Send + Sync {
    /// Returns whether the source is in a call that does not come back.
    fn is_stuck(&self) -> bool;

    /// Makes a source that takes the place of the one that is stuck.
    fn source(&self) -> Box<dyn SnapshotSource>;
}

impl<S: SnapshotSource + ?Sized> SnapshotSource for Box<S> {
    fn refresh(&mut self, limit: Duration) -> Result<(Arc<Snapshot>, Refresh), SourceError> {
        (**self).refresh(limit)
    }

    fn is_writable(&self) -> bool {
        (**self).is_writable()
    }

    fn idle(&mut self, limit: Duration) -> bool {
        (**self).idle(limit)
    }

    fn standby(&self) -> Option<Arc<dyn Standby>> {
        (**self).standby()
    }
}

/// How a snapshot came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// The data version has not moved.
    Unchanged,
    /// Only rows that changed were read.
    Delta,
    /// Everything was read.
    Full,
}

/// Why there is no newer snapshot.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);
