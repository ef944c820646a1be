//! A client of Prometheus' HTTP API and of servers that imitate it: queries at an instant and over a range, with typed answers and errors.
//!
//! It blocks its thread, never longer than its timeout, and knows no model. Which servers there are is an option of the command, never
//! something that a user of the admin enters.

pub mod agent;
mod answer;
pub mod client;
pub mod error;
pub mod source;
