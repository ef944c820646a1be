//! What the calculus should answer, worked out the slow way: every occurrence of every rule over a hundred years,
//! every local time looked for among the instants of the zone, then the definitions word for word.
//!
//! Shares nothing with the calculus but the types of its answers: it reads recurrence rules itself, day by day, and
//! asks chrono-tz only in the direction from instants to local time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use chrono::{DateTime, Datelike, NaiveDate};
use sla_monitor::calculus::coverage::CoverageValues;
use sla_monitor::calculus::span::Span;
use sla_monitor::zones::Zone;

const DAY: i64 = 86_400;
const FOREVER: i64 = i64::MAX / 2;
const HORIZON: i64 = 50 * 31_556_952;

/// A start time and a length, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) start: i64,
    pub(super) length: i64,
    pub(super) elapsed: bool,
}

/// A rule as the tests make them up.
#[derive(Clone, Debug)]
pub(super) enum RuleSpec {
    Weekly(u8, Shape),
    Recurring(String, Option<NaiveDate>, Shape),
    Dates(Vec<NaiveDate>, Shape),
    /// Local times in seconds, as if in UTC.
    Once(i64, i64),
}

/// A window with its exclusion calendars.
#[derive(Clone, Debug)]
pub(super) struct WindowSpec {
    pub(super) zone: Zone,
    pub(super) from: Option<NaiveDate>,
    pub(super) until: Option<NaiveDate>,
    pub(super) rules: Vec<RuleSpec>,
    pub(super) excludes: Vec<RuleSpec>,
    pub(super) calendars: Vec<(Zone, Vec<RuleSpec>)>,
}

/// The five values at `now`.
pub(super) fn values(windows: &[WindowSpec], now: i64) -> CoverageValues {
    // Occurrences far away cannot change what lies between two transitions nearby, so fewer years may be enough.
    for near in [400 * DAY, 5_000 * DAY] {
        let spans = covered(windows, now - near, now + near, false);
        let values = values_of(&spans, now);
        let inner = now - near + 100 * DAY..now + near - 100 * DAY;
        let known = |instant: Option<i64>| instant.is_some_and(|instant| inner.contains(&instant));
        let ends = [values.last_start, values.last_end, values.next_start, values.next_end];
        if ends.into_iter().all(known) {
            return values;
        }
    }
    values_of(&covered(windows, now - HORIZON, now + HORIZON, true), now)
}

/// The maximal spans within `[from, to)`.
pub(super) fn spans(windows: &[WindowSpec], from: i64, to: i64) -> Vec<Span> {
    let covered = covered(windows, from - 40 * DAY, to + 40 * DAY, false);
    let range = Span { start: from, end: to };
    covered.iter().filter_map(|span| span.intersection(&range)).collect()
}

fn values_of(spans: &[Span], now: i64) -> CoverageValues {
    let finite = |instant: &i64| instant.abs() != FOREVER;
    let starts = || spans.iter().map(|span| span.start).filter(finite);
    let ends = || spans.iter().map(|span| span.end).filter(finite);
    CoverageValues {
        in_window: spans.iter().any(|span| span.start <= now && now < span.end),
        last_start: starts().filter(|start| *start <= now).max(),
        last_end: ends().filter(|end| *end <= now).max(),
        next_start: starts().filter(|start| now < *start).min(),
        next_end: ends().filter(|end| now < *end).min(),
    }
}

