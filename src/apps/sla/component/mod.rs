//! Components: the things that hours are promised for.

pub mod admin;
pub mod exchange;
pub mod glance;
pub mod list_store;
mod many;
pub mod model;
mod standing;
pub mod store;
pub mod usage_store;
