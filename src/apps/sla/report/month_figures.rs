//! What was attained in the current month, for the metrics.

use std::sync::Arc;

use super::cache::ReportCache;
use super::computed::{Report, ReportRow};
use super::figures::Figures;
use super::read::ReportQuery;
use crate::apps::sla::measuring::assigned::assigned;
use crate::apps::sla::promised_then::promised::{Definitions, PromisedComponent};
use crate::calculus::period::{Period, PeriodKind};
use crate::db::{Conn, Result};
use crate::metrics::state::attained::{AttainedFigures, AttainedMonth};
use crate::zones::{self, Zone};

/// The figures of the current month of a zone, as promised at each instant.
pub struct MonthFigures {
    zone: Zone,
    cache: ReportCache,
    last: Option<Arc<Report>>,
}

impl MonthFigures {
    /// Returns those of months by the midnights of this zone.
    #[must_use]
    pub fn new(zone: Zone) -> Self {
        Self {
            zone,
            // The one of this month; the next month's takes its place.
            cache: ReportCache::of(1),
            last: None,
        }
    }

    /// Returns the figures of the month that `now` is in, of components that an indicator measures; nothing if they are those of the call before.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn read(&mut self, conn: &mut Conn, now: i64) -> Result<Option<AttainedFigures>> {
        // Zone data may have been read again since.
        let zone = zones::parse(self.zone.name()).unwrap_or(self.zone);
        let query = ReportQuery {
            period: Period::containing(PeriodKind::Month, zone.local_at(now).date()),
            zone,
            definitions: Definitions::Then,
            ids: None,
        };
        let Some(span) = query.span() else { return Ok(None) };
        let report = self.cache.report(conn, &query, span, now)?;
        if self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &report)) {
            return Ok(None);
        }
        let components: Vec<PromisedComponent> = report.rows.iter().filter_map(|row| named(row)).collect();
        let measured = assigned(conn, &components)?.by_component;
        let rows = report.rows.iter().filter(|row| measured.contains_key(&row.id));
        let figures = rows.map(|row| (row.name.clone(), month(row))).collect();
        self.last = Some(report);
        Ok(Some(figures))
    }
}

/// Returns what indicators look at of a component that is still there.
fn named(row: &ReportRow) -> Option<PromisedComponent> {
    row.is_there.then(|| PromisedComponent {
        id: row.id,
        name: row.name.clone(),
        labels: row.labels.clone(),
        is_there: true,
        pieces: Arc::from([]),
    })
}

fn month(row: &ReportRow) -> AttainedMonth {
    let account = row.attainment.account();
    let figures = Figures::of_row(row);
    #[expect(clippy::cast_precision_loss, reason = "lengths stay far below 2^53")]
    let ratio = (account.known() > 0).then(|| account.up() as f64 / account.known() as f64);
    AttainedMonth {
        ratio,
        budget: figures.budget,
        left: figures.left,
        unmeasured: Some(figures.unknown),
    }
}
