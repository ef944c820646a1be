//! What Prometheus is told: from a snapshot of the components to bytes.
//!
//! `source` hands out a [`snapshot::Snapshot`]; `state` adds what holds at an instant; `render` turns that into bytes and
//! `families` into the crate's own types, and a test holds the two to the same lines. `collector` is registered, once;
//! `refresher` keeps the snapshot true to the database. `selection` and `shard` say which part of it a scrape asks for. Nothing here
//! sends a query: `source` is a trait.

pub mod collector;
pub mod encoder;
pub mod exposition;
pub mod families;
pub mod instruments;
pub mod names;
pub mod negotiation;
pub mod process;
pub mod refresher;
pub mod render;
pub mod selection;
pub mod shard;
pub mod shared;
pub mod snapshot;
pub mod source;
pub mod state;
