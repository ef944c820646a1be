//! Calendars as files.

use super::{merge, store};
use crate::admin::transfer::{Batch, ColumnKind as Holds, Exchange, FileColumn, FileRecord, ImportPlan as Planned};
use crate::apps::sla::CALENDAR;
use crate::apps::sla::calendar::file::{CalendarDraft, calendar};
use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::declarative::change::{Change, Plan};
use crate::apps::sla::declarative::document::node::{At, ReadError};
use crate::apps::sla::declarative::import::{Kind, Labels, plan, readable};
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::stored::Stored;
use crate::auth::{Account, Model};
use crate::db::{Conn, Result};
use crate::text;

/// Calendars as files.
pub struct CalendarExchange;

const COLUMNS: [FileColumn; 5] = [
    FileColumn::new("name", Holds::Line),
    FileColumn::new("description", Holds::Text),
    FileColumn::new("timezone", Holds::Optional),
    FileColumn::new("enabled", Holds::Flag),
    FileColumn::new("rules", Holds::Json),
];

impl Exchange for CalendarExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        calendars(conn, Some(ids))?.iter().map(readable).collect()
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn Planned>>> {
        plan(&Calendars, conn, account, &Labels::none(), batch).map(Some)
    }
}

struct Calendars;

impl Kind for Calendars {
    type State = CalendarState;
    type Draft = CalendarDraft;
    const MODEL: Model = CALENDAR;
    const IDENTITY: &'static [&'static str] = &["name"];

    fn read(at: &At<'_>) -> std::result::Result<CalendarDraft, ReadError> {
        calendar(at)
    }

    fn title(draft: &CalendarDraft) -> (String, String) {
        (draft.name.text.clone(), text::key(&draft.name.text))
    }

    fn found(keys: &ByName<i64>, draft: &CalendarDraft) -> Option<i64> {
        keys.get(&draft.name.text).copied()
    }

    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>> {
        Ok(ByName::of_rows(store::names(conn)?))
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<CalendarState>>> {
        calendars(conn, Some(ids))
    }

    fn after(
        &self,
        draft: &CalendarDraft,
        stored: Option<&Stored<CalendarState>>,
    ) -> std::result::Result<CalendarState, ReadError> {
        merge::calendar(draft, stored)
    }

    fn plan(calendars: Vec<Change<CalendarState>>, _labels: Vec<Change<LabelState>>) -> Plan {
        Plan {
            calendars,
            ..Plan::default()
        }
    }
}
