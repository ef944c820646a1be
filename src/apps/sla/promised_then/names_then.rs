//! Which object was called so when an entry of the audit log was written.

use std::collections::HashMap;

use crate::text;

/// A position in the audit log: the key of an entry, after which something holds.
pub(super) type LogPosition = i64;

/// A name that an object has from one position to another.
#[derive(Clone, Debug)]
struct PastNaming {
    since: LogPosition,
    until: LogPosition,
    name: String,
    id: i64,
}

/// The names that objects of one kind have had.
#[derive(Clone, Debug, Default)]
pub(super) struct NamesThen {
    by_key: HashMap<String, Vec<PastNaming>>,
}

impl NamesThen {
    /// Adds that the object `id` had a name from one position to before another.
    pub(super) fn add(&mut self, name: &str, id: i64, since: LogPosition, until: LogPosition) {
        if since < until {
            let name = name.to_owned();
            self.by_key
                .entry(text::key(&name))
                .or_default()
                .push(PastNaming { since, until, name, id });
        }
    }

    /// Returns the object that had this name right after an entry was written; if none had it then, the one that had it next to that.
    pub(super) fn find(&self, name: &str, at: LogPosition) -> Option<i64> {
        let known = self.by_key.get(&text::key(name))?;
        let distance = |naming: &PastNaming| match (naming.since <= at, at < naming.until) {
            (true, true) => 0,
            (true, false) => at.abs_diff(naming.until).saturating_add(1),
            _ => naming.since.abs_diff(at),
        };
        let nearest = known
            .iter()
            .min_by_key(|naming| (distance(naming), naming.name != name));
        nearest.map(|naming| naming.id)
    }

    /// Returns the objects that had these names, sorted, and the first name that none had.
    pub(super) fn find_all(&self, names: &[String], at: LogPosition) -> (Vec<i64>, Option<String>) {
        let mut ids = Vec::with_capacity(names.len());
        let mut missing = None;
        for name in names {
            match self.find(name, at) {
                Some(id) => ids.push(id),
                None => missing = missing.or_else(|| Some(name.clone())),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        (ids, missing)
    }
}
