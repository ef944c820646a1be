//! SLA windows: named, reusable sets of rules in one time zone.

pub mod admin;
pub mod coverage;
pub mod list;
pub mod merge;
pub mod model;
mod posted;
mod preview;
pub mod properties;
pub mod state;
pub mod store;
pub mod write;

use crate::apps::sla::WINDOW;
use crate::apps::sla::properties::LinkTarget;

/// SLA windows, as what others are linked to.
pub const TARGET: LinkTarget = LinkTarget {
    model: WINDOW,
    name: "window",
    names: store::names,
    by_keys: store::names_by_keys,
    by_names: store::keys_by_names,
};
