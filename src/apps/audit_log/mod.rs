//! The audit log as a model of the admin: to be read, never changed.

pub mod admin;
mod edges_store;
pub mod exchange;
mod found;
mod length_store;
pub mod list;
mod named;
mod opened;
pub mod store;
mod texts;
mod texts_store;
