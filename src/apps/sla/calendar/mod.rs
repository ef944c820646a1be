//! Calendars: named sets of exclusions, with a zone of their own or floating.

pub mod admin;
pub mod exchange;
pub mod model;
pub mod store;
