//! Reports of all components that were made: they follow what is measured and what becomes due, component by component, and are made anew
//! once what was promised, or what people say about it, has changed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::computed::{Report, ReportRow};
use super::read::{PromisedReport, ReportQuery, timed};
use super::store;
use crate::apps::sla::promised_then::promised::{Definitions, PromisedComponent};
use crate::apps::sla::promised_then::store::DefinitionsState;
use crate::calculus::period::Period;
use crate::calculus::span::Span;
use crate::db::{Conn, Result};
use crate::zones::{self, Zone, Zones};

/// Reports of all components, the one that was asked for last first.
pub(super) struct ReportCache {
    reports: Mutex<VecDeque<CachedReport>>,
    /// How many are kept at most.
    size: usize,
}

/// What a report is of.
type ReportKey = (Period, Zone, Definitions, Span);

#[derive(Clone)]
struct CachedReport {
    key: ReportKey,
    /// The zones that its hours were computed with.
    zones: Arc<Zones>,
    state: DefinitionsState,
    /// The last row of what was measured that it has.
    measured: i64,
    made_at: i64,
    promised: Arc<PromisedReport>,
    /// When more of each component becomes due.
    next: Arc<BTreeMap<i64, i64>>,
    report: Arc<Report>,
}

impl ReportCache {
    /// Returns a cache of so many reports.
    pub(super) fn of(size: usize) -> Self {
        Self {
            reports: Mutex::default(),
            size,
        }
    }

    /// Returns the report of all components of a query as it is at `now`.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub(super) fn report(&self, conn: &mut Conn, query: &ReportQuery, span: Span, now: i64) -> Result<Arc<Report>> {
        let key = (query.period, query.zone, query.definitions, span);
        // Before anything else is read: what changes meanwhile is seen the next time.
        let (state, measured) = store::state(conn)?;
        let holds = |cached: &&CachedReport| {
            let is_same = cached.key == key && cached.state == state && cached.made_at <= now;
            is_same && Arc::ptr_eq(&cached.zones, &zones::current())
        };
        let found = self.reports().iter().find(holds).cloned();
        // Without the lock, so that others wait for their own reports alone.
        let mut cached = match found {
            Some(cached) => cached.following(conn, query, now, measured)?,
            None => CachedReport::made(conn, query, key, now, state)?,
        };
        cached.measured = measured;
        cached.made_at = now;
        let report = Arc::clone(&cached.report);
        let mut reports = self.reports();
        reports.retain(|other| other.key != key);
        reports.push_front(cached);
        reports.truncate(self.size);
        Ok(report)
    }

    fn reports(&self) -> MutexGuard<'_, VecDeque<CachedReport>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CachedReport {
    fn made(conn: &mut Conn, query: &ReportQuery, key: ReportKey, now: i64, state: DefinitionsState) -> Result<Self> {
        let span = key.3;
        let zones = zones::current();
        let promised = PromisedReport::read(conn, query, span)?;
        let components: Vec<&(PromisedComponent, Option<i32>)> = promised.components.iter().collect();
        let found = timed(conn, query.definitions, &components, (span, now), true)?;
        let next = found.iter().map(|timed| (timed.row.id, timed.next)).collect();
        let rows = found.into_iter().map(|timed| timed.row);
        let report = Report::of(query, span, rows.collect(), promised.notes.clone());
        Ok(Self {
            key,
            zones,
            state,
            measured: 0,
            made_at: now,
            promised: Arc::new(promised),
            next: Arc::new(next),
            report: Arc::new(report),
        })
    }

    /// Returns the report with what was measured and became due since it was made.
    fn following(self, conn: &mut Conn, query: &ReportQuery, now: i64, measured: i64) -> Result<Self> {
        let span = self.key.3;
        let mut stale: BTreeSet<i64> = match measured == self.measured {
            true => BTreeSet::new(),
            false => store::measured_since(conn, query.definitions, span, self.measured)?,
        };
        stale.extend(self.next.iter().filter(|(_, next)| **next <= now).map(|(id, _)| *id));
        if stale.is_empty() {
            return Ok(self);
        }
        let components = self.promised.components.iter();
        let components: Vec<&(PromisedComponent, Option<i32>)> = components
            .filter(|(component, _)| stale.contains(&component.id))
            .collect();
        let found = timed(conn, query.definitions, &components, (span, now), false)?;
        let mut next = (*self.next).clone();
        next.extend(found.iter().map(|timed| (timed.row.id, timed.next)));
        let rows = found.into_iter().map(|timed| (timed.row.id, timed.row));
        let mut made: BTreeMap<i64, Arc<ReportRow>> = rows.collect();
        let kept = self.report.rows.iter();
        let rows = kept.map(|row| made.remove(&row.id).unwrap_or_else(|| Arc::clone(row)));
        let report = Report::of(query, span, rows.collect(), self.report.notes.clone());
        Ok(Self {
            next: Arc::new(next),
            report: Arc::new(report),
            ..self
        })
    }
}
