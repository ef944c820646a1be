//! Which share of its time service was up: an integer, so that sums do not depend on their order.

/// Parts of a whole [`Share`].
const PARTS: u32 = 1_000_000;

/// A share of time, in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

impl Share {
    /// Up all the time.
    pub const FULL: Self = Self(PARTS);

    /// Down all the time.
    pub const NONE: Self = Self(0);

    /// Returns the share of so many parts per million; `None` for more than a million.
    #[must_use]
    pub fn from_parts_per_million(parts: u32) -> Option<Self> {
        (parts <= PARTS).then_some(Self(parts))
    }

    /// Returns the share that a sample says, rounded half to even; `None`, which is unknown, for a value outside of 0 to 1.
    #[must_use]
    pub fn from_value(value: f64) -> Option<Self> {
        let is_share = (0.0..=1.0).contains(&value);
        is_share.then(|| Self((value * f64::from(PARTS)).round_ties_even() as u32))
    }

    /// Returns all or nothing, as a sample reaches a threshold or does not; `None`, which is unknown, for a value that is no number.
    #[must_use]
    pub fn from_threshold(value: f64, threshold: f64) -> Option<Self> {
        let share = if value >= threshold { Self::FULL } else { Self::NONE };
        (!value.is_nan()).then_some(share)
    }

    /// Returns the parts per million.
    #[must_use]
    pub fn parts_per_million(self) -> u32 {
        self.0
    }

    /// Returns what is lost of a length, in millionths of its unit.
    pub(super) fn lost(self, length: i64) -> i128 {
        i128::from(length) * i128::from(PARTS - self.0)
    }
}

/// Returns millionths as whole units, rounded half to even.
pub(super) fn whole(millionths: i128) -> i64 {
    let parts = i128::from(PARTS);
    let (floor, rest) = (millionths.div_euclid(parts), millionths.rem_euclid(parts) * 2);
    let is_up = rest > parts || (rest == parts && floor % 2 != 0);
    i64::try_from(floor + i128::from(is_up)).unwrap_or(i64::MAX)
}
