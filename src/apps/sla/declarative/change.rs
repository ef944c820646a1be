//! Changes of objects.

use crate::apps::sla::stored::Stored;

/// A change of one object.
#[derive(Clone, Debug)]
pub enum ObjectChange<S> {
    /// Make it.
    Add(S),
    /// Turn `before` into `after`.
    Update {
        /// The row's key.
        id: i64,
        /// The version of `before`.
        version: i64,
        /// What is.
        before: S,
        /// What is to be.
        after: S,
    },
    /// Delete it.
    Delete {
        /// The row's key.
        id: i64,
        /// The version of `before`.
        version: i64,
        /// What is.
        before: S,
    },
}

/// How many objects a plan adds, changes and deletes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// Objects that are added.
    pub added: usize,
    /// Objects that are changed.
    pub changed: usize,
    /// Objects that are deleted.
    pub deleted: usize,
}

impl<S: PartialEq> ObjectChange<S> {
    /// Returns the change from a stored state, if there is one, to `after`; nothing if they are the same. What could only be read in part is
    /// written anew in any case.
    #[must_use]
    pub fn between(stored: Option<Stored<S>>, after: S) -> Option<Self> {
        match stored {
            None => Some(Self::Add(after)),
            Some(stored) if stored.unreadable.is_none() && stored.state == after => None,
            Some(stored) => Some(Self::Update {
                id: stored.id,
                version: stored.version,
                before: stored.state,
                after,
            }),
        }
    }

    /// Returns what the object is to be; nothing for one that is deleted.
    #[must_use]
    pub fn after(&self) -> Option<&S> {
        match self {
            Self::Add(after) | Self::Update { after, .. } => Some(after),
            Self::Delete { .. } => None,
        }
    }

    /// Returns the deletion of what is stored.
    #[must_use]
    pub fn deletion(stored: Stored<S>) -> Self {
        Self::Delete {
            id: stored.id,
            version: stored.version,
            before: stored.state,
        }
    }
}

impl ChangeCounts {
    /// Counts changes as well.
    pub fn add<S>(&mut self, changes: &[ObjectChange<S>]) {
        for change in changes {
            match change {
                ObjectChange::Add(_) => self.added += 1,
                ObjectChange::Update { .. } => self.changed += 1,
                ObjectChange::Delete { .. } => self.deleted += 1,
            }
        }
    }
}
