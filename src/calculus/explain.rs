//! Why an instant is covered or not: which rules contain it, which cut it, and how their local times were resolved.

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::coverage::{Coverage, Part};
use super::horizon::{CALENDAR, DAY};
use super::occurrence::{self, Resolved, Shape, Validity};
use super::rule::Rule;
use super::span::Span;
use super::zone::{Resolution, from_seconds, local_at};

/// One occurrence of a rule, with the local times it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// When it is.
    pub span: Span,
    /// The start as the rule says it; in a gap, a time that no clock showed.
    pub start_local: NaiveDateTime,
    /// The end as the rule says it; for an elapsed length, what the clock shows at the end.
    pub end_local: NaiveDateTime,
    /// How the start was resolved.
    pub start_resolution: Resolution,
    /// How the end was resolved; `None` for an elapsed length, whose end is counted from the start.
    pub end_resolution: Option<Resolution>,
}

/// An occurrence of an include rule that contains the instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Index into the window's include rules.
    pub rule: usize,
    /// The occurrence.
    pub occurrence: Occurrence,
}

/// Who cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutBy {
    /// An exclude rule of the window itself.
    Window,
    /// The exclusion calendar with that index in [`Part::exclusions`].
    Exclusion(usize),
}

/// An occurrence of an exclude rule that contains the instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Whose rule it is.
    pub by: CutBy,
    /// Index into the rules of that owner.
    pub rule: usize,
    /// The occurrence.
    pub occurrence: Occurrence,
}

/// What one part has to say about an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartExplanation {
    /// The include occurrences that contain the instant, by rule and start.
    pub inclusions: Vec<Inclusion>,
    /// The exclude occurrences that contain it; they matter only if there are inclusions.
    pub cuts: Vec<Cut>,
}

impl PartExplanation {
    /// True if this part covers the instant.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        !self.inclusions.is_empty() && self.cuts.is_empty()
    }
}

/// Explains the coverage at the instant `at`, part by part and in their order.
/// The instant is covered if any part covers it.
#[must_use]
pub fn explain(coverage: &Coverage, at: i64) -> Vec<PartExplanation> {
    let parts = coverage.parts().iter();
    parts.map(|part| explain_part(part, at)).collect()
}

fn explain_part(part: &Part, at: i64) -> PartExplanation {
    let definition = part.window.definition();
    let zone = definition.timezone;
    let inclusions = occurrences_at(zone, &definition.rules, definition.validity(), at)
        .map(|(rule, occurrence)| Inclusion { rule, occurrence })
        .collect();
    let own = occurrences_at(zone, &definition.excludes, Validity::default(), at)
        .map(|(rule, occurrence)| (CutBy::Window, rule, occurrence));
    let calendars = part.exclusions.iter().enumerate().flat_map(|(index, exclusion)| {
        let validity = Validity::default();
        occurrences_at(exclusion.timezone(), exclusion.rules(), validity, at)
            .map(move |(rule, occurrence)| (CutBy::Exclusion(index), rule, occurrence))
    });
    let cuts = own
        .chain(calendars)
        .map(|(by, rule, occurrence)| Cut { by, rule, occurrence })
        .collect();
    PartExplanation { inclusions, cuts }
}

/// The occurrences that contain the instant, each with the index of its rule.
fn occurrences_at(zone: Tz, rules: &[Rule], validity: Validity, at: i64) -> impl Iterator<Item = (usize, Occurrence)> {
    rules.iter().enumerate().flat_map(move |(index, rule)| {
        let occurrences = match rule {
            Rule::Once { start, end } => once_at(zone, *start, *end, at),
            Rule::Weekly { schedule, .. } | Rule::Recurring { schedule, .. } | Rule::Dates { schedule, .. } => {
                repeating_at(zone, rule, Shape::new(*schedule), validity, at)
            }
        };
        occurrences.into_iter().map(move |occurrence| (index, occurrence))
    })
}

fn once_at(zone: Tz, start: NaiveDateTime, end: NaiveDateTime, at: i64) -> Vec<Occurrence> {
    let resolved = occurrence::once(zone, start, end);
    describe(zone, &resolved, start, end, at).into_iter().collect()
}

fn repeating_at(zone: Tz, rule: &Rule, shape: Shape, validity: Validity, at: i64) -> Vec<Occurrence> {
    let (calendar_first, calendar_last) = validity.days();
    let first = shape.first_day_ending_after(at).max(calendar_first);
    let last = shape.last_day_starting_before(at.saturating_add(1)).min(calendar_last);
    if !matches!(rule, Rule::Dates { .. }) && !CALENDAR.contains(at) {
        return Vec::new();
    }
    let starts = |day: &i64| date_of(*day).is_some_and(|date| rule.starts_on(date));
    (first..=last)
        .filter(starts)
        .filter_map(|day| {
            let start = day * DAY + shape.start;
            let (start, end) = (from_seconds(start), from_seconds(start + shape.length));
            describe(zone, &shape.on(zone, day), start, end, at)
        })
        .collect()
}

/// The occurrence for people, if it contains the instant.
fn describe(
    zone: Tz,
    resolved: &Resolved,
    start_local: NaiveDateTime,
    end_local: NaiveDateTime,
    at: i64,
) -> Option<Occurrence> {
    let span = resolved.span.filter(|span| span.contains(at))?;
    Some(Occurrence {
        span,
        start_local,
        end_local: match resolved.end {
            Some(_) => end_local,
            None => local_at(zone, span.end),
        },
        start_resolution: resolved.start,
        end_resolution: resolved.end,
    })
}

/// The date of a day counted from 1970.
fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(i32::try_from(day).ok()?)
}
