//! Components: the things that hours are promised for.

pub mod admin;
mod by_hours;
mod compiled;
pub mod glance;
pub mod list;
mod many;
pub mod model;
pub mod opened;
mod past;
mod preview;
pub mod properties;
mod standing;
pub mod state;
pub mod store;
pub mod usage_store;
pub mod users;
mod warnings;
pub mod write;
