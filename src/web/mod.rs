//! HTTP: routes, what wraps every request, and the pages that are not the admin's. Is handed everything that it shows.

pub mod admin;
pub mod api;
pub mod connection;
pub mod cookies;
pub mod error;
pub mod guesses;
pub mod health;
pub mod look;
pub mod metrics;
pub mod request;
pub mod routes;
pub mod state;
pub mod static_files;
mod user_permits;
