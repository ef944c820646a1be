//! SLA windows as files.

use std::collections::HashMap;

use super::{merge, store};
use crate::admin::transfer::{Batch, ColumnKind as Holds, Exchange, FileColumn, FileRecord, ImportPlan as Planned};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::declarative::change::{Change, Plan};
use crate::apps::sla::declarative::document::node::{At, ReadError};
use crate::apps::sla::declarative::import::{Fault, Kind, Labels, plan, readable, take_unknown};
use crate::apps::sla::declarative::link_names::Names;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::stored::{Stored, all_names};
use crate::apps::sla::window::file::{WindowDraft, window};
use crate::apps::sla::window::state::{WindowState, windows};
use crate::apps::sla::{CALENDAR, WINDOW};
use crate::auth::{Account, Model};
use crate::db::{Conn, Result};
use crate::text;

/// SLA windows as files.
pub struct WindowExchange;

const COLUMNS: [FileColumn; 9] = [
    FileColumn::new("name", Holds::Line),
    FileColumn::new("description", Holds::Text),
    FileColumn::new("timezone", Holds::Optional),
    FileColumn::new("valid_from", Holds::Date),
    FileColumn::new("valid_until", Holds::Date),
    FileColumn::new("enabled", Holds::Flag),
    FileColumn::new("calendars", Holds::Names),
    FileColumn::new("rules", Holds::Json),
    FileColumn::new("excludes", Holds::Json),
];

impl Exchange for WindowExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        let (_, calendars) = all_names(conn)?;
        windows(conn, Some(ids), &calendars)?.iter().map(readable).collect()
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn Planned>>> {
        let (windows, calendars) = all_names(conn)?;
        let kind = Windows {
            names: Names::existing::<CalendarState>(&calendars)
                .beside::<WindowState>(windows.values().map(String::as_str)),
            calendars,
        };
        plan(&kind, conn, account, &Labels::none(), batch).map(Some)
    }
}

/// What windows are linked to.
struct Windows {
    calendars: HashMap<i64, String>,
    names: Names,
}

impl Kind for Windows {
    type State = WindowState;
    type Draft = WindowDraft;
    const MODEL: Model = WINDOW;
    const IDENTITY: &'static [&'static str] = &["name"];
    const JUDGED: &'static [&'static str] = &["timezone", "valid_from", "valid_until"];

    fn read(at: &At<'_>) -> std::result::Result<WindowDraft, ReadError> {
        window(at)
    }

    fn title(draft: &WindowDraft) -> (String, String) {
        (draft.name.text.clone(), text::key(&draft.name.text))
    }

    fn found(keys: &ByName<i64>, draft: &WindowDraft) -> Option<i64> {
        keys.get(&draft.name.text).copied()
    }

    fn take_unknown(&self, account: &Account, draft: &mut WindowDraft) -> Vec<Fault> {
        take_unknown("calendars", draft.calendars.as_mut(), (CALENDAR, &self.names), account)
    }

    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>> {
        Ok(ByName::of_rows(store::names(conn)?))
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<WindowState>>> {
        windows(conn, Some(ids), &self.calendars)
    }

    fn after(
        &self,
        draft: &WindowDraft,
        stored: Option<&Stored<WindowState>>,
    ) -> std::result::Result<WindowState, ReadError> {
        merge::window(draft, stored, &self.names)
    }

    fn plan(windows: Vec<Change<WindowState>>, _labels: Vec<Change<LabelState>>) -> Plan {
        Plan {
            windows,
            ..Plan::default()
        }
    }
}
