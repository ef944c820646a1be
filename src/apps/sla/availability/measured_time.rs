//! What the rows of a component say about promised time: at each instant the newest row that has it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::measured_row::{KeptMonth, MeasuredRow};
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::attainment::correction::{CorrectedSpan, CorrectionEffect};
use crate::calculus::attainment::run::{Run, joined, within};
use crate::calculus::span::{Span, intersections, merge, without};

/// What is known about promised time, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeasuredTime {
    /// The promised time of which spans are kept: all but that of months.
    pub spans: Vec<Span>,
    /// What of it was not fully up, and what is unknown: measured without a result, or never measured.
    pub runs: Vec<Run>,
    /// What of it no row has. It is among the runs, as unknown.
    pub unmeasured: Vec<Span>,
    /// What of it lies in months of which only sums are kept, and of which the range has a part alone. It is among the runs, as unknown.
    pub cut: Vec<Span>,
    /// The sums of months of which nothing else is kept, and whose time lies in the range.
    pub months: Vec<MonthSum>,
}

/// The sum of a month, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthSum {
    /// From the first midnight of the month to its last.
    pub range: Span,
    /// What of that it stands for: all, but for the time of other sums that overlap it.
    pub own: Vec<Span>,
    /// Of a sum whose promised time others have in part: the milliseconds that became unknown because that part cannot be separated. It does not
    /// follow from the account, which has them among what was unknown before.
    pub overlap_unknown: Option<i64>,
    /// Of a sum whose time another one has in part, of which more is known and of which the range has a part alone: the zone of that one's month,
    /// and the promised milliseconds of what they share.
    known_elsewhere: Option<(String, i64)>,
    /// What is known of it, with corrections.
    pub account: TimeAccount,
    /// What corrections exclude.
    pub excluded: i64,
    /// The key of the last correction that the sum has.
    corrections_until: i64,
}

impl MonthSum {
    fn of(range: Span, month: &KeptMonth) -> Self {
        Self {
            range,
            own: vec![range],
            overlap_unknown: None,
            known_elsewhere: None,
            account: month.account,
            excluded: month.excluded_ms,
            corrections_until: month.corrections_until.unwrap_or(0),
        }
    }

    /// Leaves out time that other sums have, of which so many milliseconds were promised. The sum does not say what of it was up, down or
    /// excluded then: what is certain stays, and the rest is unknown.
    fn leave_out(&mut self, others: &[Span], promised: i64) {
        self.own = without(&self.own, others);
        if promised == 0 {
            return;
        }
        let certain = |part: i64| (part - promised).max(0);
        let all = certain(self.account.promised() + self.excluded);
        let (up, down) = (certain(self.account.up()), certain(self.account.down()));
        let excluded = certain(self.excluded);
        let unknown = all - up - down - excluded;
        self.overlap_unknown = Some(unknown - certain(self.account.unknown()));
        self.account = TimeAccount::from_parts(up, down, unknown, all - excluded).unwrap_or_default();
        self.excluded = excluded;
    }

    /// Makes all that is accounted for what a correction says.
    fn become_whole(&mut self, effect: CorrectionEffect) {
        self.overlap_unknown = self.overlap_unknown.map(|_| 0);
        self.known_elsewhere = None;
        let all = self.account.promised();
        let parts = match effect {
            CorrectionEffect::Exclude => {
                self.excluded += all;
                (0, 0, 0)
            }
            CorrectionEffect::Up => (all, 0, 0),
            CorrectionEffect::Down => (0, all, 0),
            CorrectionEffect::Unknown => (0, 0, all),
        };
        let (up, down, unknown) = parts;
        self.account = TimeAccount::from_parts(up, down, unknown, up + down + unknown).unwrap_or_default();
    }
}

