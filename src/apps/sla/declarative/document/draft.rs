//! What a file says about an object: the properties that it has there, as written, and where each stands. A property that a file leaves out
//! stays as it is.

use std::collections::{BTreeMap, HashSet};

use super::node::{At, ReadError};
use crate::apps::sla::label::properties::check_value_given;
use crate::apps::sla::properties::text::{check_storable, decimal, instant, millipercent, whole_number};
use crate::apps::sla::properties::{LABELS_MAX, LINKS_MAX, Lens, ObjectState, Property, PropertyKind, names};
use crate::apps::sla::rule::file::rules;
use crate::calculus::civil;
use crate::metrics::format::names::check_label_name;
use crate::zones::{self, Zone};

/// What a file says about an object.
#[derive(Clone, Debug)]
pub struct Draft<S> {
    /// Where it stands.
    pub place: DraftPlace,
    /// The properties that are there; all others are blank. Texts are as the file has them: what they become depends on what is stored,
    /// see [`crate::text::updated_line`].
    pub written: S,
    given: Vec<Given>,
}

/// Where a draft stands in its file, to say it later.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftPlace {
    /// The line.
    pub line: usize,
    /// The path.
    pub path: String,
}

/// A property that a file gives.
#[derive(Clone, Debug)]
pub struct Given {
    name: &'static str,
    /// Its line.
    pub line: usize,
    /// Where the items of a list of links, or of labels, stand, in the order of the state.
    pub items: Vec<GivenItem>,
}

/// An item of a list.
#[derive(Clone, Copy, Debug)]
pub struct GivenItem {
    /// Its place among the items of the file.
    pub index: usize,
    /// Its line.
    pub line: usize,
}

impl DraftPlace {
    /// Returns an error at this place.
    #[must_use]
    pub fn error(&self, message: String) -> ReadError {
        ReadError {
            line: self.line,
            path: self.path.clone(),
            message,
        }
    }

    /// Returns an error at a property of the object at this place.
    #[must_use]
    pub fn error_at(&self, property: &str, line: usize, message: String) -> ReadError {
        let path = if self.path.is_empty() {
            property.to_owned()
        } else {
            format!("{}.{property}", self.path)
        };
        ReadError { line, path, message }
    }
}

impl<S: ObjectState> Draft<S> {
    /// Reads what a file says about an object.
    ///
    /// # Errors
    /// The first thing that is refused.
    pub fn read(at: &At<'_>) -> Result<Self, ReadError> {
        at.expect_keys(&names::<S>())?;
        let mut draft = Self {
            place: DraftPlace {
                line: at.line(),
                path: at.path(),
            },
            written: S::blank(),
            given: Vec::new(),
        };
        for property in S::PROPERTIES {
            let value = match property.is_name() {
                true => Some(at.required(property.name)?),
                false => at.get(property.name),
            };
            if let Some(value) = value {
                let items = property.read(&value, &mut draft.written)?;
                draft.given.push(Given {
                    name: property.name,
                    line: value.line(),
                    items,
                });
            }
        }
        Ok(draft)
    }

    /// Returns where a property stands, if the file gives it.
    #[must_use]
    pub fn given(&self, property: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.name == property)
    }

    /// Makes the draft one that leaves a property out.
    pub fn leave_out(&mut self, property: &str) {
        self.given.retain(|given| given.name != property);
    }

    /// Takes the names that `is_known` does not know out of a list of links, and returns them.
    pub fn take_unknown(
        &mut self,
        property: &str,
        lens: &Lens<S, Vec<String>>,
        is_known: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let Some(given) = self.given.iter_mut().find(|given| given.name == property) else {
            return Vec::new();
        };
        let names = std::mem::take((lens.get_mut)(&mut self.written));
        let items = std::mem::take(&mut given.items);
        let mut unknown = Vec::new();
        for (name, item) in names.into_iter().zip(items) {
            if is_known(&name) {
                (lens.get_mut)(&mut self.written).push(name);
                given.items.push(item);
            } else {
                unknown.push(name);
            }
        }
        unknown
    }
}

