//! The answer to one scrape: `negotiation` chooses its format, `selection` what it shows, `selected` is a page for a selection, and
//! `exposition` is the whole of it, plain or as one gzip member.

pub mod exposition;
pub mod negotiation;
pub mod selected;
pub mod selection;
