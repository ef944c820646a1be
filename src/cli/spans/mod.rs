//! `spans`: the hours of components or windows in a range of time, as data.

mod cache;
mod output;
mod subjects;

use std::collections::BTreeMap;

use self::cache::SpanCache;
use self::output::{SpanFormat, SpanOutput};
use self::subjects::{Subject, Subjects};
use super::at::{self, InstantArgument};
use super::selector::selector;
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT, unmatched};
use crate::apps::sla::hours::book::HoursBook;
use crate::clock::{Clock, SystemClock};
use crate::db::dialect;
use crate::metrics::answer::selection::Selector;
use crate::zones::Zone;

/// How many objects that cannot be evaluated are named.
const UNREADABLE_SHOWN: usize = 20;

/// Print the hours of components or windows in a range of time
#[derive(clap::Args)]
#[command(
    after_help = "Instants are RFC 3339, Unix timestamps, or local times and dates in --zone. Spans are clipped to the range.\n\n\
    Examples:\n  sla-monitor spans payments-api --from 2026-12-01 --to 2027-01-01 \\\n    --zone Europe/Berlin\n  \
    sla-monitor spans --match '{team=\"payments\"}' --from 2026-12-01 \\\n    --to 2027-01-01 --total --format csv\n  \
    sla-monitor spans --window 'Business hours DE' --from 2026-12-01 \\\n    --to 2027-01-01 --format ics > hours.ics",
    group = clap::ArgGroup::new("subjects").args(["components", "windows", "matches"]).required(true)
)]
pub(super) struct SpansCommand {
    /// The components' names
    #[arg(value_name = "COMPONENT")]
    components: Vec<String>,

    /// The window of this name instead, with its own calendars; may be repeated
    #[arg(long = "window", env = "SLA_MONITOR_WINDOW", value_name = "NAME")]
    windows: Vec<String>,

    /// Every enabled component that this selector of equalities matches, such as {team="blue"} or team=blue; may be repeated
    #[arg(long = "match", env = "SLA_MONITOR_MATCH", value_name = "SELECTOR", value_parser = selector)]
    matches: Vec<Selector>,

    /// The first instant
    #[arg(long, env = "SLA_MONITOR_FROM", value_name = "INSTANT", value_parser = at::parse, allow_negative_numbers = true)]
    from: InstantArgument,

    /// The first instant after the range
    #[arg(long, env = "SLA_MONITOR_TO", value_name = "INSTANT", value_parser = at::parse, allow_negative_numbers = true)]
    to: InstantArgument,

    /// The zone of local times and dates, given and printed, such as Europe/Berlin [default: UTC]
    #[arg(long, env = "SLA_MONITOR_ZONE", value_name = "ZONE")]
    zone: Option<String>,

    /// table (for people), json (a line each), csv or ics (iCalendar)
    #[arg(long, env = "SLA_MONITOR_FORMAT", default_value = "table", value_name = "FORMAT", value_parser = format)]
    format: SpanFormat,

    /// Only the sum: seconds and number of spans of each
    #[arg(long, env = "SLA_MONITOR_TOTAL", value_parser = clap::builder::BoolishValueParser::new())]
    total: bool,
}

fn format(text: &str) -> Result<SpanFormat, String> {
    match text {
        "table" => Ok(SpanFormat::Table),
        "json" => Ok(SpanFormat::Json),
        "csv" => Ok(SpanFormat::Csv),
        "ics" => Ok(SpanFormat::Ics),
        other => Err(format!("`{other}` is no format; use table, json, csv or ics")),
    }
}

impl SpansCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let zone = at::zone(self.zone.as_deref())?.unwrap_or_else(Zone::utc);
        let (from, to) = self.range(zone)?;
        if self.total && self.format == SpanFormat::Ics {
            return Err(CliError::Usage(
                "--total and --format ics exclude each other; events have no sum, use json, csv or table".to_owned(),
            ));
        }
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let subjects = dialect::read_snapshot(&mut conn, QUERY_LIMIT, |conn| {
            match (self.windows.as_slice(), self.matches.as_slice()) {
                ([], []) => Subjects::of_components(conn, &self.components),
                (windows, []) => Subjects::of_windows(conn, windows),
                (_, matches) => Subjects::matching(conn, matches),
            }
        })?;
        if subjects.list.is_empty() {
            let known = dialect::read_snapshot(&mut conn, QUERY_LIMIT, subjects::enabled_components)?;
            self.note_unmatched(&known);
        }
        drop(conn);
        drop(pool);
        self.print(&subjects, zone, (from, to))
    }

    /// Prints why no component of all that are known is printed.
    fn note_unmatched(&self, known: &[(String, BTreeMap<String, String>)]) {
        if known.is_empty() {
            super::print_note("no enabled component matches: there is none");
            return;
        }
        let known: Vec<_> = known.iter().map(|(name, labels)| (name.as_str(), labels)).collect();
        for selector in &self.matches {
            super::print_note(&unmatched::words("enabled component", selector, &known));
        }
    }

    /// Returns the range of time.
    ///
    /// # Errors
    /// Refuses a range without an instant.
    fn range(&self, zone: Zone) -> Result<(i64, i64), CliError> {
        let ((from, from_note), (to, to_note)) = (at::bound(self.from, zone), at::bound(self.to, zone));
        for (option, note) in [("--from", from_note), ("--to", to_note)] {
            note.iter()
                .for_each(|note| super::print_note(&format!("{option}: {note}")));
        }
        match from < to {
            true => Ok((from, to)),
            false => Err(CliError::Usage("--to must be later than --from".to_owned())),
        }
    }

    fn print(&self, subjects: &Subjects, zone: Zone, (from, to): (i64, i64)) -> CommandResult {
        let mut book = HoursBook::new(&subjects.hours);
        let mut cache = SpanCache::new(subjects.list.iter().map(|subject| &subject.key));
        let mut output = SpanOutput::begin(self.format, self.total, subjects, zone, SystemClock.now_seconds())?;
        let mut unreadable = 0;
        for subject in &subjects.list {
            if let Some(note) = &subject.note {
                super::print_note(note);
            }
            match cache.spans(&mut book, &subject.key, from, to) {
                Ok(spans) => {
                    let first = spans.first().filter(|span| span.start == from);
                    let starts = first.and_then(|_| real_start(&mut book, subject, from));
                    output.put(subject, &spans, starts)?;
                }
                Err(reason) => {
                    unreadable += 1;
                    if unreadable <= UNREADABLE_SHOWN {
                        super::print_error(&format!("`{}` cannot be evaluated: {reason}", subject.name));
                    }
                }
            }
        }
        output.end()?;
        if unreadable > UNREADABLE_SHOWN {
            super::print_error(&format!("{} more cannot be evaluated", unreadable - UNREADABLE_SHOWN));
        }
        if unreadable == 0 {
            Ok(())
        } else {
            Err(CliError::Reported)
        }
    }
}

/// Returns when the span began that the range cuts off at `from`.
fn real_start(book: &mut HoursBook, subject: &Subject, from: i64) -> Option<i64> {
    let coverage = book.coverage(&subject.key).ok()?;
    coverage.values(from).last_start
}
