//! `check`: findings about the configuration, the database and what it holds. Their ids are stable.

mod exposure;
mod files;
mod measuring;
mod texts;
mod tokens;
mod zones;

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use clap::builder::BoolishValueParser;

use self::exposure::is_readable_by_others;
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT};
use crate::app::tzdata;
use crate::apps::accounts::{group, user};
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::lint::indicator::unknown_sources;
use crate::apps::sla::lint::{self, Finding};
use crate::clock::{Clock, SystemClock};
use crate::config::{MetricsAccess, ServeOptions};
use crate::db::url::DatabaseUrl;
use crate::db::{self, Conn, connection, dialect, migrate};

/// No user's key; they start at 1.
const NO_USER: i64 = 0;

/// Check the configuration and the data
#[derive(clap::Args)]
#[command(
    after_help = "Prints a line for each finding: its id, the problem and the fix. Ids with E are errors and end \
    with 1, ids with W warn.\n\
    Give it the options that `serve` is started with: they are checked, and nothing listens.\n\nExamples:\n  \
    sla-monitor check --deploy --bind 0.0.0.0:8000\n  \
    sla-monitor check --deploy --ignore deploy.W004 --ignore deploy.W006"
)]
pub(super) struct CheckCommand {
    /// Add checks for production
    #[arg(long, env = "SLA_MONITOR_DEPLOY", value_parser = BoolishValueParser::new())]
    deploy: bool,

    /// Omit the findings of this id, for accepted ones; may be repeated
    #[arg(long, env = "SLA_MONITOR_IGNORE", value_name = "ID", value_delimiter = ',', value_parser = finding_id)]
    ignore: Vec<String>,

    /// From which level on findings end with 1: error or warning
    #[arg(long, env = "SLA_MONITOR_FAIL_LEVEL", default_value = "error", value_name = "LEVEL")]
    fail_level: FailLevel,

    #[command(flatten, next_help_heading = "Options of serve, to be checked")]
    options: ServeOptions,
}

/// From which level on findings end with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailLevel {
    Error,
    Warning,
}

impl std::str::FromStr for FailLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "error" => Ok(Self::Error),
            "warning" => Ok(Self::Warning),
            other => Err(format!("`{other}` is no level; use error or warning")),
        }
    }
}

/// Returns an id of a finding, such as `deploy.W005`.
fn finding_id(text: &str) -> Result<String, String> {
    let is_number = |number: &str| {
        let digits = number.strip_prefix(['E', 'W']).unwrap_or("");
        digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_id = |(area, number): (&str, &str)| area.bytes().all(|byte| byte.is_ascii_lowercase()) && is_number(number);
    if text.split_once('.').is_some_and(is_id) {
        return Ok(text.to_owned());
    }
    Err("give the id of a finding as `check` prints it, e.g. deploy.W005".to_owned())
}

impl CheckCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let url = global.database()?;
        let now = SystemClock.now_seconds();
        let (mut findings, inventory) = database(&url, self.deploy, &SystemClock);
        let system = tzdata::system();
        findings.extend(zones::findings(inventory.as_ref(), system.as_ref(), now));
        if let Err(message) = MetricsAccess::read(&self.options) {
            findings.push(Finding {
                id: "metrics.E001",
                message,
            });
        }
        match self.options.sources.read() {
            Ok(sources) => {
                findings.extend(measuring::silent_sources(&sources, self.options.sources.limits(), now));
                let inventory = inventory.iter();
                findings.extend(inventory.flat_map(|inventory| unknown_sources(inventory, |name| sources.has(name))));
            }
            Err(message) => findings.push(Finding {
                id: "sources.E001",
                message,
            }),
        }
        if self.deploy {
            // What others could reach or read comes first.
            let mut first = Vec::new();
            self.deployment(&url, &mut first);
            first.extend(exposure::findings(&url, self.secrets(global), system.is_some()));
            first.append(&mut findings);
            findings = first;
            findings.sort_by_key(|finding| match finding.id.starts_with("deploy.") {
                true if finding.is_error() => 0,
                true => 1,
                false => 2,
            });
        }
        let all = findings.len();
        findings.retain(|finding| !self.ignore.iter().any(|id| id == finding.id));
        let ignored = all - findings.len();
        let mut out = std::io::stdout().lock();
        for finding in &findings {
            writeln!(out, "{}: {}", finding.id, finding.message)?;
        }
        let errors = findings.iter().filter(|finding| finding.is_error()).count();
        write!(out, "{errors} errors, {} warnings", findings.len() - errors)?;
        match ignored {
            0 => writeln!(out)?,
            ignored => writeln!(out, ", {ignored} ignored")?,
        }
        let fails = errors > 0 || (self.fail_level == FailLevel::Warning && !findings.is_empty());
        if fails { Err(CliError::Reported) } else { Ok(()) }
    }

    /// Returns the files that hold secrets.
    fn secrets<'a>(&'a self, global: &'a GlobalOptions) -> impl Iterator<Item = &'a Path> {
        let options = &self.options;
        let files = [
            &global.database_url_file,
            &options.metrics_token_file,
            &options.metrics_basic_auth_file,
        ];
        let own = files.into_iter().flatten().map(PathBuf::as_path);
        own.chain(options.sources.secret_files())
    }

    fn deployment(&self, url: &DatabaseUrl, findings: &mut Vec<Finding>) {
        let mut warn = |id, message: &str| {
            findings.push(Finding {
                id,
                message: message.to_owned(),
            });
        };
        let options = &self.options;
        let protected = options.metrics_token_file.is_some() || options.metrics_basic_auth_file.is_some();
        if !options.bind.ip().is_loopback() && !protected && options.metrics_public {
            warn(
                "deploy.W001",
                "/metrics answers everyone who reaches the address; --metrics-token-file asks for a token",
            );
        }
        if !options.bind.ip().is_loopback() && !protected && !options.metrics_public {
            warn(
                "deploy.W002",
                "/metrics answers loopback addresses only; Prometheus elsewhere needs an API token with the scope metrics (`sla-monitor \
                 createtoken`), --metrics-token-file or --metrics-public",
            );
        }
        if *url == DatabaseUrl::SqliteMemory {
            warn(
                "deploy.W003",
                "a database in memory is lost with the process; give sqlite:PATH or postgres://…",
            );
        }
        if matches!(url, DatabaseUrl::SqliteFile(path) if path.is_relative()) {
            warn(
                "deploy.W004",
                "the database path is relative to wherever the process starts; give an absolute one",
            );
        }
        if options.allowed_hosts.is_empty() {
            warn(
                "deploy.W005",
                "the admin answers under any host name; --allowed-hosts names those that are yours",
            );
        }
        if options.trusted_proxy.is_empty() {
            warn(
                "deploy.W006",
                "no proxy is trusted, so no request counts as https: cookies are not kept from plain connections, and all clients of \
                 one proxy share its address; put a proxy with https in front and name it with --trusted-proxy",
            );
        }
        if options.trusted_proxy.iter().any(|network| network.prefix_len() == 0) {
            warn(
                "deploy.W007",
                "--trusted-proxy trusts every address, so each client can claim another one; name the proxies alone",
            );
        }
        let is_fronted = !options.allowed_hosts.is_empty() || !options.trusted_proxy.is_empty();
        if !protected && !options.metrics_public && is_fronted {
            warn(
                "deploy.W009",
                "/metrics is open to loopback beside --allowed-hosts or --trusted-proxy: a proxy on this host that names no client opens it to \
                 all its clients; --metrics-token-file asks for a token",
            );
        }
    }
}

