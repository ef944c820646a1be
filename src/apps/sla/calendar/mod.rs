//! Calendars: named sets of exclusions, with a zone of their own or floating.

pub mod admin;
pub mod exchange;
pub mod file;
pub mod merge;
pub mod model;
pub mod state;
pub mod store;
pub mod write;
