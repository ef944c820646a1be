//! The parts of a report, from the database.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::computed::{ComponentTime, Report, ReportRow};
use super::corrections::{ComponentCorrection, TimeAdjustments};
use crate::apps::sla::availability::measured_row::MeasuredRow;
use crate::apps::sla::availability::measured_time::MeasuredTime;
use crate::apps::sla::availability::packed::{self, MeasuredRows};
use crate::apps::sla::component;
use crate::apps::sla::measuring::run::MEASURED_AFTER;
use crate::apps::sla::promised_then::promised::{Definitions, PromisedComponent, PromisedPiece, PromisedTime};
use crate::apps::sla::promised_then::service_span::{MARGIN, service_spans, unreadable};
use crate::calculus::attainment::attained::Attainment;
use crate::calculus::attainment::correction::CorrectedSpan;
use crate::calculus::attainment::cutting::in_milliseconds;
use crate::calculus::attainment::run::UnknownPolicy;
use crate::calculus::period::Period;
use crate::calculus::span::{Span, merge};
use crate::db::{Conn, Result};
use crate::zones::Zone;

/// Which report is meant.
#[derive(Clone, Debug)]
pub struct ReportQuery {
    /// The period.
    pub period: Period,
    /// The zone of its midnights.
    pub zone: Zone,
    /// What counts as promised.
    pub definitions: Definitions,
    /// The keys of the components; nothing for all.
    pub ids: Option<BTreeSet<i64>>,
}

impl ReportQuery {
    /// Returns when the period is, in seconds; nothing for a day that the clock skips as a whole.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.period.span(self.zone)
    }
}

/// What was and will be promised in the period of a report: its components, by name.
pub struct PromisedReport {
    /// The components, each with its SLO in thousandths of a percent.
    pub components: Vec<(PromisedComponent, Option<i32>)>,
    /// What is not known for certain, in sentences.
    pub notes: Vec<String>,
}

/// A component with its time.
pub struct TimedComponent {
    /// Its row of the report.
    pub row: ReportRow,
    /// Its time.
    pub time: Arc<ComponentTime>,
    /// The corrections in it.
    pub corrections: Vec<ComponentCorrection>,
    /// The instant from which on more of it is accounted for.
    pub next: i64,
}

/// Hours that components share, in milliseconds.
struct DueHours {
    /// What is promised in the period.
    promised: Vec<Span>,
    /// Which of that is due.
    due: Vec<Span>,
    /// When more is, in seconds.
    next: i64,
    /// Why hours cannot be read, if so.
    unreadable: Option<Arc<str>>,
}

/// Time that components share which have the same hours and corrections, and of which the same was measured.
struct SharedTime {
    time: Arc<ComponentTime>,
    /// Without an SLO.
    attainment: Attainment,
    unmeasured: i64,
    unmeasured_since: Option<i64>,
    cut: Option<(i64, String)>,
}

impl PromisedReport {
    /// Reads what a report of this span is about.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn read(conn: &mut Conn, query: &ReportQuery, span: Span) -> Result<Self> {
        let around = (span.start - MARGIN, span.end + MARGIN);
        let PromisedTime { components, notes } =
            PromisedTime::read(conn, around, query.definitions, query.ids.as_ref())?;
        let slos: HashMap<i64, Option<i32>> = component::store::slos(conn)?.into_iter().collect();
        let components = components.into_iter().map(|component| {
            let slo = slos.get(&component.id).copied().flatten();
            (component, slo)
        });
        let mut components: Vec<(PromisedComponent, Option<i32>)> = components.collect();
        components.sort_by(|(one, _), (other, _)| (&one.name, one.id).cmp(&(&other.name, other.id)));
        Ok(Self { components, notes })
    }
}

/// Reads what was measured of components, and returns them with their time as it is at `now`. A component that is not there any more and to
/// which nothing was promised in the period is left out.
///
/// # Errors
/// Those of [`crate::db`].
pub fn timed(
    conn: &mut Conn,
    definitions: Definitions,
    components: &[&(PromisedComponent, Option<i32>)],
    (span, now): (Span, i64),
    is_all: bool,
) -> Result<Vec<TimedComponent>> {
    let adjustments = TimeAdjustments::read(conn, span)?;
    let ids: Vec<i64> = components.iter().map(|(component, _)| component.id).collect();
    let rows_of = packed::measured(conn, definitions, span, (!is_all).then_some(&ids[..]))?;
    let none = MeasuredRows::from([]);
    let mut hours_of: HashMap<*const PromisedPiece, DueHours> = HashMap::new();
    let mut shared: HashMap<(*const PromisedPiece, *const MeasuredRow, Vec<i64>), SharedTime> = HashMap::new();
    let timed = components.iter().map(|(component, slo)| {
        let pieces = component.pieces.as_ptr();
        let hours = hours_of
            .entry(pieces)
            .or_insert_with(|| due_hours(&component.pieces, span, now));
        let rows = rows_of.get(&component.id).unwrap_or(&none);
        let corrections = adjustments.corrections(component);
        let correction_ids = corrections.iter().map(|one| one.id).collect();
        let shared = shared
            .entry((pieces, rows.as_ptr(), correction_ids))
            .or_insert_with(|| SharedTime::of(hours, span, (rows, &corrections), adjustments.unknown(rows)));
        TimedComponent {
            row: shared.row(component, *slo, hours),
            time: Arc::clone(&shared.time),
            corrections,
            next: hours.next,
        }
    });
    let is_part = |timed: &TimedComponent| timed.row.is_there || !timed.time.promised.is_empty();
    Ok(timed.filter(is_part).collect())
}

