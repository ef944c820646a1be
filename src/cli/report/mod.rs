//! `report`: what was attained of what was promised in a period.

mod table;

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};

use chrono::NaiveDate;

use super::at;
use super::measure;
use super::selector::selector;
use super::unmatched;
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT};
use crate::apps::sla::closed_report::model::ReportScope;
use crate::apps::sla::closed_report::store;
use crate::apps::sla::component;
use crate::apps::sla::measuring::due::DueRange;
use crate::apps::sla::measuring::run::{MEASURED_AFTER, RunOutcome, RunScope};
use crate::apps::sla::object_names::ObjectNames;
use crate::apps::sla::promised_then::promised::Definitions;
use crate::apps::sla::report::closings::{ClosedCache, Closings, ReportClosing};
use crate::apps::sla::report::computed::{Report, ReportGroup, ReportRow, groups};
use crate::apps::sla::report::figures::Figures;
use crate::apps::sla::report::gaps;
use crate::apps::sla::report::output::{self, ReportLine};
use crate::apps::sla::report::period::{kind_name, parse_at, parse_kind, title};
use crate::apps::sla::report::read::ReportQuery;
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::clock::{Clock, SystemClock};
use crate::config::SourceOptions;
use crate::db::pool::Pool;
use crate::db::{Conn, dialect};
use crate::metrics::answer::selection::Selector;
use crate::prometheus_api::client::PrometheusClient;
use crate::zones::Zone;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WrittenReport {
    Table,
    Json,
    Csv,
}

/// Print what was attained of what was promised in a period
#[derive(clap::Args)]
#[command(
    after_help = "Figures come from what was measured before. With --prometheus, what was not measured yet is measured first. Down and unknown count \
    in service hours alone.\n\n\
    Examples:\n  sla-monitor report --zone Europe/Berlin\n  \
    sla-monitor report --period month --at 2026-11 --zone Europe/Berlin\n  \
    sla-monitor report --period quarter --at 2026-10 --match '{team=\"payments\"}' \\\n    --group team --format json"
)]
pub(super) struct ReportCommand {
    /// day, week (from Monday), month, quarter or year
    #[arg(long, env = "SLA_MONITOR_PERIOD", default_value = "month", value_name = "PERIOD", value_parser = parse_kind)]
    period: PeriodKind,

    /// A date in the period: 2026-11-30, 2026-11 or 2026 [default: today, in --zone]
    #[arg(long, env = "SLA_MONITOR_AT", value_name = "DATE", value_parser = parse_at)]
    at: Option<NaiveDate>,

    /// Only the component of this name
    #[arg(long, env = "SLA_MONITOR_COMPONENT", value_name = "NAME", conflicts_with = "matches")]
    component: Option<String>,

    /// Only components that this selector of equalities matches, such as {team="blue"} or team=blue; may be repeated
    #[arg(long = "match", env = "SLA_MONITOR_MATCH", value_name = "SELECTOR", value_parser = selector)]
    matches: Vec<Selector>,

    /// Groups too, by the values of this label
    #[arg(long, env = "SLA_MONITOR_GROUP", value_name = "LABEL")]
    group: Option<String>,

    /// The zone whose midnights bound the period, such as Europe/Berlin [default: UTC]
    #[arg(long, env = "SLA_MONITOR_ZONE", value_name = "ZONE")]
    zone: Option<String>,

    /// then (as promised at each instant) or now (as defined now, also for the time before)
    #[arg(long, env = "SLA_MONITOR_DEFINITIONS", default_value = "then", value_name = "WHICH", value_parser = measure::definitions)]
    definitions: Definitions,

    /// table (for people), json (a line each) or csv
    #[arg(long, env = "SLA_MONITOR_FORMAT", default_value = "table", value_name = "FORMAT", value_parser = format)]
    format: WrittenReport,

    /// Print the figures as they were closed, instead of those of now; the SHA-256 of json is the report's digest
    #[arg(long, env = "SLA_MONITOR_CLOSED", conflicts_with = "group", requires = "at")]
    closed: bool,

    #[command(flatten)]
    sources: SourceOptions,
}

/// What is read in one state of the database.
struct ReadReport {
    report: Report,
    closings: Closings,
    /// The lines of the closed report as they are stored, if they are asked for.
    closed_lines: Option<String>,
}

