//! What saving the form of a window, a calendar or a component would come to: its own hours before and after, and what becomes of the
//! components that it affects. Computed from what is stored and the state that was typed; nothing is written.

pub mod affected;
mod clock;
pub mod own;
mod spans;
mod week;

use self::own::{OwnHours, TimesKind};
use crate::admin::model::SavePreview;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::form::first_warnings;
use crate::apps::sla::hours::stored::StoredHours;

/// Returns what `plan` would come to for what is stored, at `now`; `own` are the hours of the object that it changes, `warnings` what saving
/// it warns of.
#[must_use]
pub fn preview(hours: &StoredHours, plan: &ChangePlan, own: &OwnHours, warnings: Vec<String>, now: i64) -> SavePreview {
    let after = own.after.as_deref();
    let spans = after.map_or_else(Vec::new, |after| spans::next(after, own.zone, now));
    let spans_note = match (&own.note, spans.is_empty(), own.kind) {
        (Some(note), ..) => note.clone(),
        (None, true, TimesKind::Promised) => "No service is promised within five years.".to_owned(),
        (None, true, TimesKind::Excluded) => "Nothing is excluded within five years.".to_owned(),
        (None, false, _) => String::new(),
    };
    SavePreview {
        zone: own.zone.name(),
        spans_title: match own.kind {
            TimesKind::Promised => "Next hours",
            TimesKind::Excluded => "Next excluded times",
        },
        spans,
        spans_note,
        warnings: first_warnings(warnings),
        clock_changes: clock::nights(own, now),
        week: week::before_and_after(own, now),
        impact: Some(affected::impact_of(hours, plan, now)),
    }
}
