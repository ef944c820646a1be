//! The database: one connection type over SQLite and PostgreSQL, a pool of them, migrations, and errors that both share.
//!
//! Knows no model beyond the table definitions and no permission. SQL that differs between the two stands in [`dialect`] alone.

mod availability;
pub mod backup;
mod blocker;
pub mod calls;
#[expect(missing_docs, reason = "the derive of the connection type writes items without docs")]
pub mod connection;
pub mod dialect;
pub mod error;
mod file;
pub mod generation;
pub mod hosts;
pub mod limit;
pub mod migrate;
mod mismatch;
pub mod name_keys;
pub mod pool;
#[expect(missing_docs, reason = "the file is generated; the migrations hold the words")]
pub mod schema;
pub mod server;
pub mod spent;
pub mod statistics;
pub mod url;
pub mod watchdog;
pub mod work;
mod writable;

pub use connection::{Backend, Conn};
pub use dialect::{mark, text};
pub use error::{Error, Result};
