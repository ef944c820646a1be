//! Labels as files.

use super::model::LabelRow;
use super::store;
use crate::admin::transfer::{Batch, ColumnKind as Holds, Exchange, FileColumn, FileRecord, ImportPlan as Planned};
use crate::apps::sla::LABEL;
use crate::apps::sla::declarative::change::{Change, Plan};
use crate::apps::sla::declarative::document::node::{At, ReadError};
use crate::apps::sla::declarative::import::{Kind, Labels as NoLabels, plan};
use crate::apps::sla::declarative::settle::settled_area;
use crate::apps::sla::label::file::{LabelDraft, label};
use crate::apps::sla::label::merge::{LabelValues, label_value};
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::stored::{State, Stored};
use crate::auth::{Account, Model};
use crate::db::{Conn, Result};
use crate::text;

/// Labels as files.
pub struct LabelExchange;

const COLUMNS: [FileColumn; 3] = [
    FileColumn::new("name", Holds::Line),
    FileColumn::new("value", Holds::Line),
    FileColumn::new("description", Holds::Text),
];

impl Exchange for LabelExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        let stored = stored_labels(conn, ids)?.into_iter();
        Ok(stored.map(|stored| (stored.id, stored.state.to_json())).collect())
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn Planned>>> {
        let stored = store::all(conn)?;
        let labels = Labels {
            values: LabelValues::new(stored.iter().map(|row| (row.name.as_str(), row.value.as_str()))),
        };
        plan(&labels, conn, account, &NoLabels::none(), batch).map(Some)
    }
}

struct Labels {
    values: LabelValues,
}

impl Kind for Labels {
    type State = LabelState;
    type Draft = LabelDraft;
    const MODEL: Model = LABEL;
    const IDENTITY: &'static [&'static str] = &["name", "value"];

    fn read(at: &At<'_>) -> std::result::Result<LabelDraft, ReadError> {
        label(at)
    }

    fn title(draft: &LabelDraft) -> (String, String) {
        (called(&draft.name, &draft.value.text), normal(draft))
    }

    fn found(keys: &ByName<i64>, draft: &LabelDraft) -> Option<i64> {
        // Letter case tells values apart, as it does for Prometheus.
        let spelt = keys.spelt(&called(&draft.name, &draft.value.text));
        spelt.or_else(|| keys.spelt(&normal(draft))).copied()
    }

    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>> {
        let rows = store::all(conn)?;
        let normal = rows
            .iter()
            .map(|row| (called(&row.name, &text::line(&row.value)), row.id));
        let spelt = rows.iter().map(|row| (called(&row.name, &row.value), row.id));
        let titles: Vec<(String, i64)> = normal.chain(spelt).collect();
        Ok(titles.iter().map(|(title, id)| (title.as_str(), *id)).collect())
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<LabelState>>> {
        stored_labels(conn, ids)
    }

    fn after(
        &self,
        draft: &LabelDraft,
        stored: Option<&Stored<LabelState>>,
    ) -> std::result::Result<LabelState, ReadError> {
        Ok(LabelState {
            name: draft.name.clone(),
            value: label_value(draft, &self.values)?,
            description: settled_area(
                draft.description.as_ref(),
                stored.map(|stored| &stored.state.description),
            ),
        })
    }

    fn plan(labels: Vec<Change<LabelState>>, _worn: Vec<Change<LabelState>>) -> Plan {
        Plan {
            labels,
            ..Plan::default()
        }
    }
}

fn called(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

/// Returns how people call the label that a draft means, with the value in the form in which it is stored.
fn normal(draft: &LabelDraft) -> String {
    called(&draft.name, &text::line(&draft.value.text))
}

fn stored_labels(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<LabelState>>> {
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
