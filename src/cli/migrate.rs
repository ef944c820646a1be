//! `migrate`: brings the schema up to date, or to any version. Builds no registry and no collector.

use std::io::Write;
use std::sync::Arc;

use clap::builder::BoolishValueParser;

use super::terminal::Terminal;
use super::wait_note::WaitNote;
use super::{CliError, CommandResult, GlobalOptions, print_note};
use crate::db::hosts::Hosts;
use crate::db::migrate::{self, MigrationStep, MigrationTarget};
use crate::db::url::DatabaseUrl;
use crate::db::{Conn, generation};

/// Apply pending migrations, or go to a version
#[derive(clap::Args)]
#[command(
    after_help = "All steps are one transaction: all or none are applied, by one process at a time.\n\n\
    Examples:\n  sla-monitor migrate\n  sla-monitor migrate --check\n  sla-monitor migrate --to zero --plan"
)]
pub(super) struct MigrateCommand {
    /// Print the steps and do nothing
    #[arg(long, env = "SLA_MONITOR_PLAN", value_parser = BoolishValueParser::new())]
    plan: bool,

    /// Exit with 1 if any migration is pending, and do nothing
    #[arg(long, env = "SLA_MONITOR_CHECK", value_parser = BoolishValueParser::new())]
    check: bool,

    /// Go forward or back until this version is the last one applied; `zero` reverts all
    #[arg(long, env = "SLA_MONITOR_TO", value_name = "VERSION")]
    to: Option<String>,

    /// Delete the rows that going back loses, without asking
    #[arg(long, env = "SLA_MONITOR_YES", value_parser = BoolishValueParser::new())]
    yes: bool,
}

impl MigrateCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let url = global.database()?;
        let target = self.to.clone().map_or(MigrationTarget::Latest, MigrationTarget::To);
        let looks_only = self.plan || self.check;
        // Looking at a file that is not there must not make it.
        let looked_at = match &url {
            DatabaseUrl::SqliteFile(path) if looks_only && !path.exists() => DatabaseUrl::SqliteMemory,
            url => url.clone(),
        };
        let hosts = Hosts::new(&looked_at);
        let (mut conn, server) = hosts.open_or_create()?;
        let _waiting = WaitNote::watch(generation::mark_alone(&mut conn, server), Arc::new(hosts));
        let steps = if looks_only {
            migrate::plan(&mut conn, &target)?
        } else {
            self.agree(&mut conn, &target)?;
            migrate::migrate(&mut conn, &target)?
        };
        let mut out = std::io::stdout().lock();
        for step in &steps {
            let (done, name) = match (step, looks_only) {
                (MigrationStep::Apply(name), true) => ("apply", name),
                (MigrationStep::Apply(name), false) => ("applied", name),
                (MigrationStep::Revert(name), true) => ("revert", name),
                (MigrationStep::Revert(name), false) => ("reverted", name),
            };
            writeln!(out, "{done} {name}")?;
        }
        if steps.is_empty() {
            writeln!(out, "nothing to do")?;
        }
        if self.check && !steps.is_empty() {
            return Err(CliError::Refused(format!(
                "{} migrations are pending; `sla-monitor migrate` applies them",
                steps.len()
            )));
        }
        Ok(())
    }

    /// Goes on if going back loses no rows, or if that is agreed to.
    fn agree(&self, conn: &mut Conn, target: &MigrationTarget) -> Result<(), CliError> {
        let goes_back = migrate::plan(conn, target)?
            .iter()
            .any(|step| matches!(step, MigrationStep::Revert(_)));
        if self.yes || !goes_back {
            return Ok(());
        }
        let losses = migrate::losses(conn, target)?;
        if losses.is_empty() {
            return Ok(());
        }
        let losses: Vec<String> = losses
            .iter()
            .map(|loss| format!("{} ({})", loss.table, loss.rows))
            .collect();
        let lost = format!("this deletes rows of the tables {}", losses.join(", "));
        let terminal = Terminal::open("--yes does it without asking")
            .map_err(|error| CliError::Refused(format!("{lost}; {error}; make a backup first")))?;
        print_note(&format!("{lost}. Make a backup first."));
        match terminal.ask("Type yes to delete them: ")?.as_str() {
            "yes" => Ok(()),
            _ => Err(CliError::Refused("nothing was changed".to_owned())),
        }
    }
}
