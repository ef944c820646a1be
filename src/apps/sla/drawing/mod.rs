//! Hours as pictures: what a page needs to draw spans of time as bars. Positions are per cent of the width, written as attributes of SVG,
//! so that nothing depends on the width of a window and no style stands in a page.

pub mod axis;
pub mod bars;
pub mod picture;

use std::fmt;

use crate::calculus::span::Span;

/// A position or a width, in hundredths of a per cent of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(i64);

/// The width of the whole picture.
const WHOLE: i64 = 10_000;

/// Beyond this length, seconds, a tenth of a per cent is exact enough: less than a pixel of most windows, and pages stay small.
const COARSE_FROM: i128 = 32 * 86_400;

impl Percent {
    /// Returns where an instant is in a picture of `range`; instants outside of it are at its ends.
    #[must_use]
    pub fn of(at: i64, range: Span) -> Self {
        let seconds = i128::from(at.clamp(range.start, range.end)) - i128::from(range.start);
        let whole = (i128::from(range.end) - i128::from(range.start)).max(1);
        let unit = if whole < COARSE_FROM { 1 } else { 10 };
        let units = (seconds * i128::from(WHOLE) + whole * unit / 2) / (whole * unit);
        Self(i64::try_from(units * unit).unwrap_or(WHOLE))
    }

    /// Returns how far it is from here to `end`, at least `min`.
    #[must_use]
    pub fn width_to(self, end: Self, min: Self) -> Self {
        Self((end.0 - self.0).max(min.0))
    }
}

impl fmt::Display for Percent {
    /// Writes it as an attribute has it: `12.34%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => write!(f, "{whole}%"),
            (whole, part) if part % 10 == 0 => write!(f, "{whole}.{}%", part / 10),
            (whole, part) => write!(f, "{whole}.{part:02}%"),
        }
    }
}

/// It has no character that would have to be escaped.
impl askama::filters::HtmlSafe for Percent {}
