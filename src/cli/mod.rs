//! The command line: one file a command. Results go to standard output, talk to standard error; 0 done, 1 refused or failed,
//! 2 wrong usage, 3 not known whether it was written.

mod apply;
mod at;
mod backup;
mod changepassword;
mod check;
mod clearsessions;
mod completions;
mod createsuperuser;
mod createtoken;
mod demo;
mod error;
mod evaluate;
mod explain;
mod export;
mod healthcheck;
mod input;
mod man;
mod measure;
mod metrics;
mod migrate;
mod no_database;
mod progress;
mod remote;
mod report;
mod request_outcome;
mod restore;
mod selector;
mod serve;
mod showmigrations;
mod spans;
mod terminal;
mod unlock;
mod unmatched;
mod wait_note;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};

use self::error::CliError;
use crate::app::tzdata;
use crate::db::connection::{self, Synchronous};
use crate::db::pool::{LivePool, Pool};
use crate::db::statistics;
use crate::db::url::DatabaseUrl;
use crate::logging::{self, LogFormat};
use crate::text;

/// Where the database is unless something else is said.
const DEFAULT_DATABASE: &str = "sqlite:./sla-monitor.sqlite3";

/// Prometheus exporter for service hours, with a web admin
#[derive(Parser)]
#[command(name = "sla-monitor", version, max_term_width = 110, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

/// How long one query of a command may take.
const QUERY_LIMIT: std::time::Duration = std::time::Duration::from_secs(600);

/// The heading of the options of every command in the help.
const GLOBAL_OPTIONS: &str = "Global options";

/// Options of every command.
#[derive(clap::Args)]
#[command(next_help_heading = GLOBAL_OPTIONS)]
struct GlobalOptions {
    // A text for clap, which quotes what it refuses: a URL may hold a password.
    /// sqlite:PATH, a path, or postgres://USER@HOST/NAME; DATABASE_URL is read too [default: sqlite:./sla-monitor.sqlite3]
    #[arg(
        long,
        global = true,
        env = "SLA_MONITOR_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    /// File with the database URL, instead of --database-url: a password in it does not appear in the process list
    #[arg(
        long,
        global = true,
        env = "SLA_MONITOR_DATABASE_URL_FILE",
        value_name = "FILE",
        conflicts_with = "database_url"
    )]
    database_url_file: Option<PathBuf>,

    /// When SQLite waits for the disk: full (at every commit) or normal (only at checkpoints: faster, but a power cut may lose the
    /// last commits)
    #[arg(
        long,
        global = true,
        env = "SLA_MONITOR_SQLITE_SYNCHRONOUS",
        default_value = "full",
        value_name = "WHEN"
    )]
    sqlite_synchronous: Synchronous,

    /// Log lines for people (human) or machines (json)
    #[arg(
        long,
        global = true,
        env = "SLA_MONITOR_LOG_FORMAT",
        default_value = "human",
        value_name = "FORMAT"
    )]
    log_format: LogFormat,

    /// What is logged, e.g. warn, info, debug or info,sla_monitor=debug [default: info for serve and demo, else warn]
    #[arg(long, global = true, env = "SLA_MONITOR_LOG_LEVEL", value_name = "FILTER", value_parser = logging::parse_filter)]
    log_level: Option<Targets>,

    /// Folder of compiled time zones (TZif files, such as /usr/share/zoneinfo) to use instead of the newer of the system's and the
    /// built-in ones
    #[arg(long, global = true, env = "SLA_MONITOR_TZDATA", value_name = "DIR")]
    tzdata: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::ServeCommand),
    Demo(demo::DemoCommand),
    Migrate(migrate::MigrateCommand),
    Showmigrations(showmigrations::ShowMigrationsCommand),
    Createsuperuser(createsuperuser::CreateSuperuserCommand),
    Createtoken(createtoken::CreateTokenCommand),
    Changepassword(changepassword::ChangePasswordCommand),
    Clearsessions(clearsessions::ClearSessionsCommand),
    Unlock(unlock::UnlockCommand),
    Apply(apply::ApplyCommand),
    Export(export::ExportCommand),
    Evaluate(evaluate::EvaluateCommand),
    Explain(explain::ExplainCommand),
    Spans(spans::SpansCommand),
    Measure(measure::MeasureCommand),
    Report(report::ReportCommand),
    Metrics(metrics::MetricsCommand),
    Check(check::CheckCommand),
    Backup(backup::BackupCommand),
    Restore(restore::RestoreCommand),
    Healthcheck(healthcheck::HealthcheckCommand),
    Completions(completions::CompletionsCommand),
    Man(man::ManCommand),
}

type CommandResult = Result<(), CliError>;

/// Returns what is logged if the command line says nothing. The framework's own lines, of its start and of requests that it cannot read,
/// say nothing that ours do not.
fn usual_filter(serves: bool) -> Targets {
    let filter = Targets::new();
    if !serves {
        return filter.with_default(LevelFilter::WARN);
    }
    filter
        .with_default(LevelFilter::INFO)
        .with_target("actix_server", LevelFilter::WARN)
        .with_target("actix_http::h1::dispatcher", LevelFilter::OFF)
}

