//! Queries about one span, for components that share it. First one query asks how many cells of each were fully up; only for those that were
//! not all the samples are asked for. What a server refuses as too much is asked for in halves, first of the components, then of the time.

use super::question::{MeasuredComponent, MeasuringIndicator, by_component};
use super::reading::SpanReading;
use crate::calculus::span::Span;
use crate::prometheus_api::client::{PrometheusClient, QueriedSeries, QueryAnswer, QueryRange};
use crate::prometheus_api::error::QueryError;

/// Components that one query asks for.
pub const COMPONENTS_MAX: usize = 200;
/// Points that a query asks for at most: a server refuses more than 11,000 of one series.
const POINTS_MAX: i64 = 10_000;
/// Points of all series of a query.
const ANSWER_POINTS_MAX: i64 = 100_000;
/// Points that a server evaluates for one count.
const COUNTED_POINTS_MAX: i64 = 1_000_000;

/// Asks a server, in its own time: what limits the rate of queries stands behind it.
pub trait Queries {
    /// Evaluates an expression at an instant, in milliseconds.
    ///
    /// # Errors
    /// Why there is no answer.
    fn query(&mut self, source: &str, expression: &str, at_ms: i64) -> Result<QueryAnswer, QueryError>;

    /// Evaluates an expression at the instants of a range.
    ///
    /// # Errors
    /// Why there is no answer.
    fn query_range(&mut self, source: &str, expression: &str, range: QueryRange) -> Result<QueryAnswer, QueryError>;
}

impl Queries for &PrometheusClient {
    fn query(&mut self, source: &str, expression: &str, at_ms: i64) -> Result<QueryAnswer, QueryError> {
        PrometheusClient::query(self, source, expression, at_ms)
    }

    fn query_range(&mut self, source: &str, expression: &str, range: QueryRange) -> Result<QueryAnswer, QueryError> {
        PrometheusClient::query_range(self, source, expression, range)
    }
}

/// Measures one span, in milliseconds, by one indicator.
pub struct SpanMeasuring<'a> {
    /// Answers.
    pub queries: &'a mut dyn Queries,
    /// What measures.
    pub indicator: &'a MeasuringIndicator,
    /// The span.
    pub span: Span,
}

/// Readings of components by their places in the list that was asked for.
pub type Readings = Vec<(usize, SpanReading)>;

/// Components with their places.
type Placed<'a> = [(usize, &'a MeasuredComponent)];

