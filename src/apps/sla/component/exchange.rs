//! Components as files.

use std::collections::HashMap;

use super::store;
use crate::admin::exchange::{Batch, Column, Exchange, Kind as Holds, Plan as Planned, Record};
use crate::apps::sla::document::node::{At, ReadError};
use crate::apps::sla::document::read::{self, ComponentDraft};
use crate::apps::sla::exchange::{Fault, Kind, Labels, plan, take_unknown};
use crate::apps::sla::inventory::{self, CalendarState, ComponentState, LabelState, State, Stored, WindowState};
use crate::apps::sla::plan::{self as planning, Change, Names, Plan};
use crate::apps::sla::{CALENDAR, COMPONENT, LABEL, WINDOW, fold, label};
use crate::auth::{Account, Action, Model};
use crate::db::{Conn, Result};

/// Components as files.
pub struct ComponentExchange;

const COLUMNS: [Column; 8] = [
    Column::new("name", Holds::Line),
    Column::new("display_name", Holds::Line),
    Column::new("description", Holds::Text),
    Column::new("enabled", Holds::Flag),
    Column::new("slo", Holds::Number),
    Column::new("labels", Holds::Pairs),
    Column::new("windows", Holds::Names),
    Column::new("calendars", Holds::Names),
];

impl Exchange for ComponentExchange {
    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, Record)>> {
        let (windows, calendars) = inventory::all_names(conn)?;
        let stored = inventory::components(conn, Some(ids), &windows, &calendars)?.into_iter();
        Ok(stored.map(|stored| (stored.id, stored.state.to_json())).collect())
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn Planned>>> {
        let (windows, calendars) = inventory::all_names(conn)?;
        let labels = label::store::all(conn)?.into_iter();
        let labels = Labels {
            stored: labels.map(|row| (row.name, row.value)).collect(),
            may_add: account.may(LABEL.permission(Action::Add)),
        };
        let kind = Components {
            window_names: Names::existing::<WindowState>(windows.values().cloned())
                .beside::<CalendarState>(calendars.values().map(String::as_str)),
            calendar_names: Names::existing::<CalendarState>(calendars.values().cloned())
                .beside::<WindowState>(windows.values().map(String::as_str)),
            windows,
            calendars,
        };
        plan(&kind, conn, account, &labels, batch).map(Some)
    }
}

/// What components are linked to.
struct Components {
    windows: HashMap<i64, String>,
    calendars: HashMap<i64, String>,
    window_names: Names,
    calendar_names: Names,
}

impl Kind for Components {
    type State = ComponentState;
    type Draft = ComponentDraft;
    const MODEL: Model = COMPONENT;
    const IDENTITY: &'static [&'static str] = &["name"];

    fn read(at: &At<'_>) -> std::result::Result<ComponentDraft, ReadError> {
        read::component(at)
    }

    fn title(draft: &ComponentDraft) -> (String, String) {
        (draft.name.clone(), fold(&draft.name))
    }

    fn take_unknown(&self, draft: &mut ComponentDraft) -> Vec<Fault> {
        let windows = draft.windows.as_mut();
        let mut faults = take_unknown("windows", windows, WINDOW, &self.window_names);
        let calendars = draft.calendars.as_mut();
        faults.extend(take_unknown("calendars", calendars, CALENDAR, &self.calendar_names));
        faults
    }

    fn keys(&self, conn: &mut Conn) -> Result<HashMap<String, i64>> {
        let names = store::names(conn)?.into_iter();
        Ok(names.map(|(id, name)| (fold(&name), id)).collect())
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<ComponentState>>> {
        inventory::components(conn, Some(ids), &self.windows, &self.calendars)
    }

    fn after(
        &self,
        draft: &ComponentDraft,
        stored: Option<&Stored<ComponentState>>,
    ) -> std::result::Result<ComponentState, ReadError> {
        planning::component(draft, stored, &self.window_names, &self.calendar_names)
    }

    fn labels(state: &ComponentState) -> Vec<(String, String)> {
        let labels = state.labels.iter();
        labels.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn plan(components: Vec<Change<ComponentState>>, labels: Vec<Change<LabelState>>) -> Plan {
        Plan {
            components,
            labels,
            ..Plan::default()
        }
    }
}
