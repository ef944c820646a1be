//! Components: the things that hours are promised for.

pub mod admin;
pub mod exchange;
pub mod glance;
mod many;
pub mod model;
mod standing;
pub mod store;
