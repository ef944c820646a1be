//! The option `--database-url` of commands that open no database.

use super::GLOBAL_OPTIONS;

/// Takes the place of the options of every command that name a database, so that variables which are set for all commands hold for
/// these, too.
#[derive(clap::Args)]
pub(super) struct NoDatabase {
    // Has the identifier of the option of every command, and thereby takes its place in the help.
    /// Accepted as by every command and not used: no database is opened
    #[arg(
        id = "database_url",
        long = "database-url",
        env = "SLA_MONITOR_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        help_heading = GLOBAL_OPTIONS
    )]
    _database_url: Option<String>,
}
