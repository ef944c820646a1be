//! What is allowed and yet most likely a mistake, or cannot be read at all. Pure: an inventory and an instant in, findings out.

pub mod ending;
pub mod words;

use std::collections::{BTreeMap, HashSet};

use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::plain;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::coverage;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::lint;
use crate::metrics::format::names::metric_prefix;
use crate::text;
use crate::zones::Zone;

/// Something to look at. The id is stable: scripts may rely on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `E…` for an error, `W…` for a warning, behind the area.
    pub id: &'static str,
    /// What, and the way out.
    pub message: String,
}

impl Finding {
    /// Returns whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.id
            .rsplit_once('.')
            .is_some_and(|(_, number)| number.starts_with('E'))
    }
}

/// Returns all findings about `inventory` at `now` (Unix seconds).
#[must_use]
pub fn findings(inventory: &Inventory, now: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let calendars: ByName<&CalendarState> = inventory
        .calendars
        .iter()
        .map(|stored| (stored.state.name.as_str(), &stored.state))
        .collect();
    for stored in &inventory.calendars {
        unreadable(
            "calendar",
            &stored.state.name,
            stored.unreadable.as_ref(),
            &mut findings,
        );
        calendar(&stored.state, now, &mut findings);
        if stored.unreadable.is_none()
            && let Some(ending) = ending::of_calendar(&stored.state, now)
        {
            findings.push(Finding {
                id: "sla.W007",
                message: format!("calendar `{}` {}", stored.state.name, ending.words()),
            });
        }
    }
    for stored in &inventory.windows {
        unreadable("window", &stored.state.name, stored.unreadable.as_ref(), &mut findings);
        if stored.state.enabled && stored.unreadable.is_none() {
            window(&stored.state, &calendars, now, &mut findings);
        }
    }
    components(inventory, &mut findings);
    twins(inventory, &mut findings);
    findings
}

/// Returns the groups of two and more names that look alike.
#[must_use]
pub fn alike<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Vec<&'a str>> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in names {
        groups.entry(text::loose_key(name)).or_default().push(name);
    }
    groups.into_values().filter(|names| names.len() > 1).collect()
}

