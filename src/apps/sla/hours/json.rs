//! Explanations and impacts as answers, for scripts.

use super::book::CutOwner;
use super::explanation::{ExplainedState, Explanation, WindowExplanation};
use super::impact::{ComponentImpact, Impact, ImpactKind};
use crate::api::answers::{
    CuttingRule, ExplanationAnswer, ImpactLine, ImpactReport, IncludingRule, UncoveringWindow, UnreadableComponent,
};

/// Returns an explanation. `because` has the rules of the windows that cover the instant, `cut_by` the rules that take it away from a
/// window, `not` every window that does not cover it. Values that do not exist, or cannot be known, are none.
#[must_use]
pub fn explanation(explanation: &Explanation, note: Option<&str>) -> ExplanationAnswer {
    let Explanation {
        component,
        enabled,
        at,
        state,
        values,
        windows,
    } = explanation;
    let covering = windows.iter().filter(|window| window.is_covering());
    let included = windows.iter().filter(|window| !window.inclusions.is_empty());
    let not = windows.iter().filter_map(|window| {
        Some(UncoveringWindow {
            window: window.window.clone(),
            reason: window.reason.clone()?,
        })
    });
    let values = values.unwrap_or_default();
    ExplanationAnswer {
        component: component.clone(),
        enabled: *enabled,
        at: *at,
        in_window: match state {
            ExplainedState::Inside => Some(1),
            ExplainedState::Outside | ExplainedState::NoHours => Some(0),
            ExplainedState::Unreadable(_) => None,
        },
        because: covering.flat_map(because).collect(),
        cut_by: included.flat_map(cut_by).collect(),
        not: not.collect(),
        last_start: values.last_start,
        last_end: values.last_end,
        next_start: values.next_start,
        next_end: values.next_end,
        error: match state {
            ExplainedState::Unreadable(reason) => Some(reason.clone()),
            ExplainedState::Inside | ExplainedState::Outside | ExplainedState::NoHours => None,
        },
        note: note.map(str::to_owned),
    }
}

fn because(window: &WindowExplanation) -> impl Iterator<Item = IncludingRule> {
    window.inclusions.iter().map(|inclusion| IncludingRule {
        window: window.window.clone(),
        rule: inclusion.rule.position,
        words: inclusion.rule.words.clone(),
        start: inclusion.rule.occurrence.span.start,
        end: inclusion.rule.occurrence.span.end,
    })
}

/// Returns the rules that take an instant away from a window; `cuts` is that window.
fn cut_by(window: &WindowExplanation) -> impl Iterator<Item = CuttingRule> {
    window.cuts.iter().map(|cut| {
        let owner = Some(cut.by.name().to_owned());
        let (calendar, by_window) = match cut.by {
            CutOwner::Calendar(_) => (owner, None),
            CutOwner::Window(_) => (None, owner),
        };
        CuttingRule {
            calendar,
            window: by_window,
            rule: cut.rule.position,
            words: cut.rule.words.clone(),
            start: cut.rule.occurrence.span.start,
            end: cut.rule.occurrence.span.end,
            cuts: window.window.clone(),
        }
    })
}

/// Returns what a change does to the hours of the next `days`.
#[must_use]
pub fn impact(impact: Impact, days: i64) -> ImpactReport {
    let unreadable = |(component, reason)| UnreadableComponent { component, reason };
    ImpactReport {
        days,
        components: impact.components.into_iter().map(line).collect(),
        unreadable: impact.unreadable.into_iter().map(unreadable).collect(),
    }
}

/// Returns what a change does to a component. `change` says why there is nothing before or after, if that is no change of hours alone.
fn line(impact: ComponentImpact) -> ImpactLine {
    let ComponentImpact {
        id: _,
        name,
        kind,
        difference,
        week,
        zone,
    } = impact;
    ImpactLine {
        component: name,
        before: difference.before,
        after: difference.after,
        difference: difference.seconds(),
        first: difference.first,
        change: kind.as_str().map(str::to_owned),
        week,
        zone: zone.name().to_owned(),
    }
}

impl ImpactKind {
    /// Returns the word for it; nothing for a change of hours alone.
    #[must_use]
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Changed => None,
            Self::Added => Some("added"),
            Self::Deleted => Some("deleted"),
            Self::Enabled => Some("enabled"),
            Self::Disabled => Some("disabled"),
            Self::WasUnreadable => Some("was unreadable"),
            Self::BecomesUnreadable => Some("becomes unreadable"),
        }
    }
}
