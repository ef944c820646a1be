//! What the models of files share when rows come in through the admin: the readers and the plan of `apply`, but row by row, so that
//! every row that is refused is told, and not the first alone.

mod meant;

use std::collections::{BTreeSet, HashMap};

use meant::Meant;
use serde_json::Value;

use super::change::{self, Change};
use super::document::draft::Reference;
use super::document::node::{At, Content, Node, ReadError};
use super::form;
use super::link_names::Names;
use crate::admin::model::{Refusal, not_to_choose};
use crate::admin::transfer::{Batch, Fate, FileRecord, ImportPlan, Incoming, PlannedRow};
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::stored::{State, Stored};
use crate::audit::Tx;
use crate::auth::{Account, Action, Model};
use crate::db::{self, Conn, Result};

/// Rows that are looked up at once.
const PORTION: usize = 500;
/// Faults of a row that are told; looking for each reads the row anew.
const FAULTS_MAX: usize = 20;
/// Labels that are named one by one.
const LABELS_NAMED: usize = 20;

/// An error: property and why.
pub type Fault = (String, String);

/// What one kind of object says about itself when it comes in.
pub trait Kind {
    /// What it becomes.
    type State: State;
    /// What a row says.
    type Draft;
    /// The model, for permissions.
    const MODEL: Model;
    /// Properties by which an object is known.
    const IDENTITY: &'static [&'static str];
    /// Properties that [`Kind::after`] judges: if one of them could not be read, it has nothing to say.
    const JUDGED: &'static [&'static str] = &[];

    /// Reads a row.
    ///
    /// # Errors
    /// The first thing that is refused.
    fn read(at: &At<'_>) -> std::result::Result<Self::Draft, ReadError>;

    /// Returns how people call what a row says, and the key under which two new objects may not both come in.
    fn title(draft: &Self::Draft) -> (String, String);

    /// Returns the id of the object that a row means.
    fn found(keys: &ByName<i64>, draft: &Self::Draft) -> Option<i64>;

    /// Takes the names that nothing has out of a draft, and all names of what `account` may not view, and says them.
    fn take_unknown(&self, _account: &Account, _draft: &mut Self::Draft) -> Vec<Fault> {
        Vec::new()
    }

    /// Returns the ids of all objects by how people call them.
    fn keys(&self, conn: &mut Conn) -> Result<ByName<i64>>;

    /// Returns the objects of these keys.
    fn stored(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<Stored<Self::State>>>;

    /// Returns what an object is to be.
    ///
    /// # Errors
    /// The first thing that is refused, names aside.
    fn after(
        &self,
        draft: &Self::Draft,
        stored: Option<&Stored<Self::State>>,
    ) -> std::result::Result<Self::State, ReadError>;

    /// Labels that it wears.
    fn labels(_state: &Self::State) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Returns a plan of these changes.
    fn plan(changes: Vec<Change<Self::State>>, labels: Vec<Change<LabelState>>) -> change::Plan;
}

/// Labels for which rows ask.
pub struct Labels {
    /// Those that there are.
    pub stored: BTreeSet<(String, String)>,
    /// Whether others may be added.
    pub may_add: bool,
}

impl Labels {
    /// For rows that ask for none.
    #[must_use]
    pub fn none() -> Self {
        Self {
            stored: BTreeSet::new(),
            may_add: false,
        }
    }
}

/// Returns an object as it goes out. What can be read in part alone stays: taken in again, the rest of it would be lost.
///
/// # Errors
/// [`db::Error::Corrupt`] names it.
pub fn readable<T: State>(stored: &Stored<T>) -> Result<(i64, FileRecord)> {
    match &stored.unreadable {
        None => Ok((stored.id, stored.state.to_json())),
        Some(reason) => Err(db::Error::Corrupt(format!(
            "the {} “{}” cannot be read: {reason}",
            T::MODEL,
            stored.state.title()
        ))),
    }
}

/// The rows of a file and what each does.
struct Rows<K: Kind> {
    planned: Vec<PlannedRow>,
    changes: Vec<Option<Change<K::State>>>,
    labels: Vec<Change<LabelState>>,
    /// Rows that are refused only until renaming is asked for.
    renames: usize,
}

/// Refuses what a row says of a property, whatever it is, if `account` may not view objects of `model`.
pub(in crate::apps::sla) fn refuse_hidden(property: &str, model: Model, account: &Account) -> Option<Fault> {
    let is_hidden = !account.may(model.permission(Action::View));
    let message = || format!("{} Leave them out to keep those that are linked.", not_to_choose(model));
    is_hidden.then(|| (property.to_owned(), message()))
}

/// Takes the names that nothing has out of the links of a property, and says them; all of them if `account` may not view objects of `model`.
pub(in crate::apps::sla) fn take_unknown(
    property: &str,
    links: Option<&mut Vec<Reference>>,
    (model, names): (Model, &Names),
    account: &Account,
) -> Vec<Fault> {
    let Some(links) = links.filter(|links| !links.is_empty()) else {
        return Vec::new();
    };
    if let Some(fault) = refuse_hidden(property, model, account) {
        links.clear();
        return vec![fault];
    }
    let unknown = links.extract_if(.., |link| !names.has(&link.name));
    let fault = |link: Reference| {
        let message = names
            .misplaced(&link.name)
            .unwrap_or_else(|| format!("There is no {} “{}”.", model.title, link.name));
        (property.to_owned(), message)
    };
    unknown.map(fault).collect()
}

/// Plans rows.
pub fn plan<K: Kind + 'static>(
    kind: &K,
    conn: &mut Conn,
    account: &Account,
    labels: &Labels,
    batch: Batch,
) -> Result<Box<dyn ImportPlan>> {
    let keys = kind.keys(conn)?;
    let rows = batch.rows;
    let mut planner = Planner {
        kind,
        account,
        labels,
        renames: batch.renames,
        numbers: HashMap::new(),
        objects: HashMap::new(),
        refused_renames: 0,
        new_labels: BTreeSet::new(),
    };
    let mut done = Rows::<K> {
        planned: Vec::with_capacity(rows.len()),
        changes: Vec::with_capacity(rows.len()),
        labels: Vec::new(),
        renames: 0,
    };
    let mut rows = rows.into_iter();
    loop {
        let portion: Vec<_> = rows.by_ref().take(PORTION).map(Drafted::<K>::of).collect();
        if portion.is_empty() {
            break;
        }
        let drafts = portion.iter().filter_map(|drafted| drafted.draft.as_ref());
        let named = drafts.filter_map(|draft| K::found(&keys, draft));
        let said = portion.iter().filter_map(|drafted| drafted.row.id);
        let ids: BTreeSet<i64> = named.chain(said).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let stored = kind.stored(conn, &ids)?.into_iter();
        let stored: HashMap<i64, Stored<K::State>> = stored.map(|stored| (stored.id, stored)).collect();
        for drafted in portion {
            let (planned, change) = planner.row(drafted, &keys, &stored);
            done.planned.push(planned);
            done.changes.push(change);
        }
    }
    done.renames = planner.refused_renames;
    let new = planner.new_labels.into_iter();
    done.labels = new
        .map(|(name, value)| {
            Change::Add(LabelState {
                name,
                value,
                description: String::new(),
            })
        })
        .collect();
    Ok(Box::new(done))
}

