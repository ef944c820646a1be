//! SLA windows: named, reusable sets of rules in one time zone.

pub mod model;
pub mod store;
