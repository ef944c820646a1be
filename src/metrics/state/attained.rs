//! What components attained in the current month, as it was last measured. It changes with measurements, corrections and edits, and when more of
//! the month becomes due: not from scrape to scrape.

use std::collections::HashMap;

/// What a component attained of the promise of the month; nothing is known of one that no indicator measures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AttainedMonth {
    /// The part up of what is known, from 0 to 1.
    pub ratio: Option<f64>,
    /// Seconds that may be down in the month.
    pub budget: Option<i64>,
    /// What is left of them; less than 0 if more was down.
    pub left: Option<i64>,
    /// Seconds that are accounted for, and of which nothing is known.
    pub unmeasured: Option<i64>,
}

/// What components attained, by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttainedFigures(HashMap<Box<str>, AttainedMonth>);

impl FromIterator<(String, AttainedMonth)> for AttainedFigures {
    fn from_iter<I: IntoIterator<Item = (String, AttainedMonth)>>(figures: I) -> Self {
        let figures = figures.into_iter();
        Self(figures.map(|(name, month)| (name.into_boxed_str(), month)).collect())
    }
}

impl AttainedFigures {
    /// Returns what a component attained.
    #[must_use]
    pub fn of(&self, name: &str) -> AttainedMonth {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Returns how many components have figures.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether no component has figures.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
