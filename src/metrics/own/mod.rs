//! Metrics about the exporter itself.

pub mod instruments;
pub mod process;
