//! `explain`: why a component is inside or outside of its windows, at any instant.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use chrono::DateTime;

use super::at::{self, InstantArgument};
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT};
use crate::apps::sla::lint::words;
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::RuleDefinition;
use crate::apps::sla::rule::describe::words_with_note;
use crate::apps::sla::snapshot::compile::{PartNames, SnapshotBuilder, SnapshotRows};
use crate::apps::sla::snapshot::read;
use crate::calculus::civil::format_time;
use crate::calculus::coverage::Coverage;
use crate::calculus::explain::{CarriedOn, CutBy, Miss, MissReason, Occurrence, PartExplanation, explain};
use crate::clock::{Clock, SystemClock};
use crate::text;
use crate::zones::{self, Resolution, Zone};

/// Explain why a component is inside or outside its windows
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  sla-monitor explain payments-api --at 2026-12-25T09:00:00+01:00\n  \
    sla-monitor explain payments-api --at '2026-12-25 09:00' --zone Europe/Berlin"
)]
pub(super) struct ExplainCommand {
    /// The component's name
    component: String,

    /// The instant: RFC 3339, a Unix timestamp, a local time such as 2026-12-25T09:00, or a date [default: now]
    #[arg(long, env = "SLA_MONITOR_AT", value_name = "INSTANT", value_parser = at::parse, allow_negative_numbers = true)]
    at: Option<InstantArgument>,

    /// The zone of a local time or date, such as Europe/Berlin [default: that of the component's windows, if they have only one]
    #[arg(long, env = "SLA_MONITOR_ZONE", value_name = "ZONE")]
    zone: Option<String>,
}

impl ExplainCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        // Read here and not with the other arguments, which are read before the zone data in use is known.
        let zone = self.zone.as_deref().map(zones::parse).transpose();
        let zone = zone.map_err(|error| CliError::Usage(format!("--zone: {error}")))?;
        let pool = global.connect_current()?;
        let mut rows = read::all_rows(&mut *pool.pool().get()?, QUERY_LIMIT)?;
        let enabled = self.keep_one(&mut rows)?;
        let builder = SnapshotBuilder::new(rows);
        let component = builder
            .first_component()
            .ok_or_else(|| CliError::Refused(format!("there is no component `{}`", self.component)))?;
        let coverage = builder
            .coverage(component)
            .map_err(|reason| CliError::Refused(format!("`{}` cannot be evaluated: {reason}", component.name())))?;
        let (at, note) = match self.at {
            None => (SystemClock.now_seconds(), None),
            Some(InstantArgument::Instant(at)) => (at, None),
            Some(InstantArgument::Local(local)) => {
                at::in_zone(local, Self::zone_of(zone, component.name(), &coverage)?)
            }
        };
        let subject = ExplainedComponent {
            name: component.name(),
            enabled,
            coverage: &coverage,
            names: &builder.part_names(component),
        };
        let mut text = String::new();
        describe(&mut text, &subject, at, note.as_deref()).map_err(|error| CliError::Refused(error.to_string()))?;
        std::io::stdout().lock().write_all(text.as_bytes())?;
        Ok(())
    }

    /// Returns the zone in which a local time is meant: that of `--zone`, otherwise the only one of the windows.
    fn zone_of(given: Option<Zone>, component: &str, coverage: &Coverage) -> Result<Zone, CliError> {
        if let Some(zone) = given {
            return Ok(zone);
        }
        let zones = coverage.parts().iter().map(|part| part.window.timezone().name());
        let zones: BTreeSet<&str> = zones.collect();
        let mut parts = coverage.parts().iter();
        match (zones.len(), parts.next()) {
            (1, Some(part)) => Ok(part.window.timezone()),
            (0, _) | (_, None) => Err(CliError::Refused(format!(
                "`{component}` has no enabled window in whose zone --at could be read; give --zone, such as --zone Europe/Berlin"
            ))),
            _ => Err(CliError::Refused(format!(
                "the windows of `{component}` are in several zones; give --zone with the one that --at is meant in: {}",
                zones.into_iter().collect::<Vec<_>>().join(", ")
            ))),
        }
    }

    /// Leaves only the component that is asked for, and returns whether it is enabled; it is explained in either case.
    fn keep_one(&self, rows: &mut SnapshotRows) -> Result<bool, CliError> {
        let wanted = text::key(&self.component);
        let near: Vec<String> = rows
            .components
            .iter()
            .filter(|row| text::key(&row.name).contains(&wanted))
            .take(5)
            .map(|row| row.name.clone())
            .collect();
        let meant: ByName<i64> = rows.components.iter().map(|row| (row.name.as_str(), row.id)).collect();
        let meant = meant.get(&self.component).copied();
        rows.components.retain(|row| Some(row.id) == meant);
        let Some(row) = rows.components.first_mut() else {
            let hint = if near.is_empty() {
                String::new()
            } else {
                format!("; did you mean {}?", near.join(", "))
            };
            return Err(CliError::Refused(format!(
                "there is no component `{}`{hint}",
                self.component
            )));
        };
        Ok(std::mem::replace(&mut row.enabled, true))
    }
}

