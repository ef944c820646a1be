//! The report as JSON and CSV.

use serde_json::{Map, Value};

use super::computed::{ReportGroup, ReportRow};
use super::figures::Figures;
use crate::admin::transfer::format::cell::guarded;
use crate::calculus::span::Span;

/// The keys of figures, in order.
const KEYS: [&str; 13] = [
    "from",
    "to",
    "promised",
    "accounted",
    "up",
    "down",
    "unknown",
    "excluded",
    "attained_millipercent",
    "slo_millipercent",
    "budget",
    "left",
    "verdict",
];

/// A line of a report.
#[derive(Clone, Debug)]
pub struct ReportLine {
    /// `component` or `group`.
    pub kind: &'static str,
    /// The name of the component, or the value of the group's label, if it has one.
    pub name: Option<String>,
    /// The figures.
    pub figures: Figures,
}

/// Returns a line for each of the rows, and for each of the groups behind them.
#[must_use]
pub fn lines(rows: &[&ReportRow], groups: Option<&[ReportGroup]>) -> Vec<ReportLine> {
    let rows = rows.iter().map(|row| ReportLine {
        kind: "component",
        name: Some(row.name.clone()),
        figures: Figures::of_row(row),
    });
    let groups = groups.unwrap_or_default().iter();
    let groups = groups.map(|group| ReportLine {
        kind: "group",
        name: group.value.clone(),
        figures: Figures::of_group(group),
    });
    rows.chain(groups).collect()
}

/// Returns a line as a JSON object.
#[must_use]
pub fn json(line: &ReportLine, span: Span) -> String {
    let mut object = Map::new();
    object.insert(line.kind.to_owned(), Value::from(line.name.clone()));
    for (key, value) in KEYS.into_iter().zip(values(&line.figures, span)) {
        object.insert(key.to_owned(), value);
    }
    Value::Object(object).to_string()
}

/// Returns lines as CSV.
#[must_use]
pub fn csv(lines: &[ReportLine], span: Span) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory does not fail.
    drop(writer.write_record(["component", "group"].into_iter().chain(KEYS)));
    for ReportLine { kind, name, figures } in lines {
        let name = guarded(name.clone().unwrap_or_default());
        let subject = match *kind {
            "component" => [name, String::new()],
            _ => [String::new(), name],
        };
        let cells = values(figures, span).map(|value| match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        });
        drop(writer.write_record(subject.into_iter().chain(cells)));
    }
    writer.into_inner().unwrap_or_default()
}

/// Returns the values of [`KEYS`].
fn values(figures: &Figures, span: Span) -> [Value; KEYS.len()] {
    let Figures {
        promised,
        accounted,
        up,
        down,
        unknown,
        excluded,
        attained,
        measured: _,
        slo,
        budget,
        left,
        verdict: _,
    } = figures;
    [
        Value::from(span.start),
        Value::from(span.end),
        Value::from(*promised),
        Value::from(*accounted),
        Value::from(*up),
        Value::from(*down),
        Value::from(*unknown),
        Value::from(*excluded),
        Value::from(*attained),
        Value::from(*slo),
        Value::from(*budget),
        Value::from(*left),
        Value::from(figures.verdict_words()),
    ]
}
