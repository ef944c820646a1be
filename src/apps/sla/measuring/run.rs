//! A run: reads what was promised and what measures it, asks for each span that is due, oldest first, and books the answers. No connection to
//! the database is held while a server is asked.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use super::assigned::{AssignedIndicators, assigned};
use super::book::{Booked, Circumstances, book};
use super::due::{DueRange, DueSpan, due_spans, next_end};
use super::measure::{Queries, SpanMeasuring};
use crate::apps::sla::availability::store::{self, SummedTime};
use crate::apps::sla::promised_then::promised::PromisedTime;
use crate::apps::sla::promised_then::service_span::{MARGIN, unreadable};
use crate::db::pool::Pool;
use crate::db::{Conn, Result, dialect};
use crate::prometheus_api::error::QueryError;
use crate::text::counted;

/// How long after its end a span is measured, in seconds: until then samples may still come in.
pub const MEASURED_AFTER: i64 = 600;

/// How far back servers measure spans by themselves, in seconds: Prometheus keeps samples for 15 days unless it is configured otherwise.
pub const CATCH_UP: i64 = 14 * 86_400;

/// How long one query of the database may take.
const QUERY_LIMIT: Duration = Duration::from_secs(600);

/// What a run measures.
#[derive(Clone, Debug)]
pub struct RunScope {
    /// Which spans.
    pub range: DueRange,
    /// Only these components, by key.
    pub components: Option<BTreeSet<i64>>,
    /// Only by indicators of this source.
    pub source: Option<String>,
    /// Whether spans that have a row are measured again.
    pub again: bool,
}

/// What a run has to do.
#[derive(Debug, Default)]
pub struct RunPlan {
    /// Spans, oldest first.
    pub due: Vec<DueSpan>,
    /// Names of components that no indicator measures.
    pub without_indicator: Vec<String>,
    /// What is not known for certain about what was promised.
    pub notes: Vec<String>,
    /// The end of the first span behind the range that an indicator of the scope measures, or an instant before it.
    pub next_end: i64,
}

/// A source that could not be asked.
#[derive(Clone, Debug)]
pub struct SourceFailure {
    /// Why.
    pub error: QueryError,
    /// The end of the oldest span that was not measured.
    pub since: i64,
    /// How many spans of components were not measured.
    pub spans: usize,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct RunOutcome {
    /// What was booked.
    pub booked: Booked,
    /// Sources that could not be asked, by name.
    pub failures: BTreeMap<String, SourceFailure>,
    /// Warnings of rows, each once, with how many have it.
    pub warnings: BTreeMap<String, usize>,
    /// Whether it was stopped before it was done.
    pub is_stopped: bool,
}

/// Says how many spans there are, as the beginning of a sentence about them.
fn spans_are(count: usize) -> String {
    let are = if count == 1 { "is" } else { "are" };
    format!("{} of service {are}", counted(count, "span"))
}

/// Takes out of what is due what sums have, and returns how many spans of components are in months and in days: a server keeps samples for a
/// shorter time, and would make unknown what is known.
fn leave_summed(due: &mut Vec<DueSpan>, summed: &SummedTime) -> (usize, usize) {
    let (mut in_months, mut in_days) = (0, 0);
    for DueSpan { span, components, .. } in due.iter_mut() {
        let span = span.in_milliseconds();
        components.retain(|component| {
            let is_in_month = summed.has_in_months(component.id, span);
            let is_in_day = !is_in_month && summed.has_in_days(component.id, span);
            in_months += usize::from(is_in_month);
            in_days += usize::from(is_in_day);
            !is_in_month && !is_in_day
        });
    }
    due.retain(|due| !due.components.is_empty());
    (in_months, in_days)
}

impl RunPlan {
    /// Reads what there is to do.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn read(conn: &mut Conn, circumstances: &Circumstances, scope: &RunScope) -> Result<Self> {
        dialect::read_snapshot(conn, QUERY_LIMIT, |conn| Self::read_within(conn, circumstances, scope))
    }

