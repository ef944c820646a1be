//! What the rows of a component say about promised time: at each instant the newest row that has it.

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
            account: month.account,
            excluded: month.excluded_ms,
            corrections_until: month.corrections_until.unwrap_or(0),
        }
    }

    /// Makes all that is accounted for what a correction says.
    fn become_whole(&mut self, effect: CorrectionEffect) {
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
        let mut sorted: Vec<&MeasuredRow> = rows.iter().collect();
        sorted.sort_unstable_by_key(|row| (row.range.start, row.order));
        for (whole, month) in newest_months(&sorted) {
            if range.start <= whole.start && whole.end <= range.end {
                time.months.push(MonthSum::of(whole, month));
                time.spans = without(&time.spans, &[whole]);
            } else {
                time.cut.extend(intersections(&time.spans, &[whole]));
            }
        }
        time.cut = merge(std::mem::take(&mut time.cut));
        sorted.retain(|row| row.month.is_none());
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
            measured.extend(time.add(&mut sorted[first..last], about));
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

    /// Adds what rows about one stretch of time say, the newest first. Returns the promised time that they have.
    fn add(&mut self, rows: &mut [&MeasuredRow], about: Span) -> Vec<Span> {
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.order));
        let first = self.spans.partition_point(|span| span.end <= about.start);
        let promised = self.spans[first..].iter().map_while(|span| span.intersection(&about));
        let mut open: Vec<Span> = promised.collect();
        let mut measured = Vec::new();
        for row in rows {
            let taken = intersections(&open, &row.spans);
            self.runs.extend(within(&row.runs, &taken));
            open = without(&open, &taken);
            measured.extend(taken);
        }
        measured
    }
}

/// Returns the newest sum of each month, with when the month is, in milliseconds; `rows` are sorted by start and order.
fn newest_months<'a>(rows: &[&'a MeasuredRow]) -> Vec<(Span, &'a KeptMonth)> {
    let mut months: Vec<(Span, &KeptMonth)> = Vec::new();
    for row in rows {
        let Some(month) = &row.month else { continue };
        let range = row.range.in_milliseconds();
        match months.last_mut() {
            Some(last) if last.0.start == range.start => *last = (range, month),
            _ => months.push((range, month)),
        }
    }
    months
}
