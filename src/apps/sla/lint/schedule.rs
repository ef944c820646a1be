//! Findings about the rules of windows and calendars.

use std::borrow::Borrow;

use super::finding::Finding;
use super::words;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::plain;
use crate::apps::sla::window::coverage;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::lint;
use crate::calculus::rule::Rule;
use crate::calculus::window::WindowDefinition;
use crate::zones::Zone;

/// Finds that a window or calendar cannot be read, for this reason.
pub fn unreadable(model: &str, name: &str, reason: Option<&str>) -> Option<Finding> {
    reason.map(|reason| Finding {
        id: "sla.E001",
        message: format!(
            "{model} `{name}` cannot be read ({reason}); components that use it have no metrics until it is corrected"
        ),
    })
}

/// Returns the findings about the rules of a calendar at `now` (Unix seconds). A floating one is read in UTC.
#[must_use]
pub fn calendar(calendar: &CalendarState, now: i64) -> Vec<Finding> {
    let zone = calendar.timezone.unwrap_or_else(Zone::utc);
    let owner = format!("calendar `{}`", calendar.name);
    excludes("rule", &owner, zone, &plain(&calendar.rules), now)
}

/// Returns the findings about the rules of a window at `now` (Unix seconds); `calendars` are by name.
#[must_use]
pub fn window<C>(window: &WindowState, calendars: &ByName<C>, now: i64) -> Vec<Finding>
where
    C: Borrow<CalendarState> + Clone,
{
    of_window(window, calendars, now, None)
}

/// Returns what is to be said of a window soon: of [`window`]'s findings those that are not about something later than `until`, without the
/// holes that rules leave, which take reading two years of occurrences.
#[must_use]
pub fn window_until<C>(window: &WindowState, calendars: &ByName<C>, now: i64, until: i64) -> Vec<Finding>
where
    C: Borrow<CalendarState> + Clone,
{
    of_window(window, calendars, now, Some(until))
}

fn of_window<C>(window: &WindowState, calendars: &ByName<C>, now: i64, until: Option<i64>) -> Vec<Finding>
where
    C: Borrow<CalendarState> + Clone,
{
    let name = &window.name;
    if window.rules.is_empty() {
        return vec![without_rules(name)];
    }
    let definition = coverage::definition(window);
    let (never, skips) = never_and_skipped(&definition, now, until);
    let mut findings: Vec<Finding> = never.into_iter().map(|rule| never_firing(name, rule)).collect();
    findings.extend(skips.iter().map(|skip| skipped(window, skip)));
    let (kind, owner) = ("exclude rule", format!("window `{name}`"));
    let (zone, cuts) = (window.timezone, &definition.excludes);
    if until.is_none() {
        for hole in lint::minute_holes(&definition, now) {
            findings.push(Finding {
                id: "sla.W009",
                message: format!("rule {} of {owner} {}", hole.rule + 1, words::hole(&hole)),
            });
        }
        findings.extend(excludes(kind, &owner, zone, cuts, now));
    } else {
        findings.extend(never_excluding(kind, &owner, zone, cuts, now));
    }
    findings.extend(swallowed(window, calendars, now));
    findings
}

/// Returns the rules that never have an occurrence, and the starts that the clocks skip, up to `until` if it is given.
fn never_and_skipped(definition: &WindowDefinition, now: i64, until: Option<i64>) -> (Vec<usize>, Vec<lint::Skip>) {
    let Some(until) = until else {
        let skips = lint::skips(definition, now);
        return (lint::never_firing_otherwise(definition, &skips, now), skips);
    };
    let mut never = lint::never_firing(definition, now);
    if !never.is_empty() {
        never = lint::never_firing_otherwise(definition, &lint::skips(definition, now), now);
    }
    let last = definition.timezone.local_at(until);
    let mut skips = lint::skips_until(definition, now, until);
    skips.retain(|skip| skip.start <= last);
    (never, skips)
}

/// Finds the rules of a calendar that exclude nothing. A floating one is read in UTC.
#[must_use]
pub fn calendar_excluding_nothing(calendar: &CalendarState, now: i64) -> Vec<Finding> {
    let zone = calendar.timezone.unwrap_or_else(Zone::utc);
    let owner = format!("calendar `{}`", calendar.name);
    never_excluding("rule", &owner, zone, &plain(&calendar.rules), now)
}

fn without_rules(name: &str) -> Finding {
    Finding {
        id: "sla.W006",
        message: format!("window `{name}` has no rules that include time: it promises no service"),
    }
}

fn never_firing(name: &str, rule: usize) -> Finding {
    Finding {
        id: "sla.W002",
        message: format!("rule {} of window `{name}` has no occurrence within 50 years", rule + 1),
    }
}

fn skipped(window: &WindowState, skip: &lint::Skip) -> Finding {
    Finding {
        id: "sla.W004",
        message: format!(
            "rule {} of window `{}` {}",
            skip.rule + 1,
            window.name,
            words::skip(skip, window.timezone)
        ),
    }
}

/// Finds a window that promises nothing because of what excludes time from it; `calendars` are by name.
#[must_use]
pub fn swallowed<C>(window: &WindowState, calendars: &ByName<C>, now: i64) -> Option<Finding>
where
    C: Borrow<CalendarState> + Clone,
{
    lint::is_swallowed(&coverage::part(window, calendars), now).then(|| Finding {
        id: "sla.W003",
        message: format!(
            "window `{}` promises no service within two years: exclusions swallow all that its rules include",
            window.name
        ),
    })
}

/// Returns the findings about rules that exclude; `kind` is what messages call each of them.
fn excludes(kind: &str, owner: &str, zone: Zone, rules: &[Rule], now: i64) -> Vec<Finding> {
    let mut findings = never_excluding(kind, owner, zone, rules, now);
    for hole in lint::minute_holes_of_cuts(zone, rules, now) {
        findings.push(Finding {
            id: "sla.W009",
            message: format!("{kind} {} of {owner} {}", hole.rule + 1, words::hole(&hole)),
        });
    }
    findings
}

fn never_excluding(kind: &str, owner: &str, zone: Zone, rules: &[Rule], now: i64) -> Vec<Finding> {
    let never = lint::never_cutting(zone, rules, now).into_iter();
    let finding = |rule: usize| Finding {
        id: "sla.W002",
        message: format!("{kind} {} of {owner} excludes nothing within 50 years", rule + 1),
    };
    never.map(finding).collect()
}
