//! Windows and calendars compiled to coverages, each distinct one once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::stored::{StoredHours, WindowHours};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::rule::RuleDefinition;
use crate::apps::sla::rule::describe::words;
use crate::apps::sla::snapshot::compile::{PartNames, ScheduleKey, Schedules};
use crate::apps::sla::stored::Stored;
use crate::calculus::coverage::Coverage;
use crate::calculus::cuts::CutSpan;
use crate::calculus::explain::{CutBy, cuts_within, explain};
use crate::calculus::span::{Span, merge};

/// The most cuts of one row that are named: each takes a look at all rules.
const NAMED_MAX: usize = 100;

/// How many occurrences of one owner that cut a day are named.
const NAMES_MAX: usize = 3;

/// Coverages by the windows and calendars that they are made of.
pub struct HoursBook {
    schedules: Schedules,
    coverages: HashMap<ScheduleKey, Result<Arc<Coverage>, String>>,
    /// Names of cuts, by owner and start.
    cut_names: HashMap<(CutOwner, i64), String>,
}

/// Whose rules take time away from a window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CutOwner {
    /// The calendar of this name.
    Calendar(String),
    /// The exclude rules of the window of this name.
    Window(String),
}

/// Time that is cut, with the name of what cuts it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedCut {
    /// When it is.
    pub span: Span,
    /// Whose rules take it.
    pub by: CutOwner,
    /// What people call it, such as `Christmas`: [`HoursBook::name_cuts`] says it.
    pub name: String,
}

/// What is covered in a range of time and what is cut there, with names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedHours {
    /// What is covered: maximal spans, clipped to the range.
    pub spans: Vec<Span>,
    /// What is cut, in order: maximal spans of each owner, clipped to the range. Where several exclude the same time, each has a span.
    pub cuts: Vec<NamedCut>,
}

impl CutOwner {
    /// Returns the name of the calendar or window.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Calendar(name) | Self::Window(name) => name,
        }
    }
}

impl HoursBook {
    /// Returns the book of what is stored.
    #[must_use]
    pub fn new(hours: &StoredHours) -> Self {
        Self::of(hours.windows.iter().cloned(), hours.calendars.clone())
    }

    /// Returns the book of these windows and calendars.
    #[must_use]
    pub fn of(windows: impl IntoIterator<Item = WindowHours>, calendars: Vec<Stored<CalendarState>>) -> Self {
        let windows = windows.into_iter().map(|window| (window.stored, window.calendars));
        Self {
            schedules: Schedules::of_states(windows, calendars),
            coverages: HashMap::new(),
            cut_names: HashMap::new(),
        }
    }

