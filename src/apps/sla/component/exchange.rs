//! Components as files.

use std::collections::HashMap;

use super::properties::PROPERTIES;
use super::state::{ComponentState, components};
use super::store;
use crate::admin::transfer::{Batch, Exchange, FileColumn, FileRecord, ImportPlan};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::declarative::import::{ImportKind, LabelSupply, plan};
use crate::apps::sla::declarative::link_names::{LinkNames, PlannedLinks};
use crate::apps::sla::label::values::LabelValues;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::{ObjectState, file_columns};
use crate::apps::sla::stored::{Stored, all_names};
use crate::apps::sla::window::state::WindowState;
use crate::apps::sla::{CALENDAR, LABEL, WINDOW, label};
use crate::auth::{Account, Action, Model};
use crate::db::{Conn, Result};

/// Components as files.
pub struct ComponentExchange;

static COLUMNS: [FileColumn; PROPERTIES.len()] = file_columns(&PROPERTIES);

impl Exchange for ComponentExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        let (windows, calendars) = all_names(conn)?;
        let stored = components(conn, Some(ids), &windows, &calendars)?.into_iter();
        Ok(stored.map(|stored| (stored.id, stored.state.to_json())).collect())
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn ImportPlan>>> {
        let (windows, calendars) = all_names(conn)?;
        let labels = label::store::all(conn)?;
        let values = LabelValues::new(labels.iter().map(|row| (row.name.as_str(), row.value.as_str())));
        let labels = LabelSupply {
            stored: labels.into_iter().map(|row| (row.name, row.value)).collect(),
            may_add: account.may(LABEL.permission(Action::Add)),
        };
        // A name under the wrong key is explained to users who are allowed to view what has it.
        let visible = |names: &HashMap<i64, String>, model: Model| -> Vec<String> {
            match account.may(model.permission(Action::View)) {
                true => names.values().cloned().collect(),
                false => Vec::new(),
            }
        };
        let window_names = LinkNames::existing::<WindowState>(&windows);
        let calendar_names = LinkNames::existing::<CalendarState>(&calendars);
        let links = PlannedLinks::default()
            .with::<WindowState>(window_names.beside::<CalendarState>(visible(&calendars, CALENDAR).into_iter()))
            .with::<CalendarState>(calendar_names.beside::<WindowState>(visible(&windows, WINDOW).into_iter()))
            .with_labels(values);
        let kind = ComponentImport {
            windows,
            calendars,
            links,
        };
        plan(&kind, conn, account, &labels, batch).map(Some)
    }
}

/// What components are linked to.
struct ComponentImport {
    windows: HashMap<i64, String>,
    calendars: HashMap<i64, String>,
    links: PlannedLinks,
}

impl ImportKind for ComponentImport {
    type State = ComponentState;

    fn links(&self) -> &PlannedLinks {
        &self.links
    }

    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>> {
        Ok(ByName::of_rows(store::names(conn)?))
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<ComponentState>>> {
        components(conn, Some(ids), &self.windows, &self.calendars)
    }
}
