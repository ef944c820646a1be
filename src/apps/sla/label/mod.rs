//! Labels: reusable `name=value` pairs that are put on components.

pub mod admin;
pub mod exchange;
pub mod model;
pub mod store;
