//! What saving the form of a component would come to.

use super::admin::{ComponentAdmin, posted};
use super::many;
use super::warnings::warnings;
use crate::admin::input::FormInput;
use crate::admin::model::{FormPreview, PreviewImpact, Refusal, SavePreview};
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::{StoredHours, key_of};
use crate::apps::sla::names::ByName;
use crate::apps::sla::preview::affected::impact_of;
use crate::apps::sla::preview::own::{OwnHours, SideHours};
use crate::apps::sla::preview::preview;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::auth::Account;
use crate::db::Conn;

impl FormPreview for ComponentAdmin {
    fn preview(
        &self,
        conn: &mut Conn,
        id: Option<i64>,
        input: &mut FormInput<'_>,
        _account: &Account,
    ) -> Result<SavePreview, Refusal> {
        let (stored, after) = posted(conn, id, input)?;
        let warnings = warnings(conn, stored.as_ref().map(|stored| &stored.state), &after, &self.metrics)?;
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
        let key_before = before.filter(|state| state.enabled);
        let key_before = key_before.map(|state| key_of(&state, &windows, &calendars));
        let mut book = HoursBook::of_keys(&hours, key_before.iter().chain([&key]));
        let mut side = |key: Option<&ScheduleKey>| match key {
            Some(key) => SideHours::Known(book.coverage(key)),
            None => SideHours::Disabled,
        };
        let after = side(kept.enabled.then_some(&key));
        let before = id.map(|_| side(key_before.as_ref()));
        let own = OwnHours::promised(before, after, None, "The component is disabled, so it has no metrics.");
        Ok(preview(&hours, &plan, &own, warnings, self.metrics.now_seconds()))
    }

    fn impact(&self, conn: &mut Conn, forms: &mut [(i64, FormInput<'_>)]) -> Result<PreviewImpact, Refusal> {
        let plan = ChangePlan::of(many::changes(conn, forms)?);
        let hours = StoredHours::affected_by(conn, &plan)?;
        Ok(impact_of(&hours, &plan, self.metrics.now_seconds()))
    }
}
