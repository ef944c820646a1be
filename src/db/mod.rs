//! The database: one connection type over SQLite and PostgreSQL, a pool of them, migrations, and errors that both share.
//!
//! Knows no model beyond the table definitions and no permission. SQL that differs between the two stands in [`dialect`] alone.
//!
//! | Modules | Content |
//! |---|---|
//! | [`conn`], [`connection`], [`dialect`], [`search_text`], [`schema`] | the connection type, what the two databases do differently, searches, tables |
//! | [`error`] | errors of both |
//! | [`url`], [`hosts`], [`server`] | which database is meant, and which server answers |
//! | [`pool`], [`generation`], `availability`, `file`, `writable`, `write_turn` | which connections are lent, when they are all replaced, and in which order they write |
//! | [`limit`], [`request_writes`], [`database_time`] | what one request may take, has committed and has spent |
//! | [`calls_in_progress`], [`watchdog`], `blocker`, [`statistics`] | calls that hang or wait, and counts of all of them |
//! | [`migrate`], `mismatch`, [`name_keys`], [`backup`] | the schema, keys of names, and whole files |

mod availability;
pub mod backup;
mod blocker;
pub mod calls_in_progress;
#[expect(missing_docs, reason = "the derive of the connection type writes items without docs")]
pub mod conn;
pub mod connection;
pub mod database_time;
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
pub mod request_writes;
#[expect(missing_docs, reason = "the file is generated; the migrations hold the words")]
pub mod schema;
pub mod server;
pub mod statistics;
pub mod url;
pub mod watchdog;
mod writable;
mod write_turn;

pub use conn::{Backend, Conn};
pub use dialect::{mark, search_text};
pub use error::{Error, Result};
