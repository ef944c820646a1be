//! The fields of a rule between those who write it (rows of the database, files, forms) and the calculus. Each source fills them and
//! prints them under its own names; what they mean is decided here alone.

use std::fmt::Display;

use chrono::Timelike;

use super::RuleDefinition;
use super::kind::{RuleField, RuleKind};
use super::listed_days::ListedDays;
use crate::calculus::civil::{self, DAY, DurationMode, OccurrenceLength, WeekdaySet};
use crate::calculus::recurrence::Recurrence;
use crate::calculus::rule::{Rule, Schedule};

/// The most days from a start to an end.
const END_DAY_MAX: i64 = 31;

/// The fields of a rule: texts that are not read yet, and nothing for what is not given. A length may be given in seconds, or as an end:
/// a time of day and perhaps a number of days; what is written has both.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of RuleField")]
pub struct RuleFields {
    pub kind: RuleKind,
    pub note: String,
    pub weekdays: Option<Vec<String>>,
    pub recurrence: Option<String>,
    pub anchor: Option<String>,
    pub dates: Option<Vec<ListedDays>>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub end_day: Option<String>,
    pub length_s: Option<i64>,
    pub mode: Option<String>,
    pub start_local: Option<String>,
    pub end_local: Option<String>,
}

/// Why the fields are not those of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFieldError {
    /// The field.
    pub field: RuleField,
    /// Its item, where it is a list.
    pub index: Option<usize>,
    /// Why.
    pub fault: RuleFieldFault,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleFieldFault {
    /// It is needed and not given. Each source has its own words for that.
    Missing,
    /// A message for people.
    Refused(String),
}

impl RuleFields {
    /// Returns the fields of a rule of this kind, of which none is given.
    #[must_use]
    pub fn new(kind: RuleKind) -> Self {
        Self {
            kind,
            note: String::new(),
            weekdays: None,
            recurrence: None,
            anchor: None,
            dates: None,
            start: None,
            end: None,
            end_day: None,
            length_s: None,
            mode: None,
            start_local: None,
            end_local: None,
        }
    }

    /// Returns the fields that describe `definition`, in their normal form.
    #[must_use]
    pub fn of(definition: &RuleDefinition) -> Self {
        let RuleDefinition { rule, listed, note } = definition;
        let mut fields = match rule {
            Rule::Weekly { days, schedule } => {
                let mut fields = Self::scheduled(RuleKind::Weekly, schedule);
                fields.weekdays = Some(days.codes().map(str::to_owned).collect());
                fields
            }
            Rule::Recurring { recurrence, schedule } => {
                let mut fields = Self::scheduled(RuleKind::Rrule, schedule);
                fields.recurrence = Some(recurrence.text().to_owned());
                fields.anchor = recurrence.anchor().map(|date| date.to_string());
                fields
            }
            Rule::Dates { dates: _, schedule } => {
                let mut fields = Self::scheduled(RuleKind::Dates, schedule);
                fields.dates = Some(listed.clone());
                fields
            }
            Rule::Once { start, end } => {
                let mut fields = Self::new(RuleKind::Once);
                fields.start_local = Some(civil::format_date_time(*start));
                fields.end_local = Some(civil::format_date_time(*end));
                fields
            }
        };
        fields.note.clone_from(note);
        fields
    }

    /// Returns the fields of a rule of this kind with a schedule.
    fn scheduled(kind: RuleKind, schedule: &Schedule) -> Self {
        let start = i64::from(schedule.start.num_seconds_from_midnight());
        let length = i64::from(schedule.length.seconds());
        // Midnight at the end of a day is 24:00 of that day.
        let days = (start + length - 1) / DAY;
        let end = start + length - days * DAY;
        let implied = i64::from(end <= start);
        Self {
            start: Some(civil::format_time(schedule.start)),
            end: Some(civil::format_end(end)),
            end_day: (days != implied).then(|| days.to_string()),
            length_s: Some(length),
            mode: Some(schedule.length.mode().as_str().to_owned()),
            ..Self::new(kind)
        }
    }

    /// Returns the rule that the fields describe; fields of other kinds are not looked at.
    ///
    /// # Errors
    /// All fields that are missing or refused, in the order in which they are read.
    pub fn read(self) -> Result<RuleDefinition, Vec<RuleFieldError>> {
        let mut reader = FieldReader { errors: Vec::new() };
        reader.definition(self).ok_or(reader.errors)
    }
}

