//! Spans and runs as texts of a row: JSON lists of lengths in milliseconds, each after its distance from the end of the one before.

use crate::calculus::attainment::run::Run;
use crate::calculus::attainment::share::Share;
use crate::calculus::span::Span;

/// Distance, length, and parts per million; none if unknown.
type RunText = (i64, i64, Option<u32>);

/// Returns the text of runs in a range that begins at `start`, in milliseconds. It is empty without a run.
pub(super) fn of_runs(runs: &[Run], start: i64) -> String {
    let mut last = start;
    let listed = runs.iter().map(|run| {
        let distance = run.span.start - last;
        last = run.span.end;
        (distance, run.span.seconds(), run.share.map(Share::parts_per_million))
    });
    let listed: Vec<RunText> = listed.collect();
    written(&listed)
}

/// Returns the text of spans in a range that begins at `start`, in milliseconds. It is empty without a span.
pub(super) fn of_spans(spans: &[Span], start: i64) -> String {
    let mut last = start;
    let listed = spans.iter().map(|span| {
        let distance = span.start - last;
        last = span.end;
        (distance, span.seconds())
    });
    let listed: Vec<(i64, i64)> = listed.collect();
    written(&listed)
}

/// Reads the text of runs.
///
/// # Errors
/// What is wrong with it.
pub(super) fn runs(text: &str, start: i64) -> Result<Vec<Run>, String> {
    let mut last = start;
    let listed: Vec<RunText> = read(text)?;
    let runs = listed.into_iter().map(|(distance, length, parts)| {
        let span = next_span(&mut last, distance, length)?;
        let share = match parts {
            None => None,
            Some(parts) => Some(Share::from_parts_per_million(parts).ok_or_else(|| format!("{parts} is no share"))?),
        };
        Ok(Run { span, share })
    });
    runs.collect()
}

/// Reads the text of spans.
///
/// # Errors
/// What is wrong with it.
pub(super) fn spans(text: &str, start: i64) -> Result<Vec<Span>, String> {
    let mut last = start;
    let listed: Vec<(i64, i64)> = read(text)?;
    let spans = listed.into_iter();
    spans
        .map(|(distance, length)| next_span(&mut last, distance, length))
        .collect()
}

fn next_span(last: &mut i64, distance: i64, length: i64) -> Result<Span, String> {
    let wrong = || format!("no span is {length} ms long, {distance} ms after the one before");
    let start = last.checked_add(distance).filter(|_| distance >= 0).ok_or_else(wrong)?;
    let end = start.checked_add(length).ok_or_else(wrong)?;
    *last = end;
    Span::new(start, end).ok_or_else(wrong)
}

fn written<T: serde::Serialize>(listed: &[T]) -> String {
    match listed.is_empty() {
        true => String::new(),
        false => serde_json::to_string(listed).expect("lists of numbers can be written"),
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>, String> {
    match text.is_empty() {
        true => Ok(Vec::new()),
        false => serde_json::from_str(text).map_err(|error| error.to_string()),
    }
}
