//! `backup`: writes a checked copy of a SQLite database.

use std::io::Write;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;

use super::{CliError, CommandResult, GlobalOptions};
use crate::db::backup;
use crate::db::url::DatabaseUrl;

/// Write a verified copy of the SQLite database to a file
#[derive(clap::Args)]
#[command(
    after_help = "The server may run meanwhile. The copy is one state of the database, flushed to disk when this ends, and readable by its owner only. For \
    PostgreSQL it prints how to use pg_dump.\n\nExamples:\n  sla-monitor backup backup.sqlite3\n  sla-monitor backup --force backup.sqlite3"
)]
pub(super) struct BackupCommand {
    /// Replace FILE if it exists
    #[arg(long, env = "SLA_MONITOR_FORCE", value_parser = BoolishValueParser::new())]
    force: bool,

    /// Where the copy is written; its folder must have room for it
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl BackupCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let url = global.database()?;
        let path = match &url {
            DatabaseUrl::SqliteFile(path) => path,
            DatabaseUrl::SqliteMemory => {
                return Err(CliError::Refused(
                    "a database in memory has nothing to back up".to_owned(),
                ));
            }
            DatabaseUrl::Postgres(_) => {
                return Err(CliError::Refused(format!(
                    "PostgreSQL has its own tool for this; run: pg_dump --format=custom --file={} \"{url}\"",
                    self.file.display()
                )));
            }
        };
        let pool = global.connect_existing(1)?;
        let mut conn = pool.pool().get()?;
        let length = backup::back_up(&mut conn, path, &self.file, self.force)?;
        writeln!(
            std::io::stdout().lock(),
            "{length} bytes written to {}, checked",
            self.file.display()
        )?;
        Ok(())
    }
}
