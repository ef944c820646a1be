//! The parts of a report, from the database.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::computed::{ComponentTime, Report, ReportRow};
use super::corrections::{ComponentCorrection, TimeAdjustments};
use crate::apps::sla::availability::measured_row::MeasuredRow;
use crate::apps::sla::availability::measured_time::MeasuredTime;
use crate::apps::sla::availability::packed::{ComponentTexts, MeasuredComponents};
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
use crate::db::{Conn, Result, limit};
use crate::parallel::in_parts;
use crate::zones::Zone;

/// Up to so many components one thread reads alone.
const COMPONENTS_ALONE: usize = 1_000;

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

/// What a component attained, as the report has it.
pub struct TimedRow {
    /// Its row of the report.
    pub row: Arc<ReportRow>,
    /// The instant from which on more of it is accounted for.
    pub next: i64,
}

/// A component with its time.
pub struct TimedComponent {
    /// Its row of the report.
    pub row: ReportRow,
    /// Its time.
    pub time: ComponentTime,
    /// The corrections in it.
    pub corrections: Vec<ComponentCorrection>,
}

/// Hours that components share, in milliseconds.
struct DueHours {
    /// What is promised in the period.
    promised: Vec<Span>,
    /// Which of that is due.
    due: Vec<Span>,
    /// When more is, in seconds.
    next: i64,
    /// When all of it is, in seconds; nothing without hours.
    due_from: Option<i64>,
    /// Why hours cannot be read, if so.
    unreadable: Option<Arc<str>>,
}

/// Hours by the pieces that they are of.
type HoursByPieces = HashMap<*const PromisedPiece, DueHours>;

/// What components share which have the same hours and corrections, and of which the same was measured.
struct SharedRow {
    /// Without an SLO.
    attainment: Attainment,
    unmeasured: i64,
    unmeasured_since: Option<i64>,
    cut: Option<(i64, String)>,
    overlap_unknown: Option<i64>,
    known_elsewhere: Option<(i64, Vec<String>)>,
}

/// What was made of a component.
enum MadeRow {
    /// Its row.
    Timed(TimedRow),
    /// Nothing: it is no part of the report.
    LeftOut,
    /// Nothing yet: its rows have to be read from the database.
    TextsUnusable,
}

/// Makes the rows of components, those that are the same once. The time of a component is dropped once it is counted.
struct RowMaker<'a> {
    span: Span,
    now: i64,
    adjustments: &'a TimeAdjustments,
    measured: &'a MeasuredComponents,
    hours: HoursByPieces,
    shared: HashMap<(*const PromisedPiece, ComponentTexts<'a>, Vec<i64>), Box<SharedRow>>,
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

/// Reads what was measured of components, and returns their rows as they are at `now`. A component that is not there any more and to which nothing
/// was promised in the period is left out.
///
/// # Errors
/// Those of [`crate::db`].
pub fn timed(
    conn: &mut Conn,
    definitions: Definitions,
    components: &[&(PromisedComponent, Option<i32>)],
    (span, now): (Span, i64),
    is_all: bool,
) -> Result<Vec<TimedRow>> {
    let adjustments = TimeAdjustments::read(conn, span)?;
    let ids: Vec<i64> = components.iter().map(|(component, _)| component.id).collect();
    let measured = MeasuredComponents::read(conn, definitions, span, (!is_all).then_some(&ids[..]))?;
    let maker = |count| RowMaker {
        span,
        now,
        adjustments: &adjustments,
        measured: &measured,
        hours: HashMap::new(),
        shared: HashMap::with_capacity(count),
    };
    let limit = limit::current();
    let of_texts = in_parts(components, COMPONENTS_ALONE, |components| {
        let mut maker = maker(components.len());
        let rows = components.iter().map(|(component, slo)| {
            limit.check()?;
            Ok(maker.row(component, *slo))
        });
        rows.collect::<Result<Vec<_>>>()
    });
    let of_texts = of_texts.into_iter().collect::<Result<Vec<_>>>()?;
    let mut maker = maker(0);
    let mut rows = Vec::with_capacity(components.len());
    for ((component, slo), row) in components.iter().zip(of_texts.into_iter().flatten()) {
        match row {
            MadeRow::LeftOut => {}
            MadeRow::Timed(row) => rows.push(row),
            MadeRow::TextsUnusable => {
                limit.check()?;
                let stored = measured.stored_rows(conn, component.id)?;
                rows.push(maker.row_of_stored(component, *slo, &stored));
            }
        }
    }
    Ok(rows)
}

/// Reads what was measured of a component, and returns it with its time as it is at `now`; nothing of one that [`timed`] leaves out.
///
/// # Errors
/// Those of [`crate::db`].
pub fn timed_component(
    conn: &mut Conn,
    definitions: Definitions,
    (component, slo): &(PromisedComponent, Option<i32>),
    (span, now): (Span, i64),
) -> Result<Option<TimedComponent>> {
    let adjustments = TimeAdjustments::read(conn, span)?;
    let measured = MeasuredComponents::read(conn, definitions, span, Some(&[component.id]))?;
    let hours = DueHours::of(&component.pieces, span, now);
    if !hours.is_part(component) {
        return Ok(None);
    }
    let rows = measured.rows(conn, component.id)?;
    let corrections = adjustments.corrections(component);
    let time = hours.time(span, (&rows, &corrections), adjustments.unknown(&rows));
    Ok(Some(TimedComponent {
        row: SharedRow::of(&time, &rows).of_component(component, *slo, &hours),
        time,
        corrections,
    }))
}

impl RowMaker<'_> {
    /// Returns the row of a component, without the database.
    fn row(&mut self, component: &PromisedComponent, slo: Option<i32>) -> MadeRow {
        let hours = DueHours::kept(&mut self.hours, component, (self.span, self.now));
        if !hours.is_part(component) {
            return MadeRow::LeftOut;
        }
        let texts = self.measured.texts(component.id);
        let corrections = self.adjustments.corrections(component);
        let correction_ids = corrections.iter().map(|one| one.id).collect();
        let shared = match self.shared.entry((component.pieces.as_ptr(), texts, correction_ids)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let Some(rows) = texts.rows(self.span) else {
                    return MadeRow::TextsUnusable;
                };
                let time = hours.time(self.span, (&rows, &corrections), self.adjustments.unknown(&rows));
                place.insert(Box::new(SharedRow::of(&time, &rows)))
            }
        };
        MadeRow::Timed(shared.timed(component, slo, hours))
    }

    /// Returns the row of a component of which these rows are stored.
    fn row_of_stored(&mut self, component: &PromisedComponent, slo: Option<i32>, rows: &[MeasuredRow]) -> TimedRow {
        let hours = DueHours::kept(&mut self.hours, component, (self.span, self.now));
        let corrections = self.adjustments.corrections(component);
        let time = hours.time(self.span, (rows, &corrections), self.adjustments.unknown(rows));
        SharedRow::of(&time, rows).timed(component, slo, hours)
    }
}

