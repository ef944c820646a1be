//! `showmigrations`: lists the migrations and which of them the database has.

use std::io::Write;

use super::{CommandResult, GlobalOptions};
use crate::db::connection;
use crate::db::migrate;
use crate::db::url::DatabaseUrl;

/// List the migrations, and which of them are applied
#[derive(clap::Args)]
#[command(after_help = "Example:\n  sla-monitor showmigrations --database-url postgres://sla@localhost/sla")]
pub(super) struct ShowMigrationsCommand {}

impl ShowMigrationsCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        // Looking at a file that is not there must not make it.
        let url = match global.database()? {
            DatabaseUrl::SqliteFile(path) if !path.exists() => DatabaseUrl::SqliteMemory,
            url => url,
        };
        let mut conn = connection::open(&url)?;
        let mut out = std::io::stdout().lock();
        for migration in migrate::status(&mut conn)? {
            writeln!(
                out,
                "[{}] {}",
                if migration.applied { 'X' } else { ' ' },
                migration.name
            )?;
        }
        for version in migrate::newer(&mut conn)? {
            writeln!(out, "[X] {version} of a newer version, which this one can work beside")?;
        }
        Ok(())
    }
}
