//! `explain`: why a component is inside or outside of its windows, at any instant.

mod text;

use std::collections::BTreeSet;
use std::io::Write as _;

use super::at::{self, InstantArgument};
use super::find::ObjectNames;
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT};
use crate::apps::sla::component;
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::explanation::{ExplainedState, Explanation};
use crate::apps::sla::hours::json;
use crate::apps::sla::hours::stored::{ComponentHours, StoredHours};
use crate::clock::{Clock, SystemClock};
use crate::db::dialect;
use crate::zones::{self, Zone};

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

impl ExplainCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        // Read here and not with the other arguments, which are read before the zone data in use is known.
        let zone = at::zone(self.zone.as_deref())?;
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let hours = dialect::read_snapshot(&mut conn, QUERY_LIMIT, |conn| {
            let names = ObjectNames::new("component", component::store::names(conn)?);
            let id = names.find(&self.component)?;
            Ok::<StoredHours, CliError>(StoredHours::of_components(conn, &[id])?)
        })?;
        drop(conn);
        let component = hours
            .components
            .first()
            .ok_or_else(|| CliError::Refused(format!("there is no component `{}`", self.component)))?;
        let (at, note) = match self.at {
            None => (SystemClock.now_seconds(), None),
            Some(InstantArgument::Instant(at)) => (at, None),
            Some(InstantArgument::Local(local)) => at::in_zone(local, zone_of(zone, component, &hours)?),
        };
        let explanation = Explanation::new(&hours, &mut HoursBook::new(&hours), component, at);
        if let (ExplainFormat::Json, Some(note)) = (self.format, &note) {
            super::print_note(note);
        }
        let unreadable = match &explanation.state {
            ExplainedState::Unreadable(reason) => Some(CliError::Refused(format!(
                "`{}` cannot be evaluated: {reason}",
                explanation.component
            ))),
            _ => None,
        };
        let text = match (self.format, unreadable.is_some()) {
            (ExplainFormat::Json, _) => format!("{}\n", json::explanation(&explanation)),
            (ExplainFormat::Text, true) => String::new(),
            (ExplainFormat::Text, false) => text::of(&explanation, note.as_deref())?,
        };
        std::io::stdout().lock().write_all(text.as_bytes())?;
        unreadable.map_or(Ok(()), Err)
    }
}

/// Returns the zone in which a local time is meant: that of `--zone`, otherwise the only one of the enabled windows.
fn zone_of(given: Option<Zone>, component: &ComponentHours, hours: &StoredHours) -> Result<Zone, CliError> {
    if let Some(zone) = given {
        return Ok(zone);
    }
    let windows = hours.windows.iter().map(|window| &window.stored.state);
    let zones: BTreeSet<&str> = windows
        .filter(|window| window.enabled)
        .map(|window| window.timezone.name())
        .collect();
    let name = &component.name;
    let mut names = zones.iter();
    match (names.next(), names.next()) {
        (None, _) => Err(CliError::Refused(format!(
            "`{name}` has no enabled window in whose zone --at could be read; give --zone, such as --zone Europe/Berlin"
        ))),
        (Some(zone), None) => zones::parse(zone).map_err(|error| CliError::Refused(error.to_string())),
        _ => Err(CliError::Refused(format!(
            "the windows of `{name}` are in several zones; give --zone with the one that --at is meant in: {}",
            zones.into_iter().collect::<Vec<_>>().join(", ")
        ))),
    }
}
