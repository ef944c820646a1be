//! HTTP: routes, what wraps every request, and the pages that are not the admin's. Is handed everything that it shows.

pub mod access;
mod access_log;
pub mod admin;
pub mod assets;
pub mod client;
pub mod connection;
pub mod connection_limit;
pub mod cookies;
pub mod error;
pub mod guesses;
pub mod health;
pub mod http_metrics;
pub mod look;
pub mod metrics;
pub mod presence;
pub mod reading;
pub mod record;
pub mod request;
pub mod routes;
pub mod security;
pub mod send_queue;
pub mod shared;
pub mod stopping;
pub mod turns;
mod work;
