//! Accounts, their permissions, and how users authenticate.
//!
//! Knows no model and no page. Accounts are only read here; what is written are the tables that the audit log does not record: sessions,
//! failed logins, security events, the time of the last login and of the last use of a token, and a stronger hash of the same password.

pub mod account;
pub mod actor;
pub mod csrf;
pub mod event;
pub mod login;
pub mod password;
pub mod permission;
pub mod policy;
pub mod secret;
pub mod session;
pub mod throttle;
pub mod token;

pub use account::Account;
pub use actor::{Acting, Actor};
pub use permission::{Action, Model, Permission, Permit};
