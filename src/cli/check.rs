//! `check`: is everything as it should be? Findings have stable ids.

mod files;
mod zones;

use std::io::Write;
use std::path::Path;

use clap::builder::BoolishValueParser;

use super::{Error, GlobalOptions, Outcome, QUERY_LIMIT};
use crate::apps::accounts::{group, user};
use crate::apps::sla::inventory::Inventory;
use crate::apps::sla::lint::{self, Finding};
use crate::clock::{Clock, SystemClock};
use crate::config::{MetricsAccess, ServeOptions};
use crate::db::url::DatabaseUrl;
use crate::db::{self, Conn, connection, dialect, migrate};

/// No user's key; they start at 1.
const NOBODY: i64 = 0;

/// Check the configuration and the data
#[derive(clap::Args)]
#[command(
    after_help = "Prints a line for each finding: its id, then what and the way out. Ids with E are errors and end with 1, ids with W warn.\n\
    Give it the options that `serve` is started with: they are checked, and nothing listens.\n\nExample:\n  sla-monitor check --deploy --bind 0.0.0.0:8000"
)]
pub(super) struct Check {
    /// Also check what matters where others rely on it
    #[arg(long, env = "SLA_MONITOR_DEPLOY", value_parser = BoolishValueParser::new())]
    deploy: bool,

    #[command(flatten, next_help_heading = "Options of serve, to be checked")]
    options: ServeOptions,
}

impl Check {
    pub(super) fn run(&self, global: &GlobalOptions) -> Outcome {
        let url = global.database()?;
        let now = SystemClock.now_seconds();
        let (mut findings, inventory) = database(&url, self.deploy, now);
        findings.extend(zones::findings(inventory.as_ref(), now));
        if let Err(message) = MetricsAccess::read(&self.options) {
            findings.push(Finding {
                id: "metrics.E001",
                message,
            });
        }
        if self.deploy {
            self.deployment(&url, &mut findings);
        }
        let mut out = std::io::stdout().lock();
        for finding in &findings {
            writeln!(out, "{}: {}", finding.id, finding.message)?;
        }
        let errors = findings.iter().filter(|finding| finding.is_error()).count();
        writeln!(out, "{errors} errors, {} warnings", findings.len() - errors)?;
        if errors > 0 { Err(Error::Told) } else { Ok(()) }
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
                "/metrics answers loopback addresses only; Prometheus elsewhere needs --metrics-token-file or --metrics-public",
            );
        }
        if *url == DatabaseUrl::SqliteMemory {
            warn(
                "deploy.W003",
                "a database in memory is gone with the process; give sqlite:PATH or postgres://…",
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
                "no proxy is trusted, so nobody comes by https: cookies are not kept from plain connections, and all who come through \
                 one proxy share its address; put a proxy with https in front and name it with --trusted-proxy",
            );
        }
        if options.trusted_proxy.iter().any(|network| network.prefix_len() == 0) {
            warn(
                "deploy.W007",
                "--trusted-proxy believes everybody, so anybody can make up an address; name the proxies alone",
            );
        }
        let is_fronted = !options.allowed_hosts.is_empty() || !options.trusted_proxy.is_empty();
        if !protected && !options.metrics_public && is_fronted {
            warn(
                "deploy.W009",
                "/metrics is open to loopback beside --allowed-hosts or --trusted-proxy: a proxy on this host that names no client opens it to                  everybody behind it; --metrics-token-file asks for a token",
            );
        }
        for path in [&options.metrics_token_file, &options.metrics_basic_auth_file]
            .into_iter()
            .flatten()
        {
            if is_readable_by_others(path) {
                findings.push(Finding {
                    id: "deploy.E001",
                    message: format!("{} can be read by other users; chmod 600 it", path.display()),
                });
            }
        }
    }
}

/// Whether the database answers, has the schema, and holds what makes sense; and what it holds, if it can be read.
fn database(url: &DatabaseUrl, deploy: bool, now: i64) -> (Vec<Finding>, Option<Inventory>) {
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
    let mut findings = lint::findings(&inventory, now);
    findings.extend(files::room(url));
    match accounts(&mut conn) {
        Ok(accounts) => findings.extend(accounts),
        Err(error) => return failed("database.E003", error.to_string()),
    }
    if deploy {
        findings.extend(files::modes(url));
        match user::store::superusers_but(&mut conn, NOBODY) {
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

/// Names of users and of groups that people cannot tell apart.
fn accounts(conn: &mut Conn) -> db::Result<Vec<Finding>> {
    let users = user::store::names_but(conn, None)?;
    let groups = group::store::names_but(conn, None)?;
    let mut findings = Vec::new();
    for (id, model, names) in [("accounts.W001", "users", users), ("accounts.W002", "groups", groups)] {
        let alike = lint::alike(names.iter().map(String::as_str));
        findings.extend(alike.iter().map(|names| Finding {
            id,
            message: format!(
                "the names of the {model} {} look alike; rename all but one",
                lint::listed(names)
            ),
        }));
    }
    Ok(findings)
}

#[cfg(unix)]
fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_readable_by_others(_path: &Path) -> bool {
    false
}
