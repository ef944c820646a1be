//! What becomes of an occurrence whose start or end is a local time that the clock skips.

use chrono::{NaiveDateTime, TimeDelta};

use super::occurrence::Resolved;
use crate::zones::{Resolution, Zone};

/// What becomes of an occurrence whose start or end the clock skips. Local times are those that the clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipOutcome {
    /// It does not take place: the clock goes from before its start to its end or beyond.
    Dropped,
    /// Its start is skipped, and it starts at another time.
    Starts {
        /// What the clock shows at its start.
        at: NaiveDateTime,
        /// Its real length less the length that the rule gives, in seconds; negative if it is shorter.
        longer_s: i64,
    },
    /// Its end is skipped, and it ends at another time.
    Ends {
        /// The end that the rule gives.
        planned: NaiveDateTime,
        /// What the clock shows at its end.
        at: NaiveDateTime,
        /// As for a start.
        longer_s: i64,
    },
}

/// An occurrence as its rule gives it, on the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlannedOccurrence {
    pub(super) start: NaiveDateTime,
    /// Of an elapsed length, the end if no clock were changed.
    pub(super) end: NaiveDateTime,
}

impl PlannedOccurrence {
    /// Returns its length in seconds.
    pub(super) fn seconds(self) -> i64 {
        (self.end - self.start).num_seconds()
    }

    /// Returns what becomes of it where the clock skips its start or its end; `None` if it skips neither. An end at the very instant of the
    /// change is not skipped: the occurrence ends as the clock reaches it.
    pub(super) fn outcome(self, zone: Zone, resolved: &Resolved) -> Option<SkipOutcome> {
        let longer_s = |seconds: i64| match resolved.end {
            Some(_) => seconds - self.seconds(),
            None => 0,
        };
        if resolved.start == Resolution::Gap {
            return Some(match resolved.span {
                None => SkipOutcome::Dropped,
                Some(span) => SkipOutcome::Starts {
                    at: zone.local_at(span.start),
                    longer_s: longer_s(span.seconds()),
                },
            });
        }
        let span = resolved.span.filter(|_| resolved.end == Some(Resolution::Gap))?;
        let last_second = self.end.checked_sub_signed(TimeDelta::seconds(1))?;
        (zone.local_at(span.end - 1) != last_second).then(|| SkipOutcome::Ends {
            planned: self.end,
            at: zone.local_at(span.end),
            longer_s: longer_s(span.seconds()),
        })
    }

    /// Returns what becomes of it, if its start is skipped and `at` is an instant at which a reader of the rule expects it and does not
    /// find it: from the change of the clock until it starts, or until it would have ended if it does not take place.
    pub(super) fn missed_at(self, zone: Zone, resolved: &Resolved, at: i64) -> Option<SkipOutcome> {
        let outcome = self
            .outcome(zone, resolved)
            .filter(|outcome| !matches!(outcome, SkipOutcome::Ends { .. }))?;
        let start = zone.resolve_with(self.start).0;
        let skipped = (zone.local_at(start) - self.start).num_seconds();
        let until = resolved.span.map_or(start + self.seconds(), |span| span.start);
        let is_expected = start - skipped <= at && at < until && self.start < zone.local_at(at);
        is_expected.then_some(outcome)
    }
}