/// A row that was read as far as it can be.
struct Drafted<K: Kind> {
    row: Incoming,
    /// What it says without what cannot be read; nothing if it does not even say which object it means.
    draft: Option<K::Draft>,
    /// Everything that cannot be read.
    faults: Vec<Fault>,
}

impl<K: Kind> Drafted<K> {
    fn of(mut row: Incoming) -> Self {
        let mut faults = std::mem::take(&mut row.errors);
        let mut record = row.record.clone();
        let draft = loop {
            let node = map(&record, row.number);
            let error = match K::read(&At::root(&node)) {
                Ok(draft) => break Some(draft),
                Err(error) => error,
            };
            let fault = fault(&error);
            let property = fault.0.clone();
            // What could not be read as a cell is told already.
            let is_told = faults
                .iter()
                .any(|(told, _)| *told == property || K::IDENTITY.contains(&told.as_str()));
            if !is_told {
                faults.push(fault);
            }
            // Without what tells objects apart nothing more can be said.
            let is_enough = faults.len() >= FAULTS_MAX || K::IDENTITY.contains(&property.as_str());
            if is_enough || record.shift_remove(&property).is_none() {
                break None;
            }
        };
        Self { row, draft, faults }
    }
}

/// Returns the property that an error is about, and what is wrong with it.
fn fault(error: &ReadError) -> Fault {
    let property = error.path.split(['.', '[']).next().unwrap_or("");
    let message = if error.path.len() > property.len() {
        format!("{}: {}", error.path, error.message)
    } else {
        error.message.clone()
    };
    (property.to_owned(), message)
}

fn map(record: &FileRecord, line: usize) -> Node {
    let entries = record.iter().map(|(key, value)| (key.clone(), node(value, line)));
    Node {
        line,
        value: Content::Map(entries.collect()),
    }
}

/// Returns the same value as files are read: scalars as texts.
fn node(value: &Value, line: usize) -> Node {
    let content = match value {
        Value::Null => Content::Null,
        Value::Bool(flag) => Content::Text(flag.to_string()),
        Value::Number(number) => Content::Text(number.to_string()),
        Value::String(text) => Content::Text(text.clone()),
        Value::Array(items) => Content::List(items.iter().map(|item| node(item, line)).collect()),
        Value::Object(record) => return map(record, line),
    };
    Node { line, value: content }
}

/// What the name of a row means.
#[derive(PartialEq, Eq, Hash)]
enum Name {
    /// The object of this id.
    Stored(i64),
    /// A new object with this key.
    New(String),
}

struct Planner<'a, K: Kind> {
    kind: &'a K,
    account: &'a Account,
    labels: &'a Labels,
    /// Whether rows may rename objects.
    renames: bool,
    /// The first row of each name.
    numbers: HashMap<Name, usize>,
    /// The row of each object that is stored, by its key.
    objects: HashMap<i64, usize>,
    refused_renames: usize,
    new_labels: BTreeSet<(String, String)>,
}