/// Runs the command that the arguments of the process ask for.
#[must_use]
pub fn run() -> ExitCode {
    let Cli { mut global, command } = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong_usage(error),
    };
    let serves = matches!(command, Command::Serve(_) | Command::Demo(_));
    let filter = global.log_level.take().unwrap_or_else(|| usual_filter(serves));
    logging::start(global.log_format, filter);
    connection::set_synchronous(global.sqlite_synchronous);
    if let Err(error) = statistics::install() {
        tracing::warn!(%error, "queries are not counted");
    }
    if let Err(error) = tzdata::install(global.tzdata.as_deref()) {
        print_error(&error);
        return ExitCode::FAILURE;
    }
    let outcome = match command {
        Command::Serve(command) => command.run(&global),
        Command::Demo(command) => command.run(&global),
        Command::Migrate(command) => command.run(&global),
        Command::Showmigrations(command) => command.run(&global),
        Command::Createsuperuser(command) => command.run(&global),
        Command::Createtoken(command) => command.run(&global),
        Command::Changepassword(command) => command.run(&global),
        Command::Clearsessions(command) => command.run(&global),
        Command::Unlock(command) => command.run(&global),
        Command::Apply(command) => command.run(&global),
        Command::Export(command) => command.run(&global),
        Command::Evaluate(command) => command.run(),
        Command::Explain(command) => command.run(&global),
        Command::Spans(command) => command.run(&global),
        Command::Measure(command) => command.run(&global),
        Command::Report(command) => command.run(&global),
        Command::Metrics(command) => command.run(&global),
        Command::Check(command) => command.run(&global),
        Command::Backup(command) => command.run(&global),
        Command::Restore(command) => command.run(&global),
        Command::Healthcheck(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output had enough of it, as `head` does.
        Err(CliError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(CliError::Reported) => ExitCode::FAILURE,
        Err(error) => {
            print_error(&error);
            ExitCode::from(error.exit_status())
        }
    }
}

/// Reads a URL that `giver` gave, without repeating it.
fn database_url(giver: &str, text: &str) -> Result<DatabaseUrl, CliError> {
    text.parse()
        .map_err(|error| CliError::Usage(format!("{giver}: {error}")))
}

/// Reads the URL of `--database-url`.
///
/// # Errors
/// [`CliError::Usage`] naming the option and its variable, if this is no URL of a database.
fn given_database_url(text: &str) -> Result<DatabaseUrl, CliError> {
    database_url("--database-url or SLA_MONITOR_DATABASE_URL", text)
}

/// Reads the URL of a database from a file; a line break at its end is no part of it.
///
/// # Errors
/// [`CliError::Refused`] if the file cannot be read, [`CliError::Usage`] if it holds no URL of a database, without repeating it.
fn database_url_in(path: &Path) -> Result<DatabaseUrl, CliError> {
    const OPTION: &str = "--database-url-file or SLA_MONITOR_DATABASE_URL_FILE";
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::Refused(format!("{OPTION}: {}: {error}", path.display())))?;
    database_url(
        &format!("{OPTION}: {}", path.display()),
        text.trim_end_matches(['\r', '\n']),
    )
}

/// Prints what the parser of the command line found: help, or what is wrong, as JSON if the log is to be JSON.
fn wrong_usage(mut error: clap::Error) -> ExitCode {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        let value = ContextValue::String(text::short(value));
        error.insert(ContextKind::InvalidValue, value);
    }
    if error.use_stderr() && wants_json() {
        logging::say(Level::ERROR, error.render().to_string().trim(), true);
    } else {
        // There is nowhere else to say it.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Returns whether JSON is asked for, as far as that can be known where the command line cannot be read.
fn wants_json() -> bool {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let by_option = arguments.iter().any(|argument| argument == "--log-format=json")
        || arguments.windows(2).any(|pair| pair == ["--log-format", "json"]);
    by_option || std::env::var_os("SLA_MONITOR_LOG_FORMAT").is_some_and(|format| format == "json")
}

/// Prints a line on standard error. One that cannot be written is lost, and what the command does goes on.
fn print_note(line: &str) {
    logging::say(Level::INFO, &shown(line), false);
}

/// Prints on standard error why the command ends.
fn print_error(error: &dyn std::fmt::Display) {
    logging::say(Level::ERROR, &shown(&format!("sla-monitor: {error}")), false);
}

/// Escapes input that a message repeats, so that it cannot break the line or the terminal.
fn shown(line: &str) -> String {
    line.chars().flat_map(shown_character).collect()
}

fn shown_character(character: char) -> Vec<char> {
    if character.is_control() {
        character.escape_default().collect()
    } else {
        vec![character]
    }
}

impl GlobalOptions {
    /// Returns the database that was asked for, by option, by variable, or by default.
    fn database(&self) -> Result<DatabaseUrl, CliError> {
        if let Some(url) = self.given_database()? {
            return Ok(url);
        }
        match std::env::var_os("DATABASE_URL") {
            Some(text) => match text.to_str() {
                Some(text) => database_url("DATABASE_URL", text),
                None => Err(CliError::Usage("DATABASE_URL: this is not UTF-8 text".to_owned())),
            },
            None => database_url("the default", DEFAULT_DATABASE),
        }
    }

    /// Returns the database that one of the two options or its variable names.
    fn given_database(&self) -> Result<Option<DatabaseUrl>, CliError> {
        match (&self.database_url, &self.database_url_file) {
            (Some(text), _) => given_database_url(text).map(Some),
            (None, Some(path)) => database_url_in(path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Returns a pool over a database that exists. Only commands that migrate may create a file.
    fn connect_existing(&self, size_max: u32) -> Result<LivePool, CliError> {
        let url = self.database()?;
        if let DatabaseUrl::SqliteFile(path) = &url
            && !path.exists()
        {
            return Err(CliError::NoFile(path.display().to_string()));
        }
        Ok(Pool::connect(&url, size_max)?)
    }

    /// Returns a pool over a database with the current schema.
    fn connect_current(&self) -> Result<LivePool, CliError> {
        let pool = self.connect_existing(1)?;
        crate::app::prepare(&pool, false)?;
        Ok(pool)
    }
}
