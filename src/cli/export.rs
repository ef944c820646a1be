//! `export`: writes everything in the form that `apply` reads.

use std::io::Write;

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
        let pool = global.connect_current()?;
        let mut conn = pool.pool().get()?;
        let inventory = dialect::read_snapshot(&mut conn, super::QUERY_LIMIT, Inventory::load)?;
        if let Some(reason) = inventory.unreadable() {
            return Err(CliError::Refused(format!(
                "{reason}; correct it with `apply` first, which replaces the rules of what it names"
            )));
        }
        std::io::stdout()
            .lock()
            .write_all(write::document(&inventory, self.format).as_bytes())?;
        Ok(())
    }
}
