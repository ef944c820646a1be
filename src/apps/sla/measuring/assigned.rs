//! Which indicator measures a component, and with which expression.

use std::collections::HashMap;
use std::sync::Arc;

use super::due::AssignedIndicator;
use super::question::{MeasuredComponent, MeasuringIndicator};
use super::store;
use crate::apps::sla::indicator::applying::ApplyingIndicators;
use crate::apps::sla::indicator::state::{IndicatorKind, IndicatorState, indicators};
use crate::apps::sla::promised_then::promised::PromisedComponent;
use crate::apps::sla::stored::Stored;
use crate::calculus::attainment::cell::SampleKind;
use crate::db::{Conn, Result};

/// Indicators of components, by the keys of these.
#[derive(Debug, Default)]
pub struct AssignedIndicators {
    /// Those that can be asked for.
    pub by_component: HashMap<i64, AssignedIndicator>,
    /// Why others cannot.
    pub notes: Vec<String>,
}

/// Returns what measures these components, as it is defined now.
///
/// # Errors
/// Those of [`crate::db`].
pub fn assigned(conn: &mut Conn, components: &[PromisedComponent]) -> Result<AssignedIndicators> {
    let stored = indicators(conn, None)?;
    let names: HashMap<i64, &str> = stored.iter().map(|one| (one.id, one.state.name.as_str())).collect();
    let named = store::named_indicators(conn)?.into_iter();
    let named: HashMap<i64, &str> = named.filter_map(|(id, of)| Some((id, *names.get(&of)?))).collect();
    let mut known: HashMap<&str, Arc<MeasuringIndicator>> = HashMap::new();
    let mut assigned = AssignedIndicators::default();
    for one in &stored {
        match &one.unreadable {
            None => drop(known.insert(one.state.name.as_str(), Arc::new(measuring(one)))),
            Some(reason) => assigned
                .notes
                .push(format!("the indicator `{}` cannot be read: {reason}", one.state.name)),
        }
    }
    let applying = ApplyingIndicators::new(stored.iter().map(|one| &one.state));
    for component in components {
        let PromisedComponent { id, name, labels, .. } = component;
        let Some(state) = applying.of(name, labels, named.get(id).copied()) else {
            continue;
        };
        let Some(indicator) = known.get(state.name.as_str()) else {
            continue;
        };
        match state.expression_of(name, labels) {
            Ok(expression) => {
                let one = AssignedIndicator {
                    indicator: Arc::clone(indicator),
                    component: MeasuredComponent {
                        id: *id,
                        name: name.clone(),
                        expression,
                    },
                };
                assigned.by_component.insert(*id, one);
            }
            Err(reason) => assigned
                .notes
                .push(format!("nothing is measured by indicator `{}`: {reason}", state.name)),
        }
    }
    Ok(assigned)
}

fn measuring(stored: &Stored<IndicatorState>) -> MeasuringIndicator {
    let IndicatorState {
        name,
        source,
        expression: _,
        kind,
        step_s,
        threshold,
        unknown,
        selector: _,
    } = &stored.state;
    MeasuringIndicator {
        id: stored.id,
        version: stored.version,
        name: name.clone(),
        source: source.clone(),
        kind: match kind {
            IndicatorKind::Mean => SampleKind::Mean,
            IndicatorKind::State => SampleKind::State,
        },
        step_s: *step_s,
        threshold: *threshold,
        unknown: *unknown,
    }
}
