//! SLA Monitor: components, their labels and their SLA windows, kept in a database and told to Prometheus.
//!
//! Modules in reading order; ARCHITECTURE.md says who may use whom.

pub mod clock;
pub mod calculus;
pub mod metrics;
pub mod db;
pub mod auth;
pub mod audit;
pub mod apps;
pub mod config;
pub mod logging;
pub mod web;
pub mod app;
pub mod cli;
