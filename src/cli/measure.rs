//! `measure`: measures what was promised in a range of time, whether it was measured before or not.

use std::collections::BTreeSet;
use std::io::Write;

use super::at::{self, InstantArgument};
use super::progress::Progress;
use super::{CliError, CommandResult, GlobalOptions};
use crate::apps::sla::component;
use crate::apps::sla::measuring::book::Circumstances;
use crate::apps::sla::measuring::due::DueRange;
use crate::apps::sla::measuring::run::{MEASURED_AFTER, RunOutcome, RunPlan, RunScope};
use crate::apps::sla::object_names::{NoSuchObject, ObjectNames};
use crate::apps::sla::promised_then::promised::Definitions;
use crate::clock::{Clock, SystemClock};
use crate::config::SourceOptions;
use crate::db::Conn;
use crate::db::pool::Pool;
use crate::prometheus_api::client::PrometheusClient;
use crate::text::counted;
use crate::zones::{self, Zone};

/// How many kinds of warnings are printed.
const WARNINGS_SHOWN: usize = 20;

/// Measure what was promised in a range of time by Prometheus, and store the result
#[derive(clap::Args)]
#[command(
    after_help = "Spans of service with a part in the range are measured whole, once they ended more than ten minutes ago. What was measured \
    before is measured again, and the newer result counts; of what only sums are kept (--availability-days) nothing is.\n\n\
    Example:\n  sla-monitor measure --from 2026-11-01 --to 2026-12-01 --zone Europe/Berlin \\\n    \
    --prometheus main=http://prometheus:9090"
)]
pub(super) struct MeasureCommand {
    /// The first instant
    #[arg(long, env = "SLA_MONITOR_FROM", value_name = "INSTANT", value_parser = at::parse, allow_negative_numbers = true)]
    from: InstantArgument,

    /// The first instant after the range
    #[arg(long, env = "SLA_MONITOR_TO", value_name = "INSTANT", value_parser = at::parse, allow_negative_numbers = true)]
    to: InstantArgument,

    /// Only the component of this name; may be repeated
    #[arg(long = "component", env = "SLA_MONITOR_COMPONENT", value_name = "NAME")]
    components: Vec<String>,

    /// What was promised: then (as it was defined at each instant) or now (as it is defined now, also before that); results are kept apart
    #[arg(long, env = "SLA_MONITOR_DEFINITIONS", default_value = "then", value_name = "WHICH", value_parser = definitions)]
    definitions: Definitions,

    /// The zone of local times and dates, such as Europe/Berlin [default: UTC]
    #[arg(long, env = "SLA_MONITOR_ZONE", value_name = "ZONE")]
    zone: Option<String>,

    #[command(flatten)]
    sources: SourceOptions,
}

/// Parses the value of `--definitions`.
pub(super) fn definitions(text: &str) -> Result<Definitions, String> {
    Definitions::parse(text).ok_or_else(|| format!("`{text}` is neither `then` nor `now`"))
}

impl MeasureCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let sources = self.sources.read().map_err(CliError::Usage)?;
        if sources.is_empty() {
            return Err(CliError::Usage(
                "there is no source to ask; give one with --prometheus NAME=URL".to_owned(),
            ));
        }
        let range = self.range()?;
        let pool = global.connect_current()?;
        let components = self.ids(&mut *pool.pool().get()?)?;
        let scope = RunScope {
            range,
            components,
            source: None,
            again: true,
        };
        let client = PrometheusClient::new(sources, self.sources.limits());
        let outcome = measure(pool.pool(), &client, self.definitions, &scope)?;
        writeln!(std::io::stdout().lock(), "{}", measured_words(&outcome))?;
        report(&outcome)
    }

    /// Returns the range of time.
    fn range(&self) -> Result<DueRange, CliError> {
        let zone = at::zone(self.zone.as_deref())?.unwrap_or_else(Zone::utc);
        let ((from, from_note), (to, to_note)) = (at::bound(self.from, zone), at::bound(self.to, zone));
        for (option, note) in [("--from", from_note), ("--to", to_note)] {
            note.iter()
                .for_each(|note| super::print_note(&format!("{option}: {note}")));
        }
        match from < to {
            true => Ok(DueRange::Touching(from, to, SystemClock.now_seconds() - MEASURED_AFTER)),
            false => Err(CliError::Usage("--to must be later than --from".to_owned())),
        }
    }

    /// Returns the keys of the components that are named.
    fn ids(&self, conn: &mut Conn) -> Result<Option<BTreeSet<i64>>, CliError> {
        if self.components.is_empty() {
            return Ok(None);
        }
        let known = ObjectNames::new("component", component::store::names(conn)?);
        let ids = self.components.iter().map(|name| known.find(name));
        Ok(Some(ids.collect::<Result<_, NoSuchObject>>()?))
    }
}

/// Measures spans of service, and prints what is not known for certain.
pub(super) fn measure(
    pool: &Pool,
    mut client: &PrometheusClient,
    definitions: Definitions,
    scope: &RunScope,
) -> Result<RunOutcome, CliError> {
    let circumstances = Circumstances {
        definitions,
        now: SystemClock.now(),
        tzdata: zones::current().version().to_owned(),
    };
    let plan = RunPlan::read(&mut *pool.get()?, &circumstances, scope)?;
    for note in &plan.notes {
        super::print_note(note);
    }
    if let Some(first) = plan.without_indicator.first() {
        super::print_note(&match plan.without_indicator.len() {
            1 => format!("component `{first}` has no indicator, and nothing is measured of it"),
            count => {
                format!("{count} components have no indicator, and nothing is measured of them, e.g. `{first}`")
            }
        });
    }
    let mut progress = Progress::new(plan.len());
    let goes_on = &mut |done| {
        progress.report(done);
        true
    };
    Ok(plan.carry_out(pool, &mut client, &circumstances, goes_on)?)
}

/// Returns how many spans were measured.
pub(super) fn measured_words(outcome: &RunOutcome) -> String {
    let booked = &outcome.booked;
    format!(
        "{} measured, {} of them as before; {} with unknown time, {} with warnings",
        counted(booked.added + booked.same, "span"),
        booked.same,
        booked.with_unknown,
        booked.with_warnings
    )
}

/// Prints what was odd, and fails if a source could not be asked.
pub(super) fn report(outcome: &RunOutcome) -> CommandResult {
    let RunOutcome {
        booked: _,
        failures,
        warnings,
        is_stopped: _,
    } = outcome;
    for (warning, spans) in warnings.iter().take(WARNINGS_SHOWN) {
        super::print_note(&format!("{}: {warning}", counted(*spans, "span")));
    }
    if warnings.len() > WARNINGS_SHOWN {
        let more = warnings.len() - WARNINGS_SHOWN;
        super::print_note(&format!("stored with the rows: {}", counted(more, "more warning")));
    }
    for failure in failures.values() {
        let were = if failure.spans == 1 { "was" } else { "were" };
        let spans = counted(failure.spans, "span");
        super::print_error(&format!("{spans} {were} not measured: {}", failure.error));
    }
    match failures.is_empty() {
        true => Ok(()),
        false => Err(CliError::Reported),
    }
}