/// Returns names as a message lists them, with what cannot be seen written out.
#[must_use]
pub fn listed(names: &[&str]) -> String {
    let shown = |name: &&str| {
        let characters = name.chars().map(|character| match text::is_unprintable(character) {
            true => character.escape_unicode().to_string(),
            false => character.to_string(),
        });
        format!("`{}`", characters.collect::<String>())
    };
    names.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Names that people cannot tell apart, and values of one label that they cannot.
fn twins(inventory: &Inventory, findings: &mut Vec<Finding>) {
    let models = [
        ("components", names(&inventory.components, |state| &state.name)),
        ("SLA windows", names(&inventory.windows, |state| &state.name)),
        ("calendars", names(&inventory.calendars, |state| &state.name)),
    ];
    for (model, names) in models {
        findings.extend(alike(names.into_iter()).iter().map(|names| Finding {
            id: "sla.W021",
            message: format!(
                "the names of the {model} {} look alike; rename all but one",
                listed(names)
            ),
        }));
    }
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for stored in &inventory.labels {
        values.entry(&stored.state.name).or_default().push(&stored.state.value);
    }
    for (name, values) in values {
        findings.extend(alike(values.into_iter()).iter().map(|values| Finding {
            id: "sla.W020",
            message: format!(
                "the values {} of the label `{name}` look alike, and are different values for Prometheus; use one of them",
                listed(values)
            ),
        }));
    }
}

fn names<T>(stored: &[Stored<T>], name: impl Fn(&T) -> &String) -> Vec<&str> {
    stored.iter().map(|stored| name(&stored.state).as_str()).collect()
}

fn unreadable(model: &str, name: &str, reason: Option<&String>, findings: &mut Vec<Finding>) {
    if let Some(reason) = reason {
        let message = format!(
            "{model} `{name}` cannot be read ({reason}); components that use it have no metrics until it is corrected"
        );
        findings.push(Finding {
            id: "sla.E001",
            message,
        });
    }
}

fn calendar(calendar: &CalendarState, now: i64, findings: &mut Vec<Finding>) {
    let zone = calendar.timezone.unwrap_or_else(Zone::utc);
    let (rules, name) = (plain(&calendar.rules), &calendar.name);
    for rule in lint::never_cutting(zone, &rules, now) {
        let message = format!(
            "rule {} of calendar `{name}` excludes nothing within 50 years",
            rule + 1
        );
        findings.push(Finding {
            id: "sla.W002",
            message,
        });
    }
    for hole in lint::minute_holes_of_cuts(zone, &rules, now) {
        let message = format!("rule {} of calendar `{name}` {}", hole.rule + 1, words::hole(&hole));
        findings.push(Finding {
            id: "sla.W009",
            message,
        });
    }
}

fn window(window: &WindowState, calendars: &ByName<&CalendarState>, now: i64, findings: &mut Vec<Finding>) {
    let name = &window.name;
    let mut warn = |id, message| findings.push(Finding { id, message });
    if window.rules.is_empty() {
        return warn(
            "sla.W006",
            format!("window `{name}` has no rules that include time: it promises no service"),
        );
    }
    if let Some(ending) = ending::of_window(window, now) {
        warn("sla.W008", format!("window `{name}` {}", ending.words()));
    }
    let definition = coverage::definition(window);
    let skips = lint::skips(&definition, now);
    for rule in lint::never_firing_otherwise(&definition, &skips, now) {
        warn(
            "sla.W002",
            format!("rule {} of window `{name}` has no occurrence within 50 years", rule + 1),
        );
    }
    for rule in lint::never_cutting(window.timezone, &definition.excludes, now) {
        warn(
            "sla.W002",
            format!(
                "exclude rule {} of window `{name}` excludes nothing within 50 years",
                rule + 1
            ),
        );
    }
    for skip in skips {
        warn(
            "sla.W004",
            format!(
                "rule {} of window `{name}` {}",
                skip.rule + 1,
                words::skip(&skip, window.timezone)
            ),
        );
    }
    for hole in lint::minute_holes(&definition, now) {
        warn(
            "sla.W009",
            format!("rule {} of window `{name}` {}", hole.rule + 1, words::hole(&hole)),
        );
    }
    for hole in lint::minute_holes_of_cuts(window.timezone, &definition.excludes, now) {
        warn(
            "sla.W009",
            format!(
                "exclude rule {} of window `{name}` {}",
                hole.rule + 1,
                words::hole(&hole)
            ),
        );
    }
    if lint::is_swallowed(&coverage::part(window, calendars), now) {
        warn(
            "sla.W003",
            format!(
                "window `{name}` promises no service within two years: exclusions swallow all that its rules include"
            ),
        );
    }
}

fn components(inventory: &Inventory, findings: &mut Vec<Finding>) {
    let enabled_windows: HashSet<&String> = inventory
        .windows
        .iter()
        .filter(|stored| stored.state.enabled)
        .map(|stored| &stored.state.name)
        .collect();
    let mut names_by_prefix: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for stored in inventory.components.iter().filter(|stored| stored.state.enabled) {
        let component = &stored.state;
        names_by_prefix
            .entry(metric_prefix(&component.name))
            .or_default()
            .push(&component.name);
        if !component.windows.iter().any(|window| enabled_windows.contains(window)) {
            findings.push(Finding {
                id: "sla.W001",
                message: format!(
                    "component `{}` has no enabled window: it is never in one",
                    component.name
                ),
            });
        }
    }
    for (prefix, names) in names_by_prefix.iter().filter(|(_, names)| names.len() > 1) {
        let message = format!(
            "the components {} share the metric names {prefix}_service_window_…; only the label `component` tells them apart",
            names.join(", ")
        );
        findings.push(Finding {
            id: "sla.W005",
            message,
        });
    }
}
