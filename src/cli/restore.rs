//! `restore`: puts a backup in the place of a SQLite database.

use std::io::Write;
use std::path::PathBuf;

use super::{CliError, CommandResult, GlobalOptions};
use crate::clock::{Clock, SystemClock};
use crate::db::backup;
use crate::db::url::DatabaseUrl;

/// Replace the SQLite database with a backup
#[derive(clap::Args)]
#[command(
    after_help = "Stop the server first: a database that is open in any process is not replaced. FILE is verified before anything is changed, and what was \
    there is kept beside the database. For PostgreSQL it prints how to use pg_restore.\n\n\
    Example:\n  sla-monitor restore backup.sqlite3"
)]
pub(super) struct RestoreCommand {
    /// A file made by `backup`; it is not changed
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl RestoreCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let url = global.database()?;
        let path = match &url {
            DatabaseUrl::SqliteFile(path) => path,
            DatabaseUrl::SqliteMemory => {
                return Err(CliError::Refused("a database in memory cannot be restored".to_owned()));
            }
            DatabaseUrl::Postgres(_) => {
                return Err(CliError::Refused(format!(
                    "PostgreSQL has its own tool for this; stop the servers, then run: \
                     pg_restore --clean --if-exists --single-transaction --dbname=\"{url}\" {}",
                    self.file.display()
                )));
            }
        };
        let suffix = SystemClock
            .now()
            .format(".before-restore-%Y%m%dT%H%M%S%3fZ")
            .to_string();
        let restored = backup::restore(&self.file, path, &suffix)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{} restored to {}", self.file.display(), path.display())?;
        if let Some(kept) = &restored.kept {
            writeln!(out, "the former database is kept as {}", kept.display())?;
        }
        if restored.pending > 0 {
            writeln!(
                out,
                "{} migrations are pending; `sla-monitor migrate` applies them",
                restored.pending
            )?;
        }
        Ok(())
    }
}
