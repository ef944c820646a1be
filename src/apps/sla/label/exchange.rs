//! Labels as files.

use std::collections::HashMap;

use super::model::LabelRow;
use super::store;
use crate::admin::exchange::{Batch, Column, Exchange, Kind as Holds, Plan as Planned, Record};
use crate::apps::sla::LABEL;
use crate::apps::sla::document::node::{At, ReadError};
use crate::apps::sla::document::read::{self, LabelDraft};
use crate::apps::sla::exchange::{Kind, Labels as NoLabels, plan};
use crate::apps::sla::inventory::{LabelState, State, Stored};
use crate::apps::sla::plan::{Change, Plan};
use crate::auth::{Account, Model};
use crate::db::{Conn, Result};

/// Labels as files.
pub struct LabelExchange;

const COLUMNS: [Column; 3] = [
    Column::new("name", Holds::Line),
    Column::new("value", Holds::Line),
    Column::new("description", Holds::Text),
];

impl Exchange for LabelExchange {
    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, Record)>> {
        let stored = Labels.stored(conn, ids)?.into_iter();
        Ok(stored.map(|stored| (stored.id, stored.state.to_json())).collect())
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn Planned>>> {
        plan(&Labels, conn, account, &NoLabels::none(), batch).map(Some)
    }
}

struct Labels;

impl Kind for Labels {
    type State = LabelState;
    type Draft = LabelDraft;
    const MODEL: Model = LABEL;
    const IDENTITY: &'static [&'static str] = &["name", "value"];

    fn read(at: &At<'_>) -> std::result::Result<LabelDraft, ReadError> {
        read::label(at)
    }

    fn title(draft: &LabelDraft) -> (String, String) {
        let title = format!("{}={}", draft.name, draft.value);
        (title.clone(), title)
    }

    fn keys(&self, conn: &mut Conn) -> Result<HashMap<String, i64>> {
        let rows = store::all(conn)?.into_iter();
        Ok(rows
            .map(|row| (format!("{}={}", row.name, row.value), row.id))
            .collect())
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<LabelState>>> {
        let stored = |row: LabelRow| Stored {
            id: row.id,
            version: row.version,
            state: LabelState {
                name: row.name,
                value: row.value,
                description: row.description,
            },
            unreadable: None,
        };
        Ok(store::by_ids(conn, ids)?.into_iter().map(stored).collect())
    }

    fn after(
        &self,
        draft: &LabelDraft,
        stored: Option<&Stored<LabelState>>,
    ) -> std::result::Result<LabelState, ReadError> {
        let description = draft.description.clone();
        Ok(LabelState {
            name: draft.name.clone(),
            value: draft.value.clone(),
            description: description
                .or(stored.map(|stored| stored.state.description.clone()))
                .unwrap_or_default(),
        })
    }

    fn plan(labels: Vec<Change<LabelState>>, _worn: Vec<Change<LabelState>>) -> Plan {
        Plan {
            labels,
            ..Plan::default()
        }
    }
}
