//! `export`: writes everything in the form that `apply` reads.

use std::io::Write;

use super::remote::RemoteReadOptions;
use super::{CliError, CommandResult, GlobalOptions};
use crate::apps::sla::declarative::document::write::{self, DocumentFormat};
use crate::apps::sla::declarative::inventory::Inventory;
use crate::db::dialect;

/// Write all objects in the form that apply reads
#[derive(clap::Args)]
#[command(after_help = "Example:\n  sla-monitor export > services.yaml")]
pub(super) struct ExportCommand {
    /// yaml or json
    #[arg(long, env = "SLA_MONITOR_FORMAT", default_value = "yaml", value_name = "FORM", value_parser = form)]
    format: DocumentFormat,

    #[command(flatten)]
    remote: RemoteReadOptions,
}

fn form(text: &str) -> Result<DocumentFormat, String> {
    match text {
        "yaml" => Ok(DocumentFormat::Yaml),
        "json" => Ok(DocumentFormat::Json),
        other => Err(format!("`{other}` is no format; use yaml or json")),
    }
}

impl ExportCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let document = match self.remote.server(global)? {
            Some(server) => server.export(self.format)?,
            None => self.of_database(global)?,
        };
        std::io::stdout().lock().write_all(document.as_bytes())?;
        Ok(())
    }

    fn of_database(&self, global: &GlobalOptions) -> Result<String, CliError> {
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let inventory = dialect::read_snapshot(&mut conn, super::QUERY_LIMIT, Inventory::load)?;
        match inventory.unreadable() {
            Some(reason) => Err(CliError::Refused(reason)),
            None => Ok(write::document(&inventory, self.format)),
        }
    }
}
