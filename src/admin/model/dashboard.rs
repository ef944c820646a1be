//! What a model shows on the start page.

/// A model that has something to show on the start page.
pub trait Dashboard {
    /// Returns numbers from memory: no query, and quick with 100,000 objects.
    fn counts(&self) -> Vec<DashboardCount> {
        Vec::new()
    }
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
    /// Going on now.
    Active,
    /// Neither good nor bad.
    Quiet,
    /// To be looked at.
    Warn,
    /// Wrong.
    Bad,
}
