//! Metrics about the exporter itself: `instruments` of the collector, `process` of the process, `measuring` of
//! measuring what was promised. Those of requests and connections
//! are in `web::request::metrics`.

pub mod instruments;
pub mod measuring;
pub mod process;
