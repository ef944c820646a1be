//! Tokens by which programs act for users: made, listed and revoked.

pub mod admin;
pub mod list;
pub mod model;
pub mod store;
