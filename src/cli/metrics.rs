//! `metrics`: one exposition on standard output. Registers no collector.

use std::io::Write;
use std::sync::Arc;

use super::selector::of_metrics;
use super::{CliError, CommandResult, GlobalOptions, QUERY_LIMIT};
use crate::app;
use crate::apps::sla::snapshot::load::DatabaseSource;
use crate::clock::SystemClock;
use crate::metrics::answer::exposition::{ComponentPage, Exposition, OwnFamilies};
use crate::metrics::answer::selected::SelectedPage;
use crate::metrics::answer::selection::{Selection, Selector};
use crate::metrics::format::encoder::Dialect;
use crate::metrics::format::render::Layout;
use crate::metrics::own::instruments::of_shard;
use crate::metrics::own::measuring::MeasuringMetrics;
use crate::metrics::source::SnapshotSource;
use crate::metrics::state::current::CurrentState;
use crate::metrics::state::shard::Shard;
use crate::web::request::metrics::HttpMetrics;
use crate::web::request::security_log::SecurityLog;

/// Print one exposition, as /metrics would
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  sla-monitor metrics --metrics-layout labels --name service_window_in_window \\\n    \
    | promtool check metrics"
)]
pub(super) struct MetricsCommand {
    /// names (metrics named after components) or labels (fixed metrics)
    #[arg(
        long = "metrics-layout",
        visible_alias = "layout",
        env = "SLA_MONITOR_METRICS_LAYOUT",
        default_value = "names",
        value_name = "LAYOUT"
    )]
    layout: Layout,

    /// text or openmetrics
    #[arg(long, env = "SLA_MONITOR_FORMAT", default_value = "text", value_name = "FORMAT", value_parser = dialect)]
    format: Dialect,

    /// Only the metric of this name; may be repeated
    #[arg(long = "name", env = "SLA_MONITOR_NAME", value_name = "NAME")]
    names: Vec<String>,

    /// Only the component of this name; may be repeated
    #[arg(long = "component", env = "SLA_MONITOR_COMPONENT", value_name = "NAME")]
    components: Vec<String>,

    /// Only what this selector of equalities matches, such as {team="blue"}; may be repeated
    #[arg(long = "match", env = "SLA_MONITOR_MATCH", value_name = "SELECTOR", value_parser = of_metrics)]
    matches: Vec<Selector>,

    /// Only this share of the components, such as 0/4
    #[arg(long, env = "SLA_MONITOR_SHARD", value_name = "I/N")]
    shard: Option<Shard>,
}

fn dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "text" => Ok(Dialect::Text),
        "openmetrics" => Ok(Dialect::OpenMetrics),
        other => Err(format!("`{other}` is no format; use text or openmetrics")),
    }
}

impl MetricsCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let pool = global.connect_current()?;
        let current = CurrentState::new(Arc::new(SystemClock));
        let (snapshot, refresh) = DatabaseSource::new(pool.pool().clone())
            .refresh(QUERY_LIMIT)
            .map_err(|error| CliError::Refused(error.to_string()))?;
        current.publish(snapshot, refresh);
        current.instruments.up.set(1);
        #[expect(clippy::cast_precision_loss, reason = "instants stay far below 2^53")]
        current.instruments.last_success.set(current.now_seconds() as f64);
        let selection = Selection {
            names: self.names.iter().cloned().collect(),
            components: self.components.iter().cloned().collect(),
            matches: self.matches.clone(),
            shard: self.shard,
        };
        let components = current.state_now().map_or(ComponentPage::None, |state| {
            ComponentPage::Selected(SelectedPage::new(state, self.layout, &selection))
        });
        // Only a server measures.
        let measuring = MeasuringMetrics::new(std::iter::empty(), &[]).map_err(app::AppError::from)?;
        let mut families = app::registry::program(&HttpMetrics::new(), &SecurityLog::new(), &measuring)?.gather();
        families.extend(app::registry::data(pool.pool())?.gather());
        families.extend(current.instruments.collect());
        families.extend(self.shard.into_iter().flat_map(of_shard));
        families.sort_by(|a, b| a.name().cmp(b.name()));
        let mut own = OwnFamilies::new(self.format);
        own.add(families, &selection);
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for chunk in Exposition::new(own, components).into_chunks() {
            out.write_all(&chunk)?;
        }
        out.flush()?;
        Ok(())
    }
}
