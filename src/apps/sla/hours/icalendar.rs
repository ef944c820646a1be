//! Spans as events of an iCalendar file (RFC 5545): instants in UTC, so that no reader needs a time zone, and nothing repeats by a rule.

use std::io::{self, Write};

use chrono::DateTime;
use sha2::{Digest, Sha256};

use crate::calculus::span::Span;

/// The longest line, in octets, its end aside (RFC 5545, section 3.1).
const LINE_MAX: usize = 75;

/// An event.
#[derive(Clone, Copy, Debug)]
pub struct CalendarEvent<'a> {
    /// What has the hours: `component` or `window`.
    pub kind: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The hours.
    pub span: Span,
    /// Their real start, if a range of time cuts it off: it identifies the event, whatever range is asked for.
    pub starts: i64,
}

/// Writes a calendar, event by event.
pub struct CalendarWriter<W> {
    out: W,
    stamp: String,
    has_events: bool,
}

impl<W: Write> CalendarWriter<W> {
    /// Begins a calendar that is made at the instant `now`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn begin(mut out: W, now: i64) -> io::Result<Self> {
        for text in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//SLA Monitor//Hours//EN",
            "CALSCALE:GREGORIAN",
        ] {
            line(&mut out, text)?;
        }
        Ok(Self {
            out,
            stamp: utc(now),
            has_events: false,
        })
    }

    /// Writes an event.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn event(&mut self, event: CalendarEvent<'_>) -> io::Result<()> {
        self.has_events = true;
        let lines = [
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", uid(event)),
            format!("DTSTAMP:{}", self.stamp),
            format!("DTSTART:{}", utc(event.span.start)),
            format!("DTEND:{}", utc(event.span.end)),
            format!("SUMMARY:{}", escaped(event.name)),
            "TRANSP:TRANSPARENT".to_owned(),
            "END:VEVENT".to_owned(),
        ];
        lines.iter().try_for_each(|text| line(&mut self.out, text))
    }

    /// Ends the calendar. One without events gets the definition of UTC, because a calendar must have something in it.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn end(mut self) -> io::Result<()> {
        let nothing = [
            "BEGIN:VTIMEZONE",
            "TZID:UTC",
            "BEGIN:STANDARD",
            "DTSTART:19700101T000000",
            "TZOFFSETFROM:+0000",
            "TZOFFSETTO:+0000",
            "END:STANDARD",
            "END:VTIMEZONE",
        ];
        if !self.has_events {
            nothing.iter().try_for_each(|text| line(&mut self.out, text))?;
        }
        line(&mut self.out, "END:VCALENDAR")?;
        self.out.flush()
    }
}

/// Returns an identifier that the same hours of the same object have in every file.
fn uid(event: CalendarEvent<'_>) -> String {
    let digest = Sha256::digest(format!("{}\0{}\0{}", event.kind, event.name, event.starts));
    let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}@sla-monitor")
}

fn utc(at: i64) -> String {
    let utc = DateTime::from_timestamp(at, 0).unwrap_or_default();
    utc.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Returns a text as the value of a property.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            character if character.is_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}

/// Writes a line, folded where it is too long; no character is divided.
fn line(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut room = LINE_MAX;
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        if room < character.len_utf8() {
            folded.push_str("\r\n ");
            room = LINE_MAX - 1;
        }
        room -= character.len_utf8();
        folded.push(character);
    }
    folded.push_str("\r\n");
    out.write_all(folded.as_bytes())
}