impl<S> Property<S> {
    /// Reads the value of the property into a state; returns where the items of a list stand.
    fn read(&self, at: &At<'_>, state: &mut S) -> Result<Vec<GivenItem>, ReadError> {
        match &self.kind {
            PropertyKind::Name(lens, rule) => {
                let text = at.parsed(|text| (rule.in_file)(text).map(|()| text.to_owned()))?;
                lens.set(state, text);
            }
            PropertyKind::Line(lens) | PropertyKind::Checked(lens, _) | PropertyKind::Text(lens) => {
                // Null empties a text.
                let text = match at.not_null() {
                    Some(at) => at.parsed(|text| check_storable(text).map(|()| text.to_owned()))?,
                    None => String::new(),
                };
                lens.set(state, text);
            }
            PropertyKind::Choice(lens) => at.parsed(|word| lens.put(state, word))?,
            PropertyKind::Number(lens, bounds) => lens.set(state, at.parsed(|text| whole_number(text, bounds))?),
            PropertyKind::Decimal(lens) => lens.set(state, optional(at, |at| at.parsed(decimal))?),
            PropertyKind::Instant(lens) => lens.set(state, at.parsed(|text| instant(text, Zone::utc()))?),
            PropertyKind::Flag(lens) => lens.set(state, at.boolean()?),
            PropertyKind::Percent(lens) => lens.set(state, optional(at, |at| at.parsed(millipercent))?),
            PropertyKind::Zone(lens) => lens.set(state, at.parsed(zones::parse)?),
            PropertyKind::OptionalZone(lens) => lens.set(state, optional(at, |at| at.parsed(zones::parse))?),
            PropertyKind::Date(lens) => lens.set(state, optional(at, |at| at.parsed(civil::parse_date))?),
            PropertyKind::Link(lens, _) => lens.set(state, optional(at, |at| at.text().map(str::to_owned))?),
            PropertyKind::Links(lens, _) => {
                let (names, items) = links(at)?;
                lens.set(state, names);
                return Ok(items);
            }
            PropertyKind::Labels(lens, _) => {
                let (labels, items) = labels(at)?;
                lens.set(state, labels);
                return Ok(items);
            }
            PropertyKind::Rules(lens) => lens.set(state, rules(at)?),
        }
        Ok(Vec::new())
    }
}

/// Returns a value that null clears.
fn optional<'a, T>(at: &At<'a>, read: impl FnOnce(At<'a>) -> Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    at.not_null().map(read).transpose()
}

/// Returns a list of names; null empties it. A name that stands twice counts once.
fn links(at: &At<'_>) -> Result<(Vec<String>, Vec<GivenItem>), ReadError> {
    let (mut names, mut items) = (Vec::new(), Vec::new());
    let Some(at) = at.not_null() else {
        return Ok((names, items));
    };
    let mut seen = HashSet::new();
    for (index, item) in at.items()?.enumerate() {
        let name = item.text()?;
        if seen.insert(name) && seen.len() <= LINKS_MAX {
            names.push(name.to_owned());
            let line = item.line();
            items.push(GivenItem { index, line });
        }
    }
    if seen.len() > LINKS_MAX {
        return Err(at.error(format!("{} names are too many; the limit is {LINKS_MAX}", seen.len())));
    }
    Ok((names, items))
}

fn labels(at: &At<'_>) -> Result<(BTreeMap<String, String>, Vec<GivenItem>), ReadError> {
    let mut labels = BTreeMap::new();
    let Some(at) = at.not_null() else {
        return Ok((labels, Vec::new()));
    };
    let count = at.entries()?.count();
    if count > LABELS_MAX {
        return Err(at.error(format!("{count} labels are too many; the limit is {LABELS_MAX}")));
    }
    let mut items = BTreeMap::new();
    for (index, (name, value)) in at.entries()?.enumerate() {
        check_label_name(name).map_err(|error| value.error(error))?;
        let text = value.parsed(|value| check_value_given(value).map(|()| value.to_owned()))?;
        labels.insert(name.to_owned(), text);
        let line = value.line();
        items.insert(name.to_owned(), GivenItem { index, line });
    }
    Ok((labels, items.into_values().collect()))
}
