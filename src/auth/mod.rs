//! Who acts, and what they may do.

pub mod actor;
pub mod permission;

pub use actor::Actor;
pub use permission::{Action, Model, Permission, Permit};
