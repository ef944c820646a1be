//! What things are called in metrics: the five facts, the prefix of a component, and which names people may give.
//!
//! Only texts: no metric, no component and no database is known here. The help texts hold neither quotes nor
//! backslashes, so that their bytes are the same in every format.

use std::fmt;

use crate::text::is_unprintable;

/// The longest component name, label name or label value, in characters.
pub const LENGTH_MAX: usize = 200;

/// Label names that Prometheus or this exporter sets.
pub const RESERVED_LABEL_NAMES: [&str; 5] = ["component", "job", "instance", "le", "quantile"];

/// A fact about enabled components that only the layout by labels has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LabelsFact {
    /// The promised share.
    Slo,
    /// How much service time has ended since windows are counted.
    Completed,
    /// Since when windows are counted.
    AccountingStart,
    /// What was attained in the current month.
    MonthAttained,
    /// How much of the current month may be down.
    MonthBudget,
    /// What is left of that.
    MonthBudgetLeft,
    /// How much of the current month is not known.
    MonthUnmeasured,
}

impl LabelsFact {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Slo,
        Self::Completed,
        Self::AccountingStart,
        Self::MonthAttained,
        Self::MonthBudget,
        Self::MonthBudgetLeft,
        Self::MonthUnmeasured,
    ];

    /// Returns the family.
    #[must_use]
    pub const fn family(self) -> &'static str {
        match self {
            Self::Slo => "service_window_slo_ratio",
            Self::Completed => "service_window_completed_seconds",
            Self::AccountingStart => "service_window_accounting_start_timestamp_seconds",
            Self::MonthAttained => "service_window_month_attained_ratio",
            Self::MonthBudget => "service_window_month_budget_seconds",
            Self::MonthBudgetLeft => "service_window_month_budget_left_seconds",
            Self::MonthUnmeasured => "service_window_month_unmeasured_seconds",
        }
    }

    /// Returns the definition.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Slo => "Promised share of service time, from 0 to 1; no sample where none is promised.",
            Self::Completed => {
                "Seconds of the windows, as defined now, that ended since accounting began; moves at ends and edits."
            }
            Self::AccountingStart => {
                "Since when windows are counted, in Unix seconds: the creation, or at most five years ago."
            }
            Self::MonthAttained => {
                "Share up of the known service time of this month, from 0 to 1; no sample if none is known."
            }
            Self::MonthBudget => "Seconds of service that may be down this month; no sample without an SLO.",
            Self::MonthBudgetLeft => "What is left of the budget of this month, in seconds; below 0 if more was down.",
            Self::MonthUnmeasured => "Seconds of service of this month that are due and of which nothing is known.",
        }
    }
}

/// One of the five facts about every enabled component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// The latest start that has happened.
    LastStart,
    /// The latest end that has happened.
    LastEnd,
    /// The first start to come.
    NextStart,
    /// The first end to come.
    NextEnd,
    /// Whether service is promised now.
    InWindow,
}

impl Fact {
    /// All facts, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::LastStart,
        Self::LastEnd,
        Self::NextStart,
        Self::NextEnd,
        Self::InWindow,
    ];

    /// Returns what follows the prefix of a component in the layout by names.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::LastStart => "_service_window_last_start",
            Self::LastEnd => "_service_window_last_end",
            Self::NextStart => "_service_window_next_start",
            Self::NextEnd => "_service_window_next_end",
            Self::InWindow => "_service_window_in_window",
        }
    }

    /// Returns the family of this fact in the layout by labels.
    #[must_use]
    pub const fn family(self) -> &'static str {
        match self {
            Self::LastStart => "service_window_last_start_timestamp_seconds",
            Self::LastEnd => "service_window_last_end_timestamp_seconds",
            Self::NextStart => "service_window_next_start_timestamp_seconds",
            Self::NextEnd => "service_window_next_end_timestamp_seconds",
            Self::InWindow => "service_window_in_window",
        }
    }

    /// Returns the definition, in both layouts.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::LastStart => "Latest start of a service window at or before now, in Unix seconds; no sample if none.",
            Self::LastEnd => "Latest end of a service window at or before now, in Unix seconds; no sample if none.",
            Self::NextStart => "First start of a service window after now, in Unix seconds; no sample if none.",
            Self::NextEnd => "First end of a service window after now, in Unix seconds; no sample if none.",
            Self::InWindow => "1 from the start of a service window until just before its end, 0 outside.",
        }
    }

    /// Splits a metric name of the layout by names into the prefix of a component and the fact.
    ///
    /// No suffix ends with another one, so there is at most one way.
    #[must_use]
    pub fn split(metric_name: &str) -> Option<(&str, Self)> {
        Self::ALL.into_iter().find_map(|fact| {
            let prefix = metric_name.strip_suffix(fact.suffix())?;
            (!prefix.is_empty()).then_some((prefix, fact))
        })
    }
}

