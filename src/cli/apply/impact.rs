//! What a file does to the hours of all components that it affects.

use std::io::{self, BufWriter, Write};

use serde_json::{Value, json};

use super::super::CommandResult;
use crate::api::answers::{ImpactLine, ImpactReport};
use crate::apps::sla::hours::{explaining, words};
use crate::calculus::civil::format_time;
use crate::zones::{self, Zone};

/// The widest column of names; longer ones make their row longer.
const NAME_WIDTH_MAX: usize = 40;

/// What the impact is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImpactFormat {
    Table,
    Json,
}

pub(super) fn format(text: &str) -> Result<ImpactFormat, String> {
    match text {
        "table" => Ok(ImpactFormat::Table),
        "json" => Ok(ImpactFormat::Json),
        other => Err(format!("`{other}` is no format; use table or json")),
    }
}

/// Prints what a file does to hours.
pub(super) fn print(impact: &ImpactReport, format: ImpactFormat) -> CommandResult {
    let mut out = BufWriter::new(io::stdout().lock());
    match format {
        ImpactFormat::Json => {
            for component in &impact.components {
                writeln!(out, "{}", json_line(component))?;
            }
        }
        ImpactFormat::Table => print_table(&mut out, impact)?,
    }
    out.flush()?;
    drop(out);
    for unreadable in &impact.unreadable {
        super::super::print_note(&explaining::unreadable_words(&unreadable.component, &unreadable.reason));
    }
    Ok(())
}

/// Returns a line for scripts.
fn json_line(line: &ImpactLine) -> Value {
    let mut value = json!({
        "component": line.component,
        "before": line.before,
        "after": line.after,
        "difference": line.difference,
        "first": line.first,
    });
    if let (Some(change), Value::Object(object)) = (&line.change, &mut value) {
        object.insert("change".to_owned(), json!(change));
    }
    value
}

fn print_table(out: &mut impl Write, impact: &ImpactReport) -> io::Result<()> {
    let (count, days) = (impact.components.len(), impact.days);
    writeln!(out)?;
    match count {
        0 => return writeln!(out, "No hours would change in the next {days} days."),
        1 => writeln!(out, "The hours of 1 component would change in the next {days} days:")?,
        _ => writeln!(
            out,
            "The hours of {count} components would change in the next {days} days:"
        )?,
    }
    let widths = impact
        .components
        .iter()
        .map(|component| component.component.chars().count());
    let width = widths.max().unwrap_or(0).clamp("component".len(), NAME_WIDTH_MAX);
    let mut row = |name: &str, cells: [&str; 4], rest: &str| {
        let [before, after, difference, week] = cells;
        let line = format!("  {name:<width$}  {before:>12}  {after:>12}  {difference:>14}  {week:>12}  {rest}");
        writeln!(out, "{}", line.trim_end())
    };
    row("component", ["before", "after", "difference", "a week"], "first")?;
    for component in &impact.components {
        let week = component.week.map_or_else(String::new, words::difference);
        let cells = [
            words::length(component.before),
            words::length(component.after),
            words::difference(component.difference),
            week,
        ];
        row(
            &component.component,
            cells.each_ref().map(String::as_str),
            &first(component),
        )?;
    }
    if count > 1 {
        let sum = words::difference(impact.components.iter().map(|component| component.difference).sum());
        row("together", ["", "", &sum, ""], "")?;
    }
    Ok(())
}

/// Returns the first instant that differs, and what becomes of the component beside its hours.
fn first(component: &ImpactLine) -> String {
    // A server may know zones that are not known here.
    let zone = zones::parse(&component.zone).unwrap_or_else(|_| Zone::utc());
    let first = component.first.map(|at| instant(at, zone));
    let kind = component.change.as_ref().map(|kind| format!("({kind})"));
    first.into_iter().chain(kind).collect::<Vec<String>>().join(" ")
}

fn instant(at: i64, zone: Zone) -> String {
    let local = zone.at(at);
    let time = format_time(local.time.time());
    format!("{} {time} {}", local.time.format("%a %Y-%m-%d"), local.zone_name())
}
