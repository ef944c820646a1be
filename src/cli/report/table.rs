//! The table of a report, for people.

use std::io::Write;

use crate::apps::sla::hours::words;
use crate::apps::sla::report::figures::Figures;
use crate::apps::sla::report::output::ReportLine;
use crate::calculus::attainment::attained::percent_text;

const HEADS: [&str; 8] = [
    "",
    "promised",
    "down",
    "unknown",
    "excluded",
    "attained",
    "budget left",
    "verdict",
];

/// Writes the lines of a report below the heads of their columns; `group` is the label of groups, `total` the last row.
pub(super) fn write(
    out: &mut impl Write,
    group: Option<&str>,
    lines: &[ReportLine],
    total: Option<&Figures>,
) -> std::io::Result<()> {
    let mut table = vec![HEADS.map(str::to_owned)];
    // Another component may have the name now.
    let name = |line: &ReportLine| match line.is_deleted {
        true => line.name.as_ref().map(|name| format!("{name} (deleted)")),
        false => line.name.clone(),
    };
    let lines = lines.iter();
    table.extend(lines.map(|line| cells(line.kind, name(line).as_deref(), &line.figures, group)));
    table.extend(total.map(|total| cells("all", None, total, None)));
    put_table(out, &table)
}

/// Returns the cells of a row of the table.
fn cells(kind: &str, name: Option<&str>, figures: &Figures, group: Option<&str>) -> [String; HEADS.len()] {
    let label = group.unwrap_or_default();
    let subject = match (kind, name) {
        ("component", name) => name.unwrap_or_default().to_owned(),
        ("group", Some(value)) => format!("{label}={value}"),
        ("group", None) => format!("no label {label}"),
        _ => "all".to_owned(),
    };
    let attained = match figures.slo {
        Some(slo) => format!("{} (SLO {})", figures.attained_words(), percent_text(slo)),
        None => figures.attained_words(),
    };
    let [promised, down, unknown, excluded] =
        [figures.promised, figures.down, figures.unknown, figures.excluded].map(words::length);
    let left = figures.left.map_or_else(|| "–".to_owned(), words::length);
    [
        subject,
        promised,
        down,
        unknown,
        excluded,
        attained,
        left,
        figures.verdict_words().to_owned(),
    ]
}

/// Writes rows with their columns below each other.
fn put_table(out: &mut impl Write, rows: &[[String; HEADS.len()]]) -> std::io::Result<()> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    for row in rows {
        let padded = row.iter().zip(&widths).enumerate();
        let padded = padded.map(|(column, (cell, width))| {
            let width = *width;
            match column {
                0 | 7 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            }
        });
        let line: Vec<String> = padded.collect();
        writeln!(out, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}
