//! Which object a row of a file means.

use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;

/// The object that a row means, by the key and the name that it gives.
pub(super) enum Meant<'a, T> {
    /// The one of this name; the key, if one is given, is the same.
    Named(&'a Stored<T>),
    /// None, and no key is given: it is added.
    New,
    /// The one of the key, which has another name now.
    Renamed(&'a Stored<T>),
    /// One has the name, and another has the key, if any has.
    Other(&'a Stored<T>, Option<&'a Stored<T>>),
    /// A key is given that no object has, and no object has the name.
    Missing,
}

impl<'a, T: ObjectState> Meant<'a, T> {
    /// Decides by the key that a row gives, the object of that key and the object of the row's name.
    pub(super) fn of(key: Option<i64>, keyed: Option<&'a Stored<T>>, named: Option<&'a Stored<T>>) -> Self {
        match (key, keyed, named) {
            (None, _, None) => Self::New,
            (None, _, Some(named)) => Self::Named(named),
            (Some(key), _, Some(named)) if named.id == key => Self::Named(named),
            (Some(_), keyed, Some(named)) => Self::Other(named, keyed),
            (Some(_), Some(keyed), None) => Self::Renamed(keyed),
            (Some(_), None, None) => Self::Missing,
        }
    }

    /// Returns what the row changes, or would change if it were not refused.
    pub(super) fn stored(&self) -> Option<&'a Stored<T>> {
        match self {
            Self::Named(stored) | Self::Renamed(stored) | Self::Other(stored, _) => Some(stored),
            Self::New | Self::Missing => None,
        }
    }

    /// Returns a sentence for a row whose key and name do not belong together.
    pub(super) fn fault(&self, key: Option<i64>) -> Option<String> {
        let key = key?;
        let model = T::NAME;
        match self {
            Self::Named(_) | Self::New => None,
            Self::Renamed(keyed) => Some(format!(
                "the {model} {key} is called “{}”; tick “Rename objects” to rename it, or leave the key out to add another {model}",
                keyed.state.title()
            )),
            Self::Other(named, None) => Some(format!("the {model} has the key {}, not {key}", named.id)),
            Self::Other(named, Some(keyed)) => Some(format!(
                "the {model} has the key {}, not {key}, which is the key of “{}”; names that are taken cannot be given to others",
                named.id,
                keyed.state.title()
            )),
            Self::Missing => Some(format!("there is no such {model}; leave the key {key} out to add it")),
        }
    }
}
