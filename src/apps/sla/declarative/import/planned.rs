//! The rows of a file and what each does, ready to be shown and carried out.

use crate::admin::model::{PreviewImpact, Refusal};
use crate::admin::transfer::{FileRecord, ImportPlan, PlannedRow};
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::form;
use crate::apps::sla::declarative::kinds::FileKind;
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::preview::affected::impact_of;
use crate::apps::sla::properties::form::label_title;
use crate::audit::Tx;
use crate::db::{self, Conn};

/// Labels that are named one by one.
const LABELS_NAMED: usize = 20;

/// The rows of a file and what each does.
pub(super) struct ImportedRows<S> {
    pub(super) planned: Vec<PlannedRow>,
    pub(super) changes: Vec<Option<ObjectChange<S>>>,
    /// Names and values of labels that are added as well.
    pub(super) labels: Vec<(String, String)>,
    /// Rows that are refused only until renaming is asked for.
    pub(super) renames: usize,
}

impl<S: FileKind> ImportPlan for ImportedRows<S> {
    fn rows(&self) -> &[PlannedRow] {
        &self.planned
    }

    fn states(&self, index: usize) -> (Option<FileRecord>, Option<FileRecord>) {
        match self.changes.get(index) {
            Some(Some(ObjectChange::Add(after))) => (None, Some(after.to_json())),
            Some(Some(ObjectChange::Update { before, after, .. })) => (Some(before.to_json()), Some(after.to_json())),
            _ => (None, None),
        }
    }

    fn renames(&self) -> usize {
        self.renames
    }

    fn notes(&self) -> Vec<String> {
        let count = self.labels.len();
        if count == 0 {
            return Vec::new();
        }
        let named = self.labels.iter().take(LABELS_NAMED);
        let mut names: Vec<String> = named.map(|(name, value)| label_title(name, value)).collect();
        if count > names.len() {
            names.push(format!("and {} more", count - names.len()));
        }
        let counted = if count == 1 {
            "1 new label is".to_owned()
        } else {
            format!("{count} new labels are")
        };
        vec![format!("{counted} added as well: {}.", names.join(", "))]
    }

    fn impact(&self, conn: &mut Conn, now: i64) -> db::Result<Option<PreviewImpact>> {
        let plan = ChangePlan::of(self.changes.iter().flatten().cloned());
        if plan.windows.is_empty() && plan.calendars.is_empty() && plan.components.is_empty() {
            return Ok(None);
        }
        let hours = StoredHours::affected_by(conn, &plan)?;
        Ok(Some(impact_of(&hours, &plan, now)))
    }

    fn carry_out(&self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        let mut plan = ChangePlan::of(self.changes.iter().flatten().cloned());
        for (name, value) in &self.labels {
            plan.labels.push(ObjectChange::Add(LabelState {
                name: name.clone(),
                value: value.clone(),
                description: String::new(),
            }));
        }
        form::carry_out(tx, &plan).map(drop)
    }
}