impl SharedRow {
    /// Returns what is the same for all components that have this time, of which these rows were measured.
    fn of(time: &ComponentTime, rows: &[MeasuredRow]) -> Self {
        let zone = rows.iter().filter_map(|row| row.month.as_ref()).next_back();
        let zone = || zone.map(|month| month.timezone.clone()).unwrap_or_default();
        Self {
            attainment: time.attainment(None),
            unmeasured: time.unmeasured(),
            unmeasured_since: time.unmeasured_since(),
            cut: Some(time.cut()).filter(|cut| *cut > 0).map(|cut| (cut, zone())),
            overlap_unknown: time.measured.overlap_unknown(),
            known_elsewhere: time.measured.known_elsewhere(),
        }
    }

    /// Returns one of the components, with when more of it is due.
    fn timed(&self, component: &PromisedComponent, slo: Option<i32>, hours: &DueHours) -> TimedRow {
        TimedRow {
            row: Arc::new(self.of_component(component, slo, hours)),
            next: hours.next,
        }
    }

    /// Returns the row of one of the components.
    fn of_component(&self, component: &PromisedComponent, slo: Option<i32>, hours: &DueHours) -> ReportRow {
        let attainment = &self.attainment;
        ReportRow {
            id: component.id,
            name: component.name.clone(),
            labels: Arc::clone(&component.labels),
            is_there: component.is_there,
            attainment: Attainment::new(attainment.planned(), attainment.excluded(), attainment.account(), slo),
            due_from: hours.due_from,
            unmeasured: self.unmeasured,
            unmeasured_since: self.unmeasured_since,
            cut: self.cut.clone(),
            overlap_unknown: self.overlap_unknown,
            known_elsewhere: self.known_elsewhere.clone().map(Box::new),
            unreadable: hours.unreadable.clone(),
        }
    }
}

impl DueHours {
    /// Returns the hours of a component, which others with the same pieces share.
    fn kept<'a>(kept: &'a mut HoursByPieces, component: &PromisedComponent, (span, now): (Span, i64)) -> &'a Self {
        let hours = kept.entry(component.pieces.as_ptr());
        hours.or_insert_with(|| Self::of(&component.pieces, span, now))
    }

    /// Returns what pieces promise in a span, and what of that is due at `now`, in milliseconds.
    fn of(pieces: &[PromisedPiece], span: Span, now: i64) -> Self {
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
        let due_at = || spans.iter().map(|span| span.end + MEASURED_AFTER);
        Self {
            promised: within(&spans),
            due: within(&due),
            next: due_at().filter(|at| now < *at).min().unwrap_or(i64::MAX),
            due_from: due_at().max(),
            unreadable: unreadable(pieces, span.start, span.end)
                .first()
                .map(|reason| Arc::from(*reason)),
        }
    }

    /// Returns whether a component with these hours is part of the report.
    fn is_part(&self, component: &PromisedComponent) -> bool {
        component.is_there || !self.promised.is_empty()
    }

    /// Returns the time of these hours in a span of which these rows were measured, with corrections.
    fn time(
        &self,
        span: Span,
        (rows, corrections): (&[MeasuredRow], &[ComponentCorrection]),
        unknown: UnknownPolicy,
    ) -> ComponentTime {
        let mut measured = MeasuredTime::of(&self.due, span.in_milliseconds(), rows);
        let keyed: Vec<(i64, CorrectedSpan)> = corrections.iter().map(|one| (one.id, one.corrected)).collect();
        measured.correct_months(&keyed);
        ComponentTime {
            promised: self.promised.clone(),
            due: self.due.clone(),
            measured,
            corrections: corrections.iter().map(|one| one.corrected).collect(),
            unknown,
        }
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
        let rows = timed.into_iter().map(|timed| timed.row);
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
