//! Spans for people, scripts, spreadsheets and calendars.

use std::io::{self, BufWriter, StdoutLock, Write};

use chrono::{DateTime, FixedOffset};

use super::subjects::{Subject, Subjects};
use crate::admin::transfer::format::cell::guarded;
use crate::apps::sla::hours::icalendar::{CalendarEvent, CalendarWriter};
use crate::apps::sla::hours::words;
use crate::calculus::civil::format_time;
use crate::calculus::span::Span;
use crate::zones::Zone;

/// The widest column of names; longer ones make their row longer.
const NAME_WIDTH_MAX: usize = 40;

/// What spans are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpanFormat {
    Table,
    Json,
    Csv,
    Ics,
}

type Out = BufWriter<StdoutLock<'static>>;

/// Writes spans or their sums to standard output, object by object.
pub(super) struct SpanOutput {
    writer: SpanWriter,
    is_total: bool,
    /// `component` or `window`.
    kind: &'static str,
    zone: Zone,
    name_width: usize,
    is_first: bool,
}

enum SpanWriter {
    Table(Out),
    Json(Out),
    Csv(Box<csv::Writer<Out>>),
    Ics(CalendarWriter<Out>),
}

impl SpanOutput {
    /// Begins the output; local times are those of `zone`.
    pub(super) fn begin(
        format: SpanFormat,
        is_total: bool,
        subjects: &Subjects,
        zone: Zone,
        now: i64,
    ) -> io::Result<Self> {
        let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        let kind = subjects.kind;
        let writer = match format {
            SpanFormat::Table => SpanWriter::Table(out),
            SpanFormat::Json => SpanWriter::Json(out),
            SpanFormat::Ics => SpanWriter::Ics(CalendarWriter::begin(out, now)?),
            SpanFormat::Csv => {
                let mut writer = csv::WriterBuilder::new()
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(out);
                match is_total {
                    true => row(&mut writer, &[kind, "seconds", "spans"])?,
                    false => row(
                        &mut writer,
                        &[kind, "start", "end", "seconds", "start_local", "end_local"],
                    )?,
                }
                SpanWriter::Csv(Box::new(writer))
            }
        };
        let widths = subjects.list.iter().map(|subject| subject.name.chars().count());
        Ok(Self {
            writer,
            is_total,
            kind,
            zone,
            name_width: widths.max().unwrap_or(0).min(NAME_WIDTH_MAX),
            is_first: true,
        })
    }

    /// Writes the hours of one object. `starts` is when its first span began, if the range cuts it off.
    pub(super) fn put(&mut self, subject: &Subject, spans: &[Span], starts: Option<i64>) -> io::Result<()> {
        let (kind, zone) = (self.kind, self.zone);
        let seconds: i64 = spans.iter().map(Span::seconds).sum();
        match (&mut self.writer, self.is_total) {
            (SpanWriter::Table(out), false) => {
                if !std::mem::take(&mut self.is_first) {
                    writeln!(out)?;
                }
                put_table(out, &subject.name, spans, zone)
            }
            (SpanWriter::Table(out), true) => {
                let (name, width) = (&subject.name, self.name_width);
                let (length, plural) = (words::length(seconds), if spans.len() == 1 { "" } else { "s" });
                writeln!(out, "{name:<width$}  {length:>12}  {} span{plural}", spans.len())
            }
            (SpanWriter::Json(out), false) => {
                let name = serde_json::to_string(&subject.name)?;
                spans.iter().try_for_each(|Span { start, end }| {
                    writeln!(out, r#"{{"{kind}": {name}, "start": {start}, "end": {end}}}"#)
                })
            }
            (SpanWriter::Json(out), true) => {
                let (name, count) = (serde_json::to_string(&subject.name)?, spans.len());
                writeln!(out, r#"{{"{kind}": {name}, "seconds": {seconds}, "spans": {count}}}"#)
            }
            (SpanWriter::Csv(writer), true) => {
                let (seconds, count) = (seconds.to_string(), spans.len().to_string());
                row(writer, &[&guarded(subject.name.clone()), &seconds, &count])
            }
            (SpanWriter::Csv(writer), false) => {
                let name = guarded(subject.name.clone());
                spans.iter().try_for_each(|span| {
                    let [start, end, length] = [span.start, span.end, span.seconds()].map(|number| number.to_string());
                    let [start_local, end_local] = [local(span.start, zone), local(span.end, zone)];
                    row(writer, &[&name, &start, &end, &length, &start_local, &end_local])
                })
            }
            (SpanWriter::Ics(writer), _) => spans.iter().enumerate().try_for_each(|(index, span)| {
                writer.event(CalendarEvent {
                    kind,
                    name: &subject.name,
                    span: *span,
                    starts: starts.filter(|_| index == 0).unwrap_or(span.start),
                })
            }),
        }
    }

    /// Ends the output.
    pub(super) fn end(self) -> io::Result<()> {
        match self.writer {
            SpanWriter::Table(mut out) | SpanWriter::Json(mut out) => out.flush(),
            SpanWriter::Csv(mut writer) => writer.flush(),
            SpanWriter::Ics(writer) => writer.end(),
        }
    }
}

/// Writes a row of CSV. The error of the output itself is passed on: a pipe that was closed is no failure.
fn row(writer: &mut csv::Writer<Out>, cells: &[&str]) -> io::Result<()> {
    writer.write_record(cells).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other("a row cannot be written as CSV"),
    })
}

/// Writes the name and below it a line for each span.
fn put_table(out: &mut Out, name: &str, spans: &[Span], zone: Zone) -> io::Result<()> {
    writeln!(out, "{name}")?;
    if spans.is_empty() {
        return writeln!(out, "  no hours in this range");
    }
    let instant = |at: i64| {
        let local = zone.at(at);
        let time = format_time(local.time.time());
        format!("{} {time} {}", local.time.format("%a %Y-%m-%d"), local.zone_name())
    };
    spans.iter().try_for_each(|span| {
        let (start, end) = (instant(span.start), instant(span.end));
        writeln!(out, "  {start:<26}  {end:<26}  {}", words::length(span.seconds()))
    })
}

/// Returns local time with its offset (RFC 3339).
fn local(at: i64, zone: Zone) -> String {
    let offset = i32::try_from(zone.offset_at(at)).ok().and_then(FixedOffset::east_opt);
    match (DateTime::from_timestamp(at, 0), offset) {
        (Some(utc), Some(offset)) => utc.with_timezone(&offset).to_rfc3339(),
        _ => String::new(),
    }
}
