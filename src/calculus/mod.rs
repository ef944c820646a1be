//! The window calculus: when is service promised, when was it last, when will it be next.
//!
//! Everything here is a pure function over values. Absent on purpose: rows, requests, metrics, logging, files and
//! above all a clock; the instant asked about is always an argument.
//!
//! # The rules, in full
//!
//! **Instants** are whole Unix seconds in UTC; every span is half-open, `[start, end)`.
//!
//! **A rule** ([`rule::Rule`]) names occurrences on the wall clock of one time zone. Weekly and recurring rules are
//! predicates on a date, so they can be asked for any year, forwards and backwards, without counting from a first
//! occurrence; an anchor date fixes the phase of an interval and bounds nothing.
//!
//! **Resolving** ([`Zone::resolve`](crate::zones::Zone::resolve)) turns wall-clock time into an instant as RFC 5545 section 3.3.5 says: a time shown
//! twice means its first showing; a time never shown is read with the UTC offset in force before the gap.
//! The start of an occurrence is its resolved start. A *wall* length is added on the clock and the sum is resolved;
//! an *elapsed* length is added in exact seconds. An occurrence that does not end after its start is dropped.
//!
//! **A window** ([`window::CompiledWindow`]) covers the union of its include rules minus the union of its exclude rules
//! and of its exclusion calendars. Exclusions cut time spans, not dates: a holiday ends the night shift that began the
//! evening before. `valid_from` and `valid_until` are inclusive local dates that keep or drop whole occurrences of
//! weekly, recurring and dated include rules by their start date; one-offs and excludes are never subject to them.
//!
//! **Coverage** ([`coverage::Coverage`]) is the union over windows, kept as *maximal* spans: spans that overlap or touch
//! are one. Hence two shifts that meet have no transition between them, and round-the-clock service has none at all.
//!
//! **The five values** at an instant `now`: `in_window` (some span has `start <= now < end`), `last_start` and
//! `last_end` (the latest ones `<= now`), `next_start` and `next_end` (the first ones `> now`). An instant that does
//! not exist is `None`. They change only at a transition, so they hold until [`coverage::CoverageValues::next_transition`].
//!
//! **Horizon.** Weekly and recurring rules are followed for [`window::HORIZON`] seconds to either side of `now`, and
//! one of their occurrences that reaches the horizon is taken to go on for ever: service that never ends has no end.
//! Dated rules and one-offs are followed without limit, and excludes as far as the farthest of them. Weekly and recurring
//! rules exist in the years 1000 to 10999 alone; every instant that an `i64` can hold has an answer.
//!
//! # How
//!
//! Each rule is a lazy stream of spans; union and difference work on streams, so a question reads only the
//! few occurrences around `now`. Looking back is looking forward along the mirrored time line, `[s, e)` as `[-e, -s)`.

pub mod attainment;
pub mod civil;
pub mod coverage;
pub mod cuts;
pub mod difference;
pub mod error;
pub mod explain;
mod horizon;
pub mod lint;
mod occurrence;
pub mod period;
pub mod recurrence;
pub mod rule;
mod rule_set;
pub mod skip;
pub mod span;
mod stream;
mod tiling;
pub mod window;
