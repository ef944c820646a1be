//! `explain`: why a component is inside or outside of its windows, at any instant.

use std::io::Write as _;

use super::at::{self, InstantArgument};
use super::remote::{RemoteReadOptions, RemoteServer};
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT};
use crate::api::answers::ExplanationAnswer;
use crate::apps::sla::hours::explaining::{ExplainError, ExplainQuestion, unreadable_words};
use crate::clock::{Clock, SystemClock};
use crate::db::dialect;

/// Explain why a component is inside or outside its windows
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  sla-monitor explain payments-api --at 2026-12-25T09:00:00+01:00\n  \
    sla-monitor explain payments-api --at '2026-12-25 09:00' --zone Europe/Berlin\n  \
    sla-monitor explain payments-api --format json"
)]
pub(super) struct ExplainCommand {
    /// The component's name
    component: String,

    /// The instant: RFC 3339, a Unix timestamp, a local time such as 2026-12-25T09:00, or a date [default: now]
    #[arg(long, env = "SLA_MONITOR_AT", value_name = "INSTANT", value_parser = at::parse, allow_negative_numbers = true)]
    at: Option<InstantArgument>,

    /// The zone of a local time or date, such as Europe/Berlin [default: that of the component's windows, if they have only one]
    #[arg(long, env = "SLA_MONITOR_ZONE", value_name = "ZONE")]
    zone: Option<String>,

    /// text (for people) or json (for scripts)
    #[arg(long, env = "SLA_MONITOR_FORMAT", default_value = "text", value_name = "FORMAT", value_parser = format)]
    format: ExplainFormat,

    #[command(flatten)]
    remote: RemoteReadOptions,
}

/// What an explanation is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExplainFormat {
    Text,
    Json,
}

fn format(text: &str) -> Result<ExplainFormat, String> {
    match text {
        "text" => Ok(ExplainFormat::Text),
        "json" => Ok(ExplainFormat::Json),
        other => Err(format!("`{other}` is no format; use text or json")),
    }
}

impl From<ExplainError> for CliError {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Database(error) => Self::Database(error),
            ExplainError::NoSuch(_) => Self::Refused(error.to_string()),
            ExplainError::Zone(reason) => Self::Refused(format!("--zone: {reason}")),
        }
    }
}

impl ExplainCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        // Read here and not with the other arguments, which are read before the zone data in use is known.
        let zone = at::zone(self.zone.as_deref())?;
        if let Some(server) = self.remote.server(global)? {
            return self.ask(&server);
        }
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let question = ExplainQuestion {
            component: &self.component,
            at: self.at,
            zone,
        };
        let explained = dialect::read_snapshot(&mut conn, QUERY_LIMIT, |conn| {
            question.answer(conn, SystemClock.now_seconds())
        })?;
        drop(conn);
        match (self.format, explained.unreadable()) {
            (ExplainFormat::Json, _) => print_answer(explained.for_scripts()),
            (ExplainFormat::Text, Some(reason)) => Err(CliError::Refused(reason)),
            (ExplainFormat::Text, None) => {
                let text = explained.for_people();
                print(&text.map_err(|error| CliError::Refused(error.to_string()))?)
            }
        }
    }

    /// Prints what a server answers.
    fn ask(&self, server: &RemoteServer) -> CommandResult {
        let at = self.at.map(InstantArgument::text);
        match self.format {
            ExplainFormat::Json => print_answer(server.explanation(&self.component, at, self.zone.as_deref())?),
            ExplainFormat::Text => print(&server.explanation_text(&self.component, at, self.zone.as_deref())?),
        }
    }
}

/// Prints an answer for scripts; a note is for people.
fn print_answer(mut answer: ExplanationAnswer) -> CommandResult {
    if let Some(note) = answer.note.take() {
        super::print_note(&note);
    }
    let line = serde_json::to_string(&answer).map_err(std::io::Error::from)?;
    print(&format!("{line}\n"))?;
    match answer.error {
        Some(reason) => Err(CliError::Refused(unreadable_words(&answer.component, &reason))),
        None => Ok(()),
    }
}

fn print(text: &str) -> CommandResult {
    Ok(std::io::stdout().lock().write_all(text.as_bytes())?)
}
