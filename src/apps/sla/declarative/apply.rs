//! Carries out a plan: one transaction, every object audited, all or nothing.

use super::change_plan::ChangePlan;
use super::keys::LinkKeys;
use super::kinds::{FileKind, KindVisitor, walk, walk_back};
use crate::apps::sla::label;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::{link_targets, links_labels};
use crate::audit::{Error, Tx};
use crate::db::{self, Conn};

/// Reads the keys of everything that what `plan` changes can be linked to.
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
        if S::of(self.plan).is_empty() {
            return Ok(());
        }
        for target in link_targets::<S>() {
            if !self.keys.has(target.model) {
                let names = (target.names)(self.conn)?;
                self.keys.add(target.model, ByName::of_rows(names));
            }
        }
        if links_labels::<S>() {
            let labels = label::store::all(self.conn)?.into_iter();
            self.keys.labels = labels.map(|row| ((row.name, row.value), row.id)).collect();
        }
        Ok(())
    }
}

/// Carries out `plan`, whose links are among `keys` or added by it, and reports to `progress` how many changes are done. Returns the keys of
/// what was added, in the order of the plan.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses; the caller's transaction is then rolled back.
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
