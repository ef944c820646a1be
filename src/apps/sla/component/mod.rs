//! Components: the things that hours are promised for.

pub mod admin;
pub mod exchange;
pub mod glance;
pub mod model;
pub mod store;
