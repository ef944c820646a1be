//! What an object becomes: the properties that a draft gives, over what is stored.

use super::document::draft::{Draft, Given};
use super::document::node::ReadError;
use super::link_names::PlannedLinks;
use crate::apps::sla::properties::text::TEXT_LENGTH_MAX;
use crate::apps::sla::properties::{ObjectState, Property, PropertyKind};
use crate::apps::sla::rule;
use crate::apps::sla::stored::Stored;
use crate::text;

/// Returns what an object is to be.
///
/// # Errors
/// The first property that is refused.
pub fn merged<S: ObjectState>(
    draft: &Draft<S>,
    stored: Option<&Stored<S>>,
    links: &PlannedLinks,
) -> Result<S, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let mut state = stored.cloned().unwrap_or_else(S::blank);
    for property in S::PROPERTIES {
        match draft.given(property.name) {
            Some(given) => property.settle(draft, given, stored, links, &mut state)?,
            None => property.keep(draft, links, &mut state)?,
        }
    }
    Ok(state)
}

impl<S: ObjectState> Property<S> {
    /// Makes the property in `state` what the draft gives: texts that differ from the stored ones by normalization alone stay.
    fn settle(
        &self,
        draft: &Draft<S>,
        given: &Given,
        stored: Option<&S>,
        links: &PlannedLinks,
        state: &mut S,
    ) -> Result<(), ReadError> {
        let refused = |error| draft.place.error_at(self.name, given.line, error);
        let written = &draft.written;
        match &self.kind {
            PropertyKind::Name(lens, rule) => {
                let stored = stored.map(|stored| lens.of(stored).as_str());
                let name = text::updated_line(stored, lens.of(written), rule.when_new);
                lens.set(state, name.map_err(refused)?);
            }
            PropertyKind::Line(lens) => {
                let stored = stored.map(|stored| lens.of(stored).as_str());
                let check = |text: &str| text::check_line(text, TEXT_LENGTH_MAX);
                let line = text::updated_line(stored, lens.of(written), check);
                lens.set(state, line.map_err(refused)?);
            }
            PropertyKind::Checked(lens, check) => {
                let stored = stored.map(|stored| lens.of(stored).as_str());
                let line = text::updated_line(stored, lens.of(written), check);
                lens.set(state, line.map_err(refused)?);
            }
            PropertyKind::Text(lens) => {
                let stored = stored.map(|stored| lens.of(stored).as_str());
                lens.set(state, text::updated_area(stored, lens.of(written)));
            }
            PropertyKind::Link(lens, target) => {
                if let Some(existing) = links.names(target) {
                    let names = lens.of(written).as_slice();
                    let name = existing.given(self.name, names, given, &draft.place)?.pop();
                    if !existing.are_the_same(lens.of(state).as_slice(), name.as_slice()) {
                        lens.set(state, name);
                    }
                }
            }
            PropertyKind::Links(lens, target) => {
                if let Some(existing) = links.names(target) {
                    let names = existing.given(self.name, lens.of(written), given, &draft.place)?;
                    if !existing.are_the_same(lens.of(state), &names) {
                        lens.set(state, names);
                    }
                }
            }
            PropertyKind::Labels(lens, _) => {
                let mut labels = lens.of(written).clone();
                for ((name, value), item) in labels.iter_mut().zip(&given.items) {
                    let refused = |error| draft.place.error_at(&format!("{}.{name}", self.name), item.line, error);
                    *value = links.labels.settle(name, value).map_err(refused)?;
                }
                lens.set(state, labels);
            }
            PropertyKind::Rules(lens) => {
                let stored = stored.map_or(&[][..], |stored| lens.of(stored).as_slice());
                let rules = rule::merge_with_stored(lens.of(written), stored).map_err(|(index, error)| {
                    draft
                        .place
                        .error_at(&format!("{}[{index}]", self.name), draft.place.line, error)
                })?;
                lens.set(state, rules);
            }
            _ => self.copy(written, state).map_err(refused)?,
        }
        Ok(())
    }

    /// Makes a property that is a value of its own what is written.
    fn copy(&self, written: &S, state: &mut S) -> Result<(), String> {
        match &self.kind {
            PropertyKind::Choice(lens) => lens.put(state, (lens.get)(written))?,
            PropertyKind::Number(lens, _) | PropertyKind::Instant(lens) => lens.set(state, *lens.of(written)),
            PropertyKind::Decimal(lens) => lens.set(state, *lens.of(written)),
            PropertyKind::Flag(lens) => lens.set(state, *lens.of(written)),
            PropertyKind::Percent(lens) => lens.set(state, *lens.of(written)),
            PropertyKind::Zone(lens) => lens.set(state, *lens.of(written)),
            PropertyKind::OptionalZone(lens) => lens.set(state, *lens.of(written)),
            PropertyKind::Date(lens) => lens.set(state, *lens.of(written)),
            // What depends on what is stored, or on what others are called.
            PropertyKind::Name(..)
            | PropertyKind::Line(_)
            | PropertyKind::Checked(..)
            | PropertyKind::Text(_)
            | PropertyKind::Link(..)
            | PropertyKind::Links(..)
            | PropertyKind::Labels(..)
            | PropertyKind::Rules(_) => {}
        }
        Ok(())
    }

    /// Leaves the property in `state` as it is stored. Links follow what they lead to: it may be renamed, and must not be pruned.
    fn keep(&self, draft: &Draft<S>, links: &PlannedLinks, state: &mut S) -> Result<(), ReadError> {
        match &self.kind {
            PropertyKind::Link(lens, target) => {
                if let Some(existing) = links.names(target) {
                    let name = existing.kept(lens.of(state).as_slice(), &draft.place)?.pop();
                    if !existing.are_the_same(lens.of(state).as_slice(), name.as_slice()) {
                        lens.set(state, name);
                    }
                }
            }
            PropertyKind::Links(lens, target) => {
                if let Some(existing) = links.names(target) {
                    let names = existing.kept(lens.of(state), &draft.place)?;
                    if !existing.are_the_same(lens.of(state), &names) {
                        lens.set(state, names);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
