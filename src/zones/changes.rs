//! When the clock of a zone is changed.

use chrono::NaiveDate;

use super::zone::Zone;

/// A change of a zone's UTC offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockChange {
    /// The first instant with the new offset.
    pub at: i64,
    /// The offset before, in seconds.
    pub before: i64,
    /// The offset from then on, in seconds.
    pub after: i64,
}

impl ClockChange {
    /// Returns by how many seconds the clock is put forward; back if negative.
    #[must_use]
    pub fn forward(&self) -> i64 {
        self.after - self.before
    }

    /// Returns the date that the clock shows last before the change, in whose night it is.
    #[must_use]
    pub fn date(&self, zone: Zone) -> NaiveDate {
        zone.local_at(self.at - 1).date()
    }
}

impl Zone {
    /// Returns the changes of the clock in `[from, to)`, in order; none beyond the years 1 to 9998.
    pub fn clock_changes(self, from: i64, to: i64) -> impl Iterator<Item = ClockChange> {
        let changes = self.transitions_from(from).take_while(move |at| *at < to);
        let changes = changes.map(move |at| ClockChange {
            at,
            before: self.offset_at(at - 1),
            after: self.offset_at(at),
        });
        changes.filter(|change| change.before != change.after)
    }
}
