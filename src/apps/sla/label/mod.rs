//! Labels: reusable `name=value` pairs that are put on components.

pub mod admin;
pub mod grouping;
pub mod list;
pub mod model;
pub mod properties;
pub mod state;
pub mod store;
pub mod values;
pub mod write;

use crate::apps::sla::LABEL;
use crate::apps::sla::properties::LinkTarget;

/// Labels, as what others are linked to.
pub const TARGET: LinkTarget = LinkTarget {
    model: LABEL,
    name: "label",
    names: store::titles,
    by_keys: store::titles_by_keys,
    by_names: store::titles_by_names,
};
