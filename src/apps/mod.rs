//! What the product is about. Each model has a folder of its own; everything above is handed values and traits.

pub mod sla;
