//! `clearsessions`: deletes what signing in left behind.

use std::io::Write;

use super::{CommandResult, GlobalOptions};
use crate::admin::transfer::pending;
use crate::api::replay;
use crate::auth::{session, throttle};
use crate::clock::{Clock, SystemClock};
use crate::db;

/// Delete expired sessions, login failures, imports and answers of the API
#[derive(clap::Args)]
#[command(
    after_help = "A server does this itself, every ten minutes. It only affects the size of the database.\n\n\
    Example:\n  sla-monitor clearsessions"
)]
pub(super) struct ClearSessionsCommand {}

/// Rows that are deleted at a time.
const PORTION: i64 = 1000;

/// Repeats `portion` until it deletes no full one; returns how many rows all of them had.
fn all(mut portion: impl FnMut() -> db::Result<usize>) -> db::Result<usize> {
    let mut sum = 0;
    loop {
        let count = portion()?;
        sum += count;
        if i64::try_from(count).unwrap_or(PORTION) < PORTION {
            return Ok(sum);
        }
    }
}

impl ClearSessionsCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let now = SystemClock.now();
        let sessions = all(|| session::clear_expired(&mut conn, now, None, PORTION))?;
        let failures = all(|| throttle::clear_old(&mut conn, now, PORTION))?;
        let imports = all(|| pending::clear_expired(&mut conn, now, PORTION))?;
        let answers = all(|| replay::clear_old(&mut conn, now, PORTION))?;
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{sessions} expired sessions and {failures} old failures to sign in deleted"
        )?;
        if imports > 0 {
            writeln!(out, "{imports} unconfirmed imports deleted")?;
        }
        if answers > 0 {
            writeln!(out, "{answers} answers of the API deleted")?;
        }
        Ok(())
    }
}
