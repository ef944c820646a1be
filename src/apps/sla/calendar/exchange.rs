//! Calendars as files.

use super::properties::PROPERTIES;
use super::state::{CalendarState, calendars};
use super::store;
use crate::admin::transfer::{Batch, Exchange, FileColumn, FileRecord, ImportPlan};
use crate::apps::sla::declarative::import::{ImportKind, LabelSupply, plan, readable};
use crate::apps::sla::declarative::link_names::PlannedLinks;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::file_columns;
use crate::apps::sla::stored::Stored;
use crate::auth::Account;
use crate::db::{Conn, Result};

/// Calendars as files.
pub struct CalendarExchange;

static COLUMNS: [FileColumn; PROPERTIES.len()] = file_columns(&PROPERTIES);

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

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn ImportPlan>>> {
        plan(&CalendarImport::default(), conn, account, &LabelSupply::none(), batch).map(Some)
    }
}

/// Calendars are linked to nothing.
#[derive(Default)]
struct CalendarImport {
    links: PlannedLinks,
}

impl ImportKind for CalendarImport {
    type State = CalendarState;

    fn links(&self) -> &PlannedLinks {
        &self.links
    }

    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>> {
        Ok(ByName::of_rows(store::names(conn)?))
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<CalendarState>>> {
        calendars(conn, Some(ids))
    }
}
