//! Rows planned one after the other, each with what becomes of it.

use std::collections::{BTreeSet, HashMap};

use super::ImportLinks;
use super::fault::{DraftedRow, RowFault, fault, take_unknown, title};
use super::meant::Meant;
use super::planned::ImportedRows;
use crate::admin::transfer::{Batch, Fate, ImportPlan, PlannedRow};
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::kinds::FileKind;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::{PropertyKind, name_parts};
use crate::apps::sla::stored::Stored;
use crate::auth::{Account, Action};
use crate::db::{Conn, Result};

/// Rows that are looked up at once.
const PORTION: usize = 500;

/// Plans rows.
pub(super) fn plan<S: FileKind>(
    conn: &mut Conn,
    account: &Account,
    links: &ImportLinks,
    batch: Batch,
) -> Result<Box<dyn ImportPlan>> {
    let keys = S::keys(S::titles(conn)?);
    let mut planner = RowPlanner {
        links,
        account,
        renames: batch.renames,
        numbers: HashMap::new(),
        objects: HashMap::new(),
        refused_renames: 0,
        new_labels: BTreeSet::new(),
    };
    let mut planned = Vec::with_capacity(batch.rows.len());
    let mut changes = Vec::with_capacity(batch.rows.len());
    let mut rows = batch.rows.into_iter();
    loop {
        let portion: Vec<DraftedRow<S>> = rows.by_ref().take(PORTION).map(DraftedRow::of).collect();
        if portion.is_empty() {
            break;
        }
        let stored = planner.stored::<S>(conn, &keys, &portion)?;
        for drafted in portion {
            let (mut row, mut change) = planner.row(drafted, &keys, &stored);
            let refusal = match &change {
                Some(change) => S::refusal(conn, change)?,
                None => None,
            };
            if let Some((property, message)) = refusal {
                (row.fate, change) = (Fate::Refused(vec![(property.to_owned(), message)]), None);
            }
            planned.push(row);
            changes.push(change);
        }
    }
    Ok(Box::new(ImportedRows::<S> {
        planned,
        changes,
        labels: planner.new_labels.into_iter().collect(),
        renames: planner.refused_renames,
    }))
}

/// What the name of a row means.
#[derive(PartialEq, Eq, Hash)]
enum RowName {
    /// The object of this id.
    Stored(i64),
    /// A new object with this key.
    New(String),
}

struct RowPlanner<'a> {
    links: &'a ImportLinks,
    account: &'a Account,
    /// Whether rows may rename objects.
    renames: bool,
    /// The first row of each name.
    numbers: HashMap<RowName, usize>,
    /// The row of each object that is stored, by its key.
    objects: HashMap<i64, usize>,
    refused_renames: usize,
    new_labels: BTreeSet<(String, String)>,
}

/// A row and its change, if it changes anything.
type RowPlan<S> = (PlannedRow, Option<ObjectChange<S>>);

fn refused<S>(number: usize, title: String, faults: Vec<RowFault>) -> RowPlan<S> {
    let fate = Fate::Refused(faults);
    (PlannedRow { number, title, fate }, None)
}