    /// Returns the book of the windows that these keys name.
    #[must_use]
    pub fn of_keys<'a>(hours: &StoredHours, keys: impl IntoIterator<Item = &'a ScheduleKey>) -> Self {
        let used: HashSet<i64> = keys.into_iter().flat_map(|(windows, _)| windows).copied().collect();
        let windows = hours.windows.iter().filter(|window| used.contains(&window.stored.id));
        Self::of(windows.cloned(), hours.calendars.clone())
    }

    /// Returns the coverage of these windows and calendars; disabled ones are left out.
    ///
    /// # Errors
    /// The window or calendar that cannot be read, and why.
    pub fn coverage(&mut self, key: &ScheduleKey) -> Result<Arc<Coverage>, String> {
        if let Some(coverage) = self.coverages.get(key) {
            return coverage.clone();
        }
        let coverage = self.schedules.compile(key).coverage;
        self.coverages.insert(key.clone(), coverage.clone());
        coverage
    }

    /// Returns whether any of these windows is enabled.
    #[must_use]
    pub fn has_enabled_window(&self, key: &ScheduleKey) -> bool {
        self.schedules.has_enabled_window(key)
    }

    /// Returns the names behind the parts of a coverage, in their order.
    #[must_use]
    pub fn part_names(&self, key: &ScheduleKey) -> Vec<PartNames<'_>> {
        self.schedules.part_names(key)
    }

    /// Returns what these windows and calendars cover in `[from, to)`, and what is cut there.
    ///
    /// # Errors
    /// The window or calendar that cannot be read, and why.
    pub fn hours(&mut self, key: &ScheduleKey, from: i64, to: i64) -> Result<NamedHours, String> {
        let hours = self.hours_up_to(key, (from, to), usize::MAX)?;
        Ok(hours.unwrap_or_default())
    }

    /// Returns what [`HoursBook::hours`] does, unless that is more than `most` spans or cuts.
    ///
    /// # Errors
    /// The window or calendar that cannot be read, and why.
    pub fn hours_up_to(
        &mut self,
        key: &ScheduleKey,
        (from, to): (i64, i64),
        most: usize,
    ) -> Result<Option<NamedHours>, String> {
        let Some(hours) = self.coverage(key)?.hours_up_to(from, to, most) else {
            return Ok(None);
        };
        if hours.cuts.is_empty() {
            return Ok(Some(NamedHours {
                spans: hours.spans,
                cuts: Vec::new(),
            }));
        }
        let names = self.schedules.part_names(key);
        let mut by_owner: HashMap<CutOwner, Vec<Span>> = HashMap::new();
        for cut in hours.cuts {
            let owner = names.get(cut.part).and_then(|names| owner(names, cut.by));
            if let Some(owner) = owner {
                by_owner.entry(owner).or_default().push(cut.span);
            }
        }
        let cuts = by_owner.into_iter().flat_map(|(by, spans)| {
            let spans = merge(spans).into_iter();
            spans.map(move |span| NamedCut {
                span,
                by: by.clone(),
                name: String::new(),
            })
        });
        let mut cuts: Vec<NamedCut> = cuts.collect();
        cuts.sort_unstable();
        Ok(Some(NamedHours {
            spans: hours.spans,
            cuts,
        }))
    }

    /// Names cuts of these windows and calendars after the occurrences with which they begin. Of many the first are named.
    ///
    /// # Errors
    /// The window or calendar that cannot be read, and why.
    pub fn name_cuts(&mut self, key: &ScheduleKey, cuts: &mut [NamedCut]) -> Result<(), String> {
        let coverage = self.coverage(key)?;
        let names = self.schedules.part_names(key);
        for cut in cuts.iter_mut().take(NAMED_MAX) {
            let known = (cut.by.clone(), cut.span.start);
            if let Some(name) = self.cut_names.get(&known) {
                name.clone_into(&mut cut.name);
                continue;
            }
            let parts = names.iter().zip(explain(&coverage, cut.span.start));
            let found = parts.flat_map(|(names, part)| part.cuts.into_iter().map(move |found| (names, found)));
            let mut of_owner = found.filter(|(names, found)| owner(names, found.by).as_ref() == Some(&cut.by));
            let name = of_owner.find_map(|(names, found)| {
                let rule = rules_of(names, Some(found.by)).get(found.rule)?;
                Some(rule.name_on(found.occurrence.start_local.date()).to_owned()).filter(|name| !name.is_empty())
            });
            cut.name = name.unwrap_or_default();
            self.cut_names.insert(known, cut.name.clone());
        }
        Ok(())
    }

    /// Returns what these windows and calendars cover on a day, and of each owner whose rules cut it the first cut, named after all
    /// occurrences that take any of the day's hours.
    ///
    /// # Errors
    /// The window or calendar that cannot be read, and why.
    pub fn day(&mut self, key: &ScheduleKey, day: Span) -> Result<NamedHours, String> {
        let coverage = self.coverage(key)?;
        let hours = coverage.hours(day.start, day.end);
        let names = self.schedules.part_names(key);
        let mut by_owner: HashMap<CutOwner, (Span, Vec<CuttingOccurrence<'_>>)> = HashMap::new();
        for (index, (part, names)) in coverage.parts().iter().zip(&names).enumerate() {
            let cuts: Vec<&CutSpan> = hours.cuts.iter().filter(|cut| cut.part == index).collect();
            if cuts.is_empty() {
                continue;
            }
            for found in cuts_within(part, day) {
                let takes =
                    |cut: &&&CutSpan| cut.by == found.by && cut.span.intersection(&found.occurrence.span).is_some();
                let rule = rules_of(names, Some(found.by)).get(found.rule);
                let (Some(cut), Some(rule), Some(by)) = (cuts.iter().find(takes), rule, owner(names, found.by)) else {
                    continue;
                };
                let (first, occurrences) = by_owner.entry(by).or_insert((cut.span, Vec::new()));
                *first = (*first).min(cut.span);
                occurrences.push(CuttingOccurrence {
                    start: found.occurrence.span.start,
                    name: rule.name_on(found.occurrence.start_local.date()),
                    rule,
                });
            }
        }
        let cuts = by_owner.into_iter().map(|(by, (span, occurrences))| NamedCut {
            span,
            by,
            name: all_names(occurrences),
        });
        let mut cuts: Vec<NamedCut> = cuts.collect();
        cuts.sort_unstable();
        Ok(NamedHours {
            spans: hours.spans,
            cuts,
        })
    }
}

/// An occurrence of an exclude rule that takes some of a day's hours.
struct CuttingOccurrence<'a> {
    start: i64,
    /// What people call it; empty without a name.
    name: &'a str,
    rule: &'a RuleDefinition,
}

/// Names occurrences in their order, each name once: `Christmas and lunch`. Where some have names, the others have the words of their
/// rules; where none has, there is nothing to say beside their owner.
fn all_names(mut occurrences: Vec<CuttingOccurrence<'_>>) -> String {
    if occurrences.iter().all(|occurrence| occurrence.name.is_empty()) {
        return String::new();
    }
    occurrences.sort_by_key(|occurrence| occurrence.start);
    let mut names: Vec<String> = Vec::new();
    for CuttingOccurrence { name, rule, .. } in occurrences {
        let name = match name {
            "" => words(rule),
            name => name.to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > NAMES_MAX {
        let more = names.len() - NAMES_MAX;
        names.truncate(NAMES_MAX);
        names.push(format!("{more} more"));
    }
    names.join(" and ")
}

/// Returns the rules of an owner; of the window's include rules without one.
pub(super) fn rules_of<'a>(names: &PartNames<'a>, by: Option<CutBy>) -> &'a [RuleDefinition] {
    match by {
        None => names.rules,
        Some(CutBy::Window) => names.excludes,
        Some(CutBy::Exclusion(index)) => names.calendars.get(index).map_or(&[], |(_, rules)| rules),
    }
}

/// Returns the name of the owner of an exclude rule of a part.
pub(super) fn owner(names: &PartNames<'_>, by: CutBy) -> Option<CutOwner> {
    match by {
        CutBy::Window => Some(CutOwner::Window(names.window.to_owned())),
        CutBy::Exclusion(index) => {
            let (name, _) = names.calendars.get(index)?;
            Some(CutOwner::Calendar((*name).to_owned()))
        }
    }
}
