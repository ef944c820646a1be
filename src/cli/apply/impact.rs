//! What a file does to the hours of all components that it affects.

use std::io::{self, BufWriter, Write};

use super::super::CommandResult;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::hours::impact::{ComponentImpact, Impact, impact};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::hours::{json, words};
use crate::calculus::civil::format_time;
use crate::zones::Zone;

/// The longest range of time that can be looked at, in days: ten years.
const DAYS_MAX: i64 = 3_660;

/// The seconds of a day without a change of the clock.
const DAY: i64 = 86_400;

/// The widest column of names; longer ones make their row longer.
const NAME_WIDTH_MAX: usize = 40;

/// What the impact is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImpactFormat {
    Table,
    Json,
}

/// Reads a number of days: `90d`, `12w`, `90`.
pub(super) fn days(text: &str) -> Result<i64, String> {
    let refused = || format!("`{text}` is no number of days between 1 and {DAYS_MAX}; write 90d, or 12w for weeks");
    let (number, unit) = match text.strip_suffix('w') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('d').unwrap_or(text), 1),
    };
    let number: u16 = number.parse().map_err(|_| refused())?;
    let days = i64::from(number) * unit;
    (1..=DAYS_MAX).contains(&days).then_some(days).ok_or_else(refused)
}

pub(super) fn format(text: &str) -> Result<ImpactFormat, String> {
    match text {
        "table" => Ok(ImpactFormat::Table),
        "json" => Ok(ImpactFormat::Json),
        other => Err(format!("`{other}` is no format; use table or json")),
    }
}

/// Prints what `plan` does to `hours` within `days` from `now` on.
pub(super) fn print(
    hours: &StoredHours,
    plan: &ChangePlan,
    now: i64,
    days: i64,
    format: ImpactFormat,
) -> CommandResult {
    let range = (now, now.saturating_add(days.saturating_mul(DAY)));
    let impact = impact(hours, plan, range, &mut |_| true);
    let mut out = BufWriter::new(io::stdout().lock());
    match format {
        ImpactFormat::Json => {
            for component in &impact.components {
                writeln!(out, "{}", json::impact(component))?;
            }
        }
        ImpactFormat::Table => print_table(&mut out, &impact, days)?,
    }
    out.flush()?;
    drop(out);
    for (name, reason) in &impact.unreadable {
        super::super::print_note(&format!("`{name}` cannot be evaluated: {reason}"));
    }
    Ok(())
}

fn print_table(out: &mut impl Write, impact: &Impact, days: i64) -> io::Result<()> {
    let count = impact.components.len();
    writeln!(out)?;
    match count {
        0 => return writeln!(out, "No hours would change in the next {days} days."),
        1 => writeln!(out, "The hours of 1 component would change in the next {days} days:")?,
        _ => writeln!(
            out,
            "The hours of {count} components would change in the next {days} days:"
        )?,
    }
    let widths = impact.components.iter().map(|component| component.name.chars().count());
    let width = widths.max().unwrap_or(0).clamp("component".len(), NAME_WIDTH_MAX);
    let mut row = |name: &str, cells: [&str; 4], rest: &str| {
        let [before, after, difference, week] = cells;
        let line = format!("  {name:<width$}  {before:>12}  {after:>12}  {difference:>14}  {week:>12}  {rest}");
        writeln!(out, "{}", line.trim_end())
    };
    row("component", ["before", "after", "difference", "a week"], "first")?;
    for component in &impact.components {
        let difference = &component.difference;
        let week = component.week.map_or_else(String::new, words::difference);
        let cells = [
            words::length(difference.before),
            words::length(difference.after),
            words::difference(difference.seconds()),
            week,
        ];
        row(&component.name, cells.each_ref().map(String::as_str), &first(component))?;
    }
    if count > 1 {
        let sum = words::difference(impact.seconds());
        row("together", ["", "", &sum, ""], "")?;
    }
    Ok(())
}

/// Returns the first instant that differs, and what becomes of the component beside its hours.
fn first(component: &ComponentImpact) -> String {
    let first = component.difference.first.map(|at| instant(at, component.zone));
    let kind = component.kind.as_str().map(|kind| format!("({kind})"));
    first.into_iter().chain(kind).collect::<Vec<String>>().join(" ")
}

fn instant(at: i64, zone: Zone) -> String {
    let local = zone.at(at);
    let time = format_time(local.time.time());
    format!("{} {time} {}", local.time.format("%a %Y-%m-%d"), local.zone_name())
}
