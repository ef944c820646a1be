//! Windows and exclusion calendars, compiled once and asked often.

use chrono::NaiveDate;

use super::occurrence::Validity;
use super::rule::Rule;
use super::rule_set::RuleSet;
use crate::zones::Zone;

/// How far weekly and recurring rules are followed to either side of an instant: 50 mean Gregorian years, in seconds.
/// A 29 February that falls on a given weekday can be 40 years away.
pub const HORIZON: i64 = 50 * 31_556_952;

/// A service window as people define it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowDefinition {
    /// The zone whose clock all rules and dates mean.
    pub timezone: Zone,
    /// The first start date of weekly, recurring and dated include rules.
    pub valid_from: Option<NaiveDate>,
    /// The last such start date; an occurrence that starts on it runs to its end.
    pub valid_until: Option<NaiveDate>,
    /// What is covered: the union of these.
    pub rules: Vec<Rule>,
    /// What is cut out again: the union of these.
    pub excludes: Vec<Rule>,
}

/// A window ready for questions. Immutable; share it among all components that use it.
#[derive(Clone, Debug)]
pub struct CompiledWindow {
    definition: WindowDefinition,
    pub(super) includes: RuleSet,
    pub(super) excludes: RuleSet,
}

impl CompiledWindow {
    /// Compiles a window; resolves its listed dates and one-offs.
    #[must_use]
    pub fn compile(definition: WindowDefinition) -> Self {
        Self::with(definition, RuleSet::new)
    }

    /// Compiles a window without looking for rules that together leave no hole.
    /// Every answer is the same, only later; tests compare the two.
    #[must_use]
    pub fn compile_plainly(definition: WindowDefinition) -> Self {
        Self::with(definition, RuleSet::without_solid)
    }

    fn with(definition: WindowDefinition, compile: fn(Zone, &[Rule], Validity) -> RuleSet) -> Self {
        let zone = definition.timezone;
        Self {
            includes: compile(zone, &definition.rules, definition.validity()),
            excludes: compile(zone, &definition.excludes, Validity::default()),
            definition,
        }
    }

    /// Returns the zone of the window.
    #[must_use]
    pub fn timezone(&self) -> Zone {
        self.definition.timezone
    }

    /// Returns what was compiled.
    #[must_use]
    pub fn definition(&self) -> &WindowDefinition {
        &self.definition
    }
}

impl WindowDefinition {
    pub(super) fn validity(&self) -> Validity {
        Validity {
            from: self.valid_from,
            until: self.valid_until,
        }
    }
}

/// An exclusion calendar read in one zone. A floating calendar is compiled once for each zone that uses it.
#[derive(Clone, Debug)]
pub struct Exclusion {
    timezone: Zone,
    rules: Vec<Rule>,
    pub(super) cuts: RuleSet,
}

impl Exclusion {
    /// Compiles a calendar; resolves its listed dates and one-offs.
    #[must_use]
    pub fn compile(timezone: Zone, rules: Vec<Rule>) -> Self {
        Self {
            cuts: RuleSet::new(timezone, &rules, Validity::default()),
            timezone,
            rules,
        }
    }

    /// Returns the zone the calendar is read in.
    #[must_use]
    pub fn timezone(&self) -> Zone {
        self.timezone
    }

    /// Returns what was compiled.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}
