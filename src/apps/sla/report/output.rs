//! The report as JSON and CSV.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::computed::{ReportGroup, ReportRow};
use super::figures::{FIGURES, FigureValue, Figures};
use crate::admin::transfer::format::cell::guarded;
use crate::calculus::attainment::attained::{PromiseVerdict, floored};
use crate::calculus::span::Span;

/// The keys of the period.
const SPAN_KEYS: [&str; 2] = ["from", "to"];

/// The key of what distinguishes a component that was deleted from another one of its name.
const DELETED: &str = "deleted";

/// A line of a report.
#[derive(Clone, Debug)]
pub struct ReportLine {
    /// `component` or `group`.
    pub kind: &'static str,
    /// The key of the component; 0 for a group.
    pub id: i64,
    /// The name of the component, or the value of the group's label, if it has one.
    pub name: Option<String>,
    /// Whether the component was deleted: another one may have its name.
    pub is_deleted: bool,
    /// The figures.
    pub figures: Figures,
    /// What they were when the report was closed, if it was.
    pub closed: Option<ClosedBeside>,
}

/// When a report was closed, and the figures of one component then.
#[derive(Clone, Debug)]
pub struct ClosedBeside {
    /// When, RFC 3339.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Whether the figures differ now.
    pub changed: bool,
    /// The figures; nothing if the component was not part of the report.
    pub figures: Option<Figures>,
}

/// Returns a line for each of the rows, and for each of the groups behind them.
#[must_use]
pub fn lines(rows: &[&ReportRow], groups: Option<&[ReportGroup]>) -> Vec<ReportLine> {
    let rows = rows.iter().map(|row| line(row));
    let groups = groups.unwrap_or_default().iter();
    let groups = groups.map(|group| ReportLine {
        kind: "group",
        id: 0,
        name: group.value.clone(),
        is_deleted: false,
        figures: Figures::of_group(group),
        closed: None,
    });
    rows.chain(groups).collect()
}

/// Returns the line of a row.
#[must_use]
pub fn line(row: &ReportRow) -> ReportLine {
    ReportLine {
        kind: "component",
        id: row.id,
        name: Some(row.name.clone()),
        is_deleted: !row.is_there,
        figures: Figures::of_row(row),
        closed: None,
    }
}

/// Returns a line as a JSON object.
#[must_use]
pub fn json(line: &ReportLine, span: Span) -> String {
    serde_json::to_string(&JsonLine { line, span }).expect("texts, numbers and lists of them can be written")
}

/// A line with its period, as JSON has it.
struct JsonLine<'a> {
    line: &'a ReportLine,
    span: Span,
}

impl Serialize for JsonLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ReportLine {
            kind,
            id: _,
            name,
            is_deleted,
            figures,
            closed,
        } = self.line;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry(kind, name)?;
        for (key, value) in SPAN_KEYS.into_iter().zip([self.span.start, self.span.end]) {
            object.serialize_entry(key, &value)?;
        }
        put(&mut object, Some(figures))?;
        // Lines of components that are there have no such key: they, and the digests of closed reports, are what they were without it.
        if *is_deleted {
            object.serialize_entry(DELETED, &true)?;
        }
        if let Some(closed) = closed {
            object.serialize_entry("closed", closed)?;
        }
        object.end()
    }
}

impl Serialize for ClosedBeside {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            at,
            by,
            changed,
            figures,
        } = self;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("at", at)?;
        object.serialize_entry("by", by)?;
        object.serialize_entry("changed", changed)?;
        put(&mut object, figures.as_ref())?;
        object.end()
    }
}

fn put<M: SerializeMap>(object: &mut M, figures: Option<&Figures>) -> Result<(), M::Error> {
    for ((key, _), value) in FIGURES.into_iter().zip(values(figures)) {
        object.serialize_entry(key, &value)?;
    }
    Ok(())
}

/// Returns lines as CSV. Columns of the closed report are behind the others, if the report was closed, and the last one says which components were
/// deleted, if any were.
#[must_use]
pub fn csv(lines: &[ReportLine], span: Span) -> Vec<u8> {
    written(&records(lines, span))
}

