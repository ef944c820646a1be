//! The admin as a browser without scripts sees it.

mod access;
mod accounts;
mod csrf;
mod headers;
mod login;
mod markup;
mod newcomer;
mod proxies;
mod sessions;
