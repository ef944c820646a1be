//! Corrections: what a span of time counts as, whatever was measured in it.

pub mod about;
pub mod admin;
pub mod judged;
pub mod list;
pub mod model;
pub mod properties;
pub mod state;
pub mod store;
mod summed;
pub mod write;
