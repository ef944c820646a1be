//! What becomes of the components that a save affects.

use std::time::{Duration, Instant};

use crate::admin::model::{PreviewFigures, PreviewImpact, PreviewName, PreviewRow, PreviewSeconds, PreviewSum};
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::hours::impact::{ComponentImpact, Impact, impact};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::hours::words;
use crate::apps::sla::{COMPONENT, rule};
use crate::calculus::civil::DAY;
use crate::db::limit;
use crate::text::counted;
use crate::zones::Zone;

/// How many days are compared.
const DAYS: i64 = 90;
/// Seconds of an hour.
const HOUR: i64 = 3_600;

/// How many components have a row of their own.
const ROWS_MAX: usize = 100;

/// After this time no further pair of coverages is compared, and the preview says so.
const TIME_MAX: Duration = Duration::from_secs(2);

/// Returns what `plan` does to the hours of all components that it affects.
#[must_use]
pub fn impact_of(hours: &StoredHours, plan: &ChangePlan, now: i64) -> PreviewImpact {
    let started = Instant::now();
    // From the hour that has begun, so that sums are not of odd seconds.
    let from = now - now.rem_euclid(HOUR);
    let range = (from, from.saturating_add(DAYS * DAY));
    let impact = impact(hours, plan, range, &mut |_| {
        started.elapsed() < TIME_MAX && limit::check().is_ok()
    });
    let first_of_all = impact.first();
    let shown = impact.components.len().min(ROWS_MAX);
    let (first, rest) = impact.components.split_at(shown);
    let unchanged: Vec<PreviewName> = match impact.is_complete() {
        true => unchanged(&impact),
        false => Vec::new(),
    };
    PreviewImpact {
        model: COMPONENT,
        range: format!("the {DAYS} days from {}", rule::preview::instant(Zone::utc(), from)),
        rows: first.iter().map(|component| row(component, first_of_all)).collect(),
        rest: (!rest.is_empty()).then(|| sum(rest)),
        sum: sum(&impact.components),
        first: first_of_all.and_then(|at| first_words(&impact, at)),
        notes: notes(&impact),
        unchanged_more: match unchanged.is_empty() {
            true => 0,
            false => unchanged_count(&impact).saturating_sub(unchanged.len()),
        },
        unchanged,
    }
}

/// Returns how many of the components that were evaluated keep their hours.
fn unchanged_count(impact: &Impact) -> usize {
    let others = impact.components.len() + impact.unreadable.len();
    impact.evaluated.saturating_sub(others)
}

/// Returns the names of the first components that keep their hours.
fn unchanged(impact: &Impact) -> Vec<PreviewName> {
    let named = impact.unchanged.iter().map(|component| PreviewName {
        id: component.id,
        name: component.name.clone(),
        note: if component.is_disabled { "disabled" } else { "" },
    });
    named.collect()
}

/// Returns a row; when hours differ for the first time of all is said once, and not of each.
fn row(component: &ComponentImpact, first_of_all: Option<i64>) -> PreviewRow {
    let ComponentImpact {
        id,
        name,
        kind,
        difference,
        week: _,
        zone,
    } = component;
    let first = difference.first.filter(|at| Some(*at) != first_of_all);
    let first = first.map(|at| rule::preview::instant(*zone, at));
    PreviewRow {
        id: *id,
        name: name.clone(),
        note: kind.as_str().unwrap_or(""),
        first: first.unwrap_or_default(),
        figures: figures(difference.before, difference.after),
    }
}

fn sum(components: &[ComponentImpact]) -> PreviewSum {
    let differences = components.iter().map(|component| &component.difference);
    let (before, after) = differences.fold((0_i64, 0_i64), |(before, after), difference| {
        (
            before.saturating_add(difference.before),
            after.saturating_add(difference.after),
        )
    });
    PreviewSum {
        count: components.len(),
        figures: figures(before, after),
    }
}

fn figures(before: i64, after: i64) -> PreviewFigures {
    let length = |seconds| PreviewSeconds {
        seconds,
        words: words::length(seconds),
    };
    let difference = after.saturating_sub(before);
    PreviewFigures {
        before: length(before),
        after: length(after),
        difference: PreviewSeconds {
            seconds: difference,
            words: words::difference(difference),
        },
    }
}

fn components(count: usize) -> String {
    counted(count, COMPONENT.title)
}

/// Says when hours differ for the first time.
fn first_words(impact: &Impact, at: i64) -> Option<String> {
    let mut components = impact.components.iter();
    let first = components.find(|component| component.difference.first == Some(at))?;
    let at = rule::preview::instant(first.zone, at);
    Some(format!("Hours differ for the first time on {at}."))
}

/// Says how much was looked at.
fn notes(impact: &Impact) -> Vec<String> {
    let mut notes = Vec::new();
    let evaluated = components(impact.evaluated);
    notes.push(match (impact.affected, impact.is_complete()) {
        (0, _) => "No component is affected.".to_owned(),
        (_, true) if impact.components.is_empty() && impact.unreadable.is_empty() => {
            format!("No hours differ, of {evaluated} that it concerns.")
        }
        (_, true) => {
            let changing = impact.components.len();
            match unchanged_count(impact) {
                0 if changing == 1 => format!("It concerns {evaluated}, whose hours change."),
                0 => format!("It concerns {evaluated}; the hours of all change."),
                kept => {
                    format!("It concerns {evaluated}: the hours of {changing} change, those of {kept} stay the same.")
                }
            }
        }
        (affected, false) => format!(
            "It concerns {}; the hours of {evaluated} were compared, the others would take too long.",
            components(affected)
        ),
    });
    if !impact.unreadable.is_empty() {
        let unreadable = components(impact.unreadable.len());
        notes.push(format!(
            "The hours of {unreadable} cannot be read, neither before nor after."
        ));
    }
    notes
}
