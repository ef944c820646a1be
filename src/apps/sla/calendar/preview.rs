//! What saving the form of a calendar would come to.

use std::sync::Arc;

use super::admin::{CalendarAdmin, warnings};
use super::state::CalendarState;
use crate::admin::input::FormInput;
use crate::admin::model::{FormPreview, PreviewImpact, Refusal, SavePreview};
use crate::apps::sla::WINDOW;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::rule_form::{changes, posted};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::preview::affected::impact_of;
use crate::apps::sla::preview::own::{OwnHours, TimesKind, nothing};
use crate::apps::sla::preview::preview;
use crate::apps::sla::rule::{plain, preview::alone};
use crate::auth::{Account, Action};
use crate::calculus::coverage::Coverage;
use crate::calculus::window::WindowDefinition;
use crate::db::Conn;
use crate::zones::Zone;

impl FormPreview for CalendarAdmin {
    fn preview(
        &self,
        conn: &mut Conn,
        id: Option<i64>,
        input: &mut FormInput<'_>,
        account: &Account,
    ) -> Result<SavePreview, Refusal> {
        let (stored, after) = posted::<CalendarState>(conn, id, input)?;
        let may_view = account.may(WINDOW.permission(Action::View));
        let warnings = warnings(conn, id, &after, self.metrics.now_seconds(), may_view)?;
        let before = stored.as_ref().filter(|stored| stored.unreadable.is_none());
        let before = before.map(|stored| stored.state.clone());
        let (enabled, zone) = (after.enabled, after.timezone);
        let kept = after.clone();
        let plan = ChangePlan::of(ObjectChange::between(stored, after));
        let hours = StoredHours::affected_by(conn, &plan)?;
        // A calendar without a zone of its own is read in that of each window.
        let user = hours
            .windows
            .iter()
            .find(|window| id.is_some_and(|id| window.calendars.contains(&id)));
        let of_user = user.map(|window| window.stored.state.timezone);
        let zone = zone.or(of_user).unwrap_or_else(Zone::utc);
        let own = OwnHours {
            before: before.map(|state| excluded(&state, zone)),
            after: Some(excluded(&kept, zone)),
            zone,
            kind: TimesKind::Excluded,
            note: (!enabled).then(|| "The calendar is disabled, so it excludes nothing.".to_owned()),
        };
        Ok(preview(&hours, &plan, &own, warnings, self.metrics.now_seconds()))
    }

    fn impact(&self, conn: &mut Conn, forms: &mut [(i64, FormInput<'_>)]) -> Result<PreviewImpact, Refusal> {
        let plan = ChangePlan::of(changes::<CalendarState>(conn, forms)?);
        let hours = StoredHours::affected_by(conn, &plan)?;
        Ok(impact_of(&hours, &plan, self.metrics.now_seconds()))
    }
}

/// Returns what a calendar excludes, in its own zone if it has one.
fn excluded(calendar: &CalendarState, zone: Zone) -> Arc<Coverage> {
    match calendar.enabled {
        true => Arc::new(alone(WindowDefinition {
            timezone: calendar.timezone.unwrap_or(zone),
            valid_from: None,
            valid_until: None,
            rules: plain(&calendar.rules),
            excludes: Vec::new(),
        })),
        false => nothing(),
    }
}