impl SharedTime {
    /// Returns the time of hours in a span of which these rows were measured, with corrections.
    fn of(
        hours: &DueHours,
        span: Span,
        (rows, corrections): (&[MeasuredRow], &[ComponentCorrection]),
        unknown: UnknownPolicy,
    ) -> Self {
        let mut measured = MeasuredTime::of(&hours.due, span.in_milliseconds(), rows);
        let keyed: Vec<(i64, CorrectedSpan)> = corrections.iter().map(|one| (one.id, one.corrected)).collect();
        measured.correct_months(&keyed);
        let time = ComponentTime {
            promised: hours.promised.clone(),
            due: hours.due.clone(),
            measured,
            corrections: corrections.iter().map(|one| one.corrected).collect(),
            unknown,
        };
        let zone = rows.iter().filter_map(|row| row.month.as_ref()).next_back();
        let zone = || zone.map(|month| month.timezone.clone()).unwrap_or_default();
        Self {
            attainment: time.attainment(None),
            unmeasured: time.unmeasured(),
            unmeasured_since: time.unmeasured_since(),
            cut: Some(time.cut()).filter(|cut| *cut > 0).map(|cut| (cut, zone())),
            time: Arc::new(time),
        }
    }

    /// Returns the row of one of the components that have this time.
    fn row(&self, component: &PromisedComponent, slo: Option<i32>, hours: &DueHours) -> ReportRow {
        let attainment = &self.attainment;
        ReportRow {
            id: component.id,
            name: component.name.clone(),
            labels: Arc::clone(&component.labels),
            is_there: component.is_there,
            attainment: Attainment::new(attainment.planned(), attainment.excluded(), attainment.account(), slo),
            unmeasured: self.unmeasured,
            unmeasured_since: self.unmeasured_since,
            cut: self.cut.clone(),
            overlap_unknown: self.time.measured.overlap_unknown(),
            known_elsewhere: self.time.measured.known_elsewhere().map(Box::new),
            unreadable: hours.unreadable.clone(),
        }
    }
}

/// Returns what pieces promise in a span, and what of that is due at `now`, in milliseconds.
fn due_hours(pieces: &[PromisedPiece], span: Span, now: i64) -> DueHours {
    let spans = service_spans(pieces, span.start, span.end);
    let within = |spans: &[Span]| {
        let parts: Vec<Span> = spans.iter().filter_map(|part| part.intersection(&span)).collect();
        in_milliseconds(&merge(parts))
    };
    let due: Vec<Span> = spans
        .iter()
        .copied()
        .filter(|span| span.end + MEASURED_AFTER <= now)
        .collect();
    let later = spans
        .iter()
        .map(|span| span.end + MEASURED_AFTER)
        .filter(|at| now < *at);
    DueHours {
        promised: within(&spans),
        due: within(&due),
        next: later.min().unwrap_or(i64::MAX),
        unreadable: unreadable(pieces, span.start, span.end)
            .first()
            .map(|reason| Arc::from(*reason)),
    }
}

impl Report {
    /// Reads a report as it is at `now`, in one state of the database.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn read(conn: &mut Conn, query: &ReportQuery, span: Span, now: i64) -> Result<Self> {
        let promised = PromisedReport::read(conn, query, span)?;
        let components: Vec<&(PromisedComponent, Option<i32>)> = promised.components.iter().collect();
        let timed = timed(conn, query.definitions, &components, (span, now), query.ids.is_none())?;
        let rows = timed.into_iter().map(|timed| Arc::new(timed.row));
        Ok(Self::of(query, span, rows.collect(), promised.notes.clone()))
    }

    /// Returns a report with these rows.
    #[must_use]
    pub fn of(query: &ReportQuery, span: Span, rows: Vec<Arc<ReportRow>>, notes: Vec<String>) -> Self {
        Self {
            period: query.period,
            zone: query.zone,
            span,
            definitions: query.definitions,
            rows,
            notes,
            digest: OnceLock::new(),
        }
    }
}
