//! What the page of an exception asks for: a day, times, and whether there is service then.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::offered::ExceptionOffer;
use crate::admin::dates;
use crate::admin::input::FormInput;
use crate::apps::sla::rule::preview::alone;
use crate::apps::sla::rule::{NOTE_LENGTH_MAX, RuleDefinition};
use crate::calculus::civil::{DAY, format_time, parse_date, parse_end, parse_time};
use crate::calculus::rule::Rule;
use crate::calculus::span::Span;
use crate::calculus::window::WindowDefinition;
use crate::text;
use crate::zones::Zone;

/// The value of the field `service` for time without service.
pub(super) const CLOSED: &str = "closed";
/// The value of the field `service` for service beyond the rules.
pub(super) const EXTRA: &str = "extra";

/// No zone is so many days away from UTC.
const AROUND: i64 = 2;

/// An exception, in the local time of what it is for.
pub(super) struct AskedException {
    /// Whether there is service; otherwise there is none.
    pub(super) is_extra: bool,
    start: NaiveDateTime,
    end: NaiveDateTime,
    rule: RuleDefinition,
}

/// Reads the fields; what is wrong with them is noted beside them.
pub(super) fn asked(input: &mut FormInput<'_>, offers: &[ExceptionOffer]) -> Option<AskedException> {
    let is_extra = input.take("service", |text| match text {
        CLOSED | EXTRA if offers.iter().all(|offer| offer.value != text) => {
            Err("You may not store this kind of exception: choose the other one.")
        }
        CLOSED => Ok(false),
        EXTRA => Ok(true),
        _ => Err("Choose whether there is service."),
    });
    let date = input.take_required("date", parse_date);
    let start = input.take_optional("start", parse_time);
    let end = input.take_optional("end", parse_end);
    let note = text::line(input.text("note"));
    if let Err(error) = text::check_line(&note, NOTE_LENGTH_MAX) {
        input.refuse("note", error);
    }
    let (is_extra, (date, start, end)) = (is_extra?, (date?, start?, end?));
    let Some((start, end)) = bounds(date, start.unwrap_or(NaiveTime::MIN), end.unwrap_or(DAY)) else {
        input.refuse("date", "This date is too far away.");
        return None;
    };
    let rule = match Rule::once(start, end) {
        Ok(rule) => RuleDefinition::new(rule, note),
        Err(error) => {
            input.refuse("date", error.to_string());
            return None;
        }
    };
    input.is_valid().then_some(AskedException {
        is_extra,
        start,
        end,
        rule,
    })
}

/// Returns start and end; an end that is not after the start is on the next day, as in the rules of forms.
fn bounds(date: NaiveDate, start: NaiveTime, end: i64) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let start = date.and_time(start);
    let end = date
        .and_time(NaiveTime::MIN)
        .checked_add_signed(TimeDelta::seconds(end))?;
    match end <= start {
        true => Some((start, end.checked_add_days(Days::new(1))?)),
        false => Some((start, end)),
    }
}

impl AskedException {
    /// Returns the rule.
    pub(super) fn rule(&self) -> RuleDefinition {
        self.rule.clone()
    }

    /// Returns the time that is meant; nothing where the clock of the zone skips it.
    pub(super) fn spans(&self, zone: Zone) -> Vec<Span> {
        let coverage = alone(WindowDefinition {
            timezone: zone,
            valid_from: None,
            valid_until: None,
            rules: vec![self.rule.rule.clone()],
            excludes: Vec::new(),
        });
        let around = |local: NaiveDateTime, days: i64| local.and_utc().timestamp() + days * DAY;
        coverage.spans(around(self.start, -AROUND), around(self.end, AROUND))
    }

    /// Returns whether a span begins and ends as it was typed.
    pub(super) fn is_as_typed(&self, span: Span, zone: Zone) -> bool {
        zone.local_at(span.start) == self.start && zone.local_at(span.end) == self.end
    }

    /// Returns a predicate: `is closed on Fri 4 Dec 2026 from 14:00 to 24:00`.
    pub(super) fn words(&self) -> String {
        let verb = if self.is_extra {
            "has extra service"
        } else {
            "is closed"
        };
        let day = dates::day(self.start.date());
        let next = self.start.date().succ_opt().map(|next| next.and_time(NaiveTime::MIN));
        let is_to_midnight = Some(self.end) == next;
        match (self.start.time() == NaiveTime::MIN, is_to_midnight) {
            (true, true) => format!("{verb} on {day}"),
            (_, true) => format!("{verb} on {day} from {} to 24:00", format_time(self.start.time())),
            (_, false) => {
                let end = format_time(self.end.time());
                let end = match self.end.date() == self.start.date() {
                    true => end,
                    false => format!("{end} of the next day"),
                };
                format!("{verb} on {day} from {} to {end}", format_time(self.start.time()))
            }
        }
    }
}