impl<K: Kind> Planner<'_, K> {
    fn row(
        &mut self,
        drafted: Drafted<K>,
        keys: &ByName<i64>,
        stored: &HashMap<i64, Stored<K::State>>,
    ) -> (PlannedRow, Option<Change<K::State>>) {
        let Drafted { row, draft, mut faults } = drafted;
        let number = row.number;
        let refused = |title: String, faults| {
            let fate = Fate::Refused(faults);
            (PlannedRow { number, title, fate }, None)
        };
        let Some(mut draft) = draft else {
            return refused(called::<K>(&row.record), faults);
        };
        let is_judged = !faults.iter().any(|(told, _)| K::JUDGED.contains(&told.as_str()));
        let (title, key) = K::title(&draft);
        faults.extend(self.kind.take_unknown(self.account, &mut draft));
        let found = K::found(keys, &draft);
        let name = found.map_or(Name::New(key), Name::Stored);
        if let Some(first) = self.numbers.get(&name) {
            let message = format!("row {first} is about the same {} (letter case aside)", K::State::MODEL);
            faults.push((K::IDENTITY[0].to_owned(), message));
            return refused(title, faults);
        }
        self.numbers.insert(name, number);
        let named = found.and_then(|id| stored.get(&id));
        let said = row.id.and_then(|id| stored.get(&id));
        let meant = Meant::of(row.id, said, named);
        let stored = meant.stored();
        let id = stored.map(|stored| stored.id);
        if let Some(first) = id.and_then(|id| self.objects.insert(id, number)) {
            let message = format!("row {first} is about the same {}", K::State::MODEL);
            faults.push(("id".to_owned(), message));
            return refused(title, faults);
        }
        let is_rename = matches!(meant, Meant::Renamed(_));
        if !is_rename || !self.renames {
            faults.extend(meant.fault(row.id).map(|fault| ("id".to_owned(), fault)));
        }
        let after = match self.kind.after(&draft, stored) {
            Ok(after) => after,
            Err(error) => {
                faults.extend(is_judged.then(|| fault(&error)));
                return refused(title, faults);
            }
        };
        let labels = K::labels(&after).into_iter();
        let labels: Vec<_> = labels.filter(|label| !self.labels.stored.contains(label)).collect();
        let change = form::change(stored.cloned(), after);
        faults.extend(self.forbidden(change.as_ref(), &labels));
        if !faults.is_empty() {
            self.refused_renames += usize::from(is_rename && !self.renames && faults.len() == 1);
            return refused(title, faults);
        }
        self.new_labels.extend(labels);
        let fate = match (&change, id) {
            (Some(Change::Update { id, .. }), _) => Fate::Changed(*id),
            (None, Some(id)) => Fate::Unchanged(id),
            _ => Fate::New,
        };
        (PlannedRow { number, title, fate }, change)
    }

    /// Returns what the account may not do of this.
    fn forbidden(&self, change: Option<&Change<K::State>>, labels: &[(String, String)]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let needed = match change {
            None => None,
            Some(Change::Add(_)) => Some(Action::Add),
            Some(Change::Update { .. }) => Some(Action::Change),
            Some(Change::Delete { .. }) => Some(Action::Delete),
        };
        if let Some(action) = needed.filter(|action| !self.account.may(K::MODEL.permission(*action))) {
            let message = format!("you have no permission to {} a {}", action.as_str(), K::MODEL.title);
            faults.push((String::new(), message));
        }
        if let Some((name, value)) = labels.first().filter(|_| !self.labels.may_add) {
            let message = format!("there is no label {name}={value}, and you have no permission to add labels");
            faults.push(("labels".to_owned(), message));
        }
        faults
    }
}

/// Returns how people would call what a row is about, as far as it says.
fn called<K: Kind>(record: &FileRecord) -> String {
    let parts = K::IDENTITY
        .iter()
        .filter_map(|property| record.get(*property)?.as_str());
    parts.collect::<Vec<_>>().join("=").chars().take(200).collect()
}

impl<K: Kind> ImportPlan for Rows<K> {
    fn rows(&self) -> &[PlannedRow] {
        &self.planned
    }

    fn states(&self, index: usize) -> (Option<FileRecord>, Option<FileRecord>) {
        match self.changes.get(index) {
            Some(Some(Change::Add(after))) => (None, Some(after.to_json())),
            Some(Some(Change::Update { before, after, .. })) => (Some(before.to_json()), Some(after.to_json())),
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
        let names = self.labels.iter().filter_map(|change| match change {
            Change::Add(state) => Some(state.title()),
            _ => None,
        });
        let mut names: Vec<String> = names.take(LABELS_NAMED).collect();
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

    fn carry_out(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Refusal> {
        let changes = self.changes.iter().flatten().cloned().collect();
        form::carry_out(tx, &K::plan(changes, self.labels.clone()))
    }
}