impl MeasuredTime {
    /// Returns what `rows`, all of one component, say about the spans promised in a range; all in milliseconds, but for the rows.
    #[must_use]
    pub fn of(promised: &[Span], range: Span, rows: &[MeasuredRow]) -> Self {
        let mut time = Self {
            spans: promised.to_vec(),
            ..Self::default()
        };
        let is_whole = |(month, _): &(Span, KeptSum<'_>)| range.start <= month.start && month.end <= range.end;
        let (whole, cut): (Vec<_>, Vec<_>) = newest_months(rows).into_iter().partition(is_whole);
        time.add_months(whole, &cut);
        time.cut = intersections(&time.spans, &merge(cut.into_iter().map(|(month, _)| month).collect()));
        let mut sorted: Vec<&MeasuredRow> = rows.iter().filter(|row| row.month.is_none()).collect();
        sorted.sort_unstable_by_key(|row| (row.range.start, row.order));
        let mut measured = Vec::new();
        let mut first = 0;
        while first < sorted.len() {
            let mut end = sorted[first].range.end;
            let mut last = first + 1;
            while let Some(row) = sorted.get(last).filter(|row| row.range.start < end) {
                end = end.max(row.range.end);
                last += 1;
            }
            let about = Span {
                start: sorted[first].range.start,
                end,
            }
            .in_milliseconds();
            time.add(&mut sorted[first..last], about, &mut measured);
            first = last;
        }
        let unmeasured = without(&time.spans, &merge(measured));
        let unknown = unmeasured.iter().map(|span| Run {
            span: *span,
            share: None,
        });
        time.runs.extend(unknown);
        time.runs.sort_unstable_by_key(|run| run.span);
        time.runs = joined(std::mem::take(&mut time.runs));
        // What rows still have beside a sum is known.
        time.cut = intersections(&time.cut, &unmeasured);
        time.unmeasured = without(&unmeasured, &time.cut);
        time
    }

    /// Applies corrections, each with its key, to the sums of months: those that a sum does not have yet and that have all of its time, the
    /// older ones first.
    pub fn correct_months(&mut self, corrections: &[(i64, CorrectedSpan)]) {
        for month in &mut self.months {
            let newer = corrections.iter().filter(|(id, correction)| {
                let span = correction.span;
                *id > month.corrections_until && span.start <= month.range.start && month.range.end <= span.end
            });
            let effects: Vec<CorrectionEffect> = newer.map(|(_, correction)| correction.effect).collect();
            effects.into_iter().for_each(|effect| month.become_whole(effect));
        }
    }

    /// Returns how many milliseconds of sums are unknown because they overlap; nothing if no promised time is in two of them.
    #[must_use]
    pub fn overlap_unknown(&self) -> Option<i64> {
        let parts = self.months.iter().filter_map(|month| month.overlap_unknown);
        parts.reduce(|one, other| one + other)
    }

    /// Returns how many milliseconds are unknown here at the most because sums of months of other zones have them, of which the range has a part
    /// alone, and these zones by name; nothing if there are none.
    #[must_use]
    pub fn known_elsewhere(&self) -> Option<(i64, Vec<String>)> {
        let parts = self.months.iter().filter_map(|month| {
            let (zone, shared) = month.known_elsewhere.as_ref()?;
            let unknown = month.account.unknown().min(*shared);
            (unknown > 0).then_some((unknown, zone))
        });
        let (unknown, zones): (Vec<i64>, BTreeSet<&String>) = parts.unzip();
        (!zones.is_empty()).then(|| (unknown.iter().sum(), zones.into_iter().cloned().collect()))
    }

    /// Adds sums of months in place of the spans that they have. Where they overlap, as older builds stored them after a window was moved to another
    /// zone, time counts once, by the sum of which more is known: the later one was made of what the earlier one had left, and has their common
    /// time as unknown, so that it is no newer measurement of it. Of the sums that are `cut` the range has a part alone.
    fn add_months(&mut self, mut months: Vec<(Span, KeptSum<'_>)>, cut: &[(Span, KeptSum<'_>)]) {
        months.sort_unstable_by_key(|(_, (order, month))| (Reverse(month.account.known()), Reverse(*order)));
        let mut counted: Vec<Span> = Vec::new();
        for (range, kept) in months {
            let mut sum = MonthSum::of(range, kept.1);
            sum.known_elsewhere = known_elsewhere((range, kept), cut, &self.spans);
            let shared = intersections(&counted, &[range]);
            if !shared.is_empty() {
                let promised = intersections(&self.spans, &shared);
                sum.leave_out(&shared, promised.iter().map(Span::seconds).sum());
            }
            counted.push(range);
            counted = merge(counted);
            self.months.push(sum);
        }
        self.spans = without(&self.spans, &counted);
        self.months.sort_unstable_by_key(|sum| sum.range);
    }

    /// Adds what rows about one stretch of time say, the newest first, and to `measured` the promised time that they have.
    fn add(&mut self, rows: &mut [&MeasuredRow], about: Span, measured: &mut Vec<Span>) {
        rows.sort_unstable_by_key(|row| Reverse(row.order));
        let first = self.spans.partition_point(|span| span.end <= about.start);
        let promised = self.spans[first..].iter().map_while(|span| span.intersection(&about));
        // Most rows are the only one about their time, and have all of it.
        if let [row] = rows
            && row.spans == [about]
        {
            for span in promised {
                measured.push(span);
                self.runs.extend(within(&row.runs, &[span]));
            }
            return;
        }
        let mut open: Vec<Span> = promised.collect();
        for row in rows {
            let taken = intersections(&open, &row.spans);
            self.runs.extend(within(&row.runs, &taken));
            open = without(&open, &taken);
            measured.extend(taken);
        }
    }
}

/// The order of the row of a sum, and the sum.
type KeptSum<'a> = (i64, &'a KeptMonth);

/// Returns which of the sums that are `cut` has most promised time of another one, of those of which more is known: the zone of its month, and
/// the promised milliseconds that they share.
fn known_elsewhere(
    (range, sum): (Span, KeptSum<'_>),
    cut: &[(Span, KeptSum<'_>)],
    promised: &[Span],
) -> Option<(String, i64)> {
    let rank = |(order, month): KeptSum<'_>| (month.account.known(), order);
    let better = cut.iter().filter(|(_, other)| rank(*other) > rank(sum));
    let shared = better.filter_map(|(other, (_, month))| {
        let common = intersections(promised, &[other.intersection(&range)?]);
        let length: i64 = common.iter().map(Span::seconds).sum();
        (length > 0).then(|| (month.timezone.clone(), length))
    });
    shared.max_by_key(|(_, length)| *length)
}

/// Returns the newest sum of each month, with when the month is, in milliseconds.
fn newest_months(rows: &[MeasuredRow]) -> BTreeMap<Span, KeptSum<'_>> {
    let mut months: BTreeMap<Span, KeptSum<'_>> = BTreeMap::new();
    for row in rows {
        let Some(month) = row.month.as_deref() else { continue };
        let newest = months.entry(row.range.in_milliseconds()).or_insert((row.order, month));
        if newest.0 < row.order {
            *newest = (row.order, month);
        }
    }
    months
}
