//! `serve`: runs the web application.

use std::io::Write;
use std::net::SocketAddr;

use clap::builder::BoolishValueParser;

use super::{GlobalOptions, Outcome};
use crate::app::signals::{Hangup, Signals};
use crate::app::{self, Start};
use crate::config::ServeOptions;
use crate::db::pool::Pool;

/// Run the web application
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  sla-monitor serve --migrate --bind 127.0.0.1:8000 \\\n    \
    --database-url sqlite:/var/lib/sla-monitor/db.sqlite3"
)]
pub(super) struct Serve {
    /// Apply pending migrations first; without it the server refuses to start while any is pending
    #[arg(long, env = "SLA_MONITOR_MIGRATE", value_parser = BoolishValueParser::new())]
    migrate: bool,

    #[command(flatten)]
    options: ServeOptions,
}

impl Serve {
    pub(super) fn run(&self, global: &GlobalOptions) -> Outcome {
        let signals = Signals::install(Hangup::Reloads).map_err(app::Error::signals)?;
        let pool = match self.migrate {
            true => Pool::connect(&global.database()?, self.options.pool_size)?,
            false => global.connect_existing(self.options.pool_size)?,
        };
        let migrations = app::prepare(&pool, self.migrate)?;
        let start = Start {
            signals: &signals,
            tzdata: global.tzdata.as_deref(),
        };
        app::serve(&self.options, &pool, &migrations, &start, announce)?;
        Ok(())
    }
}

/// Prints where the server listens. A closed standard output must not stop it.
pub(super) fn announce(address: SocketAddr) {
    let mut out = std::io::stdout().lock();
    let told = writeln!(out, "listening on http://{address}/").and_then(|()| out.flush());
    if let Err(error) = told {
        tracing::warn!(%error, %address, "the address could not be printed");
    }
}
