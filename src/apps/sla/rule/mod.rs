//! One rule of a window or calendar: the value, the columns that store it and the form that files and the audit trail show.

pub mod describe;
pub mod form;
pub mod named_days;
pub mod preview;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::{Map, Value, json};

use self::named_days::NamedDays;
use crate::calculus::civil::{self, DurationMode, OccurrenceLength, WeekdaySet};
use crate::calculus::error::Error;
use crate::calculus::recurrence::Recurrence;
use crate::calculus::rule::{DATES_MAX, Rule, Schedule};
use crate::db::schema::rule;
use crate::text;

/// The longest note and the longest name of a date or range of dates, in characters.
pub const NOTE_LENGTH_MAX: usize = 200;

/// A rule with the words that people put beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleDefinition {
    /// When it holds.
    pub rule: Rule,
    /// The dates and ranges as they were listed, for rules of kind `dates`; the rule has their days. Sorted, see
    /// [`NamedDays::sorted`].
    pub listed: Vec<NamedDays>,
    /// A remark; no meaning.
    pub note: String,
}

/// Rules without the words beside them, as the calculus takes them.
#[must_use]
pub fn plain(definitions: &[RuleDefinition]) -> Vec<Rule> {
    definitions.iter().map(|definition| definition.rule.clone()).collect()
}

/// Returns what rules become of which a file speaks: a stored rule if one of `given` differs from it by normalization alone, else the
/// given one, normalized.
///
/// # Errors
/// The place of the first rule whose words have a character that has no place in them, and a sentence.
pub fn settle(given: &[RuleDefinition], stored: &[RuleDefinition]) -> Result<Vec<RuleDefinition>, (usize, String)> {
    if given == stored {
        return Ok(stored.to_vec());
    }
    let lines: Vec<RuleDefinition> = stored.iter().map(|rule| rule.with_words(text::shown_in_line)).collect();
    let one = |(index, rule): (usize, &RuleDefinition)| {
        if stored.contains(rule) {
            return Ok(rule.clone());
        }
        let normal = rule.with_words(text::line);
        if let Some(same) = lines.iter().position(|line| *line == normal) {
            return Ok(stored[same].clone());
        }
        let names = normal.listed.iter().map(|days| &days.name);
        let refused = names
            .chain([&normal.note])
            .find_map(|words| text::check_line(words, NOTE_LENGTH_MAX).err());
        match refused {
            Some(error) => Err((index, error)),
            None => Ok(normal),
        }
    };
    given.iter().enumerate().map(one).collect()
}

/// Whether a rule grants time or takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Service is promised.
    Include,
    /// Service is not promised, whatever includes the time.
    Exclude,
}

impl Effect {
    /// Returns `include` or `exclude`, as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Include => "include",
            Self::Exclude => "exclude",
        }
    }
}

/// The columns of a stored rule.
#[derive(Clone, Debug, Hash, Queryable, Selectable)]
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

impl NewRule {
    /// Returns whether a stored rule of the same owner says the same, its place aside.
    #[must_use]
    pub fn says_what(&self, row: &RuleRow) -> bool {
        let texts = [
            (Some(self.effect), Some(row.effect.as_str())),
            (Some(self.kind), Some(row.kind.as_str())),
            (Some(self.duration_mode), Some(row.duration_mode.as_str())),
            (Some(self.note.as_str()), Some(row.note.as_str())),
            (self.rrule.as_deref(), row.rrule.as_deref()),
            (self.dates.as_deref(), row.dates.as_deref()),
            (self.start_time.as_deref(), row.start_time.as_deref()),
            (self.start_local.as_deref(), row.start_local.as_deref()),
            (self.end_local.as_deref(), row.end_local.as_deref()),
        ];
        let numbers = (self.weekdays, self.duration_s, self.anchor_date);
        texts.iter().all(|(new, stored)| new == stored) && numbers == (row.weekdays, row.duration_s, row.anchor_date)
    }

    /// Returns its place among the rules of its owner.
    #[must_use]
    pub fn position(&self) -> i32 {
        self.position
    }
}

/// Whose rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A window, by its key.
    Window(i64),
    /// A calendar, by its key.
    Calendar(i64),
}

impl RuleRow {
    /// Returns the rule as a value.
    ///
    /// # Errors
    /// A message for people when the columns hold no valid rule, as a hand-edited database can.
    pub fn read(&self) -> Result<RuleDefinition, String> {
        let definition = match self.kind.as_str() {
            "weekly" => self.weekly(),
            "rrule" => self.recurring(),
            "dates" => return self.dated(),
            "once" => self.once(),
            other => return Err(format!("the rule kind `{other}` is unknown")),
        };
        let rule = definition.map_err(|error| error.to_string())?;
        Ok(RuleDefinition::new(rule, self.note.clone()))
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

    fn schedule(&self) -> Result<Schedule, Error> {
        let mode = DurationMode::parse(&self.duration_mode)?;
        Ok(Schedule {
            start: civil::parse_time(self.start_time.as_deref().unwrap_or(""))?,
            length: OccurrenceLength::new(i64::from(self.duration_s.unwrap_or(0)), mode)?,
        })
    }

    fn weekly(&self) -> Result<Rule, Error> {
        let bits = self.weekdays.and_then(|bits| u8::try_from(bits).ok()).unwrap_or(0);
        Ok(Rule::Weekly {
            days: WeekdaySet::from_bits(bits)?,
            schedule: self.schedule()?,
        })
    }

    fn recurring(&self) -> Result<Rule, Error> {
        let recurrence = Recurrence::parse(self.rrule.as_deref().unwrap_or(""), self.anchor_date)?;
        Ok(Rule::Recurring {
            recurrence,
            schedule: self.schedule()?,
        })
    }

    fn once(&self) -> Result<Rule, Error> {
        Rule::once(
            civil::parse_date_time(self.start_local.as_deref().unwrap_or(""))?,
            civil::parse_date_time(self.end_local.as_deref().unwrap_or(""))?,
        )
    }

    fn dated(&self) -> Result<RuleDefinition, String> {
        let stored: Vec<Value> =
            serde_json::from_str(self.dates.as_deref().unwrap_or("[]")).map_err(|error| error.to_string())?;
        let listed = stored.iter().map(NamedDays::from_json).collect::<Result<Vec<_>, _>>()?;
        let schedule = self.schedule().map_err(|error| error.to_string())?;
        RuleDefinition::dated(listed, schedule, self.note.clone())
    }
}

impl RuleDefinition {
    /// Returns the same rule with other words beside it.
    fn with_words(&self, change: fn(&str) -> String) -> Self {
        let listed = self
            .listed
            .iter()
            .map(|days| NamedDays::range(days.first, days.last, change(&days.name)));
        Self {
            rule: self.rule.clone(),
            listed: listed.collect(),
            note: change(&self.note),
        }
    }