impl SpanMeasuring<'_> {
    /// Returns the reading of each of the components.
    ///
    /// # Errors
    /// An error that may pass: nothing is known then about any of them, and it is to be tried again.
    pub fn measure(&mut self, components: &[MeasuredComponent]) -> Result<Readings, QueryError> {
        let placed: Vec<(usize, &MeasuredComponent)> = components.iter().enumerate().collect();
        let cells = self.indicator.grid(self.span).cells().max(1);
        let at_once = usize::try_from(COUNTED_POINTS_MAX / cells).unwrap_or(1);
        let mut readings = Readings::with_capacity(components.len());
        for portion in placed.chunks(at_once.clamp(1, COMPONENTS_MAX)) {
            self.count(portion, &mut readings)?;
        }
        readings.sort_unstable_by_key(|(place, _)| *place);
        Ok(readings)
    }

    /// Finds the components all of whose cells were up by one query, and reads the samples of the others.
    fn count(&mut self, components: &Placed<'_>, readings: &mut Readings) -> Result<(), QueryError> {
        let (query, at_ms) = self.indicator.up_query(&expressions(components), self.span);
        let answer = match self.queries.query(&self.indicator.source, &query, at_ms) {
            Ok(answer) => answer,
            Err(error) if components.len() > 1 && is_no_expression(&error) => {
                return self.refuse(components, &error, readings);
            }
            Err(error) if components.len() > 1 && helps_halving(&error) => {
                let mut parts = fewer(components, &error).into_iter();
                return parts.try_for_each(|part| self.count(part, readings));
            }
            // The samples of one component may still be read in parts, and a refusal says more about them.
            Err(error) if is_about_components(&error) => return self.read(components, readings),
            Err(error) => return Err(error),
        };
        let cells = self.indicator.grid(self.span).cells();
        let mut rest = Vec::new();
        for (component, series) in components.iter().zip(by_component(answer.series, components.len())) {
            match series.as_slice() {
                [one] if is_count(one, cells) => {
                    readings.push((component.0, SpanReading::up(self.indicator, self.span)));
                }
                _ => rest.push(*component),
            }
        }
        let cells = cells.clamp(1, POINTS_MAX);
        let at_once = usize::try_from(ANSWER_POINTS_MAX / cells)
            .unwrap_or(1)
            .clamp(1, COMPONENTS_MAX);
        rest.chunks(at_once)
            .try_for_each(|portion| self.read(portion, readings))
    }

    /// Books what the server says about the first component on all: their expressions differ in quoted texts alone. If it can read that one, the
    /// refusal is about another one, and fewer are asked for.
    fn refuse(
        &mut self,
        components: &Placed<'_>,
        refusal: &QueryError,
        readings: &mut Readings,
    ) -> Result<(), QueryError> {
        match self.samples(&components[..1]) {
            Err(error) if is_no_expression(&error) => {
                readings.extend(self.unknown(components, &error));
                Ok(())
            }
            Err(error) if !is_about_components(&error) => Err(error),
            _ => {
                let mut parts = fewer(components, refusal).into_iter();
                parts.try_for_each(|part| self.count(part, readings))
            }
        }
    }

    /// Returns that nothing is known of these components, for a reason.
    fn unknown(&self, components: &Placed<'_>, reason: &QueryError) -> Readings {
        let reason = reason.to_string();
        let reading = SpanReading::unknown(self.indicator, self.span, &reason);
        components.iter().map(|(place, _)| (*place, reading.clone())).collect()
    }

    /// Reads the samples of components.
    fn read(&mut self, components: &Placed<'_>, readings: &mut Readings) -> Result<(), QueryError> {
        match self.samples(components) {
            Ok(series) => {
                for (component, series) in components.iter().zip(series) {
                    readings.push((component.0, SpanReading::of(self.indicator, self.span, &series)));
                }
                Ok(())
            }
            Err(error) if components.len() > 1 && helps_halving(&error) => {
                let mut parts = fewer(components, &error).into_iter();
                parts.try_for_each(|part| self.read(part, readings))
            }
            Err(error) if !is_about_components(&error) => Err(error),
            Err(error) => {
                readings.extend(self.unknown(components, &error));
                Ok(())
            }
        }
    }

    /// Returns the series of each component, read in chunks of the time.
    fn samples(&mut self, components: &Placed<'_>) -> Result<Vec<Vec<QueriedSeries>>, QueryError> {
        let grid = self.indicator.grid(self.span);
        let query = self.indicator.samples_query(&expressions(components));
        let mut of_each: Vec<Vec<QueriedSeries>> = vec![Vec::new(); components.len()];
        let mut points = POINTS_MAX;
        let mut start_ms = grid.first;
        while start_ms <= grid.last {
            let end_ms = grid.last.min(start_ms + (points - 1) * grid.step);
            let range = QueryRange {
                start_ms,
                end_ms,
                step_ms: grid.step,
            };
            match self.queries.query_range(&self.indicator.source, &query, range) {
                Ok(answer) => {
                    let found = by_component(answer.series, components.len());
                    of_each.iter_mut().zip(found).for_each(|(all, more)| join(all, more));
                    start_ms = end_ms + grid.step;
                }
                // Components are halved first: one query for half of them costs less than two for all.
                Err(error) if error.is_too_much() && components.len() == 1 && start_ms < end_ms => {
                    points = ((end_ms - start_ms) / grid.step + 1).div_euclid(2).max(1);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(of_each)
    }
}

fn expressions<'a>(components: &Placed<'a>) -> Vec<&'a MeasuredComponent> {
    components.iter().map(|(_, component)| *component).collect()
}

/// Returns parts of components that are asked for one after the other. A server that was too slow is asked for one alone first: if it does not
/// answer that, it hangs, and is not waited for once more with each half.
fn fewer<'a, 'b>(components: &'b Placed<'a>, error: &QueryError) -> Vec<&'b Placed<'a>> {
    let first = usize::from(error.is_too_slow());
    let (alone, rest) = components.split_at(first);
    let (one, other) = rest.split_at(rest.len() / 2);
    [alone, one, other]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect()
}

/// Returns whether fewer components at once may have an answer where these have none: one of them may be what a server refuses or is too slow
/// for.
fn helps_halving(error: &QueryError) -> bool {
    match error {
        QueryError::UnknownSource { .. } => false,
        error => error.is_too_slow() || error.is_too_much() || !error.may_pass(),
    }
}

/// Returns whether an error is a refusal of what is asked, which stays as it is, and not of who asks whom.
fn is_about_components(error: &QueryError) -> bool {
    !error.may_pass() && !matches!(error, QueryError::UnknownSource { .. })
}

/// Words of refusals that are about a quoted text, such as a regular expression, which may be another one for the next component.
const ABOUT_TEXTS: [&str; 2] = ["error parsing regexp", "non-empty matcher"];

/// Returns whether a server cannot read an expression, whatever its quoted texts are.
fn is_no_expression(error: &QueryError) -> bool {
    match error {
        QueryError::Refused {
            place: Some(_),
            message,
            ..
        } => !ABOUT_TEXTS.iter().any(|words| message.contains(words)),
        _ => false,
    }
}

/// Returns whether the only sample of a series is this count.
#[expect(clippy::cast_precision_loss, reason = "counts of cells are small")]
fn is_count(series: &QueriedSeries, count: i64) -> bool {
    matches!(series.samples.as_slice(), [sample] if sample.value == count as f64)
}

/// Adds the samples of a later chunk to the series with the same labels.
fn join(all: &mut Vec<QueriedSeries>, more: Vec<QueriedSeries>) {
    for series in more {
        match all.iter_mut().find(|known| known.labels == series.labels) {
            Some(known) => known.samples.extend(series.samples),
            None => all.push(series),
        }
    }
}
