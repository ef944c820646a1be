//! `serve`: runs the web application.

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::builder::BoolishValueParser;

use super::{CliError, CommandResult, GlobalOptions};
use crate::app::signals::{Hangup, Signals};
use crate::app::{self, Start};
use crate::config::ServeOptions;
use crate::db::migrate::MigrationsDone;
use crate::db::pool::{LivePool, Pool};

/// How long the start waits before it tries again to open the database.
const WAIT_STEP: Duration = Duration::from_secs(1);
/// How often the start says that it still waits.
const WAIT_LOG_PERIOD: Duration = Duration::from_secs(10);

/// Run the web application
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  sla-monitor serve --migrate --bind 127.0.0.1:8000 \\\n    \
    --database-url sqlite:/var/lib/sla-monitor/db.sqlite3"
)]
pub(super) struct ServeCommand {
    /// Apply pending migrations first; without it the server refuses to start while any is pending
    #[arg(long, env = "SLA_MONITOR_MIGRATE", value_parser = BoolishValueParser::new())]
    migrate: bool,

    /// How long to wait for the database at startup, seconds; then the server ends with the last error
    #[arg(
        long,
        env = "SLA_MONITOR_WAIT_FOR_DATABASE",
        default_value = "0",
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u32).range(0..=31_536_000)
    )]
    wait_for_database: u32,

    #[command(flatten)]
    options: ServeOptions,
}

impl ServeCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let signals = Signals::install(Hangup::Reloads).map_err(app::AppError::signals)?;
        let (pool, migrations) = self.wait_for_database(global)?;
        let start = Start {
            signals: &signals,
            tzdata: global.tzdata.as_deref(),
        };
        app::serve(&self.options, &pool, &migrations, &start, announce)?;
        Ok(())
    }

    fn open(&self, global: &GlobalOptions) -> Result<(LivePool, MigrationsDone), CliError> {
        let pool = match self.migrate {
            true => Pool::connect(&global.database()?, self.options.pool_size)?,
            false => global.connect_existing(self.options.pool_size)?,
        };
        let migrations = app::prepare(&pool, self.migrate)?;
        Ok((pool, migrations))
    }

    /// Opens the database, again and again for as long as `--wait-for-database` says.
    #[expect(
        clippy::disallowed_methods,
        reason = "nothing reports that a database has begun to answer"
    )]
    fn wait_for_database(&self, global: &GlobalOptions) -> Result<(LivePool, MigrationsDone), CliError> {
        let started = Instant::now();
        let wait = Duration::from_secs(self.wait_for_database.into());
        let mut logged: Option<Instant> = None;
        loop {
            let error = match self.open(global) {
                Err(error) if error.may_pass() && started.elapsed() < wait => error,
                opened => {
                    if logged.is_some() && opened.is_ok() {
                        let seconds = started.elapsed().as_secs();
                        tracing::info!(seconds, "the database was waited for and answers");
                    }
                    return opened;
                }
            };
            let left = wait.saturating_sub(started.elapsed());
            if logged.is_none_or(|logged| logged.elapsed() >= WAIT_LOG_PERIOD) {
                logged = Some(Instant::now());
                tracing::warn!(%error, left_seconds = left.as_secs(), "waiting for the database");
            }
            std::thread::sleep(left.min(WAIT_STEP));
        }
    }
}

/// Prints where the server listens. A closed standard output must not stop it.
pub(super) fn announce(address: SocketAddr) {
    let mut out = std::io::stdout().lock();
    let printed = writeln!(out, "listening on http://{address}/").and_then(|()| out.flush());
    if let Err(error) = printed {
        tracing::warn!(%error, %address, "the address could not be printed");
    }
}
