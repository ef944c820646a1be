//! Structured logging to standard error: lines for people, or JSON for machines. Secrets are never handed to it.

mod json;

use std::io::{IsTerminal, Write};
use std::panic::PanicHookInfo;
use std::sync::OnceLock;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people; in colour on a terminal.
    Human,
    /// One JSON object a line.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            other => Err(format!("`{other}` is no log format; use human or json")),
        }
    }
}

/// Reads a filter such as `info` or `info,sla_monitor=debug`.
///
/// # Errors
/// A message for people.
pub fn parse_filter(text: &str) -> Result<Targets, String> {
    text.parse()
        .map_err(|error| format!("`{text}` is no log filter: {error}"))
}

/// The format that [`start`] chose.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Starts logging, of panics too. The second call of a process changes nothing.
pub fn start(format: LogFormat, filter: Targets) {
    let builder = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        // A line that cannot be written is lost; telling that on the same stream would panic, and with it every request.
        .log_internal_errors(false);
    // A second subscriber is refused; the first one goes on, which is what a second call is promised.
    let _ = match format {
        LogFormat::Human => builder
            .with_ansi(std::io::stderr().is_terminal())
            .finish()
            .with(filter)
            .try_init(),
        LogFormat::Json => builder
            .fmt_fields(JsonFields::new())
            .event_format(json::Lines)
            .finish()
            .with(filter)
            .try_init(),
    };
    if FORMAT.set(format).is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// Logs a panic, with the request that it happened in.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    let message = panic.payload_as_str().unwrap_or("no message");
    tracing::error!(location, panic = message, "the program panicked");
}

/// Says a line on standard error that is no event of the log: what a command has to say, or why it ends. In the format `json`, or if
/// `as_json` says so before the log has started, it is a JSON object, too. A line that cannot be written is lost.
pub fn say(level: tracing::Level, text: &str, as_json: bool) {
    let as_json = as_json || FORMAT.get() == Some(&LogFormat::Json);
    let mut out = std::io::stderr().lock();
    // There is nowhere else to say it.
    let _ = match as_json {
        true => writeln!(out, "{}", json::line(level.as_str(), text)),
        false => writeln!(out, "{text}"),
    };
}
