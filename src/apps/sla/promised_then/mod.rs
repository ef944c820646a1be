//! What was promised in the past: the coverage of components with the definition that was in force at each instant.
//!
//! What is stored says how things are; the entries of the audit log since the beginning of the range say how they were before. The first of
//! them for an object has the state before it, so that nothing older than the range is read, and an object that was there before the
//! log began needs no entry. Entries name windows and calendars as they were called when they were written.
//!
//! | Module | Content |
//! |---|---|
//! | `store` | the entries of a range, portion by portion |
//! | `timeline` | the states of one object, each with the instant and the entry since which it holds |
//! | `names_then` | which object was called so when an entry was written |
//! | `past_log` | what entries say, as far as hours depend on it |
//! | `past_objects` | entries as timelines of calendars, windows and components |
//! | `past_schedules` | the windows and calendars of a component as they were at an instant, each distinct set of them once |
//! | [`promised`] | the result: pieces of time, each with its coverage |
//! | [`service_span`] | the spans of service that are measured one by one |

mod names_then;
mod past_log;
mod past_objects;
mod past_schedules;
pub mod promised;
pub mod service_span;
pub mod store;
mod timeline;