    /// Returns a rule and its note; dates of a rule of kind `dates` are listed one by one, without names.
    #[must_use]
    pub fn new(rule: Rule, note: String) -> Self {
        let listed = match &rule {
            Rule::Dates { dates, .. } => dates.iter().map(|date| NamedDays::day(*date, String::new())).collect(),
            Rule::Weekly { .. } | Rule::Recurring { .. } | Rule::Once { .. } => Vec::new(),
        };
        Self { rule, listed, note }
    }

    /// Returns a rule of kind `dates` for the days of these dates and ranges.
    ///
    /// # Errors
    /// Refuses what [`Rule::date_ranges`] refuses, and more than [`DATES_MAX`] different dates and ranges.
    pub fn dated(listed: Vec<NamedDays>, schedule: Schedule, note: String) -> Result<Self, String> {
        let listed = NamedDays::sorted(listed);
        let ranges = listed.iter().map(|days| (days.first, days.last)).collect();
        let rule = Rule::date_ranges(ranges, schedule).map_err(|error| error.to_string())?;
        // Ranges that overlap may be many more than their days.
        if listed.len() > DATES_MAX {
            return Err(format!(
                "{} dates and ranges are too many for one rule; list at most {DATES_MAX}",
                listed.len()
            ));
        }
        Ok(Self { rule, listed, note })
    }

    /// Returns the columns that store the rule as number `position` of its owner.
    #[must_use]
    pub fn columns(&self, owner: Owner, position: i32, effect: Effect) -> NewRule {
        let mut columns = NewRule {
            window_id: None,
            calendar_id: None,
            position,
            effect: effect.as_str(),
            kind: self.kind(),
            weekdays: None,
            rrule: None,
            anchor_date: None,
            dates: None,
            start_time: None,
            duration_s: None,
            duration_mode: DurationMode::Wall.as_str(),
            start_local: None,
            end_local: None,
            note: self.note.clone(),
        };
        match owner {
            Owner::Window(id) => columns.window_id = Some(id),
            Owner::Calendar(id) => columns.calendar_id = Some(id),
        }
        match &self.rule {
            Rule::Weekly { days, .. } => columns.weekdays = Some(i32::from(days.bits())),
            Rule::Recurring { recurrence, .. } => {
                columns.rrule = Some(recurrence.text().to_owned());
                columns.anchor_date = recurrence.anchor();
            }
            Rule::Dates { .. } => columns.dates = Some(self.listed_json().to_string()),
            Rule::Once { start, end } => {
                columns.start_local = Some(civil::format_date_time(*start));
                columns.end_local = Some(civil::format_date_time(*end));
            }
        }
        if let Some(schedule) = self.schedule() {
            columns.start_time = Some(civil::format_time(schedule.start));
            columns.duration_s = i32::try_from(schedule.length.seconds()).ok();
            columns.duration_mode = schedule.length.mode().as_str();
        }
        columns
    }

    /// Returns the rule as files write it; defaults are left out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("type", json!(self.kind()));
        match &self.rule {
            Rule::Weekly { days, .. } => {
                put("days", days.codes().collect());
            }
            Rule::Recurring { recurrence, .. } => {
                put("rrule", json!(recurrence.text()));
                if let Some(anchor) = recurrence.anchor() {
                    put("anchor", json!(anchor.to_string()));
                }
            }
            Rule::Dates { .. } => {
                put("dates", self.listed_json());
            }
            Rule::Once { start, end } => {
                put("start_local", json!(civil::format_date_time(*start)));
                put("end_local", json!(civil::format_date_time(*end)));
            }
        }
        if let Some(schedule) = self.schedule() {
            put("start", json!(civil::format_time(schedule.start)));
            put("duration_s", json!(schedule.length.seconds()));
            if schedule.length.mode() == DurationMode::Elapsed {
                put("duration_mode", json!(DurationMode::Elapsed.as_str()));
            }
        }
        if !self.note.is_empty() {
            put("note", json!(self.note));
        }
        Value::Object(object)
    }

    fn kind(&self) -> &'static str {
        match &self.rule {
            Rule::Weekly { .. } => "weekly",
            Rule::Recurring { .. } => "rrule",
            Rule::Dates { .. } => "dates",
            Rule::Once { .. } => "once",
        }
    }

    fn schedule(&self) -> Option<&Schedule> {
        match &self.rule {
            Rule::Weekly { schedule, .. } | Rule::Recurring { schedule, .. } | Rule::Dates { schedule, .. } => {
                Some(schedule)
            }
            Rule::Once { .. } => None,
        }
    }

    fn listed_json(&self) -> Value {
        self.listed.iter().map(NamedDays::to_json).collect()
    }
}
