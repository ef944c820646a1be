//! The pure parts of `/metrics`: which format is answered, which part is wanted, how families become text, and what things are
//! called.

mod encoder;
mod names;
mod negotiation;
mod selection;
mod selector;
mod shard;
