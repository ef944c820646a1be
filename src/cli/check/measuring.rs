//! Whether sources answer, and whether what was promised is measured.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::apps::sla::availability::odd_store::{self, NewestSpan};
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::lint::Finding;
use crate::apps::sla::measuring::glance::utc;
use crate::apps::sla::measuring::run::MEASURED_AFTER;
use crate::apps::sla::measuring::store::{self, SourceProgress};
use crate::db::{Conn, Result};
use crate::prometheus_api::client::{PrometheusClient, QueryLimits};
use crate::prometheus_api::source::Sources;

/// How long a source may take for an answer to a question that takes no time.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A question that every source can answer.
const QUESTION: &str = "vector(1)";
/// How much may have ended and not be measured, in seconds, beside the time that samples may take: how far is noted once an hour.
const BEHIND: i64 = 2 * 3_600;
/// How far back measurements are looked at, in seconds.
const LOOKED_AT: i64 = 7 * 86_400;

/// Asks each source, and finds those that do not answer.
pub(super) fn silent_sources(sources: &Sources, limits: QueryLimits, now: i64) -> Vec<Finding> {
    let limits = QueryLimits {
        timeout: limits.timeout.min(TIMEOUT),
        ..limits
    };
    let client = PrometheusClient::new(sources.clone(), limits);
    let error = |name: &str| client.query(name, QUESTION, now.saturating_mul(1_000)).err();
    let findings = sources.names().filter_map(error).map(|error| Finding {
        id: "sources.W001",
        message: format!("nothing can be measured by a source: {error}"),
    });
    findings.collect()
}

/// Finds sources by which measuring does not go on, and indicators that measured nothing last.
///
/// # Errors
/// Those of [`crate::db`].
pub(super) fn findings(conn: &mut Conn, inventory: &Inventory, now: i64) -> Result<Vec<Finding>> {
    let progress = store::progress(conn)?;
    let used: BTreeSet<&str> = inventory
        .indicators
        .iter()
        .map(|stored| stored.state.source.as_str())
        .collect();
    let known = used
        .into_iter()
        .filter_map(|source| Some((source, progress.get(source)?)));
    let mut findings: Vec<Finding> = known
        .filter_map(|(source, progress)| behind(source, progress, now))
        .collect();
    let newest = odd_store::of_each_component(conn, now - LOOKED_AT)?;
    findings.extend(measured_nothing(inventory, &newest));
    Ok(findings)
}

fn behind(source: &str, progress: &SourceProgress, now: i64) -> Option<Finding> {
    let SourceProgress {
        measured_until,
        failure,
    } = progress;
    let is_behind = *measured_until < now - MEASURED_AFTER - BEHIND;
    if !is_behind && failure.is_empty() {
        return None;
    }
    let reason = match failure.as_str() {
        "" => format!("no server measures by it; start one with --prometheus {source}=URL"),
        failure => failure.to_owned(),
    };
    Some(Finding {
        id: "sla.W036",
        message: format!(
            "by source `{source}` nothing is measured that ended behind {}: {reason}",
            utc(*measured_until)
        ),
    })
}

/// Finds indicators by which no sample of the newest span of a component came.
fn measured_nothing(inventory: &Inventory, newest: &[NewestSpan]) -> Vec<Finding> {
    let mut of_each: BTreeMap<i64, Vec<&NewestSpan>> = BTreeMap::new();
    for span in newest {
        let Some(indicator) = span.indicator else { continue };
        of_each.entry(indicator).or_default().push(span);
    }
    let finding = |(indicator, spans): (i64, Vec<&NewestSpan>)| {
        let stored = inventory.indicators.iter().find(|stored| stored.id == indicator)?;
        let empty: Vec<&&NewestSpan> = spans.iter().filter(|span| !span.is_seen).collect();
        let first = empty.first()?;
        let reason = first.warnings.first().map_or("no sample came", String::as_str);
        Some(Finding {
            id: "sla.W035",
            message: format!(
                "indicator `{}` measured nothing of the last span of {} of {} components, e.g. `{}`: {reason}",
                stored.state.name,
                empty.len(),
                spans.len(),
                first.component
            ),
        })
    };
    of_each.into_iter().filter_map(finding).collect()
}
