//! What saving the form of a component would come to.

use super::admin::{ComponentAdmin, posted};
use super::many;
use crate::admin::input::FormInput;
use crate::admin::model::{FormPreview, PreviewImpact, Refusal, SavePreview};
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::{StoredHours, key_of};
use crate::apps::sla::names::ByName;
use crate::apps::sla::preview::affected::impact_of;
use crate::apps::sla::preview::own::{OwnHours, TimesKind};
use crate::apps::sla::preview::{nothing, preview};
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::calculus::coverage::Coverage;
use crate::db::Conn;
use crate::zones::Zone;

impl FormPreview for ComponentAdmin {
    fn preview(&self, conn: &mut Conn, id: Option<i64>, input: &mut FormInput<'_>) -> Result<SavePreview, Refusal> {
        let (stored, after) = posted(conn, id, input)?;
        let before = stored.as_ref().map(|stored| stored.state.clone());
        let kept = after.clone();
        let plan = ChangePlan::of(ObjectChange::between(stored, after));
        let hours = StoredHours::affected_by(conn, &plan)?;
        let windows = hours
            .windows
            .iter()
            .map(|window| (window.stored.state.name.as_str(), window.stored.id));
        let windows: ByName<i64> = windows.collect();
        let calendars = hours
            .calendars
            .iter()
            .map(|stored| (stored.state.name.as_str(), stored.id));
        let calendars: ByName<i64> = calendars.collect();
        let key = key_of(&kept, &windows, &calendars);
        let was = before.filter(|state| state.enabled);
        let key_before = was.map(|state| key_of(&state, &windows, &calendars));
        let mut book = book(&hours, [Some(&key), key_before.as_ref()]);
        let (after, note) = match book.coverage(&key) {
            _ if !kept.enabled => (
                nothing(),
                Some("The component is disabled, so it has no metrics.".to_owned()),
            ),
            Ok(coverage) => (coverage, None),
            Err(_) => (nothing(), Some("Its hours cannot be read.".to_owned())),
        };
        let before = match (id, &key_before) {
            (None, _) => None,
            (Some(_), None) => Some(nothing()),
            (Some(_), Some(key)) => book.coverage(key).ok(),
        };
        let zone = zone(&after).or_else(|| before.as_deref().and_then(zone));
        let own = OwnHours {
            before,
            after,
            zone: zone.unwrap_or_else(Zone::utc),
            kind: TimesKind::Promised,
            note,
        };
        Ok(preview(&hours, &plan, &own, self.metrics.now_seconds()))
    }

    fn impact(&self, conn: &mut Conn, forms: &mut [(i64, FormInput<'_>)]) -> Result<PreviewImpact, Refusal> {
        let plan = ChangePlan::of(many::changes(conn, forms)?);
        let hours = StoredHours::affected_by(conn, &plan)?;
        Ok(impact_of(&hours, &plan, self.metrics.now_seconds()))
    }
}

/// Returns the book of the windows that these keys name.
fn book(hours: &StoredHours, keys: [Option<&ScheduleKey>; 2]) -> HoursBook {
    let is_used = |id: &i64| keys.iter().flatten().any(|(windows, _)| windows.contains(id));
    let windows = hours.windows.iter().filter(|window| is_used(&window.stored.id));
    HoursBook::of(windows.cloned(), hours.calendars.clone())
}

/// Returns the zone of the first window.
fn zone(coverage: &Coverage) -> Option<Zone> {
    coverage.parts().first().map(|part| part.window.timezone())
}
