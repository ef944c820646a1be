//! What the models of files share when rows come in through the admin: the readers and the plan of `apply`, but row by row, so that
//! every row that is refused is reported, and not the first alone.

mod exchange;
mod fault;
mod meant;
mod planned;
mod planner;

use std::collections::BTreeSet;

pub use self::exchange::{FileExchange, exchange};

use super::link_names::PlannedLinks;

/// What objects that come in can be linked to.
struct ImportLinks {
    /// The names and labels that rows may give.
    planned: PlannedLinks,
    /// The labels that there are, and whether rows may bring others.
    labels: LabelSupply,
}

/// Labels that rows may ask for.
struct LabelSupply {
    /// Those that there are.
    stored: BTreeSet<(String, String)>,
    /// Whether others may be added.
    may_add: bool,
}

impl LabelSupply {
    /// Returns the labels of rows that ask for none.
    fn none() -> Self {
        Self {
            stored: BTreeSet::new(),
            may_add: false,
        }
    }
}
