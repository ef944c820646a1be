//! SLA Monitor: components, their labels and their SLA windows, kept in a database and exposed to Prometheus.
//!
//! Modules in reading order; ARCHITECTURE.md says which may use which.

pub mod admin;
pub mod api;
pub mod app;
pub mod apps;
pub mod audit;
pub mod auth;
pub mod calculus;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod logging;
pub mod metrics;
pub mod parallel;
pub mod prometheus_api;
pub mod text;
pub mod web;
pub mod zones;
