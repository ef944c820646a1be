//! How components stand now, as the metrics have it.

use std::collections::HashMap;

use super::store;
use crate::admin::model::SidePanel;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::rule::preview;
use crate::apps::sla::store::version;
use crate::apps::sla::stored::Stored;
use crate::calculus::coverage::CoverageValues as Hours;
use crate::db::{self, Conn};
use crate::metrics::format::names::{Fact, metric_prefix};
use crate::metrics::state::ExposedState;
use crate::zones::{self, Zone};

/// The five values of some components.
pub(super) struct Standing {
    /// With whether it has any enabled window.
    hours: HashMap<String, (Hours, bool)>,
    is_behind: bool,
}

impl Standing {
    /// Loads the states of enabled components, by name. Those that the metrics do not have may be newer than what the metrics were made from.
    pub(super) fn load<'a>(
        conn: &mut Conn,
        state: Option<&ExposedState>,
        enabled: impl Iterator<Item = &'a str>,
    ) -> db::Result<Self> {
        let find = |name: &str| {
            let state = state?;
            let component = state.snapshot().components.find(&metric_prefix(name), name)?;
            Some((state.values(component)?, state.has_windows(component)))
        };
        let (mut hours, mut are_missing) = (HashMap::new(), false);
        for name in enabled {
            match find(name) {
                Some(values) => drop(hours.insert(name.to_owned(), values)),
                None => are_missing = true,
            }
        }
        let loaded = state.map(|state| state.snapshot().version);
        let is_behind = are_missing && loaded != Some(version(conn)?);
        Ok(Self { hours, is_behind })
    }

    /// Returns the values of a component, if the metrics have it.
    pub(super) fn hours(&self, name: &str) -> Option<&Hours> {
        self.hours.get(name).map(|(hours, _)| hours)
    }

    /// Returns whether it is known that a component has no enabled window, and hence no hours.
    pub(super) fn has_no_hours(&self, name: &str) -> bool {
        self.hours.get(name).is_some_and(|(_, has_windows)| !has_windows)
    }

    /// Returns what is said of an enabled component that the metrics do not have.
    pub(super) fn otherwise(&self) -> &'static str {
        if self.is_behind { "being computed" } else { "unknown" }
    }
}

/// Returns what the page of a component says: its hours in words, and the exact names of its metrics with what they say now.
pub(super) fn side_panels(
    conn: &mut Conn,
    stored: &Stored<ComponentState>,
    metrics: Option<&ExposedState>,
) -> db::Result<Vec<SidePanel>> {
    let state = &stored.state;
    let enabled = state.enabled.then_some(state.name.as_str());
    let standing = Standing::load(conn, metrics, enabled.into_iter())?;
    let hours = standing.hours(&state.name);
    let zone = zone(conn, stored.id)?;
    let prefix = metric_prefix(&state.name);
    let line = |fact: Fact| {
        let value = hours.and_then(|hours| crate::metrics::format::render::value(*hours, fact));
        format!(
            "{prefix}{} {}",
            fact.suffix(),
            value.map_or_else(|| "(no sample)".to_owned(), |value| value.to_string())
        )
    };
    let title = if state.enabled {
        "Metrics"
    } else {
        "Metrics, once it is enabled"
    };
    let lines = match hours {
        Some(_) if standing.has_no_hours(&state.name) => vec!["No hours: it has no enabled window".to_owned()],
        Some(hours) => in_words(hours, zone),
        None if !state.enabled => vec!["None: it is disabled".to_owned()],
        None if standing.is_behind => vec!["Being computed".to_owned()],
        None => vec!["Unknown: a window of it cannot be read".to_owned()],
    };
    Ok(vec![
        (format!("Hours now, in {zone}"), lines).into(),
        (title.to_owned(), Fact::ALL.into_iter().map(line).collect()).into(),
    ])
}

/// Returns how it stands, and the four instants.
fn in_words(hours: &Hours, zone: Zone) -> Vec<String> {
    let instants = [
        ("Last start", hours.last_start),
        ("Last end", hours.last_end),
        ("Next start", hours.next_start),
        ("Next end", hours.next_end),
    ];
    let instants = instants.map(|(title, at)| {
        let at = at.map_or_else(|| "none".to_owned(), |at| preview::instant(zone, at));
        format!("{title}: {at}")
    });
    let mut lines = vec![preview::current_state(hours, zone, ("Inside", "Outside"))];
    lines.extend(instants);
    lines
}

/// Returns the zone of the component's windows, if they share one; otherwise UTC.
fn zone(conn: &mut Conn, id: i64) -> db::Result<Zone> {
    let zones = store::zones_of(conn, id)?;
    Ok(match zones.as_slice() {
        [zone] => zones::current().get(zone).unwrap_or_else(Zone::utc),
        _ => Zone::utc(),
    })
}
