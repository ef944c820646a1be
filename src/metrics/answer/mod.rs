//! One answer to a scrape: what was asked for, and the bytes of it.

pub mod exposition;
pub mod negotiation;
pub mod selected;
pub mod selection;
