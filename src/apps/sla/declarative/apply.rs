//! Carries out a plan: one transaction, every object audited, all or nothing.

use std::collections::BTreeSet;

use super::change::ObjectChange;
use super::change_plan::ChangePlan;
use super::keys::{LinkKeys, label_keys};
use super::kinds::{FileKind, KindVisitor, walk, walk_back};
use crate::apps::sla::properties::PropertyKind;
use crate::audit::{Error, Tx};
use crate::db::{self, Conn};

/// Reads the keys of what the objects of `plan` are to be linked to, as far as it is stored.
///
/// # Errors
/// Those of [`db`].
pub fn link_keys(conn: &mut Conn, plan: &ChangePlan) -> db::Result<LinkKeys> {
    let mut reader = KeyReader {
        conn,
        plan,
        keys: LinkKeys::default(),
    };
    walk(&mut reader)?;
    Ok(reader.keys)
}

struct KeyReader<'a> {
    conn: &'a mut Conn,
    plan: &'a ChangePlan,
    keys: LinkKeys,
}

impl KindVisitor for KeyReader<'_> {
    type Error = db::Error;

    fn visit<S: FileKind>(&mut self) -> db::Result<()> {
        let states = || S::of(self.plan).iter().filter_map(ObjectChange::after);
        if states().next().is_none() {
            return Ok(());
        }
        for property in S::PROPERTIES {
            if let PropertyKind::Labels(lens, _) = &property.kind {
                let labels: BTreeSet<(&String, &String)> = states().flat_map(|state| lens.of(state)).collect();
                let labels = labels.into_iter().map(|(name, value)| (name.clone(), value.clone()));
                self.keys
                    .labels
                    .extend(label_keys(self.conn, &labels.collect::<Vec<_>>())?);
            } else if let Some(target) = property.target() {
                let names: BTreeSet<String> = states().flat_map(|state| property.linked(state)).collect();
                let names: Vec<String> = names.into_iter().collect();
                let rows = (target.by_names)(self.conn, &names)?;
                self.keys.extend(target.model, rows);
            }
        }
        Ok(())
    }
}

/// Carries out `plan`, whose links are among `keys` or added by it, and reports to `progress` how many changes are done. Returns the keys of
/// what was added, in the order of the plan.
///
/// # Errors
/// A permission that the actor lacks, what is refused as things are stored, and what the database refuses; the caller's transaction is then
/// rolled back.
pub fn execute(
    tx: &mut Tx<'_>,
    keys: LinkKeys,
    plan: &ChangePlan,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<i64>, Error> {
    let mut saver = PlanSaver {
        tx,
        plan,
        keys,
        done: DoneCount { count: 0, progress },
    };
    walk(&mut saver)?;
    // What was linked is deleted last: the links that kept it are deleted by then.
    let PlanSaver { tx, plan, keys, done } = saver;
    walk_back(&mut PlanDeleter { tx, plan, done })?;
    Ok(keys.added)
}

/// How many changes are done.
struct DoneCount<'a> {
    count: usize,
    progress: &'a mut dyn FnMut(usize),
}

impl DoneCount<'_> {
    fn add(&mut self, count: usize) {
        self.count += count;
        (self.progress)(self.count);
    }
}

struct PlanSaver<'a, 't, 'p> {
    tx: &'a mut Tx<'t>,
    plan: &'a ChangePlan,
    keys: LinkKeys,
    done: DoneCount<'p>,
}

impl KindVisitor for PlanSaver<'_, '_, '_> {
    type Error = Error;

    fn visit<S: FileKind>(&mut self) -> Result<(), Error> {
        let Self { tx, plan, keys, done } = self;
        for change in S::of(plan) {
            if let Some((_, reason)) = S::refusal(tx.reader(), change)? {
                return Err(Error::Refused(reason));
            }
        }
        S::save(tx, S::of(plan), keys, &mut |count| done.add(count))
    }
}

struct PlanDeleter<'a, 't, 'p> {
    tx: &'a mut Tx<'t>,
    plan: &'a ChangePlan,
    done: DoneCount<'p>,
}

impl KindVisitor for PlanDeleter<'_, '_, '_> {
    type Error = Error;

    fn visit<S: FileKind>(&mut self) -> Result<(), Error> {
        let Self { tx, plan, done } = self;
        S::delete(tx, S::of(plan), &mut |count| done.add(count))
    }
}
