//! The hours of the object that a form is of.

use std::sync::Arc;

use crate::calculus::civil::DAY;
use crate::calculus::coverage::Coverage;
use crate::zones::Zone;

/// How far ahead spans and changes of the clock are looked for, seconds: five years.
pub(super) const AHEAD: i64 = 5 * 365 * DAY;

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
    /// As they are; none of a new object, and none that cannot be read.
    pub before: Option<Arc<Coverage>>,
    /// As they would be; none that cannot be read.
    pub after: Option<Arc<Coverage>>,
    /// The zone in which they are shown.
    pub zone: Zone,
    /// What they are for.
    pub kind: TimesKind,
    /// Why there are none, if it is no rule that says so.
    pub note: Option<String>,
}

/// What an object promises.
pub enum SideHours {
    /// Nothing: it is disabled.
    Disabled,
    /// What its windows say, or why they cannot be read.
    Known(Result<Arc<Coverage>, String>),
}

/// Returns the coverage of nothing.
#[must_use]
pub fn nothing() -> Arc<Coverage> {
    Arc::new(Coverage::new(Vec::new()))
}

impl OwnHours {
    /// Returns what an object promises before a save, unless it is new, and after it; without a `zone` in that of its first window.
    /// `disabled` says that it promises nothing because it is.
    #[must_use]
    pub fn promised(before: Option<SideHours>, after: SideHours, zone: Option<Zone>, disabled: &str) -> Self {
        let before = before.and_then(|before| match before {
            SideHours::Disabled => Some(nothing()),
            SideHours::Known(found) => found.ok(),
        });
        let (after, note) = match after {
            SideHours::Disabled => (Some(nothing()), Some(disabled.to_owned())),
            SideHours::Known(Ok(coverage)) => (Some(coverage), None),
            SideHours::Known(Err(_)) => (None, Some("Its hours cannot be read.".to_owned())),
        };
        let of_windows = [&after, &before].into_iter().flatten();
        let of_windows = of_windows.flat_map(|coverage| coverage.parts()).next();
        let zone = zone.or_else(|| of_windows.map(|part| part.window.timezone()));
        Self {
            zone: zone.unwrap_or_else(Zone::utc),
            before,
            after,
            kind: TimesKind::Promised,
            note,
        }
    }
}
