//! `apply`: makes the database say what a file says, in one transaction.

mod impact;

use std::io::Write;
use std::sync::Arc;

use chrono::NaiveDateTime;
use clap::builder::BoolishValueParser;

use self::impact::ImpactFormat;
use super::input::InputText;
use super::progress::Progress;
use super::remote::{RemoteOptions, RemoteServer};
use super::wait_note::WaitNote;
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT, input};
use crate::api::answers::{ApplyReport, PlannedAction};
use crate::api::refusal::ApiRefusal;
use crate::api::requests::{ApplyWish, FileText};
use crate::apps::sla::declarative::applying;
use crate::apps::sla::declarative::document::read::FileDocument;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::audit;
use crate::auth::Actor;
use crate::clock::{Clock, SystemClock};
use crate::db::{self, Conn, generation};

/// Change the database to match a YAML or JSON file
#[derive(clap::Args)]
#[command(
    after_help = "Objects are created or updated by name. A key that is missing in the file leaves its property unchanged; an explicit value, [] or null sets it.\n\
    Everything is checked before anything is written, and written in one transaction.\n\n\
    Examples:\n  sla-monitor apply services.yaml\n  sla-monitor apply --dry-run --prune services.yaml\n  sla-monitor apply --dry-run --impact 90d services.yaml\n  sla-monitor export | sla-monitor apply -"
)]
pub(super) struct ApplyCommand {
    /// The file; - is standard input
    file: String,

    /// Print what would change and change nothing
    #[arg(long, env = "SLA_MONITOR_DRY_RUN", value_parser = BoolishValueParser::new())]
    dry_run: bool,

    /// Also delete what the file does not name
    #[arg(long, env = "SLA_MONITOR_PRUNE", value_parser = BoolishValueParser::new())]
    prune: bool,

    /// With --dry-run: also print whose hours would change from now on within this many days, such as 90d, and by how much
    #[arg(long, env = "SLA_MONITOR_IMPACT", value_name = "DAYS", value_parser = applying::days, requires = "dry_run")]
    impact: Option<i64>,

    /// What --impact prints: table (for people) or json (a line for each component)
    #[arg(long, env = "SLA_MONITOR_FORMAT", default_value = "table", value_name = "FORMAT", value_parser = impact::format)]
    format: ImpactFormat,

    #[command(flatten)]
    remote: RemoteOptions,
}

impl ApplyCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let input = input::read(&self.file)?;
        let wish = ApplyWish {
            dry_run: self.dry_run,
            prune: self.prune,
            impact: self.impact,
        };
        let report = match self.remote.server(global)? {
            Some(server) => ask(&server, &input, &wish)?,
            None => of_database(global, &input, &wish)?,
        };
        self.print(&report)
    }

    fn print(&self, report: &ApplyReport) -> CommandResult {
        print_changes(report)?;
        let ApplyReport {
            added,
            changed,
            deleted,
            ..
        } = report;
        let would = if report.dry_run { "would be " } else { "" };
        writeln!(
            std::io::stdout().lock(),
            "{added} {would}added, {changed} {would}changed, {deleted} {would}deleted"
        )?;
        match &report.impact {
            Some(impact) => impact::print(impact, self.format),
            None => Ok(()),
        }
    }
}

/// Has a server carry it out.
fn ask(server: &RemoteServer, input: &InputText, wish: &ApplyWish) -> Result<ApplyReport, CliError> {
    server.apply(input, wish).map_err(with_way_out)
}

/// Carries it out on the database.
fn of_database(global: &GlobalOptions, input: &InputText, wish: &ApplyWish) -> Result<ApplyReport, CliError> {
    let refused = |refusal| refused(&input.name, refusal);
    let document = read(&input.text, wish.prune).map_err(refused)?;
    let pool = global.connect_current()?;
    let mut conn = pool.pool().get()?;
    let call = generation::call_of(&mut conn);
    let _waiting = call.map(|call| WaitNote::watch(call, Arc::clone(pool.pool().hosts())));
    if wish.dry_run {
        let now = SystemClock.now_seconds();
        return applying::dry_run(&mut conn, &document, wish, (now, QUERY_LIMIT), &|_| Ok(())).map_err(refused);
    }
    let written = write(&mut conn, &document, wish.prune, SystemClock.now());
    written.map_err(refused).map_err(with_way_out)
}

fn read(text: &str, prune: bool) -> Result<FileDocument, ApiRefusal> {
    applying::document(FileText { text, is_json: false }, prune)
}

/// Returns the error of a refusal of the file `name`.
fn refused(name: &str, refusal: ApiRefusal) -> CliError {
    match refusal {
        ApiRefusal::Malformed(fault) | ApiRefusal::File(fault) => CliError::Refused(format!("{name}:{fault}")),
        ApiRefusal::Audit(error) => CliError::Audit(error),
        ApiRefusal::Database(error) => CliError::Database(error),
        other => CliError::Refused(other.to_string()),
    }
}

/// Says how to find out what became of a write of which nothing is known.
fn with_way_out(error: CliError) -> CliError {
    match error {
        CliError::Audit(audit::Error::Database(db::Error::OutcomeUnknown(reason)))
        | CliError::Database(db::Error::OutcomeUnknown(reason)) => {
            let reason = format!("{reason}; `sla-monitor apply --dry-run` says whether anything is left to be written");
            db::Error::OutcomeUnknown(reason).into()
        }
        error => error,
    }
}

/// Prints a line for each object that would change, and one below it for each property.
fn print_changes(report: &ApplyReport) -> CommandResult {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for change in report.changes.iter().flatten() {
        let sign = match change.action {
            PlannedAction::Add => '+',
            PlannedAction::Change => '~',
            PlannedAction::Delete => '-',
        };
        writeln!(out, "{sign} {} {}", change.kind, change.name)?;
        for line in &change.properties {
            writeln!(out, "    {line}")?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Compares and writes in one transaction, so that nothing can come in between.
fn write(conn: &mut Conn, document: &FileDocument, prune: bool, now: NaiveDateTime) -> Result<ApplyReport, ApiRefusal> {
    let mut progress = None;
    let mut report = |done, count| {
        let progress = progress.get_or_insert_with(|| Progress::new(count));
        progress.report(done);
    };
    let by = (&Actor::Command("apply"), now);
    let written = applying::write(conn, by, (document, prune), None, &|_| Ok(()), &mut report)?;
    Ok(written.report)
}

/// What became of data for an empty database.
pub(super) enum DemoLoad {
    /// It was written; this many components.
    Applied(usize),
    /// The database was not empty and stays as it is.
    Kept,
}

/// Applies `text` if the database has nothing yet.
pub(super) fn load_if_empty(conn: &mut Conn, name: &str, text: &str, now: NaiveDateTime) -> Result<DemoLoad, CliError> {
    if !Inventory::load(conn)?.is_empty() {
        return Ok(DemoLoad::Kept);
    }
    Ok(DemoLoad::Applied(load(conn, name, text, now)?))
}

/// Applies `text`, and returns how many components it changes.
pub(super) fn load(conn: &mut Conn, name: &str, text: &str, now: NaiveDateTime) -> Result<usize, CliError> {
    let refused = |refusal| refused(name, refusal);
    let document = read(text, false).map_err(refused)?;
    let components = document.drafts.components.len();
    write(conn, &document, false, now).map_err(refused)?;
    Ok(components)
}
