//! What a model shows on the start page.

use crate::db::{self, Conn};

/// A model that has something to show on the start page.
pub trait Dashboard {
    /// Returns numbers from memory: no query, and quick with 100,000 objects.
    fn counts(&self) -> Vec<DashboardCount> {
        Vec::new()
    }

    /// Returns the objects that have come to their end or soon will.
    fn endings(&self, _conn: &mut Conn) -> db::Result<Vec<DashboardEnding>> {
        Ok(Vec::new())
    }
}

/// An object that has come to its end or soon will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DashboardEnding {
    /// The object's key.
    pub id: i64,
    /// How people call it.
    pub title: String,
    /// A predicate: `has ended: …`.
    pub words: String,
    /// Days until the end; negative if it is past.
    pub days: i64,
}

/// A number that tells at a glance how things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DashboardCount {
    /// The number.
    pub count: u64,
    /// What it counts.
    pub words: &'static str,
    /// How it is meant.
    pub tone: Tone,
    /// The query string of the model's list that shows those that it counts, if there is one.
    pub query: Option<&'static str>,
}

/// How a number is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither good nor bad.
    Quiet,
    /// To be looked at.
    Warn,
    /// Wrong.
    Bad,
}
