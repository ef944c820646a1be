//! Components: the things that hours are promised for.

pub mod admin;
pub mod exchange;
pub mod file;
pub mod glance;
pub mod list_store;
mod many;
pub mod merge;
pub mod model;
mod standing;
pub mod state;
pub mod store;
pub mod usage_store;
pub mod write;
