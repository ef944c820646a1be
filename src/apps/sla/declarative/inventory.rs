//! The whole of it as values: what `export` writes and what `apply` compares a file with.

use super::keys::LinkKeys;
use super::kinds::{Aspect, EachKind, FileKind, KindVisitor, is_linked, walk};
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::stored::Stored;
use crate::db::{self, Conn, Result};

/// What is stored of objects.
#[derive(Clone, Debug, Default)]
pub struct StoredObjects;

impl Aspect for StoredObjects {
    type Of<S: FileKind> = Stored<S>;
}

/// Everything in the database: labels by name and value, everything else in order of age.
pub type Inventory = EachKind<StoredObjects>;

impl Inventory {
    /// Reads everything. Call it in one transaction. What cannot be understood of a row is in [`Stored::unreadable`].
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let mut loader = InventoryLoader {
            conn,
            inventory: Self::default(),
        };
        walk(&mut loader)?;
        Ok(loader.inventory)
    }

    /// Returns the first thing that could not be read, in words for people, and the way out.
    #[must_use]
    pub fn unreadable(&self) -> Option<String> {
        walk(&mut UnreadableSearch { inventory: self }).err()
    }

    /// Returns the keys of everything that objects can be linked to.
    #[must_use]
    pub fn keys(&self) -> LinkKeys {
        let mut collector = KeyCollector {
            inventory: self,
            keys: LinkKeys::default(),
        };
        let Ok(()) = walk(&mut collector);
        let label = |stored: &Stored<LabelState>| ((stored.state.name.clone(), stored.state.value.clone()), stored.id);
        collector.keys.labels = self.labels.iter().map(label).collect();
        collector.keys
    }
}

struct InventoryLoader<'a> {
    conn: &'a mut Conn,
    inventory: Inventory,
}

impl KindVisitor for InventoryLoader<'_> {
    type Error = db::Error;

    fn visit<S: FileKind>(&mut self) -> Result<()> {
        *S::of_mut(&mut self.inventory) = S::load(self.conn, None)?;
        Ok(())
    }
}

struct KeyCollector<'a> {
    inventory: &'a Inventory,
    keys: LinkKeys,
}

impl KindVisitor for KeyCollector<'_> {
    type Error = std::convert::Infallible;

    fn visit<S: FileKind>(&mut self) -> std::result::Result<(), Self::Error> {
        if is_linked(S::MODEL) {
            let stored = S::of(self.inventory).iter();
            let titles: Vec<(String, i64)> = stored.map(|stored| (stored.state.title(), stored.id)).collect();
            let names = titles.iter().map(|(title, id)| (title.as_str(), *id));
            self.keys.add(S::MODEL, names.collect());
        }
        Ok(())
    }
}

/// Finds what could not be read.
struct UnreadableSearch<'a> {
    inventory: &'a Inventory,
}

impl KindVisitor for UnreadableSearch<'_> {
    type Error = String;

    fn visit<S: FileKind>(&mut self) -> std::result::Result<(), String> {
        for stored in S::of(self.inventory) {
            if let Some(reason) = &stored.unreadable {
                let (name, title) = (S::NAME, stored.state.title());
                return Err(format!(
                    "{name} `{title}` in the database cannot be read: {reason}; correct it with `apply` first, which replaces the rules of \
                     what it names"
                ));
            }
        }
        Ok(())
    }
}
