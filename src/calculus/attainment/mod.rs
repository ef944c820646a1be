//! Was the promise kept? What was measured within promised time, in integers.
//!
//! **Units.** Instants and lengths are in milliseconds, and so are the [`Span`](super::span::Span)s of this folder:
//! [`cutting::in_milliseconds`] makes them of spans in seconds. Lists of spans are maximal and in order.
//!
//! **From samples to time.** An indicator is sampled on a grid. Each sample stands for a cell ([`cell`]) and says which
//! [`Share`](share::Share) of it service was up, in parts per million. Within promised spans, cells become [`run::Run`]s: time that was
//! not fully up, or about which nothing is known. Time without a run was up. Runs may be cut anywhere.
//!
//! **From time to an account.** [`account::TimeAccount`] has the milliseconds up, down and unknown, whose sum is the promised time: `down`
//! is rounded half to even once, `up` is the rest.
//!
//! **Corrections** ([`correction`]) change promised spans and runs when a report is read, never what was measured.
//!
//! **The result** ([`attained::Attainment`]) has percentages, floored to thousandths, the budget and the verdict, which is decided on
//! the milliseconds. A total adds time, never percentages.

pub mod account;
pub mod attained;
pub mod cell;
pub mod correction;
pub mod cutting;
pub mod outage;
pub mod run;
pub mod share;
