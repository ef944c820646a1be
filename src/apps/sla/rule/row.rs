//! The columns of a stored rule, and the fields that they hold.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::fields::{RuleFieldError, RuleFieldFault, RuleFields};
use super::kind::RuleKind;
use super::listed_days::ListedDays;
use super::{Effect, RuleDefinition};
use crate::calculus::civil::{self, DurationMode, WeekdaySet};
use crate::db::schema::rule;

/// The columns of a stored rule.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = rule)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct RuleRow {
    pub id: i64,
    pub window_id: Option<i64>,
    pub calendar_id: Option<i64>,
    pub position: i32,
    pub effect: String,
    pub kind: String,
    pub weekdays: Option<i32>,
    pub rrule: Option<String>,
    pub anchor_date: Option<NaiveDate>,
    pub dates: Option<String>,
    pub start_time: Option<String>,
    pub duration_s: Option<i32>,
    pub duration_mode: String,
    pub start_local: Option<String>,
    pub end_local: Option<String>,
    pub note: String,
}

/// The columns of a rule to be stored.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = rule, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct NewRule {
    window_id: Option<i64>,
    calendar_id: Option<i64>,
    position: i32,
    effect: &'static str,
    kind: &'static str,
    weekdays: Option<i32>,
    rrule: Option<String>,
    anchor_date: Option<NaiveDate>,
    dates: Option<String>,
    start_time: Option<String>,
    duration_s: Option<i32>,
    duration_mode: &'static str,
    start_local: Option<String>,
    end_local: Option<String>,
    note: String,
}

/// What a rule grants or takes, as its columns say it: the key, the owner, the place and the note aside.
#[derive(Debug, PartialEq, Hash)]
pub struct RuleHours<'a> {
    effect: &'a str,
    kind: &'a str,
    weekdays: Option<i32>,
    rrule: Option<&'a str>,
    anchor_date: Option<NaiveDate>,
    dates: Option<&'a str>,
    start_time: Option<&'a str>,
    duration_s: Option<i32>,
    duration_mode: &'a str,
    start_local: Option<&'a str>,
    end_local: Option<&'a str>,
}

/// What a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleOwner {
    /// A window, by its key.
    Window(i64),
    /// A calendar, by its key.
    Calendar(i64),
}

/// Returns what a row grants or takes; `left_out` are columns that this kind of row has beside those of a rule to be stored. A macro, because
/// the rows have types of their own, and every column is named.
macro_rules! hours_of {
    ($row:expr $(, $left_out:ident)*) => {{
        let Self {
            $($left_out: _,)*
            window_id: _,
            calendar_id: _,
            position: _,
            effect,
            kind,
            weekdays,
            rrule,
            anchor_date,
            dates,
            start_time,
            duration_s,
            duration_mode,
            start_local,
            end_local,
            note: _,
        } = $row;
        RuleHours {
            effect,
            kind,
            weekdays: *weekdays,
            rrule: rrule.as_deref(),
            anchor_date: *anchor_date,
            dates: dates.as_deref(),
            start_time: start_time.as_deref(),
            duration_s: *duration_s,
            duration_mode,
            start_local: start_local.as_deref(),
            end_local: end_local.as_deref(),
        }
    }};
}

impl NewRule {
    /// Returns the columns that store `definition` as number `position` of its owner.
    #[must_use]
    pub fn new(definition: &RuleDefinition, owner: RuleOwner, position: i32, effect: Effect) -> Self {
        let RuleFields {
            kind,
            note,
            weekdays,
            recurrence,
            anchor,
            dates,
            start,
            // Rows have a length.
            end: _,
            end_day: _,
            length_s,
            mode,
            start_local,
            end_local,
        } = RuleFields::of(definition);
        let (window_id, calendar_id) = match owner {
            RuleOwner::Window(id) => (Some(id), None),
            RuleOwner::Calendar(id) => (None, Some(id)),
        };
        let bits = |codes: Vec<String>| {
            let days = WeekdaySet::parse(codes.iter().map(String::as_str)).expect("the codes are those of a set");
            i32::from(days.bits())
        };
        let list = |dates: Vec<ListedDays>| dates.iter().map(ListedDays::to_json).collect::<Value>().to_string();
        let mode = mode.map_or(Ok(DurationMode::Wall), |mode| DurationMode::parse(&mode));
        Self {
            window_id,
            calendar_id,
            position,
            effect: effect.as_str(),
            kind: kind.as_str(),
            weekdays: weekdays.map(bits),
            rrule: recurrence,
            anchor_date: anchor.map(|date| civil::parse_date(&date).expect("the anchor is a date")),
            dates: dates.map(list),
            start_time: start,
            duration_s: length_s.map(|seconds| i32::try_from(seconds).expect("a length is at most 31 days")),
            duration_mode: mode.expect("the mode is one").as_str(),
            start_local,
            end_local,
            note,
        }
    }

    /// Returns whether a stored rule of the same owner is the same, its place aside.
    #[must_use]
    pub fn is_same(&self, row: &RuleRow) -> bool {
        self.hours() == row.hours() && self.note == row.note
    }

    /// Returns its place among the rules of its owner.
    #[must_use]
    pub fn position(&self) -> i32 {
        self.position
    }

    fn hours(&self) -> RuleHours<'_> {
        hours_of!(self)
    }
}

impl RuleRow {
    /// Returns the rule as a value.
    ///
    /// # Errors
    /// A message for people when the columns hold no valid rule, as a hand-edited database can.
    pub fn read(&self) -> Result<RuleDefinition, String> {
        self.fields()?.read().map_err(|errors| {
            let words = |error: &RuleFieldError| match &error.fault {
                RuleFieldFault::Missing => format!("`{}` is missing", error.field.as_str()),
                RuleFieldFault::Refused(message) => message.clone(),
            };
            errors.first().map(words).unwrap_or_default()
        })
    }

    /// Returns whether it grants or takes time.
    #[must_use]
    pub fn effect(&self) -> Effect {
        if self.effect == Effect::Exclude.as_str() {
            Effect::Exclude
        } else {
            Effect::Include
        }
    }

    /// Returns what it grants or takes.
    #[must_use]
    pub fn hours(&self) -> RuleHours<'_> {
        hours_of!(self, id)
    }

    fn fields(&self) -> Result<RuleFields, String> {
        let codes = |bits: i32| {
            let bits = u8::try_from(bits).map_err(|_| format!("{bits} is not a set of weekdays"))?;
            let days = WeekdaySet::from_bits(bits).map_err(|error| error.to_string())?;
            Ok::<_, String>(days.codes().map(str::to_owned).collect())
        };
        let list = |text: &String| {
            let items: Vec<Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
            items.iter().map(ListedDays::from_json).collect::<Result<Vec<_>, _>>()
        };
        Ok(RuleFields {
            kind: RuleKind::parse(&self.kind)?,
            note: self.note.clone(),
            weekdays: self.weekdays.map(codes).transpose()?,
            recurrence: self.rrule.clone(),
            anchor: self.anchor_date.map(|date| date.to_string()),
            dates: self.dates.as_ref().map(list).transpose()?,
            start: self.start_time.clone(),
            end: None,
            end_day: None,
            length_s: Some(self.duration_s.map_or(0, i64::from)),
            mode: Some(self.duration_mode.clone()),
            start_local: self.start_local.clone(),
            end_local: self.end_local.clone(),
        })
    }
}
