//! The admin engine: lists, forms, histories and actions over models that it does not know.
//!
//! A model is a [`model::ModelAdmin`]: a declaration ([`spec::Spec`]) and a few functions that read and write. Views take a
//! [`context::Context`] and give a [`reply::Reply`]; they know HTTP's words but no framework, and no table.

pub mod added_page;
pub mod address;
pub mod address_names;
pub mod checks;
pub mod context;
mod date_hierarchy;
pub mod dates;
mod frame_drawn;
pub mod history;
pub mod input;
pub mod instant;
pub mod links;
pub mod listing;
pub mod look;
pub mod model;
pub mod pages;
pub mod parameters;
pub mod query;
pub mod ranges;
pub mod reply;
pub mod saved_views;
pub mod site;
pub mod spec;
pub mod transfer;
pub mod views;

pub use self::address::Address;
