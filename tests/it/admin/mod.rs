//! The admin as a browser without scripts sees it.

mod access;
mod accounts;
mod actions;
mod csrf;
mod dates;
mod deletion;
mod filters;
mod headers;
mod list_editing;
mod lists;
mod login;
mod markup;
mod matrix;
mod newcomer;
mod proxies;
mod scale;
mod search;
mod secrets;
mod sessions;
mod sorting;
