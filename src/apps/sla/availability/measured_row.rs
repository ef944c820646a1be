//! What a report needs of a row.

use super::row::{AvailabilityRow, RowKind};
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::attainment::run::Run;
use crate::calculus::span::Span;

/// What a row says about the time of its component.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredRow {
    /// The greater, the newer, among the rows of the component.
    pub order: i64,
    /// From its first second to its end.
    pub range: Span,
    /// The key of the indicator that measured it, if it is known.
    pub indicator: Option<i64>,
    /// What was promised, in milliseconds; nothing of a month.
    pub spans: Vec<Span>,
    /// What of it was not fully up, in milliseconds; nothing of a month.
    pub runs: Vec<Run>,
    /// The sum of a month of which nothing else is kept. Few rows have one, and a report holds all rows of its components at once.
    pub month: Option<Box<KeptMonth>>,
}

/// The sum of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptMonth {
    /// The zone of the midnights of the month.
    pub timezone: String,
    /// Milliseconds up, down and unknown, with corrections.
    pub account: TimeAccount,
    /// Milliseconds that corrections exclude.
    pub excluded_ms: i64,
    /// The key of the last correction that it has.
    pub corrections_until: Option<i64>,
}

impl From<&AvailabilityRow> for MeasuredRow {
    fn from(row: &AvailabilityRow) -> Self {
        let month = (row.kind == RowKind::Month).then(|| {
            Box::new(KeptMonth {
                timezone: row.timezone.clone(),
                account: row.account,
                excluded_ms: row.excluded_ms,
                corrections_until: row.corrections_until,
            })
        });
        Self {
            order: row.id,
            range: row.range,
            indicator: row.indicator.id,
            spans: row.spans.clone(),
            runs: row.runs.clone(),
            month,
        }
    }
}