fn format(text: &str) -> Result<WrittenReport, String> {
    match text {
        "table" => Ok(WrittenReport::Table),
        "json" => Ok(WrittenReport::Json),
        "csv" => Ok(WrittenReport::Csv),
        other => Err(format!("`{other}` is no format; use table, json or csv")),
    }
}

impl ReportCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let zone = at::zone(self.zone.as_deref())?.unwrap_or_else(Zone::utc);
        let today = || zone.local_at(SystemClock.now_seconds()).date();
        let query = ReportQuery {
            period: Period::containing(self.period, self.at.unwrap_or_else(today)),
            zone,
            definitions: self.definitions,
            ids: None,
        };
        let Some(span) = query.span() else {
            return Err(CliError::Usage(format!("--at: the clock of {zone} skips this day")));
        };
        let sources = self.sources.read().map_err(CliError::Usage)?;
        let pool = global.connect_current()?;
        let measured = match sources.is_empty() {
            true => None,
            false => Some(self.measure(
                pool.pool(),
                &PrometheusClient::new(sources, self.sources.limits()),
                span,
            )?),
        };
        let mut conn = pool.pool().get()?;
        let now = SystemClock.now_seconds();
        let read = dialect::read_snapshot(&mut conn, QUERY_LIMIT, |conn| self.read(conn, query, (span, now)))?;
        let ReadReport {
            report,
            closings,
            closed_lines,
        } = read;
        drop(conn);
        drop(pool);
        if self.closed {
            return self.print_closed(&report, &closings, closed_lines.as_deref());
        }
        if self.at.is_none() && self.format != WrittenReport::Table {
            super::print_note(&self.head(&report));
        }
        report.notes.iter().for_each(|note| super::print_note(note));
        let rows = report.matching(&self.matches);
        if rows.is_empty() {
            self.note_unmatched(&report);
        }
        self.print(&report, &rows, &closings)?;
        measured.as_ref().map_or(Ok(()), measure::report)
    }

    /// Says which report it is; one for which no date was given, that it is not over.
    fn head(&self, report: &Report) -> String {
        let head = format!("{}, {}", title(&report.period), report.zone);
        match self.at {
            Some(_) => head,
            None => format!("{head}: the current {} so far", kind_name(report.period.kind())),
        }
    }

    /// Prints why a report has no rows.
    fn note_unmatched(&self, report: &Report) {
        let all = report.matching(&[]);
        if all.is_empty() {
            super::print_note("there is no component in this report");
            return;
        }
        let known: Vec<_> = all.iter().map(|row| (row.name.as_str(), &*row.labels)).collect();
        for selector in &self.matches {
            super::print_note(&unmatched::words("component", selector, &known));
        }
    }

    /// Reads the report and what closed reports say about it.
    fn read(&self, conn: &mut Conn, mut query: ReportQuery, (span, now): (Span, i64)) -> Result<ReadReport, CliError> {
        let mut scope = self.scope();
        if let Some(name) = &self.component {
            let names = ObjectNames::new("component", component::store::names(conn)?);
            let id = names.find(name)?;
            query.ids = Some(BTreeSet::from([id]));
            scope = Some(ReportScope {
                component: Some((id, name.clone())),
                ..ReportScope::default()
            });
        }
        let report = Report::read(conn, &query, span, now)?;
        let rows = report.matching(&self.matches);
        let closings = Closings::read(conn, &ClosedCache::default(), &query, scope.as_ref(), &rows)?;
        let closed_lines = match closings.same().filter(|_| self.closed) {
            Some(closing) => store::figures(conn, closing.closed.id)?.map(|(_, lines)| lines),
            None => None,
        };
        Ok(ReadReport {
            report,
            closings,
            closed_lines,
        })
    }

    /// Measures what of a period was not measured yet.
    fn measure(&self, pool: &Pool, client: &PrometheusClient, span: Span) -> Result<RunOutcome, CliError> {
        let names = match &self.component {
            Some(name) => Some((name, component::store::names(&mut *pool.get()?)?)),
            None => None,
        };
        let id = names.map(|(name, names)| ObjectNames::new("component", names).find(name));
        let scope = RunScope {
            range: DueRange::Touching(span.start, span.end, SystemClock.now_seconds() - MEASURED_AFTER),
            components: id.transpose()?.map(|id| BTreeSet::from([id])),
            source: None,
            again: false,
        };
        let outcome = measure::measure(pool, client, self.definitions, &scope)?;
        super::print_note(&measure::measured_words(&outcome));
        Ok(outcome)
    }

    /// Returns the scope of a report of all components or of one selector.
    fn scope(&self) -> Option<ReportScope> {
        let selector = match &self.matches[..] {
            [] => String::new(),
            [selector] => selector.to_string(),
            _ => return None,
        };
        Some(ReportScope {
            component: None,
            selector,
        })
    }

    fn print(&self, report: &Report, rows: &[&ReportRow], closings: &Closings) -> CommandResult {
        let groups = self.group.as_ref().map(|label| groups(rows, label));
        let mut lines = output::lines(rows, groups.as_deref());
        closings.mark(&mut lines, rows, true);
        let total = Figures::of_group(&ReportGroup::of(None, rows));
        self.write(report, &lines, (rows.len() > 1).then_some(&total))?;
        closings.included.iter().for_each(print_closing);
        gaps::notes(rows, SystemClock.now_seconds())
            .iter()
            .for_each(|note| super::print_note(note));
        Ok(())
    }
}

