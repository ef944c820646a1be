//! The files that `apply` reads and `export` writes: YAML or JSON, in the form that the README shows.
//!
//! Reading goes text → [`node::Node`] (which knows its line) → [`read`] (drafts, or one error with line and path).

pub mod draft;
pub mod evaluation;
pub mod json;
pub mod node;
pub mod read;
mod section;
pub mod write;
pub mod yaml;
