//! `unlock`: ends the waiting of a user after failed logins.

use std::io::Write;

use super::{CliError, CommandResult, GlobalOptions};
use crate::apps::accounts::user;
use crate::auth::throttle;

/// Unblock a user after failed logins
#[derive(clap::Args)]
#[command(
    after_help = "Forgets the failed logins and wrong old passwords of the user, from all addresses. An address that failed for many users \
    stays blocked for its quarter of an hour.\n\nExample:\n  sla-monitor unlock ada"
)]
pub(super) struct UnlockCommand {
    /// The user name
    username: String,
}

impl UnlockCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let id = user::store::id_of(&mut conn, &self.username)?;
        let id = id.ok_or_else(|| CliError::Refused(format!("there is no user “{}”", self.username)))?;
        let name = user::store::get(&mut conn, id)?.state.username;
        let mut out = std::io::stdout().lock();
        match throttle::unlock(&mut conn, &name)? {
            0 => writeln!(out, "{name} has no failed logins")?,
            _ => writeln!(out, "{name} may log in again")?,
        }
        Ok(())
    }
}
