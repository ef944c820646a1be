//! One row of bars below an axis of its own: what a page shows of a single object.

use super::Percent;
use super::axis::Axis;
use super::bars::{self, Bars};
use crate::admin::dates;
use crate::apps::sla::hours::book::NamedHours;
use crate::apps::sla::hours::words;
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::zones::Zone;

/// The most lines of text of what is promised, and of what is cut.
const LINES_MAX: usize = 200;
/// So many spans of a day are said without being asked for.
const LINES_IN_SIGHT: usize = 12;

/// A row of bars, its axis, and the same spans as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The time that is shown.
    pub range: Span,
    /// What is drawn above and behind the bars.
    pub axis: Axis,
    /// The bars.
    pub bars: Bars,
    /// Where the instant is that the page is about, if it is about one.
    pub at: Option<Percent>,
    /// What is promised, as text.
    pub spans: Vec<PictureLine>,
    /// What is cut, as text, with whose rules do it.
    pub cuts: Vec<PictureLine>,
    /// How many more of both there are.
    pub more: usize,
    /// How many seconds are promised.
    promised: i64,
    /// The zone of its dates.
    pub zone: &'static str,
    /// The other zones in which it has spans as text.
    pub other_zones: Vec<&'static str>,
    /// The same day by day, if that is asked for.
    pub days: Vec<PictureDay>,
}

/// A day of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureDay {
    /// `Mon 30 Nov`.
    pub date: String,
    /// `08:00–12:00, 13:00–18:00`; empty if nothing is promised.
    pub times: String,
    /// What cuts it: `Holidays DE, Christmas`.
    pub cut_by: String,
    /// Whether it is the day of now.
    pub is_today: bool,
}

/// A span as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureLine {
    /// The span.
    pub span: Span,
    /// When, in the zone of the picture.
    pub words: String,
    /// The same in the zone of the hours; empty where that is the zone of the picture or UTC.
    pub there: String,
    /// The same in UTC; empty where the picture is in UTC.
    pub utc: String,
    /// Whose rules cut it; empty for what is promised.
    pub by: String,
    /// What people call what cuts it.
    pub name: String,
}

impl Picture {
    /// Draws hours in a range, in the dates of a zone.
    #[must_use]
    pub fn new(hours: &NamedHours, range: Span, zone: Zone, now: i64) -> Self {
        let line = |span: Span, by: &str| PictureLine {
            span,
            words: bars::words(span, zone),
            name: String::new(),
            there: String::new(),
            utc: if zone.is_utc() {
                String::new()
            } else {
                bars::words(span, Zone::utc())
            },
            by: by.to_owned(),
        };
        let cuts = hours.cuts.iter();
        Self {
            range,
            axis: Axis::new(range, zone, now),
            bars: Bars::of(hours, range),
            at: None,
            spans: hours.spans.iter().take(LINES_MAX).map(|span| line(*span, "")).collect(),
            zone: zone.name(),
            other_zones: (!zone.is_utc()).then(|| Zone::utc().name()).into_iter().collect(),
            days: Vec::new(),
            cuts: cuts
                .take(LINES_MAX)
                .map(|cut| PictureLine {
                    name: cut.name.clone(),
                    ..line(cut.span, cut.by.name())
                })
                .collect(),
            more: [hours.spans.len(), hours.cuts.len()]
                .map(|count| count.saturating_sub(LINES_MAX))
                .iter()
                .sum(),
            promised: hours.spans.iter().map(Span::seconds).sum(),
        }
    }

    /// Says the same hours day by day, in the dates of a zone.
    #[must_use]
    pub fn by_days(mut self, hours: &NamedHours, zone: Zone, now: i64) -> Self {
        let days = Period::between(PeriodKind::Day, zone, self.range.start, self.range.end);
        let day = |(day, span): (Period, Span)| {
            let parts: Vec<Span> = hours.spans.iter().filter_map(|part| common(*part, span)).collect();
            let mut names: Vec<String> = Vec::new();
            for cut in hours.cuts.iter().filter(|cut| common(cut.span, span).is_some()) {
                let name = match cut.name.as_str() {
                    "" => cut.by.name().to_owned(),
                    name => format!("{}, {name}", cut.by.name()),
                };
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            PictureDay {
                date: dates::short_day(day.first()),
                times: match parts.as_slice() {
                    [whole] if *whole == span => "all day".to_owned(),
                    parts => words::times(parts, span, zone),
                },
                cut_by: names.join("; "),
                is_today: span.contains(now),
            }
        };
        self.days = days.map(day).collect();
        self
    }

    /// Says each span in the zone of the hours as well, where that is another one.
    #[must_use]
    pub fn beside(mut self, zone: Zone) -> Self {
        if zone.name() == self.zone || zone.is_utc() {
            return self;
        }
        for line in &mut self.spans {
            line.there = bars::words(line.span, zone);
        }
        self.other_zones.insert(0, zone.name());
        self
    }

    /// Marks an instant.
    #[must_use]
    pub fn marking(mut self, at: i64) -> Self {
        self.at = self.range.contains(at).then(|| Percent::of(at, self.range));
        self
    }

    /// Returns whether its spans are said without being asked for: they are few, and it does not say them day by day.
    #[must_use]
    pub fn is_in_sight(&self) -> bool {
        self.days.is_empty() && self.spans.len() + self.cuts.len() <= LINES_IN_SIGHT
    }

    /// Returns how much is promised in it.
    #[must_use]
    pub fn promised_words(&self) -> String {
        words::length(self.promised)
    }
}

/// Returns what two spans have in common.
fn common(one: Span, other: Span) -> Option<Span> {
    Span::new(one.start.max(other.start), one.end.min(other.end))
}
