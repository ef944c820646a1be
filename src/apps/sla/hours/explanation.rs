//! Why a component is inside or outside at an instant, for pages and the command line alike: every window of it, with the rules that include
//! the instant, what excludes it, or why it does not cover it.

use std::sync::Arc;

use super::book::{CutOwner, HoursBook, owner, rules_of};
use super::cut_day::CutDay;
use super::stored::{ComponentHours, StoredHours, WindowHours};
use super::words;
use crate::admin::dates;
use crate::apps::sla::lint::words::outcome;
use crate::apps::sla::rule::RuleDefinition;
use crate::apps::sla::rule::describe::words_with_note;
use crate::apps::sla::snapshot::compile::PartNames;
use crate::calculus::civil::format_time;
use crate::calculus::coverage::{Coverage, CoveragePart, CoverageValues};
use crate::calculus::explain::{CarriedOn, Cut, Inclusion, Miss, MissReason, Occurrence, explain};
use crate::calculus::period::{Period, PeriodKind};
use crate::zones::{ClockChange, Zone};

/// How far from the instant a change of the clock is one of its night, in seconds.
pub const NIGHT: i64 = 12 * 3_600;

/// Whether a component is inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExplainedState {
    /// A window covers the instant.
    Inside,
    /// None does.
    Outside,
    /// It has no enabled window, so it is never inside.
    NoHours,
    /// A window or calendar of it cannot be read, for this reason.
    Unreadable(String),
}

/// Why a component is inside or outside at an instant.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The component's name.
    pub component: String,
    /// Whether it is enabled. A disabled one has no metrics; this is what they would say.
    pub enabled: bool,
    /// The instant.
    pub at: i64,
    /// Whether it is inside.
    pub state: ExplainedState,
    /// The five values; none if something cannot be read.
    pub values: Option<CoverageValues>,
    /// Its windows, disabled ones too.
    pub windows: Vec<WindowExplanation>,
}

/// Why a window covers the instant or does not.
#[derive(Clone, Debug)]
pub struct WindowExplanation {
    /// The row's key.
    pub id: i64,
    /// The window's name.
    pub window: String,
    /// Its zone.
    pub zone: Zone,
    /// How many rules it has that include time: forms number its exclude rules behind them.
    pub include_rules: usize,
    /// The rules that include the instant.
    pub inclusions: Vec<ExplainedInclusion>,
    /// The rules that exclude it; they matter only if it is included.
    pub cuts: Vec<ExplainedCut>,
    /// The rules that a changed clock keeps from holding at it.
    pub misses: Vec<ExplainedMiss>,
    /// Why the window does not cover the instant; nothing if it does.
    pub reason: Option<String>,
    /// What exclusions take of the hours of that day; only where that is the reason, which names them.
    pub cut_day: Option<CutDay>,
    /// The change of the zone's clock in the night around the instant.
    pub clock_change: Option<ClockChange>,
    is_read: bool,
}

/// A rule and its occurrence that contains the instant.
#[derive(Clone, Debug)]
pub struct ExplainedRule {
    /// Its position among the rules of its owner that have the same effect, from 1 on.
    pub position: usize,
    /// The rule in words, with its note.
    pub words: String,
    /// What this occurrence is called, such as `Christmas`; empty if the words say it.
    pub name: String,
    /// The occurrence.
    pub occurrence: Occurrence,
}

/// A rule that includes the instant.
#[derive(Clone, Debug)]
pub struct ExplainedInclusion {
    /// The rule.
    pub rule: ExplainedRule,
    /// What carries the coverage on where the occurrence ends.
    pub next: Option<ExplainedNext>,
}

/// A rule that carries the coverage on.
#[derive(Clone, Debug)]
pub struct ExplainedNext {
    /// The window whose rule it is, if it is another one.
    pub window: Option<String>,
    /// The zone of that window.
    pub zone: Zone,
    /// The rule.
    pub rule: ExplainedRule,
}

/// A rule that excludes the instant.
#[derive(Clone, Debug)]
pub struct ExplainedCut {
    /// Whose rule it is.
    pub by: CutOwner,
    /// The rule.
    pub rule: ExplainedRule,
}

/// A rule that a changed clock keeps from holding at the instant.
#[derive(Clone, Debug)]
pub struct ExplainedMiss {
    /// Whose exclude rule it is; none for an include rule of the window.
    pub by: Option<CutOwner>,
    /// Its position, from 1 on.
    pub position: usize,
    /// The rule in words, with its note.
    pub words: String,
    /// Why.
    pub reason: MissReason,
}

