//! The health of what the figures come from: the database, the collector of the metrics, and the time zone data.

use chrono::DateTime;

use crate::admin::address::Address;
use crate::admin::context::Context;
use crate::metrics::state::ExposedState;
use crate::metrics::state::current::CurrentState;
use crate::zones;

/// A line of it.
pub(super) struct HealthLine {
    /// What it is about: `Database`.
    pub(super) title: &'static str,
    pub(super) words: String,
    /// `good`, `warn` or `bad`.
    pub(super) tone: &'static str,
    pub(super) link: Option<String>,
}

/// Returns the lines.
pub(super) fn health(context: &Context<'_>, metrics: &CurrentState, state: Option<&ExposedState>) -> Vec<HealthLine> {
    vec![
        database(context),
        collector(context, metrics, state),
        zone_data(context),
    ]
}

/// Returns whether the database takes changes; that it answers is proved by the page itself.
fn database(context: &Context<'_>) -> HealthLine {
    let pool = &context.session_check.pool;
    let kind = match pool.has_one_writer() {
        true => "SQLite",
        false => "PostgreSQL",
    };
    let (words, tone) = match pool.is_writable() {
        true => (format!("{kind}, takes changes"), "good"),
        false => (format!("{kind}, takes no changes now"), "bad"),
    };
    HealthLine {
        title: "Database",
        words,
        tone,
        link: None,
    }
}

fn collector(context: &Context<'_>, metrics: &CurrentState, state: Option<&ExposedState>) -> HealthLine {
    let instruments = &metrics.instruments;
    let succeeded = instruments.last_success.get();
    #[expect(clippy::cast_possible_truncation, reason = "instants stay far below 2^53")]
    let at = DateTime::from_timestamp(succeeded as i64, 0).filter(|_| succeeded > 0.0);
    let at = at.map(|at| context.natural(at.naive_utc()).shown);
    let (words, tone) = match (state, instruments.up.get() == 1, at) {
        (None, ..) => ("read for the first time".to_owned(), "warn"),
        (Some(state), true, _) => (format!("as of change {}", state.snapshot().version), "good"),
        (Some(_), false, Some(at)) => (format!("could not be brought up to date; last {at}"), "bad"),
        (Some(_), false, None) => ("could not be brought up to date".to_owned(), "bad"),
    };
    HealthLine {
        title: "Metrics",
        words,
        tone,
        link: Some(Address::Metrics.into()),
    }
}

fn zone_data(context: &Context<'_>) -> HealthLine {
    let zones = zones::current();
    let is_old = zones
        .release()
        .is_some_and(|release| release.is_old(context.now.date()));
    let words = format!("{} ({})", zones.version(), zones.origin());
    HealthLine {
        title: "Time zone data",
        words: if is_old {
            format!("{words}, nine months old or older")
        } else {
            words
        },
        tone: if is_old { "warn" } else { "good" },
        link: None,
    }
}