/// Returns what the metrics of a component begin with: its name with one `_` for every character that no metric name can hold.
///
/// A leading digit gets `c_` in front, and so does a leading `_`, because OpenMetrics reserves metric names that begin with one.
/// `:` becomes `_` too, because it belongs to recording rules (Prometheus, "Data model"). Two names may give one prefix; the label
/// `component` distinguishes them.
#[must_use]
pub fn metric_prefix(component_name: &str) -> String {
    let mut prefix = String::with_capacity(component_name.len() + 2);
    if component_name.starts_with(|first: char| !first.is_ascii_alphabetic()) {
        prefix.push_str("c_");
    }
    prefix.extend(
        component_name
            .chars()
            .map(|character| if is_word(character) { character } else { '_' }),
    );
    prefix
}

/// Checks the name of a component: printable, without blanks around it, and with something to name metrics by.
///
/// # Errors
///
/// The first rule that is broken.
pub fn check_component_name(name: &str) -> Result<(), NameError> {
    let subject = NameSubject::ComponentName;
    check_text(subject, name)?;
    if name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace) {
        return Err(NameError::Blank { subject });
    }
    if !name.contains(|character: char| character.is_ascii_alphanumeric()) {
        return Err(NameError::Nameless);
    }
    Ok(())
}

/// Checks the name of a label that people may give (Prometheus, "Data model").
///
/// # Errors
///
/// The first rule that is broken.
pub fn check_label_name(name: &str) -> Result<(), NameError> {
    check_text(NameSubject::LabelName, name)?;
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(NameError::LeadingDigit);
    }
    if let Some(character) = name.chars().find(|character| !is_word(*character)) {
        return Err(NameError::Syntax { character });
    }
    if name.starts_with("__") {
        return Err(NameError::Internal);
    }
    match RESERVED_LABEL_NAMES.into_iter().find(|reserved| *reserved == name) {
        Some(reserved) => Err(NameError::Reserved { name: reserved }),
        None => Ok(()),
    }
}

/// Checks the value of a label. An empty one is refused: for Prometheus it is the same as no label.
///
/// # Errors
///
/// The first rule that is broken.
pub fn check_label_value(value: &str) -> Result<(), NameError> {
    check_text(NameSubject::LabelValue, value)
}

/// Returns whether every scraper reads this metric name without quotes: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub fn is_legacy_metric_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|character| is_word(character) || character == ':')
}

/// What a [`NameError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameSubject {
    /// The name of a component.
    ComponentName,
    /// The name of a label.
    LabelName,
    /// The value of a label.
    LabelValue,
}

impl fmt::Display for NameSubject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ComponentName => "component name",
            Self::LabelName => "label name",
            Self::LabelValue => "label value",
        })
    }
}

/// Why a name or a value cannot be used, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing.
    #[error("Enter a {subject}: it must not be empty.")]
    Empty {
        /// What it is about.
        subject: NameSubject,
    },
    /// There is too much.
    #[error("This {subject} has {length} characters; shorten it to {LENGTH_MAX} at most.")]
    TooLong {
        /// What it is about.
        subject: NameSubject,
        /// Its length in characters.
        length: usize,
    },
    /// Something in it cannot be seen.
    #[error(
        "This {subject} has a character that cannot be printed (U+{:04X}, number {position}); remove it.",
        u32::from(*.character)
    )]
    Unprintable {
        /// What it is about.
        subject: NameSubject,
        /// The first such character.
        character: char,
        /// Its place, counted from 1.
        position: usize,
    },
    /// White space at an end, which a form does not show.
    #[error("This {subject} begins or ends with a blank; remove it.")]
    Blank {
        /// What it is about.
        subject: NameSubject,
    },
    /// A component name of which no character could be kept in a metric name.
    #[error(
        "This component name has no letter from A to Z and no digit, so its metrics would have no name; add one, \
         and put the name for people into the display name."
    )]
    Nameless,
    /// A label name that begins with a digit.
    #[error("A label name cannot begin with a digit; put a letter in front.")]
    LeadingDigit,
    /// A label name with another character than Prometheus takes.
    #[error("A label name cannot contain “{character}”; use letters from A to Z, digits and underscores.")]
    Syntax {
        /// The first such character.
        character: char,
    },
    /// A label name of the kind that Prometheus keeps for itself.
    #[error("Label names that begin with two underscores belong to Prometheus; remove one of them.")]
    Internal,
    /// A label name that is set elsewhere.
    #[error(
        "The label “{name}” is set by Prometheus or by this exporter; choose another name, such as “service_{name}”."
    )]
    Reserved {
        /// That name.
        name: &'static str,
    },
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Checks the rules that all three have in common. Two of them must not look like one, so nothing in them is invisible.
fn check_text(subject: NameSubject, text: &str) -> Result<(), NameError> {
    let length = text.chars().count();
    if length == 0 {
        return Err(NameError::Empty { subject });
    }
    if length > LENGTH_MAX {
        return Err(NameError::TooLong { subject, length });
    }
    match text
        .chars()
        .enumerate()
        .find(|(_, character)| is_unprintable(*character))
    {
        Some((index, character)) => Err(NameError::Unprintable {
            subject,
            character,
            position: index + 1,
        }),
        None => Ok(()),
    }
}