impl Explanation {
    /// Explains a component of `hours`, whose windows and calendars `book` has, at the instant `at`.
    pub fn new(hours: &StoredHours, book: &mut HoursBook, component: &ComponentHours, at: i64) -> Self {
        let coverage = book.coverage(&component.key);
        let windows = component.key.0.iter();
        let windows = windows.filter_map(|id| hours.windows.iter().find(|window| window.stored.id == *id));
        let windows: Vec<&WindowHours> = windows.collect();
        let has_enabled = windows.iter().any(|window| window.stored.state.enabled);
        let values = coverage.as_ref().ok().map(|coverage| coverage.values(at));
        let state = match (&coverage, has_enabled) {
            (Err(reason), _) => ExplainedState::Unreadable(reason.clone()),
            (Ok(_), false) => ExplainedState::NoHours,
            (Ok(coverage), true) if coverage.covers(at) => ExplainedState::Inside,
            (Ok(_), true) => ExplainedState::Outside,
        };
        let windows = match coverage {
            Ok(coverage) => explained(&windows, &coverage, &book.part_names(&component.key), at),
            // Each is explained alone, as far as it can be read.
            Err(_) => {
                let alone = |window: &&WindowHours| {
                    let key = (vec![window.stored.id], component.key.1.clone());
                    match book.coverage(&key) {
                        Ok(coverage) => explained(&[window], &coverage, &book.part_names(&key), at).pop(),
                        Err(reason) => Some(not_covering(window, format!("it cannot be read: {reason}"))),
                    }
                };
                windows.iter().filter_map(alone).collect()
            }
        };
        Self {
            component: component.name.clone(),
            enabled: component.enabled,
            at,
            state,
            values,
            windows,
        }
    }

    /// Returns the zone in which the component's hours are read: that of its first enabled window.
    #[must_use]
    pub fn zone(&self) -> Zone {
        let evaluated = self.windows.iter().find(|window| window.is_evaluated());
        evaluated.map_or_else(Zone::utc, |window| window.zone)
    }
}

impl WindowExplanation {
    /// Returns whether the window covers the instant.
    #[must_use]
    pub fn is_covering(&self) -> bool {
        self.reason.is_none()
    }

    /// Returns whether the window's rules were asked, as they are not where it is disabled or cannot be read.
    #[must_use]
    pub fn is_evaluated(&self) -> bool {
        self.is_read
    }
}

