//! `man`: the manual pages of the program and of each command.

use std::path::PathBuf;

use clap::CommandFactory;

use super::no_database::NoDatabase;
use super::{Cli, CliError, CommandResult, print_note};

/// Write the manual pages to a folder
#[derive(clap::Args)]
#[command(
    after_help = "Writes sla-monitor.1 and a page for each command, in place of those that are there. Look at one with man -l.\n\n\
    Example:\n  sla-monitor man ./man1"
)]
pub(super) struct ManCommand {
    #[command(flatten)]
    _no_database: NoDatabase,

    /// The folder, which is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl ManCommand {
    pub(super) fn run(&self) -> CommandResult {
        let refused = |error: std::io::Error| {
            CliError::Refused(format!(
                "the manual pages cannot be written to {}: {error}",
                self.folder.display()
            ))
        };
        std::fs::create_dir_all(&self.folder).map_err(refused)?;
        clap_mangen::generate_to(Cli::command(), &self.folder).map_err(refused)?;
        print_note(&format!("manual pages written to {}", self.folder.display()));
        Ok(())
    }
}
