//! Corrections of the time of components, and what unknown time counts as, ready to be applied.

use std::collections::{BTreeMap, HashMap};

use crate::apps::sla::availability::measured_row::MeasuredRow;
use crate::apps::sla::component_selector::ComponentSelector;
use crate::apps::sla::correction::model::CorrectionRow;
use crate::apps::sla::promised_then::promised::PromisedComponent;
use crate::apps::sla::{correction, indicator};
use crate::calculus::attainment::correction::{CorrectedSpan, CorrectionEffect};
use crate::calculus::attainment::run::UnknownPolicy;
use crate::calculus::span::Span;
use crate::db::{Conn, Result};

/// A correction, and what it is about.
struct StoredCorrection {
    id: i64,
    component: Option<i64>,
    selector: Option<ComponentSelector>,
    corrected: CorrectedSpan,
    reason: String,
}

/// A correction of one component.
#[derive(Clone, Debug)]
pub struct ComponentCorrection {
    /// Its key.
    pub id: i64,
    /// When, in milliseconds, and what becomes of it.
    pub corrected: CorrectedSpan,
    /// Why, in the words of the person who made it.
    pub reason: String,
    /// Whether it is about components with certain labels, so that it says of each of them which labels it has.
    pub is_by_labels: bool,
}

/// The corrections of a span of time, and what unknown time counts as.
pub struct TimeAdjustments {
    /// The older ones first.
    corrections: Vec<StoredCorrection>,
    /// What unknown time counts as, by the keys of indicators.
    unknown: HashMap<i64, UnknownPolicy>,
}

impl TimeAdjustments {
    /// Reads those of a span, in seconds. A correction that cannot be read is passed over; `check` names it.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn read(conn: &mut Conn, span: Span) -> Result<Self> {
        let rows = correction::store::between(conn, span.start, span.end)?;
        let indicators = indicator::state::indicators(conn, None)?.into_iter();
        Ok(Self {
            corrections: rows.into_iter().filter_map(stored).collect(),
            unknown: indicators
                .map(|indicator| (indicator.id, indicator.state.unknown))
                .collect(),
        })
    }

    /// Returns the corrections of a component, the older ones first.
    #[must_use]
    pub fn corrections(&self, component: &PromisedComponent) -> Vec<ComponentCorrection> {
        let about = |one: &&StoredCorrection| is_about(one, component.id, &component.name, &component.labels);
        let corrections = self.corrections.iter().filter(about);
        corrections
            .map(|one| ComponentCorrection {
                id: one.id,
                corrected: one.corrected,
                reason: one.reason.clone(),
                is_by_labels: matches!(one.selector, Some(ComponentSelector::Labelled(_))),
            })
            .collect()
    }

    /// Returns what unknown time of a component counts as, that of sums of months aside: as the indicator has it that measured the last of it.
    #[must_use]
    pub fn unknown(&self, rows: &[MeasuredRow]) -> UnknownPolicy {
        let measured = rows.iter().filter(|row| row.indicator.is_some());
        let last = measured.max_by_key(|row| (row.range.end, row.order));
        let policy = last.and_then(|row| self.unknown.get(&row.indicator?));
        policy.copied().unwrap_or_default()
    }
}

fn is_about(correction: &StoredCorrection, id: i64, name: &str, labels: &BTreeMap<String, String>) -> bool {
    match &correction.selector {
        Some(selector) => selector.takes(name, labels),
        None => correction.component == Some(id),
    }
}

/// Reads a correction; nothing if it cannot be read.
fn stored(row: CorrectionRow) -> Option<StoredCorrection> {
    let selector = match row.component_id {
        Some(_) => None,
        None => Some(row.selector.parse::<ComponentSelector>().ok()?),
    };
    let span = Span::new(row.starts_at.saturating_mul(1_000), row.ends_at.saturating_mul(1_000))?;
    let effect = CorrectionEffect::parse(&row.effect)?;
    Some(StoredCorrection {
        id: row.id,
        component: row.component_id,
        selector,
        corrected: CorrectedSpan { span, effect },
        reason: row.reason,
    })
}
