//! What deleting takes along.

use super::object::NamedObject;
use crate::auth::Model;

/// What deleting takes along and what forbids it.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    /// How many of which kind go, the objects themselves first.
    pub counts: Vec<(String, u64)>,
    /// The objects and what goes with each, samples of both.
    pub tree: Vec<(NamedObject, Vec<NamedObject>)>,
    /// The models of whose objects the titles of the objects speak: users without the permission to view all of those see no titles.
    pub about: Vec<Model>,
    /// What else is to be known before, in sentences.
    pub notes: Vec<String>,
    /// What still uses them; then nothing can be deleted.
    pub protected: Vec<NamedObject>,
}
