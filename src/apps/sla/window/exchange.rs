//! SLA windows as files.

use std::collections::HashMap;

use super::merge::merged_window;
use super::properties::PROPERTIES;
use super::state::{WindowState, windows};
use super::store;
use crate::admin::transfer::{Batch, Exchange, FileColumn, FileRecord, ImportPlan};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::declarative::document::draft::Draft;
use crate::apps::sla::declarative::document::node::ReadError;
use crate::apps::sla::declarative::import::{ImportKind, LabelSupply, plan, readable};
use crate::apps::sla::declarative::link_names::{LinkNames, PlannedLinks};
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::file_columns;
use crate::apps::sla::stored::{Stored, all_names};
use crate::auth::Account;
use crate::db::{Conn, Result};

/// SLA windows as files.
pub struct WindowExchange;

static COLUMNS: [FileColumn; PROPERTIES.len()] = file_columns(&PROPERTIES);

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

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn ImportPlan>>> {
        let (windows, calendars) = all_names(conn)?;
        let names = LinkNames::existing::<CalendarState>(&calendars);
        let names = names.beside::<WindowState>(windows.into_values());
        let kind = WindowImport {
            calendars,
            links: PlannedLinks::default().with::<CalendarState>(names),
        };
        plan(&kind, conn, account, &LabelSupply::none(), batch).map(Some)
    }
}

/// What windows are linked to.
struct WindowImport {
    calendars: HashMap<i64, String>,
    links: PlannedLinks,
}

impl ImportKind for WindowImport {
    type State = WindowState;
    const JUDGED: &'static [&'static str] = &["timezone", "valid_from", "valid_until"];

    fn links(&self) -> &PlannedLinks {
        &self.links
    }

    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>> {
        Ok(ByName::of_rows(store::names(conn)?))
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<WindowState>>> {
        windows(conn, Some(ids), &self.calendars)
    }

    fn after(
        &self,
        draft: &Draft<WindowState>,
        stored: Option<&Stored<WindowState>>,
    ) -> std::result::Result<WindowState, ReadError> {
        merged_window(draft, stored, &self.links)
    }
}
