//! What an exception would come to, as the previews of forms say it.

use std::time::Duration;

use super::asked::AskedException;
use super::sides::ExceptionSides;
use super::stored::ExceptedObject;
use crate::admin::model::SavePreview;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::preview::preview;
use crate::apps::sla::visible_names::VisibleNames;
use crate::db::{Conn, Result, dialect};

/// How long a query of a preview may last.
const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// Returns what the plan of an exception would come to; warnings come first.
pub(super) fn previewed(
    conn: &mut Conn,
    object: &ExceptedObject,
    plan: &ChangePlan,
    asked: &AskedException,
    names: VisibleNames,
    now: i64,
) -> Result<SavePreview> {
    dialect::read_snapshot(conn, QUERY_LIMIT, |conn| {
        let hours = StoredHours::affected_by(conn, plan)?;
        let mut sides = ExceptionSides::new(&hours, plan, object);
        let mut preview = preview(&hours, plan, &sides.own(), Vec::new(), now);
        let warnings = sides.outcome(asked, names, now).warnings;
        if let Some(impact) = &mut preview.impact {
            impact.notes.splice(0..0, warnings);
        }
        Ok(preview)
    })
}
