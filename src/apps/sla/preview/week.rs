//! A week of hours as they are and as they would be, as two bars.

use super::own::{OwnHours, TimesKind};
use crate::admin::dates;
use crate::admin::model::{PreviewBar, PreviewRect, PreviewWeek};
use crate::apps::sla::drawing::axis::Axis;
use crate::apps::sla::drawing::bars::Bars;
use crate::apps::sla::hours::book::{CutOwner, NamedCut, NamedHours};
use crate::apps::sla::hours::words;
use crate::calculus::civil::DAY;
use crate::calculus::coverage::Coverage;
use crate::calculus::difference::first_difference;
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::{Span, merge};

/// How far ahead a difference is looked for, seconds: rules of a year differ within it.
const DIFFERENCE_AHEAD: i64 = 400 * DAY;

/// Returns the first week that differs, as it is and as it would be; the present week if none does. Returns nothing where it cannot be known
/// what would be.
pub(super) fn before_and_after(own: &OwnHours, now: i64) -> Option<PreviewWeek> {
    let zone = own.zone;
    let until = now.saturating_add(DIFFERENCE_AHEAD);
    let (before, after) = (own.before.as_deref(), own.after.as_deref()?);
    let first = before.and_then(|before| first_difference(before.each_span(now, until), after.each_span(now, until)));
    let date = zone.local_at(first.unwrap_or(now)).date();
    let range = Period::containing(PeriodKind::Week, date).span(zone)?;
    let axis = Axis::new(range, zone, now);
    let drawn = |title: &'static str, coverage: &Coverage| {
        let (parts, seconds) = bar(coverage, range, own.kind);
        let weekends = axis.weekends.iter().map(|shade| PreviewRect {
            class: "weekend",
            x: shade.x.to_string(),
            width: shade.width.to_string(),
            span: (range.start, range.end),
        });
        PreviewBar {
            title,
            words: words::length(seconds),
            parts: weekends.chain(parts).collect(),
        }
    };
    let bars = before.map(|before| drawn("Before", before));
    let monday = dates::day(zone.local_at(range.start).date());
    let which = match (before, first) {
        (Some(_), Some(_)) => "The first week that differs",
        (Some(before), None) => {
            let past = |coverage: &Coverage| coverage.spans(range.start, now);
            match past(before) == past(after) {
                true => "This week, which does not change",
                false => "This week, in which only past times differ",
            }
        }
        (None, _) => "This week",
    };
    Some(PreviewWeek {
        title: format!("{which}, from {monday} on, in {zone}"),
        days: axis
            .ticks
            .iter()
            .map(|tick| {
                let (weekday, _) = tick.label.split_once(' ').unwrap_or((&tick.label, ""));
                let rest = &tick.label[weekday.len()..];
                (tick.x.to_string(), weekday.to_owned(), rest.to_owned())
            })
            .collect(),
        bars: bars.into_iter().chain([drawn("After", after)]).collect(),
    })
}

/// Returns what is drawn of a coverage, and the seconds that it covers. What a calendar excludes is drawn as what is cut.
fn bar(coverage: &Coverage, range: Span, kind: TimesKind) -> (Vec<PreviewRect>, i64) {
    let hours = coverage.hours(range.start, range.end);
    let seconds = hours.spans.iter().map(Span::seconds).sum();
    // Whose rules cut is not shown: users without the permission to view calendars see no name of one.
    let cuts = merge(hours.cuts.iter().map(|cut| cut.span).collect()).into_iter();
    let cuts = cuts.map(|span| NamedCut {
        span,
        by: CutOwner::Calendar(String::new()),
        name: String::new(),
    });
    let bars = Bars::of(
        &NamedHours {
            spans: hours.spans,
            cuts: cuts.collect(),
        },
        range,
    );
    let class = match kind {
        TimesKind::Promised => "span",
        TimesKind::Excluded => "cut",
    };
    let cuts = bars.cuts.iter().map(|bar| ("cut", bar));
    let parts = cuts.chain(bars.spans.iter().map(|bar| (class, bar)));
    let parts = parts.map(|(class, bar)| PreviewRect {
        class,
        x: bar.x.to_string(),
        width: bar.width.to_string(),
        span: (bar.span.start, bar.span.end),
    });
    (parts.collect(), seconds)
}
