//! Labels: reusable `name=value` pairs that are put on components.

pub mod admin;
pub mod exchange;
pub mod file;
pub mod merge;
pub mod model;
pub mod state;
pub mod store;
pub mod write;
