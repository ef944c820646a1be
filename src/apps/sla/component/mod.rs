//! Components: the things that hours are promised for.

pub mod admin;
mod asked_time;
mod by_hours;
mod by_indicator;
mod compiled;
pub mod glance;
mod idle;
pub mod list;
mod many;
pub mod model;
pub mod named;
pub mod opened;
mod past;
mod preview;
pub mod properties;
mod standing;
pub mod state;
pub mod store;
mod then;
mod tools;
pub mod usage_store;
pub mod users;
mod warnings;
pub mod write;

use crate::apps::sla::COMPONENT;
use crate::apps::sla::properties::LinkTarget;

/// Components, as what others are linked to.
pub const TARGET: LinkTarget = LinkTarget {
    model: COMPONENT,
    name: "component",
    names: store::names,
    by_keys: store::names_by_keys,
    by_names: store::keys_by_names,
};