/// Returns whether the database answers, has the schema, and holds what makes sense; and what it holds, if it can be read.
fn database(url: &DatabaseUrl, deploy: bool, clock: &SystemClock) -> (Vec<Finding>, Option<Inventory>) {
    let failed = |id, message: String| (vec![Finding { id, message }], None);
    if let DatabaseUrl::SqliteFile(path) = url
        && !path.exists()
    {
        return failed(
            "database.E001",
            format!(
                "the database file {} does not exist; `sla-monitor migrate` makes it",
                path.display()
            ),
        );
    }
    let mut conn = match connection::open(url) {
        Ok(conn) => conn,
        Err(error) => return (vec![files::unopened(&error)], None),
    };
    if let Some(damage) = files::damage(url, &mut conn) {
        return (vec![damage], None);
    }
    if let Err(error) = migrate::ensure_current(&mut conn) {
        return failed("database.E002", error.to_string());
    }
    let inventory = match dialect::read_snapshot(&mut conn, QUERY_LIMIT, Inventory::load) {
        Ok(inventory) => inventory,
        Err(error) => return failed("database.E003", error.to_string()),
    };
    let mut findings = lint::findings(&inventory, clock.now_seconds());
    match files::missing_parts(url, &mut conn) {
        Ok(missing) => findings.extend(missing),
        Err(error) => return failed("database.E003", error.to_string()),
    }
    match texts::findings(&mut conn) {
        Ok(found) => findings.extend(found),
        Err(error) => return failed("database.E003", error.to_string()),
    }
    findings.extend(files::room(url));
    let accounts = accounts(&mut conn, clock.now());
    let measured = measuring::findings(&mut conn, &inventory, clock.now_seconds());
    match accounts.and_then(|accounts| Ok(accounts.into_iter().chain(measured?))) {
        Ok(found) => findings.extend(found),
        Err(error) => return failed("database.E003", error.to_string()),
    }
    if deploy {
        findings.extend(files::modes(url));
        match user::store::superusers_but(&mut conn, NO_USER) {
            Ok(superusers) if superusers.staff > 0 => {}
            Ok(_) => findings.push(Finding {
                id: "deploy.W008",
                message: "no active superuser may use the admin; `sla-monitor createsuperuser` adds one".to_owned(),
            }),
            Err(error) => return failed("database.E003", error.to_string()),
        }
    }
    (findings, Some(inventory))
}

/// Returns names of users and of groups that look alike, and tokens that end soon.
fn accounts(conn: &mut Conn, now: NaiveDateTime) -> db::Result<Vec<Finding>> {
    let users = user::store::names_but(conn, None)?;
    let groups = group::store::names_but(conn, None)?;
    let mut findings = Vec::new();
    for (id, model, names) in [("accounts.W001", "users", users), ("accounts.W002", "groups", groups)] {
        findings.extend(lint::names::look_alike(id, model, names.iter().map(String::as_str)));
    }
    findings.extend(tokens::findings(conn, now)?);
    Ok(findings)
}
