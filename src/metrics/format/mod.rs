//! How metrics are spelt: names, text, OpenMetrics and gzip.

pub mod encoder;
pub mod families;
pub mod gzip;
pub mod names;
pub mod render;
