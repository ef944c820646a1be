//! The search: each term is looked for in the texts of all components that the terms before it left, block by block.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::found::FoundComponents;
use super::links::Link;
use super::model::ReadModel;
use crate::db::Result;
use crate::db::limit;
use crate::text::folded;

impl ReadModel {
    /// Keeps the components in whose name, display name or description each term is found, whatever its letters' case and accents. A term
    /// `name=value` also finds components by a label of that name whose value holds the value, if `by_labels` says so.
    ///
    /// # Errors
    /// When the time of the request is over.
    pub fn search(&self, terms: &[String], by_labels: bool, found: &mut FoundComponents) -> Result<()> {
        let mut terms: Vec<_> = terms.iter().map(|term| folded(term)).collect();
        // The longest finds the fewest, and leaves less to look at for the others.
        terms.sort_by_key(|term| std::cmp::Reverse(term.len()));
        for (place, term) in terms.iter().enumerate() {
            // A text that holds a term holds all parts of it. A label may stand in for a term with `=`, not for its parts.
            let is_implied = |longer: &Cow<'_, str>| !longer.contains('=') && longer.contains(&**term);
            if terms[..place].iter().any(is_implied) || terms[..place].contains(term) {
                continue;
            }
            limit::check()?;
            let labelled = if by_labels { self.labelled(term) } else { None };
            let finder = Finder::new(term.as_bytes());
            for (index, (block, bits)) in self.blocks.iter().zip(found.blocks_mut()).enumerate() {
                let holding = block.holding(&finder, bits);
                let labelled = labelled.as_ref().map(|found| found.blocks()[index]).unwrap_or_default();
                for ((bits, holding), labelled) in bits.iter_mut().zip(holding).zip(labelled) {
                    *bits &= holding | labelled;
                }
            }
        }
        Ok(())
    }

    /// Returns the components with a label that a folded term names; nothing for a term that names none.
    fn labelled(&self, term: &str) -> Option<FoundComponents> {
        let (wanted_name, wanted_value) = term.split_once('=').filter(|(name, _)| !name.is_empty())?;
        let is_meant = |label: &str| {
            let (name, value) = label.split_once('=').unwrap_or((label, ""));
            folded(name) == wanted_name && folded(value).contains(wanted_value)
        };
        let is_wanted = self.tables[Link::Label as usize].places_of(is_meant);
        is_wanted
            .contains(&true)
            .then(|| self.linked_to(Link::Label, &is_wanted))
    }
}