/// The coverage, with recurring rules followed from `first` to `last` and, if `endless`, for ever beyond if they get there.
fn covered(windows: &[WindowSpec], first: i64, last: i64, endless: bool) -> Vec<Span> {
    let mut all = Vec::new();
    for window in windows {
        let validity = (window.from, window.until);
        let explicit = explicit(window.zone, &window.rules, validity);
        let range = (first, last);
        let mut includes = recurring(window.zone, &window.rules, validity, range, range, endless);
        includes.extend(&explicit);
        let includes = merge(includes);

        let mut range = range;
        if endless {
            range.0 = explicit.iter().map(|span| span.start).fold(first, i64::min);
            range.1 = explicit.iter().map(|span| span.end).fold(last, i64::max);
        }
        // Where nothing is included, nothing needs to be cut.
        let kept_first = includes.first().map_or(range.1, |span| span.start.max(range.0));
        let kept_last = includes.last().map_or(range.0, |span| span.end.min(range.1));
        let kept = (kept_first, kept_last);

        let mut cuts = Vec::new();
        let own = (window.zone, window.excludes.clone());
        for (zone, rules) in std::iter::once(&own).chain(&window.calendars) {
            cuts.extend(self::explicit(*zone, rules, (None, None)));
            cuts.extend(recurring(*zone, rules, (None, None), range, kept, endless));
        }
        all.extend(subtract(&includes, &merge(cuts)));
    }
    merge(all)
}

fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.pop() {
            Some(last) if span.start <= last.end => merged.push(Span {
                start: last.start,
                end: last.end.max(span.end),
            }),
            last => {
                merged.extend(last);
                merged.push(span);
            }
        }
    }
    merged
}

fn subtract(kept: &[Span], cuts: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for span in kept {
        let mut start = span.start;
        let first = cuts.partition_point(|cut| cut.end <= span.start);
        for cut in cuts[first..].iter().take_while(|cut| cut.start < span.end) {
            left.extend(Span::new(start, cut.start.min(span.end)));
            start = start.max(cut.end);
        }
        left.extend(Span::new(start, span.end));
    }
    left
}

type Validity = (Option<NaiveDate>, Option<NaiveDate>);

fn is_valid(date: NaiveDate, validity: Validity) -> bool {
    validity.0.is_none_or(|from| date >= from) && validity.1.is_none_or(|until| date <= until)
}

fn explicit(zone: Zone, rules: &[RuleSpec], validity: Validity) -> Vec<Span> {
    let clock = clock(zone);
    let mut spans = Vec::new();
    for rule in rules {
        match rule {
            RuleSpec::Once(start, end) => {
                spans.extend(Span::new(clock.resolve(*start), clock.resolve(*end)));
            }
            RuleSpec::Dates(dates, shape) => {
                let dates = dates.iter().filter(|date| is_valid(**date, validity));
                spans.extend(dates.filter_map(|date| occurrence(&clock, *date, *shape)));
            }
            RuleSpec::Weekly(..) | RuleSpec::Recurring(..) => {}
        }
    }
    spans
}

/// The occurrences of weekly and recurring rules that the dates around `wanted` have.
fn recurring(
    zone: Zone,
    rules: &[RuleSpec],
    validity: Validity,
    (first, last): (i64, i64),
    wanted: (i64, i64),
    endless: bool,
) -> Vec<Span> {
    let clock = clock(zone);
    let mut spans = Vec::new();
    for rule in rules {
        let (shape, recurs): (Shape, Box<dyn Fn(NaiveDate) -> bool>) = match rule {
            RuleSpec::Weekly(bits, shape) => {
                let bits = *bits;
                let recurs = move |date: NaiveDate| bits & (1 << date.weekday().num_days_from_monday()) != 0;
                (*shape, Box::new(recurs))
            }
            RuleSpec::Recurring(text, anchor, shape) => {
                let rule = DayRule::read(text, *anchor);
                (*shape, Box::new(move |date| rule.recurs(date)))
            }
            RuleSpec::Dates(..) | RuleSpec::Once(..) => continue,
        };
        let mut date = date_at(wanted.0 - shape.length - 3 * DAY);
        let last_date = date_at(wanted.1 + 3 * DAY);
        while date <= last_date {
            if is_valid(date, validity) && recurs(date) {
                let span = occurrence(&clock, date, shape);
                let span = span.filter(|span| span.start < last && first < span.end);
                spans.extend(span.map(|span| match endless {
                    true => Span {
                        start: if span.start <= first { -FOREVER } else { span.start },
                        end: if span.end >= last { FOREVER } else { span.end },
                    },
                    false => span,
                }));
            }
            date = date.succ_opt().expect("the tests stay inside the calendar");
        }
    }
    spans
}

