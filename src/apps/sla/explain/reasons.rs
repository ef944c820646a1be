//! An explanation in words, without the names and rules that its reader may not view.

use std::collections::HashSet;

use crate::admin::address::{Address, ModelPage};
use crate::admin::dates;
use crate::apps::sla::hours::book::CutOwner;
use crate::apps::sla::hours::explanation::{
    ExplainedCut, ExplainedInclusion, ExplainedMiss, ExplainedRule, ExplainedState, Explanation, NIGHT,
    WindowExplanation,
};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::hours::words::clock_change_in_tense;
use crate::apps::sla::rule::preview::instant;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{CALENDAR, READ, WINDOW};
use crate::calculus::civil::format_time;
use crate::calculus::explain::Occurrence;
use crate::zones::{Resolution, Zone};

/// Why a window covers the instant or does not.
pub(super) struct WindowReason {
    pub(super) covers: bool,
    /// Empty if the reader may not view windows.
    pub(super) name: String,
    pub(super) url: String,
    pub(super) zone: String,
    pub(super) verdict: String,
    pub(super) rules: Vec<RuleReason>,
    /// Rules that a changed clock keeps from holding.
    pub(super) misses: Vec<String>,
}

/// A rule and its occurrence that contains the instant.
pub(super) struct RuleReason {
    /// `Rule 2 of the calendar`.
    pub(super) lead: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) words: String,
    pub(super) from: String,
    pub(super) until: String,
    /// How its local times were read, and how else it is numbered.
    pub(super) notes: Vec<String>,
    /// What carries the coverage on behind it; empty if nothing does.
    pub(super) carried_on: String,
}

/// Returns why each window covers the instant or does not; those that do come first.
pub(super) fn windows(explanation: &Explanation, names: VisibleNames) -> Vec<WindowReason> {
    let mut reasons: Vec<WindowReason> = explanation
        .windows
        .iter()
        .map(|window| match names.windows {
            true => reason(
                window,
                names,
                matches!(explanation.state, ExplainedState::Unreadable(_)),
            ),
            false => hidden(window),
        })
        .collect();
    reasons.sort_by_key(|reason| !reason.covers);
    reasons
}

/// Leaves out how local times were read where another rule has said it.
pub(super) fn say_once(windows: &mut [WindowReason], cuts: &mut [RuleReason]) {
    let mut said: HashSet<String> = HashSet::new();
    let of_windows = windows.iter_mut().flat_map(|window| window.rules.iter_mut());
    for rule in of_windows.chain(cuts) {
        rule.notes.retain(|note| said.insert(note.clone()));
    }
}

/// Returns why one does. Where something `is_unreadable`, the reason may name a calendar.
fn reason(window: &WindowExplanation, names: VisibleNames, is_unreadable: bool) -> WindowReason {
    let is_included = !window.inclusions.is_empty();
    let is_missed = !is_included && window.misses.iter().any(|miss| miss.by.is_none());
    let verdict = match (&window.reason, is_included) {
        (None, _) => "covers it".to_owned(),
        (Some(_), true) => "includes it, and it is excluded again".to_owned(),
        // The rule that a changed clock keeps from holding is named below.
        (Some(_), false) if is_missed => "does not cover it".to_owned(),
        (Some(reason), false) if !is_unreadable || names.reason(reason).is_some() => {
            let cut_day = window.cut_day.as_ref();
            let without_hidden = cut_day.map(|day| day.words(|owner| names.has(owner)));
            format!("does not cover it: {}", without_hidden.as_ref().unwrap_or(reason))
        }
        (Some(_), false) => "does not cover it: it is disabled, or cannot be read".to_owned(),
    };
    // What does not exclude is of interest only where there is something to exclude.
    let misses = window.misses.iter().filter(|miss| match &miss.by {
        None => true,
        Some(owner) => is_included && names.has(owner),
    });
    WindowReason {
        covers: window.is_covering(),
        name: window.window.clone(),
        url: Address::Model(WINDOW, ModelPage::Added(window.id.into(), READ)).into(),
        zone: window.zone.name().to_owned(),
        verdict,
        rules: window
            .inclusions
            .iter()
            .map(|inclusion| included(inclusion, window.zone))
            .collect(),
        misses: misses.map(|miss| missed(miss, window)).collect(),
    }
}

fn hidden(window: &WindowExplanation) -> WindowReason {
    let verdict = match (window.is_covering(), window.inclusions.is_empty()) {
        (true, _) => "covers it",
        (false, false) => "includes it, and it is excluded again",
        (false, true) => "does not cover it",
    };
    WindowReason {
        covers: window.is_covering(),
        name: String::new(),
        url: String::new(),
        zone: String::new(),
        verdict: verdict.to_owned(),
        rules: Vec::new(),
        misses: Vec::new(),
    }
}

fn included(inclusion: &ExplainedInclusion, zone: Zone) -> RuleReason {
    let mut reason = of_rule(&inclusion.rule, zone, format!("Rule {}", inclusion.rule.position));
    if let Some(next) = &inclusion.next {
        let window = next.window.as_ref().map(|window| format!(" of the window “{window}”"));
        reason.carried_on = format!(
            "Carried on by rule {}{} ({}), this time until {}",
            next.rule.position,
            window.unwrap_or_default(),
            next.rule.words,
            instant(next.zone, next.rule.occurrence.span.end)
        );
    }
    reason
}

