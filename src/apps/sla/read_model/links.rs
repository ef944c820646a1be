//! What components are linked to: labels, windows and calendars, and sets of windows and calendars, each with a place in a table, so that
//! blocks name them in four bytes, and with how many components use it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// How many kinds of links there are.
pub(super) const LINKS: usize = 3;

/// What a component is linked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Its labels.
    Label,
    /// Its windows.
    Window,
    /// Its calendars, those of its windows aside.
    Calendar,
}

impl Link {
    /// All kinds.
    pub const ALL: [Self; LINKS] = [Self::Label, Self::Window, Self::Calendar];
}

/// The objects that links of one kind lead to.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkTable<K = i64> {
    targets: Arc<Targets<K>>,
    users: Vec<u32>,
}

#[derive(Clone, Debug, Default)]
struct Targets<K> {
    ids: Vec<K>,
    /// Labels called `name=value`; empty for all others: names of windows and calendars are known even if nothing uses them.
    names: Vec<Box<str>>,
    places: HashMap<K, u32>,
    /// Places that may be free: nothing used them at some time.
    unused: Vec<u32>,
}

impl<K: Clone + Default + Eq + Hash> LinkTable<K> {
    /// Counts one more user of an object and returns its place. Its name is what `name` says.
    pub(super) fn take(&mut self, id: &K, name: &str) -> u32 {
        let place = match self.targets.places.get(id) {
            Some(place) => *place,
            None => self.add(id),
        };
        if &*self.targets.names[place as usize] != name {
            Arc::make_mut(&mut self.targets).names[place as usize] = name.into();
        }
        self.users[place as usize] += 1;
        place
    }

    /// Gives an object a place, one that nothing uses any more if there is one: objects come and go for as long as the process runs.
    fn add(&mut self, id: &K) -> u32 {
        let targets = Arc::make_mut(&mut self.targets);
        let unused = std::iter::from_fn(|| targets.unused.pop()).find(|place| self.users[*place as usize] == 0);
        let place = unused.unwrap_or_else(|| {
            targets.ids.push(K::default());
            targets.names.push(Box::default());
            self.users.push(0);
            u32::try_from(targets.ids.len() - 1).unwrap_or(u32::MAX)
        });
        let former = std::mem::replace(&mut targets.ids[place as usize], id.clone());
        if targets.places.get(&former) == Some(&place) {
            targets.places.remove(&former);
        }
        targets.places.insert(id.clone(), place);
        place
    }

    /// Counts one user less of the object at a place.
    pub(super) fn give_back(&mut self, place: u32) {
        let users = &mut self.users[place as usize];
        *users = users.saturating_sub(1);
        if *users == 0 {
            Arc::make_mut(&mut self.targets).unused.push(place);
        }
    }

    /// Returns the place of an object that is used.
    pub(super) fn place(&self, id: &K) -> Option<u32> {
        let place = *self.targets.places.get(id)?;
        (self.users[place as usize] > 0).then_some(place)
    }

    /// Returns the key of the object at a place.
    pub(super) fn id(&self, place: u32) -> &K {
        &self.targets.ids[place as usize]
    }

    /// Returns the name of the object at a place.
    pub(super) fn name(&self, place: u32) -> &str {
        &self.targets.names[place as usize]
    }

    /// Returns how many components use an object.
    pub(super) fn users(&self, id: &K) -> u64 {
        self.place(id).map_or(0, |place| u64::from(self.users[place as usize]))
    }

    /// Returns how many places there are.
    pub(super) fn len(&self) -> usize {
        self.users.len()
    }

    /// Returns the places of the objects that are used and that `is_meant`, by their names.
    pub(super) fn places_of(&self, is_meant: impl Fn(&str) -> bool) -> Vec<bool> {
        let names = self.targets.names.iter().zip(&self.users);
        names.map(|(name, users)| *users > 0 && is_meant(name)).collect()
    }

    /// Returns place, key and users of every object that is used.
    pub(super) fn used(&self) -> impl Iterator<Item = (u32, &K, u64)> {
        let all = (0..).zip(self.targets.ids.iter().zip(&self.users));
        all.filter(|(_, (_, users))| **users > 0)
            .map(|(place, (id, users))| (place, id, u64::from(*users)))
    }
}
