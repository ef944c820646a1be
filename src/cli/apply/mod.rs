//! `apply`: makes the database say what a file says, in one transaction.

mod impact;

use std::io::Write;
use std::sync::Arc;

use chrono::NaiveDateTime;
use clap::builder::BoolishValueParser;

use self::impact::ImpactFormat;
use super::progress::Progress;
use super::wait_note::WaitNote;
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT, input};
use crate::apps::sla::declarative::change::ChangeCounts;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::document::read;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::declarative::plan;
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::{self};
use crate::audit;
use crate::auth::Actor;
use crate::clock::{Clock, SystemClock};
use crate::db::{self, Conn, dialect, generation};

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
    #[arg(long, env = "SLA_MONITOR_IMPACT", value_name = "DAYS", value_parser = impact::days, requires = "dry_run")]
    impact: Option<i64>,

    /// What --impact prints: table (for people) or json (a line for each component)
    #[arg(long, env = "SLA_MONITOR_FORMAT", default_value = "table", value_name = "FORMAT", value_parser = impact::format)]
    format: ImpactFormat,
}

impl ApplyCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let input = input::read(&self.file)?;
        let document =
            read::document(&input.text).map_err(|error| CliError::Refused(format!("{}:{error}", input.name)))?;
        // What made the file may have failed; its silence must not delete everything.
        if self.prune && input.text.trim().is_empty() {
            return Err(CliError::Refused(format!(
                "{}: the file is empty, and --prune would delete everything; write `{{}}` into it if that is meant",
                input.name
            )));
        }
        if self.prune && document.is_list {
            return Err(CliError::Refused(format!(
                "{}: the file is a list of objects of one kind, and --prune would delete all of the others; leave --prune out, or \
                 write a file with all kinds, as `export` does",
                input.name
            )));
        }
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let call = generation::call_of(&mut conn);
        let _waiting = call.map(|call| WaitNote::watch(call, Arc::clone(pool.pool().hosts())));
        let mut hours = None;
        let plan = if self.dry_run {
            let inventory = dialect::read_snapshot(&mut conn, QUERY_LIMIT, Inventory::load)?;
            let plan = planned(&input.name, &inventory, &document, self.prune)?;
            print_differences(&plan)?;
            hours = self.impact.map(|days| (days, StoredHours::from(&inventory)));
            plan
        } else {
            apply(&mut conn, &input.name, &document, self.prune, SystemClock.now()).map_err(with_way_out)?
        };
        let ChangeCounts {
            added,
            changed,
            deleted,
        } = plan.counts();
        let would = if self.dry_run { "would be " } else { "" };
        writeln!(
            std::io::stdout().lock(),
            "{added} {would}added, {changed} {would}changed, {deleted} {would}deleted"
        )?;
        match hours {
            Some((days, hours)) => impact::print(&hours, &plan, SystemClock.now_seconds(), days, self.format),
            None => Ok(()),
        }
    }
}

/// Says how to find out what became of a write of which nothing is known.
fn with_way_out(error: CliError) -> CliError {
    match error {
        CliError::Audit(audit::Error::Database(db::Error::OutcomeUnknown(reason))) => {
            let reason = format!("{reason}; `sla-monitor apply --dry-run` says whether anything is left to be written");
            db::Error::OutcomeUnknown(reason).into()
        }
        error => error,
    }
}

/// Returns each object and property that would change.
fn print_differences(plan: &ChangePlan) -> CommandResult {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    write!(out, "{plan}")?;
    out.flush()?;
    Ok(())
}

fn planned(
    name: &str,
    inventory: &Inventory,
    document: &read::FileDocument,
    prune: bool,
) -> Result<ChangePlan, CliError> {
    plan::plan(inventory, document, prune).map_err(|error| CliError::Refused(format!("{name}:{error}")))
}

/// Compares and writes in one transaction, so that nothing can come in between.
fn apply(
    conn: &mut Conn,
    name: &str,
    document: &read::FileDocument,
    prune: bool,
    now: NaiveDateTime,
) -> Result<ChangePlan, CliError> {
    audit::transaction(conn, &Actor::Command("apply"), now, |tx| {
        let inventory = Inventory::load(tx.reader())?;
        let plan = planned(name, &inventory, document, prune)?;
        let mut progress = Progress::new(plan.len());
        sla::declarative::apply::execute(tx, inventory.keys(), &plan, &mut |done| {
            progress.report(done);
        })?;
        Ok(plan)
    })
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
    let document = read::document(text).map_err(|error| CliError::Refused(format!("{name}:{error}")))?;
    let plan = apply(conn, name, &document, false, now)?;
    Ok(plan.components.len())
}