fn date_at(instant: i64) -> NaiveDate {
    let instant = DateTime::from_timestamp(instant, 0).expect("the tests stay inside the calendar");
    instant.date_naive()
}

fn occurrence(clock: &Clock, date: NaiveDate, shape: Shape) -> Option<Span> {
    let local = i64::from(date.to_epoch_days()) * DAY + shape.start;
    let start = clock.resolve(local);
    let end = match shape.elapsed {
        true => start + shape.length,
        false => clock.resolve(local + shape.length),
    };
    Span::new(start, end)
}

/// The UTC offsets of a zone: from each instant on, that many seconds east.
pub(super) struct Clock {
    offsets: Vec<(i64, i64)>,
}

/// The clock of a zone, found by asking for the offset of every day and then halving.
pub(super) fn clock(zone: Zone) -> Arc<Clock> {
    static CLOCKS: OnceLock<Mutex<HashMap<Zone, Arc<Clock>>>> = OnceLock::new();
    let mut clocks = CLOCKS
        .get_or_init(Mutex::default)
        .lock()
        .expect("no test fails while it holds the clocks");
    let clock = clocks.entry(zone).or_insert_with(|| {
        let offset_at = |instant: i64| zone.offset_at(instant);
        // 1880 to 2240: before lie local mean times, and nothing here is asked beyond.
        let (first, last) = (-32_873 * DAY, 98_616 * DAY);
        let mut offsets = vec![(-FOREVER, offset_at(first))];
        for day in (first..last).step_by(86_400) {
            let (mut before, mut after) = (day, day + DAY);
            if offset_at(before) == offset_at(after) {
                continue;
            }
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if offset_at(middle) == offset_at(day) {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            offsets.push((after, offset_at(after)));
        }
        Arc::new(Clock { offsets })
    });
    Arc::clone(clock)
}

impl Clock {
    /// The instants at which the offset changes.
    pub(super) fn changes(&self) -> Vec<i64> {
        self.offsets[1..].iter().map(|(instant, _)| *instant).collect()
    }

    /// RFC 5545 section 3.3.5: the first instant that shows the local time, or else the local time less the offset in
    /// force before the gap.
    pub(super) fn resolve(&self, local: i64) -> i64 {
        let near = self.offsets.partition_point(|(from, _)| *from < local - 3 * DAY);
        let near = near.saturating_sub(1);
        let mut shown: Option<i64> = None;
        let mut skipped = None;
        for index in near..self.offsets.len().min(near + 8) {
            let (from, offset) = self.offsets[index];
            let until = self.offsets.get(index + 1).map_or(FOREVER, |(from, _)| *from);
            if from <= local - offset && local - offset < until {
                shown = Some(shown.map_or(local - offset, |earlier| earlier.min(local - offset)));
            }
            if let Some((next_from, next_offset)) = self.offsets.get(index + 1)
                && next_from + offset <= local
                && local < next_from + next_offset
            {
                skipped = Some(local - offset);
            }
        }
        shown.or(skipped).expect("a local time is shown or skipped")
    }
}

/// A recurrence rule as lists of numbers, asked one day at a time.
pub(super) struct DayRule {
    frequency: String,
    interval: i64,
    months: Vec<i64>,
    month_days: Vec<i64>,
    weekdays: Vec<(i64, i64)>,
    positions: Vec<i64>,
    week_start: i64,
    anchor: NaiveDate,
}

const CODES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl DayRule {
    pub(super) fn read(text: &str, anchor: Option<NaiveDate>) -> Self {
        let parts: HashMap<&str, &str> = text.split(';').filter_map(|part| part.split_once('=')).collect();
        let list = |name: &str| -> Vec<&str> { parts.get(name).map_or(Vec::new(), |list| list.split(',').collect()) };
        let number = |text: &str| text.parse::<i64>().expect("a number");
        let numbers = |name: &str| list(name).into_iter().map(number).collect::<Vec<_>>();
        let code = |code: &str| {
            (0..)
                .zip(CODES)
                .find(|(_, known)| *known == code)
                .map(|(index, _)| index)
        };
        let weekday = |text: &str| {
            let (ordinal, day) = text.split_at(text.len() - 2);
            let ordinal = if ordinal.is_empty() { 0 } else { number(ordinal) };
            (ordinal, code(day).expect("a weekday"))
        };
        Self {
            frequency: parts["FREQ"].to_owned(),
            interval: parts.get("INTERVAL").map_or(1, |text| number(text)),
            months: numbers("BYMONTH"),
            month_days: numbers("BYMONTHDAY"),
            weekdays: list("BYDAY").into_iter().map(weekday).collect(),
            positions: numbers("BYSETPOS"),
            week_start: parts.get("WKST").map_or(0, |text| code(text).expect("a weekday")),
            anchor: anchor.unwrap_or(NaiveDate::from_ymd_opt(2001, 1, 1).expect("a date")),
        }
    }

    pub(super) fn recurs(&self, date: NaiveDate) -> bool {
        self.is_in_phase(date) && self.is_candidate(date) && self.is_picked(date)
    }

    fn is_in_phase(&self, date: NaiveDate) -> bool {
        let day = |date: NaiveDate| date.signed_duration_since(NaiveDate::default()).num_days();
        let week = |date: NaiveDate| {
            let weekday = i64::from(date.weekday().num_days_from_monday());
            day(date) - (weekday - self.week_start).rem_euclid(7)
        };
        let month = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
        let year = |date: NaiveDate| i64::from(date.year());
        let steps = match self.frequency.as_str() {
            "DAILY" => day(date) - day(self.anchor),
            "WEEKLY" => (week(date) - week(self.anchor)) / 7,
            "MONTHLY" => month(date) - month(self.anchor),
            _ => year(date) - year(self.anchor),
        };
        steps % self.interval == 0
    }

    /// True if the BY-parts, without BYSETPOS, hold on that date; what they leave open is the anchor's.
    fn is_candidate(&self, date: NaiveDate) -> bool {
        let open = self.month_days.is_empty() && self.weekdays.is_empty();
        let month_ok = if self.months.is_empty() && open && self.frequency == "YEARLY" {
            date.month() == self.anchor.month()
        } else {
            self.months.is_empty() || self.months.contains(&i64::from(date.month()))
        };
        let day_ok = match self.frequency.as_str() {
            "WEEKLY" if open => date.weekday() == self.anchor.weekday(),
            "MONTHLY" | "YEARLY" if open => date.day() == self.anchor.day(),
            _ => true,
        };
        month_ok && day_ok && self.is_month_day(date) && self.is_weekday(date)
    }

    fn is_month_day(&self, date: NaiveDate) -> bool {
        let (day, length) = (i64::from(date.day()), month_length(date));
        self.month_days.is_empty()
            || self
                .month_days
                .iter()
                .any(|wanted| *wanted == day || length + 1 + wanted == day)
    }

    fn is_weekday(&self, date: NaiveDate) -> bool {
        let weekday = i64::from(date.weekday().num_days_from_monday());
        let from_first = i64::from(date.day0()) / 7 + 1;
        let from_last = -((month_length(date) - i64::from(date.day())) / 7 + 1);
        self.weekdays.is_empty()
            || self
                .weekdays
                .iter()
                .any(|(ordinal, wanted)| *wanted == weekday && [0, from_first, from_last].contains(ordinal))
    }

    fn is_picked(&self, date: NaiveDate) -> bool {
        if self.positions.is_empty() {
            return true;
        }
        let days = (1..=31).filter_map(|day| date.with_day(day));
        let candidates: Vec<NaiveDate> = days.filter(|date| self.is_candidate(*date)).collect();
        let count = i64::try_from(candidates.len()).expect("at most 31");
        self.positions.iter().any(|position| {
            let index = if *position < 0 { count + position } else { position - 1 };
            let index = usize::try_from(index).ok();
            index.and_then(|index| candidates.get(index)) == Some(&date)
        })
    }
}

fn month_length(date: NaiveDate) -> i64 {
    (28..=31)
        .rev()
        .find(|day| date.with_day(*day).is_some())
        .map_or(0, i64::from)
}
