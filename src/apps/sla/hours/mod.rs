//! Hours to look at: what components and windows cover in a range of time, what is cut from them and by what, what a change does to them,
//! and why an instant is inside or outside. Each coverage is evaluated once, however many components have it.

pub mod book;
mod changed;
pub mod cut_day;
pub mod effect;
pub mod explaining;
pub mod explanation;
pub mod explanation_text;
pub mod icalendar;
pub mod impact;
pub mod json;
pub mod store;
pub mod stored;
pub mod typed_instant;
pub mod words;
