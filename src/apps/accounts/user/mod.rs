//! Users, who log in.

pub mod admin;
pub mod exchange;
mod form;
pub mod list;
pub mod model;
pub mod store;
