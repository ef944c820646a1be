//! How much of promised time was up, down and unknown.

use std::iter::Sum;
use std::ops::Add;

use super::run::{Run, within};
use super::share::whole;
use crate::calculus::span::Span;

/// Milliseconds of promised time. None is negative; together they are the promised time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeAccount {
    up: i64,
    down: i64,
    unknown: i64,
}

impl TimeAccount {
    /// Returns the account with these parts of `promised`; `None` if they are not its parts.
    #[must_use]
    pub fn from_parts(up: i64, down: i64, unknown: i64, promised: i64) -> Option<Self> {
        let known = up.checked_add(down)?;
        let is_whole = known.checked_add(unknown)? == promised && up >= 0 && down >= 0 && unknown >= 0;
        is_whole.then_some(Self { up, down, unknown })
    }

    /// Returns the account of promised spans: what no run covers was up.
    #[must_use]
    pub fn of(spans: &[Span], runs: &[Run]) -> Self {
        let promised: i64 = spans.iter().map(Span::seconds).sum();
        let (mut lost, mut unknown) = (0_i128, 0);
        for run in within(runs, spans) {
            match run.share {
                Some(share) => lost += share.lost(run.span.seconds()),
                None => unknown += run.span.seconds(),
            }
        }
        // No more than what is known, since each run loses at most its length and runs do not overlap.
        let down = whole(lost).min(promised - unknown);
        Self {
            up: promised - unknown - down,
            down,
            unknown,
        }
    }

    /// Returns the account of time about which nothing is known.
    #[must_use]
    pub fn of_unknown(spans: &[Span]) -> Self {
        Self {
            unknown: spans.iter().map(Span::seconds).sum(),
            ..Self::default()
        }
    }

    /// Returns the milliseconds up.
    #[must_use]
    pub fn up(&self) -> i64 {
        self.up
    }

    /// Returns the milliseconds down.
    #[must_use]
    pub fn down(&self) -> i64 {
        self.down
    }

    /// Returns the milliseconds about which nothing is known.
    #[must_use]
    pub fn unknown(&self) -> i64 {
        self.unknown
    }

    /// Returns the milliseconds up and down.
    #[must_use]
    pub fn known(&self) -> i64 {
        self.up + self.down
    }

    /// Returns all of the promised time.
    #[must_use]
    pub fn promised(&self) -> i64 {
        self.known() + self.unknown
    }

    /// Returns the account in whole seconds: the promised time is cut to a second, down and unknown are rounded half up, and up is the
    /// rest, so that the parts add up.
    #[must_use]
    pub fn in_seconds(&self) -> Self {
        let rounded = |milliseconds: i64| (milliseconds + 500).div_euclid(1_000);
        let promised = self.promised().div_euclid(1_000);
        let down = rounded(self.down).min(promised);
        let unknown = rounded(self.unknown).min(promised - down);
        Self {
            up: promised - down - unknown,
            down,
            unknown,
        }
    }
}

impl Add for TimeAccount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            up: self.up + other.up,
            down: self.down + other.down,
            unknown: self.unknown + other.unknown,
        }
    }
}

impl Sum for TimeAccount {
    fn sum<I: Iterator<Item = Self>>(accounts: I) -> Self {
        accounts.fold(Self::default(), Add::add)
    }
}