/// The component that is explained.
struct ExplainedComponent<'a> {
    name: &'a str,
    enabled: bool,
    coverage: &'a Coverage,
    /// What the parts of the coverage are called, in their order.
    names: &'a [PartNames<'a>],
}

fn describe(out: &mut String, subject: &ExplainedComponent<'_>, at: i64, note: Option<&str>) -> std::fmt::Result {
    let parts = subject.coverage.parts();
    let zone = parts.first().map_or_else(Zone::utc, |part| part.window.timezone());
    let values = subject.coverage.values(at);
    let state = match (parts.is_empty(), values.in_window) {
        (true, _) => "has no hours",
        (false, true) => "is INSIDE its service windows",
        (false, false) => "is OUTSIDE its service windows",
    };
    writeln!(out, "{} {state} at {}", subject.name, shown(at, zone))?;
    if let Some(note) = note {
        writeln!(out, "{note}")?;
    }
    if !subject.enabled {
        writeln!(
            out,
            "The component is disabled: it has no metrics; this is what they would say."
        )?;
    }
    writeln!(out)?;
    let facts = [
        ("last start", values.last_start),
        ("last end", values.last_end),
        ("next start", values.next_start),
        ("next end", values.next_end),
    ];
    for (label, value) in facts {
        let value = value.map_or_else(
            || "none within 50 years".to_owned(),
            |value| format!("{}  = {value}", shown(value, zone)),
        );
        writeln!(out, "  {label:<11}{value}")?;
    }
    if parts.is_empty() {
        return writeln!(out, "\nIt has no enabled window, so it is never in one.");
    }
    for (index, explanation) in explain(subject.coverage, at).iter().enumerate() {
        describe_part(out, subject, index, explanation)?;
    }
    Ok(())
}

fn describe_part(
    out: &mut String,
    subject: &ExplainedComponent<'_>,
    index: usize,
    explanation: &PartExplanation,
) -> std::fmt::Result {
    let (Some(part), Some(names)) = (subject.coverage.parts().get(index), subject.names.get(index)) else {
        return Ok(());
    };
    let zone = part.window.timezone();
    let verdict = match (explanation.inclusions.is_empty(), explanation.cuts.is_empty()) {
        (true, _) => "no rule includes this instant",
        (false, true) => "included",
        (false, false) => "included, and excluded again",
    };
    writeln!(out, "\nWindow `{}` ({zone}): {verdict}", names.window)?;
    for inclusion in &explanation.inclusions {
        let rule = names.rules.get(inclusion.rule);
        writeln!(out, "  included by rule {}: {}", inclusion.rule + 1, shown_rule(rule))?;
        describe_occurrence(out, &inclusion.occurrence, zone)?;
        if let Some(next) = &inclusion.carried_on {
            describe_next(out, subject, index, next)?;
        }
    }
    let is_included = !explanation.inclusions.is_empty();
    // What does not exclude is of interest only where there is something to exclude.
    for miss in explanation
        .misses
        .iter()
        .filter(|miss| is_included || miss.cut.is_none())
    {
        describe_miss(out, names, miss)?;
    }
    for cut in explanation.cuts.iter().filter(|_| is_included) {
        let (owner, rules) = cutter(cut.by, names);
        writeln!(
            out,
            "  excluded by rule {} of {owner}: {}",
            cut.rule + 1,
            shown_rule(rules.get(cut.rule))
        )?;
        describe_occurrence(out, &cut.occurrence, zone)?;
    }
    Ok(())
}

