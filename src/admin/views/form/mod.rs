//! The form of an object: to add, to change, or to look at.

pub(in crate::admin::views) mod conflict;
pub mod draw;
pub(in crate::admin::views) mod fields;
pub(in crate::admin::views) mod inline;
pub mod open;
pub(in crate::admin::views) mod options;
pub mod preview;
pub mod preview_row;
mod restore;
pub mod save;
mod split;
pub(in crate::admin::views) mod state;
mod way;