/// Reads fields and keeps their errors. Where a function returns nothing, it has kept one.
struct FieldReader {
    errors: Vec<RuleFieldError>,
}

impl FieldReader {
    fn definition(&mut self, fields: RuleFields) -> Option<RuleDefinition> {
        let note = fields.note.clone();
        let rule = match fields.kind {
            RuleKind::Weekly => {
                let (days, schedule) = (self.weekdays(&fields), self.schedule(&fields));
                Rule::Weekly {
                    days: days?,
                    schedule: schedule?,
                }
            }
            RuleKind::Rrule => {
                let (recurrence, schedule) = (self.recurrence(&fields), self.schedule(&fields));
                Rule::Recurring {
                    recurrence: recurrence?,
                    schedule: schedule?,
                }
            }
            RuleKind::Dates => {
                let listed = self.given(RuleField::Dates, fields.dates.clone());
                let schedule = self.schedule(&fields);
                let definition = RuleDefinition::dated(listed?, schedule?, note);
                return self.take(RuleField::Dates, definition);
            }
            RuleKind::Once => {
                let start = self.required(RuleField::StartLocal, fields.start_local, civil::parse_date_time);
                let end = self.required(RuleField::EndLocal, fields.end_local, civil::parse_date_time);
                self.take(RuleField::EndLocal, Rule::once(start?, end?))?
            }
        };
        Some(RuleDefinition::new(rule, note))
    }

    fn weekdays(&mut self, fields: &RuleFields) -> Option<WeekdaySet> {
        let codes = self.given(RuleField::Weekdays, fields.weekdays.as_ref())?;
        for (index, code) in codes.iter().enumerate() {
            if let Err(error) = WeekdaySet::parse([code.as_str()]) {
                self.refuse(RuleField::Weekdays, Some(index), error);
                return None;
            }
        }
        self.take(RuleField::Weekdays, WeekdaySet::parse(codes.iter().map(String::as_str)))
    }

    fn recurrence(&mut self, fields: &RuleFields) -> Option<Recurrence> {
        let anchor = self.optional(RuleField::Anchor, fields.anchor.as_deref(), civil::parse_date)?;
        let parse = |text: &str| Recurrence::parse(text, anchor);
        self.required(RuleField::Recurrence, fields.recurrence.as_deref(), parse)
    }

    fn schedule(&mut self, fields: &RuleFields) -> Option<Schedule> {
        let start = self.required(RuleField::Start, fields.start.as_deref(), civil::parse_time);
        let mode = self.optional(RuleField::Mode, fields.mode.as_deref(), DurationMode::parse);
        if let Some(seconds) = fields.length_s {
            let length = self.take(
                RuleField::Length,
                OccurrenceLength::new(seconds, mode?.unwrap_or_default()),
            );
            return Some(Schedule {
                start: start?,
                length: length?,
            });
        }
        let end = self.required(RuleField::End, fields.end.as_deref(), civil::parse_end);
        let days = self.optional(RuleField::EndDay, fields.end_day.as_deref(), end_day);
        let (start, end, days) = (start?, end?, days?);
        let length = OccurrenceLength::until(start, end, days, mode?.unwrap_or_default());
        let field = match days {
            Some(_) => RuleField::EndDay,
            None => RuleField::End,
        };
        let length = self.take(field, length)?;
        Some(Schedule { start, length })
    }

    fn required<T, E: Display>(
        &mut self,
        field: RuleField,
        text: Option<impl AsRef<str>>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.given(field, text)?;
        self.take(field, parse(text.as_ref()))
    }

    fn optional<T, E: Display>(
        &mut self,
        field: RuleField,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match text {
            Some(text) => self.take(field, parse(text)).map(Some),
            None => Some(None),
        }
    }

    fn given<T>(&mut self, field: RuleField, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.errors.push(RuleFieldError {
                field,
                index: None,
                fault: RuleFieldFault::Missing,
            });
        }
        value
    }

    fn take<T, E: Display>(&mut self, field: RuleField, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(field, None, error);
                None
            }
        }
    }

    fn refuse(&mut self, field: RuleField, index: Option<usize>, error: impl Display) {
        self.errors.push(RuleFieldError {
            field,
            index,
            fault: RuleFieldFault::Refused(error.to_string()),
        });
    }
}

fn end_day(text: &str) -> Result<i64, &'static str> {
    let days = text.parse().ok().filter(|days| (0..=END_DAY_MAX).contains(days));
    days.ok_or("Give a number of days from 0 to 31, or nothing.")
}