/// Returns the explanation of windows whose enabled ones are the parts of `coverage`, in their order.
fn explained(
    windows: &[&WindowHours],
    coverage: &Arc<Coverage>,
    names: &[PartNames<'_>],
    at: i64,
) -> Vec<WindowExplanation> {
    let parts = explain(coverage, at);
    let mut evaluated = coverage.parts().iter().zip(names).zip(parts);
    let explained = windows.iter().filter_map(|window| {
        if !window.stored.state.enabled {
            return Some(not_covering(window, "it is disabled".to_owned()));
        }
        let ((part, own), explanation) = evaluated.next()?;
        let explained_cut = |cut: &Cut| {
            let rules = rules_of(own, Some(cut.by));
            Some(ExplainedCut {
                by: owner(own, cut.by)?,
                rule: explained_rule(rules, cut.rule, cut.occurrence),
            })
        };
        let inclusions = explanation.inclusions.iter();
        let inclusions = inclusions.map(|inclusion| explained_inclusion(inclusion, own, coverage, names));
        let inclusions: Vec<ExplainedInclusion> = inclusions.collect();
        let cuts: Vec<ExplainedCut> = explanation.cuts.iter().filter_map(explained_cut).collect();
        let misses: Vec<ExplainedMiss> = explanation
            .misses
            .iter()
            .map(|miss| explained_miss(miss, own))
            .collect();
        let zone = part.window.timezone();
        let (reason, cut_day) = match inclusions.is_empty() {
            true => reason_not_included(part, own, &misses, at),
            false => (cuts.first().map(reason_excluded), None),
        };
        Some(WindowExplanation {
            id: window.stored.id,
            window: own.window.to_owned(),
            zone,
            include_rules: own.rules.len(),
            reason,
            cut_day,
            inclusions,
            cuts,
            misses,
            clock_change: zone
                .clock_changes(at.saturating_sub(NIGHT), at.saturating_add(NIGHT))
                .next(),
            is_read: true,
        })
    });
    explained.collect()
}

fn not_covering(window: &WindowHours, reason: String) -> WindowExplanation {
    let state = &window.stored.state;
    WindowExplanation {
        id: window.stored.id,
        window: state.name.clone(),
        zone: state.timezone,
        include_rules: state.rules.len(),
        inclusions: Vec::new(),
        cuts: Vec::new(),
        misses: Vec::new(),
        reason: Some(reason),
        cut_day: None,
        clock_change: None,
        is_read: false,
    }
}

fn rule_words(rules: &[RuleDefinition], index: usize) -> String {
    rules.get(index).map_or_else(String::new, words_with_note)
}

fn explained_rule(rules: &[RuleDefinition], index: usize, occurrence: Occurrence) -> ExplainedRule {
    let words = rule_words(rules, index);
    let rule = rules.get(index);
    let name = rule.map_or("", |rule| rule.name_on(occurrence.start_local.date()));
    ExplainedRule {
        position: index + 1,
        name: if words.contains(name) {
            String::new()
        } else {
            name.to_owned()
        },
        words,
        occurrence,
    }
}

fn explained_inclusion(
    inclusion: &Inclusion,
    own: &PartNames<'_>,
    coverage: &Coverage,
    names: &[PartNames<'_>],
) -> ExplainedInclusion {
    let next = |next: &CarriedOn| {
        let (part, other) = (coverage.parts().get(next.part)?, names.get(next.part)?);
        Some(ExplainedNext {
            window: (other.window != own.window).then(|| other.window.to_owned()),
            zone: part.window.timezone(),
            rule: explained_rule(other.rules, next.rule, next.occurrence),
        })
    };
    ExplainedInclusion {
        rule: explained_rule(own.rules, inclusion.rule, inclusion.occurrence),
        next: inclusion.carried_on.as_ref().and_then(next),
    }
}

fn explained_miss(miss: &Miss, names: &PartNames<'_>) -> ExplainedMiss {
    ExplainedMiss {
        by: miss.cut.and_then(|by| owner(names, by)),
        position: miss.rule + 1,
        words: rule_words(rules_of(names, miss.cut), miss.rule),
        reason: miss.reason,
    }
}

/// Says what takes an instant away that a window includes.
fn reason_excluded(cut: &ExplainedCut) -> String {
    let owner = match &cut.by {
        CutOwner::Calendar(name) => format!("the calendar `{name}` excludes it"),
        CutOwner::Window(_) => "its own exclusions exclude it".to_owned(),
    };
    format!("{owner}: {}", cut.rule.words)
}

/// Says why no rule of a window includes the instant, with what is cut of the day if that belongs to it.
fn reason_not_included(
    part: &CoveragePart,
    names: &PartNames<'_>,
    misses: &[ExplainedMiss],
    at: i64,
) -> (Option<String>, Option<CutDay>) {
    let alone = |reason: String| (Some(reason), None);
    if let Some(miss) = misses.iter().find(|miss| miss.by.is_none()) {
        return alone(format!("rule {} {}", miss.position, miss.reason_in_words()));
    }
    let definition = part.window.definition();
    let zone = definition.timezone;
    let date = zone.local_at(at).date();
    if definition.rules.is_empty() {
        return alone("it has no rules".to_owned());
    }
    if let Some(from) = definition.valid_from.filter(|from| date < *from) {
        return alone(format!("it is not valid yet, only from {from} on"));
    }
    if let Some(until) = definition.valid_until.filter(|until| *until < date) {
        return alone(format!("it is no longer valid, only until {until}"));
    }
    let day = Period::containing(PeriodKind::Day, date).span(zone);
    let included = day.map(|day| (day, part.window.included(day.start, day.end)));
    let date = dates::day(date);
    let Some((day, spans)) = included.filter(|(_, spans)| !spans.is_empty()) else {
        return alone(format!("none of its rules has hours on {date}"));
    };
    match CutDay::of(part, names, day, &spans) {
        Some(cut) => (Some(cut.words(|_| true)), Some(cut)),
        None => alone(format!("its hours on {date} are {}", words::times(&spans, day, zone))),
    }
}

impl ExplainedMiss {
    /// Says why the rule does not hold, behind the words that name it.
    #[must_use]
    pub fn reason_in_words(&self) -> String {
        match &self.reason {
            MissReason::Skipped { start, outcome: result } => format!(
                "would start at {}, which the clocks skip: {}",
                format_time(start.time()),
                outcome(*start, result)
            ),
            MissReason::SecondShowing(local) => format!(
                "means the first time that the clock shows {}; this is the second",
                format_time(local.time())
            ),
        }
    }
}
