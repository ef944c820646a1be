//! `changepassword`: another password for a user who forgot theirs.

use std::io::Write;

use super::terminal::Terminal;
use super::{CliError, CommandResult, GlobalOptions};
use crate::app;
use crate::apps::accounts::{self, AccountChange, NewPassword, user};
use crate::audit;
use crate::auth::Actor;
use crate::clock::{Clock, SystemClock};
use crate::config::PasswordOptions;
use crate::db::Conn;

/// Set a user's password, prompted for at the terminal
#[derive(clap::Args)]
#[command(after_help = "All sessions of the user end.\n\nExample:\n  sla-monitor changepassword ada")]
pub(super) struct ChangePasswordCommand {
    /// The user name
    username: String,

    #[command(flatten)]
    passwords: PasswordOptions,
}

impl ChangePasswordCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        app::sign_in::install(&self.passwords, None)?;
        let pool = global.connect_current()?;
        let id = self.find(&mut *pool.pool().get()?)?;
        let terminal = Terminal::or_lines();
        // The connection goes back meanwhile: people take their time.
        let stored = user::store::get(&mut *pool.pool().get()?, id)?;
        let password = terminal.ask_new_password(&stored.state)?;
        let actor = Actor::Command("changepassword");
        audit::transaction(&mut *pool.pool().get()?, &actor, SystemClock.now(), |tx| {
            let change = AccountChange::SetPassword {
                user: user::store::get(tx.reader(), id)?,
                password: NewPassword::to_keep(password),
            };
            accounts::apply(tx, &change)
        })?;
        writeln!(
            std::io::stdout().lock(),
            "password of {} changed",
            stored.state.username
        )?;
        Ok(())
    }

    fn find(&self, conn: &mut Conn) -> Result<i64, CliError> {
        let id = user::store::id_of(conn, &self.username)?;
        id.ok_or_else(|| CliError::Refused(format!("there is no user “{}”", self.username)))
    }
}
