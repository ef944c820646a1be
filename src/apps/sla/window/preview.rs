//! What saving the form of a window would come to.

use std::sync::Arc;

use super::admin::{WindowAdmin, warnings};
use super::coverage;
use super::state::WindowState;
use crate::admin::input::FormInput;
use crate::admin::model::{FormPreview, PreviewImpact, Refusal, SavePreview};
use crate::apps::sla::COMPONENT;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::rule_form::{changes, posted};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::names::ByName;
use crate::apps::sla::preview::affected::impact_of;
use crate::apps::sla::preview::own::{OwnHours, TimesKind, nothing};
use crate::apps::sla::preview::preview;
use crate::auth::{Account, Action};
use crate::calculus::coverage::Coverage;
use crate::db::Conn;

impl FormPreview for WindowAdmin {
    fn preview(
        &self,
        conn: &mut Conn,
        id: Option<i64>,
        input: &mut FormInput<'_>,
        account: &Account,
    ) -> Result<SavePreview, Refusal> {
        let (stored, after) = posted::<WindowState>(conn, id, input)?;
        let states = stored.iter().map(|stored| &stored.state);
        let calendars = coverage::calendars_by_name(conn, states.chain([&after]))?;
        let may = account.may(COMPONENT.permission(Action::View));
        let warnings = warnings(conn, (id, &after), &calendars, self.now_seconds(), may)?;
        let readable = stored.as_ref().filter(|stored| stored.unreadable.is_none());
        let note = (!after.enabled).then(|| "The window is disabled, so it promises no service.".to_owned());
        let own = OwnHours {
            before: readable.map(|stored| hours(&stored.state, &calendars)),
            after: Some(hours(&after, &calendars)),
            zone: after.timezone,
            kind: TimesKind::Promised,
            note,
        };
        let plan = ChangePlan::of(ObjectChange::between(stored, after));
        let hours = StoredHours::affected_by(conn, &plan)?;
        Ok(preview(&hours, &plan, &own, warnings, self.now_seconds()))
    }

    fn impact(&self, conn: &mut Conn, forms: &mut [(i64, FormInput<'_>)]) -> Result<PreviewImpact, Refusal> {
        let plan = ChangePlan::of(changes::<WindowState>(conn, forms)?);
        let hours = StoredHours::affected_by(conn, &plan)?;
        Ok(impact_of(&hours, &plan, self.now_seconds()))
    }
}

fn hours(window: &WindowState, calendars: &ByName<CalendarState>) -> Arc<Coverage> {
    match window.enabled {
        true => Arc::new(Coverage::new(vec![coverage::part(window, calendars)])),
        false => nothing(),
    }
}
