//! Calendars: named sets of exclusions, with a zone of their own or floating.

pub mod admin;
pub mod list;
pub mod model;
mod posted;
mod preview;
pub mod properties;
pub mod running_out;
pub mod state;
pub mod store;
pub mod write;

use crate::apps::sla::CALENDAR;
use crate::apps::sla::properties::LinkTarget;

/// Calendars, as what others are linked to.
pub const TARGET: LinkTarget = LinkTarget {
    model: CALENDAR,
    name: "calendar",
    names: store::names,
    by_keys: store::names_by_keys,
    by_names: store::keys_by_names,
};
