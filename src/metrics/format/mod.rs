//! How metrics are spelt: `names` of families and components, `render` the samples of components, `encoder` all other families,
//! `families` the components as the `prometheus` crate has them, `gzip` the compression.

pub mod encoder;
pub mod families;
pub mod gzip;
pub mod names;
pub mod render;
