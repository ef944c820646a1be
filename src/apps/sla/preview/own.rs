//! The hours of the object that a form is of.

use std::sync::Arc;

use crate::calculus::coverage::Coverage;
use crate::zones::Zone;

/// How far ahead spans and changes of the clock are looked for, seconds: five years.
pub(super) const AHEAD: i64 = 5 * 365 * DAY;

/// A day of 24 hours, in seconds.
pub(super) const DAY: i64 = 86_400;

/// What the times of a coverage are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimesKind {
    /// Service is promised in them.
    Promised,
    /// They are taken from windows.
    Excluded,
}

/// The hours of the object that a form is of, as they are and as they would be.
pub struct OwnHours {
    /// As they are; none of a new object, and none that could be read.
    pub before: Option<Arc<Coverage>>,
    /// As they would be.
    pub after: Arc<Coverage>,
    /// The zone in which they are shown.
    pub zone: Zone,
    /// What they are for.
    pub kind: TimesKind,
    /// Why there are none, if it is no rule that says so.
    pub note: Option<String>,
}