/// Returns what takes the instant away from windows that include it.
pub(super) fn cuts(explanation: &Explanation, hours: &StoredHours, names: VisibleNames) -> Vec<RuleReason> {
    let included = explanation
        .windows
        .iter()
        .filter(|window| !window.inclusions.is_empty());
    let cuts = included.flat_map(|window| window.cuts.iter().map(|cut| cut_reason(cut, window, hours, names)));
    cuts.collect()
}

fn cut_reason(cut: &ExplainedCut, window: &WindowExplanation, hours: &StoredHours, names: VisibleNames) -> RuleReason {
    let (kind, page) = match &cut.by {
        CutOwner::Calendar(name) => {
            let calendar = hours.calendars.iter().find(|calendar| calendar.state.name == *name);
            (
                "calendar",
                calendar.map(|calendar| Address::Model(CALENDAR, ModelPage::Added(calendar.id.into(), READ))),
            )
        }
        CutOwner::Window(_) => (
            "window",
            Some(Address::Model(WINDOW, ModelPage::Added(window.id.into(), READ))),
        ),
    };
    if !names.has(&cut.by) {
        return RuleReason {
            lead: format!("A {kind} that you may not view excludes it"),
            name: String::new(),
            url: String::new(),
            words: String::new(),
            from: String::new(),
            until: String::new(),
            notes: Vec::new(),
            carried_on: String::new(),
        };
    }
    let lead = match &cut.by {
        CutOwner::Calendar(_) => format!("Rule {} of the calendar", cut.rule.position),
        CutOwner::Window(_) => format!("Rule {} of the window", window.include_rules + cut.rule.position),
    };
    let mut reason = RuleReason {
        name: cut.by.name().to_owned(),
        url: page.map_or_else(String::new, String::from),
        ..of_rule(&cut.rule, window.zone, lead)
    };
    if matches!(cut.by, CutOwner::Window(_)) {
        reason.notes.insert(0, place_among_exclusions(cut.rule.position));
    }
    reason
}

/// Says how else an exclude rule of a window is numbered: forms number them behind the others, the command and files by themselves.
fn place_among_exclusions(position: usize) -> String {
    format!("It is rule {position} of the window’s exclusions.")
}

fn of_rule(rule: &ExplainedRule, zone: Zone, lead: String) -> RuleReason {
    let span = rule.occurrence.span;
    RuleReason {
        lead,
        name: String::new(),
        url: String::new(),
        words: match rule.name.as_str() {
            "" => rule.words.clone(),
            name => format!("{name}, of {}", rule.words),
        },
        from: instant(zone, span.start),
        until: instant(zone, span.end),
        notes: resolutions(&rule.occurrence, zone),
        carried_on: String::new(),
    }
}

/// Says where an occurrence starts or ends at a local time that the clock skips or shows twice.
fn resolutions(occurrence: &Occurrence, zone: Zone) -> Vec<String> {
    let ends = [
        (Some(occurrence.start_resolution), occurrence.start_local),
        (occurrence.end_resolution, occurrence.end_local),
    ];
    let note = |(resolution, local): (Option<Resolution>, chrono::NaiveDateTime)| {
        let time = format!("{} on {}", format_time(local.time()), dates::day(local.date()));
        match resolution {
            Some(Resolution::Gap) => Some(format!(
                "The clock of {zone} skips {time}; the offset before the change is used."
            )),
            Some(Resolution::Fold) => Some(format!(
                "Of {time}, which the clock of {zone} has twice, the first counts."
            )),
            Some(Resolution::Exact) | None => None,
        }
    };
    ends.into_iter().filter_map(note).collect()
}

fn missed(miss: &ExplainedMiss, window: &WindowExplanation) -> String {
    let (before, owner, place) = match &miss.by {
        None => (0, String::new(), String::new()),
        Some(CutOwner::Calendar(name)) => (0, format!(" of the calendar “{name}”"), String::new()),
        Some(CutOwner::Window(_)) => (
            window.include_rules,
            String::new(),
            format!(". {}", place_among_exclusions(miss.position)),
        ),
    };
    format!(
        "Rule {}{owner} ({}) {}{place}",
        before + miss.position,
        miss.words,
        miss.reason_in_words()
    )
}

/// Returns the changes of clocks in the night of the instant: those of the windows' zones, and of the zone of the page.
pub(super) fn clock_changes(explanation: &Explanation, names: VisibleNames, zone: Zone, is_past: bool) -> Vec<String> {
    let (from, to) = (
        explanation.at.saturating_sub(NIGHT),
        explanation.at.saturating_add(NIGHT),
    );
    let own = zone.clock_changes(from, to).next().map(|change| (change, zone));
    let windows = explanation.windows.iter().filter(|_| names.windows);
    let of_windows = windows.filter_map(|window| Some((window.clock_change?, window.zone)));
    let mut words: Vec<String> = Vec::new();
    for (change, zone) in own.into_iter().chain(of_windows) {
        let change = clock_change_in_tense(&change, zone, is_past);
        let sentence = format!("That night {change}.");
        if !words.contains(&sentence) {
            words.push(sentence);
        }
    }
    words
}
