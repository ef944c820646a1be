//! `demo`: a database with believable data, served at once.

use super::apply::{self, Loaded};
use super::{GlobalOptions, Outcome, serve, tell};
use crate::app;
use crate::clock::{Clock, SystemClock};
use crate::config::ServeOptions;
use crate::db::migrate::{self, Target};
use crate::db::pool::Pool;
use crate::db::url::DatabaseUrl;

/// The demo's data.
const DATA: &str = include_str!("../demo.yaml");

/// Load a demo into ./sla-monitor-demo.sqlite3 and serve it
#[derive(clap::Args)]
#[command(
    after_help = "The demo goes into --database-url (or SLA_MONITOR_DATABASE_URL) if that is given; DATABASE_URL is left alone.\n\
    A database that has components already is served as it is.\n\nExample:\n  sla-monitor demo --bind 127.0.0.1:8000"
)]
pub(super) struct Demo {
    #[command(flatten)]
    options: ServeOptions,
}

impl Demo {
    pub(super) fn run(&self, global: &GlobalOptions) -> Outcome {
        let url = global
            .given_database()?
            .unwrap_or_else(|| DatabaseUrl::SqliteFile("./sla-monitor-demo.sqlite3".into()));
        let pool = Pool::connect(&url, self.options.pool_size)?;
        let migrations = {
            let mut conn = pool.pool().get()?;
            migrate::migrate(&mut conn, &Target::Latest)?;
            migrate::ensure_current(&mut conn)?
        };
        let loaded = apply::load_if_empty(&mut *pool.pool().get()?, "demo.yaml", DATA, SystemClock.now())?;
        match loaded {
            Loaded::Applied(components) => tell(&format!("loaded {components} components into {url}")),
            Loaded::Kept => tell(&format!("{url} has components already; they are served as they are")),
        }
        app::serve(&self.options, &pool, &migrations, serve::announce)?;
        Ok(())
    }
}
