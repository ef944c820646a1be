//! `createsuperuser`: a user with every permission, who adds the others in the admin.

use std::io::Write;

use clap::builder::BoolishValueParser;

use super::terminal::Terminal;
use super::{CliError, CommandResult, GlobalOptions, print_note};
use crate::app;
use crate::apps::accounts::user::model::UserState;
use crate::apps::accounts::{self, AccountChange, NewPassword, Refusal, rules, user};
use crate::audit;
use crate::auth::Actor;
use crate::auth::password::{self, PasswordHash, rules as password_rules};
use crate::clock::{Clock, SystemClock};
use crate::config::PasswordOptions;
use crate::db::Conn;

/// Names the password for `--noinput`. No option: arguments can be read by every user of the machine.
const PASSWORD_VARIABLE: &str = "SLA_MONITOR_SUPERUSER_PASSWORD";

/// Add a user with every permission
#[derive(clap::Args)]
#[command(
    after_help = "Prompts at the terminal for what is not given. With --noinput the password comes from the variable SLA_MONITOR_SUPERUSER_PASSWORD.\n\n\
    Examples:\n  sla-monitor createsuperuser\n  \
    SLA_MONITOR_SUPERUSER_PASSWORD=… sla-monitor createsuperuser --noinput \\\n    \
    --username ada --email ada@example.org"
)]
pub(super) struct CreateSuperuserCommand {
    /// The user name
    #[arg(long, env = "SLA_MONITOR_USERNAME", value_name = "NAME")]
    username: Option<String>,

    /// The email address; may be empty
    #[arg(long, env = "SLA_MONITOR_EMAIL", value_name = "ADDRESS")]
    email: Option<String>,

    /// No prompts
    #[arg(long, env = "SLA_MONITOR_NOINPUT", value_parser = BoolishValueParser::new())]
    noinput: bool,

    #[command(flatten)]
    passwords: PasswordOptions,
}

impl CreateSuperuserCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        app::sign_in::install(&self.passwords, None)?;
        let (state, password) = if self.noinput {
            self.given()?
        } else {
            self.asked(global)?
        };
        let pool = global.connect_current()?;
        let username = state.username.clone();
        add_superuser(&mut *pool.pool().get()?, "createsuperuser", state, password)?;
        writeln!(std::io::stdout().lock(), "superuser {username} added")?;
        Ok(())
    }

    /// Returns everything from options and variables. What options that were given forbid is refused; any other weakness of a password is
    /// the decision of those who automate this, and is reported.
    fn given(&self) -> Result<(UserState, PasswordHash), CliError> {
        let username = self
            .username
            .as_deref()
            .ok_or_else(|| CliError::Refused("--noinput needs --username".to_owned()))?;
        let password = match std::env::var(PASSWORD_VARIABLE) {
            Ok(password) if !password.is_empty() => password,
            Ok(_) | Err(std::env::VarError::NotPresent) => {
                return Err(CliError::Refused(format!(
                    "--noinput needs the password in {PASSWORD_VARIABLE}"
                )));
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(CliError::Refused(format!("{PASSWORD_VARIABLE} is not UTF-8")));
            }
        };
        if password.chars().count() > password::LENGTH_MAX {
            return Err(CliError::Refused(format!(
                "{PASSWORD_VARIABLE} has more than {} characters",
                password::LENGTH_MAX
            )));
        }
        let too_weak = password_rules::too_weak(&password);
        if let Some(complaint) = too_weak.first().filter(|_| self.passwords.are_given()) {
            return Err(CliError::Refused(format!("{PASSWORD_VARIABLE}: {complaint}")));
        }
        let state = superuser(username, self.email.as_deref().unwrap_or_default());
        for complaint in rules::password(&password, &state) {
            print_note(&format!("warning: {complaint}"));
        }
        Ok((state, password::hash(&password)))
    }

    /// Asks for what is not given; a name that is taken is reported before a password is typed.
    fn asked(&self, global: &GlobalOptions) -> Result<(UserState, PasswordHash), CliError> {
        let terminal = Terminal::open(&format!(
            "use --noinput with --username, --email and {PASSWORD_VARIABLE}"
        ))?;
        let others = {
            let pool = global.connect_current()?;
            user::store::names_but(&mut *pool.pool().get()?, None)?
        };
        let given_or_asked = |given: &Option<String>, question: &str| match given {
            Some(given) => Ok(given.clone()),
            None => terminal.ask(question),
        };
        let username = given_or_asked(&self.username, "Username: ")?;
        let email = given_or_asked(&self.email, "Email address: ")?;
        let state = superuser(&username, &email);
        let errors = rules::user_fields(None, &state, &others);
        if !errors.is_empty() {
            return Err(Refusal::Fields(errors).into());
        }
        let password = terminal.ask_new_password(&state)?;
        Ok((state, password))
    }
}

/// Adds a superuser on behalf of `command`.
pub(super) fn add_superuser(
    conn: &mut Conn,
    command: &'static str,
    state: UserState,
    password: PasswordHash,
) -> CommandResult {
    let change = AccountChange::AddUser {
        state,
        password: NewPassword::to_keep(password),
    };
    audit::transaction(conn, &Actor::Command(command), SystemClock.now(), |tx| {
        accounts::apply(tx, &change)
    })?;
    Ok(())
}

/// Returns an active user with access to the admin and every permission.
pub(super) fn superuser(username: &str, email: &str) -> UserState {
    UserState {
        email: email.to_owned(),
        is_staff: true,
        is_superuser: true,
        ..UserState::new(username)
    }
}
