//! What the metrics see of components, windows and calendars: rows compiled to coverages, and read anew as they change.

pub mod compile;
pub mod load;
pub mod read;
