//! What an exception would come to, as the previews of forms say it.

use std::time::Duration;

use super::stored::ExceptedObject;
use crate::admin::model::SavePreview;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::preview::own::{OwnHours, TimesKind};
use crate::apps::sla::preview::{nothing, preview};
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::db::{Conn, Result, dialect};

/// How long a query of a preview may last.
const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// Returns what the plan of an exception would come to.
pub(super) fn previewed(conn: &mut Conn, object: &ExceptedObject, plan: &ChangePlan, now: i64) -> Result<SavePreview> {
    dialect::read_snapshot(conn, QUERY_LIMIT, |conn| {
        let hours = StoredHours::affected_by(conn, plan)?;
        let (key, before) = match object {
            ExceptedObject::Window(stored) => {
                let key = (vec![stored.id], Vec::new());
                (key.clone(), Some(key))
            }
            ExceptedObject::Component(stored, _) => keys(&hours, plan, stored.id),
        };
        let coverage = |book: &mut HoursBook, key: &ScheduleKey| book.coverage(key).ok();
        let is_enabled = match object {
            ExceptedObject::Window(stored) => stored.state.enabled,
            ExceptedObject::Component(stored, _) => stored.state.enabled,
        };
        let after = coverage(&mut HoursBook::new(&hours.after(plan)), &key).filter(|_| is_enabled);
        let before = before.and_then(|key| coverage(&mut HoursBook::new(&hours), &key));
        let own = OwnHours {
            before: before.filter(|_| is_enabled).or_else(|| Some(nothing())),
            after: after.unwrap_or_else(nothing),
            zone: object.zone(),
            kind: TimesKind::Promised,
            note: (!is_enabled).then(|| "It is disabled, so it promises no service.".to_owned()),
        };
        Ok(preview(&hours, plan, &own, now))
    })
}

/// Returns what a component has after a plan and before it.
fn keys(hours: &StoredHours, plan: &ChangePlan, id: i64) -> (ScheduleKey, Option<ScheduleKey>) {
    let before = hours.component(id).map(|component| component.key.clone());
    let after = hours.after(plan).component(id).map(|component| component.key.clone());
    (after.or_else(|| before.clone()).unwrap_or_default(), before)
}