    fn read_within(conn: &mut Conn, circumstances: &Circumstances, scope: &RunScope) -> Result<Self> {
        let (from, to) = scope.range.bounds();
        let range = (from.saturating_sub(MARGIN), to.saturating_add(MARGIN));
        let promised = PromisedTime::read(conn, range, circumstances.definitions, scope.components.as_ref())?;
        let AssignedIndicators {
            by_component: mut assigned,
            notes: of_indicators,
        } = assigned(conn, &promised.components)?;
        let without = promised
            .components
            .iter()
            .filter(|component| !assigned.contains_key(&component.id));
        let without_indicator = without.map(|component| component.name.clone()).collect();
        if let Some(source) = &scope.source {
            assigned.retain(|_, assigned| assigned.indicator.source == *source);
        }
        let summed = store::summed_time(conn, circumstances.definitions, (from, to))?;
        let measured: HashSet<store::RowRange> = match scope.again {
            true => HashSet::new(),
            false => {
                let ends = (from.saturating_sub(1), to.saturating_add(MARGIN));
                store::measured_spans(conn, circumstances.definitions, ends)?
                    .into_iter()
                    .collect()
            }
        };
        let mut notes = promised.notes.clone();
        notes.extend(of_indicators);
        for component in &promised.components {
            for reason in unreadable(&component.pieces, from, to) {
                notes.push(format!("nothing is measured of `{}`: {reason}", component.name));
            }
        }
        let mut due = due_spans(&promised, &assigned, scope.range, &measured);
        let (in_months, in_days) = leave_summed(&mut due, &summed);
        if in_months > 0 {
            notes.push(format!(
                "{} in months of which only sums are kept, and not measured any more",
                spans_are(in_months)
            ));
        }
        // Without it they count as measured.
        if in_days > 0 && scope.again {
            notes.push(format!(
                "{} in days of which only sums are kept (--availability-days), and not measured again",
                spans_are(in_days)
            ));
        }
        Ok(Self {
            next_end: next_end(&promised, &assigned, to),
            due,
            without_indicator,
            notes,
        })
    }

    /// Returns how many spans of components there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.due.iter().map(|due| due.components.len()).sum()
    }

    /// Returns whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }

    /// Measures what is due. `goes_on` is asked before each span, with how many spans of components are done. A source that cannot be asked is
    /// not asked again in this run; others are.
    ///
    /// # Errors
    /// Those of [`crate::db`]; what was booked before stays.
    pub fn carry_out(
        &self,
        pool: &Pool,
        queries: &mut dyn Queries,
        circumstances: &Circumstances,
        goes_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<RunOutcome> {
        let mut outcome = RunOutcome::default();
        let mut done = 0;
        for due in &self.due {
            if !goes_on(done) {
                outcome.is_stopped = true;
                break;
            }
            done += due.components.len();
            if let Some(failure) = outcome.failures.get_mut(&due.indicator.source) {
                failure.spans += due.components.len();
                continue;
            }
            let mut measuring = SpanMeasuring {
                queries: &mut *queries,
                indicator: &due.indicator,
                span: due.span.in_milliseconds(),
            };
            match measuring.measure(&due.components) {
                Ok(readings) => {
                    for warning in readings.iter().flat_map(|(_, reading)| &reading.warnings) {
                        *outcome
                            .warnings
                            .entry(format!("{}: {warning}", due.indicator.name))
                            .or_default() += 1;
                    }
                    outcome.booked += book(&mut *pool.get()?, circumstances, due, readings)?;
                }
                Err(error) => {
                    let failure = SourceFailure {
                        error,
                        since: due.span.end,
                        spans: due.components.len(),
                    };
                    outcome.failures.insert(due.indicator.source.clone(), failure);
                }
            }
        }
        Ok(outcome)
    }
}
