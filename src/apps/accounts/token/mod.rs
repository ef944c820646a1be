//! Tokens by which programs act for users: made, listed and revoked.

pub mod model;
pub mod store;
