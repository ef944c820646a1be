//! One rule of a window or calendar: the value, and the words that people put beside it.

pub mod describe;
pub mod fields;
pub mod file;
pub mod form;
pub mod kind;
pub mod listed_days;
pub mod past;
pub mod preview;
mod row;
pub mod schema;

use chrono::NaiveDate;

use self::listed_days::ListedDays;
use crate::calculus::rule::{DATES_MAX, Rule, Schedule};
use crate::text;

pub use self::row::{NewRule, RuleHours, RuleOwner, RuleRow};

/// The longest note and the longest name of a date or range of dates, in characters.
pub const NOTE_LENGTH_MAX: usize = 200;

/// The most rules of a window or calendar.
pub const RULES_MAX: usize = 100;

/// A rule with the words that people put beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleDefinition {
    /// When it holds.
    pub rule: Rule,
    /// The dates and ranges as they were listed, for rules of kind `dates`; the rule has their days. Sorted, see
    /// [`ListedDays::sorted`].
    pub listed: Vec<ListedDays>,
    /// A note for people; no meaning.
    pub note: String,
}

/// Whether a rule grants time or takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Service is promised.
    Include,
    /// Service is not promised, whatever includes the time.
    Exclude,
}

/// Returns rules without the words beside them, as the calculus takes them.
#[must_use]
pub fn plain(definitions: &[RuleDefinition]) -> Vec<Rule> {
    definitions.iter().map(|definition| definition.rule.clone()).collect()
}

/// Returns whether there are rules, each for one time only: exceptions, of which none is expected to go on.
#[must_use]
pub fn are_one_offs(definitions: &[RuleDefinition]) -> bool {
    let is_one_off = |definition: &RuleDefinition| matches!(definition.rule, Rule::Once { .. });
    !definitions.is_empty() && definitions.iter().all(is_one_off)
}

/// Merges the rules of a file with the stored ones: each becomes a stored rule if one of `given` differs from it by normalization alone, else the
/// given one, normalized.
///
/// # Errors
/// The place of the first rule whose words have a character that has no place in them, and a sentence.
pub fn merge_with_stored(
    given: &[RuleDefinition],
    stored: &[RuleDefinition],
) -> Result<Vec<RuleDefinition>, (usize, String)> {
    if given == stored {
        return Ok(stored.to_vec());
    }
    let lines: Vec<RuleDefinition> = stored.iter().map(|rule| rule.with_words(text::shown_in_line)).collect();
    let mut rules = Vec::with_capacity(given.len());
    for (index, rule) in given.iter().enumerate() {
        if stored.contains(rule) {
            rules.push(rule.clone());
            continue;
        }
        let normal = rule.with_words(text::line);
        if let Some(same) = lines.iter().position(|line| *line == normal) {
            rules.push(stored[same].clone());
            continue;
        }
        let names = normal.listed.iter().map(|days| &days.name);
        for words in names.chain([&normal.note]) {
            text::check_line(words, NOTE_LENGTH_MAX).map_err(|error| (index, error))?;
        }
        rules.push(normal);
    }
    Ok(rules)
}

/// Returns a note, or the name of a date, as it is stored when people type it; `stored` is what it is now.
///
/// # Errors
/// A sentence about what has no place in it.
pub fn note_line(stored: Option<&str>, typed: &str) -> Result<String, String> {
    text::updated_line(stored, typed, |text| text::check_line(text, NOTE_LENGTH_MAX))
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

    /// Returns what a form offers.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Include => "Service",
            Self::Exclude => "No service",
        }
    }
}

impl RuleDefinition {
    /// Returns a rule and its note; dates of a rule of kind `dates` are listed one by one, without names.
    #[must_use]
    pub fn new(rule: Rule, note: String) -> Self {
        let days = rule.listed_dates().iter();
        Self {
            listed: days.map(|date| ListedDays::day(*date, String::new())).collect(),
            rule,
            note,
        }
    }

    /// Returns a rule of kind `dates` for the days of these dates and ranges.
    ///
    /// # Errors
    /// Refuses what [`Rule::date_ranges`] refuses, and more than [`DATES_MAX`] different dates and ranges.
    pub fn dated(listed: Vec<ListedDays>, schedule: Schedule, note: String) -> Result<Self, String> {
        let listed = ListedDays::sorted(listed);
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

    /// Returns what people call the occurrence that starts on a day: the name of the listed day, otherwise the note; empty without one.
    #[must_use]
    pub fn name_on(&self, date: NaiveDate) -> &str {
        let named = self.listed.iter().filter(|days| !days.name.is_empty());
        let day = named.filter(|days| days.contains(date)).map(|days| days.name.as_str());
        day.min_by_key(|name| name.len()).unwrap_or(&self.note)
    }

    /// Returns the same rule with other words beside it.
    fn with_words(&self, change: fn(&str) -> String) -> Self {
        let listed = self
            .listed
            .iter()
            .map(|days| ListedDays::range(days.first, days.last, change(&days.name)));
        Self {
            rule: self.rule.clone(),
            listed: listed.collect(),
            note: change(&self.note),
        }
    }
}
