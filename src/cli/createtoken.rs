//! `createtoken`: a token by which a program acts for a user.

use std::io::Write;
use std::time::Duration;

use chrono::TimeDelta;

use super::{CliError, CommandResult, GlobalOptions, print_note};
use crate::apps::accounts::token::model::NewToken;
use crate::apps::accounts::{self, AccountChange, user};
use crate::audit;
use crate::auth::Actor;
use crate::auth::token::{self, TokenScope, TokenSecret};
use crate::clock::{Clock, SystemClock};
use crate::config::duration;
use crate::text;

/// Make a token by which a program acts for a user
#[derive(clap::Args)]
#[command(
    after_help = "Prints the token, which is not shown again: only its hash is stored. A token permits what its user may do at the time of its use, \
    within its scopes: read (export, hours, explanations), apply (files), metrics (/metrics). It is sent in the header Authorization: Bearer TOKEN.\n\n\
    Examples:\n  sla-monitor createtoken ada --name ci --scope read --scope apply\n  \
    sla-monitor createtoken ada --name prometheus --scope metrics --expires 365d"
)]
pub(super) struct CreateTokenCommand {
    /// The user name
    username: String,

    /// The name of the token, by which people recognise it
    #[arg(long, env = "SLA_MONITOR_NAME", value_name = "NAME")]
    name: String,

    /// What it may be used for: read, apply, metrics; may be repeated
    #[arg(
        long,
        env = "SLA_MONITOR_SCOPE",
        value_name = "SCOPE",
        value_delimiter = ',',
        required = true
    )]
    scope: Vec<TokenScope>,

    /// How long it is valid, at most 366d: seconds, or a number with m, h or d
    #[arg(long, env = "SLA_MONITOR_EXPIRES", default_value = "90d", value_name = "DURATION", value_parser = duration)]
    expires: Duration,
}

impl CreateTokenCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let now = SystemClock.now();
        let id = user::store::id_of(&mut conn, &self.username)?;
        let id = id.ok_or_else(|| CliError::Refused(format!("there is no user “{}”", self.username)))?;
        let secret = TokenSecret::random();
        let new = NewToken {
            name: text::line(&self.name),
            scopes: self.scope.iter().copied().collect(),
            expires_at: now + TimeDelta::from_std(self.expires).unwrap_or(TimeDelta::MAX),
            hash: secret.hash(),
        };
        let actor = Actor::Command("createtoken");
        let username = audit::transaction(&mut conn, &actor, now, |tx| {
            let user = user::store::get(tx.reader(), id)?;
            let username = user.state.username.clone();
            let token = new.clone();
            accounts::apply(tx, &AccountChange::AddToken { user, token })?;
            Ok::<_, accounts::Refusal>(username)
        })?;
        writeln!(std::io::stdout().lock(), "{}", secret.as_str())?;
        print_note(&format!(
            "{}, valid until {} UTC; it is not shown again",
            token::title(&new.name, &username),
            new.expires_at.format("%Y-%m-%d %H:%M")
        ));
        Ok(())
    }
}
