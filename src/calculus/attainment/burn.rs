//! How fast a budget is used up, for alerts.

use crate::calculus::span::Span;

/// A window of service time, and which part of a period's budget may be used up in it before people are asked to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BurnWindow {
    /// Its length in milliseconds of service time.
    pub length: i64,
    /// The part of the budget, in percent.
    pub budget_percent: i64,
}

const HOUR: i64 = 3_600_000;

/// The usual windows. In a period of 720 hours their factors are 14.4, 6, 3 and 1.
pub const BURN_WINDOWS: [BurnWindow; 4] = [
    BurnWindow {
        length: HOUR,
        budget_percent: 2,
    },
    BurnWindow {
        length: 6 * HOUR,
        budget_percent: 5,
    },
    BurnWindow {
        length: 24 * HOUR,
        budget_percent: 10,
    },
    BurnWindow {
        length: 72 * HOUR,
        budget_percent: 10,
    },
];

impl BurnWindow {
    /// Returns how many times as fast as the SLO allows a budget is used up that loses its part in this window, in thousandths, rounded
    /// half up; `promised` is the promised time of the period, in milliseconds.
    #[must_use]
    pub fn factor_thousandths(&self, promised: i64) -> i64 {
        let (part, whole) = (
            i128::from(promised) * i128::from(self.budget_percent) * 10,
            i128::from(self.length),
        );
        i64::try_from((part * 2 + whole).div_euclid(whole * 2)).unwrap_or(i64::MAX)
    }
}

/// Returns the instant since which `length` of the spans has passed until `now`: where the last service hour begins. `None` if the spans
/// do not have as much before `now`.
#[must_use]
pub fn service_time_ago(spans: &[Span], now: i64, length: i64) -> Option<i64> {
    let past = spans.partition_point(|span| span.start < now);
    let mut left = length;
    for span in spans[..past].iter().rev() {
        let end = span.end.min(now);
        if left <= end - span.start {
            return Some(end - left);
        }
        left -= end - span.start;
    }
    None
}
