//! Why a component has no hours at a time at which nothing cuts them.

use crate::admin::dates;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::zones::Zone;

/// Returns of each window why it has no hours on a day, or that there is none; nothing if one of them has rules and is valid then.
pub(super) fn reasons(windows: &[&WindowState], day: Span) -> Option<Vec<String>> {
    if windows.is_empty() {
        return Some(vec!["it has no window".to_owned()]);
    }
    let reason = |window: &&WindowState| Some(format!("{} {}", window.name, reason(window, day)?));
    let mut reasons = windows.iter().map(reason).collect::<Option<Vec<String>>>()?;
    reasons.sort_unstable();
    Some(reasons)
}

/// Returns what keeps all rules of a window from a day, if anything does.
fn reason(window: &WindowState, day: Span) -> Option<String> {
    let date = |at: i64| window.timezone.local_at(at).date();
    if !window.enabled {
        return Some("is disabled".to_owned());
    }
    if window.rules.is_empty() {
        return Some("has no rules".to_owned());
    }
    let until = window.valid_until.filter(|until| *until < date(day.start));
    let from = window.valid_from.filter(|from| date(day.end - 1) < *from);
    match (until, from) {
        (Some(until), _) => Some(format!("is valid only until {}", dates::day(until))),
        (None, Some(from)) => Some(format!("is valid only from {} on", dates::day(from))),
        (None, None) => None,
    }
}

/// Says of a day on which no rule has hours whether there are any later.
pub(super) fn without_rule(coverage: &Coverage, day: Span, zone: Zone) -> String {
    let values = coverage.values(day.start);
    match (values.last_end, values.next_start) {
        (Some(end), None) => format!("its hours ended on {}", dates::day(zone.local_at(end - 1).date())),
        (_, Some(_)) | (None, None) => "no rule on that day".to_owned(),
    }
}
