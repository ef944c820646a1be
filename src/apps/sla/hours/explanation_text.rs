//! An explanation for people.

use std::fmt::Write as _;

use super::book::CutOwner;
use super::explanation::{
    ExplainedCut, ExplainedInclusion, ExplainedMiss, ExplainedState, Explanation, WindowExplanation,
};
use super::typed_instant::shown;
use super::words;
use crate::apps::sla::lint::words::outcome;
use crate::calculus::civil::format_time;
use crate::calculus::explain::{MissReason, Occurrence};
use crate::zones::{Resolution, Zone};

/// Returns the explanation, with a note on how its instant was read.
///
/// # Errors
/// None that happens: a text takes everything.
pub fn of(explanation: &Explanation, note: Option<&str>) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    describe(&mut text, explanation, note)?;
    Ok(text)
}

fn describe(out: &mut String, explanation: &Explanation, note: Option<&str>) -> std::fmt::Result {
    let zone = explanation.zone();
    let state = match explanation.state {
        ExplainedState::NoHours => "has no hours",
        ExplainedState::Inside => "is INSIDE its service windows",
        ExplainedState::Outside => "is OUTSIDE its service windows",
        ExplainedState::Unreadable(_) => "cannot be evaluated",
    };
    writeln!(
        out,
        "{} {state} at {}",
        explanation.component,
        shown(explanation.at, zone)
    )?;
    if let Some(note) = note {
        writeln!(out, "{note}")?;
    }
    if !explanation.enabled {
        writeln!(
            out,
            "The component is disabled: it has no metrics; this is what they would say."
        )?;
    }
    writeln!(out)?;
    let values = explanation.values.unwrap_or_default();
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
    if explanation.state == ExplainedState::NoHours {
        writeln!(out, "\nIt has no enabled window, so it is never in service.")?;
    }
    explanation
        .windows
        .iter()
        .try_for_each(|window| describe_window(out, window))
}

fn describe_window(out: &mut String, window: &WindowExplanation) -> std::fmt::Result {
    let verdict = match (&window.reason, window.is_evaluated()) {
        (Some(reason), false) => reason.as_str(),
        (None, _) => "included",
        (Some(_), true) if window.inclusions.is_empty() => "no rule includes this instant",
        (Some(_), true) => "included, and excluded again",
    };
    writeln!(out, "\nWindow `{}` ({}): {verdict}", window.window, window.zone)?;
    for inclusion in &window.inclusions {
        describe_inclusion(out, inclusion, window.zone)?;
    }
    let is_included = !window.inclusions.is_empty();
    // What does not exclude is of interest only where there is something to exclude.
    let misses: Vec<&ExplainedMiss> = window
        .misses
        .iter()
        .filter(|miss| is_included || miss.by.is_none())
        .collect();
    for miss in &misses {
        describe_miss(out, miss)?;
    }
    for cut in window.cuts.iter().filter(|_| is_included) {
        describe_cut(out, cut, window.zone)?;
    }
    if let Some(reason) = window
        .reason
        .as_ref()
        .filter(|_| window.is_evaluated() && !is_included && misses.is_empty())
    {
        writeln!(out, "  {reason}")?;
    }
    if let Some(change) = &window.clock_change {
        writeln!(out, "  that night {}", words::clock_change(change, window.zone))?;
    }
    Ok(())
}

fn describe_inclusion(out: &mut String, inclusion: &ExplainedInclusion, zone: Zone) -> std::fmt::Result {
    let rule = &inclusion.rule;
    writeln!(out, "  included by rule {}: {}", rule.position, rule.words)?;
    describe_occurrence(out, &rule.occurrence, zone)?;
    let Some(next) = &inclusion.next else {
        return Ok(());
    };
    let of_window = next.window.as_ref().map(|window| format!(" of window `{window}`"));
    writeln!(
        out,
        "    carried on by rule {}{}, until {}: {}",
        next.rule.position,
        of_window.unwrap_or_default(),
        shown(next.rule.occurrence.span.end, next.zone),
        next.rule.words
    )
}

/// Returns a rule that does not hold at the instant because the clocks were changed.
fn describe_miss(out: &mut String, miss: &ExplainedMiss) -> std::fmt::Result {
    let owner = miss.by.as_ref().map(|by| format!(" of {}", owner(by)));
    let rule = format!("rule {}{}", miss.position, owner.unwrap_or_default());
    match &miss.reason {
        MissReason::Skipped { start, outcome: result } => writeln!(
            out,
            "  {rule} would start at {}, which the clocks skip: {}",
            format_time(start.time()),
            outcome(*start, result)
        )?,
        MissReason::SecondShowing(local) => writeln!(
            out,
            "  the clock shows {} twice, and this is the second time; {rule} means the first",
            format_time(local.time())
        )?,
    }
    writeln!(out, "    {}", miss.words)
}

fn describe_cut(out: &mut String, cut: &ExplainedCut, zone: Zone) -> std::fmt::Result {
    let rule = &cut.rule;
    writeln!(
        out,
        "  excluded by rule {} of {}: {}",
        rule.position,
        owner(&cut.by),
        rule.words
    )?;
    describe_occurrence(out, &rule.occurrence, zone)
}

fn owner(by: &CutOwner) -> String {
    match by {
        CutOwner::Window(_) => "the window's exclusions".to_owned(),
        CutOwner::Calendar(name) => format!("calendar `{name}`"),
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
