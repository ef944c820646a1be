//! Explanations and impacts as JSON, for scripts.

use serde_json::{Map, Value, json};

use super::book::CutOwner;
use super::explanation::{ExplainedRule, ExplainedState, Explanation, WindowExplanation};
use super::impact::{ComponentImpact, ImpactKind};

/// Returns an explanation. `because` has the rules of the windows that cover the instant, `cut_by` the rules that take it away from a
/// window, `not` every window that does not cover it. Values that do not exist, or cannot be known, are null.
#[must_use]
pub fn explanation(explanation: &Explanation) -> Value {
    let Explanation {
        component,
        enabled,
        at,
        state,
        values,
        windows,
    } = explanation;
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("component", json!(component));
    put("enabled", json!(enabled));
    put("at", json!(at));
    let in_window = match state {
        ExplainedState::Inside => json!(1),
        ExplainedState::Outside | ExplainedState::NoHours => json!(0),
        ExplainedState::Unreadable(_) => Value::Null,
    };
    put("in_window", in_window);
    let covering = windows.iter().filter(|window| window.is_covering());
    put("because", covering.flat_map(because).collect());
    let included = windows.iter().filter(|window| !window.inclusions.is_empty());
    put("cut_by", included.flat_map(cut_by).collect());
    let not = windows.iter().filter_map(|window| {
        let reason = window.reason.as_ref()?;
        Some(json!({"window": window.window, "reason": reason}))
    });
    put("not", not.collect());
    let value =
        |get: fn(&crate::calculus::coverage::CoverageValues) -> Option<i64>| json!(values.as_ref().and_then(get));
    put("last_start", value(|values| values.last_start));
    put("last_end", value(|values| values.last_end));
    put("next_start", value(|values| values.next_start));
    put("next_end", value(|values| values.next_end));
    if let ExplainedState::Unreadable(reason) = state {
        put("error", json!(reason));
    }
    Value::Object(object)
}

fn because(window: &WindowExplanation) -> impl Iterator<Item = Value> {
    window.inclusions.iter().map(|inclusion| {
        let mut object = Map::from_iter([("window".to_owned(), json!(window.window))]);
        put_rule(&mut object, &inclusion.rule);
        Value::Object(object)
    })
}

/// Returns the rules that take an instant away from a window; `cuts` is that window.
fn cut_by(window: &WindowExplanation) -> impl Iterator<Item = Value> {
    window.cuts.iter().map(|cut| {
        let key = match cut.by {
            CutOwner::Calendar(_) => "calendar",
            CutOwner::Window(_) => "window",
        };
        let mut object = Map::from_iter([(key.to_owned(), json!(cut.by.name()))]);
        put_rule(&mut object, &cut.rule);
        object.insert("cuts".to_owned(), json!(window.window));
        Value::Object(object)
    })
}

fn put_rule(object: &mut Map<String, Value>, rule: &ExplainedRule) {
    object.insert("rule".to_owned(), json!(rule.position));
    object.insert("words".to_owned(), json!(rule.words));
    object.insert("start".to_owned(), json!(rule.occurrence.span.start));
    object.insert("end".to_owned(), json!(rule.occurrence.span.end));
}

/// Returns what a change does to a component. `change` says why there is nothing before or after, if that is no change of hours alone.
#[must_use]
pub fn impact(impact: &ComponentImpact) -> Value {
    let mut value = json!({
        "component": impact.name,
        "before": impact.difference.before,
        "after": impact.difference.after,
        "difference": impact.difference.seconds(),
        "first": impact.difference.first,
    });
    if let (Some(change), Value::Object(object)) = (impact.kind.as_str(), &mut value) {
        object.insert("change".to_owned(), json!(change));
    }
    value
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