impl RowPlanner<'_> {
    /// Returns the objects that some rows may be about, by their keys.
    fn stored<S: FileKind>(
        &self,
        conn: &mut Conn,
        keys: &ByName<i64>,
        portion: &[DraftedRow<S>],
    ) -> Result<HashMap<i64, Stored<S>>> {
        let drafts = portion.iter().filter_map(|drafted| drafted.draft.as_ref());
        let named = drafts.filter_map(|draft| S::named(keys, draft));
        let by_key = portion.iter().filter_map(|drafted| drafted.row.id);
        let ids: BTreeSet<i64> = named.chain(by_key).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let stored = S::load(conn, Some(&ids))?.into_iter();
        Ok(stored.map(|stored| (stored.id, stored)).collect())
    }

    fn row<S: FileKind>(
        &mut self,
        drafted: DraftedRow<S>,
        keys: &ByName<i64>,
        stored: &HashMap<i64, Stored<S>>,
    ) -> RowPlan<S> {
        let DraftedRow { row, draft, mut faults } = drafted;
        let number = row.number;
        let Some(mut draft) = draft else {
            return refused(number, title::<S>(&row.record), faults);
        };
        let is_judged = !faults
            .iter()
            .any(|(property, _)| S::JUDGED.contains(&property.as_str()));
        let title = draft.written.title();
        faults.extend(take_unknown(&mut draft, &self.links.planned, self.account));
        let named = S::named(keys, &draft);
        let name = named.map_or_else(|| RowName::New(S::title_key(&draft)), RowName::Stored);
        if let Some(first) = self.numbers.get(&name) {
            let message = format!("row {first} is about the same {} (letter case aside)", S::NAME);
            faults.push((name_parts::<S>()[0].to_owned(), message));
            return refused(number, title, faults);
        }
        self.numbers.insert(name, number);
        let of_key = row.id.and_then(|id| stored.get(&id));
        let meant = Meant::of(row.id, of_key, named.and_then(|id| stored.get(&id)));
        let stored = meant.stored();
        let id = stored.map(|stored| stored.id);
        if let Some(first) = id.and_then(|id| self.objects.insert(id, number)) {
            let message = format!("row {first} is about the same {}", S::NAME);
            faults.push(("id".to_owned(), message));
            return refused(number, title, faults);
        }
        let is_rename = matches!(meant, Meant::Renamed(_));
        if !is_rename || !self.renames {
            faults.extend(meant.fault(row.id).map(|fault| ("id".to_owned(), fault)));
        }
        let after = match S::merged(&draft, stored, &self.links.planned) {
            Ok(after) => after,
            Err(error) => {
                faults.extend(is_judged.then(|| fault(&error)));
                return refused(number, title, faults);
            }
        };
        let labels = self.missing_labels(&after);
        let change = ObjectChange::between(stored.cloned(), after);
        faults.extend(self.forbidden(change.as_ref(), &labels));
        if !faults.is_empty() {
            self.refused_renames += usize::from(is_rename && !self.renames && faults.len() == 1);
            return refused(number, title, faults);
        }
        self.new_labels.extend(labels);
        let fate = match (&change, id) {
            (Some(ObjectChange::Update { id, .. }), _) => Fate::Changed(*id),
            (None, Some(id)) => Fate::Unchanged(id),
            _ => Fate::New,
        };
        (PlannedRow { number, title, fate }, change)
    }

    /// Returns the labels of a state that there are not yet.
    fn missing_labels<S: FileKind>(&self, state: &S) -> Vec<(String, String)> {
        let mut missing = Vec::new();
        for property in S::PROPERTIES {
            if let PropertyKind::Labels(lens, _) = &property.kind {
                let labels = lens.of(state).iter();
                missing.extend(labels.map(|(name, value)| (name.clone(), value.clone())));
            }
        }
        missing.retain(|label| !self.links.labels.stored.contains(label));
        missing
    }

    /// Returns what the account may not do of this.
    fn forbidden<S: FileKind>(&self, change: Option<&ObjectChange<S>>, labels: &[(String, String)]) -> Vec<RowFault> {
        let mut faults = Vec::new();
        let model = S::MODEL;
        let needed = change.map(|change| match change {
            ObjectChange::Add(_) => Action::Add,
            ObjectChange::Update { .. } => Action::Change,
            ObjectChange::Delete { .. } => Action::Delete,
        });
        if let Some(action) = needed.filter(|action| !self.account.may(model.permission(*action))) {
            let message = format!("you have no permission to {} a {}", action.as_str(), model.title);
            faults.push((String::new(), message));
        }
        if let Some((name, value)) = labels.first().filter(|_| !self.links.labels.may_add) {
            let message = format!("there is no label {name}={value}, and you have no permission to add labels");
            faults.push(("labels".to_owned(), message));
        }
        faults
    }
}
