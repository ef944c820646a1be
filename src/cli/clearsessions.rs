//! `clearsessions`: deletes what signing in left behind.

use std::io::Write;

use super::{GlobalOptions, Outcome};
use crate::auth::{pending, session, throttle};
use crate::clock::{Clock, SystemClock};

/// Delete expired sessions, old failures to sign in, and forgotten imports
#[derive(clap::Args)]
#[command(
    after_help = "Nothing depends on it but the size of the database; once a day is enough.\n\nExample:\n  sla-monitor clearsessions"
)]
pub(super) struct ClearSessions {}

impl ClearSessions {
    pub(super) fn run(&self, global: &GlobalOptions) -> Outcome {
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let now = SystemClock.now();
        let sessions = session::clear_expired(&mut conn, now)?;
        let failures = throttle::clear_old(&mut conn, now)?;
        let imports = pending::clear_expired(&mut conn, now)?;
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{sessions} expired sessions and {failures} old failures to sign in deleted"
        )?;
        if imports > 0 {
            writeln!(out, "{imports} imports that nobody confirmed deleted")?;
        }
        Ok(())
    }
}