impl ReportCommand {
    /// Prints the figures that were closed; JSON byte by byte as their digest was made of them.
    fn print_closed(&self, report: &Report, closings: &Closings, stored: Option<&str>) -> CommandResult {
        let (Some(closing), Some(stored)) = (closings.same(), stored) else {
            let what = "a report of this period, zone, definitions and components";
            return Err(CliError::Refused(format!(
                "{what} was not closed; without --closed its figures of now are printed"
            )));
        };
        if let Some(reason) = &closing.fault {
            return Err(CliError::Refused(format!(
                "the closed figures cannot be read: {reason}"
            )));
        }
        if self.format == WrittenReport::Json {
            let mut out = std::io::stdout().lock();
            out.write_all(stored.as_bytes())?;
            out.flush()?;
        } else {
            let closed = closing.figures();
            // Lines that were closed before there was the key do not say it.
            let deleted = report.rows.iter().filter(|row| !row.is_there);
            let deleted: BTreeSet<i64> = deleted.map(|row| row.id).collect();
            let lines = closed.lines.iter().map(|(id, line)| ReportLine {
                kind: "component",
                id: *id,
                name: Some(line.name.clone()),
                is_deleted: line.is_deleted || deleted.contains(id),
                figures: line.figures.clone(),
                closed: None,
            });
            let lines: Vec<ReportLine> = lines.collect();
            let total = Figures::sum(lines.iter().map(|line| &line.figures));
            self.write(report, &lines, (lines.len() > 1).then_some(&total))?;
        }
        print_closing(closing);
        Ok(())
    }

    /// Writes lines to standard output; `total` is the last row of a table.
    fn write(&self, report: &Report, lines: &[ReportLine], total: Option<&Figures>) -> CommandResult {
        let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        match self.format {
            WrittenReport::Json => {
                for line in lines {
                    writeln!(out, "{}", output::json(line, report.span))?;
                }
            }
            WrittenReport::Csv => out.write_all(&output::csv(lines, report.span))?,
            WrittenReport::Table => {
                writeln!(out, "{}", self.head(report))?;
                table::write(&mut out, self.group.as_deref(), lines, total)?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

/// The most components whose changed figures are printed; JSON and CSV have all.
const CHANGES_MAX: usize = 100;

/// Says when a report was closed, and what has changed since.
fn print_closing(closing: &ReportClosing) {
    let closed = &closing.closed;
    let of = match closing.is_same {
        true => String::new(),
        false => format!(" with the report of {}", closed.scope_words()),
    };
    let changed = match (&closing.fault, closing.changes.len()) {
        (Some(reason), _) => format!("its figures cannot be read: {reason}"),
        (None, 0) => "the figures are those of then".to_owned(),
        (None, count) => format!("figures of {count} of its components differ now"),
    };
    super::print_note(&format!(
        "closed at {} by {}{of}: {changed}",
        closed.instant_text(),
        closed.closed_by
    ));
    for change in closing.changes.iter().take(CHANGES_MAX) {
        super::print_note(&format!("`{}`: {}", change.name, change.words()));
    }
    if let Some(more) = closing.changes.len().checked_sub(CHANGES_MAX).filter(|more| *more > 0) {
        super::print_note(&format!("and {more} more, which --format json and csv have"));
    }
}
