//! SLA windows: named, reusable sets of rules in one time zone.

pub mod admin;
pub mod coverage;
pub mod exchange;
pub mod file;
pub mod merge;
pub mod model;
pub mod state;
pub mod store;
pub mod write;
