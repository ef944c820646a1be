//! Labels as files.

use super::properties::PROPERTIES;
use super::state::{LabelState, labels};
use super::store;
use crate::admin::transfer::{Batch, Exchange, FileColumn, FileRecord, ImportPlan};
use crate::apps::sla::declarative::document::draft::Draft;
use crate::apps::sla::declarative::import::{ImportKind, LabelSupply, plan};
use crate::apps::sla::declarative::link_names::PlannedLinks;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::form::label_title;
use crate::apps::sla::properties::{ObjectState, file_columns};
use crate::apps::sla::stored::Stored;
use crate::auth::Account;
use crate::db::{Conn, Result};
use crate::text;

/// Labels as files.
pub struct LabelExchange;

static COLUMNS: [FileColumn; PROPERTIES.len()] = file_columns(&PROPERTIES);

impl Exchange for LabelExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        let stored = labels(conn, Some(ids))?.into_iter();
        Ok(stored.map(|stored| (stored.id, stored.state.to_json())).collect())
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> Result<Option<Box<dyn ImportPlan>>> {
        plan(&LabelImport::default(), conn, account, &LabelSupply::none(), batch).map(Some)
    }
}

/// Labels are linked to nothing.
#[derive(Default)]
struct LabelImport {
    links: PlannedLinks,
}

impl ImportKind for LabelImport {
    type State = LabelState;

    fn links(&self) -> &PlannedLinks {
        &self.links
    }

    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>> {
        let rows = store::all(conn)?;
        let normal = rows
            .iter()
            .map(|row| (label_title(&row.name, &text::line(&row.value)), row.id));
        let spelt = rows.iter().map(|row| (label_title(&row.name, &row.value), row.id));
        let titles: Vec<(String, i64)> = normal.chain(spelt).collect();
        Ok(titles.iter().map(|(title, id)| (title.as_str(), *id)).collect())
    }

    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<LabelState>>> {
        labels(conn, Some(ids))
    }

    fn title_key(draft: &Draft<LabelState>) -> String {
        label_title(&draft.written.name, &text::line(&draft.written.value))
    }

    fn named(keys: &ByName<i64>, draft: &Draft<LabelState>) -> Option<i64> {
        // Letter case tells values apart, as it does for Prometheus.
        let spelt = keys.spelt(&draft.written.title());
        spelt.or_else(|| keys.spelt(&Self::title_key(draft))).copied()
    }
}
