//! What the models of files share when rows come in through the admin: the readers and the plan of `apply`, but row by row, so that
//! every row that is refused is reported, and not the first alone.

mod fault;
mod meant;
mod planned;
mod planner;

use std::collections::BTreeSet;

pub use self::planner::plan;

use super::change::PlannedState;
use super::document::draft::Draft;
use super::document::node::ReadError;
use super::link_names::PlannedLinks;
use super::merge::merged;
use crate::admin::transfer::FileRecord;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;
use crate::db::{self, Conn, Result};
use crate::text;

/// What one kind of object says about itself when it comes in.
pub trait ImportKind {
    /// What a row becomes.
    type State: PlannedState;
    /// Properties that [`ImportKind::after`] judges together: if one of them could not be read, it has nothing to say.
    const JUDGED: &'static [&'static str] = &[];

    /// Returns what objects can be linked to.
    fn links(&self) -> &PlannedLinks;

    /// Returns the ids of all objects by their titles.
    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>>;

    /// Returns the objects of these keys.
    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<Self::State>>>;

    /// Returns the key under which two new objects may not both come in.
    fn title_key(draft: &Draft<Self::State>) -> String {
        text::key(&draft.written.title())
    }

    /// Returns the id of the object that a row names.
    fn named(keys: &ByName<i64>, draft: &Draft<Self::State>) -> Option<i64> {
        keys.get(&draft.written.title()).copied()
    }

    /// Returns what an object is to be.
    ///
    /// # Errors
    /// The first thing that is refused, names aside.
    fn after(
        &self,
        draft: &Draft<Self::State>,
        stored: Option<&Stored<Self::State>>,
    ) -> std::result::Result<Self::State, ReadError> {
        merged(draft, stored, self.links())
    }
}

/// Labels that rows may ask for.
pub struct LabelSupply {
    /// Those that there are.
    pub stored: BTreeSet<(String, String)>,
    /// Whether others may be added.
    pub may_add: bool,
}

impl LabelSupply {
    /// Returns the labels of rows that ask for none.
    #[must_use]
    pub fn none() -> Self {
        Self {
            stored: BTreeSet::new(),
            may_add: false,
        }
    }
}

/// Returns an object as it goes out. What can be read in part alone stays: taken in again, the rest of it would be lost.
///
/// # Errors
/// [`db::Error::Corrupt`] names it.
pub fn readable<S: ObjectState>(stored: &Stored<S>) -> Result<(i64, FileRecord)> {
    match &stored.unreadable {
        None => Ok((stored.id, stored.state.to_json())),
        Some(reason) => Err(db::Error::Corrupt(format!(
            "the {} “{}” cannot be read: {reason}",
            S::NAME,
            stored.state.title()
        ))),
    }
}
