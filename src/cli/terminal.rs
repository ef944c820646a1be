//! Questions at a terminal. Questions go to standard error, answers come from standard input; a password is never an argument
//! of the process, where every user of the machine could read it.

use std::io::{BufRead, IsTerminal, Write};

use super::{CliError, print_note};
use crate::apps::accounts::rules;
use crate::apps::accounts::user::model::UserState;
use crate::auth::password::{self, PasswordHash};

/// How often a password may be typed wrongly.
const ATTEMPTS_MAX: usize = 3;

/// A user at a terminal, or answers that were written down before.
pub(super) struct Terminal {
    /// Whether what is typed would show.
    echoes: bool,
}

impl Terminal {
    /// Returns the terminal that the command was started from.
    pub(super) fn open(way_out: &str) -> Result<Self, CliError> {
        if std::io::stdin().is_terminal() {
            return Ok(Self { echoes: true });
        }
        Err(CliError::Refused(format!(
            "standard input is no terminal to ask at; {way_out}"
        )))
    }

    /// Returns the terminal, or without one the lines of standard input: a script has no other way to change a password.
    pub(super) fn or_lines() -> Self {
        Self {
            echoes: std::io::stdin().is_terminal(),
        }
    }

    /// Asks for a line.
    pub(super) fn ask(&self, question: &str) -> Result<String, CliError> {
        Ok(self.line(question)?.trim().to_owned())
    }

    /// Asks twice for a new password that may be `user`'s, up to three times, and returns its hash.
    pub(super) fn ask_new_password(&self, user: &UserState) -> Result<PasswordHash, CliError> {
        for _ in 0..ATTEMPTS_MAX {
            let password = self.ask_hidden("Password: ")?;
            let complaints = rules::password(&password, user);
            if !complaints.is_empty() {
                complaints.iter().for_each(|complaint| print_note(complaint));
            } else if self.ask_hidden("Password (again): ")? != password {
                print_note("The two passwords differ.");
            } else {
                return Ok(password::hash(&password));
            }
        }
        Err(CliError::Refused(format!(
            "no password after {ATTEMPTS_MAX} attempts; nothing was changed"
        )))
    }

    /// Asks for a line that does not show. The echo goes before the question comes, so that nothing typed in answer to it can show.
    fn ask_hidden(&self, question: &str) -> Result<String, CliError> {
        let echo = if self.echoes { Some(echo::Off::switch()?) } else { None };
        let answer = self.line(question);
        drop(echo);
        print_note("");
        answer
    }

    fn line(&self, question: &str) -> Result<String, CliError> {
        let mut err = std::io::stderr().lock();
        write!(err, "{question}").and_then(|()| err.flush())?;
        drop(err);
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        match read {
            Ok(0) => Err(CliError::Refused(
                "the answer is missing; nothing was changed".to_owned(),
            )),
            Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(CliError::Refused(format!("the answer cannot be read: {error}"))),
        }
    }
}

#[cfg(unix)]
mod echo {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    use super::CliError;

    /// While this lives, the terminal does not show what is typed.
    pub(super) struct Off(Termios);

    impl Off {
        pub(super) fn switch() -> Result<Self, CliError> {
            let refused = |error| CliError::Refused(format!("the terminal cannot hide what is typed: {error}"));
            let before = tcgetattr(std::io::stdin()).map_err(refused)?;
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            tcsetattr(std::io::stdin(), OptionalActions::Now, &hidden).map_err(refused)?;
            Ok(Self(before))
        }
    }

    impl Drop for Off {
        fn drop(&mut self) {
            // A terminal that went away has nothing to be put back.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
        }
    }
}

#[cfg(not(unix))]
mod echo {
    use super::{CliError, print_note};

    /// Never made: there is no way here to hide what is typed.
    pub(super) struct Off;

    impl Off {
        pub(super) fn switch() -> Result<Self, CliError> {
            Err(CliError::Refused(
                "passwords cannot be typed on this system; use createsuperuser --noinput".to_owned(),
            ))
        }
    }
}
