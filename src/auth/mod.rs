//! Who acts, what they may do, and how they prove who they are.
//!
//! Knows no model and no page. Accounts are only read here; what is written are the tables that the audit trail does not speak of:
//! sessions, failures to sign in, the time of the last one that did not fail, and a stronger hash of the same password.

pub mod account;
pub mod actor;
pub mod csrf;
pub mod login;
pub mod password;
pub mod permission;
pub mod policy;
pub mod secret;
pub mod session;
pub mod throttle;

pub use account::Account;
pub use actor::{Acting, Actor};
pub use permission::{Action, Model, Permission, Permit};
