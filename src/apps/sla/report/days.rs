//! The calendar of days of a component's report.

use chrono::{Datelike, NaiveDate};

use super::read::TimedComponent;
use crate::admin::dates;
use crate::apps::sla::hours::words;
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::attainment::attained::{Attainment, percent_text};
use crate::calculus::attainment::correction::CorrectedTime;
use crate::calculus::attainment::cutting::in_milliseconds;
use crate::calculus::attainment::run;
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::{Span, intersections};
use crate::zones::Zone;

/// A month of the calendar.
pub(super) struct DrawnMonth {
    pub(super) title: String,
    /// Weeks of seven days; nothing where the month has none.
    pub(super) weeks: Vec<Vec<Option<DrawnDay>>>,
}

/// A day of the calendar.
#[derive(Clone)]
pub(super) struct DrawnDay {
    pub(super) number: u32,
    pub(super) date: String,
    /// Its class: `met`, `missed`, `unknown`, `excluded`, `none`, `later`.
    pub(super) class: &'static str,
    /// What was attained, short.
    pub(super) short: String,
    /// All of it in words.
    pub(super) words: String,
}

/// Returns the days of the period by month.
pub(super) fn months(timed: &TimedComponent, corrected: &CorrectedTime, zone: Zone, span: Span) -> Vec<DrawnMonth> {
    let days = Period::between(PeriodKind::Day, zone, span.start, span.end);
    let mut months: Vec<DrawnMonth> = Vec::new();
    for (day, when) in days {
        let date = day.first();
        let title = dates::month_title(date);
        let column = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        if months.last().is_none_or(|month| month.title != title) {
            months.push(DrawnMonth {
                title,
                weeks: Vec::new(),
            });
        }
        let Some(month) = months.last_mut() else { continue };
        let needs_week = month
            .weeks
            .last()
            .is_none_or(|week| column == 0 || week[column].is_some());
        if needs_week {
            month.weeks.push(vec![None; 7]);
        }
        if let Some(week) = month.weeks.last_mut() {
            week[column] = Some(drawn_day(timed, corrected, date, when));
        }
    }
    months
}

/// Returns whether corrections exclude all that is promised in these spans.
fn is_excluded(timed: &TimedComponent, promised: i64, when: &[Span]) -> bool {
    let exclusions = timed.time.exclusions();
    let excluded = intersections(&intersections(&timed.time.promised, when), &exclusions);
    excluded.iter().map(Span::seconds).sum::<i64>() == promised
}

fn drawn_day(timed: &TimedComponent, corrected: &CorrectedTime, date: NaiveDate, when: Span) -> DrawnDay {
    let when = in_milliseconds(&[when]);
    let promised: i64 = intersections(&timed.time.promised, &when)
        .iter()
        .map(Span::seconds)
        .sum();
    let spans = intersections(&corrected.spans, &when);
    let account = TimeAccount::of(&spans, &run::within(&corrected.runs, &spans));
    let attainment = Attainment::new(promised, promised - account.promised(), account, None);
    let duration = |milliseconds: i64| words::length((milliseconds + 500).div_euclid(1_000));
    let months = timed.time.measured.months.iter();
    let mut summed = months
        .map(|month| month.range)
        .chain(timed.time.measured.cut.iter().copied());
    let (class, short, text) = if promised == 0 {
        ("none", String::new(), "no service promised".to_owned())
    } else if summed.any(|range| !intersections(&[range], &when).is_empty()) {
        let text = format!("{} promised; only the sum of the month is kept", duration(promised));
        ("later", String::new(), text)
    } else if is_excluded(timed, promised, &when) {
        (
            "excluded",
            "–".to_owned(),
            format!("{} promised, excluded", duration(promised)),
        )
    } else if account.promised() == 0 {
        (
            "later",
            String::new(),
            format!("{} promised, not accounted for", duration(promised)),
        )
    } else {
        let short = attainment.attained().map_or_else(|| "?".to_owned(), percent_text);
        let text = format!(
            "{} promised, {} down, {} unknown",
            duration(promised),
            duration(account.down()),
            duration(account.unknown())
        );
        let class = match (account.down(), account.unknown()) {
            (0, 0) => "met",
            (0, _) => "unknown",
            _ => "missed",
        };
        (class, short, text)
    };
    DrawnDay {
        number: date.day(),
        date: date.to_string(),
        class,
        short,
        words: text,
    }
}
