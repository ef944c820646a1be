//! Groups: permissions that several users share.

pub mod admin;
pub mod exchange;
pub mod model;
pub mod store;
