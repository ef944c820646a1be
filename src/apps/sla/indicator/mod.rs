//! Indicators: queries that say how well a component did, and which components each is for. Who sends them is not known here.

pub mod about;
pub mod admin;
pub mod applying;
pub mod expression;
pub mod judged;
pub mod list;
pub mod model;
pub mod properties;
pub mod state;
pub mod store;
pub mod write;

use crate::apps::sla::INDICATOR;
use crate::apps::sla::properties::LinkTarget;

/// Indicators, as what others are linked to.
pub const TARGET: LinkTarget = LinkTarget {
    model: INDICATOR,
    name: "indicator",
    names: store::names,
    by_keys: store::names_by_keys,
    by_names: store::keys_by_names,
};
