//! What a page says of the hours of a component or a window: its state now, two weeks as bars, and how much is promised.

use crate::admin::context::{Context, Instant};
use crate::admin::dates;
use crate::apps::sla::drawing::picture::Picture;
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::words;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::visible_names::VisibleNames;
use crate::calculus::coverage::{Coverage, CoverageValues};
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::zones::Zone;

/// Hours of one object, as they are now.
pub(super) struct HoursNow {
    /// `inside`, `outside`, `none` of what has no hours now, or `unknown`.
    pub(super) class: &'static str,
    /// `Inside its hours`.
    pub(super) state: String,
    /// Until when, and how long that is.
    pub(super) until: Option<Instant>,
    pub(super) remaining: String,
    /// This week and the next.
    pub(super) picture: Option<Picture>,
    /// `40 h promised this week`, `172 h in November, by today’s rules`: what was promised of the past is in the report. None of what has no hours.
    pub(super) promised: Vec<String>,
    /// Seconds promised in this month, and what it is called.
    pub(super) month: Option<(i64, String)>,
    /// The values, as the metrics have them: also of what has no hours, but not of what cannot be read.
    pub(super) values: Option<CoverageValues>,
}

impl HoursNow {
    /// Evaluates hours in the dates of the reader's zone. Those of a disabled object are what it would promise.
    pub(super) fn new(context: &Context<'_>, book: &mut HoursBook, key: &ScheduleKey, enabled: bool) -> Self {
        let now = context.now.and_utc().timestamp();
        let names = VisibleNames::of(&context.account);
        let coverage = match book.coverage(key) {
            Ok(coverage) => coverage,
            Err(reason) => {
                let reason = names.reason(&reason).map(|reason| format!(": {reason}"));
                let reason = reason.unwrap_or_default();
                return Self::without("unknown", format!("Hours unknown: a rule cannot be read{reason}"));
            }
        };
        let values = coverage.values(now);
        if !book.has_enabled_window(key) {
            return Self {
                values: Some(values),
                ..Self::without("none", "No hours: there is no enabled window".to_owned())
            };
        }
        let until = match values.in_window {
            true => values.next_end,
            false => values.next_start,
        };
        let (zone, today) = (context.zone(), context.zone().local_at(now).date());
        let week = Period::containing(PeriodKind::Week, today);
        let range = week
            .next()
            .and_then(|next| Span::new(week.span(zone)?.start, next.span(zone)?.end));
        let picture = range.and_then(|range| {
            let mut hours = book.hours(key, range.start, range.end).ok()?;
            book.name_cuts(key, &mut hours.cuts).ok()?;
            let hours = names.in_hours(&hours);
            Some(Picture::new(&hours, range, zone, now).by_days(&hours, zone, now))
        });
        let month = seconds(&coverage, Period::containing(PeriodKind::Month, today), zone);
        let month = month.map(|seconds| (seconds, dates::month_name(today)));
        let week =
            seconds(&coverage, week, zone).map(|seconds| format!("{} promised this week", words::length(seconds)));
        let in_month = month
            .as_ref()
            .map(|(seconds, name)| format!("{} in {name}, by today’s rules", words::length(*seconds)));
        let (class, state) = match (enabled, values.in_window) {
            (false, true) => ("none", "Disabled; it would be inside its hours"),
            (false, false) => ("none", "Disabled; it would be outside its hours"),
            (true, true) => ("inside", "Inside its hours"),
            (true, false) => ("outside", "Outside its hours"),
        };
        Self {
            class,
            state: state.to_owned(),
            until: until
                .and_then(|until| chrono::DateTime::from_timestamp(until, 0))
                .map(|until| Instant::by_day(until.naive_utc(), zone, context.now)),
            remaining: until.map_or_else(String::new, |until| remaining(until - now)),
            picture,
            promised: week.into_iter().chain(in_month).collect(),
            month,
            values: Some(values),
        }
    }

    /// Says each span in the zone of the hours, too, where that is one and not that of the page.
    pub(super) fn beside(mut self, zones: &[Zone]) -> Self {
        if let [zone] = zones {
            self.picture = self.picture.map(|picture| picture.beside(*zone));
        }
        self
    }

    fn without(class: &'static str, state: String) -> Self {
        Self {
            class,
            state,
            until: None,
            remaining: String::new(),
            picture: None,
            promised: Vec::new(),
            month: None,
            values: None,
        }
    }
}

/// Returns how many seconds are covered in a period of a zone.
fn seconds(coverage: &Coverage, period: Period, zone: Zone) -> Option<i64> {
    let span = period.span(zone)?;
    Some(coverage.covered_seconds(span.start, span.end))
}

/// Returns a length in its two largest units: `5 d 12 h`.
fn remaining(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
