//! What each page shows: a struct for each template, a file for each page. Everything is formatted already.

pub mod bulk;
pub mod delete;
pub mod export;
pub mod field;
mod field_drawn;
pub mod form;
pub mod history;
pub mod impact;
pub mod import;
pub mod index;
pub mod list;
pub mod login;
pub mod message;
pub mod password;
pub mod resend;
pub mod saved;
pub mod search;
pub mod sessions;
pub mod timezone;
pub mod tokens;
