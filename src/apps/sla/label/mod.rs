//! Labels: reusable `name=value` pairs that are put on components.

pub mod model;
pub mod store;