/// Returns the records of lines, the head first.
fn records(lines: &[ReportLine], span: Span) -> Vec<Vec<String>> {
    let is_closed = lines.iter().any(|line| line.closed.is_some());
    let mut heads: Vec<String> = ["component", "group"].map(str::to_owned).to_vec();
    let keys = FIGURES.map(|(key, _)| key);
    heads.extend(SPAN_KEYS.iter().chain(&keys).map(|key| (*key).to_owned()));
    if is_closed {
        let keys = ["at", "by", "changed"].into_iter().chain(keys);
        heads.extend(keys.map(|key| format!("closed_{key}")));
    }
    let has_deleted = lines.iter().any(|line| line.is_deleted);
    heads.extend(has_deleted.then(|| DELETED.to_owned()));
    let mut records = vec![heads];
    for line in lines {
        let name = guarded(line.name.clone().unwrap_or_default());
        let mut cells = match line.kind {
            "component" => vec![name, String::new()],
            _ => vec![String::new(), name],
        };
        cells.extend([span.start, span.end].map(|instant| instant.to_string()));
        cells.extend(values(Some(&line.figures)).map(cell));
        if is_closed {
            let closed = line.closed.as_ref();
            cells.extend(closed.map_or_else(Default::default, |closed| {
                [
                    closed.at.clone(),
                    guarded(closed.by.clone()),
                    closed.changed.to_string(),
                ]
            }));
            cells.extend(values(closed.and_then(|closed| closed.figures.as_ref())).map(cell));
        }
        let deleted = if line.is_deleted { "true" } else { "" };
        cells.extend(has_deleted.then(|| deleted.to_owned()));
        records.push(cells);
    }
    records
}

fn written(records: &[Vec<String>]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for record in records {
        writer.write_record(record).expect("memory takes records of one length");
    }
    writer.into_inner().expect("memory takes all that is written")
}

fn cell(value: FigureValue) -> String {
    match value {
        FigureValue::Time(number) | FigureValue::Part(number) => {
            number.map_or_else(String::new, |number| number.to_string())
        }
        FigureValue::Words(text) => text.to_owned(),
    }
}

/// Returns the values of figures in files; without figures none of them is known.
fn values(figures: Option<&Figures>) -> [FigureValue; FIGURES.len()] {
    figures.map_or([FigureValue::Time(None); FIGURES.len()], Figures::values)
}

/// Reads a line of a component as [`json`] writes it: its name, whether the component was deleted, and its figures.
///
/// # Errors
/// What it lacks.
pub fn read(line: &str) -> Result<(String, bool, Figures), String> {
    let object: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let value = |key: &str| object.get(key).ok_or_else(|| format!("a line has no `{key}`"));
    let text = |key: &str| value(key)?.as_str().ok_or_else(|| format!("`{key}` is no text"));
    let number = |key: &str| {
        value(key)?
            .as_i64()
            .ok_or_else(|| format!("`{key}` is no whole number"))
    };
    let some = |key: &str| match value(key)? {
        Value::Null => Ok(None),
        _ => number(key).map(Some),
    };
    let (up, down, accounted) = (number("up")?, number("down")?, number("accounted")?);
    let (left, verdict) = (some("left")?, text("verdict")?);
    let is_known = up + down > 0 || accounted == 0;
    let figures = Figures {
        promised: number("promised")?,
        accounted,
        up,
        down,
        unknown: number("unknown")?,
        excluded: number("excluded")?,
        attained: some("attained_millipercent")?,
        measured: floored(up + down, accounted),
        slo: some("slo_millipercent")?,
        budget: some("budget")?,
        left,
        left_unknown: left.map(|left| if is_known { 0 } else { left.max(0) }),
        verdict: Some(PromiseVerdict::parse(verdict).ok_or_else(|| format!("`{verdict}` is no verdict"))?),
    };
    let is_deleted = object.get(DELETED) == Some(&Value::Bool(true));
    Ok((text("component")?.to_owned(), is_deleted, figures))
}
