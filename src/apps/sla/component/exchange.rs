//! Components as files.

use std::collections::HashMap;

use super::{merge, store};
use crate::admin::transfer::{Batch, ColumnKind as Holds, Exchange, FileColumn, FileRecord, ImportPlan as Planned};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::file::{ComponentDraft, component};
use crate::apps::sla::component::state::{ComponentState, components};
use crate::apps::sla::declarative::change::{Change, Plan};
use crate::apps::sla::declarative::document::node::{At, ReadError};
use crate::apps::sla::declarative::import::{Fault, Kind, Labels, plan, refuse_hidden, take_unknown};
use crate::apps::sla::declarative::link_names::Names;
use crate::apps::sla::label::merge::LabelValues;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::stored::{State, Stored, all_names};
use crate::apps::sla::window::state::WindowState;
use crate::apps::sla::{CALENDAR, COMPONENT, LABEL, WINDOW, label};
use crate::auth::{Account, Action, Model};
use crate::db::{Conn, Result};
use crate::text;

/// Components as files.
pub struct ComponentExchange;

const COLUMNS: [FileColumn; 8] = [
    FileColumn::new("name", Holds::Line),
    FileColumn::new("display_name", Holds::Line),
    FileColumn::new("description", Holds::Text),
    FileColumn::new("enabled", Holds::Flag),
    FileColumn::new("slo", Holds::Number),
    FileColumn::new("labels", Holds::Pairs),
    FileColumn::new("windows", Holds::Names),
    FileColumn::new("calendars", Holds::Names),
];

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

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn Planned>>> {
        let (windows, calendars) = all_names(conn)?;
        let stored_labels = label::store::all(conn)?;
        let label_values = LabelValues::new(stored_labels.iter().map(|row| (row.name.as_str(), row.value.as_str())));
        let labels = Labels {
            stored: stored_labels.into_iter().map(|row| (row.name, row.value)).collect(),
            may_add: account.may(LABEL.permission(Action::Add)),
        };
        // A name under the wrong key is explained to those who may view what has it.
        let visible = |names: &'_ HashMap<i64, String>, model: Model| match account.may(model.permission(Action::View))
        {
            true => names.values().cloned().collect(),
            false => Vec::new(),
        };
        let (other_windows, other_calendars) = (visible(&windows, WINDOW), visible(&calendars, CALENDAR));
        let kind = Components {
            window_names: Names::existing::<WindowState>(&windows)
                .beside::<CalendarState>(other_calendars.iter().map(String::as_str)),
            calendar_names: Names::existing::<CalendarState>(&calendars)
                .beside::<WindowState>(other_windows.iter().map(String::as_str)),
            label_values,
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
    label_values: LabelValues,
}

impl Kind for Components {
    type State = ComponentState;
    type Draft = ComponentDraft;
    const MODEL: Model = COMPONENT;
    const IDENTITY: &'static [&'static str] = &["name"];

    fn read(at: &At<'_>) -> std::result::Result<ComponentDraft, ReadError> {
        component(at)
    }

    fn title(draft: &ComponentDraft) -> (String, String) {
        (draft.name.text.clone(), text::key(&draft.name.text))
    }

    fn found(keys: &ByName<i64>, draft: &ComponentDraft) -> Option<i64> {
        keys.get(&draft.name.text).copied()
    }

    fn take_unknown(&self, account: &Account, draft: &mut ComponentDraft) -> Vec<Fault> {
        let windows = draft.windows.as_mut();
        let mut faults = take_unknown("windows", windows, (WINDOW, &self.window_names), account);
        let calendars = draft.calendars.as_mut();
        let calendar_names = (CALENDAR, &self.calendar_names);
        faults.extend(take_unknown("calendars", calendars, calendar_names, account));
        if draft.labels.as_ref().is_some_and(|labels| !labels.is_empty())
            && let Some(fault) = refuse_hidden("labels", LABEL, account)
        {
            draft.labels = None;
            faults.push(fault);
        }
        faults
    }

    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>> {
        Ok(ByName::of_rows(store::names(conn)?))
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<ComponentState>>> {
        components(conn, Some(ids), &self.windows, &self.calendars)
    }

    fn after(
        &self,
        draft: &ComponentDraft,
        stored: Option<&Stored<ComponentState>>,
    ) -> std::result::Result<ComponentState, ReadError> {
        merge::component(
            draft,
            stored,
            &self.window_names,
            &self.calendar_names,
            &self.label_values,
        )
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
