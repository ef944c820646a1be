//! SLA windows: named, reusable sets of rules in one time zone.

pub mod admin;
pub mod coverage;
pub mod exchange;
pub mod model;
pub mod store;
