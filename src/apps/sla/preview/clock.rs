//! The nights in which the clock changes, and what is promised in them.

use chrono::{Days, NaiveTime, Timelike};

use super::own::{AHEAD, OwnHours, TimesKind};
use crate::apps::sla::drawing::bars;
use crate::apps::sla::hours::words;
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::text::capitalised;
use crate::zones::{ClockChange, Zone};

/// How many nights are shown.
const NIGHTS: usize = 4;

/// The most spans of a night that are named.
const SPANS_SHOWN: usize = 3;

const NOON: u32 = 12;

/// What is covered in a night without hours.
const NOTHING: &str = "nothing";

/// Returns the next nights in which the clock changes, each in words. Where nothing is covered in any of them, a last line says it once.
pub(super) fn nights(own: &OwnHours, now: i64) -> Vec<String> {
    let zone = own.zone;
    let changes = zone.clock_changes(now, now.saturating_add(AHEAD)).take(NIGHTS);
    let nights: Vec<(String, Option<String>)> = changes
        .map(|change| (capitalised(&words::clock_change(&change, zone)), hours(own, &change)))
        .collect();
    if nights.is_empty() {
        return vec![format!("The clock of {zone} does not change within five years.")];
    }
    let what = match own.kind {
        TimesKind::Promised => "promised",
        TimesKind::Excluded => "excluded",
    };
    let are_empty = nights.len() > 1 && nights.iter().all(|(_, hours)| hours.as_deref() == Some(NOTHING));
    let line = |(sentence, hours): (String, Option<String>)| match hours.filter(|_| !are_empty) {
        Some(hours) => format!("{sentence}. From noon to noon is {what}: {hours}."),
        None => format!("{sentence}."),
    };
    let mut lines: Vec<String> = nights.into_iter().map(line).collect();
    lines.extend(are_empty.then(|| format!("Nothing is {what} from noon to noon around any of them.")));
    lines
}

/// Returns what is covered in the night of a change, and what was before if that differs; nothing where it is not known.
fn hours(own: &OwnHours, change: &ClockChange) -> Option<String> {
    let zone = own.zone;
    let night = night(change, zone)?;
    let after = covered(own.after.as_deref()?, night, zone);
    let before = own.before.as_ref().map(|before| covered(before, night, zone));
    Some(match before.filter(|before| *before != after) {
        Some(before) => format!("{after}; before: {before}"),
        None => after,
    })
}

/// Returns the time from noon to noon around a change.
fn night(change: &ClockChange, zone: Zone) -> Option<Span> {
    let date = change.date(zone);
    let noon = NaiveTime::from_hms_opt(NOON, 0, 0)?;
    let first = match zone.local_at(change.at).hour() < NOON {
        true => date.checked_sub_days(Days::new(1))?,
        false => date,
    };
    let last = first.checked_add_days(Days::new(1))?;
    let at = |day: chrono::NaiveDate| zone.first_at_or_past(day.and_time(noon));
    Span::new(at(first), at(last))
}

/// Returns what is covered in a night: `nothing`, `9 h (Sat 24 Oct 22:00 CEST–Sun 25 Oct 06:00 CET)`.
fn covered(coverage: &Coverage, night: Span, zone: Zone) -> String {
    let spans = coverage.spans(night.start, night.end);
    if spans.is_empty() {
        return NOTHING.to_owned();
    }
    let seconds: i64 = spans.iter().map(Span::seconds).sum();
    let mut named: Vec<String> = spans
        .iter()
        .take(SPANS_SHOWN)
        .map(|span| bars::words(*span, zone))
        .collect();
    if spans.len() > SPANS_SHOWN {
        named.push(format!("and {} more", spans.len() - SPANS_SHOWN));
    }
    format!("{} ({})", words::length(seconds), named.join(", "))
}
