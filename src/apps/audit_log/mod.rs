//! The audit log as a model of the admin: to be read, never changed.

pub mod admin;
pub mod exchange;
mod length_store;
pub mod list;
mod named;
pub mod store;
