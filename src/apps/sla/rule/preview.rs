//! The hours of rules, as forms show them: of the row that is being typed, and of the stored rules of a whole window or calendar.

use std::sync::Arc;

use chrono::{Datelike, NaiveDateTime};

use super::describe::words_with_effect;
use super::form::RuleFormOwner;
use super::{Effect, form};
use crate::admin::dates;
use crate::admin::input::FormInput;
use crate::admin::model::RowWords;
use crate::apps::sla::lint::words;
use crate::calculus::civil::{self, format_time};
use crate::calculus::coverage::{Coverage, CoveragePart, CoverageValues};
use crate::calculus::lint;
use crate::calculus::rule::Rule;
use crate::calculus::window::{CompiledWindow, WindowDefinition};
use crate::zones::{self, Resolution, Zone};

/// How many occurrences are shown ahead.
const AHEAD: usize = 5;
/// How far ahead clocks that are put back are looked for, in seconds.
const FOLDS_AHEAD: i64 = 400 * 86_400;

/// Returns a row in words, and its next occurrences in the zone of its form.
pub fn read_row(input: &mut FormInput<'_>, row: &str, owner: RuleFormOwner, now: i64) -> RowWords {
    let effect = owner.chosen(match input.text(&format!("{row}-effect")) {
        "exclude" => Effect::Exclude,
        _ => Effect::Include,
    });
    let Some(definition) = form::read_one(input, row) else {
        return RowWords::default();
    };
    let text = words_with_effect(&definition, effect);
    let Ok(zone) = zones::parse(input.text("timezone")) else {
        return RowWords {
            words: text,
            ..RowWords::default()
        };
    };
    let bound = |name: &str| {
        civil::parse_date(input.text(name))
            .ok()
            .filter(|_| effect == Some(Effect::Include))
    };
    let definition = WindowDefinition {
        timezone: zone,
        valid_from: bound("valid_from"),
        valid_until: bound("valid_until"),
        rules: vec![definition.rule],
        excludes: Vec::new(),
    };
    let notes = notes(&definition, now);
    let never = match definition.rules.iter().all(Rule::recurs) {
        true => "Never within 50 years",
        false => "Never again",
    };
    let coverage = alone(definition);
    let values = coverage.values(now);
    let mut next = ahead(&coverage, zone, now);
    if values.in_window {
        let now = values.next_end.map_or_else(
            || "Now and always".to_owned(),
            |end| format!("Now, until {}", instant(zone, end)),
        );
        next.insert(0, now);
    } else if next.is_empty() {
        next.push(never.to_owned());
    }
    RowWords {
        words: text,
        next,
        notes,
    }
}

/// Returns the coverage of rules without calendars.
#[must_use]
pub fn alone(definition: WindowDefinition) -> Coverage {
    Coverage::new(vec![CoveragePart {
        window: Arc::new(CompiledWindow::compile(definition)),
        exclusions: Vec::new(),
    }])
}

/// Returns the state of a window or calendar now, and its next hours.
#[must_use]
pub fn forecast(coverage: &Coverage, zone: Zone, now: i64, (inside, outside): (&str, &str)) -> Vec<String> {
    let mut lines = vec![current_state(&coverage.values(now), zone, (inside, outside))];
    lines.extend(
        ahead(coverage, zone, now)
            .into_iter()
            .map(|span| format!("Then {span}")),
    );
    lines
}

/// Returns the state now, since when and until when.
#[must_use]
pub fn current_state(values: &CoverageValues, zone: Zone, (inside, outside): (&str, &str)) -> String {
    let (word, since, until) = if values.in_window {
        (inside, values.last_start, values.next_end)
    } else {
        (outside, values.last_end, values.next_start)
    };
    let mut line = word.to_owned();
    if let Some(since) = since {
        line = format!("{line} since {}", instant(zone, since));
    }
    match until {
        Some(until) => format!("{line}, until {}", instant(zone, until)),
        None => format!("{line}, with no end in sight"),
    }
}

/// Returns the same of a calendar's rules, which exclude.
#[must_use]
pub fn exclusions(zone: Zone, rules: Vec<Rule>, now: i64) -> Vec<String> {
    let coverage = alone(WindowDefinition {
        timezone: zone,
        valid_from: None,
        valid_until: None,
        rules,
        excludes: Vec::new(),
    });
    forecast(&coverage, zone, now, ("Excludes", "Excludes nothing"))
}

/// Returns the next spans that begin after now.
fn ahead(coverage: &Coverage, zone: Zone, now: i64) -> Vec<String> {
    let mut spans = Vec::new();
    let mut at = now;
    while spans.len() < AHEAD {
        let Some(start) = coverage.values(at).next_start else {
            break;
        };
        spans.push(span(zone, start, coverage.values(start).next_end));
        at = start;
    }
    spans
}

/// Returns `Mon 23 Nov 2026 08:00–18:00 CET`.
#[must_use]
pub fn span(zone: Zone, start: i64, end: Option<i64>) -> String {
    let Some(end) = end else {
        return format!("from {} on, without end", instant(zone, start));
    };
    let (from, until) = (zone.at(start), zone.at(end));
    let same_name = from.abbreviation == until.abbreviation;
    let (start_time, end_time) = (format_time(from.time.time()), format_time(until.time.time()));
    let day = dates::day(from.time.date());
    if from.time.date() == until.time.date() && same_name {
        return format!("{day} {start_time}–{end_time} {}", from.abbreviation);
    }
    if same_name && from.time.year() == until.time.year() {
        let last_day = dates::short_day(until.time.date());
        return format!("{day} {start_time} until {last_day} {end_time} {}", until.abbreviation);
    }
    format!("{} until {}", instant(zone, start), instant(zone, end))
}

/// Returns `Mon 23 Nov 2026 08:00 CET`.
#[must_use]
pub fn instant(zone: Zone, at: i64) -> String {
    let local = zone.at(at);
    format!(
        "{} {} {}",
        dates::day(local.time.date()),
        format_time(local.time.time()),
        local.abbreviation
    )
}

/// Returns where clocks that are changed touch the rule soon, and whether it leaves holes of a minute.
fn notes(definition: &WindowDefinition, now: i64) -> Vec<String> {
    let zone = definition.timezone;
    let skip = lint::skips(definition, now).into_iter().next();
    let skip = skip.map(|skip| format!("The rule {}.", words::skip(&skip, zone)));
    let hole = lint::minute_holes(definition, now).into_iter().next();
    let hole = hole.map(|hole| format!("The rule {}.", words::hole(&hole)));
    let coverage = alone(definition.clone());
    let mut bounds = coverage
        .spans(now, now.saturating_add(FOLDS_AHEAD))
        .into_iter()
        .flat_map(|span| [span.start, span.end]);
    let twice = |at: &i64| -> Option<NaiveDateTime> {
        let local = zone.local_at(*at);
        (zone.resolve_with(local) == (*at, Resolution::Fold)).then_some(local)
    };
    let fold = bounds.find_map(|at| twice(&at)).map(|local| {
        format!(
            "On {} the clocks in {zone} show {} twice; the first one counts.",
            dates::day(local.date()),
            format_time(local.time())
        )
    });
    skip.into_iter().chain(fold).chain(hole).collect()
}
