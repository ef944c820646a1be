//! The rows of rules in a form: what a row shows and offers, and the values of stored rules.

use super::fields::{EFFECT, field, values};
use super::repeat;
use crate::admin::model::FormValues;
use crate::admin::spec::{Choices, Field, Inline, RowSplit, Widget};
use crate::apps::sla::rule::describe::WEEKDAYS;
use crate::apps::sla::rule::kind::{RuleField, RuleKind};
use crate::apps::sla::rule::{Effect, RULES_MAX, RuleDefinition, RuleRow};
use crate::calculus::civil::DurationMode;

/// A blank row of a window: the selects have their first choices.
const BLANK_IN_WINDOW: [(&str, &str); 5] = [
    ("effect", "include"),
    ("kind", "weekly"),
    ("duration_mode", "wall"),
    repeat::BLANK_EVERY,
    repeat::BLANK_MONTH,
];

/// A blank row of a calendar: whole days, as holidays are.
const BLANK_IN_CALENDAR: [(&str, &str); 6] = [
    ("kind", "dates"),
    ("start_time", "00:00"),
    ("end_time", "24:00"),
    ("duration_mode", "wall"),
    repeat::BLANK_EVERY,
    repeat::BLANK_MONTH,
];

/// What the rules of a form belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleFormOwner {
    /// A window, whose rules include or exclude.
    Window,
    /// A calendar, whose rules all exclude.
    Calendar,
}

impl RuleFormOwner {
    /// Returns `effect` where a rule has one to choose.
    #[must_use]
    pub fn chosen(self, effect: Effect) -> Option<Effect> {
        match self {
            Self::Window => Some(effect),
            Self::Calendar => None,
        }
    }
}

/// Returns the rows of rules in the form of a window or of a calendar.
#[must_use]
pub fn inline(owner: RuleFormOwner) -> Inline {
    let mut shown = Vec::new();
    for each in RuleField::ALL {
        if each == RuleField::Recurrence {
            shown.extend(repeat::fields());
        }
        shown.extend(field(each));
    }
    let (blank, zone): (&'static [(&str, &str)], &str) = match owner {
        RuleFormOwner::Window => {
            shown.insert(
                0,
                Field::new(EFFECT, "Effect", Widget::Select(Choices::Listed)).required(),
            );
            (&BLANK_IN_WINDOW, "the time zone above")
        }
        RuleFormOwner::Calendar => (
            &BLANK_IN_CALENDAR,
            "the time zone of each window that uses the calendar",
        ),
    };
    Inline {
        prefix: "rules",
        title: "rules",
        singular: "rule",
        fields: shown,
        blank,
        rows_max: RULES_MAX,
        extra: 3,
        zone: Some(("timezone", zone)),
        split: Some(RowSplit {
            field: RuleField::Weekdays.as_str(),
            words: "Different hours on",
            next: RuleField::Start.as_str(),
        }),
    }
}

/// Returns what the selects of a rule offer; nothing for every other field.
#[must_use]
pub fn choices(field: &str) -> Vec<(String, String)> {
    let own = |(value, words): (&str, &str)| (value.to_owned(), words.to_owned());
    match field {
        EFFECT => [Effect::Include, Effect::Exclude]
            .map(|effect| (effect.as_str().to_owned(), effect.title().to_owned()))
            .to_vec(),
        "kind" => RuleKind::ALL.map(|kind| own((kind.as_str(), kind.title()))).to_vec(),
        "duration_mode" => [
            (DurationMode::Wall.as_str(), "by the clock"),
            (DurationMode::Elapsed.as_str(), "exact"),
        ]
        .map(own)
        .to_vec(),
        "weekdays" => WEEKDAYS.map(|(code, name, _)| own((code, name))).to_vec(),
        other => repeat::choices(other),
    }
}

/// A rule as the database has it.
pub struct StoredRule {
    /// The row's key.
    pub id: i64,
    /// Whether it grants or takes time.
    pub effect: Effect,
    /// The rule.
    pub definition: RuleDefinition,
}

/// Returns the stored rules that can be read, in the order of their rows in a form: what includes time first.
#[must_use]
pub fn stored(rows: &[RuleRow]) -> Vec<StoredRule> {
    let read = |row: &RuleRow| {
        Some(StoredRule {
            id: row.id,
            effect: row.effect(),
            // What cannot be read is reported beside the form, and is no row of it.
            definition: row.read().ok()?,
        })
    };
    let mut rules: Vec<StoredRule> = rows.iter().filter_map(read).collect();
    rules.sort_by_key(|rule| rule.effect == Effect::Exclude);
    rules
}

/// Returns the rows of a form for these rules.
#[must_use]
pub fn rows(rules: &[StoredRule], owner: RuleFormOwner) -> Vec<FormValues> {
    let row = |rule: &StoredRule| values(&rule.definition, owner.chosen(rule.effect), Some(rule.id));
    rules.iter().map(row).collect()
}