/// Returns the occurrence because of which the coverage does not end with the one before it.
fn describe_next(out: &mut String, subject: &ExplainedComponent<'_>, own: usize, next: &CarriedOn) -> std::fmt::Result {
    let parts = subject.coverage.parts();
    let (Some(part), Some(names)) = (parts.get(next.part), subject.names.get(next.part)) else {
        return Ok(());
    };
    let of_window = match next.part == own {
        true => String::new(),
        false => format!(" of window `{}`", names.window),
    };
    writeln!(
        out,
        "    carried on by rule {}{of_window}, until {}: {}",
        next.rule + 1,
        shown(next.occurrence.span.end, part.window.timezone()),
        shown_rule(names.rules.get(next.rule))
    )
}

/// Returns a rule that does not hold at the instant because the clocks were changed.
fn describe_miss(out: &mut String, names: &PartNames<'_>, miss: &Miss) -> std::fmt::Result {
    let (owner, rules) = match miss.cut {
        None => (String::new(), names.rules),
        Some(by) => {
            let (owner, rules) = cutter(by, names);
            (format!(" of {owner}"), rules)
        }
    };
    let rule = format!("rule {}{owner}", miss.rule + 1);
    match &miss.reason {
        MissReason::Skipped { start, outcome } => writeln!(
            out,
            "  {rule} would start at {}, which the clocks skip: {}",
            format_time(start.time()),
            words::outcome(*start, outcome)
        )?,
        MissReason::SecondShowing(local) => writeln!(
            out,
            "  the clock shows {} twice, and this is the second time; {rule} means the first",
            format_time(local.time())
        )?,
    }
    writeln!(out, "    {}", shown_rule(rules.get(miss.rule)))
}

fn cutter<'a>(by: CutBy, names: &'a PartNames<'a>) -> (String, &'a [RuleDefinition]) {
    match by {
        CutBy::Window => ("the window's exclusions".to_owned(), names.excludes),
        CutBy::Exclusion(index) => match names.calendars.get(index) {
            Some((name, rules)) => (format!("calendar `{name}`"), rules),
            None => ("a calendar".to_owned(), &[]),
        },
    }
}

fn describe_occurrence(out: &mut String, occurrence: &Occurrence, zone: Zone) -> std::fmt::Result {
    writeln!(
        out,
        "    from {}\n    to   {}",
        shown(occurrence.span.start, zone),
        shown(occurrence.span.end, zone)
    )?;
    let notes = [
        (Some(occurrence.start_resolution), occurrence.start_local),
        (occurrence.end_resolution, occurrence.end_local),
    ];
    for (resolution, local) in notes {
        match resolution {
            Some(Resolution::Gap) => writeln!(
                out,
                "    {local} does not exist there: the clocks skip it, and the offset before the gap is used"
            )?,
            Some(Resolution::Fold) => writeln!(out, "    {local} exists twice there: the first one counts")?,
            Some(Resolution::Exact) | None => {}
        }
    }
    Ok(())
}

fn shown_rule(rule: Option<&RuleDefinition>) -> String {
    rule.map_or_else(String::new, words_with_note)
}

/// Returns local time with its zone, then UTC.
fn shown(at: i64, zone: Zone) -> String {
    let Some(utc) = DateTime::from_timestamp(at, 0) else {
        return at.to_string();
    };
    let utc_text = utc.format("%Y-%m-%d %H:%M:%S UTC");
    if zone.is_utc() {
        return utc_text.to_string();
    }
    let local = zone.at(at);
    format!(
        "{} {} ({zone}, {utc_text})",
        local.time.format("%a %Y-%m-%d %H:%M:%S"),
        local.abbreviation
    )
}
