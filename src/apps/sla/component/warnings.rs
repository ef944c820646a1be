//! What a form of components warns of: it is allowed, and worth a second look.

use std::collections::HashSet;

use super::state::ComponentState;
use crate::apps::sla::lint::{self, Finding};
use crate::apps::sla::window;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::db::{self, Conn};
use crate::metrics::format::names::metric_prefix;
use crate::metrics::state::current::CurrentState;
use crate::metrics::state::snapshot::Snapshot;

/// How far ahead windows that merge are looked for, seconds: four weeks.
const MERGING_HORIZON: i64 = 28 * 86_400;

/// Returns a warning of windows of the component that overlap or touch within four weeks, one pair of them: their starts and ends in between are
/// none of the component's.
pub(super) fn merging(conn: &mut Conn, state: &ComponentState, now: i64) -> db::Result<Option<String>> {
    if state.windows.len() < 2 {
        return Ok(None);
    }
    let ids = window::store::keys_by_names(conn, &state.windows)?.into_iter();
    let ids: Vec<i64> = ids.map(|(id, _)| id).collect();
    let windows = window::state::windows(conn, Some(&ids))?.into_iter();
    let enabled: Vec<WindowState> = windows
        .map(|stored| stored.state)
        .filter(|window| window.enabled)
        .collect();
    let calendars = window::coverage::calendars_by_name(conn, enabled.iter())?;
    let spans: Vec<(String, Vec<Span>)> = enabled
        .into_iter()
        .map(|window| {
            let coverage = Coverage::new(vec![window::coverage::part(&window, &calendars)]);
            (window.name, coverage.spans(now, now + MERGING_HORIZON))
        })
        .collect();
    let meet = |a: &Span, b: &Span| a.start <= b.end && b.start <= a.end;
    let pairs = spans
        .iter()
        .enumerate()
        .flat_map(|(index, a)| spans[index + 1..].iter().map(move |b| (a, b)));
    let pair = pairs
        .into_iter()
        .find(|(a, b)| a.1.iter().any(|a| b.1.iter().any(|b| meet(a, b))));
    Ok(pair.map(|(a, b)| {
        format!(
            "The windows “{}” and “{}” of “{}” overlap or touch within four weeks: they count as one there.",
            a.0, b.0, state.name
        )
    }))
}

/// Returns what is allowed and yet worth a second look. `before` is what is stored; which others have the same metric names is taken from
/// the metrics, which would take reading all names.
pub(super) fn warnings(
    conn: &mut Conn,
    before: Option<&ComponentState>,
    state: &ComponentState,
    metrics: &CurrentState,
) -> db::Result<Vec<String>> {
    let mut warnings = of_itself(
        conn,
        before.map(|before| before.name.as_str()),
        state,
        metrics.snapshot().as_deref(),
    )?;
    if before.is_none_or(|before| before.windows != state.windows) {
        warnings.extend(merging(conn, state, metrics.now_seconds())?);
    }
    Ok(warnings)
}

/// Returns the same without windows that merge.
fn of_itself(
    conn: &mut Conn,
    before: Option<&str>,
    state: &ComponentState,
    metrics: Option<&Snapshot>,
) -> db::Result<Vec<String>> {
    let enabled: HashSet<String> = window::store::enabled_among(conn, &state.windows)?
        .into_iter()
        .collect();
    let mut findings = Vec::new();
    findings.extend(lint::component::without_window(state, &enabled));
    if let Some(metrics) = metrics.filter(|_| state.enabled) {
        let prefix = metric_prefix(&state.name);
        let others = metrics.components.of_prefix(&prefix).map(|component| component.name());
        let others = others.filter(|name| *name != state.name && Some(*name) != before);
        let names: Vec<String> = std::iter::once(state.name.as_str())
            .chain(others)
            .map(str::to_owned)
            .collect();
        findings.extend(lint::component::shared_metrics(&names));
    }
    Ok(findings.iter().map(Finding::sentence).collect())
}
